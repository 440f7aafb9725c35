//! Running a program of the system or of a mail server: by an absolute path, without a shell, in the C
//! locale and in UTC, and never longer or with more output than is good.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::deadline::Deadline;
use crate::net::error_text;

/// How a program ended.
#[derive(Debug)]
pub struct End {
    /// Its exit code, if it has one.
    pub code: Option<i32>,
    /// What it said on stderr, cut to what an operator reads.
    pub complaint: String,
    /// Whether it was stopped because the time was up or it said too much.
    pub stopped: bool,
}

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
pub enum CommandFault {
    /// It cannot be started or read.
    #[error("running {program}: {}", error_text(error))]
    Failed {
        /// Which.
        program: String,
        /// Why.
        error: io::Error,
    },
}

/// Where a program is: in `PATH`, or where mail systems are installed.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = USUAL_DIRECTORIES.iter().map(PathBuf::from);
    env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .chain(usual)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// Runs a program and hands what it says to `read`, piece by piece, until that returns `false`. At the
/// deadline it is killed, and not waited for: one that waits for a dead disk does not end.
///
/// # Errors
/// [`CommandFault`] when it cannot be started or read.
pub fn run<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    deadline: &Deadline,
    mut read: impl FnMut(&[u8]) -> bool,
) -> Result<End, CommandFault> {
    let name = program.display().to_string();
    let fault = |error| CommandFault::Failed { program: name.clone(), error };
    deadline.waiting_for(format!("{name} to answer"));
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
        .is_none_or(|(stdout, stderr)| drain(stdout, stderr, deadline, &mut read, &mut complaint));
    if !finished {
        kill(&mut child);
    }
    let status = wait(&mut child, deadline).map_err(fault)?;
    let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
    Ok(End { code: status.and_then(|status| status.code()), complaint, stopped: !finished })
}

/// Why a program failed: the last line of its complaint.
pub fn why(complaint: &str) -> &str {
    complaint.lines().last().unwrap_or("it failed, and does not say why")
}

/// Runs a program and gives the lines it says, up to a megabyte of them.
///
/// # Errors
/// [`CommandFault`] when it cannot be started or read.
pub fn lines<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    deadline: &Deadline,
) -> Result<(Vec<String>, End), CommandFault> {
    let mut output = Vec::new();
    let end = run(program, arguments, deadline, |piece| {
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
    deadline: &Deadline,
    read: &mut impl FnMut(&[u8]) -> bool,
    complaint: &mut Vec<u8>,
) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    let mut is_open = true;
    loop {
        let left = deadline.remaining().unwrap_or_default();
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
fn wait(child: &mut Child, deadline: &Deadline) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if deadline.remaining().is_err() {
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
/// Bytes of stderr that are kept.
const COMPLAINT: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: f64) -> (Vec<String>, End) {
        let deadline = Deadline::start(Duration::from_secs_f64(limit));
        lines(Path::new("/bin/sh"), &["-c", script], &deadline).expect("a shell")
    }

    #[test]
    fn ok_what_a_program_says_and_how_it_ends() {
        let (lines, end) = shell("echo one; echo two; echo wrong >&2; exit 3", 10.0);
        assert_eq!(lines, ["one", "two"]);
        assert_eq!((end.code, end.complaint.as_str(), end.stopped), (Some(3), "wrong", false));
        // In English, in UTC, away from where the engine runs, and with nothing to read.
        let (lines, _) = shell("echo $LC_ALL $TZ; pwd; read line || echo nothing", 10.0);
        assert_eq!(lines, ["C UTC0", "/", "nothing"]);
    }

    #[test]
    fn unknown_a_program_that_does_not_end() {
        for script in
            ["echo one; sleep 100", "echo one; exec >&-; sleep 100", "sleep 100 & echo one; wait"]
        {
            let start = Instant::now();
            let (lines, end) = shell(script, 0.3);
            assert_eq!((lines.as_slice(), end.code), (&["one".to_owned()][..], None), "{script}");
            assert!(start.elapsed() < Duration::from_secs(50), "{script}");
        }
    }

    #[test]
    fn unknown_a_program_that_says_too_much() {
        let (_, end) = shell("yes", 60.0);
        assert!(end.stopped);
        // Of complaints the beginning is kept, and what it says beside them.
        let (lines, end) = shell("yes | head -c 300000 >&2; echo done", 60.0);
        assert_eq!((lines.as_slice(), end.stopped), (&["done".to_owned()][..], false));
        assert!(end.complaint.len() <= COMPLAINT && end.complaint.starts_with("y\ny"));
    }

    #[test]
    fn unknown_a_program_that_is_not_there() {
        let deadline = Deadline::start(Duration::from_secs(10));
        let fault = lines::<&str>(Path::new("/nonexistent/program"), &[], &deadline).err();
        let says = fault.map(|it| it.to_string());
        assert_eq!(
            says.as_deref(),
            Some("running /nonexistent/program: no such file or directory")
        );
        assert_eq!(find("no-such-program-anywhere"), None);
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
    }
}
