//! Which selectors are looked at: those of `--selector`, `--guess` and `--retired`, of the domain and of
//! others.

use demo_host::dns::{Behaviour, DnsServer, Zone};

use crate::support::{ED25519, RSA_768, RSA_2048, ask, check, dkim, key, run, well, with_dmarc};

fn record() -> String {
    format!("v=DKIM1; p={}", RSA_2048.published())
}

#[test]
fn ok_several_selectors() {
    let said = check(&well(), "--selector s1 --selector s2 -v");
    said.shows(&format!(
        "[OK] key: selector s1: RSA 2048 bits, SHA-256 {}",
        RSA_2048.fingerprint()
    ));
    said.shows(&format!("[OK] key: selector s2: ed25519, SHA-256 {}", ED25519.fingerprint()));
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject, DKIM 2 of 2 selectors good");
    assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (Some("2"), Some("2048")));
    said.ends_as("OK");
    // The same one twice is one.
    check(&well(), "--selector s1 --selector S1")
        .says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
    // There is no number of bits that an ed25519 key could be too short by.
    assert_eq!(check(&well(), "--selector s2").metric("key_length"), None);
}

#[test]
fn ok_a_selector_of_several_labels() {
    let zone = Zone::new().txt("a.b-1._domainkey.d.example", record());
    check(&zone, "--only dkim --selector a.b-1")
        .says("OK - d.example DKIM 1 of 1 selector good", &[]);
}

#[test]
fn critical_one_of_several_is_missing() {
    let said = check(&well(), "--selector s1 --selector nope --selector s2");
    said.says(
        "CRITICAL - d.example selector nope has no key: the selector is wrong, or its key is gone",
        &["[CRITICAL] dkim-selector-missing"],
    );
    assert_eq!(said.metric("selectors_ok"), Some("2"));
}

#[test]
fn warning_no_dkim_at_all() {
    let zone = Zone::new().txt("d.example", "v=spf1 -all");
    let line = "[WARNING] dkim-missing: has no DKIM keys: there is nothing below _domainkey";
    check(&zone, "--only dkim").finds(line);
    check(&zone, "--only dkim --guess").finds(line);
    check(&zone, "--only dkim --retired old").finds(line);
}

#[test]
fn unknown_nothing_was_looked_at() {
    check(&well(), "--only dkim")
        .finds("[UNKNOWN] not-looked-at: there may be DKIM keys, but no selector was named");
    let other = Zone::new().txt("other._domainkey.d.example", record());
    check(&other, "--only dkim --guess").finds(
        "[UNKNOWN] not-looked-at: there may be DKIM keys, but none of the guessed selectors has a good \
         key",
    );
}

#[test]
fn ok_keys_that_nobody_named_are_no_fault_beside_dmarc() {
    let said = check(&well(), "-v");
    said.shows("[OK] selectors: there may be DKIM keys, but no selector was named");
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject");
    assert_eq!(said.metric("selectors_ok"), None);
    said.ends_as("OK");
}

#[test]
fn warning_it_is_not_known_whether_there_are_keys() {
    let zone = well().behave("_domainkey.d.example", Behaviour::ServFail);
    check(&zone, "").finds(
        "[WARNING] dkim-dns-failed: whether there are DKIM keys is not known: SERVFAIL from DNS",
    );
    // It does not matter where the selectors are known.
    check(&zone, "--selector s1").ends_as("OK");
    check(&zone, "--selector nope").finds(
        "[CRITICAL] dkim-selector-missing: selector nope has no key: the selector is wrong, or its key \
         is gone",
    );
}

#[test]
fn ok_guessed_selectors() {
    let said = check(&well(), "--guess -v");
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject, DKIM 2 of 2 selectors good");
    said.shows(&format!("[OK] key: selector s2: ed25519, SHA-256 {}", ED25519.fingerprint()));
    assert_eq!((said.metric("selectors_ok"), said.metric("key_length")), (Some("2"), Some("2048")));
    said.ends_as("OK");
    // A guess that was named is no guess.
    check(&well(), "--guess --selector s1")
        .says("OK - d.example DMARC p=reject, DKIM 2 of 2 selectors good", &[]);
}

