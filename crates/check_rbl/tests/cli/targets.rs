//! Whom the lists are asked about.

use demo_host::dns::{Behaviour, RecordType, Zone};
use serde_json::Value;

use crate::support::{FOUR, entry, four, list, one, run};

/// Where the list says something about a second host.
const SECOND: &str = "8.196.31.192.l.example";

fn subjects(zone: &Zone, words: &str) -> Vec<String> {
    let said = run(zone, &format!("{words} -s l.example --output json"));
    let value: Value = serde_json::from_str(&said.stdout).unwrap();
    let targets = value["facts"]["targets"].as_array().unwrap();
    let of = |it: &Value| match it["of"].as_str() {
        Some(of) => format!("{} of {of}", it["subject"].as_str().unwrap()),
        None => it["subject"].as_str().unwrap().to_owned(),
    };
    targets.iter().map(of).collect()
}

#[test]
fn ok_all_addresses_of_a_name() {
    let zone = one()
        .a("mail.d.example", [192, 31, 196, 7])
        .a("mail.d.example", [192, 31, 196, 8])
        .aaaa("mail.d.example", [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 7]);
    let of = |words: &str| subjects(&zone, words);
    assert_eq!(
        of("-H mail.d.example"),
        [
            "192.31.196.7 of mail.d.example",
            "192.31.196.8 of mail.d.example",
            "2620:4f:8000::7 of mail.d.example"
        ]
    );
    assert_eq!(of("-H mail.d.example -6"), ["2620:4f:8000::7 of mail.d.example"]);
    assert_eq!(of("-H mail.d.example. -4").len(), 2);
    // Each once, by the first name.
    assert_eq!(of("-H 192.31.196.7 -H ::ffff:192.31.196.7 -H mail.d.example -4").len(), 2);
    let said = run(&zone, "-H mail.d.example -s l.example");
    said.says("OK - 3 targets are on none of 1 list", &[]);
}

