//! What the records were at earlier runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dkim::KeyState;
use crate::dmarc::Found;
use crate::facts::Facts;
use crate::selector::Purpose;

/// What is kept between runs, by the name of the thing: `DMARC record`, `key of selector s1`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Past(pub(crate) BTreeMap<String, Seen>);

/// One thing that can change.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Seen {
    /// What it is; empty where there is none.
    pub(crate) value: String,
    /// Since when it has been that, in seconds since 1970; at least as long as that.
    pub(crate) since: i64,
    /// What it was before, if it was seen to change.
    pub(crate) before: Option<String>,
}

impl Past {
    /// What is to be kept after a run that saw these. What it did not see stays as it was.
    pub(crate) fn seeing(mut self, now: BTreeMap<String, String>, at: i64) -> Self {
        if self.0.len() > MOST_THINGS {
            self.0.retain(|what, _| now.contains_key(what));
        }
        for (what, value) in now {
            let next = match self.0.remove(&what) {
                // A clock that was set back must not make an age negative, one that was wrong once no age
                // for ever.
                Some(seen) if seen.value == value => {
                    let is_possible = (EARLIEST..=at.saturating_add(A_DAY)).contains(&seen.since);
                    if is_possible {
                        Seen { since: seen.since.min(at), ..seen }
                    } else {
                        Seen { since: at, before: None, ..seen }
                    }
                }
                Some(seen) => Seen { value, since: at, before: Some(seen.value) },
                None => Seen { value, since: at, before: None },
            };
            self.0.insert(what, next);
        }
        self
    }
}

/// What is compared with earlier runs: that of which something is known.
pub(crate) fn seen(facts: &Facts) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    if let Some(step) = facts.dmarc.as_ref().and_then(|dmarc| dmarc.walk.steps.first()) {
        let record = match &step.found {
            Found::Failed(_) => None,
            Found::Missing => Some(String::new()),
            Found::One(record) => Some(record.text.clone()),
            Found::Several(all) => Some(all.join(" and ")),
        };
        seen.extend(record.map(|record| (RECORD.to_owned(), record)));
    }
    for key in facts.dkim.iter().flat_map(|dkim| &dkim.keys) {
        let Ok(published) = &key.published else { continue };
        let guessed = key.selector.purpose == Purpose::Guessed
            && published.state.key().is_some()
            && !key.is_wildcard();
        if !guessed && key.selector.purpose != Purpose::Signs {
            continue;
        }
        let value = match &published.state {
            KeyState::Failed(_) => continue,
            KeyState::Missing | KeyState::Revoked { .. } => String::new(),
            KeyState::One { text, key, .. } => {
                key.as_ref().map_or_else(|_| text.clone(), |key| key.fingerprint.clone())
            }
            KeyState::Several(all) => all.join(" and "),
            KeyState::Wrong { text, .. } => text.clone(),
        };
        seen.insert(format!("key of selector {}", key.selector.text()), value);
    }
    seen
}

/// What the domain's own DMARC record is called here.
pub(crate) const RECORD: &str = "DMARC record";
/// 2020-01-01: no run was before it, whatever a clock says.
pub(crate) const EARLIEST: i64 = 1_577_836_800;
/// Seconds for which a change is news.
pub(crate) const A_DAY: i64 = 86_400;
/// Things of one domain; nobody signs with more selectors at a time.
const MOST_THINGS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(past: Past, value: &str, at: i64) -> (Past, Seen) {
        let past = past.seeing(BTreeMap::from([("x".to_owned(), value.to_owned())]), at);
        let seen = past.0["x"].clone();
        (past, seen)
    }

    #[test]
    fn ok_what_does_not_change_keeps_its_time() {
        let (past, first) = seen(Past::default(), "a", EARLIEST + 1000);
        assert_eq!(first, Seen { value: "a".to_owned(), since: EARLIEST + 1000, before: None });
        let (past, second) = seen(past, "a", EARLIEST + 2000);
        assert_eq!(second, first);
        assert_eq!(seen(past, "a", EARLIEST + 500).1.since, EARLIEST + 500);
    }

    #[test]
    fn ok_a_clock_that_was_wrong_once_is_forgotten() {
        let (past, _) = seen(Past::default(), "a", 30);
        assert_eq!(seen(past, "a", EARLIEST + 1000).1.since, EARLIEST + 1000);
    }

    #[test]
    fn warning_a_change_is_kept_until_the_next_one() {
        let (past, _) = seen(Past::default(), "a", EARLIEST + 1000);
        let (past, changed) = seen(past, "b", EARLIEST + 2000);
        let expected =
            Seen { value: "b".to_owned(), since: EARLIEST + 2000, before: Some("a".to_owned()) };
        assert_eq!(changed, expected);
        assert_eq!(seen(past, "b", EARLIEST + 3000).1, expected);
    }

    #[test]
    fn ok_what_was_not_seen_stays_unless_there_is_too_much() {
        let many = |count| (0..count).map(|at| (format!("{at}"), "a".to_owned())).collect();
        let past = Past::default().seeing(many(3), 1).seeing(BTreeMap::new(), 2);
        assert_eq!(past.0.len(), 3);
        let past = past.seeing(many(201), 3).seeing(many(2), 4);
        assert_eq!(past.0.len(), 2);
    }
}
