//! What all mail systems together hold, and how surely that is known.

use crate::args::Subject;
use crate::facts::{Facts, Seen, System, Tally, View};
use crate::queue::Queue;

/// The messages of one side or queue over all mail systems.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sum {
    pub(super) tally: Tally,
    /// After how many seconds the looking was stopped; the tally is a lower bound then.
    pub(super) stopped_after: Option<f64>,
    /// The queues that were not looked at, each with the reason; the tally is a lower bound then.
    pub(super) missing: Vec<(Queue, String)>,
    /// Whether a mail system could not be looked at at all.
    pub(super) blind: bool,
}

impl Sum {
    /// Adds up what the facts hold of a subject; `None` when no mail system here has such a queue.
    pub(super) fn of(facts: &Facts, subject: Subject) -> Option<Sum> {
        let mut sum = Sum::default();
        let mut any = false;
        for system in &facts.systems {
            let Ok(view) = &system.view else {
                sum.blind = true;
                continue;
            };
            for (queue, seen) in view.queues.iter().filter(|(queue, _)| subject.covers(**queue)) {
                any = true;
                match seen {
                    Seen::Tally(tally) => sum.tally.merge(tally),
                    // Its messages are in the number of another queue.
                    Seen::NotLookedAt(_)
                        if view.whole && matches!(subject, Subject::Total | Subject::Send) => {}
                    Seen::NotLookedAt(why) => sum.missing.push((*queue, why.clone())),
                }
                sum.stopped_after = sum.stopped_after.or(view.stopped_after);
            }
        }
        any.then_some(sum)
    }

    /// Whether the number is the number, and not the least that it can be.
    pub(super) fn is_exact(&self) -> bool {
        let is_all = self.stopped_after.is_none() && !self.tally.is_least;
        is_all && self.missing.is_empty() && !self.blind
    }

    /// Whether something was seen that can be shown as a value.
    pub(super) fn is_shown(&self) -> bool {
        self.missing.is_empty() && !self.blind
    }

    /// The age of the oldest message in seconds; `None` when it is not known of every message.
    pub(super) fn age(&self, now: i64) -> Option<f64> {
        self.least_age(now).filter(|_| self.tally.without_age == 0)
    }

    /// The least that the age of the oldest message can be; `None` when nothing is known of it.
    pub(super) fn least_age(&self, now: i64) -> Option<f64> {
        if self.tally.without_age > 0 && self.tally.oldest.is_none() {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        let age = |oldest: i64| now.saturating_sub(oldest).max(0) as f64;
        Some(self.tally.oldest.map_or(0.0, age))
    }

    /// The bytes; `None` when they are not known of every message.
    pub(super) fn bytes(&self) -> Option<f64> {
        self.least_bytes().filter(|_| self.tally.without_size == 0)
    }

    /// The least that the bytes can be; `None` when nothing is known of them.
    pub(super) fn least_bytes(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let bytes = self.tally.bytes as f64;
        (self.tally.count == 0 || self.tally.without_size < self.tally.count).then_some(bytes)
    }

    /// The number.
    pub(super) fn count(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 files")]
        let count = self.tally.count as f64;
        count
    }
}

/// The systems that could be looked at.
pub(super) fn seen(facts: &Facts) -> impl Iterator<Item = (&System, &View)> {
    facts.systems.iter().filter_map(|system| Some((system, system.view.as_ref().ok()?)))
}
