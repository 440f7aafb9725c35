//! Whether the name servers agree: `--consistency`. They are asked at port 53, which only root can
//! listen at.

use std::net::Ipv4Addr;

use demo_host::dns::{Behaviour, RecordData, RecordType, Zone};
use mailhost_tests::{Authority, Run};

use crate::support::{ED25519, PROGRAM, RSA_2048, check, well};

/// A name server of `d.example`, where this machine lets it be one.
fn authority(zone: &Zone) -> Option<Authority> {
    Authority::start(zone, "dkim_dmarc/consistency")
}

fn soa(zone: Zone, name: &str, serial: u32) -> Zone {
    let data = RecordData::Soa {
        primary: "ns1.d.example".into(),
        contact: "hostmaster.d.example".into(),
        serial,
        minimum: 60,
    };
    zone.record(name, data)
}

/// What the domain's own servers say.
fn own(serial: u32) -> Zone {
    soa(well(), "d.example", serial)
}

/// What a resolver says of the domain whose servers have these addresses.
fn resolved(servers: &[Ipv4Addr]) -> Zone {
    let zone = well()
        .record("d.example", RecordData::Ns("ns1.d.example".into()))
        .record("d.example", RecordData::Ns("ns2.d.example".into()));
    let both = ["ns1.d.example", "ns2.d.example"].into_iter().zip(servers);
    both.fold(zone, |zone, (name, address)| zone.a(name, *address))
}

/// Runs the program with a resolver that knows the servers.
fn compare(servers: &[Ipv4Addr], words: &str) -> Run {
    PROGRAM.compare(&resolved(servers), servers, words)
}

#[test]
fn ok_all_say_the_same() {
    let (Some(first), Some(second)) = (authority(&own(7)), authority(&own(7))) else {
        return;
    };
    let said = compare(&[first.address, second.address], "-v --selector s1 --selector s2");
    said.ends_as("OK");
    for what in ["DMARC", "selector s1", "selector s2"] {
        said.shows(&format!("[OK] agreement: 2 name servers say the same of {what}"));
    }
    let said = compare(&[first.address, second.address], "-v --only dkim --selector s1");
    assert!(!said.stdout.contains("say the same of DMARC"), "{}", said.stdout);
    said.shows("[OK] agreement: 2 name servers say the same of selector s1");
}

#[test]
fn unknown_no_server_is_known() {
    check(&well(), "--only dmarc --consistency")
        .finds("[UNKNOWN] not-looked-at: no name server is known for DMARC, so none was asked");
    check(&well(), "--only dkim --selector s1 --consistency").finds(
        "[UNKNOWN] not-looked-at: no name server is known for selector s1, so none was asked",
    );
}

/// That no name server is known would not be true.
#[test]
fn unknown_there_is_nothing_to_compare() {
    let (Some(first), Some(second)) = (authority(&own(7)), authority(&own(7))) else {
        return;
    };
    for words in ["--only dkim --guess", "--only dkim --retired old --guess"] {
        compare(&[first.address, second.address], words).finds(
            "[UNKNOWN] not-looked-at: there is nothing for the name servers to agree on: no selector was \
             named",
        );
    }
}

#[test]
fn warning_they_differ() {
    let other = soa(Zone::new(), "d.example", 6)
        .txt("_dmarc.d.example", "v=DMARC1; p=none")
        .txt("s1._domainkey.d.example", "v=DKIM1; p=");
    let (Some(first), Some(second)) = (authority(&own(7)), authority(&other)) else {
        return;
    };
    let said = compare(&[first.address, second.address], "-v --selector s1 --selector s2");
    said.shows(
        "[WARNING] servers-differ: name servers differ on DMARC: ns2.d.example (second) says v=DMARC1; \
         p=none; ns1.d.example (first) says v=DMARC1; p=reject; rua=mailto:dmarc@d.example",
    );
    said.shows(&format!(
        "[WARNING] servers-differ: name servers differ on selector s1: ns1.d.example (first) says \
         v=DKIM1; k=rsa; p={}; ns2.d.example (second) says v=DKIM1; p=",
        RSA_2048.published()
    ));
    said.shows(&format!(
        "[WARNING] servers-differ: name servers differ on selector s2: ns2.d.example (second) says \
         nothing; ns1.d.example (first) says v=DKIM1; k=ed25519; p={}",
        ED25519.published()
    ));
    assert_eq!(said.findings()[..3], ["[WARNING] servers-differ"; 3], "{}", said.stdout);
    assert!(said.findings().contains(&"[OK] serials-differ"), "{}", said.stdout);
    said.shows(
        "[OK] serials-differ: serial numbers differ: 6 at ns2.d.example (second), 7 at ns1.d.example \
         (first)",
    );
    said.ends_as("WARNING");
}

