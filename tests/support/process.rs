//! A server process that ends with the test that started it.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

use crate::keeper::Keeper;

/// A running server: its process group is stopped when this is dropped, or when the test process ends.
///
/// The command must stay in the foreground. A server that forks away from its process group is only
/// caught by the [`DebianRoot`](crate::DebianRoot) it runs in.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    log: PathBuf,
    // Dropped after `drop` has released it and reaped the child.
    keeper: Keeper,
    child: Child,
}

impl Daemon {
    /// Starts `command` as the leader of a process group, its output appended to the file `log`.
    ///
    /// # Errors
    /// [`DaemonError::Start`] when the log cannot be opened or the program cannot be run.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Daemon, DaemonError> {
        let mut start = || -> io::Result<Daemon> {
            let output = File::options().create(true).append(true).open(log)?;
            let mut child = command
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(output.try_clone()?)
                .stderr(output)
                .spawn()?;
            let keeper = Keeper::watch(STOP_GROUP, [child.id().to_string()]).inspect_err(|_| {
                let _ = child.kill();
                let _ = child.wait();
            })?;
            Ok(Daemon { name: name.to_owned(), log: log.to_owned(), keeper, child })
        };
        start().map_err(|source| DaemonError::Start { name: name.to_owned(), source })
    }

    /// The process id, which is also the id of the process group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the server wrote to stdout and stderr so far.
    pub fn output(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until something accepts connections on 127.0.0.1:`port`.
    ///
    /// # Errors
    /// As [`wait_until`](Daemon::wait_until).
    pub fn wait_for_port(&mut self, port: u16, within: Duration) -> Result<(), DaemonError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.wait_until(&format!("an open port {port}"), within, || {
            TcpStream::connect_timeout(&address, POLL * 10).is_ok()
        })
    }

    /// Waits until `ready` says so; `what` names the awaited thing in the error.
    ///
    /// # Errors
    /// [`DaemonError::Exited`] as soon as the server ends, [`DaemonError::NotReady`] after `within`.
    pub fn wait_until(
        &mut self,
        what: &str,
        within: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<(), DaemonError> {
        let started = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                let (name, output) = (self.name.clone(), self.output());
                return Err(DaemonError::Exited { name, status, output });
            }
            if ready() {
                return Ok(());
            }
            if started.elapsed() > within {
                let (name, output) = (self.name.clone(), self.output());
                return Err(DaemonError::NotReady { name, what: what.to_owned(), within, output });
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.keeper.release();
        // The keeper kills what ignores SIGTERM, so this wait ends.
        let _ = self.child.wait();
    }
}

/// Sends a signal to one process that this test started.
pub(crate) fn kill(signal: &str, pid: u32) {
    // The shell's own `kill` is there even where procps is not. A process already gone is fine.
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// Why a server is not there.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// The server ended by itself.
    #[error("{name} ended early ({status}); its output:\n{output}")]
    Exited {
        /// The name it was started under.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// Everything it wrote.
        output: String,
    },
    /// The server runs but does not do what it should in time.
    #[error("{name} has not shown {what} within {within:?}; its output:\n{output}")]
    NotReady {
        /// The name it was started under.
        name: String,
        /// What was waited for.
        what: String,
        /// The time it was given.
        within: Duration,
        /// Everything it wrote.
        output: String,
    },
    /// The program could not be run at all.
    #[error("start {name}")]
    Start {
        /// The name it was to be started under.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}

const POLL: Duration = Duration::from_millis(20);

/// Stops the process group `$1`: politely, then after about five seconds by force.
///
/// Zombies do not count: what the leader leaves behind is reaped by process 1, which in a container may
/// take its time or never do it.
const STOP_GROUP: &str = r#"
alive() { grep -qsE "^[0-9]+ \(.*\) [^ZX] [0-9]+ $1 " /proc/[0-9]*/stat; }
kill -s TERM -- "-$1"
attempt=0
while alive "$1"; do
    attempt=$((attempt + 1))
    if [ "$attempt" -gt 100 ]; then break; fi
    sleep 0.05
done
# Also for a process that was forked while the others were being looked at.
kill -s KILL -- "-$1"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_daemon_leaves_no_child_behind() {
        let directory = tempfile::tempdir().unwrap();
        let pid_file = directory.path().join("pid");
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $! >\"$1\"; echo up; wait", "sh"]).arg(&pid_file);
        let mut daemon =
            Daemon::start("sleeper", &mut command, &directory.path().join("log")).unwrap();
        let limit = Duration::from_secs(10);
        daemon.wait_until("its word", limit, || pid_file.is_file()).unwrap();
        thread::sleep(POLL);
        assert_eq!(daemon.output(), "up\n");
        let child = fs::read_to_string(&pid_file).unwrap();
        drop(daemon);
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z ") || stat.contains(") X "), "{stat}");
    }

    #[test]
    fn a_daemon_that_ends_early_is_reported_with_its_last_words() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such port; exit 7"]);
        let mut daemon =
            Daemon::start("quitter", &mut command, &directory.path().join("log")).unwrap();
        let error = daemon.wait_for_port(crate::free_port(), Duration::from_secs(10)).unwrap_err();
        assert!(matches!(&error, DaemonError::Exited { .. }), "{error}");
        assert!(error.to_string().contains("no such port"), "{error}");
    }
}
