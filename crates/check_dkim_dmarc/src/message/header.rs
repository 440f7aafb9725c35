//! Which header fields a signature covers (RFC 6376 section 5.4).

use std::collections::{HashMap, HashSet};

use openssl::sha::Sha256;

use super::canonical::without_signature;
use super::{Canonical, Field, Message, Note};

/// The fields of a header by their names, so that long lists of names cost no more than long headers.
#[derive(Debug)]
pub(super) struct Header<'m, 'a> {
    message: &'m Message<'a>,
    /// Where the fields of a name in lower case stand, from top to bottom.
    places: HashMap<String, Vec<usize>>,
}

/// What a signature covers.
#[derive(Debug)]
pub(super) struct Covered<'s> {
    /// Where its own field stands.
    own: usize,
    /// `h=`.
    names: &'s [String],
    /// How often each name is in `h=`.
    counts: HashMap<&'s str, usize>,
}

impl<'s> Covered<'s> {
    pub(super) fn new(own: usize, names: &'s [String]) -> Self {
        let mut counts = HashMap::new();
        for name in names {
            *counts.entry(name.as_str()).or_default() += 1;
        }
        Self { own, names, counts }
    }

    fn count(&self, name: &str) -> usize {
        self.counts.get(name.to_ascii_lowercase().as_str()).copied().unwrap_or_default()
    }
}

impl<'m, 'a> Header<'m, 'a> {
    pub(super) fn new(message: &'m Message<'a>) -> Self {
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, field) in message.fields.iter().enumerate() {
            places.entry(field.name().to_ascii_lowercase()).or_default().push(at);
        }
        Self { message, places }
    }

    /// The hash that is signed (section 3.7). Of the names in `once` only the lowest field counts.
    pub(super) fn digest(
        &self,
        canonical: Canonical,
        covered: &Covered<'_>,
        once: &[&str],
    ) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut buffer = Vec::new();
        for field in self.selected(covered, once) {
            buffer.clear();
            canonical.field(field.raw, &mut buffer);
            buffer.extend(b"\r\n");
            hash.update(&buffer);
        }
        buffer.clear();
        let own = self.message.fields.get(covered.own).map(|field| without_signature(field.raw));
        canonical.field(&own.unwrap_or_default(), &mut buffer);
        hash.update(&buffer);
        hash.finish()
    }

    /// The fields in the order of `h=`: of each name the lowest first, and then upwards; a name for
    /// which none is left stands for nothing, so that none can be added (section 5.4.2).
    fn selected(&self, covered: &Covered<'_>, once: &[&str]) -> Vec<&Field<'a>> {
        let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut selected = Vec::new();
        for name in covered.names {
            let left = left.entry(name.as_str()).or_insert_with(|| {
                let mut places = self.places(name, covered);
                if once.iter().any(|once| once.eq_ignore_ascii_case(name)) {
                    places.drain(..places.len().saturating_sub(1));
                }
                places
            });
            selected.extend(left.pop().and_then(|at| self.message.fields.get(at)));
        }
        selected
    }

    /// Where the fields of a name stand, without the signature's own: it cannot cover itself.
    fn places(&self, name: &str, covered: &Covered<'_>) -> Vec<usize> {
        let places = self.places.get(&name.to_ascii_lowercase());
        places.into_iter().flatten().copied().filter(|at| *at != covered.own).collect()
    }

    /// Names in `h=` of which there is no field, at most [`MOST_ABSENT`].
    pub(super) fn absent(&self, covered: &Covered<'_>) -> Vec<String> {
        let mut seen = HashSet::new();
        let names = covered.names.iter().filter(|name| seen.insert(name.as_str()));
        let absent = names.filter(|name| !self.places.contains_key(name.as_str()));
        absent.take(MOST_ABSENT).cloned().collect()
    }

    /// Fields that a message has only once, that are there more often, and more than one of them
    /// covered.
    pub(super) fn doubled(&self, covered: &Covered<'_>) -> Vec<&'static str> {
        let doubled = IMPORTANT.iter().copied();
        doubled.filter(|name| self.there(name) > 1 && covered.count(name) > 1).collect()
    }

    fn there(&self, name: &str) -> usize {
        self.places.get(&name.to_ascii_lowercase()).map_or(0, Vec::len)
    }

    /// What a signature leaves open.
    pub(super) fn notes(&self, covered: &Covered<'_>) -> Vec<Note> {
        let mut notes = Vec::new();
        let (mut addable, mut unsigned) = (Vec::new(), Vec::new());
        for name in IMPORTANT {
            match (self.there(name), covered.count(name)) {
                (0, _) => {}
                (_, 0) => unsigned.push(name),
                (there, signed) if signed < there => {
                    notes.push(Note::FieldExtra { name, there, signed });
                }
                (there, signed) if signed == there => addable.push(name),
                _ => {}
            }
        }
        if !unsigned.is_empty() {
            notes.push(Note::FieldsUnsigned(unsigned));
        }
        if !addable.is_empty() {
            notes.push(Note::FieldsAddable(addable));
        }
        notes
    }
}

/// Fields that readers and programs go by, and that are there at most once (RFC 5322 section 3.6, RFC
/// 2045 section 3).
const IMPORTANT: [&str; 9] = [
    "From",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Reply-To",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
];

/// More would only fill the output.
const MOST_ABSENT: usize = 10;
