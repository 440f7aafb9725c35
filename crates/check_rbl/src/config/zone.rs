//! The names of lists, as options have them: perhaps with a key in front.

use mailhost_core::dns::Name;
use mailhost_core::plugin::Failure;

use super::keys::label;

/// A list that an option names.
#[derive(Clone)]
pub(super) struct Zone {
    /// Without a key.
    pub(super) name: Name,
    pub(super) key: Option<String>,
}

impl Zone {
    /// Reads the name of a list. A name that may have a key in it is not repeated where it is wrong.
    ///
    /// # Errors
    /// [`Failure::Usage`], when it is none.
    pub(super) fn parse(option: &str, text: &str) -> Result<Self, Failure> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let name = Name::from_text(text).ok().filter(|name| !name.is_root());
        let Some(name) = name.filter(|_| text.chars().all(legal)) else {
            let shown = if may_hold_key(text) { "" } else { text };
            let what = format!("{option} {shown}");
            return Err(Failure::usage(format!("{}: that is no zone", what.trim_end())));
        };
        match key_in(&name) {
            Some((key, name)) => Ok(Self { name, key: Some(key) }),
            None => Ok(Self { name, key: None }),
        }
    }
}

/// Whether a text may be the name of a list with a key in front.
pub(crate) fn may_hold_key(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    KEYED.iter().any(|operator| text.contains(operator))
}

/// The key in front of a list of those who give their users keys, and the list.
fn key_in(name: &Name) -> Option<(String, Name)> {
    let operator = KEYED
        .iter()
        .find_map(|of| Name::from_text(of).ok().filter(|operator| name.is_within(operator)))?;
    // A key, the list, and the operator's own name.
    if name.labels().count() < operator.labels().count() + 2 {
        return None;
    }
    let first = String::from_utf8_lossy(name.labels().next()?).into_owned();
    Some((label(&first)?, name.parent()?))
}

/// Below these names every list has a key in front.
const KEYED: &[&str] = &["dq.spamhaus.net", "mail.abusix.zone", "spamrats.com"];
