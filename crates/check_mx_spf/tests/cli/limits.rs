//! The processing limits of RFC 7208 section 4.6.4, and what makes an evaluation fail.

use std::fmt::Write as _;

use demo_host::dns::{RecordData, Zone};

use crate::support::{audit, hosts, run, spf};

/// A record with this many terms that need the DNS.
fn needing(terms: u8) -> Zone {
    let mut record = "v=spf1".to_owned();
    for at in 0..terms {
        write!(record, " a:h{at}.example").unwrap();
    }
    let mut zone = spf(&format!("{record} -all"));
    for at in 0..terms {
        let host = format!("h{at}.example");
        zone = zone.a(&host, [5, 1, 2, at]).aaaa(&host, [0x2a00, 0, 0, 0, 0, 0, 0, at.into()]);
    }
    zone
}

#[test]
fn warning_and_critical_by_the_number_of_look_ups() {
    audit(&needing(9), "").ends_as("OK");
    audit(&needing(10), "")
        .finds("[WARNING] spf-lookups: SPF needs 10 look-ups, of at most 10 (warning range 9)");
    audit(&needing(11), "")
        .finds("[CRITICAL] spf-lookups: SPF needs 11 look-ups, of at most 10 (critical range 10)");
    let said = audit(&needing(5), "-w 4 -c 7");
    said.finds("[WARNING] spf-lookups: SPF needs 5 look-ups, of at most 10 (warning range 4)");
    assert!(said.stdout.contains("lookups=5;4;7;0 "), "{}", said.stdout);
}

#[test]
fn ok_what_is_behind_all_costs_nothing() {
    let said = audit(&spf("v=spf1 -all a:h.example"), "--ignore spf-after-all");
    assert_eq!(said.metric("lookups"), Some("0"));
}

#[test]
fn warning_terms_that_lead_to_nothing() {
    audit(&spf("v=spf1 a:x.example -all"), "").finds(
        "[WARNING] spf-voids: SPF: 1 term leads to nothing in the DNS: a:x.example of d.example",
    );
    let said = audit(&spf("v=spf1 a:x.example mx:y.example exists:z.example -all"), "");
    said.finds(
        "[CRITICAL] spf-voids: SPF: 3 terms lead to nothing in the DNS: a:x.example of d.example, \
         mx:y.example of d.example, exists:z.example of d.example",
    );
    assert_eq!(said.metric("void_lookups"), Some("3"));
    // IPv6 alone is something, and so is IPv4 alone: each counts once.
    let one = spf("v=spf1 a:x.example a:y.example -all")
        .aaaa("x.example", [0x2a00, 0, 0, 0, 0, 0, 0, 1])
        .a("y.example", [5, 1, 2, 3]);
    let said = audit(&one, "");
    said.ends_as("OK");
    assert_eq!(said.metric("void_lookups"), Some("0"));
    let mut long = spf(&format!("v=spf1 a:{}.example -all", "a".repeat(64)));
    long = long.a("other.example", [5, 1, 2, 3]);
    audit(&long, "").finds(&format!(
        "[WARNING] spf-bad-name: SPF a:{}.example of d.example is no valid name, so it never matches",
        "a".repeat(64)
    ));
}

#[test]
fn warning_terms_that_are_void_for_one_family() {
    let record = "v=spf1 a:x.example a:y.example a:z.example -all";
    let ipv4 = ["x.example", "y.example", "z.example"];
    let zone = ipv4.iter().fold(spf(record), |zone, host| zone.a(host, [5, 1, 2, 3]));
    audit(&zone, "").finds(
        "[WARNING] spf-voids: SPF: 3 terms have no IPv6 address, and an IPv6 client may meet 2 at most: \
         a:x.example of d.example, a:y.example of d.example, a:z.example of d.example",
    );
    let said = run(&zone, "--ip 2a00::1 --sender a@d.example");
    assert!(said.verdict().contains("more than 2 terms lead to nothing"), "{}", said.stdout);
    run(&zone, "--ip 5.1.2.3 --sender a@d.example").ends_as("OK");
    let mixed = spf("v=spf1 a:gone.example a:x.example a:y.example -all")
        .a("x.example", [5, 1, 2, 3])
        .a("y.example", [5, 1, 2, 4]);
    audit(&mixed, "").says(
        "WARNING - d.example SPF: 1 term leads to nothing in the DNS: a:gone.example of d.example (+1 more)",
        &["[WARNING] spf-voids", "[WARNING] spf-voids"],
    );
}

#[test]
fn critical_records_that_lead_back() {
    let include = spf("v=spf1 include:i.example -all").txt("i.example", "v=spf1 include:D.example");
    audit(&include, "")
        .finds("[CRITICAL] spf-loop: SPF leads round in a circle: d.example, i.example, D.example");
    let redirect = spf("v=spf1 redirect=d.example");
    audit(&redirect, "")
        .finds("[CRITICAL] spf-loop: SPF leads round in a circle: d.example, d.example");
}

#[test]
fn critical_records_that_are_not_there() {
    let gone = "v=spf1 include:gone.example -all";
    audit(&spf(gone), "")
        .finds("[CRITICAL] spf-target-missing: SPF leads to gone.example, which does not exist");
    audit(&spf(gone).a("gone.example", [5, 1, 2, 3]), "")
        .finds("[CRITICAL] spf-target-missing: SPF leads to gone.example, which has no SPF record");
    audit(&spf("v=spf1 redirect=gone.example"), "")
        .finds("[CRITICAL] spf-target-missing: SPF leads to gone.example, which does not exist");
    audit(&spf("v=spf1 include:a..example -all"), "")
        .finds("[CRITICAL] spf-target-missing: SPF leads to what can have no record: a..example is no domain: a part of the name is empty");
}

#[test]
fn critical_an_mx_term_with_too_many_hosts() {
    let mut zone = hosts(spf("v=spf1 mx:m.example -all"));
    for preference in 0..11 {
        zone = zone.mx("m.example", preference, "mx1.d.example");
    }
    audit(&zone, "").finds(
        "[CRITICAL] spf-mx-limit: SPF mx:m.example of d.example leads to 11 MX records, more than 10",
    );
}

#[test]
fn warning_an_mx_term_with_a_host_without_address() {
    let zone = hosts(spf("v=spf1 mx -all")).mx("d.example", 10, "mx1.d.example").mx(
        "d.example",
        20,
        "gone.d.example",
    );
    let said = audit(&zone, "");
    said.finds(
        "[WARNING] spf-mx-unresolvable: SPF mx of d.example leads to gone.d.example, which has no \
         address",
    );
    assert_eq!(said.metric("void_lookups"), Some("0"));
}

#[test]
fn ok_a_null_mx_leads_nowhere() {
    let zone = spf("v=spf1 mx -all").record("d.example", RecordData::mx(0, "."));
    let said = audit(&zone, "");
    said.ends_as("OK");
    assert_eq!((said.metric("lookups"), said.metric("networks")), (Some("1"), Some("0")));
}
