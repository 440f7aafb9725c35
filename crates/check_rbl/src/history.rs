//! What the lists said at earlier runs.

use std::collections::BTreeMap;

use mailhost_core::deadline::Deadline;
use mailhost_core::memory::Memory;
use serde::{Deserialize, Serialize};

use crate::IDENTITY;
use crate::config::Config;
use crate::facts::{Facts, History, Verdict};
use crate::judge::is_well;
use crate::lists::Subject;

/// What is kept between runs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Past {
    /// The name servers that were asked; other ones may be answered otherwise.
    pub(crate) via: String,
    /// When a list was last seen to be well, by its zone and the kind, in seconds since 1970.
    pub(crate) tested: BTreeMap<String, i64>,
    /// What is listed, as `zone@target`.
    pub(crate) listed: BTreeMap<String, Listing>,
    /// What was last seen not to be listed, and when.
    #[serde(default)]
    pub(crate) clean: BTreeMap<String, i64>,
}

/// How long something has been listed, in seconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Listing {
    /// When it was seen first.
    pub(crate) since: i64,
    /// When it was seen last.
    pub(crate) seen: i64,
}

/// What one run saw of one listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    Listed,
    /// The list says, and can be believed, that it is not.
    NotListed,
}

impl Past {
    /// When a list was last seen to be well, if that is not long ago.
    pub(crate) fn tested(&self, key: &str, via: &str, now: i64) -> Option<i64> {
        let at = *self.tested.get(key).filter(|_| self.via == via)?;
        // A clock that was set back must not make it last.
        (0..KEPT).contains(&now.saturating_sub(at)).then_some(at)
    }

    /// Since when something has been listed.
    pub(crate) fn since(&self, key: &str, now: i64) -> Option<i64> {
        let since = self.listed.get(key)?.since;
        Some(if (0..=now).contains(&since) { since } else { now })
    }

    /// Whether something was not listed when it was last seen.
    pub(crate) fn was_clean(&self, key: &str) -> bool {
        self.clean.contains_key(key)
    }

    /// What is to be kept after a run that saw this: `tested` are the lists that were tested, and whether
    /// they are well, `seen` what the lists that can be believed say.
    pub(crate) fn seeing(
        before: Option<Self>,
        via: &str,
        tested: &[(String, bool)],
        seen: &[(String, Seen)],
        now: i64,
    ) -> Self {
        let mut past = before.unwrap_or_default();
        if past.via != via {
            past.tested.clear();
            via.clone_into(&mut past.via);
        }
        past.tested.retain(|_, at| (0..KEPT).contains(&now.saturating_sub(*at)));
        for (key, is_well) in tested {
            if *is_well {
                past.tested.insert(key.clone(), now);
            } else {
                past.tested.remove(key);
            }
        }
        for (key, seen) in seen {
            let since = past.since(key, now).unwrap_or(now);
            match seen {
                Seen::Listed => {
                    past.listed.insert(key.clone(), Listing { since, seen: now });
                    past.clean.remove(key);
                }
                Seen::NotListed => {
                    past.listed.remove(key);
                    past.clean.insert(key.clone(), now);
                }
            }
        }
        past.listed.retain(|_, listing| now.saturating_sub(listing.seen) < FORGOTTEN);
        past.clean.retain(|_, seen| now.saturating_sub(*seen) < FORGOTTEN);
        past
    }
}

/// What earlier runs kept. The lock is not held while the lists are asked.
pub(crate) fn recall(config: &Config, deadline: &Deadline) -> History {
    let directory = config.state_dir.as_deref();
    let past = Memory::open(directory, IDENTITY, &subject(config), deadline)
        .and_then(|memory| memory.recall(VERSION));
    match past {
        Ok(past) => History::Known { before: past.known() },
        Err(error) => History::Unusable(error.to_string()),
    }
}

