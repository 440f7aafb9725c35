//! What the record and the networks were at earlier runs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What is kept between runs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Past {
    /// The domain's own record.
    pub(crate) record: String,
    /// Since when it has been that, in seconds since 1970; at least as long as that.
    pub(crate) since: i64,
    /// The networks that may send, in their order.
    pub(crate) networks: Vec<String>,
    pub(crate) change: Option<Change>,
}

/// The last change of the networks.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Change {
    /// When it was seen, in seconds since 1970.
    pub(crate) at: i64,
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
}

impl Past {
    /// What is to be kept after a run that saw this.
    pub(crate) fn seeing(
        before: Option<Self>,
        record: &str,
        networks: Vec<String>,
        now: i64,
    ) -> Self {
        let record = record.to_owned();
        let Some(before) = before else {
            return Self { record, since: now, networks, change: None };
        };
        // A clock that was set back must not make an age negative.
        let since = if before.record == record { before.since.min(now) } else { now };
        let without = |from: &[String], these: &[String]| -> Vec<String> {
            let these: BTreeSet<&String> = these.iter().collect();
            from.iter().filter(|it| !these.contains(it)).cloned().collect()
        };
        let added = without(&networks, &before.networks);
        let removed = without(&before.networks, &networks);
        let change = if added.is_empty() && removed.is_empty() {
            before.change.map(|change| Change { at: change.at.min(now), ..change })
        } else {
            Some(Change { at: now, added, removed })
        };
        Self { record, since, networks, change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(list: &[&str]) -> Vec<String> {
        list.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn ok_what_does_not_change_keeps_its_time() {
        let first = Past::seeing(None, "v=spf1 a", networks(&["192.0.2.1"]), 1000);
        assert_eq!((first.since, first.change.clone()), (1000, None));
        let second = Past::seeing(Some(first.clone()), "v=spf1 a", networks(&["192.0.2.1"]), 2000);
        assert_eq!(second, first);
        let back = Past::seeing(Some(first), "v=spf1 a", networks(&["192.0.2.1"]), 500);
        assert_eq!(back.since, 500);
    }

    #[test]
    fn warning_changes_are_kept_until_the_next_one() {
        let first = Past::seeing(None, "v=spf1 a", networks(&["192.0.2.1", "192.0.2.2"]), 1000);
        let second =
            Past::seeing(Some(first), "v=spf1 mx", networks(&["192.0.2.2", "192.0.2.3"]), 2000);
        let change =
            Change { at: 2000, added: networks(&["192.0.2.3"]), removed: networks(&["192.0.2.1"]) };
        assert_eq!((second.since, second.change.as_ref()), (2000, Some(&change)));
        let third =
            Past::seeing(Some(second), "v=spf1 mx", networks(&["192.0.2.2", "192.0.2.3"]), 3000);
        assert_eq!((third.since, third.change), (2000, Some(change)));
    }
}
