//! What became of the messages that were there at an earlier run.
//!
//! A run keeps the number of messages and a sample of their ids: the ids with the smallest hashes,
//! which is a fair choice that a later run can repeat. Of those, the share that is gone tells how
//! many messages left the queue meanwhile. Messages that came and went between two runs are in
//! neither, so the rate is that of the messages that had to wait.
//!
//! Several runs are kept, so that two services on the same queue, one soon after the other, both
//! have one that is old enough to be compared with.

use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};

/// What is kept between runs: the latest ones, in the order of time.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Past(Vec<Point>);

/// What one run has seen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Point {
    /// When it was, in seconds since 1970.
    at: i64,
    /// All messages then.
    total: u64,
    /// The smallest hashes of their ids, in ascending order; absent when not all were named.
    sample: Option<Vec<u64>>,
    /// What the mail systems that count it had processed since they were started.
    processed: BTreeMap<String, u64>,
    /// The mail systems that were looked at.
    systems: Vec<String>,
}

/// What changed since an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// There was no run that this one could be compared with.
    FirstRun,
    /// This run did not see all messages, so it is not compared with anything.
    Incomplete,
    /// This.
    Known(Rates),
    /// All earlier runs were less than [`SHORTEST`] seconds ago.
    TooSoon,
}

/// Changes over time, in messages a minute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Rates {
    /// The seconds since the run that this one is compared with.
    pub(crate) seconds: f64,
    /// The messages processed.
    pub(crate) processed: Processed,
    /// How many it would have been if all were processed that were there.
    pub(crate) possible: f64,
    /// By how much the queue grew; negative when it shrank.
    pub(crate) growth: f64,
    /// Seconds until the queue is empty if it goes on shrinking like this.
    pub(crate) drain: Option<f64>,
}

/// How many messages were processed a minute: those that were there and are gone, or what the mail
/// system counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Processed {
    /// The queue was empty before, so nothing is known of its speed.
    Idle,
    /// This many, and with 95 % certainty from `least` to `most`, because it is told by a sample.
    Known { rate: f64, least: f64, most: f64 },
    /// The messages were counted without being named.
    Untold,
}

/// Compares the ids of this run with those of an earlier one while they are seen.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    now: i64,
    past: Past,
    /// Which point this run is compared with.
    chosen: Option<usize>,
    still_there: u64,
    sample: BinaryHeap<u64>,
}

/// What this run has seen as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    /// All messages; `None` when not all were seen.
    pub(crate) total: Option<u64>,
    /// Whether every message was named.
    pub(crate) ids_known: bool,
    /// What the mail systems that count it have processed since they were started.
    pub(crate) processed: BTreeMap<String, u64>,
    /// The mail systems that were looked at.
    pub(crate) systems: Vec<String>,
}

impl Comparison {
    /// A comparison with what earlier runs kept, at a time in seconds since 1970.
    pub(crate) fn with(mut past: Past, now: i64) -> Self {
        // The clock was set back, or the monitoring paused: over more than a day a rate says nothing
        // about now. And what is no sample of this plugin's would make a binary search err.
        past.0.retain(|point| {
            let sorted =
                point.sample.as_ref().is_none_or(|it| it.is_sorted() && it.len() <= SAMPLE);
            (0..LONGEST).contains(&now.saturating_sub(point.at)) && sorted
        });
        let is_old = |point: &Point| now - point.at >= SHORTEST;
        let newest = past.0.iter().rposition(is_old);
        // Of a sample, more time makes narrower bounds.
        let is_sampled = |at: &usize| past.0[*at].total > SAMPLE as u64;
        let chosen = newest.map(|at| if is_sampled(&at) { 0 } else { at });
        Self { now, past, chosen, still_there: 0, sample: BinaryHeap::new() }
    }

    /// Notes the hash of an id that is there. Each is to be noted once.
    pub(crate) fn see(&mut self, id: u64) {
        if self.sample.len() < SAMPLE {
            self.sample.push(id);
        } else if self.sample.peek().is_some_and(|largest| id < *largest) {
            self.sample.pop();
            self.sample.push(id);
        }
        let sample =
            self.chosen.and_then(|at| self.past.0[at].sample.as_deref()).unwrap_or_default();
        if sample.last().is_some_and(|largest| id <= *largest) && sample.binary_search(&id).is_ok()
        {
            self.still_there += 1;
        }
    }

