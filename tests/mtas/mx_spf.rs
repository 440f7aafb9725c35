//! What `check_mx_spf` says about domains behind a real resolver and a real authority.

use std::{net::SocketAddr, sync::LazyLock};

use mailhost_tests::{Plugin, Run, Unavailable, free_port, skip};
use regex_lite::Regex;

use crate::{
    knot::{Knot, Zone},
    unbound::Unbound,
};

#[test]
fn ok_a_domain_in_good_order() {
    let Some(network) = network() else { return };
    let options = ["--covers-mx", "--consistency", "-v"];
    let answer = network.check(&[&["-d", "example.org"], &KNOWN[..], &options[..]].concat());
    answer
        .says("OK - example.org 2 MX hosts, SPF ends in -all with 3 of 10 look-ups (7 ignored)")
        .measures("lookups=3;9;10;0 void_lookups=0;;;0 networks=5;;;0 record_bytes=61B;;;0 mx_hosts=2;;;0 addresses=3;;;0")
        .shows(&[
            "[OK] covered: 192.0.2.25 of mail.example.org passes as example.org",
            "[OK] covered: 2001:db8::25 of mail.example.org passes as example.org",
            "[OK] covered: 192.0.2.26 of backup.example.net passes as example.org",
            "[OK] mx: 10 mail.example.org, 20 backup.example.net, TTL N s",
            "[OK] agreement: 2 name servers say the same of MX",
            "[OK] agreement: 2 name servers say the same of SPF",
            "[OK] spf: v=spf1 mx include:_spf.example.net redirect=_rest.example.org",
            "[OK] lookups: SPF needs 3 look-ups, of at most 10",
            "[OK] spf-record: seen like this for the first time",
        ]);
    // Without --ignore the addresses of documentation are what is wrong with it, and nothing else.
    let codes =
        [["[WARNING] mx-not-public"; 3].as_slice(), &["[WARNING] spf-not-public"; 4]].concat();
    network.check(&["-d", "example.org"]).finds(&codes);
}

#[test]
fn ok_and_critical_single_clients() {
    let Some(network) = network() else { return };
    let cases = [
        ("192.0.2.25", "alice@example.org", "OK - spf=pass, 192.0.2.25 as example.org: mx"),
        ("2001:db8::25", "alice@example.org", "OK - spf=pass, 2001:db8::25 as example.org: mx"),
        ("2001:db8::25", "", "OK - spf=pass, 2001:db8::25 as mail.example.org: a"),
        (
            "198.51.100.3",
            "alice@example.org",
            "OK - spf=pass, 198.51.100.3 as example.org: ip4:198.51.100.0/28 of _spf.example.net, through include:_spf.example.net",
        ),
        (
            "203.0.113.7",
            "alice@example.org",
            "OK - spf=pass, 203.0.113.7 as example.org: ip4:203.0.113.7 of _rest.example.org, through redirect=_rest.example.org",
        ),
        (
            "203.0.113.8",
            "alice@example.org",
            "CRITICAL - spf=fail, 203.0.113.8 gets fail as example.org: -all of _rest.example.org, through redirect=_rest.example.org",
        ),
        (
            "203.0.113.8",
            "alice@lame.example",
            "WARNING - spf=temperror, 203.0.113.8 gets temperror as lame.example: TXT lame.example: SERVFAIL from RESOLVER",
        ),
    ];
    for (client, sender, expected) in cases {
        let helo = ["--helo", "mail.example.org"];
        network.check(&[&["--ip", client, "--sender", sender], &helo[..]].concat()).says(expected);
    }
}

#[test]
fn critical_a_lame_zone_and_one_whose_signatures_are_wrong() {
    let Some(network) = network() else { return };
    let lame = "is not known: SERVFAIL from RESOLVER";
    let bogus = "is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails";
    network
        .check(&["-d", "lame.example"])
        .says(&format!("CRITICAL - lame.example MX {lame} (+1 more)"))
        .finds(&["[CRITICAL] mx-dns-failed", "[WARNING] spf-dns-failed"])
        .shows(&[&format!("[WARNING] spf-dns-failed: SPF {lame}")]);
    network
        .check(&["-d", "bogus.example"])
        .says(&format!("CRITICAL - bogus.example MX {bogus} (+1 more)"))
        .finds(&["[CRITICAL] dnssec-bogus", "[WARNING] dnssec-bogus"])
        .shows(&[&format!("[WARNING] dnssec-bogus: SPF {bogus}")]);
    network
        .check(&["-d", "lame.example", "--only", "spf"])
        .says(&format!("WARNING - lame.example SPF {lame}"))
        .finds(&["[WARNING] spf-dns-failed"]);
    network
        .check(&["-d", "bogus.example", "--only", "spf"])
        .says(&format!("WARNING - bogus.example SPF {bogus}"))
        .finds(&["[WARNING] dnssec-bogus"]);
}

#[test]
fn critical_a_domain_that_does_not_exist() {
    let Some(network) = network() else { return };
    for domain in ["nowhere.example", "gone.example.org"] {
        network
            .check(&["-d", domain])
            .says(&format!("CRITICAL - {domain} does not exist in the DNS"))
            .finds(&["[CRITICAL] domain-not-found"])
            .measures("mx_hosts=0;;;0 addresses=0;;;0");
    }
}

