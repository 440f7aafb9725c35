//! The real program in real conditions: file systems that are full or dead, units of a real systemd, hidden
//! processes, busy processors, limits, connections, and numbers held against those of df, free, ps and ss.
//!
//! What has to be mounted is mounted in a namespace of its own, so nothing of the machine changes and several
//! runs do not meet.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

mod agreement;
mod connections;
mod file_systems;
mod hanging;
mod limits;
mod namespace;
mod ports;
mod processes;
mod state;
mod systemd;
mod units;

use std::path::Path;
use std::process::Command;

use mailhost_tests::{Plugin, Run, skip};
use serde_json::Value;

/// Runs the program on the machine as it is.
fn run(words: &str) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_check_host_resources"));
    Plugin::at(program).args(words.split(' ')).env_clear().run().held()
}

/// The value of a label, or of the one that ends like this: what comes of several has the name's hash in front.
#[track_caller]
fn number(run: &Run, label: &str) -> f64 {
    let (_, perfdata) = run.stdout.lines().next().unwrap().split_once(" | ").unwrap();
    let end = format!("_{label}");
    let pairs = perfdata.split(' ').filter_map(|pair| pair.split_once('='));
    let (exact, alike): (Vec<_>, Vec<_>) = pairs
        .filter(|(name, _)| *name == label || name.ends_with(&end))
        .partition(|(name, _)| *name == label);
    let (([(_, value)], _) | ([], [(_, value)])) = (&exact[..], &alike[..]) else {
        panic!("not one {label}: {}", run.stdout);
    };
    let value = value.split(';').next().unwrap();
    value.trim_end_matches(['%', 'B', 's']).parse().unwrap()
}

/// What `--output json` says.
#[track_caller]
fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// What one of the machine's programs says, whose word is trusted here; none where it is missing, which has been
/// said then.
fn told_by(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).env("LC_ALL", "C").output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            skip(&format!("host_resources/{program}"), error);
            None
        }
    }
}

/// Copies a program to where every user can run it.
fn copy_program(from: &str, to: &Path) {
    // Not by this process: a child that another test forks meanwhile would hold the copy open for writing, and then
    // it could not be run.
    let copied = Command::new("install").args(["-m", "0755", from]).arg(to).status();
    assert!(copied.unwrap().success(), "{from}");
}
