//! What earlier runs saw, for what is only known over time.

use std::collections::BTreeMap;

use mailhost_core::deadline::Deadline;
use mailhost_core::memory::{Last, Memory, MemoryError};
use serde::{Deserialize, Serialize};

use crate::IDENTITY;
use crate::config::Config;
use crate::proc::{CpuTimes, Disk, Interface};

/// What is kept between runs. Times are seconds since the machine was started, so that a clock that is set
/// changes nothing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Past {
    /// Which start of the machine it is about.
    pub(crate) boot: String,
    /// What is counted since then.
    pub(crate) counters: Series<Counters>,
    /// Bytes that a user can have on a file system, by its mount point.
    pub(crate) available: BTreeMap<String, Series<u64>>,
    /// Bytes of memory of processes, by the name that is asked for.
    pub(crate) resident: BTreeMap<String, Series<u64>>,
    /// How often systemd has started a unit again, by its name.
    pub(crate) restarts: BTreeMap<String, Series<u64>>,
}

/// What the kernel counts since the start.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Counters {
    pub(crate) cpu: Option<CpuTimes>,
    pub(crate) interfaces: Option<Vec<Interface>>,
    pub(crate) disks: Option<Vec<Disk>>,
}

/// Values of earlier runs, the oldest first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Series<T>(Vec<(f64, T)>);

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Series<T> {
    /// The youngest value that is at least so many seconds old, else the oldest there is; with its age.
    ///
    /// A run at the same time may have kept one that is younger than now. In a container the time since the
    /// start may begin anew without one, and all of them are then.
    pub(crate) fn ago(&self, now: f64, window: f64) -> Option<(f64, &T)> {
        let old_enough = self.0.iter().rev().find(|(at, _)| now - at >= window);
        let oldest = || self.0.iter().find(|(at, _)| *at <= now);
        old_enough.or_else(oldest).map(|(at, value)| (now - at, value))
    }

    /// Adds a value, and forgets those that nobody will ask for: all before the youngest that is older than
    /// `window`, and those that are closer together than they need be.
    pub(crate) fn add(&mut self, now: f64, window: f64, value: T) {
        // Where the time since the start has begun anew; a run at the same time is not so far ahead.
        self.0.retain(|(at, _)| *at < now + SAME_TIME);
        if self.0.last().is_some_and(|(at, _)| *at >= now) {
            return;
        }
        let before = self.0.iter().rposition(|(at, _)| now - at >= window).unwrap_or_default();
        self.0.drain(..before);
        if let [.., (first, _), _] = self.0.as_slice()
            && now - first < window / KEPT
        {
            self.0.pop();
        }
        self.0.push((now, value));
    }

    fn is_old(&self, now: f64) -> bool {
        self.0.last().is_none_or(|(at, _)| now - at > FORGOTTEN)
    }
}

/// What is known of earlier runs.
#[derive(Clone, Debug)]
pub(crate) enum History {
    /// Nothing that is asked about needs it.
    NotNeeded,
    /// Empty at the first run, and after a start of the machine.
    Known(Past),
    /// The state file cannot be used, and why.
    Unusable(String),
}

/// What earlier runs of this start of the machine kept.
pub(crate) fn recall(config: &Config, boot: &str, deadline: &Deadline) -> History {
    if !config.needs_history() {
        return History::NotNeeded;
    }
    let directory = config.state_dir.as_deref();
    let last: Result<Last<Past>, MemoryError> =
        Memory::open(directory, IDENTITY, &config.subject(), deadline)
            .and_then(|memory| memory.recall(VERSION));
    match last {
        Ok(Last::OtherVersion(version)) => History::Unusable(format!(
            "the state file is of version {version} and this check knows {VERSION}; it is replaced"
        )),
        Ok(last) => History::Known(last.known().unwrap_or_default().of(boot)),
        Err(error) => History::Unusable(error.to_string()),
    }
}

/// Keeps what `add` adds to what is known by now.
///
/// # Errors
/// Why it cannot be kept, as a sentence.
pub(crate) fn keep(
    config: &Config,
    boot: &str,
    now: f64,
    deadline: &Deadline,
    add: impl FnOnce(&mut Past),
) -> Result<(), String> {
    let directory = config.state_dir.as_deref();
    let next = |before: Option<Past>| {
        let mut past = before.unwrap_or_default().of(boot);
        add(&mut past);
        past.available.retain(|_, series| !series.is_old(now));
        past.resident.retain(|_, series| !series.is_old(now));
        past.restarts.retain(|_, series| !series.is_old(now));
        past
    };
    Memory::update(directory, IDENTITY, &config.subject(), VERSION, deadline, next)
        .map(drop)
        .map_err(|error| error.to_string())
}

impl Past {
    /// What of it is about this start of the machine.
    fn of(self, boot: &str) -> Self {
        if self.boot == boot { self } else { Self { boot: boot.to_owned(), ..Self::default() } }
    }
}

/// Of the state file's format.
const VERSION: u32 = 1;
/// Seconds that runs at the same time may be apart.
const SAME_TIME: f64 = 60.0;
/// Values that are kept for a window, about.
const KEPT: f64 = 12.0;
/// Seconds after which what is not looked at any more is forgotten.
const FORGOTTEN: f64 = 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_series_keeps_what_the_window_needs() {
        let mut series = Series::default();
        let mut most = 0;
        for at in 0..1000_u32 {
            let now = f64::from(at) * 10.0;
            series.add(now, 300.0, at);
            most = most.max(series.0.len());
            let (age, _) = series.ago(now, 300.0).expect("a value");
            if now >= 330.0 {
                assert!((300.0..=360.0).contains(&age), "{age} at {now}");
            }
        }
        assert!(most <= 26, "{most}");
        // Rarer than the window: the last one counts.
        let mut series = Series::default();
        series.add(0.0, 300.0, 1);
        series.add(3600.0, 300.0, 2);
        assert_eq!(series.ago(7200.0, 300.0), Some((3600.0, &2)));
        // Not old enough yet: the oldest.
        assert_eq!(series.ago(3601.0, 86_400.0), Some((3601.0, &1)));
        assert_eq!(Series::<u64>::default().ago(1.0, 1.0), None);
    }

    #[test]
    fn ok_another_start_of_the_machine_begins_anew() {
        let mut past = Past { boot: "a".to_owned(), ..Past::default() };
        past.counters.add(100.0, 300.0, Counters::default());
        assert_eq!(past.clone().of("a"), past);
        let anew = |boot: &str, now| past.clone().of(boot).counters.ago(now, 1.0).is_none();
        assert!(anew("b", 101.0));
        // In a container.
        assert!(anew("a", 10.0));
        past.counters.add(10.0, 300.0, Counters::default());
        assert_eq!(past.counters.0.len(), 1);
    }

    #[test]
    fn ok_runs_at_the_same_time_take_nothing_from_each_other() {
        let mut series = Series::default();
        for (now, value) in [(100.0, 1), (405.0, 2), (404.0, 3)] {
            series.add(now, 300.0, value);
        }
        assert_eq!(series.ago(404.0, 300.0), Some((304.0, &1)));
        assert_eq!(series.ago(406.0, 0.5), Some((1.0, &2)));
    }
}
