//! Runs the program on a zone, and makes what it says comparable.
//!
//! Addresses of 5.0.0.0/8 and `2a00::/16` in these tests stand for any public ones: those for
//! documentation would be findings. They are names in answers only; nothing is sent to them.

use demo_host::dns::{DnsServer, RecordData, Zone};
use mailhost_tests::{DnsPlugin, Run};

/// A domain, `d.example`, about which there is nothing to say.
///
/// Its addresses belong to nobody (RFC 7534, RFC 7535): those for documentation would be findings.
pub(crate) fn well() -> Zone {
    with_mx(Zone::new()).txt("d.example", "v=spf1 mx -all")
}

/// The same without SPF.
pub(crate) fn with_mx(zone: Zone) -> Zone {
    hosts(zone)
        .mx("d.example", 10, "mx1.d.example")
        .mx("d.example", 20, "mx2.d.example")
        .record("d.example", RecordData::Ns("ns1.d.example".into()))
        .record("d.example", RecordData::Ns("ns2.d.example".into()))
}

/// Two hosts as they should be, `mx1.d.example` and `mx2.d.example`.
pub(crate) fn hosts(zone: Zone) -> Zone {
    zone.a("mx1.d.example", [192, 31, 196, 25])
        .a("mx2.d.example", [192, 175, 48, 25])
        .aaaa("mx2.d.example", [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 25])
        .ptr("25.196.31.192.in-addr.arpa", "mx1.d.example")
        .ptr("25.48.175.192.in-addr.arpa", "mx2.d.example")
        .ptr(
            "9.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.f.4.0.0.0.2.6.2.ip6.arpa",
            "mx2.d.example",
        )
}

/// The domain with this SPF record in place of its own, and nothing else.
pub(crate) fn spf(record: &str) -> Zone {
    Zone::new().txt("d.example", record)
}

/// Runs the program on `d.example` in a zone, with these words more, and without a place for its
/// state.
pub(crate) fn check(zone: &Zone, words: &str) -> Run {
    run(zone, &format!("-d d.example {words}"))
}

/// The same for the policy alone.
pub(crate) fn audit(zone: &Zone, words: &str) -> Run {
    check(zone, &format!("--only spf {words}"))
}

/// Runs the program in a zone with exactly these words.
pub(crate) fn run(zone: &Zone, words: &str) -> Run {
    PROGRAM.run(zone, words)
}

/// Runs the program with a server.
pub(crate) fn ask(server: &DnsServer, words: &str) -> Run {
    PROGRAM.ask(server, words)
}

/// Runs the program with these words alone.
pub(crate) fn bare(words: &str) -> Run {
    PROGRAM.bare(words)
}

pub(crate) const PROGRAM: DnsPlugin = DnsPlugin(env!("CARGO_BIN_EXE_check_mx_spf"));