/// Keeps what was seen and weighed, for the next run.
pub(crate) fn keep(config: &Config, facts: &mut Facts, deadline: &Deadline) {
    // Where what was known before was enough, nothing was tested.
    let tested = facts.tests.iter().filter(|tested| !tested.is_remembered());
    let tested: Vec<(String, bool)> = tested
        .filter_map(|it| Some((config.lists[it.list].test_key(it.kind)?, is_well(it))))
        .collect();
    let mut seen = Vec::new();
    for target in &facts.targets {
        for look in &target.lists {
            let what = match look.judged.as_ref().map(|it| it.verdict) {
                Some(Verdict::Listed) => Seen::Listed,
                Some(Verdict::NotListed) => Seen::NotListed,
                _ => continue,
            };
            seen.push((listing_key(&look.zone, &target.subject), what));
        }
    }
    let directory = config.state_dir.as_deref();
    let kept = Memory::update(directory, IDENTITY, &subject(config), VERSION, deadline, |before| {
        Past::seeing(before, &facts.via, &tested, &seen, facts.now)
    });
    if let Err(error) = kept {
        facts.history = History::Unusable(error.to_string());
    }
}

/// What a listing is kept under.
pub(crate) fn listing_key(zone: &str, subject: &Subject) -> String {
    format!("{zone}@{subject}").to_ascii_lowercase()
}

/// What the state file is about.
fn subject(config: &Config) -> String {
    let more = [(config.mx, " mx"), (config.spf_senders, " spf-senders")];
    let more: String = more.iter().filter(|(given, _)| *given).map(|(_, text)| *text).collect();
    format!("{}{more}", config.target.to_ascii_lowercase())
}

/// Of the state file's format.
const VERSION: u32 = 1;
/// Seconds for which a list that was well is not tested again: an interval of five minutes would
/// triple the questions.
const KEPT: i64 = 3600;
/// Seconds after which a listing is forgotten that no run has seen any more, because the list or the
/// target is another one now.
const FORGOTTEN: i64 = 30 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: Option<Past>, seen: Option<Seen>, now: i64) -> Past {
        let seen: Vec<_> = seen.map(|seen| ("l@t".to_owned(), seen)).into_iter().collect();
        Past::seeing(before, "dns", &[], &seen, now)
    }

    #[test]
    fn warning_a_listing_keeps_its_time_until_the_list_says_otherwise() {
        let first = after(None, Some(Seen::Listed), 1000);
        assert_eq!(first.since("l@t", 2000), Some(1000));
        let second = after(Some(first), Some(Seen::Listed), 2000);
        assert_eq!(second.since("l@t", 2000), Some(1000));
        // Not answered: nothing is known.
        let third = after(Some(second), None, 3000);
        assert_eq!(third.since("l@t", 3000), Some(1000));
        assert_eq!(third.since("l@t", 500), Some(500));
        let gone = after(Some(third.clone()), Some(Seen::NotListed), 4000);
        assert_eq!(gone.since("l@t", 4000), None);
        let forgotten = after(Some(third), None, 2000 + FORGOTTEN);
        assert_eq!(forgotten.since("l@t", 4000), None);
    }

    #[test]
    fn ok_a_list_that_was_well_is_believed_for_an_hour() {
        let tested = [("zen.example ipv4".to_owned(), true)];
        let past = Past::seeing(None, "dns", &tested, &[], 1000);
        let of = |now, via| past.tested("zen.example ipv4", via, now);
        assert_eq!(
            (of(1000, "dns"), of(4599, "dns"), of(4600, "dns")),
            (Some(1000), Some(1000), None)
        );
        assert_eq!((of(999, "dns"), of(1000, "other")), (None, None));
        assert_eq!(past.tested("zen.example ipv6", "dns", 1000), None);
        let broken = [("zen.example ipv4".to_owned(), false)];
        let forgotten = Past::seeing(Some(past.clone()), "dns", &broken, &[], 1100);
        assert_eq!(forgotten.tested, BTreeMap::new());
        let other = Past::seeing(Some(past), "other", &[], &[], 1100);
        assert_eq!(other.tested, BTreeMap::new());
    }
}
