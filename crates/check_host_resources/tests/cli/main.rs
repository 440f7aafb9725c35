//! The real program on the machine that the tests run on: what it says agrees with what the machine says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

mod coverage;

use std::fs;
use std::path::Path;

use mailhost_tests::{Plugin, Run};

fn run(words: &str) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_check_host_resources"));
    Plugin::at(program).args(words.split_whitespace()).env_clear().run().held()
}

/// A field of /proc/meminfo in bytes.
fn meminfo(name: &str) -> f64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

#[test]
fn ok_memory_is_what_the_kernel_says() {
    let said = run("--only memory --memory-warning 0:100% --memory-critical 0:100%");
    said.ends_as("OK");
    let available: f64 = said.number("memory_available").unwrap().parse().unwrap();
    let total = meminfo("MemTotal");
    // Other programs go on meanwhile.
    assert!((available - meminfo("MemAvailable")).abs() < total / 10.0, "{}", said.stdout);
}

#[test]
fn critical_ranges_that_everything_breaks() {
    for (words, finding) in [
        ("--only memory --memory-critical @0:100%", "[CRITICAL] memory-usage"),
        (
            "--only cpu --interval 0.1 --cpu-critical @0:100% --steal-warning 0:100%",
            "[CRITICAL] cpu-usage",
        ),
        ("--only load --load-critical @0:100000", "[CRITICAL] load-high"),
    ] {
        let said = run(words);
        assert_eq!(said.findings(), [finding], "{words}: {}", said.stdout);
        said.ends_as("CRITICAL");
    }
}

#[test]
fn unknown_options_that_make_no_sense() {
    run("--interval 20 -t 10")
        .says_only("UNKNOWN - --interval is longer than half of the time limit of -t; see --help");
    run("--only nothing").ends_as("UNKNOWN");
    for (words, sentence) in [
        ("--mount var", "\"var\" for --mount: an absolute path is wanted"),
        ("--mount /,80", "\"/,80\" for --mount: write PATH or PATH,WARN,CRIT"),
        ("--process :1", "\":1\" for --process: write NAME or NAME:RANGE"),
    ] {
        run(words).says_only(&format!("UNKNOWN - {sentence}; see --help"));
    }
    run("-w 10").ends_as("UNKNOWN");
}
