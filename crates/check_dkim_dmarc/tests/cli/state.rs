//! What is remembered of earlier runs.

use std::fs;

use demo_host::dns::{Behaviour, DnsServer, Zone};
use mailhost_tests::Run;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{ED25519, RSA_2048, ask, check, key, record, well};

fn at(zone: &Zone, state: &TempDir, words: &str) -> Run {
    let server = DnsServer::start(zone).unwrap();
    let state = state.path().display();
    let said = ask(&server, &format!("-d d.example --state-dir {state} {words}"));
    Run { stdout: said.stdout.replace(&server.address().to_string(), "DNS"), ..said }
}

/// Makes everything that was seen as old as 2020-01-01.
fn set_since_to_2020(state: &TempDir) {
    let mut files = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    set_since(&mut value);
    fs::write(&file, value.to_string()).unwrap();
}

fn set_since(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "since" {
                    *value = Value::from(1_577_836_800);
                } else {
                    set_since(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(set_since),
        _ => {}
    }
}

/// The selector `s` with this key of the two.
fn with_key(ed25519: bool) -> Zone {
    let record = if ed25519 {
        format!("v=DKIM1; k=ed25519; p={}", ED25519.published())
    } else {
        format!("v=DKIM1; p={}", RSA_2048.published())
    };
    key(&record)
}

#[test]
fn ok_the_first_run_and_the_next() {
    let state = tempfile::tempdir().unwrap();
    let said = at(&well(), &state, "--selector s1 --selector s2 -v");
    said.ends_as("OK");
    for what in ["DMARC record", "key of selector s1", "key of selector s2"] {
        said.shows(&format!("[OK] history: {what} seen like this for the first time"));
    }
    set_since_to_2020(&state);
    let said = at(&well(), &state, "--selector s1 --selector s2 -v");
    said.ends_as("OK");
    for what in ["DMARC record", "key of selector s1", "key of selector s2"] {
        said.shows(&format!("[OK] history: {what} seen unchanged since 2020-01-01"));
    }
}

#[test]
fn ok_a_key_that_changed_is_told_for_a_day() {
    let state = tempfile::tempdir().unwrap();
    at(&with_key(false), &state, "--only dkim --selector s").ends_as("OK");
    let line = format!(
        "[OK] dkim-key-changed: key of selector s was changed within a day: it was {}",
        RSA_2048.fingerprint()
    );
    for _ in 0..2 {
        let said = at(&with_key(true), &state, "--only dkim --selector s -v");
        said.shows(&line);
        assert!(said.findings().contains(&"[OK] dkim-key-changed"), "{}", said.stdout);
        said.ends_as("OK");
    }
    let words = "--only dkim --selector s --severity dkim-key-changed=warning";
    assert_eq!(at(&with_key(true), &state, words).findings(), ["[WARNING] dkim-key-changed"]);
    set_since_to_2020(&state);
    let said = at(&with_key(true), &state, "--only dkim --selector s -v");
    assert!(!said.stdout.contains("dkim-key-changed"), "{}", said.stdout);
    said.shows("[OK] history: key of selector s seen unchanged since 2020-01-01");
}

#[test]
fn warning_the_same_key_in_another_form_has_not_changed() {
    let state = tempfile::tempdir().unwrap();
    at(&with_key(false), &state, "--only dkim --selector s");
    set_since_to_2020(&state);
    let zone = key(&format!("n=the same; p={}", RSA_2048.pkcs1()));
    let said = at(&zone, &state, "--only dkim --selector s -v");
    said.shows("[OK] history: key of selector s seen unchanged since 2020-01-01");
    said.says(
        "WARNING - d.example the key of selector s is a bare RSAPublicKey (PKCS#1): not all read it",
        &["[WARNING] dkim-key-form", "[OK] key", "[OK] history"],
    );
}

#[test]
fn ok_a_key_that_is_new_or_was_not_known_for_a_while() {
    let state = tempfile::tempdir().unwrap();
    let words = "--only dkim --selector s -v";
    at(&well(), &state, words).ends_as("CRITICAL");
    let said = at(&with_key(true), &state, words);
    said.shows("[OK] dkim-key-changed: key of selector s was changed within a day: it was nothing");
    // What the DNS did not say is no change.
    set_since_to_2020(&state);
    let down = with_key(true).behave("s._domainkey.d.example", Behaviour::ServFail);
    at(&down, &state, words).ends_as("WARNING");
    let said = at(&with_key(true), &state, words);
    said.shows("[OK] history: key of selector s seen unchanged since 2020-01-01");
    said.ends_as("OK");
}

#[test]
fn ok_a_dmarc_record_that_changed_is_told_for_a_day() {
    let state = tempfile::tempdir().unwrap();
    let before = "v=DMARC1; p=quarantine; rua=mailto:a@d.example";
    let after = record("v=DMARC1; p=reject; rua=mailto:a@d.example");
    at(&record(before), &state, "--only dmarc").ends_as("OK");
    for _ in 0..2 {
        let said = at(&after, &state, "--only dmarc -v");
        said.shows(&format!(
            "[OK] dmarc-record-changed: DMARC record was changed within a day: it was {before}"
        ));
        assert!(said.findings().contains(&"[OK] dmarc-record-changed"), "{}", said.stdout);
        said.ends_as("OK");
    }
    let said = at(&after, &state, "--only dmarc --severity dmarc-record-changed=critical");
    said.says(
        &format!("CRITICAL - d.example DMARC record was changed within a day: it was {before}"),
        &["[CRITICAL] dmarc-record-changed"],
    );
    // One that is gone was there.
    let gone = at(&crate::support::sending(), &state, "--only dmarc -v");
    gone.shows(
        "[OK] dmarc-record-changed: DMARC record was changed within a day: it was v=DMARC1; p=reject; \
         rua=mailto:a@d.example",
    );
    gone.ends_as("WARNING");
}

#[test]
fn ok_a_dmarc_record_that_was_not_known_is_no_change() {
    let state = tempfile::tempdir().unwrap();
    let zone = record("v=DMARC1; p=reject; rua=mailto:a@d.example");
    at(&zone, &state, "--only dmarc").ends_as("OK");
    set_since_to_2020(&state);
    at(&zone.clone().behave("_dmarc.d.example", Behaviour::ServFail), &state, "--only dmarc")
        .ends_as("WARNING");
    let said = at(&zone, &state, "--only dmarc -v");
    said.shows("[OK] history: DMARC record seen unchanged since 2020-01-01");
    said.ends_as("OK");
}

#[test]
fn warning_a_key_that_nobody_changed_for_long() {
    let state = tempfile::tempdir().unwrap();
    let words = "--only dkim --selector s --max-key-age 400d";
    at(&with_key(false), &state, words).ends_as("OK");
    set_since_to_2020(&state);
    at(&with_key(false), &state, words)
        .finds("[WARNING] dkim-key-old: key of selector s has not changed since 2020-01-01");
    at(&with_key(false), &state, "--only dkim --selector s").ends_as("OK");
    at(&with_key(false), &state, "--only dkim --selector s --max-key-age 40000d").ends_as("OK");
    // A new key is a new one.
    at(&with_key(true), &state, words).ends_as("OK");
    // A DMARC record may be as old as it likes, and so may a key that is gone.
    let state = tempfile::tempdir().unwrap();
    let words = "--selector s1 --selector s2 --max-key-age 400d";
    at(&well(), &state, words).ends_as("OK");
    set_since_to_2020(&state);
    let said = at(&well(), &state, words);
    assert_eq!(said.findings(), ["[WARNING] dkim-key-old"; 2], "{}", said.stdout);
    said.ends_as("WARNING");
    let state = tempfile::tempdir().unwrap();
    let words = "--only dkim --selector s --max-key-age 400d";
    at(&key("v=DKIM1; p="), &state, words);
    set_since_to_2020(&state);
    assert_eq!(at(&key("v=DKIM1; p="), &state, words).findings(), ["[CRITICAL] dkim-revoked"]);
}

#[test]
fn unknown_only_where_a_threshold_needs_the_state() {
    let said = check(&well(), "--selector s1 -v");
    said.ends_as("OK");
    said.shows(
        "[OK] state-unusable: nothing is known of earlier runs: creating /nonexistent/state: no such \
         file or directory; create it for this user or give --state-dir",
    );
    assert!(said.findings().contains(&"[OK] state-unusable"), "{}", said.stdout);
    let said = check(&well(), "--selector s1 --max-key-age 400d");
    assert_eq!(said.findings(), ["[UNKNOWN] state-unusable"]);
    said.ends_as("UNKNOWN");
}

#[test]
fn unknown_a_state_file_that_is_damaged() {
    let state = tempfile::tempdir().unwrap();
    at(&well(), &state, "--selector s1").ends_as("OK");
    let mut files = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|it| it == "json")).unwrap();
    fs::write(&file, "{\"nonsense").unwrap();
    let said = at(&well(), &state, "--selector s1 --max-key-age 400d");
    said.finds(&format!(
        "[UNKNOWN] state-unusable: nothing is known of earlier runs: {} is cut short; remove it if this \
         is said again",
        file.display()
    ));
    at(&well(), &state, "--selector s1").ends_as("OK");
    fs::remove_file(&file).unwrap();
    at(&well(), &state, "--selector s1 --max-key-age 400d").ends_as("OK");
}

