//! Everything that is read, below a root directory.

mod clock;
mod file_systems;
mod memory;
mod remote;
mod services;
mod sockets;
mod time;
mod units;
mod watch;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use mailhost_core::deadline::Deadline;
use mailhost_core::file;

use crate::args::Part;
use crate::config::Config;
use crate::facts::{Facts, Load, Pressures, Seen};
use crate::history::{self, History, Past};
use crate::proc::{self, Array, LoadAverage, Memory, OpenFiles, Pressure, Stat, arrays};

/// Looks at what the configuration wants to know.
pub(crate) fn probe(config: &Config, root: &Path, deadline: &Deadline) -> Facts {
    let started = Instant::now();
    let uptime = read(root, "proc/uptime", proc::uptime);
    let boot = boot(root);
    let (history, now) = match &uptime {
        Ok(now) => (history::recall(config, &boot, deadline), *now),
        Err(_) if !config.needs_history() => (History::NotNeeded, 0.0),
        Err(why) => (History::Unusable(why.clone()), 0.0),
    };
    let past = match &history {
        History::Known(past) => Some(past),
        History::NotNeeded | History::Unusable(_) => None,
    };
    let watched = watch::watch(config, root, past.map(|past| (past, now)), deadline);
    // What is counted is kept with the time at which it was: watching has taken some.
    let now = read(root, "proc/uptime", proc::uptime).unwrap_or(now);
    let memory = config.wants(Part::Memory) || config.wants(Part::Swap);
    let memory = memory.then(|| read(root, "proc/meminfo", Memory::parse));
    let total = memory.as_ref().and_then(|it| it.as_ref().ok()).map_or(u64::MAX, |it| it.total);
    let space = config.wants(Part::Disk) || config.wants(Part::Inodes);
    let mut facts = Facts {
        watched: watched.over,
        cpu: watched.cpu,
        network: watched.network,
        disk_io: watched.disk_io,
        memory_limits: if config.wants(Part::Memory) {
            memory::limits(root, total)
        } else {
            Vec::new()
        },
        memory,
        memory_errors: config.wants(Part::Memory).then(|| memory::errors(root)).flatten(),
        load: config.wants(Part::Load).then(|| load(root)),
        file_systems: space.then(|| file_systems::look(config, root, deadline)),
        raid: config.wants(Part::Raid).then(|| raid(root)),
        processes: (!config.processes.is_empty())
            .then(|| services::processes(config, root, &uptime, deadline)),
        growth: BTreeMap::new(),
        units: (!config.units.is_empty()).then(|| units::look(&config.units, deadline)),
        listeners: sockets::listeners(config, root, deadline),
        connections: sockets::connections(config, root, deadline),
        pressure: config.wants(Part::Pressure).then(|| pressures(root)),
        open_files: config
            .wants(Part::OpenFiles)
            .then(|| read(root, "proc/sys/fs/file-nr", OpenFiles::parse)),
        clock: config.wants(Part::Clock).then(clock::look),
        history_unusable: None,
        time: 0.0,
    };
    if let Some(past) = past {
        time::compare(config, &mut facts, past, now);
    }
    if !matches!(history, History::NotNeeded) && uptime.is_ok() {
        let add = |past: &mut Past| time::remember(config, &facts, watched.counters, past, now);
        // A state that cannot be read is told once, and replaced.
        let kept = history::keep(config, &boot, now, deadline, add);
        facts.history_unusable = kept.err();
    }
    if let History::Unusable(why) = history {
        facts.history_unusable = Some(why);
    }
    facts.time = started.elapsed().as_secs_f64();
    facts
}

/// Which start of the machine this is; what cannot be told is the same for all.
fn boot(root: &Path) -> String {
    let read = file::read(&root.join("proc/sys/kernel/random/boot_id"), LARGEST);
    String::from_utf8_lossy(&read.unwrap_or_default()).trim().to_owned()
}

/// The arrays of md, of which a kernel without it has no file.
fn raid(root: &Path) -> Seen<Vec<Array>> {
    let is_without = root.join("proc/uptime").exists() && !root.join("proc/mdstat").exists();
    if is_without { Ok(Vec::new()) } else { read(root, "proc/mdstat", arrays) }
}

fn load(root: &Path) -> Seen<Load> {
    let average = read(root, "proc/loadavg", LoadAverage::parse)?;
    let processors = read(root, "proc/stat", Stat::parse)?.processors;
    Ok(Load { average, processors })
}

fn pressures(root: &Path) -> Pressures {
    let of = |name: &str| read(root, &format!("proc/pressure/{name}"), Pressure::parse);
    Pressures { cpu: of("cpu"), memory: of("memory"), io: of("io") }
}

/// Reads one of the kernel's texts.
fn read<T>(root: &Path, path: &str, parse: impl FnOnce(&str) -> Option<T>) -> Seen<T> {
    match file::read(&root.join(path), LARGEST) {
        Err(why) => Err(format!("reading /{path}: {why}")),
        Ok(bytes) => match parse(&String::from_utf8_lossy(&bytes)) {
            Some(parsed) => Ok(parsed),
            None => Err(format!("/{path} is not what this check knows")),
        },
    }
}

/// Bytes of a text of the kernel; the longest are of some hundred kilobytes on large machines.
const LARGEST: u64 = 16 << 20;
