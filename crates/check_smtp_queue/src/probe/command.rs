//! Running a mail system's own program: by an absolute path, without a shell, in the C locale and in
//! UTC, and never longer or with more output than is good.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::budget::Budget;
use super::directory::plain;
use super::lines::Lines;
use crate::facts::Obstacle;

/// How a program ended.
#[derive(Debug)]
pub(crate) struct End {
    /// Its exit code, if it has one.
    pub(crate) code: Option<i32>,
    /// What it said on stderr, cut to what an operator reads.
    pub(crate) complaint: String,
    /// Whether it was stopped because the time was up or it said too much.
    pub(crate) stopped: bool,
}

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFault {
    /// It cannot be started or read.
    #[error("running {program}: {}", plain(error))]
    Failed {
        /// Which.
        program: String,
        /// Why.
        error: io::Error,
    },
}

/// Where a program is: in `PATH`, or where mail systems are installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = USUAL_DIRECTORIES.iter().map(PathBuf::from);
    env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .chain(usual)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// Runs a program and hands what it says to `read`, piece by piece, until that returns `false`.
pub(crate) fn run<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    budget: &Budget,
    mut read: impl FnMut(&[u8]) -> bool,
) -> Result<End, CommandFault> {
    let name = program.display().to_string();
    let fault = |error| CommandFault::Failed { program: name.clone(), error };
    budget.deadline.waiting_for(format!("{name} to answer"));
    let mut child = Command::new(program)
        .args(arguments)
        .envs([("LANG", "C"), ("LC_ALL", "C"), ("TZ", "UTC0")])
        .env_remove("MAIL_CONFIG")
        .current_dir("/")
        // What it starts itself is stopped with it.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let mut complaint = Vec::new();
    let streams = child.stdout.take().zip(child.stderr.take());
    let finished = streams
        .is_none_or(|(stdout, stderr)| drain(stdout, stderr, budget, &mut read, &mut complaint));
    if !finished {
        kill(&mut child);
    }
    let status = wait(&mut child, budget).map_err(fault)?;
    let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
    Ok(End { code: status.and_then(|status| status.code()), complaint, stopped: !finished })
}

/// Runs a program that lists a queue, called `said` in texts, and hands each line that it says to
/// `read`. Whether it was stopped before its end is in what this gives.
///
/// # Errors
/// What `read` finds wrong with a line; [`Obstacle::Late`] when there was no time to ask;
/// [`Obstacle::Silent`] when no line came in time;
/// [`Obstacle::Failed`] when the program cannot be run.
pub(crate) fn each_line<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    said: &str,
    budget: &Budget,
    mut read: impl FnMut(&[u8]) -> Result<(), Obstacle>,
) -> Result<End, Obstacle> {
    if budget.left().is_zero() {
        return Err(Obstacle::Late);
    }
    let mut lines = Lines::default();
    let (mut fault, mut has_spoken) = (None, false);
    let end = run(program, arguments, budget, |piece| {
        has_spoken = true;
        lines.read(piece, |line| {
            if fault.is_none() {
                fault = read(line).err();
            }
        });
        fault.is_none()
    })
    .map_err(|fault| Obstacle::Failed(fault.to_string()))?;
    if fault.is_none() && !end.stopped {
        fault = lines.rest().and_then(|line| read(line).err());
    }
    match fault {
        Some(fault) => Err(fault),
        None if end.stopped && !has_spoken => Err(Obstacle::Silent(said.to_owned())),
        None => Ok(end),
    }
}

/// Why a program failed: the last line of its complaint.
pub(crate) fn why(complaint: &str) -> &str {
    complaint.lines().last().unwrap_or("it failed, and does not say why")
}

/// What a line is that cannot be read.
pub(crate) fn not_understood(said: &str, why: &str, line: &[u8]) -> Obstacle {
    let shown = &line[..line.len().min(SHOWN)];
    Obstacle::NotUnderstood(format!("{said}: {why}: {}", String::from_utf8_lossy(shown)))
}

/// Runs a program and gives the lines it says, up to a megabyte of them.
pub(crate) fn lines<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    budget: &Budget,
) -> Result<(Vec<String>, End), CommandFault> {
    let mut output = Vec::new();
    let end = run(program, arguments, budget, |piece| {
        output.extend_from_slice(piece);
        output.len() <= MOST_OUTPUT
    })?;
    let lines = String::from_utf8_lossy(&output).lines().map(ToOwned::to_owned).collect();
    Ok((lines, end))
}

/// Reads stdout to its end, and stderr meanwhile, so that a program that says much there does not
/// wait; `false` when it was stopped before.
fn drain(
    mut stdout: ChildStdout,
    mut stderr: ChildStderr,
    budget: &Budget,
    read: &mut impl FnMut(&[u8]) -> bool,
    complaint: &mut Vec<u8>,
) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    let mut is_open = true;
    loop {
        let left = budget.left();
        let Some([says, complained]) = wait_for(&stdout, is_open.then_some(&stderr), left) else {
            return false;
        };
        if complained {
            let length = stderr.read(&mut buffer).unwrap_or(0);
            is_open = length > 0;
            let room = COMPLAINT.saturating_sub(complaint.len());
            complaint.extend_from_slice(&buffer[..length.min(room)]);
        }
        if !says {
            continue;
        }
        match stdout.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) if !read(&buffer[..length]) => return false,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    // What stands on stderr by now; what it starts may hold it open for long.
    let waiting = rustix::io::ioctl_fionread(&stderr).unwrap_or(0);
    let room = COMPLAINT.saturating_sub(complaint.len()) as u64;
    let _ = stderr.take(waiting.min(room)).read_to_end(complaint);
    true
}

/// Which of the two has something to read, or has ended; `None` when the time is up.
fn wait_for(
    stdout: &ChildStdout,
    stderr: Option<&ChildStderr>,
    left: Duration,
) -> Option<[bool; 2]> {
    let end = Instant::now() + left;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut both = vec![PollFd::new(stdout, PollFlags::IN)];
        both.extend(stderr.map(|stderr| PollFd::new(stderr, PollFlags::IN)));
        match poll(&mut both, Some(&timeout)) {
            Ok(0) => return None,
            Ok(_) => {
                let ready = |at: usize| both.get(at).is_some_and(|it| !it.revents().is_empty());
                return Some([ready(0), ready(1)]);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// The end of a program that has closed its stdout; it is killed when it does not come.
fn wait(child: &mut Child, budget: &Budget) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if budget.left().is_zero() {
            kill(child);
            // One that runs with rights of its own cannot be killed, and is not waited for either.
            return child.try_wait();
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Ends a program and what it has started: all are ours, and nobody waits for them any more.
fn kill(child: &mut Child) {
    // A program that has ended, or has rights of its own, is none that could be ended.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
}

/// Where mail systems put their programs, for agents whose `PATH` is short.
const USUAL_DIRECTORIES: &[&str] = &[
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/sbin",
    "/bin",
    "/var/qmail/bin",
    "/usr/lib/courier/sbin",
];
/// Bytes.
const MOST_OUTPUT: usize = 1 << 20;
/// Bytes of a line that is not understood.
const SHOWN: usize = 200;
/// Bytes of stderr that are kept.
const COMPLAINT: usize = 2000;
