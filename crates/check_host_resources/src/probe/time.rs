//! What is only known from earlier runs, and what the next ones will want to know.

use crate::config::{Config, Watch};
use crate::facts::{Facts, FileSystem, Filling, Restarted, Room, float};
use crate::history::{Counters, Past, Series};
use crate::proc::Process;

/// Fills in how fast things change.
pub(super) fn compare(config: &Config, facts: &mut Facts, past: &Past, now: f64) {
    if let Some(Ok(file_systems)) = &mut facts.file_systems {
        for file_system in file_systems {
            let before = past.available.get(&key(file_system)).and_then(|it| lately(it, now));
            file_system.filling =
                available(file_system).zip(before).map_or(Filling::NotKnown, filling);
        }
    }
    if let Some(Ok(processes)) = &facts.processes {
        for (name, bytes, running) in resident(config, processes) {
            let before = past.resident.get(&name).and_then(|it| lately(it, now));
            // What has been started since then has nothing to do with what was before.
            if let Some((age, before)) = before.filter(|(age, _)| *age <= running) {
                facts.growth.insert(name, (float(bytes) - float(before)) / age * 3600.0);
            }
        }
    }
    if let Some(Ok(units)) = &mut facts.units {
        for seen in units {
            let before = past.restarts.get(&seen.unit.name).and_then(|it| it.ago(now, WINDOW));
            // What was long ago is no loop.
            let before = before.filter(|(age, _)| *age < WINDOW * 2.0);
            seen.restarted = before.and_then(|(seconds, before)| {
                Some(Restarted { times: seen.unit.restarts.checked_sub(*before)?, seconds })
            });
        }
    }
}

/// How fast a file system fills, from what was left some time ago and is left now.
fn filling((now, (age, before)): (u64, (f64, u64))) -> Filling {
    match before.saturating_sub(now) {
        0 => Filling::Not,
        gone => Filling::FullIn { seconds: float(now) * age / float(gone), learnt: age },
    }
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
    if let Some(counters) = counters {
        let window = if let Watch::Sustained(seconds) = config.watch { seconds } else { 0.0 };
        past.counters.add(now, window, counters);
    }
    if let Some(Ok(file_systems)) = &facts.file_systems {
        for file_system in file_systems {
            if let Some(bytes) = available(file_system) {
                let series = past.available.entry(key(file_system)).or_default();
                series.add(now, WINDOW, bytes);
            }
        }
    }
    if let Some(Ok(processes)) = &facts.processes {
        for (name, bytes, running) in resident(config, processes) {
            let series = past.resident.entry(name).or_default();
            // It was started since then.
            if series.ago(now, 0.0).is_some_and(|(age, _)| age > running) {
                *series = Series::default();
            }
            series.add(now, WINDOW, bytes);
        }
    }
    if let Some(Ok(units)) = &facts.units {
        for seen in units {
            let series = past.restarts.entry(seen.unit.name.clone()).or_default();
            // The number begins anew when somebody starts the unit.
            if series.ago(now, 0.0).is_some_and(|(_, before)| seen.unit.restarts < *before) {
                *series = Series::default();
            }
            series.add(now, WINDOW, seen.unit.restarts);
        }
    }
}

/// Another file system at the same place has other numbers.
fn key(file_system: &FileSystem) -> String {
    let id = match &file_system.room {
        Room::Is(space) => space.id,
        _ => 0,
    };
    format!("{} {id:x} {}", file_system.kind, file_system.mount)
}

fn available(file_system: &FileSystem) -> Option<u64> {
    match &file_system.room {
        Room::Is(space) => Some(space.available),
        Room::Broken(_) | Room::Hangs(_) | Room::Skipped(_) | Room::Unreadable(_) => None,
    }
}

/// Names that are asked for, with the bytes of memory of their processes and the seconds that the oldest of
/// them runs; those without any are left out.
fn resident(config: &Config, processes: &[Process]) -> Vec<(String, u64, f64)> {
    let sum = |name: &String| {
        let these = || processes.iter().filter(|it| it.is_called(name) && !it.is_zombie());
        let bytes = these().map(|it| it.resident).reduce(u64::saturating_add)?;
        let running = these().filter_map(|it| it.age).reduce(f64::max)?;
        Some((name.clone(), bytes, running))
    };
    config.processes.iter().filter_map(|it| sum(&it.name)).collect()
}

/// Seconds over which a change is looked at.
const WINDOW: f64 = 3600.0;
/// Seconds that it takes at least to say something of it.
const LEAST: f64 = 1800.0;
