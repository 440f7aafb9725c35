//! What is remembered of earlier runs.

use std::fs;

use demo_host::dns::{Behaviour, DnsServer, Zone};
use mailhost_tests::Run;
use tempfile::TempDir;

use crate::support::{FOUR, HOST, ask, check_one, entry, four, one, world};

fn at(zone: &Zone, state: &TempDir, words: &str) -> (Run, usize) {
    let server = DnsServer::start(zone).unwrap();
    let said = with(&server, state, words);
    (said, server.queries().len())
}

fn with(server: &DnsServer, state: &TempDir, words: &str) -> Run {
    let state = state.path().display();
    ask(server, &format!("-H {HOST} -s l.example --state-dir {state} {words}"))
}

/// Puts another number in the place of the one behind a name in the state file.
fn set(state: &TempDir, name: &str, number: &str) {
    let mut files = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once(&format!("\"{name}\":")).unwrap();
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    fs::write(&file, format!("{before}\"{name}\":{number}{after}")).unwrap();
}

#[test]
fn warning_listings_that_come_stay_and_go() {
    let state = tempfile::tempdir().unwrap();
    let listed = one().a(&entry("l.example"), [127, 0, 0, 2]);
    // What was before the first run is not known.
    let (said, _) = at(&listed, &state, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    set(&state, "since", "1577887500");
    let (said, _) = at(&listed, &state, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example since 2020-01-01 14:05 UTC: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    let (said, _) = at(&one(), &state, "-v");
    said.says("OK - 192.31.196.7 is on none of 1 list", &["[OK] listing-gone", "[OK] not-listed"]);
    said.shows(
        "[OK] listing-gone: 192.31.196.7 is no longer listed by l.example, where it was since \
         2020-01-01 14:05 UTC",
    );
    let (said, _) = at(&listed, &state, "");
    said.says(
        "WARNING - 192.31.196.7 is listed by l.example (new): answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn warning_a_listing_is_new_only_where_it_was_seen_not_to_be_there() {
    let state = tempfile::tempdir().unwrap();
    let listed = four().a(&entry("b.example"), [127, 0, 0, 2]);
    let run = |zone: &Zone, lists: &str| {
        let server = DnsServer::start(zone).unwrap();
        ask(&server, &format!("-H {HOST} {lists} --state-dir {}", state.path().display()))
    };
    run(&listed, "-s a.example").ends_as("OK");
    let text = "WARNING - 192.31.196.7 is listed by b.example";
    let found = &["[WARNING] address-listed"];
    run(&listed, "-s a.example -s b.example").says(&format!("{text}: answers 127.0.0.2"), found);
    let failing = four().behave("*.b.example", Behaviour::ServFail);
    run(&failing, "-s a.example -s b.example").ends_as("OK");
    let said = run(&listed, "-s a.example -s b.example");
    assert!(said.verdict().starts_with(&format!("{text} since ")), "{}", said.stdout);
}

#[test]
fn warning_a_time_that_cannot_be_is_not_believed() {
    let state = tempfile::tempdir().unwrap();
    let listed = one().a(&entry("l.example"), [127, 0, 0, 2]);
    at(&listed, &state, "");
    for since in ["-99999999999999999", "9999999999999999"] {
        set(&state, "since", since);
        let (said, _) = at(&listed, &state, "");
        assert!(said.verdict().contains("since "), "{}", said.stdout);
        assert!(said.verdict().contains(" UTC: answers"), "{}", said.stdout);
    }
}

#[test]
fn ok_the_test_entries_are_asked_for_once_an_hour() {
    let state = tempfile::tempdir().unwrap();
    let server = DnsServer::start(&one()).unwrap();
    with(&server, &state, "").ends_as("OK");
    assert_eq!(server.queries().len(), 3);
    with(&server, &state, "").ends_as("OK");
    assert_eq!(server.queries().len(), 4);
    set(&state, "l.example ipv4", "1577887500");
    with(&server, &state, "").ends_as("OK");
    assert_eq!(server.queries().len(), 7);
    // Another resolver may be answered otherwise.
    let (said, asked) = at(&one(), &state, "");
    said.ends_as("OK");
    assert_eq!(asked, 3);
}

#[test]
fn unknown_a_list_that_begins_to_list_the_world_is_found_at_once() {
    let state = tempfile::tempdir().unwrap();
    let server = DnsServer::start(&one()).unwrap();
    let address = server.address();
    with(&server, &state, "").ends_as("OK");
    drop(server);
    let world = world(one(), "l.example", [127, 0, 0, 2]);
    let server = DnsServer::start_at(&world, address).unwrap();
    let said = with(&server, &state, "-v");
    assert_eq!(said.findings(), ["[UNKNOWN] answers-too-few", "[UNKNOWN] list-broken"]);
}

#[test]
fn unknown_a_list_that_was_seen_to_be_broken_is_tested_again() {
    let state = tempfile::tempdir().unwrap();
    let server = DnsServer::start(&one()).unwrap();
    let address = server.address();
    with(&server, &state, "").ends_as("OK");
    drop(server);
    let server = DnsServer::start_at(&world(one(), "l.example", [127, 0, 0, 2]), address).unwrap();
    with(&server, &state, "").ends_as("UNKNOWN");
    drop(server);
    let server = DnsServer::start_at(&Zone::new(), address).unwrap();
    with(&server, &state, "").ends_as("UNKNOWN");
}

#[test]
fn unknown_a_resolver_that_begins_to_invent_is_found_at_once() {
    let state = tempfile::tempdir().unwrap();
    let words = format!("{FOUR} --state-dir {}", state.path().display());
    let server = DnsServer::start(&four()).unwrap();
    let address = server.address();
    ask(&server, &format!("-H {HOST} {words}")).ends_as("OK");
    drop(server);
    let liar = Zone::new().a("*", [203, 0, 113, 80]);
    let server = DnsServer::start_at(&liar, address).unwrap();
    let said = ask(&server, &format!("-H {HOST} {words}"));
    assert_eq!(said.findings(), ["[UNKNOWN] resolver-rewrites"]);
}

#[test]
fn warning_a_listing_does_not_fall_because_the_test_entries_fail_once() {
    let state = tempfile::tempdir().unwrap();
    let listed = one().a(&entry("l.example"), [127, 0, 0, 2]);
    let server = DnsServer::start(&listed).unwrap();
    let address = server.address();
    with(&server, &state, "").ends_as("WARNING");
    drop(server);
    let failing = listed.behave("*.0.0.127.l.example", Behaviour::ServFail);
    let server = DnsServer::start_at(&failing, address).unwrap();
    with(&server, &state, "").ends_as("WARNING");
}

#[test]
fn ok_a_state_file_that_cannot_be_used_is_told() {
    let said = check_one(&one(), "-v");
    assert_eq!(said.findings(), ["[OK] not-listed", "[OK] state-unusable"]);
    let state = tempfile::tempdir().unwrap();
    at(&one(), &state, "");
    let mut files = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    fs::write(&file, "{").unwrap();
    let (said, asked) = at(&one(), &state, "-v");
    assert_eq!((said.findings(), asked), (vec!["[OK] not-listed", "[OK] state-unusable"], 3));
    said.ends_as("OK");
    // It is met once.
    let (said, _) = at(&one(), &state, "-v");
    assert_eq!(said.findings(), ["[OK] not-listed"]);
}
