//! Everything that is read, below a root directory.

mod file_systems;
mod services;
mod watch;

use std::path::Path;
use std::time::Instant;

use mailhost_core::deadline::Deadline;
use mailhost_core::file;

use crate::args::Part;
use crate::config::Config;
use crate::facts::{Facts, Load, Pressures, Seen};
use crate::proc::{Array, LoadAverage, Memory, OpenFiles, Pressure, Stat, arrays};

/// Looks at what the configuration wants to know.
pub(crate) fn probe(config: &Config, root: &Path, deadline: &Deadline) -> Facts {
    let started = Instant::now();
    let memory = config.wants(Part::Memory) || config.wants(Part::Swap);
    let space = config.wants(Part::Disk) || config.wants(Part::Inodes);
    let watched = watch::watch(config, root, deadline);
    Facts {
        cpu: watched.cpu,
        network: watched.network,
        disk_io: watched.disk_io,
        memory: memory.then(|| read(root, "proc/meminfo", Memory::parse)),
        load: config.wants(Part::Load).then(|| load(root)),
        file_systems: space.then(|| file_systems::look(config, root, deadline)),
        raid: config.wants(Part::Raid).then(|| raid(root)),
        processes: (!config.processes.is_empty()).then(|| services::processes(config, root)),
        listeners: (!config.listening.is_empty() || !config.only_listening.is_empty())
            .then(|| services::listeners(root)),
        pressure: config.wants(Part::Pressure).then(|| pressures(root)),
        open_files: config
            .wants(Part::OpenFiles)
            .then(|| read(root, "proc/sys/fs/file-nr", OpenFiles::parse)),
        time: started.elapsed().as_secs_f64(),
    }
}

/// The arrays of md, of which a kernel that has none may know nothing.
fn raid(root: &Path) -> Seen<Vec<Array>> {
    if root.join("proc/mdstat").exists() {
        read(root, "proc/mdstat", arrays)
    } else {
        Seen::Is(Vec::new())
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