    /// What changed, and what is to be kept for later runs, if that is something else than before.
    pub(crate) fn close(mut self, present: Present) -> (Change, Option<Past>) {
        let Some(total) = present.total else {
            return (Change::Incomplete, None);
        };
        let comparable = |point: &&Point| point.systems == present.systems;
        let change = match self.chosen.map(|at| &self.past.0[at]).filter(comparable) {
            Some(point) => Change::Known(self.rates(point, total, &present)),
            None if self.past.0.last().as_ref().is_some_and(comparable) => Change::TooSoon,
            None => Change::FirstRun,
        };
        let Present { ids_known, processed, systems, .. } = present;
        // Another mail system was set up: what was is no measure any more.
        self.past.0.retain(|point| point.systems == systems);
        if self.past.0.last().is_some_and(|point| self.now - point.at < SHORTEST) {
            return (change, None);
        }
        let sample = ids_known.then(|| self.sample.into_sorted_vec());
        self.past.0.push(Point { at: self.now, total, sample, processed, systems });
        let excess = self.past.0.len().saturating_sub(POINTS);
        self.past.0.drain(..excess);
        (change, Some(self.past))
    }

    fn rates(&self, point: &Point, total: u64, present: &Present) -> Rates {
        let seconds = float(u64::try_from(self.now - point.at).unwrap_or(1));
        let a_minute = |messages: f64| messages * 60.0 / seconds;
        let growth = a_minute(float(total) - float(point.total));
        let processed = match self.processed(point, present) {
            Processed::Known { rate, least, most } => Processed::Known {
                rate: a_minute(rate),
                least: a_minute(least),
                most: a_minute(most),
            },
            other => other,
        };
        let drain = (growth < 0.0).then(|| float(total) / -growth * 60.0);
        let possible = a_minute(float(point.total));
        Rates { seconds, processed, possible, growth, drain }
    }

    /// How many messages were processed since the point.
    fn processed(&self, point: &Point, present: &Present) -> Processed {
        // One that is down now tells nothing, and nothing is not 0.
        let counts =
            |name| point.processed.contains_key(name) && present.processed.contains_key(name);
        if !present.systems.is_empty() && present.systems.iter().all(counts) {
            let since = |(name, now): (&String, &u64)| {
                let before = point.processed.get(name).copied().unwrap_or(0);
                // A mail system that was restarted began to count anew.
                if *now >= before { now - before } else { *now }
            };
            let rate = float(present.processed.iter().map(since).fold(0, u64::saturating_add));
            return Processed::Known { rate, least: rate, most: rate };
        }
        match &point.sample {
            Some(sample) if sample.is_empty() && point.total == 0 => Processed::Idle,
            Some(sample) if !sample.is_empty() && present.ids_known => {
                estimate(sample.len() as u64, self.still_there, point.total)
            }
            _ => Processed::Untold,
        }
    }
}

