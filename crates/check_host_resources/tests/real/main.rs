//! The real program in real conditions: full file systems, hidden processes, busy processors, and numbers held
//! against those of df, free, ps and ss.
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
mod file_systems;
mod namespace;
mod processes;

use std::path::Path;

use mailhost_tests::{Plugin, Run};
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

/// Runs one of the machine's programs whose word is trusted here.
fn told_by(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
