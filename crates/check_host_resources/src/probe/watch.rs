//! What is only known after watching for a while: the kernel counts since the start of the machine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use mailhost_core::deadline::Deadline;

use super::read;
use crate::args::Part;
use crate::config::{Config, Watch};
use crate::facts::{Cpu, DiskIo, Seen, Traffic, Watched, float};
use crate::history::{Counters, Past};
use crate::proc::{CpuTimes, Disk, Interface, Stat, disks, interfaces};

/// What came of it; `None` for what was not asked for.
#[derive(Default)]
pub(super) struct Watching {
    pub(super) over: Option<Watched>,
    pub(super) cpu: Option<Seen<Cpu>>,
    pub(super) network: Option<Seen<Vec<Traffic>>>,
    pub(super) disk_io: Option<Seen<Vec<DiskIo>>>,
    /// What the kernel has counted until now, for the next run.
    pub(super) counters: Option<Counters>,
}

/// The counters at one moment.
struct Look {
    cpu: Option<Seen<CpuTimes>>,
    interfaces: Option<Seen<Vec<Interface>>>,
    disks: Option<Seen<Vec<Disk>>>,
}

/// Looks at the counters, if any of them is asked for, and compares them with those of an earlier run, or
/// with those of a moment before where there is none. `past` is what earlier runs saw and what time it is.
pub(super) fn watch(
    config: &Config,
    root: &Path,
    past: Option<(&Past, f64)>,
    deadline: &Deadline,
) -> Watching {
    if !config.watches() {
        return Watching::default();
    }
    let (before, over, after) = match past.and_then(|(past, now)| earlier(config, past, now)) {
        Some((counters, over)) => (Look::from(counters), over, Look::now(config, root)),
        None => match look_twice(config, root, deadline) {
            Ok(looks) => looks,
            Err(why) => return Watching::without(config, why),
        },
    };
    let counters = Counters {
        cpu: known(after.cpu.as_ref()),
        interfaces: known(after.interfaces.as_ref()),
        disks: known(after.disks.as_ref()),
    };
    let seconds = over.seconds;
    Watching {
        over: Some(over),
        cpu: both(before.cpu, after.cpu, |before, after| Cpu { times: after.since(before) }),
        network: both(before.interfaces, after.interfaces, |before, after| {
            traffic(root, &before, &after, seconds)
        }),
        disk_io: both(before.disks, after.disks, |before, after| disk_io(&before, &after, seconds)),
        counters: Some(counters),
    }
}

/// The counters of the run that the configuration means, or of the oldest that there is.
fn earlier(config: &Config, past: &Past, now: f64) -> Option<(Counters, Watched)> {
    let window = match config.watch {
        Watch::Now => return None,
        Watch::SinceLastRun => 0.0,
        // A run every five minutes comes sometimes a little early.
        Watch::Sustained(seconds) => seconds * 0.9,
    };
    let (seconds, counters) = past.counters.ago(now, window)?;
    let over = Watched { seconds, is_enough: seconds >= window };
    // What was long ago says little of now. Two runs at once see nothing of each other's time.
    let most = if window > 0.0 { LONGEST.max(window * 5.0) } else { A_DAY };
    let is_useful = (config.interval.as_secs_f64()..most).contains(&seconds);
    is_useful.then(|| (counters.clone(), over))
}

fn look_twice(
    config: &Config,
    root: &Path,
    deadline: &Deadline,
) -> Result<(Look, Watched, Look), String> {
    let (start, before) = (Instant::now(), Look::now(config, root));
    deadline.waiting_for("the machine to be watched");
    // Something is left for the rest.
    let most = deadline.share(2).remaining().unwrap_or_default();
    if most < config.interval.min(SHORTEST) {
        return Err(
            "there is no time to watch the machine: give a longer time limit with -t".to_owned()
        );
    }
    thread::sleep(config.interval.min(most));
    let seconds = start.elapsed().as_secs_f64();
    let is_enough = !matches!(config.watch, Watch::Sustained(_));
    Ok((before, Watched { seconds, is_enough }, Look::now(config, root)))
}

impl Watching {
    /// What comes of it where nothing can be watched.
    fn without(config: &Config, why: String) -> Self {
        Self {
            cpu: config.wants(Part::Cpu).then(|| Err(why.clone())),
            network: config.wants(Part::Network).then(|| Err(why.clone())),
            disk_io: config.wants(Part::DiskIo).then_some(Err(why)),
            ..Self::default()
        }
    }
}

