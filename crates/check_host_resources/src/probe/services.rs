//! The processes of the mail services.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use mailhost_core::file;
use rustix::param::{clock_ticks_per_second, page_size};

use crate::config::Config;
use crate::facts::Seen;
use crate::proc::{Process, Scale};

/// The processes that the configuration names. `uptime` is in seconds.
pub(super) fn processes(config: &Config, root: &Path, uptime: &Seen<f64>) -> Seen<Vec<Process>> {
    let uptime = match uptime {
        Seen::Is(uptime) => *uptime,
        Seen::Unreadable(why) => return Seen::Unreadable(why.clone()),
    };
    let directory = root.join("proc");
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) => return Seen::Unreadable(format!("reading /proc: {}", file::why(&error))),
    };
    // With hidepid a user sees no process but his own, and nothing says that there are others; or he sees
    // that they are there, and cannot look at them.
    let first = fs::File::open(directory.join("1/stat")).map_err(|error| error.kind());
    if matches!(first, Err(ErrorKind::NotFound | ErrorKind::PermissionDenied)) {
        return Seen::Unreadable(HIDDEN.to_owned());
    }
    let by_path = config.processes.iter().any(|it| it.name.starts_with('/'));
    let scale = Scale { page: page_size() as u64, ticks: clock_ticks_per_second().max(1), uptime };
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
        // Only root may see it of others.
        let file = by_path.then(|| fs::read_link(path.join("exe")).ok()).flatten();
        let process = Process::parse(&String::from_utf8_lossy(&stat), &line, file, scale);
        let wanted = |it: &Process| config.processes.iter().any(|want| it.is_called(&want.name));
        processes.extend(process.filter(wanted));
    }
    Seen::Is(processes)
}

const HIDDEN: &str = "other users' processes are hidden (/proc is mounted with hidepid): needs the group \
                      of its option gid";
/// Bytes; a command line may be long.
const LARGEST: u64 = 4 << 20;