/// Whoever sets a limit to the age of keys must not be told that all is well when none is looked at.
#[test]
fn unknown_an_age_of_keys_that_nobody_named() {
    let state = tempfile::tempdir().unwrap();
    for zone in [well(), record("v=DMARC1; p=reject; rua=mailto:a@d.example")] {
        at(&zone, &state, "--max-key-age 400d --ignore dkim-missing").says_only(
            "UNKNOWN - --max-key-age needs selectors: give --selector, --key-table or --guess; see --help",
        );
    }
}

#[test]
fn warning_a_guessed_key_that_nobody_changed_for_long() {
    let state = tempfile::tempdir().unwrap();
    at(&well(), &state, "--guess").ends_as("OK");
    set_since_to_2020(&state);
    let said = at(&well(), &state, "--guess --max-key-age 400d");
    assert_eq!(said.findings(), ["[WARNING] dkim-key-old"; 2], "{}", said.stdout);
    said.ends_as("WARNING");
    let other = record("v=DMARC1; p=reject; rua=mailto:a@d.example")
        .txt("x1._domainkey.d.example", format!("p={}", RSA_2048.published()));
    at(&other, &state, "--guess --max-key-age 400d").finds(
        "[UNKNOWN] not-looked-at: there may be DKIM keys, but none of the guessed selectors has a good key",
    );
}

