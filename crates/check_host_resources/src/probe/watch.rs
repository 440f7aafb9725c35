//! What is only known after watching for a while: the kernel counts since the start of the machine.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use mailhost_core::deadline::Deadline;

use super::read;
use crate::args::Part;
use crate::config::Config;
use crate::facts::{Cpu, DiskIo, Seen, Traffic};
use crate::proc::{Disk, Interface, Stat, disks, interfaces};

/// What came of it; `None` for what was not asked for.
pub(super) struct Watched {
    pub(super) cpu: Option<Seen<Cpu>>,
    pub(super) network: Option<Seen<Vec<Traffic>>>,
    pub(super) disk_io: Option<Seen<Vec<DiskIo>>>,
}

/// The counters at one moment.
struct Counters {
    at: Instant,
    stat: Option<Seen<Stat>>,
    interfaces: Option<Seen<Vec<Interface>>>,
    disks: Option<Seen<Vec<Disk>>>,
}

/// Looks at the counters twice, if any of them is asked for.
pub(super) fn watch(config: &Config, root: &Path, deadline: &Deadline) -> Watched {
    let parts = [Part::Cpu, Part::DiskIo, Part::Network];
    if !parts.into_iter().any(|part| config.wants(part)) {
        return Watched { cpu: None, network: None, disk_io: None };
    }
    let before = Counters::read(config, root);
    deadline.waiting_for("the machine to be watched");
    // Something is left for the rest.
    let most = deadline.share(2).remaining().unwrap_or_default();
    thread::sleep(config.interval.min(most));
    let after = Counters::read(config, root);
    let time = after.at.duration_since(before.at);
    Watched {
        cpu: both(before.stat, after.stat, |before, after| Cpu {
            times: after.times.since(before.times),
        }),
        network: both(before.interfaces, after.interfaces, |before, after| {
            traffic(root, &before, &after, time)
        }),
        disk_io: both(before.disks, after.disks, |before, after| disk_io(&before, &after, time)),
    }
}

impl Counters {
    fn read(config: &Config, root: &Path) -> Self {
        let whole = |text: &str| {
            // Parts of disks are counted in the disks.
            let is_whole = |disk: &Disk| root.join("sys/block").join(&disk.name).exists();
            disks(text).map(|disks| disks.into_iter().filter(is_whole).collect())
        };
        Self {
            at: Instant::now(),
            stat: config.wants(Part::Cpu).then(|| read(root, "proc/stat", Stat::parse)),
            interfaces: config.wants(Part::Network).then(|| read(root, "proc/net/dev", interfaces)),
            disks: config.wants(Part::DiskIo).then(|| read(root, "proc/diskstats", whole)),
        }
    }
}

/// What two looks come to, where both saw something.
fn both<T, U>(
    before: Option<Seen<T>>,
    after: Option<Seen<T>>,
    difference: impl FnOnce(T, T) -> U,
) -> Option<Seen<U>> {
    match (before?, after?) {
        (Seen::Is(before), Seen::Is(after)) => Some(Seen::Is(difference(before, after))),
        (Seen::Unreadable(why), _) | (_, Seen::Unreadable(why)) => Some(Seen::Unreadable(why)),
    }
}

/// Of the interfaces that were there both times.
fn traffic(root: &Path, before: &[Interface], after: &[Interface], time: Duration) -> Vec<Traffic> {
    let of = |after: &Interface| {
        let before = before.iter().find(|it| it.name == after.name)?;
        Some(Traffic {
            interface: after.name.clone(),
            received: rate(before.received, after.received, time),
            sent: rate(before.sent, after.sent, time),
            errors: rate(before.errors, after.errors, time),
            drops: rate(before.drops, after.drops, time),
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

fn disk_io(before: &[Disk], after: &[Disk], time: Duration) -> Vec<DiskIo> {
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
            busy: (rate(before.busy, after.busy, time) / 10.0).min(100.0),
            waited: (done > 0).then(|| milliseconds / 1000.0 / float(done)),
        })
    };
    after.iter().filter_map(of).collect()
}

/// A second; a counter that goes back was reset.
fn rate(before: u64, after: u64, time: Duration) -> f64 {
    float(after.saturating_sub(before)) / time.as_secs_f64().max(1e-6)
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_rates_of_two_looks() {
        let disk = |done, waited, busy| Disk { name: "sda".to_owned(), done, waited, busy };
        let time = Duration::from_millis(500);
        let seen = disk_io(&[disk(100, 1000, 5000)], &[disk(200, 3000, 5250)], time);
        assert_eq!((seen.len(), seen[0].waited), (1, Some(0.02)));
        assert!((seen[0].busy - 50.0).abs() < 1e-9, "{}", seen[0].busy);
        let idle = disk_io(&[disk(100, 1000, 5000)], &[disk(100, 1000, 5000)], time);
        assert_eq!((idle[0].busy, idle[0].waited), (0.0, None));
        assert!(disk_io(&[], &[disk(1, 1, 1)], time).is_empty());
        assert!(disk_io(&[disk(0, 0, 0)], &[disk(0, 0, 0)], time).is_empty());
    }
}
