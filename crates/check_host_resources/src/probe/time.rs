//! What is only known from earlier runs, and what the next ones will want to know.

use std::collections::BTreeMap;

use crate::config::{Config, Watch};
use crate::facts::{Facts, FileSystem, Room, Seen};
use crate::history::{Counters, Past, Series};
use crate::proc::Process;

/// Fills in how fast things change.
pub(super) fn compare(config: &Config, facts: &mut Facts, past: &Past, now: f64) {
    if let Some(Seen::Is(file_systems)) = &mut facts.file_systems {
        for file_system in file_systems {
            let before = past.available.get(&key(file_system)).and_then(|it| lately(it, now));
            file_system.full_in = available(file_system).zip(before).and_then(full_in);
        }
    }
    if let Some(Seen::Is(processes)) = &facts.processes {
        for (name, bytes) in resident(config, processes) {
            if let Some((age, before)) = past.resident.get(&name).and_then(|it| lately(it, now)) {
                facts.growth.insert(name, (float(bytes) - float(before)) / age * 3600.0);
            }
        }
    }
    if let Some(Seen::Is(units)) = &mut facts.units {
        for seen in units {
            let before = past.restarts.get(&seen.unit.name).and_then(|it| it.ago(now, WINDOW));
            // What was long ago is no loop.
            let before = before.filter(|(age, _)| *age < WINDOW * 2.0);
            // The number begins anew when somebody starts the unit.
            seen.restarted =
                before.map(|(age, before)| (seen.unit.restarts.saturating_sub(*before), age));
        }
    }
}

/// Seconds until a file system is full, and what that is learnt from; none where it does not fill.
fn full_in((now, (age, before)): (u64, (f64, u64))) -> Option<(f64, f64)> {
    let gone = before.checked_sub(now).filter(|gone| *gone > 0)?;
    Some((float(now) * age / float(gone), age))
}

/// A value of about an hour ago, or of the longest time that there is if that says anything.
fn lately(series: &Series<u64>, now: f64) -> Option<(f64, u64)> {
    let (age, value) = series.ago(now, WINDOW)?;
    (LEAST..WINDOW * 2.0).contains(&age).then_some((age, *value))
}

/// Adds what this run saw.
pub(super) fn remember(
    config: &Config,
    facts: &Facts,
    counters: Option<Counters>,
    past: &mut Past,
    now: f64,
) {
    past.seen = now;
    if let Some(counters) = counters {
        let window = if let Watch::Sustained(seconds) = config.watch { seconds } else { 0.0 };
        past.counters.add(now, window, counters);
    }
    if let Some(Seen::Is(file_systems)) = &facts.file_systems {
        for file_system in file_systems {
            if let Some(bytes) = available(file_system) {
                let series = past.available.entry(key(file_system)).or_default();
                series.add(now, WINDOW, bytes);
            }
        }
    }
    if let Some(Seen::Is(processes)) = &facts.processes {
        for (name, bytes) in resident(config, processes) {
            past.resident.entry(name).or_default().add(now, WINDOW, bytes);
        }
    }
    if let Some(Seen::Is(units)) = &facts.units {
        for seen in units {
            let series = past.restarts.entry(seen.unit.name.clone()).or_default();
            series.add(now, WINDOW, seen.unit.restarts);
        }
    }
}

/// Another file system at the same place has other numbers.
fn key(file_system: &FileSystem) -> String {
    let size = match &file_system.room {
        Room::Is(space) => space.used.saturating_add(space.available),
        _ => 0,
    };
    format!("{} {} {size}", file_system.kind, file_system.mount)
}

fn available(file_system: &FileSystem) -> Option<u64> {
    match &file_system.room {
        Room::Is(space) => Some(space.available),
        Room::Broken(_) | Room::Hangs(_) | Room::Skipped(_) | Room::Unreadable(_) => None,
    }
}

/// Bytes of memory of the processes that are asked for, by name.
fn resident(config: &Config, processes: &[Process]) -> BTreeMap<String, u64> {
    let sum = |name: &str| {
        let these = processes.iter().filter(|it| it.is_called(name));
        these.map(|it| it.resident).fold(0, u64::saturating_add)
    };
    config.processes.iter().map(|it| (it.name.clone(), sum(&it.name))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn float(number: u64) -> f64 {
    number as f64
}

/// Seconds over which a change is looked at.
const WINDOW: f64 = 3600.0;
/// Seconds that it takes at least to say something of it.
const LEAST: f64 = 1800.0;