#[test]
fn ok_a_guess_that_is_missing_is_no_fault() {
    let spf = "v=spf1 mx -all";
    let base = || {
        with_dmarc(Zone::new(), "v=DMARC1; p=reject; rua=mailto:a@d.example")
            .txt("d.example", spf)
            .mx("d.example", 10, "mx.d.example")
    };
    for zone in [
        base().txt("other._domainkey.d.example", record()),
        base().txt("google._domainkey.d.example", "v=DKIM1; p="),
        base().txt("google._domainkey.d.example", "hello"),
        base().txt("*._domainkey.d.example", "v=DKIM1; p="),
        base().txt("*._domainkey.d.example", record()),
        base().txt("*._domainkey.d.example", "hello"),
        base().cname("google._domainkey.d.example", "gone.example"),
    ] {
        check(&zone, "--guess").says("OK - d.example DMARC p=reject", &[]);
    }
}

#[test]
fn warning_a_guess_that_is_there_and_bad_wakes_nobody() {
    // Whether anything is signed with it is not known.
    let zone =
        well().txt("google._domainkey.d.example", format!("v=DKIM1; p={}", RSA_768.published()));
    check(&zone, "--guess").finds(
        "[WARNING] dkim-key-short: the RSA key of selector google has 768 bits: nobody verifies with \
         it",
    );
}

#[test]
fn warning_guesses_that_fail_are_one_finding() {
    let zone = well()
        .behave("s1._domainkey.d.example", Behaviour::Usual)
        .behave("s2._domainkey.d.example", Behaviour::Usual)
        .behave("*._domainkey.d.example", Behaviour::ServFail);
    let said = check(&zone, "--guess");
    said.ends_as("WARNING");
    assert_eq!(said.findings(), ["[WARNING] dkim-dns-failed"], "{}", said.stdout);
}

#[test]
fn ok_a_retired_selector_that_is_gone() {
    let said = check(&well(), "--selector s1 --retired old -v");
    said.shows("[OK] retired: selector old is gone");
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject, DKIM 1 of 1 selector good");
    assert_eq!(said.metric("selectors_ok"), Some("1"));
    said.ends_as("OK");
    let revoked = well().txt("old._domainkey.d.example", "v=DKIM1; p=");
    let said = check(&revoked, "--selector s1 --retired old -v");
    said.shows("[OK] retired: selector old is revoked");
    said.ends_as("OK");
}

#[test]
fn ok_a_retired_selector_alone_was_looked_at() {
    check(&well(), "--only dkim --retired old").ends_as("OK");
    check(&key("v=DKIM1; p="), "--only dkim --retired s").ends_as("OK");
}

#[test]
fn warning_a_retired_selector_that_is_still_there() {
    check(&well(), "--selector s2 --retired s1")
        .finds("[WARNING] dkim-retired: selector s1 is retired and its key is still there");
    let wildcard = Zone::new().txt("*._domainkey.d.example", record()).txt("d.example", "x");
    check(&wildcard, "--only dkim --retired old").shows(
        "[WARNING] dkim-retired: selector old is retired and its key is still there, by way of a \
         wildcard",
    );
}

#[test]
fn warning_whether_a_retired_selector_is_gone_is_not_known() {
    let zone = well().behave("old._domainkey.d.example", Behaviour::ServFail);
    check(&zone, "--selector s1 --retired old").finds(
        "[WARNING] dkim-dns-failed: whether selector old is gone is not known: SERVFAIL from DNS",
    );
    let zone = well().behave("old._domainkey.d.example", Behaviour::Silence);
    check(&zone, "--selector s1 --retired old -t 3:unknown").finds(
        "[UNKNOWN] dkim-dns-failed: whether selector old is gone is not known: no answer from DNS in \
         time",
    );
}

/// The domain, and a service that signs for it with its own name or with one of the domain's.
fn service(dmarc: &str) -> Zone {
    with_dmarc(Zone::new(), dmarc)
        .txt("d.example", "v=spf1 mx -all")
        .mx("d.example", 10, "mx.d.example")
        .txt("k._domainkey.service.example", record())
        .txt("k._domainkey.mail.d.example", record())
}

const RELAXED: &str = "v=DMARC1; p=reject; rua=mailto:a@d.example";
const STRICT: &str = "v=DMARC1; p=reject; rua=mailto:a@d.example; adkim=s";

