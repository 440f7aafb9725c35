//! Runs the program on a spool, and makes what it says comparable.

use std::fs::{self, Permissions};
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use demo_host::spool::{Conduct, Message, Showq, Spool};
use mailhost_tests::{Plugin, Run};
use regex_lite::Regex;
use tempfile::TempDir;

/// What came of a run, without the times of this one.
#[derive(Debug)]
pub(crate) struct Said(pub(crate) Run);

/// Runs the program with these words.
pub(crate) fn check(words: &[&str]) -> Said {
    Said::of(Plugin::at(Path::new(env!("CARGO_BIN_EXE_check_smtp_queue"))).args(words))
}

/// Runs it on a directory, without a place for its state.
pub(crate) fn look(spool: &Path, words: &[&str]) -> Said {
    let path = spool.display().to_string();
    let place = ["--queue-directory", &path, "--state-dir", NO_STATE];
    check(&[&place, words].concat())
}

/// Runs it on a spool without its Postfix, and without a place for its state.
pub(crate) fn check_spool(spool: &Spool, words: &[&str]) -> Said {
    look(spool.path(), words)
}

/// A spool with a Postfix's configuration, which names it `postfix-test`.
pub(crate) struct Configured {
    pub(crate) spool: Spool,
    pub(crate) directory: TempDir,
    /// By it the program knows that Postfix runs.
    pub(crate) showq: Option<Showq>,
}

impl Configured {
    /// Its Postfix runs, and the configuration has these lines more.
    pub(crate) fn with(lines: &str) -> Self {
        let mut configured = Self::stopped(lines);
        let showq = Showq::start(&configured.spool, Conduct::List(Vec::new()));
        configured.showq = Some(showq.unwrap());
        configured
    }

    /// Nothing runs.
    pub(crate) fn stopped(lines: &str) -> Self {
        let spool = Spool::new().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "queue_directory = {}\nmulti_instance_name = postfix-test\n{lines}\n",
            spool.path().display()
        );
        fs::write(directory.path().join("main.cf"), text).unwrap();
        Self { spool, directory, showq: None }
    }

    /// Runs the program on it.
    pub(crate) fn check(&self, words: &[&str]) -> Said {
        Said::of(self.plugin(words))
    }

    pub(crate) fn plugin(&self, words: &[&str]) -> Plugin {
        let path = self.directory.path().display().to_string();
        let place = ["-d", &path, "--state-dir", NO_STATE];
        Plugin::at(Path::new(env!("CARGO_BIN_EXE_check_smtp_queue"))).args([&place, words].concat())
    }
}

impl Said {
    /// Runs it, and holds it to what every run has to keep.
    pub(crate) fn of(plugin: Plugin) -> Self {
        Self::held(plugin.env_clear())
    }

    /// The same with programs of a directory in front of the system's.
    pub(crate) fn with_programs(plugin: Plugin, programs: &Path) -> Self {
        let path = format!("{}:/usr/bin:/bin", programs.display());
        Self::held(plugin.env_clear().env("PATH", path))
    }

    fn held(plugin: Plugin) -> Self {
        let run = plugin.run().held();
        let time = Regex::new(r"\b(looked at in|stopped after) [0-9]+\.[0-9]+ s\b").unwrap();
        Self(Run { stdout: time.replace_all(&run.stdout, "$1 TIME").into_owned(), ..run })
    }
}

impl Deref for Said {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}

/// A directory with these directories and files.
pub(crate) fn tree(directories: &[&str], files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for directory in directories {
        fs::create_dir_all(tree.path().join(directory)).unwrap();
    }
    for (name, content) in files {
        let path = tree.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    tree
}

/// A message that has been in a queue for some hours: seconds of the test do not show.
pub(crate) fn of_hours(hours: u64, queue: &'static str) -> Message {
    Message { queue, age: Duration::from_mins(60 * hours), ..Message::default() }
}

/// A directory in which scripts pass for programs.
pub(crate) fn programs(scripts: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, script) in scripts {
        let path = directory.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

/// Lets everybody look into a directory.
pub(crate) fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

/// A copy of the program that every user can run.
pub(crate) fn public_copy() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    open_to_all(directory.path());
    let copy = directory.path().join("check_smtp_queue");
    // Not by this process: a child that another thread forks meanwhile would hold it open for
    // writing, and then it could not be run.
    let status = std::process::Command::new("install")
        .args(["-m", "0755", env!("CARGO_BIN_EXE_check_smtp_queue")])
        .arg(&copy)
        .status()
        .unwrap();
    assert!(status.success());
    (directory, copy)
}

/// A directory that can neither be used nor made.
pub(crate) const NO_STATE: &str = "/nonexistent/state";
