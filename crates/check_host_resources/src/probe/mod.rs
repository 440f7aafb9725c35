//! Everything that is read, below a root directory.

mod file_systems;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use mailhost_core::deadline::Deadline;
use mailhost_core::file;

use crate::args::Part;
use crate::config::Config;
use crate::facts::{Cpu, Facts, Load, Pressures, Seen};
use crate::proc::{LoadAverage, Memory, OpenFiles, Pressure, Stat};

/// Looks at what the configuration wants to know.
pub(crate) fn probe(config: &Config, root: &Path, deadline: &Deadline) -> Facts {
    let started = Instant::now();
    let memory = config.wants(Part::Memory) || config.wants(Part::Swap);
    let disks = config.wants(Part::Disk) || config.wants(Part::Inodes);
    Facts {
        cpu: config.wants(Part::Cpu).then(|| cpu(root, config.interval, deadline)),
        memory: memory.then(|| read(root, "proc/meminfo", Memory::parse)),
        load: config.wants(Part::Load).then(|| load(root)),
        file_systems: disks.then(|| file_systems::look(root, deadline)),
        pressure: config.wants(Part::Pressure).then(|| pressures(root)),
        open_files: config
            .wants(Part::OpenFiles)
            .then(|| read(root, "proc/sys/fs/file-nr", OpenFiles::parse)),
        time: started.elapsed().as_secs_f64(),
    }
}

/// What the processors do while they are watched. The counters alone would give the mean since the start.
fn cpu(root: &Path, interval: Duration, deadline: &Deadline) -> Seen<Cpu> {
    let before = match read(root, "proc/stat", Stat::parse) {
        Seen::Is(stat) => stat,
        Seen::Unreadable(why) => return Seen::Unreadable(why),
    };
    deadline.waiting_for("the processors to be watched");
    // Something is left for the rest.
    let most = deadline.share(2).remaining().unwrap_or_default();
    thread::sleep(interval.min(most));
    match read(root, "proc/stat", Stat::parse) {
        Seen::Is(after) => Seen::Is(Cpu { times: after.times.since(before.times) }),
        Seen::Unreadable(why) => Seen::Unreadable(why),
    }
}

fn load(root: &Path) -> Seen<Load> {
    let average = match read(root, "proc/loadavg", LoadAverage::parse) {
        Seen::Is(average) => average,
        Seen::Unreadable(why) => return Seen::Unreadable(why),
    };
    match read(root, "proc/stat", Stat::parse) {
        Seen::Is(stat) => Seen::Is(Load { average, processors: stat.processors }),
        Seen::Unreadable(why) => Seen::Unreadable(why),
    }
}

fn pressures(root: &Path) -> Pressures {
    let of = |name: &str| read(root, &format!("proc/pressure/{name}"), Pressure::parse);
    Pressures { cpu: of("cpu"), memory: of("memory"), io: of("io") }
}

/// Reads one of the kernel's texts.
fn read<T>(root: &Path, path: &str, parse: impl FnOnce(&str) -> Option<T>) -> Seen<T> {
    match file::read(&root.join(path), LARGEST) {
        Err(why) => Seen::Unreadable(format!("reading /{path}: {why}")),
        Ok(bytes) => match parse(&String::from_utf8_lossy(&bytes)) {
            Some(parsed) => Seen::Is(parsed),
            None => Seen::Unreadable(format!("/{path} is not what this check knows")),
        },
    }
}

/// Bytes of a text of the kernel; the longest are of some hundred kilobytes on large machines.
const LARGEST: u64 = 16 << 20;
