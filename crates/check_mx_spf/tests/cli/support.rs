//! Runs the program on a zone, and makes what it says comparable.
//!
//! Addresses of 5.0.0.0/8 and `2a00::/16` in these tests stand for any public ones: those for
//! documentation would be findings. They are names in answers only; nothing is sent to them.

use std::ops::Deref;
use std::path::Path;

use demo_host::dns::{DnsServer, RecordData, Zone};
use mailhost_tests::{Plugin, Run};

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

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Said(pub(crate) Run);

/// Runs the program on `d.example` in a zone, with these words more, and without a place for its
/// state.
pub(crate) fn check(zone: &Zone, words: &str) -> Said {
    run(zone, &format!("-d d.example {words}"))
}

/// The same for the policy alone.
pub(crate) fn audit(zone: &Zone, words: &str) -> Said {
    check(zone, &format!("--only spf {words}"))
}

/// Runs the program in a zone with exactly these words.
pub(crate) fn run(zone: &Zone, words: &str) -> Said {
    let server = DnsServer::start(zone).unwrap();
    let said = ask(&server, words);
    // The port is another one each time.
    let stdout = said.0.stdout.replace(&server.address().to_string(), "DNS");
    Said(Run { stdout, ..said.0 })
}

/// Runs the program with a server.
pub(crate) fn ask(server: &DnsServer, words: &str) -> Said {
    let server = server.address().to_string();
    let state = if words.contains("--state-dir") { "" } else { "--state-dir /nonexistent/state" };
    bare(&format!("{words} --nameserver {server} {state}"))
}

/// Runs the program with these words alone; `''` is an empty one, and `_` in a word a blank.
pub(crate) fn bare(words: &str) -> Said {
    let words = words.split_whitespace().map(|word| match word {
        "''" => String::new(),
        word if word.starts_with("v=") => word.replace('_', " "),
        word => word.to_owned(),
    });
    Said(
        Plugin::at(Path::new(env!("CARGO_BIN_EXE_check_mx_spf")))
            .args(words)
            .env_clear()
            .run()
            .held(),
    )
}

impl Said {
    /// It has one finding, which is a whole line: `[STATE] code: text`.
    #[track_caller]
    pub(crate) fn finds(&self, line: &str) {
        assert_eq!(self.findings(), [line.split(": ").next().unwrap()], "\n{}", self.0.stdout);
        self.shows(line);
        let state = line.trim_start_matches('[').split(']').next().unwrap();
        self.ends_as(state);
    }
}

impl Deref for Said {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}
