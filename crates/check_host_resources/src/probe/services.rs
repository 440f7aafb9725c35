//! The processes of the mail services, and the ports that they listen on.

use std::fs;
use std::path::Path;

use mailhost_core::file;
use rustix::param::page_size;

use super::read;
use crate::config::Config;
use crate::facts::Seen;
use crate::proc::{self, Listener, Process};

/// The processes that the configuration names.
pub(super) fn processes(config: &Config, root: &Path) -> Seen<Vec<Process>> {
    let directory = root.join("proc");
    // With hidepid a user sees no process but his own, and nothing says that there are others.
    if !directory.join("1").exists() {
        return Seen::Unreadable(HIDDEN.to_owned());
    }
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) => return Seen::Unreadable(format!("reading /proc: {}", file::why(&error))),
    };
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
    let mut processes = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(is_number) {
            continue;
        }
        // A process that has just ended is none any more.
        let path = entry.path();
        let Ok(stat) = file::read(&path.join("stat"), LARGEST) else { continue };
        let line = file::read(&path.join("cmdline"), LARGEST).unwrap_or_default();
        let page = page_size() as u64;
        let process = Process::parse(&String::from_utf8_lossy(&stat), &line, page);
        let wanted = |it: &Process| config.processes.iter().any(|want| it.is_called(&want.name));
        processes.extend(process.filter(wanted));
    }
    Seen::Is(processes)
}

/// The sockets that take connections. A kernel without IPv6 has no second file.
pub(super) fn listeners(root: &Path) -> Seen<Vec<Listener>> {
    let mut all = match read(root, "proc/net/tcp", proc::listeners) {
        Seen::Is(listeners) => listeners,
        unreadable @ Seen::Unreadable(_) => return unreadable,
    };
    if root.join("proc/net/tcp6").exists() {
        match read(root, "proc/net/tcp6", proc::listeners) {
            Seen::Is(listeners) => all.extend(listeners),
            unreadable @ Seen::Unreadable(_) => return unreadable,
        }
    }
    all.sort();
    all.dedup();
    Seen::Is(all)
}

const HIDDEN: &str = "other users' processes are hidden (/proc is mounted with hidepid): needs the group \
                      of its option gid";
/// Bytes; a command line may be long.
const LARGEST: u64 = 4 << 20;
