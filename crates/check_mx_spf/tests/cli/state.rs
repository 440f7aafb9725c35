//! What is remembered of earlier runs.

use std::fs;

use demo_host::dns::{DnsServer, Zone};
use tempfile::TempDir;

use mailhost_tests::Run;

use crate::support::{ask, audit, spf};

fn at(zone: &Zone, state: &TempDir, words: &str) -> Run {
    let server = DnsServer::start(zone).unwrap();
    let state = state.path().display();
    ask(&server, &format!("-d d.example --only spf --state-dir {state} {words}"))
}

#[test]
fn ok_the_first_run_and_the_next() {
    let state = tempfile::tempdir().unwrap();
    let zone = spf("v=spf1 ip4:5.1.2.3 -all");
    let said = at(&zone, &state, "-v");
    assert_eq!(said.findings(), ["[OK] spf-ttl", "[OK] spf", "[OK] lookups", "[OK] spf-record"]);
    said.shows("[OK] spf-record: seen like this for the first time");
    set_since_to_2020(&state);
    at(&zone, &state, "-v").shows("[OK] spf-record: seen unchanged since 2020-01-01");
}

/// Makes the record as old as 2020-01-01.
fn set_since_to_2020(state: &TempDir) {
    let mut files = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let since = text.split("\"since\":").nth(1).unwrap().split(',').next().unwrap();
    fs::write(&file, text.replace(since, "1577836800")).unwrap();
}

#[test]
fn ok_networks_that_changed_are_told_for_a_day() {
    let state = tempfile::tempdir().unwrap();
    let before = spf("v=spf1 include:i.example -all");
    at(&before.clone().txt("i.example", "v=spf1 ip4:5.1.2.3 ip4:5.1.2.4 -all"), &state, "");
    let after = before.txt("i.example", "v=spf1 ip4:5.1.2.4 ip4:5.1.2.5 -all");
    for _ in 0..2 {
        let said = at(&after, &state, "-v");
        said.ends_as("OK");
        let line = said.stdout.lines().find(|line| line.starts_with("[OK] spf-networks-changed"));
        let line = line.unwrap();
        assert!(line.ends_with(" s ago: +5.1.2.5 -5.1.2.3"), "{line}");
    }
    let said = at(&after, &state, "--severity spf-networks-changed=warning");
    assert_eq!(said.findings(), ["[WARNING] spf-networks-changed"]);
    said.ends_as("WARNING");
}

#[test]
fn ok_a_policy_that_was_not_seen_whole_is_no_change() {
    let state = tempfile::tempdir().unwrap();
    let zone = spf("v=spf1 include:i.example -all");
    at(&zone.clone().txt("i.example", "v=spf1 ip4:5.1.2.3 -all"), &state, "");
    let down = zone.clone().behave("i.example", demo_host::dns::Behaviour::ServFail);
    at(&down, &state, "").ends_as("WARNING");
    let said = at(&zone.txt("i.example", "v=spf1 ip4:5.1.2.3 -all"), &state, "-v");
    assert!(!said.stdout.contains("spf-networks-changed"), "{}", said.stdout);
}

#[test]
fn warning_a_record_that_nobody_looked_at_for_long() {
    let state = tempfile::tempdir().unwrap();
    let zone = spf("v=spf1 -all");
    at(&zone, &state, "--max-record-age 400d").ends_as("OK");
    set_since_to_2020(&state);
    let said = at(&zone, &state, "--max-record-age 400d");
    said.finds("[WARNING] spf-record-old: SPF record has not changed since 2020-01-01");
    at(&spf("v=spf1 ~all"), &state, "--max-record-age 400d").ends_as("OK");
}

#[test]
fn unknown_only_where_a_threshold_needs_the_state() {
    let zone = spf("v=spf1 -all");
    let said = audit(&zone, "-v");
    said.ends_as("OK");
    assert!(said.findings().contains(&"[OK] state-unusable"), "{}", said.stdout);
    let said = audit(&zone, "--max-record-age 400d");
    assert_eq!(said.findings(), ["[UNKNOWN] state-unusable"]);
    said.ends_as("UNKNOWN");
}