impl Look {
    fn now(config: &Config, root: &Path) -> Self {
        let whole = |text: &str| {
            // Parts of disks are counted in the disks, and what is in files in those that hold them.
            let is_whole = |disk: &Disk| {
                let in_memory = disk.name.starts_with("loop") || disk.name.starts_with("ram");
                // A name with a slash has an exclamation mark there.
                let name = disk.name.replace('/', "!");
                !in_memory && root.join("sys/block").join(name).exists()
            };
            disks(text).map(|disks| disks.into_iter().filter(is_whole).collect())
        };
        let times = |text: &str| Stat::parse(text).map(|stat| stat.times);
        Self {
            cpu: config.wants(Part::Cpu).then(|| read(root, "proc/stat", times)),
            interfaces: config.wants(Part::Network).then(|| read(root, "proc/net/dev", interfaces)),
            disks: config.wants(Part::DiskIo).then(|| read(root, "proc/diskstats", whole)),
        }
    }
}

impl From<Counters> for Look {
    fn from(counters: Counters) -> Self {
        Self {
            cpu: Some(kept(counters.cpu)),
            interfaces: Some(kept(counters.interfaces)),
            disks: Some(kept(counters.disks)),
        }
    }
}

fn kept<T>(value: Option<T>) -> Seen<T> {
    value.ok_or_else(|| "an earlier run could not read it".to_owned())
}

fn known<T: Clone>(seen: Option<&Seen<T>>) -> Option<T> {
    match seen {
        Some(Ok(value)) => Some(value.clone()),
        Some(Err(_)) | None => None,
    }
}

/// What two looks come to, where both saw something.
fn both<T, U>(
    before: Option<Seen<T>>,
    after: Option<Seen<T>>,
    difference: impl FnOnce(T, T) -> U,
) -> Option<Seen<U>> {
    match (before?, after?) {
        (Ok(before), Ok(after)) => Some(Ok(difference(before, after))),
        (_, Err(why)) | (Err(why), _) => Some(Err(why)),
    }
}

/// Of the interfaces that were there both times.
fn traffic(root: &Path, before: &[Interface], after: &[Interface], seconds: f64) -> Vec<Traffic> {
    let of = |after: &Interface| {
        let before = before.iter().find(|it| it.name == after.name)?;
        Some(Traffic {
            interface: after.name.clone(),
            received: rate(before.received, after.received, seconds),
            sent: rate(before.sent, after.sent, seconds),
            errors: rate(before.errors, after.errors, seconds),
            drops: rate(before.drops, after.drops, seconds),
            link: link(root, &after.name),
        })
    };
    after.iter().filter_map(of).collect()
}

/// Bytes a second that a link can carry: the kernel tells megabits, and -1 where there is no such number.
fn link(root: &Path, interface: &str) -> Option<f64> {
    let path = root.join("sys/class/net").join(interface).join("speed");
    let megabits: f64 = fs::read_to_string(path).ok()?.trim().parse().ok()?;
    (megabits > 0.0).then_some(megabits * 1e6 / 8.0)
}

fn disk_io(before: &[Disk], after: &[Disk], seconds: f64) -> Vec<DiskIo> {
    let of = |after: &Disk| {
        let before = before.iter().find(|it| it.name == after.name)?;
        let done = after.done.saturating_sub(before.done);
        // Never used, as most of the kernel's loop devices.
        if after.done == 0 {
            return None;
        }
        let milliseconds = float(after.waited.saturating_sub(before.waited));
        Some(DiskIo {
            disk: after.name.clone(),
            busy: (rate(before.busy, after.busy, seconds) / 10.0).min(100.0),
            waited: (done > 0).then(|| milliseconds / 1000.0 / float(done)),
        })
    };
    after.iter().filter_map(of).collect()
}

/// A second; a counter that goes back was reset.
fn rate(before: u64, after: u64, seconds: f64) -> f64 {
    float(after.saturating_sub(before)) / seconds.max(1e-6)
}

/// Less says nothing: the kernel counts a hundred times a second, on some machines.
const SHORTEST: Duration = Duration::from_millis(50);
/// Seconds after which a run is no part of a mean any more, if that is long enough for the mean.
const LONGEST: f64 = 7200.0;
/// Seconds after which a run is not the last one any more.
const A_DAY: f64 = 86_400.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_rates_of_two_looks() {
        let disk = |done, waited, busy| Disk { name: "sda".to_owned(), done, waited, busy };
        let seconds = 0.5;
        let seen = disk_io(&[disk(100, 1000, 5000)], &[disk(200, 3000, 5250)], seconds);
        assert_eq!((seen.len(), seen[0].waited), (1, Some(0.02)));
        assert!((seen[0].busy - 50.0).abs() < 1e-9, "{}", seen[0].busy);
        let idle = disk_io(&[disk(100, 1000, 5000)], &[disk(100, 1000, 5000)], seconds);
        assert_eq!((idle[0].busy, idle[0].waited), (0.0, None));
        assert!(disk_io(&[], &[disk(1, 1, 1)], seconds).is_empty());
        assert!(disk_io(&[disk(0, 0, 0)], &[disk(0, 0, 0)], seconds).is_empty());
    }
}
