//! Runs the program on lists of a scripted server, and makes what it says comparable.
//!
//! The addresses belong to nobody (RFC 7534, RFC 7535): those for documentation cannot be on a list.
//! They are names in answers only; nothing is sent to them.

use demo_host::dns::{DnsServer, Zone};
use mailhost_tests::{DnsPlugin, Run};

/// Whom the lists are asked about.
pub(crate) const HOST: &str = "192.31.196.7";
/// The same as it stands in names.
pub(crate) const REVERSED: &str = "7.196.31.192";

/// A list that is well, with nothing on it but its test entries.
pub(crate) fn list(zone: Zone, list: &str) -> Zone {
    zone.a(&format!("2.0.0.127.{list}"), [127, 0, 0, 2])
        .a(&format!("2.0.0.0.0.0.f.7.f.f.f.f.{}{list}", "0.".repeat(20)), [127, 0, 0, 2])
        .a(&format!("test.{list}"), [127, 0, 0, 2])
}

/// Answers with an address whatever a list is asked about.
pub(crate) fn world(zone: Zone, list: &str, address: [u8; 4]) -> Zone {
    // No wildcard reaches below a name that is there (RFC 4592 section 3.3).
    let zone = zone.a(&format!("*.{list}"), address).a(&entry(list), address);
    zone.a(&format!("1.0.0.127.{list}"), address)
}

/// Four lists that are well: `a.example` to `d.example`.
pub(crate) fn four() -> Zone {
    ["a.example", "b.example", "c.example", "d.example"].into_iter().fold(Zone::new(), list)
}

/// The options that name them.
pub(crate) const FOUR: &str = "-s a.example -s b.example -s c.example -s d.example";

/// One list, `l.example`, which is well.
pub(crate) fn one() -> Zone {
    list(Zone::new(), "l.example")
}

/// The name at which a list says something about the host.
pub(crate) fn entry(list: &str) -> String {
    format!("{REVERSED}.{list}")
}

/// Runs the program about the host with `l.example` alone, and with these words more.
pub(crate) fn check_one(zone: &Zone, words: &str) -> Run {
    run(zone, &format!("-H {HOST} -s l.example {words}"))
}

/// The same with four lists.
pub(crate) fn check_four(zone: &Zone, words: &str) -> Run {
    run(zone, &format!("-H {HOST} {FOUR} {words}"))
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

const PROGRAM: DnsPlugin = DnsPlugin(env!("CARGO_BIN_EXE_check_rbl"));
