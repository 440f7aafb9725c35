//! The mail exchangers, their addresses, and the names of these.

use demo_host::dns::{RecordData, Zone};

use crate::support::{check, hosts, well, with_mx};

/// The MX part alone, of a zone whose `d.example` has these MX records only.
fn mx(zone: Zone, records: &[(u16, &str)]) -> mailhost_tests::Run {
    let zone = records
        .iter()
        .fold(zone, |zone, (preference, host)| zone.mx("d.example", *preference, host));
    check(&zone, "--only mx")
}

#[test]
fn ok_two_hosts_as_they_should_be() {
    let said = check(&well(), "-v");
    said.says(
        "OK - d.example 2 MX hosts, SPF ends in -all with 1 of 10 look-ups",
        &[
            "[OK] ptr",
            "[OK] ptr",
            "[OK] ptr",
            "[OK] mx",
            "[OK] spf-ttl",
            "[OK] spf",
            "[OK] lookups",
            "[OK] state-unusable",
        ],
    );
    said.shows("[OK] mx: 10 mx1.d.example, 20 mx2.d.example, TTL 300 s");
    for (label, value) in [
        ("lookups", "1"),
        ("void_lookups", "0"),
        ("mx_hosts", "2"),
        ("addresses", "3"),
        ("networks", "3"),
        ("record_bytes", "14B"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}");
    }
}

#[test]
fn critical_a_domain_that_does_not_exist() {
    let nobody = Zone::new().a("other.example", [192, 0, 2, 1]);
    let line = "[CRITICAL] domain-not-found: does not exist in the DNS";
    check(&nobody, "").finds(line);
    check(&nobody, "--only mx").finds(line);
    check(&nobody, "--only spf").finds(line);
}

#[test]
fn critical_neither_mx_nor_address() {
    let zone = Zone::new().txt("d.example", "v=spf1 -all");
    check(&zone, "").finds(
        "[CRITICAL] mx-missing: has neither an MX record nor an address: it cannot get mail",
    );
}

#[test]
fn warning_the_domain_itself_stands_in() {
    let zone = Zone::new().a("d.example", [192, 31, 196, 25]);
    let zone = zone.ptr("25.196.31.192.in-addr.arpa", "d.example");
    let said = check(&zone, "--only mx");
    said.finds("[WARNING] mx-implicit: has no MX, so its own address takes its mail");
    assert_eq!((said.metric("mx_hosts"), said.metric("addresses")), (Some("0"), Some("1")));
}

#[test]
fn warning_a_null_mx_says_that_there_is_no_mail() {
    mx(Zone::new(), &[(0, ".")]).finds("[WARNING] mx-null: has a null MX: it takes no mail");
    mx(Zone::new(), &[(5, ".")]).says(
        "WARNING - d.example the null MX has the preference 5, not 0 (+1 more)",
        &["[WARNING] mx-null-preference", "[WARNING] mx-null"],
    );
    let said = mx(hosts(Zone::new()), &[(0, "."), (10, "mx1.d.example"), (20, "mx2.d.example")]);
    said.finds("[WARNING] mx-null-not-alone: has a null MX beside 2 others");
    assert_eq!(said.metric("mx_hosts"), Some("2"));
}

#[test]
fn warning_names_that_are_no_hosts() {
    let zone =
        || hosts(Zone::new()).a("_mx.d.example", [192, 31, 196, 25]).a("mx", [192, 31, 196, 25]);
    for (host, line) in [
        (
            "192.31.196.25",
            "[WARNING] mx-is-address: MX 192.31.196.25 is an address, not a host name",
        ),
        ("_mx.d.example", "[WARNING] mx-not-hostname: MX _mx.d.example is no host name"),
        ("mx", "[WARNING] mx-single-label: MX mx is another host for everybody who looks for it"),
        (
            "ms1.msv1.invalid",
            "[WARNING] mx-placeholder: MX ms1.msv1.invalid is left from proving ownership to Microsoft",
        ),
        ("gone.d.example", "[WARNING] mx-unresolvable: MX gone.d.example has no address"),
    ] {
        mx(zone(), &[(10, "mx1.d.example"), (20, "mx2.d.example"), (30, host)]).finds(line);
    }
    let localhost = hosts(Zone::new()).a("localhost", [127, 0, 0, 1]);
    mx(localhost, &[(10, "mx1.d.example"), (20, "localhost")]).says(
        "WARNING - d.example MX localhost is another host for everybody who looks for it (+1 more)",
        &["[WARNING] mx-single-label", "[WARNING] mx-not-public"],
    );
}

#[test]
fn warning_an_alias() {
    let zone = hosts(Zone::new()).cname("www.d.example", "mx1.d.example");
    mx(zone, &[(10, "www.d.example"), (20, "mx2.d.example")])
        .finds("[WARNING] mx-alias: MX www.d.example is an alias of mx1.d.example");
}

#[test]
fn critical_no_host_has_an_address() {
    mx(Zone::new(), &[(10, "a.d.example"), (20, "192.31.196.25")]).says(
        "CRITICAL - d.example no MX host has an address: mail to it comes back (+2 more)",
        &["[CRITICAL] mx-unusable", "[WARNING] mx-unresolvable", "[WARNING] mx-is-address"],
    );
}

