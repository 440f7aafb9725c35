//! A DNS that does not answer, or not as it should: never "no record".

use demo_host::dns::{Behaviour, DnsServer, RecordType, Zone};
use demo_host::ports::refused_port;

use crate::support::{ask, audit, bare, check, hosts, run, spf, well};

#[test]
fn critical_mx_fails_and_spf_is_there() {
    for (behaviour, line) in [
        (Behaviour::ServFail, "[CRITICAL] mx-dns-failed: MX is not known: SERVFAIL from DNS"),
        (Behaviour::Refused, "[CRITICAL] mx-dns-failed: MX is not known: REFUSED from DNS"),
        (
            Behaviour::Referral,
            "[CRITICAL] mx-dns-failed: MX is not known: only a referral from DNS, which looks nothing \
             up for us",
        ),
        (
            Behaviour::Garbage,
            "[CRITICAL] mx-dns-failed: MX is not known: no usable answer from DNS",
        ),
        (
            Behaviour::Silence,
            "[CRITICAL] mx-dns-failed: MX is not known: no answer from DNS in time",
        ),
        (
            Behaviour::Bogus,
            "[CRITICAL] dnssec-bogus: MX is not known: SERVFAIL from DNS, because DNSSEC validation \
             fails (DNSSEC bogus)",
        ),
    ] {
        let zone = well().behave_for("d.example", RecordType::Mx, behaviour);
        check(&zone, "--only mx -t 3").finds(line);
    }
}

#[test]
fn critical_unless_the_operator_says_otherwise() {
    let failing = well().behave_for("d.example", RecordType::Mx, Behaviour::ServFail);
    let said = check(&failing, "--only mx --unreachable-state warning");
    said.finds("[WARNING] mx-dns-failed: MX is not known: SERVFAIL from DNS");
    let silent = well().behave_for("d.example", RecordType::Mx, Behaviour::Silence);
    let said = check(&silent, "--only mx -t 3:unknown");
    said.finds("[UNKNOWN] mx-dns-failed: MX is not known: no answer from DNS in time");
}

#[test]
fn warning_spf_fails_and_mx_is_there() {
    for (behaviour, line) in [
        (Behaviour::ServFail, "[WARNING] spf-dns-failed: SPF is not known: SERVFAIL from DNS"),
        (
            Behaviour::Silence,
            "[WARNING] spf-dns-failed: SPF is not known: no answer from DNS in time",
        ),
        (
            Behaviour::Bogus,
            "[WARNING] dnssec-bogus: SPF is not known: SERVFAIL from DNS, because DNSSEC validation \
             fails (DNSSEC bogus)",
        ),
    ] {
        let zone = well().behave_for("d.example", RecordType::Txt, behaviour);
        let said = check(&zone, "-t 3");
        said.finds(line);
        assert_eq!((said.metric("mx_hosts"), said.metric("lookups")), (Some("2"), None));
    }
}

#[test]
fn warning_a_part_of_the_policy_is_not_known() {
    let record = "v=spf1 include:i.example a:h.example mx:m.example exists:e.example -all";
    let zone = spf(record)
        .behave("i.example", Behaviour::ServFail)
        .behave_for("h.example", RecordType::Aaaa, Behaviour::ServFail)
        .a("h.example", [5, 1, 2, 3])
        .behave("m.example", Behaviour::Refused)
        .behave("e.example", Behaviour::ServFail);
    let said = audit(&zone, "");
    said.says(
        "WARNING - d.example a:h.example of d.example: SERVFAIL from DNS (+3 more)",
        &["[WARNING] spf-dns-failed"; 4],
    );
    said.shows("[WARNING] spf-dns-failed: SPF of i.example is not known: SERVFAIL from DNS");
    said.shows("[WARNING] spf-dns-failed: mx:m.example of d.example: REFUSED from DNS");
    // A part of a policy says nothing about the whole.
    assert_eq!((said.metric("lookups"), said.metric("void_lookups")), (None, None));
}

