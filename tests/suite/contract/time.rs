//! The deadline is total, and the watchdog keeps it.

use std::time::Duration;

use mailhost_tests::Run;

use super::formats::{holds_json, holds_prometheus};
use crate::subjects::{PLUGINS, Subject, misbehaving, shipped, with};

#[test]
fn unknown_a_hang_is_ended_and_says_what_it_waited_for() {
    let subject = misbehaving();
    for (option, limit) in [("0.05", 0.05), ("0.5", 0.5), ("300ms:ok", 0.3)] {
        let line = ["--act", "hang", "-t", option];
        let run = subject.run(&line);
        in_time(subject, &run, limit);
        assert!(run.elapsed >= Duration::from_secs_f64(limit), "{run:#?}");
        let output = subject.read(&run, option);
        assert_eq!(output.state, "UNKNOWN");
        assert!(
            output
                .text
                .ends_with("still waiting for nothing in particular"),
            "{output:?}"
        );
    }
}

#[test]
fn unknown_a_hang_keeps_the_format() {
    let subject = misbehaving();
    let run = subject.run(&["--act", "hang", "-t", "0.1", "--output", "json"]);
    let object = holds_json(subject, &run, "hang");
    let summary = object["summary"].as_str().unwrap_or_default();
    assert!(
        summary.contains("still waiting for nothing in particular"),
        "{summary}"
    );
    let run = subject.run(&["--act", "hang", "-t", "0.1", "--output", "prometheus"]);
    holds_prometheus(subject, &run, "hang");
}

#[test]
fn ok_a_tiny_limit_is_kept_and_a_long_one_not_waited_for() {
    for subject in PLUGINS {
        for line in [subject.good(), subject.critical()] {
            let run = subject.run(&with(line.clone(), &["-t", "0.05"]));
            subject.read(&run, "-t 0.05");
            in_time(subject, &run, 0.05);
            let run = subject.run(&with(line, &["-t", "3600"]));
            subject.read(&run, "-t 3600");
            in_time(subject, &run, 10.0);
        }
    }
}

#[test]
fn critical_a_silent_target_unless_the_operator_says_otherwise() {
    for subject in shipped() {
        for (limit, state) in [
            ("0.3", "CRITICAL"),
            ("0.3:unknown", "UNKNOWN"),
            ("0.3:Warning", "WARNING"),
            ("300ms:OK", "OK"),
        ] {
            let Some(line) = subject.against_server("unanswered") else {
                continue;
            };
            let run = subject.run(&with(line, &["-t", limit]));
            in_time(subject, &run, 0.3);
            let output = subject.read(&run, limit);
            assert_eq!(
                output.state,
                state,
                "{} -t {limit}: {output:?}",
                subject.binary()
            );
        }
    }
}

#[test]
fn critical_an_unreachable_target_unless_the_operator_says_otherwise() {
    for subject in shipped() {
        for server in ["refused", "unanswered"] {
            let Some(line) = subject.against_server(server) else {
                continue;
            };
            let line = with(line, &["-t", "0.3"]);
            assert_eq!(
                subject.says(&line).state,
                "CRITICAL",
                "{} {server}",
                subject.binary()
            );
            for (word, state) in [("unknown", "UNKNOWN"), ("warning", "WARNING"), ("ok", "OK")] {
                let moved = with(line.clone(), &["--unreachable-state", word]);
                assert_eq!(
                    subject.says(&moved).state,
                    state,
                    "{} {server}",
                    subject.binary()
                );
            }
        }
    }
}

/// The limit, the quarter of a second that is promised, and patience with a busy machine.
fn in_time(subject: &Subject, run: &Run, limit: f64) {
    let latest = Duration::from_secs_f64(limit + 0.25) + PATIENCE;
    assert!(
        run.elapsed < latest,
        "{} with {limit} s: {run:#?}",
        subject.binary()
    );
}

/// The tests of a whole workspace may share two processors.
const PATIENCE: Duration = Duration::from_secs(3);
