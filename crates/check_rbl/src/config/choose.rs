//! Which lists are asked.

use std::path::Path;

use mailhost_core::dns::Name;
use mailhost_core::file;
use mailhost_core::plugin::Failure;

use super::keys::{self, Keys};
use super::{Chosen, Key};
use crate::args::Choice;
use crate::lists::{List, compiled, dead, read};

/// The lists that the options name, or the usual ones.
pub(super) fn lists(options: &Choice) -> Result<Vec<Chosen>, Failure> {
    let mut known = options.lists.as_deref().map_or_else(|| Ok(Vec::new()), table)?;
    let own = known.len();
    // What is known of a list holds also where a file does not name it.
    known.extend(compiled());
    let keys = keys::files(&options.key_file)?;
    let usual: Vec<List> = known[..if own > 0 { own } else { known.len() }]
        .iter()
        .filter(|list| list.default && !list.allow)
        .cloned()
        .collect();
    let mut chooser = Chooser { known, keys, force: options.force, chosen: Vec::new() };
    for given in &options.zone {
        chooser.add("-s", given, false)?;
    }
    if options.zone.is_empty() {
        for list in usual {
            chooser.put(list, None)?;
        }
    }
    for given in &options.with {
        chooser.add("--with", given, false)?;
    }
    for given in &options.without {
        let zone = zone_of("--without", given)?;
        let before = chooser.chosen.len();
        chooser.chosen.retain(|it| it.list.zone != zone);
        if chooser.chosen.len() == before {
            return Err(Failure::usage(format!("--without {given}: it is not asked anyway")));
        }
    }
    if chooser.chosen.is_empty() {
        return Err(Failure::usage("no list is left to be asked"));
    }
    for given in &options.allow_list {
        chooser.add("--allow-list", given, true)?;
    }
    if let Some(zone) = chooser.keys.unused() {
        return Err(Failure::usage(format!("--key-file is for {zone}, which is not asked")));
    }
    Ok(chooser.chosen)
}

/// The table in a file.
fn table(path: &Path) -> Result<Vec<List>, Failure> {
    let wrong = |why: &str| Failure::Unable(format!("reading {}: {why}", path.display()));
    let bytes = file::read(path, LARGEST_TABLE).map_err(|why| wrong(&why))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    let lists = read(&text).map_err(|why| wrong(&why))?;
    if lists.len() > MOST_LISTS {
        return Err(wrong(&format!("more than {MOST_LISTS} lists")));
    }
    Ok(lists)
}

struct Chooser {
    /// Those of a file first.
    known: Vec<List>,
    keys: Keys,
    force: bool,
    chosen: Vec<Chosen>,
}

impl Chooser {
    /// Adds the list that a value of an option names.
    fn add(&mut self, option: &str, given: &str, allow: bool) -> Result<(), Failure> {
        let wrong = |why: &str| Failure::usage(format!("{option} {given}: {why}"));
        let (zone, weight) = match given.split_once('=') {
            Some((_, _)) if allow => return Err(wrong("an allow list has no weight")),
            Some((zone, weight)) => (zone, Some(weight)),
            None => (given, None),
        };
        let zone = zone_of(option, zone)?;
        // The tables are looked through for the list itself, then for one that the name has a key for.
        let list = self.list(&zone);
        let (mut list, key) = match list {
            Some(list) => (list, None),
            None => match self.keyed(&zone) {
                Some((list, key)) => (list, Some(key)),
                None => (List { allow, ..List::unknown(zone) }, None),
            },
        };
        // With a key in it, the value is not repeated.
        let wrong = |why: &str| Failure::usage(format!("{option} {}: {why}", list.zone));
        if list.allow && !allow {
            return Err(wrong("it is an allow list: name it with --allow-list"));
        }
        if allow && !list.allow {
            return Err(wrong("it is not an allow list: name it with --with"));
        }
        if let Some(weight) = weight {
            let digits = weight.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let number = weight.parse().ok().filter(|it| digits && *it <= HEAVIEST);
            list.weight = number
                .ok_or_else(|| wrong(&format!("a weight is a number from 0 to {HEAVIEST}")))?;
        }
        self.put(list, key)
    }

    /// What is known of a zone.
    fn list(&self, zone: &Name) -> Option<List> {
        self.known.iter().find(|list| list.zone == *zone).cloned()
    }

    /// The list with keys that a name is of, and the key.
    fn keyed(&self, zone: &Name) -> Option<(List, Key)> {
        let (key, of) = keys::in_name(zone)?;
        let list = self.list(&of).filter(|list| list.key.is_some())?;
        Some((list, Key { text: key, from_argv: true }))
    }

    /// Adds a list, or puts it in the place of the same one with another weight.
    fn put(&mut self, list: List, key: Option<Key>) -> Result<(), Failure> {
        if let Some(dead) = dead(&list.zone).filter(|_| !self.force) {
            return Err(Failure::usage(format!(
                "{} ended {}: {}; leave it out (--force asks it all the same)",
                list.zone, dead.when, dead.how
            )));
        }
        let key = match key {
            Some(key) => Some(key),
            None => self.keys.of(&list)?,
        };
        let zone = keys::with_key(&list, key.as_ref())?;
        let name = list.zone.to_string().to_ascii_lowercase().into();
        let chosen = Chosen { list, name, zone, key };
        match self.chosen.iter().position(|it| it.list.zone == chosen.list.zone) {
            Some(same) => self.chosen[same] = chosen,
            None if self.chosen.len() >= MOST_LISTS => {
                return Err(Failure::usage(format!("more than {MOST_LISTS} lists")));
            }
            None => self.chosen.push(chosen),
        }
        Ok(())
    }
}

/// Reads the zone of a list.
pub(super) fn zone_of(option: &str, text: &str) -> Result<Name, Failure> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let zone = Name::from_text(text).ok().filter(|zone| !zone.is_root());
    zone.filter(|_| text.chars().all(legal))
        .ok_or_else(|| Failure::usage(format!("{option} {text}: that is no zone")))
}

/// Bytes of a table.
const LARGEST_TABLE: u64 = 1 << 20;
/// Lists of one run; the longest sets that people have are of some two hundred.
const MOST_LISTS: usize = 500;
/// More than any score that somebody would compare with.
const HEAVIEST: f64 = 1000.0;