#[test]
fn warning_addresses_that_nobody_can_reach() {
    for (address, what) in [
        ([10, 0, 0, 25], "private"),
        ([127, 0, 0, 1], "loopback"),
        ([192, 0, 2, 25], "documentation"),
        ([100, 64, 0, 1], "carrier-grade NAT"),
    ] {
        let zone = hosts(Zone::new()).a("in.d.example", address);
        let shown = std::net::Ipv4Addr::from(address);
        mx(zone, &[(10, "mx1.d.example"), (20, "in.d.example")]).finds(&format!(
            "[WARNING] mx-not-public: MX address {shown} of in.d.example is not public ({what})"
        ));
    }
}

#[test]
fn warning_no_host_can_be_reached_over_ipv4() {
    let address = [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 26];
    let zone = Zone::new().aaaa("h.d.example", address).ptr(
        "a.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.f.4.0.0.0.2.6.2.ip6.arpa",
        "h.d.example",
    );
    mx(zone, &[(10, "h.d.example")]).finds(
        "[WARNING] mx-one-family: no MX host has an IPv4 address: many senders have nothing else",
    );
    let mapped = hosts(Zone::new()).aaaa("h.d.example", [0, 0, 0, 0, 0, 0xffff, 0x0a00, 1]);
    mx(mapped, &[(10, "mx1.d.example"), (20, "h.d.example")]).finds(
        "[WARNING] mx-not-public: MX address ::ffff:10.0.0.1 of h.d.example is not public (an IPv4 \
         address in IPv6 form)",
    );
}

#[test]
fn critical_an_alias_of_nothing() {
    let zone = Zone::new().cname("d.example", "gone.example");
    check(&zone, "").finds(
        "[CRITICAL] domain-not-found: is an alias of gone.example, which does not exist in the DNS",
    );
}

#[test]
fn warning_the_same_host_twice_and_too_many() {
    mx(hosts(Zone::new()), &[(10, "mx1.d.example"), (20, "MX1.d.example"), (30, "mx2.d.example")])
        .finds("[WARNING] mx-duplicate: MX MX1.d.example is there more than once");
    let names: Vec<String> = (0..11).map(|at| format!("h{at}.d.example")).collect();
    let mut zone = with_mx(Zone::new());
    for name in &names {
        zone = zone.a(name, [192, 31, 196, 25]).mx("d.example", 30, name);
    }
    check(&zone, "--only mx")
        .finds("[WARNING] mx-too-many: has 13 MX records, more than SPF's mx may lead to");
}

#[test]
fn unknown_of_very_many_hosts_the_last_are_not_looked_at() {
    let mut zone = hosts(Zone::new());
    for at in 0..35 {
        let name = format!("h{at}.d.example");
        zone = zone.mx("d.example", at, &name).a(&name, [192, 31, 196, 25]);
    }
    let said = check(&zone, "--only mx --ignore mx-too-many --mx-count 40:");
    said.says(
        "WARNING - d.example has 35 MX hosts (range 40:)",
        &["[WARNING] mx-count", "[UNKNOWN] not-looked-at"],
    );
    said.shows("[UNKNOWN] not-looked-at: the addresses of 5 more MX hosts were not looked at");
    assert_eq!(said.metric("mx_hosts"), Some("35"));
}

#[test]
fn warning_addresses_without_a_name_of_their_own() {
    let zone = || hosts(Zone::new()).a("mx3.d.example", [192, 175, 48, 26]);
    let records = [(10, "mx1.d.example"), (20, "mx3.d.example")];
    mx(zone(), &records)
        .finds("[WARNING] ptr-missing: address 192.175.48.26 of mx3.d.example has no name (PTR)");
    let elsewhere = zone().ptr("26.48.175.192.in-addr.arpa", "mx1.d.example");
    mx(elsewhere, &records).finds(
        "[WARNING] ptr-unconfirmed: the name of address 192.175.48.26 of mx3.d.example does not \
         lead back to it: mx1.d.example",
    );
    let second = zone()
        .ptr("26.48.175.192.in-addr.arpa", "mx1.d.example")
        .ptr("26.48.175.192.in-addr.arpa", "mx3.d.example");
    mx(second, &records).says("OK - d.example 2 MX hosts", &[]);
}

#[test]
fn ok_what_is_good_to_know() {
    let one = hosts(Zone::new()).mx("d.example", 10, "mx1.d.example");
    let one = one.record("d.example", RecordData::Ns("ns.d.example".into()));
    let said = check(&one, "--only mx -v");
    said.shows("[OK] mx-redundancy: mail depends on one host, mx1.d.example");
    said.shows("[OK] mx-redundancy: the DNS of d.example depends on one name server, ns.d.example");
    assert!(said.findings().contains(&"[OK] mx-redundancy"));
    let near = hosts(Zone::new())
        .mx("d.example", 10, "mx1.d.example")
        .mx("d.example", 20, "mx3.d.example")
        .a("mx3.d.example", [192, 31, 196, 26]);
    let said = check(&near, "--only mx -v");
    said.shows("[OK] mx-redundancy: all MX hosts are in one network, 192.31.196.0/24");
    let lasting = |ttl| {
        let mut zone = well();
        zone.records.iter_mut().for_each(|record| record.2 = ttl);
        zone
    };
    let line = "[OK] mx-ttl: the MX records may be kept for 700000 s";
    check(&lasting(700_000), "--only mx -v").shows(line);
    // Of a resolver it is only what is left; a server of the zone tells all of it.
    check(&lasting(30), "--only mx --severity mx-ttl=warning").ends_as("OK");
    let authority = Zone { authoritative: true, ..lasting(30) };
    check(&authority, "--only mx -v").shows("[OK] mx-ttl: the MX records may be kept for 30 s");
    check(&well(), "--only mx --severity mx-ttl=warning").says("OK - d.example 2 MX hosts", &[]);
}
