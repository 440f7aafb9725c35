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
        let wrong = || {
            let shown = if may_hold_key(text) { "" } else { text };
            let what = format!("{option} {shown}");
            Failure::usage(format!("{}: that is no zone", what.trim_end()))
        };
        let name = Name::from_text(text).ok().filter(|name| !name.is_root());
        let name = name.filter(|_| text.chars().all(legal)).ok_or_else(wrong)?;
        let Some(operator) = operator(&name) else { return Ok(Self { name, key: None }) };
        let first = name.labels().next().map(String::from_utf8_lossy).unwrap_or_default();
        match (name.labels().count() - operator.labels().count(), label(&first)) {
            // The list, and no key that somebody forgot to put the list behind.
            (1, _) if first.len() < SHORTEST_KEY => Ok(Self { name, key: None }),
            (2, Some(key)) => {
                let list = name.parent().ok_or_else(wrong)?;
                Ok(Self { name: list, key: Some(key) })
            }
            _ => Err(wrong()),
        }
    }
}

/// The operator whose lists all have a key in front, if it is one of his.
fn operator(name: &Name) -> Option<Name> {
    KEYED.iter().filter_map(|of| Name::from_text(of).ok()).find(|of| name.is_within(of))
}

/// Whether a text may be the name of a list with a key in front.
pub(crate) fn may_hold_key(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    KEYED.iter().any(|operator| text.contains(operator))
}

/// Below these names every list has a key in front.
const KEYED: &[&str] = &["dq.spamhaus.net", "mail.abusix.zone", "spamrats.com"];
/// Characters; no list's own name is as long.
const SHORTEST_KEY: usize = 16;
