//! What there is at a selector's name.

use std::collections::HashMap;
use std::rc::Rc;

use mailhost_core::dns::{
    AliasConflict, Answer, Failure, Known, Name, NameError, Outcome, Question, RecordType,
};
use mailhost_core::mail::SyntaxError;
use serde::Serialize;

use super::key_record::KeyRecord;
use super::public_key::PublicKey;
use super::select::select;

/// The texts at a selector's name, read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Published {
    pub(crate) state: KeyState,
    /// Texts that are no key records.
    pub(crate) others: Vec<String>,
    /// The alias under which the texts really are, if any: usual for keys of a service.
    pub(crate) alias: Option<Name>,
    /// Whether that, or the name itself, is there at all.
    pub(crate) exists: bool,
    /// An alias that is in the way of them.
    pub(crate) conflict: Option<AliasConflict>,
}

/// What a verifier makes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyState {
    /// The DNS did not say.
    Failed(Failure),
    /// No record.
    Missing,
    /// One, and it can be read.
    One {
        text: String,
        record: KeyRecord,
        /// The key, or what is wrong with it as the end of a sentence.
        key: Result<PublicKey, String>,
    },
    /// The domain has taken the key back (`p=` without a value).
    Revoked { text: String, record: KeyRecord },
    /// More than one, of which verifiers take any (RFC 6376 section 3.6.2.2).
    Several(Vec<String>),
    /// One that breaks the grammar.
    Wrong { text: String, errors: Vec<SyntaxError> },
}

/// The selectors that were looked at, each read once a run: what is asked for in several rounds is looked
/// at in each of them.
#[derive(Debug, Default)]
pub(crate) struct Selectors(HashMap<Name, Rc<Published>>);

impl Selectors {
    /// What there is at a selector's name; `None` while the answer is missing.
    pub(crate) fn at(&mut self, known: &mut Known, name: &Name) -> Option<Rc<Published>> {
        if let Some(published) = self.0.get(name) {
            return Some(Rc::clone(published));
        }
        let answer = known.answer(&Question::new(name, RecordType::Txt))?;
        let published = Rc::new(Published::read(&answer));
        self.0.insert(name.clone(), Rc::clone(&published));
        Some(published)
    }
}

impl Published {
    fn read(answer: &Answer) -> Self {
        let mut selected = select(answer.texts());
        let state = match (answer.failure(), selected.records.len()) {
            (Some(failure), _) => KeyState::Failed(failure.clone()),
            (None, 0) => KeyState::Missing,
            (None, 1) => KeyState::read(selected.records.remove(0)),
            (None, _) => KeyState::Several(selected.records),
        };
        Self {
            state,
            others: selected.others,
            alias: answer.aliases.last().cloned(),
            exists: answer.outcome != Outcome::NxDomain,
            conflict: answer.conflict,
        }
    }
}

impl KeyState {
    pub(crate) fn read(text: String) -> Self {
        match KeyRecord::parse(&text) {
            Err(errors) => Self::Wrong { text, errors },
            Ok(record) => match &record.key {
                None => Self::Revoked { text, record },
                Some(bytes) => {
                    let key = PublicKey::read(&record.key_type, bytes);
                    Self::One { text, record, key }
                }
            },
        }
    }

    /// Whether there is certainly no key, or the DNS did not say.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Missing | Self::Revoked { .. })
    }

    /// The key, where there is one that can be used.
    pub(crate) fn key(&self) -> Option<&PublicKey> {
        match self {
            Self::One { key, .. } => key.as_ref().ok(),
            _ => None,
        }
    }
}

/// The name where a selector of a domain has its key (RFC 6376 section 3.6.2.1).
///
/// # Errors
/// Why it can be none.
pub(crate) fn key_name(selector: &str, domain: &Name) -> Result<Name, NameError> {
    Name::from_text(format!("{selector}._domainkey"))?.under(domain)
}

/// The name below which a domain has all its keys.
pub(crate) fn keys_name(domain: &Name) -> Option<Name> {
    Name::from_text("_domainkey").and_then(|first| first.under(domain)).ok()
}
