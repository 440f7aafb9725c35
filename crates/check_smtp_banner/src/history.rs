//! What the MTA-STS policy was at earlier runs.

use mailhost_core::mail::mta_sts::{Mode, Policy};
use serde::{Deserialize, Serialize};

/// What is kept between runs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Past {
    /// The record's id.
    pub(crate) id: String,
    /// Since when it has been that, in seconds since 1970; at least as long as that.
    pub(crate) since: i64,
    /// Whether the id was another one before.
    pub(crate) is_new: bool,
    /// The policy that was seen first with this id: what it announced.
    pub(crate) announced: String,
    /// The policy that was seen last.
    pub(crate) policy: String,
    /// Until when senders may hold a policy that they enforce, in seconds since 1970, to the hour; 0
    /// where they hold none.
    pub(crate) enforced_until: i64,
}

impl Past {
    /// What is to be kept after a run that saw this.
    pub(crate) fn seeing(before: Option<Self>, id: &str, policy: &Policy, now: i64) -> Self {
        let before = before.unwrap_or_default();
        let text = text(policy);
        let is_same = before.id == id;
        // Senders keep what they have for as long as it said, whatever there is meanwhile (RFC 8461 section 8.3).
        let enforced_until = match policy.mode {
            Mode::Enforce => (now + i64::from(policy.max_age)) / HOUR * HOUR,
            Mode::None | Mode::Testing => 0,
        }
        .max(before.enforced_until);
        Self {
            id: id.to_owned(),
            // A clock that was set back must not make an age negative.
            since: if is_same { before.since.min(now) } else { now },
            is_new: if is_same { before.is_new } else { !before.id.is_empty() },
            announced: if is_same { before.announced } else { text.clone() },
            policy: text,
            enforced_until,
        }
    }

    /// Whether the policy is another one than the id announced: senders that hold the old one do not
    /// look again (RFC 8461 section 3.1).
    pub(crate) fn is_stale(&self) -> bool {
        self.announced != self.policy
    }
}

/// A policy as far as senders mind it.
fn text(policy: &Policy) -> String {
    let mut hosts: Vec<String> =
        policy.mx.iter().map(|pattern| pattern.to_string().to_ascii_lowercase()).collect();
    hosts.sort();
    hosts.dedup();
    format!("{:?} {} {}", policy.mode, policy.max_age, hosts.join(" "))
}

/// Seconds. Without rounding every run would write a file.
const HOUR: i64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(mode: &str, mx: &[&str]) -> Policy {
        let hosts: String = mx.iter().map(|it| format!("mx: {it}\n")).collect();
        let text = format!("version: STSv1\nmode: {mode}\nmax_age: 86400\n{hosts}");
        Policy::parse(text.as_bytes()).expect("a policy")
    }

    #[test]
    fn ok_what_does_not_change_keeps_its_time() {
        let one = policy("enforce", &["a.example", "b.example"]);
        let first = Past::seeing(None, "1", &one, 7200);
        assert_eq!((first.since, first.is_new, first.enforced_until), (7200, false, 93_600));
        let other_order = policy("enforce", &["B.example", "a.example"]);
        let second = Past::seeing(Some(first.clone()), "1", &other_order, 7300);
        assert_eq!((&second, second.is_stale()), (&first, false));
        assert_eq!(Past::seeing(Some(first), "1", &one, 500).since, 500);
    }

    #[test]
    fn warning_a_policy_that_its_id_does_not_announce() {
        let first = Past::seeing(None, "1", &policy("testing", &["a.example"]), 1000);
        let changed =
            Past::seeing(Some(first.clone()), "1", &policy("enforce", &["a.example"]), 2000);
        assert!(changed.is_stale());
        // It stays so until the id is another one, or the policy is the old one again.
        let still =
            Past::seeing(Some(changed.clone()), "1", &policy("enforce", &["a.example"]), 3000);
        assert!(still.is_stale());
        assert_eq!(changed.enforced_until, 86_400);
        assert_eq!(
            Past::seeing(Some(changed.clone()), "3", &policy("none", &[]), 4000).enforced_until,
            86_400
        );
        let back =
            Past::seeing(Some(changed.clone()), "1", &policy("testing", &["a.example"]), 3000);
        assert!(!back.is_stale());
        let new = Past::seeing(Some(changed), "2", &policy("enforce", &["a.example"]), 3000);
        assert_eq!((new.is_stale(), new.is_new, new.since), (false, true, 3000));
    }
}
