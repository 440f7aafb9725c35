//! The ranges of sides and single queues.

use mailhost_core::contract::{Finding, Range, State, bytes_text, rule, span};

use super::sums::Sum;
use super::text::{messages, outside};
use crate::args::{Quantity, Subject};
use crate::config::{Config, Limit};
use crate::facts::Facts;
use crate::queue::Queue;

/// Adds a finding for every range that is broken, and for what stands in the way of telling.
pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let mut untold = Untold::default();
    for limit in &config.limits.queues {
        match Sum::of(facts, limit.subject) {
            Some(sum) => findings.extend(held(limit, facts.now, &sum, &mut untold)),
            None if limit.given && facts.systems.iter().any(|system| system.view.is_ok()) => {
                let name = limit.subject.name();
                let text = format!("has no {name} queue, so its threshold means nothing");
                findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
            }
            None if limit.given => {
                let text = format!("messages {} were not looked at", place(limit.subject));
                untold.others.push(text);
            }
            None => {}
        }
    }
    untold.say(facts, findings);
}

/// What could not be told, said once and not for each range.
#[derive(Default)]
struct Untold {
    stopped: Option<f64>,
    missing: Vec<(Queue, String)>,
    others: Vec<String>,
}

/// The finding of a sum that breaks its range.
fn held(limit: &Limit, now: i64, sum: &Sum, untold: &mut Untold) -> Option<Finding> {
    let place = place(limit.subject);
    let (value, without, what) = match limit.quantity {
        Quantity::Count => (Some(sum.count()), 0, ""),
        Quantity::Age => (sum.least_age(now), sum.tally.without_age, "the age"),
        Quantity::Bytes => (sum.least_bytes(), sum.tally.without_size, "the size"),
    };
    let exact = sum.is_exact() && without == 0;
    // What nothing is known of can still be anything.
    let least = value.unwrap_or(0.0);
    let broken = limit.thresholds.broken_from(least, exact && value.is_some());
    if let Some((state, range)) = broken {
        return Some(finding(limit, sum, least, exact, state, range));
    }
    if exact || !can_break(limit, least) {
        return None;
    }
    if without > 0 {
        let text = format!("{what} of {} {place} cannot be told this way", messages(without));
        untold.others.push(text);
    } else if !sum.missing.is_empty() {
        // That messages of the others were not looked at is said of each mail system.
        let apart = sum.missing.iter().filter(|(queue, _)| !queue.is_in_total() || limit.given);
        untold.missing.extend(apart.cloned());
    } else if let Some(after) = sum.stopped_after {
        untold.stopped = Some(after);
    } else if sum.tally.is_least {
        untold.others.push(format!("stopped before all messages {place} were seen"));
    }
    None
}

/// Whether more than this can break a range at all.
fn can_break(limit: &Limit, least: f64) -> bool {
    let ranges = [limit.thresholds.warning, limit.thresholds.critical];
    ranges.iter().flatten().any(|range| range.can_alert_from(least))
}

fn finding(
    limit: &Limit,
    sum: &Sum,
    value: f64,
    exact: bool,
    state: State,
    range: Range,
) -> Finding {
    let least = if exact { "" } else { "at least " };
    let place = place(limit.subject);
    let (rule, text) = match limit.quantity {
        Quantity::Count => {
            (&rule::QUEUE_THRESHOLD, format!("{least}{} {place}", messages(sum.tally.count)))
        }
        Quantity::Age => {
            let text = format!("oldest message {place} has been there for {least}{}", span(value));
            (&rule::AGE_THRESHOLD, text)
        }
        Quantity::Bytes => {
            let text = format!("messages {place} take {least}{}", bytes_text(sum.tally.bytes));
            (&rule::BYTES_THRESHOLD, text)
        }
    };
    let stopped = sum.stopped_after.map(|after| format!(", stopped after {after:.1} s"));
    outside(rule, &(text + &stopped.unwrap_or_default()), state, range)
}

/// Where messages are, behind "messages".
fn place(subject: Subject) -> String {
    match subject {
        Subject::Total => "in all queues".to_owned(),
        Subject::Send => "waiting to leave".to_owned(),
        Subject::Receive => "waiting to be taken in or delivered locally".to_owned(),
        Subject::One(Queue::Client) => "in the client queue".to_owned(),
        Subject::One(Queue::Hold) => "on hold".to_owned(),
        Subject::One(Queue::Local) => "waiting for local delivery".to_owned(),
        Subject::One(Queue::Quarantined) => "in quarantine".to_owned(),
        Subject::One(Queue::Queue) => "in the queue".to_owned(),
        Subject::One(queue @ (Queue::Failed | Queue::Frozen | Queue::Lost)) => {
            queue.name().to_owned()
        }
        Subject::One(queue) => format!("in {}", queue.name()),
    }
}

impl Untold {
    fn say(self, facts: &Facts, findings: &mut Vec<Finding>) {
        if let Some(after) = self.stopped {
            let count = Sum::of(facts, Subject::Total).map_or(0, |sum| sum.tally.count);
            let text = format!("at least {}, stopped after {after:.1} s", messages(count));
            findings.push(Finding::broken(&rule::COUNT_STOPPED, text));
        }
        let mut seen = Vec::new();
        for (queue, why) in self.missing {
            let text = format!("{} was not looked at: {why}", queue.name());
            if !seen.contains(&queue) && !findings.iter().any(|finding| finding.text == text) {
                findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
            }
            seen.push(queue);
        }
        let mut others = self.others;
        others.dedup();
        let of_rule = |text| Finding::broken(&rule::NOT_LOOKED_AT, text);
        findings.extend(others.into_iter().map(of_rule));
    }
}