#[test]
fn unknown_no_resolver_listens() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], free_port()));
    for (domain, only, what) in [("example.org", "mx", "MX"), ("example.org", "spf", "SPF")] {
        check(nobody, &["-d", domain, "--only", only])
            .says(&format!(
                "UNKNOWN - example.org {what} is not known: no way to an answer from RESOLVER (connection refused)"
            ))
            .finds(&["[UNKNOWN] resolver-failed"]);
    }
    check(nobody, &["--ip", "192.0.2.25", "--sender", "alice@example.org"])
        .says("UNKNOWN - spf=temperror, 192.0.2.25 gets no result: no way to an answer from RESOLVER (connection refused)")
        .finds(&["[UNKNOWN] resolver-failed"]);
}

/// The name servers of these tests.
struct Network {
    _knot: Knot,
    unbound: Unbound,
}

/// Those that all tests share.
fn network() -> Option<&'static Network> {
    static NETWORK: LazyLock<Option<Network>> =
        LazyLock::new(|| Network::start().inspect_err(|reason| skip("mtas/mx_spf", reason)).ok());
    NETWORK.as_ref()
}

impl Network {
    fn start() -> Result<Self, Unavailable> {
        let knot = Knot::start(&ZONES, &["lame.example"])?;
        let right = knot.signers("example.org");
        let wrong = right.replace("example.org", "bogus.example");
        let unbound = Unbound::start(&knot, &[right, wrong].concat())?;
        Ok(Self { _knot: knot, unbound })
    }

    fn check(&self, arguments: &[&str]) -> Answer {
        check(self.unbound.address(), arguments)
    }
}

/// What a check said and what it was asked.
struct Answer {
    asked: String,
    run: Run,
}

/// Every check remembers nothing of any other.
fn check(resolver: SocketAddr, arguments: &[&str]) -> Answer {
    let state = tempfile::tempdir().expect("a directory");
    let run = Plugin::named("check_mx_spf")
        .args(arguments)
        .args(["--nameserver", &resolver.to_string()])
        .args(["--state-dir".as_ref(), state.path().as_os_str()])
        .run()
        .held();
    Answer { asked: format!("{arguments:?}"), run }
}

impl Answer {
    /// Holds the first line, up to the performance data, and the exit code.
    #[track_caller]
    fn says(self, expected: &str) -> Answer {
        let said = normalised(self.run.headline());
        assert_eq!(said, format!("MX SPF {expected}"), "{}\n{}", self.asked, self.run.stdout);
        self.run.ends_as(expected.split(' ').next().unwrap_or_default());
        self
    }

    /// Holds the performance data, but for the time and the queries, of which a slow answer takes more.
    #[track_caller]
    fn measures(self, expected: &str) -> Answer {
        let first = self.run.stdout.lines().next().unwrap_or_default();
        let (_, measured) = first.split_once(" | ").unwrap_or_default();
        let (measured, _) = measured.split_once(" dns_queries=").unwrap_or_default();
        assert_eq!(measured, expected, "{}\n{}", self.asked, self.run.stdout);
        self
    }

    /// Holds the findings that are shown against a list of `[STATE] code`.
    #[track_caller]
    fn finds(self, expected: &[&str]) -> Answer {
        assert_eq!(self.run.findings(), expected, "{}\n{}", self.asked, self.run.stdout);
        self
    }

    /// Looks for whole lines after the first.
    #[track_caller]
    fn shows(self, expected: &[&str]) -> Answer {
        let said = normalised(&self.run.stdout);
        for line in expected {
            let shown = said.lines().skip(1).any(|shown| shown == *line);
            assert!(shown, "{}: no {line:?} in\n{said}", self.asked);
        }
        self
    }
}

fn normalised(text: &str) -> String {
    let patterns = [
        (r"127\.0\.0\.1:\d+", "RESOLVER"),
        (r"\d{4}-\d\d-\d\d", "DATE"),
        // The resolver counts it down.
        (r"\b\d+ s\b", "N s"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, with)| {
        let pattern = Regex::new(pattern).expect("a pattern of this file");
        pattern.replace_all(&text, *with).into_owned()
    })
}

/// The examples' addresses are those of documentation.
const KNOWN: [&str; 4] = ["--ignore", "mx-not-public", "--ignore", "spf-not-public"];
/// Two exchangers with names for their addresses, and a policy of every kind of look-up.
const ZONES: [Zone; 5] = [
    Zone {
        origin: "example.org",
        records: "\
@ MX 10 mail
@ MX 20 backup.example.net.
@ TXT \"v=spf1 mx include:_spf.example.net redirect=_rest.example.org\"
mail A 192.0.2.25
mail AAAA 2001:db8::25
mail TXT \"v=spf1 a -all\"
_rest TXT \"v=spf1 ip4:203.0.113.7 -all\"
",
        signed: true,
    },
    Zone {
        origin: "example.net",
        records: "\
backup A 192.0.2.26
backup TXT \"v=spf1 a -all\"
_spf TXT \"v=spf1 ip4:198.51.100.0/28 -all\"
",
        signed: false,
    },
    Zone {
        origin: "bogus.example",
        records: "\
@ MX 10 mail
@ TXT \"v=spf1 mx -all\"
mail A 192.0.2.27
",
        signed: true,
    },
    Zone {
        origin: "2.0.192.in-addr.arpa",
        records: "\
25 PTR mail.example.org.
26 PTR backup.example.net.
",
        signed: false,
    },
    Zone {
        origin: "8.b.d.0.1.0.0.2.ip6.arpa",
        records: "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR mail.example.org.\n",
        signed: false,
    },
];
