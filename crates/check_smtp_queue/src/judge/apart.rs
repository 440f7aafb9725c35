//! Messages that were set aside, and those that stick in maildrop: each is a finding by itself,
//! unless the operator gave a range for it.

use mailhost_core::contract::{Finding, Rule, rule, span};

use super::sums::Sum;
use super::text::messages;
use crate::args::{Quantity, Subject};
use crate::config::{Config, is_set};
use crate::facts::Facts;
use crate::queue::Queue;

/// Adds a finding for every queue that should be empty and is not.
pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    for (queue, rule, what) in SET_ASIDE {
        let subject = Subject::One(*queue);
        if is_set(config.limits.of(subject, Quantity::Count)) {
            continue;
        }
        if let Some(sum) = Sum::of(facts, subject).filter(|sum| sum.tally.count > 0) {
            let age = sum.age(facts.now);
            let age = age.map_or(String::new(), |age| format!(", oldest {}", span(age)));
            let least = if sum.is_exact() { "" } else { "at least " };
            let text = format!("{least}{} {what}{age}", messages(sum.tally.count));
            findings.push(Finding::broken(rule, text));
        }
    }
    let maildrop = Subject::One(Queue::Maildrop);
    if is_set(config.limits.of(maildrop, Quantity::Age)) {
        return;
    }
    let age = Sum::of(facts, maildrop).and_then(|sum| sum.least_age(facts.now));
    if let Some(age) = age.filter(|age| *age > LONGEST_IN_MAILDROP) {
        let text = format!("a message has been in maildrop for {}", span(age));
        findings.push(Finding::broken(&rule::MAILDROP_STUCK, text));
    }
}

/// What is set aside and tolerated, for the first line.
pub(super) fn tolerated(config: &Config, facts: &Facts) -> Vec<String> {
    let each = SET_ASIDE.iter().filter_map(|(queue, ..)| {
        let subject = Subject::One(*queue);
        let thresholds = config.limits.of(subject, Quantity::Count);
        let count = Sum::of(facts, subject)?.tally.count;
        let (level, range) = match (thresholds.warning, thresholds.critical) {
            (Some(range), _) => ("warning", range),
            (None, Some(range)) => ("critical", range),
            (None, None) => return None,
        };
        let name = queue.name();
        (count > 0).then(|| format!("{count} {name} tolerated by --{name}-{level} {range}"))
    });
    each.collect()
}

/// The queues that should be empty.
const SET_ASIDE: &[(Queue, &Rule, &str)] = &[
    (Queue::Corrupt, &rule::MESSAGES_CORRUPT, "set aside as corrupt"),
    (Queue::Lost, &rule::MESSAGES_LOST, "set aside as lost"),
    (Queue::Quarantined, &rule::MESSAGES_QUARANTINED, "in quarantine"),
    (Queue::Frozen, &rule::MESSAGES_FROZEN, "frozen"),
    (Queue::Failed, &rule::MESSAGES_FAILED, "given up"),
];
/// Seconds. Postfix's pickup looks every minute, and is woken for every message.
const LONGEST_IN_MAILDROP: f64 = 300.0;