/// A guess that a wildcard answers is no selector, and has no age.
#[test]
fn unknown_guesses_behind_a_wildcard_are_not_kept() {
    let state = tempfile::tempdir().unwrap();
    let zone = Zone::new()
        .txt("d.example", "x")
        .txt("*._domainkey.d.example", format!("p={}", RSA_2048.published()));
    let said = at(&zone, &state, "--only dkim --guess -v");
    assert!(!said.stdout.contains("history"), "{}", said.stdout);
    said.ends_as("UNKNOWN");
}

/// Servers give several texts in any order.
#[test]
fn critical_the_same_texts_in_another_order_have_not_changed() {
    let state = tempfile::tempdir().unwrap();
    let texts = ["v=DMARC1; p=none", "v=DMARC1; p=reject"];
    let keys = [RSA_2048.published(), ED25519.published()];
    let zone = |first: usize, second: usize| {
        [first, second].iter().fold(Zone::new().txt("d.example", "v=spf1 mx -all"), |zone, at| {
            zone.txt("_dmarc.d.example", texts[*at])
                .txt("s._domainkey.d.example", format!("p={}", keys[*at]))
        })
    };
    at(&zone(0, 1), &state, "--selector s").ends_as("CRITICAL");
    set_since_to_2020(&state);
    let said = at(&zone(1, 0), &state, "--selector s -v");
    said.shows("[OK] history: DMARC record seen unchanged since 2020-01-01");
    said.shows("[OK] history: key of selector s seen unchanged since 2020-01-01");
    said.ends_as("CRITICAL");
}

#[test]
fn ok_domains_do_not_share_what_is_known() {
    let state = tempfile::tempdir().unwrap();
    at(&with_key(false), &state, "--only dkim --selector s").ends_as("OK");
    let server =
        DnsServer::start(&Zone::new().txt(
            "s._domainkey.e.example",
            format!("v=DKIM1; k=ed25519; p={}", ED25519.published()),
        ))
        .unwrap();
    let words =
        format!("-d e.example --only dkim --selector s -v --state-dir {}", state.path().display());
    let said = ask(&server, &words);
    said.shows("[OK] history: key of selector s seen like this for the first time");
    said.ends_as("OK");
}
