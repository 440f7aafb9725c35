//! The selectors that are looked at.

use std::path::PathBuf;

use mailhost_core::dns::Name;
use mailhost_core::mail::Domain;
use serde::Serialize;

/// One selector with what is expected of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Selector {
    pub(crate) name: String,
    /// The domain whose key it names (`d=`).
    pub(crate) domain: Name,
    /// Whether that is another domain than the one of `-d`.
    pub(crate) foreign: bool,
    pub(crate) purpose: Purpose,
    /// The SHA-256 fingerprint that its key must have, in small hex digits.
    pub(crate) expected: Option<String>,
    /// The file whose key it must be.
    pub(crate) key_file: Option<PathBuf>,
    /// Whether that was found in a key table, and not asked for.
    pub(crate) from_table: bool,
    /// Whether a key table signs with it, although it is retired.
    pub(crate) still_signs: bool,
}

/// What a selector is looked at for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// It may be there or not.
    Guessed,
    /// It signed once, and must not any more.
    Retired,
    /// It signs mail.
    Signs,
}

impl Selector {
    /// A selector of the domain of `-d`, of which nothing more is expected.
    pub(crate) fn new(name: &str, domain: &Domain, purpose: Purpose) -> Self {
        Self {
            name: name.to_owned(),
            domain: domain.name.clone(),
            foreign: false,
            purpose,
            expected: None,
            key_file: None,
            from_table: false,
            still_signs: false,
        }
    }

    /// Whether it names the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name) && self.domain == other.domain
    }

    /// As the operator calls it.
    pub(crate) fn text(&self) -> String {
        if self.foreign { format!("{}@{}", self.name, self.domain) } else { self.name.clone() }
    }
}
