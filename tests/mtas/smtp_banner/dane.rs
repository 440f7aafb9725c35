//! DANE behind a real resolver that validates what a real authority has signed.

use std::sync::LazyLock;

use demo_host::{
    certificates::{Authority, CertificateSpec},
    smtp::{Script, SmtpServer, Tls},
};
use mailhost_tests::{Plugin, Unavailable, skip};
use regex_lite::Regex;

use crate::{
    knot::{Knot, Zone},
    unbound::Unbound,
};

#[test]
fn ok_a_signed_domain() {
    checks(
        "signed.example",
        "OK - signed.example 1 of 1 mail exchanger greet, certificate of mx.signed.example expires in 90 \
         days, DANE, TIME",
        0,
    );
}

#[test]
fn critical_a_certificate_that_was_changed_without_its_record() {
    checks(
        "rolled.example",
        "CRITICAL - mx.rolled.example certificate is not what TLSA 3 1 1 07070707... says",
        2,
    );
}

#[test]
fn critical_a_domain_whose_signatures_are_wrong() {
    checks(
        "bogus.example",
        "CRITICAL - bogus.example MX is not known: SERVFAIL from RESOLVER, because DNSSEC validation fails",
        2,
    );
}

#[test]
fn warning_a_domain_that_is_not_signed() {
    let text = "TLSA records do not count: the resolver does not say that DNSSEC vouches for";
    checks("plain.example", &format!("WARNING - mx.plain.example {text} MX, address, TLSA"), 1);
    // A signed domain whose mail exchanger is not.
    checks("mixed.example", &format!("WARNING - mx.plain.example {text} address, TLSA"), 1);
}

#[test]
fn warning_a_signed_domain_without_records() {
    checks(
        "bare.example",
        "WARNING - mx.bare.example has no TLSA record at PLACE.mx.bare.example",
        1,
    );
}

/// Checks a domain, and holds the first line and the exit code against what is expected.
#[track_caller]
fn checks(domain: &str, headline: &str, code: i32) {
    static WORLD: LazyLock<Option<World>> = LazyLock::new(|| {
        World::start().inspect_err(|reason| skip("mtas/smtp_banner", reason)).ok()
    });
    let Some(world) = WORLD.as_ref() else { return };
    let resolver = world.unbound.address().to_string();
    let port = world.server.port().to_string();
    let run = Plugin::named("check_smtp_banner")
        .args(["-d", domain, "-p", &port, "--nameserver", &resolver, "--dane"])
        .run();
    assert_eq!(run.stderr, "");
    let first = run.stdout.lines().next().unwrap_or_default();
    let said = first.split(" | ").next().unwrap_or_default();
    let said = said.replace(&resolver, "RESOLVER").replace(&place(&port), "PLACE");
    let time = Regex::new(r"\b([0-9]+ ms|[0-9]+\.[0-9]{2} s)\b").expect("a good expression");
    let said = time.replace_all(&said, "TIME");
    assert_eq!(said, format!("SMTP BANNER {headline}"), "{}", run.stdout);
    assert_eq!(run.code, code);
}

fn place(port: &str) -> String {
    format!("_{port}._tcp")
}

/// One mail server that is the mail exchanger of all domains, and their DNS.
struct World {
    server: SmtpServer,
    unbound: Unbound,
    _knot: Knot,
}

impl World {
    fn start() -> Result<Self, Unavailable> {
        let authority = Authority::new("Example Root").expect("an authority");
        let identity = authority.issue(&CertificateSpec::named("mx.signed.example"));
        let identity = identity.expect("a certificate");
        let certificate = identity.certificate.to_der().expect("DER");
        let server = SmtpServer::start(Script::with_starttls(Tls::new(identity)));
        let server = server.expect("a mail server on loopback");
        let place = place(&server.port().to_string());
        let digest: String =
            openssl::sha::sha256(&certificate).iter().map(|byte| format!("{byte:02x}")).collect();
        let host = "@ MX 10 mx\nmx A 127.0.0.1\n";
        let good = format!("{host}{place}.mx TLSA 3 0 1 {digest}\n");
        let rolled = format!("{host}{place}.mx TLSA 3 1 1 {}\n", "07".repeat(32));
        let zone = |origin, records, signed| Zone { origin, records, signed };
        let zones = [
            zone("signed.example", &good[..], true),
            zone("rolled.example", &rolled, true),
            zone("bogus.example", &good, true),
            zone("plain.example", &good, false),
            zone("mixed.example", "@ MX 10 mx.plain.example.\n", true),
            zone("bare.example", host, true),
        ];
        let knot = Knot::start(&zones, &[])?;
        let right = ["signed", "rolled", "mixed", "bare"]
            .map(|name| knot.signers(&format!("{name}.example")));
        let wrong = right[0].replace("signed.example", "bogus.example");
        let unbound = Unbound::start(&knot, &[right.concat(), wrong].concat())?;
        Ok(Self { server, unbound, _knot: knot })
    }
}