#[test]
fn critical_what_is_known_beside_a_failure_counts() {
    let zone = spf("v=spf1 a:h.example/0 -all").a("h.example", [5, 1, 2, 3]).behave_for(
        "h.example",
        RecordType::Aaaa,
        Behaviour::ServFail,
    );
    audit(&zone, "").says(
        "CRITICAL - d.example SPF lets everybody send: a:h.example/0 of d.example (+1 more)",
        &["[CRITICAL] spf-allows-all", "[WARNING] spf-dns-failed"],
    );
    let mut many = hosts(spf("v=spf1 mx:m.example -all"));
    for preference in 0..11 {
        many = many.mx("m.example", preference, "mx1.d.example");
    }
    let many = many.behave_for("mx1.d.example", RecordType::Aaaa, Behaviour::ServFail);
    assert_eq!(
        audit(&many, "").findings(),
        ["[CRITICAL] spf-mx-limit", "[WARNING] spf-dns-failed"]
    );
}

#[test]
fn ok_what_is_ignored_does_not_become_nothing() {
    let zone = Zone::new().behave("d.example", Behaviour::ServFail).a("x.example", [5, 1, 2, 3]);
    check(&zone, "--ignore mx-dns-failed --ignore spf-dns-failed")
        .says("OK - d.example MX is not known, SPF is not known (2 ignored)", &[]);
}

#[test]
fn warning_one_host_is_not_known() {
    let zone = well().behave("mx1.d.example", Behaviour::ServFail);
    check(&zone, "--only mx").finds(
        "[WARNING] mx-dns-failed: the address of MX mx1.d.example is not known: SERVFAIL from DNS",
    );
    let both = zone.behave("mx2.d.example", Behaviour::ServFail);
    check(&both, "--only mx").says(
        "CRITICAL - d.example the address of MX mx1.d.example is not known: SERVFAIL from DNS (+1 more)",
        &["[CRITICAL] mx-dns-failed", "[CRITICAL] mx-dns-failed"],
    );
    let ptr = hosts(Zone::new())
        .mx("d.example", 10, "mx1.d.example")
        .behave("25.196.31.192.in-addr.arpa", Behaviour::ServFail);
    check(&ptr, "--only mx").finds(
        "[WARNING] mx-dns-failed: the name of address 192.31.196.25 of mx1.d.example is not known: \
         SERVFAIL from DNS",
    );
}

#[test]
fn unknown_our_resolver_fails_at_everything() {
    let closed = refused_port().unwrap();
    let said = bare(&format!("-d d.example --nameserver 127.0.0.1:{}", closed.port()));
    said.says(
        &format!(
            "UNKNOWN - d.example MX is not known: no way to an answer from 127.0.0.1:{} (connection \
             refused)",
            closed.port()
        ),
        &["[UNKNOWN] resolver-failed"],
    );
    for behaviour in [Behaviour::ServFail, Behaviour::Refused, Behaviour::Silence] {
        let zone = Zone::new().behave("*", behaviour.clone()).behave(".", behaviour);
        let said = run(&zone, "-d d.example -t 3");
        assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"], "{}", said.stdout);
        said.ends_as("UNKNOWN");
        let words = "--ip 192.0.2.1 --sender a@d.example -t 3 --expect-result temperror";
        let said = run(&zone, words);
        assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"], "{}", said.stdout);
    }
}

#[test]
fn ok_one_name_server_of_two_is_dead() {
    let good = DnsServer::start(&well()).unwrap();
    for behaviour in
        [Behaviour::Silence, Behaviour::ServFail, Behaviour::Refused, Behaviour::Garbage]
    {
        let bad = DnsServer::start(&Zone::new().behave("*", behaviour)).unwrap();
        for (first, second) in [(&bad, &good), (&good, &bad)] {
            let words = format!("-d d.example --nameserver {}", first.address());
            ask(second, &words)
                .says("OK - d.example 2 MX hosts, SPF ends in -all with 1 of 10 look-ups", &[]);
        }
    }
}
