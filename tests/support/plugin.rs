//! The plugins under test, run as an engine runs them.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::process::kill;
use crate::run::Run;

/// One plugin binary from `$MAILHOST_BIN_DIR` with the arguments of a run.
#[derive(Debug)]
pub struct Plugin {
    command: Command,
    limit: Duration,
}

impl Plugin {
    /// Finds the plugin.
    ///
    /// # Panics
    /// When the variable is not set or the binary is missing: that is never a reason to skip.
    pub fn named(name: &str) -> Plugin {
        Plugin::command(Command::new(binary(name)))
    }

    /// A plugin that is not in `$MAILHOST_BIN_DIR`, such as a copy that another user can reach.
    ///
    /// # Panics
    /// When the binary is missing.
    pub fn at(path: &Path) -> Plugin {
        Plugin::command(Command::new(existing(path)))
    }

    /// A plugin started by way of another program, such as `chroot`.
    pub(crate) fn command(command: Command) -> Plugin {
        Plugin { command, limit: Duration::from_mins(1) }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Plugin {
        self.command.args(arguments);
        self
    }

    /// Leaves it nothing of the tests' own environment but a usual search path.
    #[must_use]
    pub fn env_clear(mut self) -> Plugin {
        self.command.env_clear().env("PATH", "/usr/bin:/bin");
        self
    }

    /// Sets a variable in the plugin's environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Plugin {
        self.command.env(name, value);
        self
    }

    /// Runs the plugin to its end, with stdin closed to it.
    ///
    /// # Panics
    /// When it cannot be run, is still there after a minute, or was ended by a signal.
    pub fn run(mut self) -> Run {
        let program: OsString = self.command.get_program().to_owned();
        let started = Instant::now();
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("run {}: {error}", program.display()));
        let (pid, limit) = (child.id(), self.limit);
        let (ended, end) = mpsc::channel::<()>();
        let guard = thread::spawn(move || {
            if end.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                kill("KILL", pid);
            }
        });
        let output = child.wait_with_output();
        let elapsed = started.elapsed();
        drop(ended);
        let _ = guard.join();
        let output = output.unwrap_or_else(|error| panic!("wait for a plugin: {error}"));
        let Some(code) = output.status.code() else {
            panic!("{} ended by signal {:?}", program.display(), output.status.signal());
        };
        Run {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code,
            elapsed,
        }
    }
}

/// Where a plugin's binary is.
///
/// # Panics
/// As [`Plugin::named`].
pub(crate) fn binary(name: &str) -> PathBuf {
    let Some(directory) = env::var_os("MAILHOST_BIN_DIR") else {
        panic!("MAILHOST_BIN_DIR is not set: run tests/run, or build the binaries and set it");
    };
    existing(&PathBuf::from(directory).join(name)).to_owned()
}

fn existing(path: &Path) -> &Path {
    assert!(path.is_file(), "{} is missing: build the workspace's binaries", path.display());
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_and_the_code_of_a_run_are_kept() {
        let run = Plugin::at(Path::new("/bin/sh"))
            .args(["-c", "read -r nothing; echo \"$WORD\"; echo no >&2; exit 2"])
            .env("WORD", "yes")
            .run();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.code), ("yes\n", "no\n", 2));
        assert!(run.elapsed < Duration::from_mins(1));
    }

    #[test]
    fn a_cleared_environment_has_a_search_path_alone() {
        let printed = |plugin: Plugin| plugin.args(["-c", "/usr/bin/env"]).run().stdout;
        let kept = printed(Plugin::at(Path::new("/bin/sh")).env("WORD", "yes"));
        assert!(kept.lines().any(|line| line == "WORD=yes"), "{kept}");
        let cleared = printed(Plugin::at(Path::new("/bin/sh")).env("WORD", "yes").env_clear());
        let own = |line: &&str| ["PWD=", "SHLVL=", "_="].iter().any(|it| line.starts_with(it));
        let left: Vec<&str> = cleared.lines().filter(|line| !own(line)).collect();
        assert_eq!(left, ["PATH=/usr/bin:/bin"]);
    }

    #[test]
    #[should_panic(expected = "/nonexistent/check_nothing is missing")]
    fn a_missing_binary_is_loud() {
        let _ = Plugin::at(Path::new("/nonexistent/check_nothing"));
    }
}
