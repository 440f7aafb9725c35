//! The way up from a domain to the record that counts, and a DNS that does not say what is on it.

use demo_host::dns::{Behaviour, DnsServer, RecordType, Zone};

use crate::support::{ask, dmarc, record, run};

const RUA: &str = "rua=mailto:a@d.example";

/// A record with `p=reject`, reports and this in the end.
fn with(rest: &str) -> Zone {
    record(&format!("v=DMARC1; p=reject; {RUA}; {rest}"))
}

#[test]
fn ok_the_way_up_is_shown() {
    let zone = with("").txt("x.d.example", "v=spf1 mx -all");
    let said = run(&zone, "-d x.d.example --only dmarc -vv");
    said.shows("  _dmarc.x.d.example: no record");
    said.shows(&format!("  _dmarc.d.example: v=DMARC1; p=reject; {RUA};"));
    said.shows("  _dmarc.example: no record");
    said.ends_as("OK");
}

/// RFC 9989 section 4.10: at most eight questions.
#[test]
fn ok_a_name_of_many_labels() {
    for (name, asked) in [
        ("a.d.example", vec!["a.d.example", "d.example", "example"]),
        (
            "g.f.e.c.b.a.d.example",
            vec![
                "g.f.e.c.b.a.d.example",
                "f.e.c.b.a.d.example",
                "e.c.b.a.d.example",
                "c.b.a.d.example",
                "b.a.d.example",
                "a.d.example",
                "d.example",
                "example",
            ],
        ),
        (
            "j.i.h.g.f.e.c.b.a.d.example",
            vec![
                "j.i.h.g.f.e.c.b.a.d.example",
                "f.e.c.b.a.d.example",
                "e.c.b.a.d.example",
                "c.b.a.d.example",
                "b.a.d.example",
                "a.d.example",
                "d.example",
                "example",
            ],
        ),
    ] {
        let zone = with("").txt(name, "v=spf1 mx -all");
        // What is skipped is not heeded either.
        let skipped = zone.txt("_dmarc.i.h.g.f.e.c.b.a.d.example", "v=DMARC1; p=none; psd=n");
        let server = DnsServer::start(&skipped).unwrap();
        let said = ask(&server, &format!("-d {name} --only dmarc"));
        assert_eq!(said.verdict(), format!("OK - {name} DMARC reject by d.example"));
        assert_eq!(said.metric("policy"), Some("2"));
        let mut names: Vec<String> = server
            .queries()
            .into_iter()
            .filter(|query| query.kind == RecordType::Txt)
            .filter_map(|query| query.name.strip_prefix("_dmarc.").map(ToOwned::to_owned))
            .filter(|it| *it != format!("{name}.{name}"))
            .collect();
        names.sort();
        names.dedup();
        let mut asked: Vec<String> = asked.into_iter().map(ToOwned::to_owned).collect();
        asked.sort();
        assert_eq!(names, asked);
    }
}

#[test]
fn warning_the_dns_does_not_say_it_and_that_is_not_no_record() {
    for (behaviour, line) in [
        (
            Behaviour::ServFail,
            "[WARNING] dmarc-dns-failed: DMARC record is not known: SERVFAIL from DNS",
        ),
        (
            Behaviour::Refused,
            "[WARNING] dmarc-dns-failed: DMARC record is not known: REFUSED from DNS",
        ),
        (
            Behaviour::Garbage,
            "[WARNING] dmarc-dns-failed: DMARC record is not known: no usable answer from DNS",
        ),
        (
            Behaviour::Referral,
            "[WARNING] dmarc-dns-failed: DMARC record is not known: only a referral from DNS, which \
             looks nothing up for us",
        ),
        (
            Behaviour::Silence,
            "[WARNING] dmarc-dns-failed: DMARC record is not known: no answer from DNS in time",
        ),
        (
            Behaviour::Bogus,
            "[WARNING] dnssec-bogus: DMARC record is not known: SERVFAIL from DNS, because DNSSEC \
             validation fails (DNSSEC bogus)",
        ),
    ] {
        let zone = with("").behave("_dmarc.d.example", behaviour);
        let said = dmarc(&zone, "-t 3");
        said.finds(line);
        assert_eq!(said.metric("policy"), None);
    }
}

#[test]
fn critical_a_failure_where_the_operator_says_so() {
    let failing = with("").behave("_dmarc.d.example", Behaviour::ServFail);
    dmarc(&failing, "--unreachable-state critical")
        .finds("[CRITICAL] dmarc-dns-failed: DMARC record is not known: SERVFAIL from DNS");
}

#[test]
fn unknown_silence_where_the_operator_says_so() {
    let silent = with("").behave("_dmarc.d.example", Behaviour::Silence);
    dmarc(&silent, "-t 3:unknown")
        .finds("[UNKNOWN] dmarc-dns-failed: DMARC record is not known: no answer from DNS in time");
}

#[test]
fn ok_a_failure_that_is_ignored() {
    let failing = with("").behave("_dmarc.d.example", Behaviour::ServFail);
    dmarc(&failing, "--ignore dmarc-dns-failed")
        .says("OK - d.example DMARC is not known (1 ignored)", &[]);
}

#[test]
fn warning_what_is_asked_for_beside_a_failure_is_not_known() {
    let failing = with("").behave("_dmarc.d.example", Behaviour::ServFail);
    for words in
        ["--require-policy reject", "--expect-record v=DMARC1;_p=reject", "--parked", "--bimi"]
    {
        let said = dmarc(&failing, words);
        said.shows("[WARNING] dmarc-dns-failed: DMARC record is not known: SERVFAIL from DNS");
        said.ends_as("WARNING");
        assert!(!said.stdout.contains("dmarc-missing"), "{}", said.stdout);
    }
}

#[test]
fn warning_a_failure_in_the_middle_of_the_way_up() {
    let zone = with("").txt("a.b.d.example", "v=spf1 mx -all");
    let failing = zone.clone().behave("_dmarc.b.d.example", Behaviour::ServFail);
    let said = run(&failing, "-d a.b.d.example --only dmarc");
    said.finds(
        "[WARNING] dmarc-dns-failed: whether b.d.example has a DMARC record that counts is not known: \
         SERVFAIL from DNS",
    );
    assert_eq!(said.metric("policy"), None);
    // Above the end of the walk nothing matters.
    let ended = with("psd=n").txt("x.d.example", "v=spf1 mx -all");
    let said =
        run(&ended.behave("_dmarc.example", Behaviour::ServFail), "-d x.d.example --only dmarc");
    said.says("OK - x.d.example DMARC reject by d.example", &[]);
    // Its own policy is known, whatever is above.
    let own = zone
        .mx("a.b.d.example", 10, "mx.d.example")
        .txt("_dmarc.a.b.d.example", "v=DMARC1; p=quarantine; rua=mailto:a@a.b.d.example")
        .behave("_dmarc.b.d.example", Behaviour::ServFail);
    let said = run(&own, "-d a.b.d.example --only dmarc");
    assert_eq!(said.metric("policy"), Some("1"));
    assert_eq!(said.findings(), ["[WARNING] dmarc-dns-failed"], "{}", said.stdout);
}

#[test]
fn warning_the_domains_own_texts_fail_and_its_record_is_there() {
    let zone = with("").behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    let said = dmarc(&zone, "");
    // Nothing was asked that it would tell.
    said.says("OK - d.example DMARC p=reject", &[]);
    assert_eq!(said.metric("policy"), Some("2"));
}
