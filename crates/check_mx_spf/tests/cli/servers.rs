//! Whether the domain's name servers agree: `--consistency`. They are asked at port 53, which only
//! root can listen at.

use std::net::Ipv4Addr;

use demo_host::dns::{Behaviour, DnsServer, RecordData, RecordType, Zone};
use mailhost_tests::{Authority, Run};

use crate::support::{PROGRAM, ask, check, hosts, with_mx};

/// A name server of `d.example`, where this machine lets it be one.
fn authority(zone: &Zone) -> Option<Authority> {
    Authority::start(zone, "mx_spf/consistency")
}

/// What the domain's own servers say.
fn own(serial: u32, record: &str, exchanger: &str) -> Zone {
    let soa = RecordData::Soa {
        primary: "ns1.d.example".into(),
        contact: "hostmaster.d.example".into(),
        serial,
        minimum: 60,
    };
    Zone::new()
        .record("d.example", soa)
        .mx("d.example", 10, exchanger)
        .mx("d.example", 20, "mx2.d.example")
        .txt("d.example", "something else")
        .txt("d.example", record)
}

/// What a resolver says of the domain whose servers have these addresses.
fn resolved(servers: &[Ipv4Addr]) -> Zone {
    let zone = with_mx(Zone::new()).txt("d.example", "v=spf1 mx -all");
    let both = ["ns1.d.example", "ns2.d.example"].into_iter().zip(servers);
    both.fold(zone, |zone, (name, address)| zone.a(name, *address))
}

/// Runs the program with a resolver that knows the servers.
fn compare(servers: &[Ipv4Addr], words: &str) -> Run {
    PROGRAM.compare(&resolved(servers), servers, words)
}

const RECORD: &str = "v=spf1 mx -all";

#[test]
fn ok_all_say_the_same() {
    let zone = own(7, RECORD, "mx1.d.example");
    let (Some(first), Some(second)) = (authority(&zone), authority(&zone)) else {
        return;
    };
    let said = compare(&[first.address, second.address], "-v");
    said.ends_as("OK");
    said.shows("[OK] agreement: 2 name servers say the same of MX");
    said.shows("[OK] agreement: 2 name servers say the same of SPF");
}

#[test]
fn unknown_no_server_is_known() {
    let zone = Zone::new().txt("d.example", "v=spf1 -all");
    check(&zone, "--only spf --consistency")
        .finds("[UNKNOWN] not-looked-at: no name server of the domain is known, so none was asked");
}

#[test]
fn ok_an_alias_out_of_the_zone_is_an_answer() {
    let soa = RecordData::Soa {
        primary: "ns1.d.example".into(),
        contact: "hostmaster.d.example".into(),
        serial: 7,
        minimum: 60,
    };
    let alias = RecordData::Cname("www.example.net".into());
    let zone = Zone::new().record("d.example", soa).record("www.d.example", alias.clone());
    let (Some(first), Some(second)) = (authority(&zone), authority(&zone)) else {
        return;
    };
    let known = resolved(&[first.address, second.address]).record("www.d.example", alias);
    let resolver = DnsServer::start(&known.txt("www.example.net", "v=spf1 -all")).unwrap();
    let said = ask(&resolver, "-d www.d.example --only spf --consistency -v");
    said.shows("[OK] agreement: 2 name servers say the same of SPF");
    said.ends_as("OK");
}

#[test]
fn warning_they_differ() {
    let (Some(first), Some(second)) = (
        authority(&own(7, RECORD, "mx1.d.example")),
        authority(&own(6, "v=spf1 ~all", "old.d.example")),
    ) else {
        return;
    };
    let said = compare(&[first.address, second.address], "-v");
    said.shows(
        "[WARNING] servers-differ: name servers differ on MX: ns1.d.example (first) says 10 \
         mx1.d.example, 20 mx2.d.example; ns2.d.example (second) says 10 old.d.example, 20 \
         mx2.d.example",
    );
    said.shows(
        "[WARNING] servers-differ: name servers differ on SPF: ns1.d.example (first) says v=spf1 mx \
         -all; ns2.d.example (second) says v=spf1 ~all",
    );
    said.shows(
        "[OK] serials-differ: serial numbers differ: 6 at ns2.d.example (second), 7 at ns1.d.example \
         (first)",
    );
    assert!(said.findings().starts_with(&["[WARNING] servers-differ", "[WARNING] servers-differ"]));
    assert!(said.findings().contains(&"[OK] serials-differ"));
    said.ends_as("WARNING");
}

#[test]
fn warning_one_does_not_serve_the_zone() {
    let good = own(7, RECORD, "mx1.d.example");
    for (zone, why) in [
        (good.clone().behave("d.example", Behaviour::Refused), "REFUSED from second:53"),
        (good.clone().behave("d.example", Behaviour::ServFail), "SERVFAIL from second:53"),
        (good.clone().behave("d.example", Behaviour::Silence), "no answer from second:53 in time"),
        (hosts(Zone::new()), "it does not hold the zone (lame)"),
    ] {
        let (Some(first), Some(second)) = (authority(&good), authority(&zone)) else {
            return;
        };
        let said = compare(&[first.address, second.address], "-t 2");
        let line = format!("[WARNING] server-lame: name server ns2.d.example (second): {why}");
        assert_eq!(said.findings()[0], "[WARNING] server-lame", "{}", said.stdout);
        said.shows(&line);
        said.ends_as("WARNING");
    }
    let Some(first) = authority(&good) else { return };
    compare(&[first.address], "")
        .finds("[WARNING] server-lame: name server ns2.d.example: it has no address");
}

#[test]
fn warning_one_fails_at_one_kind_of_record() {
    let good = own(7, RECORD, "mx1.d.example");
    let bad = good.clone().behave_for("d.example", RecordType::Txt, Behaviour::ServFail);
    let (Some(first), Some(second)) = (authority(&good), authority(&bad)) else {
        return;
    };
    compare(&[first.address, second.address], "").finds(
        "[WARNING] server-lame: name server ns2.d.example (second) on SPF: SERVFAIL from second:53",
    );
}
