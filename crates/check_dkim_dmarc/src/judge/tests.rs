//! Verdicts on a table of records, without a network.

use std::ffi::OsString;
use std::time::Duration;

use mailhost_core::contract::{Report, State};
use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Fault, Known, RecordType, Zone};
use mailhost_core::plugin::parse;

use super::*;
use crate::args::Args;
use crate::probe;

/// What is said of `d.example` in a zone, and how often the zone was asked.
fn judged(zone: Zone, words: &str) -> (Report<Facts>, usize) {
    let words = format!("check_dkim_dmarc -d d.example {words}");
    let args: Args = parse(words.split_whitespace().map(OsString::from)).expect("options");
    let config = Config::new(&args).expect("options that fit together");
    let mut zone = zone;
    let deadline = Deadline::start(Duration::from_secs(5));
    let files = probe::Files::read(&config, &deadline).expect("no file is read");
    let mut read = probe::Read::default();
    let facts = Known::up_to(500)
        .settle(&mut zone, |known| probe::look(known, &mut read, &config, &files, 1_800_000_000));
    (judge(&config, facts), zone.batches())
}

/// Every finding that is not good news, as the output writes it.
fn broken(zone: Zone, words: &str) -> Vec<String> {
    let (report, _) = judged(zone, words);
    let broken = report.findings.iter().filter(|finding| finding.rule.is_some());
    broken.map(|it| format!("[{}] {}: {}", it.state, it.code, it.text)).collect()
}

/// A domain that is well, whose selector `s` has a key.
fn well() -> Zone {
    Zone::default()
        .txt("d.example", "v=spf1 mx -all")
        .mx("d.example", 10, "mx.d.example")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject; rua=mailto:a@d.example")
        .txt("s._domainkey.d.example", KEY)
}

/// An ed25519 key: it is short.
const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

#[test]
fn ok_questions_that_do_not_wait_for_each_other_fly_together() {
    let three = ["t", "u"]
        .iter()
        .fold(well(), |zone, selector| zone.txt(&format!("{selector}._domainkey.d.example"), KEY));
    let (report, rounds) = judged(three, "--selector s --selector t --selector u");
    assert_eq!((report.findings.iter().filter(|it| it.rule.is_some()).count(), rounds), (0, 2));
    assert_eq!(report.headline(), "d.example DMARC p=reject, DKIM 3 of 3 selectors good");
    // The places for reports are known only when the record is.
    let elsewhere = Zone::default()
        .txt("d.example", "v=spf1 mx -all")
        .txt("_dmarc.d.example", "v=DMARC1; p=reject; rua=mailto:a@r.test")
        .txt("d.example._report._dmarc.r.test", "v=DMARC1")
        .mx("r.test", 10, "mx.r.test");
    assert_eq!(judged(elsewhere, "--only dmarc").1, 2);
}

#[test]
fn unknown_a_resolver_that_knows_nothing_is_not_the_domains_fault() {
    let dead = Zone::default()
        .fails("d.example", Fault::Timeout)
        .fails("_dmarc.d.example", Fault::Timeout)
        .fails("_dmarc.example", Fault::Timeout)
        .fails("_domainkey.d.example", Fault::Timeout)
        .fails("s._domainkey.d.example", Fault::Timeout)
        .fails("example", Fault::Timeout);
    let found = broken(dead, "--selector s");
    assert_eq!(
        found,
        ["[UNKNOWN] resolver-failed: whether the domain exists is not known: no answer in time"]
    );
}

#[test]
fn warning_what_the_dns_does_not_say_is_never_nothing() {
    for fault in [Fault::ServFail, Fault::Timeout, Fault::Refused, Fault::Broken, Fault::Truncated]
    {
        let record = well().fails("_dmarc.d.example", fault);
        let found = broken(record, "--only dmarc");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("[WARNING] dmarc-dns-failed: DMARC record is not known: "));
        let key = well().fails("s._domainkey.d.example", fault);
        let found = broken(key, "--only dkim --selector s");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("[WARNING] dkim-dns-failed: selector s is not known: "));
    }
}

#[test]
fn unknown_the_operator_may_move_what_fails() {
    let silent = || well().fails("_dmarc.d.example", Fault::Timeout);
    let state = |zone, words: &str| judged(zone, &format!("--only dmarc {words}")).0.state();
    assert_eq!(state(silent(), ""), State::Warning);
    assert_eq!(state(silent(), "-t 5:unknown"), State::Unknown);
    assert_eq!(state(silent(), "--unreachable-state critical"), State::Critical);
    let failing = || well().fails("_dmarc.d.example", Fault::ServFail);
    assert_eq!(state(failing(), "-t 5:unknown"), State::Warning);
    assert_eq!(state(failing(), "--unreachable-state ok"), State::Ok);
}

#[test]
fn critical_nothing_can_pass() {
    let nothing = |policy: &str| {
        Zone::default()
            .txt("d.example", "v=spf1 -all")
            .txt("_dmarc.d.example", format!("v=DMARC1; p={policy}; rua=mailto:a@d.example"))
            .mx("d.example", 10, "mx.d.example")
    };
    let first = |zone, words| broken(zone, words).into_iter().next().unwrap_or_default();
    assert_eq!(
        first(nothing("reject"), ""),
        "[CRITICAL] dmarc-nothing-passes: has an SPF record that lets nobody pass and no DKIM keys, so \
         nothing passes, and DMARC asks everybody to refuse all its mail"
    );
    assert!(first(nothing("quarantine"), "").starts_with("[WARNING] dmarc-nothing-passes"));
    let seen = nothing("reject").txt("other._domainkey.d.example", KEY);
    assert_eq!(
        first(seen.clone(), ""),
        "[UNKNOWN] not-looked-at: has an SPF record that lets nobody pass, and whether mail can pass \
         DMARC by DKIM was not looked at: no selector was named"
    );
    assert_eq!(
        broken(seen, "--selector other"),
        [
            "[WARNING] dkim-rsa-missing: has an SPF record that lets nobody pass, and of its keys only \
          ed25519 ones work, which many receivers cannot verify: to them nothing passes"
        ]
    );
    let failing = nothing("reject").fails_for("d.example", RecordType::Txt, Fault::ServFail);
    assert!(broken(failing, "").iter().all(|it| !it.contains("dmarc-nothing-passes")));
}

#[test]
fn warning_selectors_of_other_domains() {
    let zone = |mode: &str| {
        Zone::default()
            .txt("d.example", "v=spf1 mx -all")
            .mx("d.example", 10, "mx.d.example")
            .txt("_dmarc.d.example", format!("v=DMARC1; p=reject; rua=mailto:a@d.example{mode}"))
            .txt("s._domainkey.m.d.example", KEY)
            .txt("s._domainkey.o.test", KEY)
            .txt("_dmarc.o.test", "v=DMARC1; p=none")
    };
    let words = "--selector s@o.test --selector s@m.d.example";
    let not_aligned = |domain: &str, mode: &str| {
        format!(
            "[WARNING] dkim-not-aligned: selector s@{domain} signs for {domain}, which is not aligned \
             with the domain ({mode})"
        )
    };
    assert_eq!(broken(zone(""), words), [not_aligned("o.test", "relaxed")]);
    assert_eq!(
        broken(zone("; adkim=s"), words),
        [not_aligned("o.test", "strict"), not_aligned("m.d.example", "strict")]
    );
}