#[test]
fn ok_a_selector_of_another_name_of_the_organization() {
    let said = check(&service(RELAXED), "--selector k@mail.d.example -v");
    said.shows(&format!(
        "[OK] key: selector k@mail.d.example: RSA 2048 bits, SHA-256 {}",
        RSA_2048.fingerprint()
    ));
    assert_eq!(said.verdict(), "OK - d.example DMARC p=reject, DKIM 1 of 1 selector good");
    said.ends_as("OK");
    // Upwards too, and to a sister.
    let zone = service(RELAXED).txt("x.d.example", "v=spf1 mx -all");
    let zone = zone.txt("k._domainkey.d.example", record());
    for words in ["--selector k@d.example", "--selector k@mail.d.example"] {
        let said = run(&zone, &format!("-d x.d.example {words}"));
        said.says("OK - x.d.example DMARC reject by d.example, DKIM 1 of 1 selector good", &[]);
    }
    // Written out, the domain's own is no other one.
    let said =
        check(&service(STRICT).txt("k._domainkey.d.example", record()), "--selector k@D.example");
    said.says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn warning_a_selector_that_is_not_aligned() {
    check(&service(RELAXED), "--selector k@service.example").finds(
        "[WARNING] dkim-not-aligned: selector k@service.example signs for service.example, which is not \
         aligned with the domain (relaxed)",
    );
    check(&service(STRICT), "--selector k@mail.d.example").finds(
        "[WARNING] dkim-not-aligned: selector k@mail.d.example signs for mail.d.example, which is not \
         aligned with the domain (strict)",
    );
    // psd=n makes an organization of its own of a name below.
    let apart = service(RELAXED).txt("_dmarc.mail.d.example", "v=DMARC1; p=reject; psd=n");
    check(&apart, "--selector k@mail.d.example").finds(
        "[WARNING] dkim-not-aligned: selector k@mail.d.example signs for mail.d.example, which is not \
         aligned with the domain (relaxed)",
    );
}

#[test]
fn ok_alignment_of_what_does_not_sign_any_more() {
    let zone = service(RELAXED).txt("k._domainkey.d.example", record());
    check(&zone, "--selector k --retired gone@service.example")
        .says("OK - d.example DMARC p=reject, DKIM 1 of 1 selector good", &[]);
}

#[test]
fn critical_a_selector_of_another_domain_is_missing() {
    check(&service(RELAXED), "--selector x@mail.d.example").finds(
        "[CRITICAL] dkim-selector-missing: selector x@mail.d.example has no key: the selector is wrong, \
         or its key is gone",
    );
    check(&service(RELAXED), "--selector x@gone.d.example").finds(
        "[CRITICAL] dkim-selector-missing: selector x@gone.d.example has no key, and there is nothing \
         below _domainkey: no DKIM at all",
    );
}

#[test]
fn ok_one_round_of_questions_for_any_number_of_guesses() {
    let server = DnsServer::start(&well()).unwrap();
    ask(&server, "-d d.example --only dkim --guess").ends_as("OK");
    let mut names: Vec<String> = server.queries().into_iter().map(|query| query.name).collect();
    names.sort();
    // One may be sent again, because the machine is busy.
    names.dedup();
    // The 46 that are tried, one that nobody has, `_domainkey` and the domain.
    assert_eq!(names.len(), 49, "{names:?}");
}

#[test]
fn critical_a_named_selector_is_missing_beside_guesses() {
    let said = dkim(&well(), "--guess");
    said.finds(
        "[CRITICAL] dkim-selector-missing: selector s has no key: the selector is wrong, or its key is \
         gone",
    );
    assert_eq!(said.metric("selectors_ok"), Some("2"));
}

/// Whether a wildcard answers for every guess is not known.
#[test]
fn warning_guesses_while_the_probe_for_a_wildcard_fails() {
    let state = "--state-dir /nonexistent/state";
    let zone = Zone::new()
        .txt("d.example", "x")
        .txt("*._domainkey.d.example", record())
        .behave("mailhost-no-such-selector._domainkey.d.example", Behaviour::ServFail);
    check(&zone, &format!("--only dkim --guess {state} --ignore not-looked-at"))
        .finds("[WARNING] dkim-dns-failed: 46 guessed selectors are not known: SERVFAIL from DNS");
}

#[test]
fn ok_a_retired_selector_that_can_have_no_key() {
    let long = vec!["x".repeat(63); 4].join(".");
    let said = check(&well(), &format!("--only dkim --selector s1 --retired {long} -v"));
    said.shows(&format!(
        "[OK] retired: selector {long} can have no key: the name is longer than 253 bytes"
    ));
    said.ends_as("OK");
}
