//! The processes of the mail services.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mailhost_core::deadline::Deadline;
use mailhost_core::file;
use rustix::io::Errno;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Gid, getegid, getgroups};
use rustix::time::{ClockId, clock_gettime};

use crate::config::Config;
use crate::facts::Seen;
use crate::proc::{File, Process, Scale, is_proc_hidden};

/// The processes that the configuration names. `uptime` is in seconds.
pub(super) fn processes(
    config: &Config,
    root: &Path,
    uptime: &Seen<f64>,
    deadline: &Deadline,
) -> Seen<Vec<Process>> {
    deadline.waiting_for("the list of processes");
    let scale = Scale {
        page: page_size() as u64,
        ticks: clock_ticks_per_second().max(1),
        uptime: since_start(root, uptime)?,
    };
    let directory = root.join("proc");
    let entries = fs::read_dir(&directory)
        .map_err(|error| format!("reading /proc: {}", file::why(&error)))?;
    if are_hidden(root) {
        return Err(HIDDEN.to_owned());
    }
    let paths = paths(config);
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
    let mut processes = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(is_number) {
            continue;
        }
        let path = entry.path();
        let stat = match fs::read(path.join("stat")) {
            Ok(stat) => stat,
            Err(error) if has_ended(&error) => continue,
            Err(error) => {
                let pid = name.to_string_lossy();
                return Err(format!("reading /proc/{pid}/stat: {}", file::why(&error)));
            }
        };
        let line = file::read(&path.join("cmdline"), LARGEST).unwrap_or_default();
        let file = if paths.is_empty() { File::None } else { program(&path.join("exe"), &paths) };
        let process = Process::parse(&String::from_utf8_lossy(&stat), &line, file, scale);
        let wanted = |it: &Process| {
            let mut all = config.processes.iter();
            all.any(|want| it.is_called(&want.name) || it.may_be_called(&want.name))
        };
        processes.extend(process.filter(wanted));
    }
    Ok(processes)
}

/// Whether a process has just ended: it is none any more.
fn has_ended(error: &io::Error) -> bool {
    let gone = [Errno::NOENT, Errno::SRCH];
    Errno::from_io_error(error).is_some_and(|error| gone.contains(&error))
}

/// Seconds since the machine was started, by which the start of processes is told. In a container
/// /proc/uptime may be that of the container.
fn since_start(root: &Path, uptime: &Seen<f64>) -> Seen<f64> {
    if root != Path::new("/") {
        return uptime.clone();
    }
    let time = clock_gettime(ClockId::Boottime);
    let since =
        Duration::try_from(time).map_err(|_| "the kernel's clock runs backwards".to_owned())?;
    Ok(since.as_secs_f64())
}

/// Whether `/proc` hides the processes of others from this user (hidepid of proc(5)): then he sees none but
/// his own, and nothing says that there are others; or he sees that they are there, and cannot look at them.
fn are_hidden(root: &Path) -> bool {
    let first = fs::File::open(root.join("proc/1/stat")).map_err(|error| error.kind());
    if matches!(first, Err(ErrorKind::NotFound | ErrorKind::PermissionDenied)) {
        return true;
    }
    // In a container the first process may be his own, and root may lack the right to see others.
    if sees_all(root) {
        return false;
    }
    let mounts = fs::read(root.join("proc/self/mountinfo")).unwrap_or_default();
    let mine: Vec<u32> =
        getgroups().unwrap_or_default().into_iter().chain([getegid()]).map(Gid::as_raw).collect();
    is_proc_hidden(&mounts, &mine)
}

/// Whether this process may look at all others (`CAP_SYS_PTRACE` of capabilities(7)).
fn sees_all(root: &Path) -> bool {
    let status = fs::read_to_string(root.join("proc/self/status")).unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let rights = effective.and_then(|it| u64::from_str_radix(it.trim(), 16).ok());
    rights.is_some_and(|it| it & CAP_SYS_PTRACE != 0)
}

/// The paths that are asked for, and what they lead to: all of /bin is a link on many systems.
fn paths(config: &Config) -> Vec<(&str, PathBuf)> {
    let names = config.processes.iter().map(|it| it.name.as_str());
    let real = |path: &str| fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    names.filter(|it| it.starts_with('/')).map(|path| (path, real(path))).collect()
}

/// The file that a process runs, under its own name and under those that are asked for and lead to it.
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
    let same = paths.iter().filter(|(_, real)| real == file).map(|(path, _)| PathBuf::from(path));
    File::Is(same.chain([file.to_owned()]).collect())
}

const HIDDEN: &str = "other users' processes are hidden (/proc is mounted with hidepid): needs the group \
                      of its option gid";
const CAP_SYS_PTRACE: u64 = 1 << 19;
/// Bytes; a command line may be long.
const LARGEST: u64 = 4 << 20;