#[test]
fn warning_the_worst_of_several_targets() {
    let zone = one()
        .a("mail.d.example", [192, 31, 196, 7])
        .a("mail.d.example", [192, 31, 196, 8])
        .a(SECOND, [127, 0, 0, 2]);
    let said = run(&zone, "-H mail.d.example -4 -s l.example");
    said.says(
        "WARNING - 192.31.196.8 of mail.d.example is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
    assert_eq!((said.metric("score"), said.metric("listed")), (Some("1"), Some("1")));
    let each = said.stdout.lines().next().unwrap();
    assert_eq!(each.matches("_score=").count(), 2, "{each}");
    assert_eq!(each.matches("_listed=").count(), 3, "{each}");
}

#[test]
fn ok_ipv6_is_asked_in_half_octets() {
    let nibbles = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.f.4.0.0.0.2.6.2.l.example";
    run(&one(), "-H 2620:4f:8000::7 -s l.example")
        .says("OK - 2620:4f:8000::7 is on none of 1 list", &[]);
    let said = run(&one().a(nibbles, [127, 0, 0, 2]), "-H [2620:4f:8000::7] -s l.example");
    said.says(
        "WARNING - 2620:4f:8000::7 is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn ok_domains_and_their_mail_exchangers() {
    let zone = one()
        .mx("d.example", 10, "mx1.d.example")
        .mx("d.example", 20, "mx2.d.example")
        .a("mx1.d.example", [192, 31, 196, 7])
        .a("mx2.d.example", [192, 31, 196, 8]);
    assert_eq!(subjects(&zone, "-d D.example"), ["D.example"]);
    assert_eq!(
        subjects(&zone, "-d d.example --mx"),
        ["d.example", "192.31.196.7 of mx1.d.example", "192.31.196.8 of mx2.d.example"]
    );
    // With lists of addresses alone, the domain itself is not asked about.
    let zone = list(zone, "psbl.surriel.com");
    let said = run(&zone, "-d d.example --mx -s psbl.surriel.com");
    said.says("OK - 2 targets are on none of 1 list", &[]);
    let said = run(&zone.a("d.example.l.example", [127, 0, 0, 2]), "-U d.example -s l.example");
    said.says(
        "WARNING - d.example is listed by l.example: answers 127.0.0.2",
        &["[WARNING] domain-listed"],
    );
}

#[test]
fn ok_the_senders_that_spf_names() {
    let zone = one()
        .txt("d.example", "v=spf1 ip4:192.31.196.7 ip4:192.175.48.0/30 include:i.example ~all")
        .txt("i.example", "v=spf1 ip4:192.31.196.0/24 -all");
    let of = "of the SPF of d.example";
    assert_eq!(
        subjects(&zone, "-d d.example --spf-senders"),
        [
            "d.example".to_owned(),
            format!("192.31.196.7 {of}"),
            format!("192.175.48.0 {of}"),
            format!("192.175.48.1 {of}"),
            format!("192.175.48.2 {of}"),
            format!("192.175.48.3 {of}"),
        ]
    );
    let said = run(&zone, "-d d.example --spf-senders -s l.example -v");
    assert_eq!(said.findings()[0], "[OK] network-too-large");
    said.shows(
        "[OK] network-too-large: d.example the SPF lets networks send that are too large to be looked \
         at: 192.31.196.0/24",
    );
}

#[test]
fn unknown_a_domain_without_spf_or_exchangers() {
    for (zone, words, finding, text) in [
        (
            one().txt("d.example", "x"),
            "--spf-senders",
            "[UNKNOWN] not-looked-at",
            "has no SPF record that can be read",
        ),
        (
            one().txt("d.example", "v=spf1 -all"),
            "--spf-senders",
            "[UNKNOWN] not-looked-at",
            "the SPF names no such address that may send",
        ),
        (
            one().mx("d.example", 0, "."),
            "--mx",
            "[UNKNOWN] not-looked-at",
            "takes no mail, so there is no mail exchanger to look for",
        ),
    ] {
        let said = run(&zone, &format!("-d d.example {words} -s psbl.surriel.com"));
        said.says(&format!("UNKNOWN - d.example {text}"), &[finding]);
    }
}

#[test]
fn unknown_addresses_of_the_wrong_family_are_none() {
    let zone = one()
        .mx("d.example", 10, "mx1.d.example")
        .aaaa("mx1.d.example", [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 7])
        .txt("d.example", "v=spf1 ip4:192.31.196.7 -all");
    for (words, text) in [
        ("--mx -4", "no mail exchanger has such an address"),
        ("--spf-senders -6", "the SPF names no such address that may send"),
    ] {
        let said = run(&zone, &format!("-d d.example {words} -s l.example"));
        said.says(&format!("UNKNOWN - d.example {text}"), &["[UNKNOWN] not-looked-at"]);
    }
    // A network that is too large is none to be looked at.
    let zone = one().txt("d.example", "v=spf1 ip4:192.31.196.0/24 -all");
    let said = run(&zone, "-d d.example --spf-senders -s psbl.surriel.com");
    said.says(
        "UNKNOWN - d.example the SPF names no such address that may send",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn unknown_a_host_with_very_many_addresses() {
    let zone = (1..=20).fold(one(), |zone, last| zone.a("mail.d.example", [192, 31, 196, last]));
    let said = run(&zone, "-H mail.d.example -s l.example");
    said.says(
        "UNKNOWN - mail.d.example 4 more addresses were not looked for",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn ok_several_targets_of_which_each_has_lists_that_fail() {
    let zone = four()
        .behave("7.196.31.192.a.example", Behaviour::ServFail)
        .behave("7.196.31.192.b.example", Behaviour::ServFail)
        .behave("8.196.31.192.c.example", Behaviour::ServFail)
        .behave("8.196.31.192.d.example", Behaviour::ServFail);
    let said = run(&zone, &format!("-H 192.31.196.7 -H 192.31.196.8 {FOUR}"));
    said.says("OK - 2 targets are on none of 2 lists or more each; no answer from 4", &[]);
    assert_eq!((said.metric("answered"), said.metric("score")), (Some("0"), Some("0")));
}

#[test]
fn critical_a_domain_or_host_that_is_not_there() {
    let said = run(&one(), "-d d.example --mx -s psbl.surriel.com");
    said.says("CRITICAL - d.example does not exist in the DNS", &["[CRITICAL] domain-not-found"]);
    let said = run(&one(), "-H mail.d.example -s l.example");
    said.says("CRITICAL - mail.d.example has no address", &["[CRITICAL] name-not-found"]);
    let zone = one().a("mail.d.example", [192, 31, 196, 7]);
    let said = run(&zone, "-H mail.d.example -6 -s l.example");
    said.says("CRITICAL - mail.d.example has no address", &["[CRITICAL] name-not-found"]);
}

#[test]
fn critical_the_dns_of_the_domain_fails() {
    let mx = |behaviour| one().behave_for("d.example", RecordType::Mx, behaviour);
    let words = "-d d.example --mx -s psbl.surriel.com";
    let said = run(&list(mx(Behaviour::ServFail), "psbl.surriel.com"), words);
    said.says(
        "CRITICAL - d.example MX is not known: SERVFAIL from DNS",
        &["[CRITICAL] mx-dns-failed"],
    );
    let said = run(&mx(Behaviour::ServFail), &format!("{words} --unreachable-state warning"));
    said.ends_as("WARNING");
    let bogus = mx(Behaviour::Bogus);
    let said = run(&bogus, words);
    assert_eq!(said.findings(), ["[CRITICAL] dnssec-bogus"]);
    let zone = one().behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    let said = run(&zone, "-d d.example --spf-senders -s psbl.surriel.com");
    said.says(
        "WARNING - d.example SPF is not known: SERVFAIL from DNS",
        &["[WARNING] spf-dns-failed"],
    );
    // Addresses that are not wanted need not be known.
    let zone = one()
        .mx("d.example", 10, "mx1.d.example")
        .a("mx1.d.example", [192, 31, 196, 7])
        .behave_for("mx1.d.example", RecordType::Aaaa, Behaviour::ServFail);
    run(&zone, "-d d.example --mx -4 -s l.example").ends_as("OK");
    // The other exchanger was looked for.
    let zone = one()
        .mx("d.example", 10, "mx1.d.example")
        .mx("d.example", 20, "mx2.d.example")
        .a("mx1.d.example", [192, 31, 196, 7])
        .behave("mx2.d.example", Behaviour::ServFail);
    let said = run(&zone, "-d d.example --mx -s l.example");
    said.says(
        "WARNING - d.example the address of MX mx2.d.example is not known: SERVFAIL from DNS",
        &["[WARNING] mx-dns-failed"],
    );
}

#[test]
fn unknown_addresses_that_no_list_can_know() {
    for (address, what) in [
        ("10.1.2.3", "private"),
        ("127.0.1.1", "loopback"),
        ("192.0.2.25", "documentation"),
        ("fe80::1", "link-local"),
    ] {
        let said = run(&one(), &format!("-H {address} -s l.example"));
        said.says(
            &format!(
                "UNKNOWN - {address} is not public ({what}): no list can say anything about it"
            ),
            &["[UNKNOWN] address-not-public"],
        );
    }
    // The system says so of its own name on many machines.
    let zone = one().a("mail.d.example", [127, 0, 1, 1]).a("mail.d.example", [192, 31, 196, 7]);
    let said = run(&zone, "-H mail.d.example -4 -s l.example");
    said.says(
        "UNKNOWN - 127.0.1.1 of mail.d.example is not public (loopback): no list can say anything \
         about it",
        &["[UNKNOWN] address-not-public"],
    );
}

#[test]
fn warning_the_test_entry_lets_an_operator_hear_the_alarm() {
    run(&one(), "-H 127.0.0.2 -s l.example").says(
        "WARNING - 127.0.0.2 is listed by l.example: answers 127.0.0.2",
        &["[WARNING] address-listed"],
    );
}

#[test]
fn unknown_a_kind_that_no_list_knows() {
    let zone = list(Zone::new(), "psbl.surriel.com")
        .a("mail.d.example", [192, 31, 196, 7])
        .aaaa("mail.d.example", [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 7])
        .a(&entry("psbl.surriel.com"), [127, 0, 0, 3]);
    let said = run(&zone, "-H mail.d.example -s psbl.surriel.com -6");
    assert_eq!(said.findings(), ["[UNKNOWN] not-looked-at", "[UNKNOWN] answers-too-few"]);
}
