//! What is kept from run to run.

use std::fs;
use std::path::{Path, PathBuf};

use demo_host::spool::Spool;
use tempfile::TempDir;

use crate::support::{Said, check, check_spool, of_hours};

/// A spool, and a place for the state of its check.
struct Watched {
    spool: Spool,
    state: TempDir,
}

impl Watched {
    fn new() -> Self {
        Self { spool: Spool::new().unwrap(), state: tempfile::tempdir().unwrap() }
    }

    fn check(&self, words: &[&str]) -> Said {
        let [spool, state] =
            [self.spool.path(), self.state.path()].map(|path| path.display().to_string());
        check(&[&["--queue-directory", &spool, "--state-dir", &state], words].concat())
    }

    fn file(&self) -> PathBuf {
        let files = fs::read_dir(self.state.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        files.next().unwrap()
    }

    /// Makes earlier runs ones of some seconds before.
    fn wait(&self, seconds: i64) {
        let text = fs::read_to_string(self.file()).unwrap();
        let mut whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        for point in whole["value"].as_array_mut().unwrap() {
            let at = point["at"].as_i64().unwrap();
            point["at"] = (at - seconds).into();
        }
        fs::write(self.file(), whole.to_string()).unwrap();
    }

    fn deliver(&self, ids: &[String]) {
        for hashed in fs::read_dir(self.spool.path().join("deferred")).unwrap() {
            for id in ids {
                // It is in one of the directories.
                drop(fs::remove_file(hashed.as_ref().unwrap().path().join(id)));
            }
        }
    }
}

#[test]
fn ok_the_first_run_says_so() {
    let watched = Watched::new();
    watched
        .check(&["--rate-critical", "10:"])
        .says("OK - postfix queue is empty, first run, no rates yet", &[]);
    let said = watched.check(&["-v"]);
    said.shows("[OK] rates: first run was less than 30 s ago, no rates yet");
    assert_eq!(said.metric("rate"), None);
}

#[test]
fn ok_and_critical_messages_a_minute() {
    let watched = Watched::new();
    let ids = watched.spool.add(200, &of_hours(1, "deferred")).unwrap();
    watched.check(&[]);
    watched.wait(600);
    watched.deliver(&ids[..40]);
    watched.spool.add(20, &of_hours(0, "deferred")).unwrap();
    let said = watched.check(&["--rate-warning", "50:", "--rate-critical", "10:"]);
    said.says(
        "CRITICAL - postfix processes 4.0 messages a minute (critical range 10:)",
        &["[CRITICAL] rate-threshold"],
    );
    let near = |label: &str, value: f64| {
        let seen: f64 = said.metric(label).unwrap().trim_end_matches('s').parse().unwrap();
        assert!((seen - value).abs() < value.abs() / 50.0, "{label} {seen}");
    };
    near("rate", 4.0);
    near("growth", -2.0);
    near("drain", 5400.0);
}

#[test]
fn warning_a_rate_below_its_range_and_a_queue_that_grows() {
    let watched = Watched::new();
    let ids = watched.spool.add(100, &of_hours(1, "deferred")).unwrap();
    watched.check(&[]);
    watched.wait(60);
    watched.deliver(&ids[..5]);
    watched.spool.add(120, &of_hours(0, "deferred")).unwrap();
    let said = watched.check(&["--rate-warning", "50:", "--growth-warning", "~:20"]);
    assert_eq!(said.findings(), ["[WARNING] rate-threshold", "[WARNING] growth-threshold"]);
}

#[test]
fn ok_a_range_that_nothing_could_have_kept_says_nothing() {
    let watched = Watched::new();
    watched.spool.add(1, &of_hours(1, "hold")).unwrap();
    watched.check(&[]);
    watched.wait(300);
    let said = watched.check(&["--rate-critical", "10:"]);
    said.says("OK - postfix 1 message (1 hold), oldest 1h", &[]);
    assert_eq!(said.metric("rate"), Some("0"));
}

#[test]
fn ok_an_empty_queue_has_no_rate_to_be_judged() {
    let watched = Watched::new();
    let ids = watched.spool.add(1, &of_hours(1, "deferred")).unwrap();
    watched.check(&[]);
    watched.wait(600);
    watched.deliver(&ids);
    let said = watched.check(&["--rate-critical", "10:"]);
    said.says("OK - postfix queue is empty", &[]);
    assert!(said.metric("rate").is_some());
}

#[test]
fn ok_and_unknown_a_state_that_cannot_be_kept() {
    let spool = Spool::new().unwrap();
    let said = check_spool(&spool, &["-v"]);
    assert!(said.findings().contains(&"[OK] state-unusable"), "{}", said.0.stdout);
    let said = check_spool(&spool, &["--growth-warning", "~:5"]);
    assert_eq!(said.findings(), ["[UNKNOWN] state-unusable"], "{}", said.0.stdout);
}

#[test]
fn ok_a_damaged_state_is_said_once() {
    let watched = Watched::new();
    watched.check(&[]);
    fs::write(watched.file(), "{").unwrap();
    let said = watched.check(&["-v"]);
    assert!(said.findings().contains(&"[OK] state-unusable"), "{}", said.0.stdout);
    watched.wait(60);
    assert_eq!(watched.check(&[]).metric("growth"), Some("0"));
}

#[test]
fn ok_another_spool_is_another_subject() {
    let watched = Watched::new();
    watched.check(&[]);
    let other = Spool::new().unwrap();
    let [spool, state] = [other.path(), watched.state.path()].map(text);
    check(&["--queue-directory", &spool, "--state-dir", &state, "-v"])
        .shows("[OK] rates: first run, no rates yet");
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