/// How many of `total` messages are gone, when of `sampled` ones `still_there` are not. The bounds
/// are Wilson's for a share; they are wide where few of the sample are gone.
fn estimate(sampled: u64, still_there: u64, total: u64) -> Processed {
    let (n, gone) = (float(sampled), float(sampled.saturating_sub(still_there)));
    let share = gone / n;
    if sampled >= total {
        let rate = share * float(total);
        return Processed::Known { rate, least: rate, most: rate };
    }
    let z2 = Z * Z;
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Processed::Known {
        rate: share * float(total),
        least: (middle - half).max(0.0) * float(total),
        most: (middle + half).min(1.0) * float(total),
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of messages and of seconds")]
fn float(number: u64) -> f64 {
    number as f64
}

/// Ids kept. Each stands for 24 of 100,000 messages, and the file stays below 1 MiB.
const SAMPLE: usize = 4096;
/// Seconds; between runs that are nearer to each other, a few messages would make a rate.
pub(crate) const SHORTEST: i64 = 30;
/// Seconds; over more than a day a rate says nothing about now.
const LONGEST: i64 = 86_400;
/// Runs kept. Two at least, so that there is an older one when the newest is too recent.
const POINTS: usize = 3;
/// Standard deviations to each side of 95 % of all cases.
const Z: f64 = 1.96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{hash, mix};

    fn present(total: u64) -> Present {
        Present {
            total: Some(total),
            ids_known: true,
            processed: BTreeMap::new(),
            systems: vec!["postfix".to_owned()],
        }
    }

    fn run(past: Past, at: i64, ids: impl Iterator<Item = u64>) -> (Change, Option<Past>) {
        let mut comparison = Comparison::with(past, at);
        let mut total = 0;
        for id in ids {
            comparison.see(mix(hash(&id.to_le_bytes())));
            total += 1;
        }
        comparison.close(present(total))
    }

    fn first(ids: impl Iterator<Item = u64>) -> Past {
        let (change, past) = run(Past::default(), 1000, ids);
        assert_eq!(change, Change::FirstRun);
        past.expect("kept")
    }

    fn rates(change: Change) -> Rates {
        match change {
            Change::Known(rates) => rates,
            other => panic!("{other:?}"),
        }
    }

    fn exactly(rate: f64) -> Processed {
        Processed::Known { rate, least: rate, most: rate }
    }

    #[test]
    fn ok_a_short_queue_is_compared_exactly() {
        let (change, _) = run(first(0..100), 1060, 30..110);
        assert_eq!(
            rates(change),
            Rates {
                seconds: 60.0,
                processed: exactly(30.0),
                possible: 100.0,
                growth: -20.0,
                drain: Some(240.0)
            }
        );
    }

    #[test]
    fn ok_a_long_queue_is_compared_by_a_sample_with_its_bounds() {
        let past = first(0..100_000);
        let size = serde_json::to_string(&past).expect("plain data").len();
        assert!(size * POINTS < 400_000, "{size}");
        let (change, _) = run(past.clone(), 1600, 25_000..130_000);
        let rates = rates(change);
        assert_eq!((rates.growth, rates.drain), (500.0, None));
        let Processed::Known { rate, least, most } = rates.processed else { panic!("{rates:?}") };
        assert!(least < 2500.0 && 2500.0 < most, "{least} {most}");
        assert!((2300.0..2700.0).contains(&rate), "{rate}");
        // Fifty a minute of so many are hardly seen, and the bounds say so.
        let (change, _) = run(past, 1060, 50..100_000);
        let Processed::Known { least, most, .. } = self::rates(change).processed else {
            panic!("comparable")
        };
        assert!(least < 50.0 && 50.0 < most && most < 400.0, "{least} {most}");
    }

    #[test]
    fn ok_two_services_on_one_queue_both_have_rates() {
        let past = first(0..100);
        let (change, kept) = run(past.clone(), 1003, 0..100);
        assert_eq!((change, kept), (Change::TooSoon, None));
        let (change, kept) = run(past, 1300, 10..100);
        assert_eq!(rates(change).processed, exactly(2.0));
        // Three seconds later it is still compared with the run of five minutes ago.
        let (change, kept) = run(kept.expect("kept"), 1303, 20..100);
        let seconds = rates(change).seconds;
        assert!((302.9..303.1).contains(&seconds), "{seconds}");
        assert_eq!(kept, None);
    }

    #[test]
    fn ok_nothing_is_made_up() {
        let past = first(0..10);
        let change = |at, ids| run(past.clone(), at, ids).0;
        assert_eq!(change(1029, 0..0), Change::TooSoon);
        assert_eq!(change(900, 0..0), Change::FirstRun);
        assert_eq!(change(1000 + 90_000, 0..0), Change::FirstRun);
        let close = |present| Comparison::with(past.clone(), 1060).close(present);
        let elsewhere = Present { systems: vec!["exim".to_owned()], ..present(10) };
        assert_eq!(close(elsewhere).0, Change::FirstRun);
        assert_eq!(close(Present { total: None, ..present(10) }), (Change::Incomplete, None));
        let (unnamed, kept) = close(Present { ids_known: false, ..present(5) });
        let unnamed = rates(unnamed);
        assert_eq!((unnamed.processed, unnamed.growth), (Processed::Untold, -5.0));
        let (change, _) = run(kept.expect("kept"), 1160, 0..5);
        assert_eq!(rates(change).processed, Processed::Untold);
        let (change, _) = run(first(0..0), 1060, 0..5);
        assert_eq!((rates(change.clone()).processed, rates(change).growth), (Processed::Idle, 5.0));
    }

    #[test]
    fn ok_a_file_that_somebody_edited_does_no_harm() {
        let point = |at, sample: &[u64]| Point {
            at,
            total: u64::MAX,
            sample: Some(sample.to_vec()),
            processed: BTreeMap::new(),
            systems: vec!["postfix".to_owned()],
        };
        for at in [i64::MIN, -90_000, i64::MAX] {
            assert_eq!(run(Past(vec![point(at, &[])]), 1000, 0..3).0, Change::FirstRun);
        }
        assert_eq!(run(Past(vec![point(900, &[3, 1])]), 1000, 0..3).0, Change::FirstRun);
        assert_eq!(run(Past(vec![point(900, &[0; 5000])]), 1000, 0..3).0, Change::FirstRun);
        let (change, _) = run(Past(vec![point(900, &[1, 2])]), 1000, 0..3);
        assert!(rates(change).growth < 0.0);
    }

    #[test]
    fn ok_a_mail_system_that_counts_is_believed() {
        let counted = |processed| Present {
            processed: BTreeMap::from([("postfix".to_owned(), processed)]),
            ..present(3)
        };
        let (_, past) = Comparison::with(Past::default(), 1000).close(counted(500));
        let past = past.expect("kept");
        let again =
            |present| rates(Comparison::with(past.clone(), 1120).close(present).0).processed;
        assert_eq!(again(counted(700)), exactly(100.0));
        // It was restarted and has processed 40 since.
        assert_eq!(again(counted(40)), exactly(20.0));
        // It does not answer now, and the ids that could be compared are not there either.
        assert_eq!(again(Present { processed: BTreeMap::new(), ..counted(0) }), Processed::Untold);
    }
}