#[test]
fn warning_one_does_not_serve_the_zone() {
    for (zone, why) in [
        (own(7).behave("d.example", Behaviour::Refused), "REFUSED from second:53"),
        (own(7).behave("d.example", Behaviour::ServFail), "SERVFAIL from second:53"),
        (own(7).behave("d.example", Behaviour::Silence), "no answer from second:53 in time"),
        (well(), "it does not hold the zone (lame)"),
    ] {
        let (Some(first), Some(second)) = (authority(&own(7)), authority(&zone)) else {
            return;
        };
        let said = compare(&[first.address, second.address], "-t 2 --only dmarc");
        assert_eq!(said.findings(), ["[WARNING] server-lame"], "{}", said.stdout);
        said.shows(&format!("[WARNING] server-lame: name server ns2.d.example (second): {why}"));
        said.ends_as("WARNING");
    }
    let Some(first) = authority(&own(7)) else { return };
    compare(&[first.address], "")
        .finds("[WARNING] server-lame: name server ns2.d.example: it has no address");
}

#[test]
fn warning_one_fails_at_one_selector() {
    let bad = own(7).behave_for("s1._domainkey.d.example", RecordType::Txt, Behaviour::ServFail);
    let (Some(first), Some(second)) = (authority(&own(7)), authority(&bad)) else {
        return;
    };
    compare(&[first.address, second.address], "--selector s1").finds(
        "[WARNING] server-lame: name server ns2.d.example (second) on selector s1: SERVFAIL from \
         second:53",
    );
}

#[test]
fn ok_an_alias_out_of_the_zone_is_an_answer() {
    let alias = |zone: Zone| zone.cname("k._domainkey.d.example", "d.keys.service.example");
    let zone = alias(own(7));
    let (Some(first), Some(second)) = (authority(&zone), authority(&zone)) else {
        return;
    };
    let servers = [first.address, second.address];
    let known = alias(resolved(&servers))
        .txt("d.keys.service.example", format!("v=DKIM1; p={}", RSA_2048.published()));
    let said = PROGRAM.compare(&known, &servers, "--selector k -v");
    said.shows("[OK] agreement: 2 name servers say the same of selector k");
    said.ends_as("OK");
}

#[test]
fn warning_servers_of_another_zone_differ() {
    let sub = |zone: Zone, record: &str| {
        soa(zone, "mail.d.example", 3).txt("k._domainkey.mail.d.example", record)
    };
    let good = format!("v=DKIM1; p={}", RSA_2048.published());
    let (Some(first), Some(second)) =
        (authority(&sub(own(7), &good)), authority(&sub(own(7), "v=DKIM1; p=")))
    else {
        return;
    };
    let servers = [first.address, second.address];
    let known = resolved(&servers)
        .record("mail.d.example", RecordData::Ns("ns1.d.example".into()))
        .record("mail.d.example", RecordData::Ns("ns2.d.example".into()))
        .txt("k._domainkey.mail.d.example", &good);
    let said = PROGRAM.compare(&known, &servers, "--selector k@mail.d.example");
    said.finds(&format!(
        "[WARNING] servers-differ: name servers differ on selector k@mail.d.example: ns2.d.example \
         (second) says v=DKIM1; p=; ns1.d.example (first) says {good}"
    ));
}

/// Servers that could not be asked are said to be so, beside others that agree.
#[test]
fn unknown_no_server_of_one_zone_is_known() {
    let (Some(first), Some(second)) = (authority(&own(7)), authority(&own(7))) else {
        return;
    };
    let servers = [first.address, second.address];
    let known = resolved(&servers)
        .txt("k._domainkey.service.example", format!("v=DKIM1; p={}", RSA_2048.published()));
    let said = PROGRAM.compare(
        &known,
        &servers,
        "--selector s1 --selector k@service.example --ignore dkim-not-aligned",
    );
    said.finds(
        "[UNKNOWN] not-looked-at: no name server is known for selector k@service.example, so none was \
         asked",
    );
}
