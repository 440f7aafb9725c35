//! The processes of the mail services.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use mailhost_core::file;
use rustix::param::{clock_ticks_per_second, page_size};

use crate::config::Config;
use crate::facts::Seen;
use crate::proc::{File, Process, Scale};

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
    let paths: Vec<&str> = config
        .processes
        .iter()
        .map(|it| it.name.as_str())
        .filter(|it| it.starts_with('/'))
        .collect();
    // What is asked for may be a link, as all of /bin is on many systems.
    let paths: Vec<(&str, PathBuf)> = paths
        .into_iter()
        .map(|path| (path, fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))))
        .collect();
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
        let file = if paths.is_empty() { File::None } else { program(&path.join("exe"), &paths) };
        let process = Process::parse(&String::from_utf8_lossy(&stat), &line, file, scale);
        let wanted = |it: &Process| {
            let mut all = config.processes.iter();
            all.any(|want| it.is_called(&want.name) || it.may_be_called(&want.name))
        };
        processes.extend(process.filter(wanted));
    }
    Seen::Is(processes)
}

/// The file that a process runs, under the name that is asked for if it is the same one.
fn program(link: &Path, paths: &[(&str, PathBuf)]) -> File {
    let file = match fs::read_link(link) {
        Ok(file) => file,
        // Only root may see it of others.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return File::Hidden,
        Err(_) => return File::None,
    };
    // An upgrade has put another file in its place since it was started.
    let bytes = file.as_os_str().as_bytes();
    let file = Path::new(OsStr::from_bytes(bytes.strip_suffix(b" (deleted)").unwrap_or(bytes)));
    let same = paths.iter().find(|(_, real)| real == file);
    File::Is(same.map_or_else(|| file.to_owned(), |(path, _)| PathBuf::from(path)))
}

const HIDDEN: &str = "other users' processes are hidden (/proc is mounted with hidepid): needs the group \
                      of its option gid";
/// Bytes; a command line may be long.
const LARGEST: u64 = 4 << 20;
