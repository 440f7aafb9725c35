//! Certificates held against TLSA records, with --dane.

use demo_host::certificates::{Authority, CertificateSpec, Identity, KeyKind};
use demo_host::dns::{Behaviour, DnsServer, RecordData, RecordType, Zone};
use demo_host::smtp::{Script, Session, StartTls, Tls};

use crate::domain::Hosts;
use crate::support::{Ca, Call, Run, polite, start};

/// A record's usage, selector and matching type, with the data that these make of a certificate.
fn record(numbers: [u8; 3], certificate: &openssl::x509::X509) -> RecordData {
    let [usage, selector, matching] = numbers;
    let part = match selector {
        1 => certificate.public_key().unwrap().public_key_to_der().unwrap(),
        _ => certificate.to_der().unwrap(),
    };
    let data = match matching {
        1 => openssl::sha::sha256(&part).to_vec(),
        2 => openssl::sha::sha512(&part).to_vec(),
        _ => part,
    };
    RecordData::Tlsa(usage, selector, matching, data)
}

/// A host with a certificate and the DNS around it, all vouched for.
struct World {
    ca: Ca,
    identity: Identity,
    script: Script,
    zone: Zone,
}

impl World {
    fn new() -> Self {
        Self::showing(&CertificateSpec::named("mx1.d.example"))
    }

    fn showing(spec: &CertificateSpec) -> Self {
        Self::of(Ca::new(), spec)
    }

    fn of(ca: Ca, spec: &CertificateSpec) -> Self {
        let identity = ca.issue(spec);
        let script = Script::with_starttls(Tls::new(identity.clone()));
        let zone = Zone { authenticated: true, ..Zone::new() };
        Self { ca, identity, script, zone }
    }

    /// Runs the check with these records of the host, and behaviours of the DNS.
    fn check(&self, records: &[RecordData], args: &[&str]) -> Run {
        self.check_behaving(records, &[], args)
    }

    fn check_behaving(
        &self,
        records: &[RecordData],
        behaving: &[(&str, Option<RecordType>, Behaviour)],
        args: &[&str],
    ) -> Run {
        let mut hosts = Hosts::with(self.zone.clone(), vec![self.script.clone()]);
        let at = hosts.service("mx1.d.example");
        for record in records {
            hosts.zone = hosts.zone.record(&at, record.clone());
        }
        for (name, kind, behaviour) in behaving {
            let name = if *name == "TLSA" { &at } else { *name };
            hosts.zone.behaviours.push((name.to_owned(), *kind, behaviour.clone()));
        }
        let run = hosts.check(&[&["--dane"], args].concat());
        told_apart(&run, &at, "_PORT._tcp.mx1.d.example")
    }
}

/// The run with words in place of what changes from run to run: where the records are, and digests.
fn told_apart(run: &Run, at: &str, place: &str) -> Run {
    let stdout = run.stdout.replace(at, place);
    let digest = regex_lite::Regex::new(r"\b[0-9a-f]{8}\.\.\.").unwrap();
    Run { stdout: digest.replace_all(&stdout, "DIGEST").into_owned(), ..*run }
}

const GOOD: &str = "OK - d.example 1 of 1 mail exchanger greet, certificate of mx1.d.example expires in \
                    90 days, DANE, TIME";

#[test]
fn ok_every_kind_of_record_that_matches() {
    let world = World::new();
    let leaf = &world.identity.certificate;
    for numbers in [[3, 1, 1], [3, 1, 2], [3, 0, 1], [3, 0, 2], [3, 0, 0], [3, 1, 0]] {
        let run = world.check(&[record(numbers, leaf)], &[]);
        run.says(GOOD, &[]);
        assert!(run.stdout.contains("_dane_ok=1;;;0;1"), "{}", run.stdout);
    }
    let run = world.check(&[record([3, 0, 0], leaf)], &["-v"]);
    assert!(run.findings().contains(&"[OK] dane-whole"), "{}", run.stdout);
    let root = world.ca.authority.certificate();
    for numbers in [[2, 0, 0], [2, 1, 0]] {
        world.check(&[record(numbers, root)], &[]).says(GOOD, &[]);
    }
}

#[test]
fn ok_an_authority_in_the_chain() {
    let root = Authority::new("Example Root").unwrap();
    let middle = Ca::of(root.intermediate("Example Intermediate", 300).unwrap());
    let certificate = middle.authority.certificate().clone();
    let world = World::of(middle, &CertificateSpec::named("mx1.d.example"));
    world.check(&[record([2, 1, 1], &certificate)], &[]).says(GOOD, &[]);
    // The root is not sent, so that its digest is of no help (RFC 7671 section 5.2.1).
    let run = world.check(&[record([2, 1, 1], root.certificate())], &[]);
    run.says(
        "CRITICAL - mx1.d.example certificate is not what TLSA 2 1 1 DIGEST says",
        &["[CRITICAL] dane-mismatch"],
    );
}

#[test]
fn ok_dates_and_names_do_not_count_where_the_certificate_itself_is_named() {
    let spec = CertificateSpec { not_after_days: 40, ..CertificateSpec::named("other.example") };
    let world = World::showing(&spec);
    world.check(&[record([3, 1, 1], &world.identity.certificate)], &[]).says(
        "OK - d.example 1 of 1 mail exchanger greet, certificate of mx1.d.example expires in 40 days, \
         DANE, TIME",
        &[],
    );
}

#[test]
fn warning_no_records() {
    World::new().check(&[], &[]).says(
        "WARNING - mx1.d.example has no TLSA record at _PORT._tcp.mx1.d.example",
        &["[WARNING] dane-missing"],
    );
}

#[test]
fn warning_dnssec_vouches_not_for_everything() {
    let world = World::new();
    let good = [record([3, 1, 1], &world.identity.certificate)];
    let unsigned = |name, kind| (name, Some(kind), Behaviour::Unsigned);
    for (behaving, missing) in [
        (vec![unsigned("d.example", RecordType::Mx)], "MX"),
        (vec![unsigned("mx1.d.example", RecordType::A)], "address"),
        (vec![unsigned("TLSA", RecordType::Tlsa)], "TLSA"),
        (vec![("*.d.example", None, Behaviour::Unsigned)], "address, TLSA"),
    ] {
        // Of an MX that is not signed some senders make what others do not.
        let count = if missing == "MX" { "count for some senders only" } else { "do not count" };
        let headline = format!(
            "WARNING - mx1.d.example TLSA records {count}: the resolver does not say that DNSSEC \
             vouches for {missing}"
        );
        world.check_behaving(&good, &behaving, &[]).says(&headline, &["[WARNING] dane-insecure"]);
    }
    // What nobody looks at stops no mail.
    let wrong = [record([3, 1, 1], world.ca.authority.certificate())];
    let behaving = [unsigned("mx1.d.example", RecordType::A)];
    let run = world.check_behaving(&wrong, &behaving, &[]);
    assert_eq!(run.findings(), ["[WARNING] dane-insecure", "[WARNING] dane-mismatch"]);
    // Postfix looks also behind an MX that is not signed.
    let behaving = [unsigned("d.example", RecordType::Mx)];
    let run = world.check_behaving(&wrong, &behaving, &[]);
    assert_eq!(run.findings(), ["[CRITICAL] dane-mismatch", "[WARNING] dane-insecure"]);
}

#[test]
fn critical_the_look_up_fails() {
    let world = World::new();
    let failing = |behaviour| [("TLSA", None, behaviour)];
    world.check_behaving(&[], &failing(Behaviour::ServFail), &[]).says(
        "CRITICAL - mx1.d.example TLSA at _PORT._tcp.mx1.d.example is not known: SERVFAIL from DNS",
        &["[CRITICAL] dane-dns-failed"],
    );
    let run = world.check_behaving(&[], &failing(Behaviour::Bogus), &[]);
    assert_eq!(run.findings(), ["[CRITICAL] dnssec-bogus"]);
    // Senders do not look where the address is not signed (RFC 7672 section 2.1.2).
    let unsigned = ("mx1.d.example", Some(RecordType::A), Behaviour::Unsigned);
    let behaving = [unsigned, ("TLSA", None, Behaviour::ServFail)];
    let run = world.check_behaving(&[], &behaving, &[]);
    assert_eq!(run.findings(), ["[WARNING] dane-dns-failed"]);
}

#[test]
fn warning_records_of_no_use() {
    let world = World::new();
    let leaf = &world.identity.certificate;
    let useless = [
        (record([1, 1, 1], leaf), "usage 1 is not for mail servers, which take 2 and 3"),
        (record([4, 1, 1], leaf), "usage 4 does not exist"),
        (record([3, 2, 1], leaf), "selector 2 does not exist"),
        (RecordData::Tlsa(3, 1, 3, vec![1]), "matching type 3 does not exist"),
        (RecordData::Tlsa(3, 1, 1, vec![1, 2]), "its digest has 2 bytes in place of 32"),
        (RecordData::Tlsa(3, 0, 0, vec![1, 2]), "its data is no certificate"),
        (RecordData::Tlsa(3, 1, 0, vec![1, 2]), "its data is no public key"),
    ];
    for (record, why) in &useless {
        let run = world.check(std::slice::from_ref(record), &[]);
        run.says(
            "WARNING - mx1.d.example no TLSA record is of use, so senders want TLS and verify nothing",
            &["[WARNING] dane-unusable"],
        );
        assert!(run.stdout.contains(why), "{}", run.stdout);
    }
    let run = world.check(&[record([3, 1, 1], leaf), RecordData::Tlsa(0, 0, 1, vec![7; 32])], &[]);
    run.says(
        "WARNING - mx1.d.example TLSA 0 0 1 DIGEST is of no use: usage 0 is not for mail \
         servers, which take 2 and 3",
        &["[WARNING] dane-unusable"],
    );
}

#[test]
fn critical_a_certificate_that_no_record_is_for() {
    let world = World::new();
    let root = world.ca.authority.certificate();
    let run = world.check(&[record([3, 1, 1], root), record([3, 0, 1], root)], &[]);
    run.says(
        "CRITICAL - mx1.d.example certificate is not good for any of 2 TLSA records",
        &["[CRITICAL] dane-mismatch"],
    );
    assert!(run.stdout.contains("matches nothing that is sent"), "{}", run.stdout);
    assert!(run.stdout.contains("_dane_ok=0;;;0;1"), "{}", run.stdout);
    // One that is in the way of others' mail does not work.
    let run = world.check(&[record([3, 1, 1], root)], &["--quorum", "1"]);
    assert_eq!(run.findings(), ["[CRITICAL] mx-quorum", "[CRITICAL] dane-mismatch"]);
}

#[test]
fn critical_an_authority_that_does_not_vouch() {
    let anchor = |world: &World| record([2, 0, 0], world.ca.authority.certificate());
    let named = CertificateSpec::named("mx1.d.example");
    for (spec, words, findings) in [
        (
            CertificateSpec { not_after_days: -3, ..named.clone() },
            "which is for its authority, but certificate has expired",
            &["[CRITICAL] cert-expired", "[CRITICAL] dane-mismatch"][..],
        ),
        (
            CertificateSpec::named("other.example"),
            "which is for its authority, but the certificate is for another name",
            &["[CRITICAL] dane-mismatch"],
        ),
    ] {
        let world = World::showing(&spec);
        let run = world.check(&[anchor(&world)], &[]);
        assert_eq!(run.findings(), findings, "{}", run.stdout);
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    // The domain's own name will do too (RFC 7672 section 3.2.2).
    let world = World::showing(&CertificateSpec::named("d.example"));
    world.check(&[anchor(&world)], &[]).says(GOOD, &[]);
    let world = World::new();
    let run = world.check(&[record([2, 1, 1], &world.identity.certificate)], &[]);
    assert_eq!(run.findings(), ["[CRITICAL] dane-mismatch"]);
    let words = "has usage 2 and is for the server's own certificate, which is usage 3";
    assert!(run.stdout.contains(words), "{}", run.stdout);
}

#[test]
fn ok_a_roll_over_on_its_way() {
    let world = World::new();
    let next = world.ca.issue(&CertificateSpec::named("mx1.d.example"));
    let records =
        [record([3, 1, 1], &world.identity.certificate), record([3, 1, 1], &next.certificate)];
    world.check(&records, &[]).says(GOOD, &[]);
    let run = world.check(&records, &["-v"]);
    assert!(run.findings().contains(&"[OK] dane-rollover"), "{}", run.stdout);
    assert!(run.stdout.contains("1 of 2 TLSA records is for no certificate shown"));
}

#[test]
fn ok_a_stronger_digest_goes_first() {
    let world = World::new();
    let leaf = &world.identity.certificate;
    let both = [record([3, 1, 1], leaf), record([3, 1, 2], leaf)];
    let run = world.check(&both, &["-v"]);
    assert!(run.findings().contains(&"[OK] dane-outranked"), "{}", run.stdout);
    assert_eq!(run.code, 0);
    let old = record([3, 1, 2], world.ca.authority.certificate());
    let run = world.check(&[record([3, 1, 1], leaf), old], &[]);
    assert_eq!(run.findings(), ["[CRITICAL] dane-mismatch"]);
    assert!(run.stdout.contains("matches, and SHA-512 goes before it"), "{}", run.stdout);
}

#[test]
fn critical_the_certificate_with_the_other_kind_of_key() {
    let ca = Ca::new();
    let named = CertificateSpec::named("mx1.d.example");
    let [ec, rsa] = [KeyKind::Ec256, KeyKind::Rsa(2048)]
        .map(|key| ca.issue(&CertificateSpec { key, ..named.clone() }));
    let mut world = World::of(ca, &named);
    for (first, second) in [(&ec, &rsa), (&rsa, &ec)] {
        let tls = Tls { second_identity: Some(second.clone()), ..Tls::new(first.clone()) };
        world.script = Script::with_starttls(tls);
        let [of_ec, of_rsa] = [&ec, &rsa].map(|it| record([3, 1, 1], &it.certificate));
        world.check(&[of_ec.clone(), of_rsa.clone()], &[]).says(GOOD, &[]);
        world.check(&[of_ec], &[]).says(
            "CRITICAL - mx1.d.example RSA certificate is not what TLSA 3 1 1 DIGEST says",
            &["[CRITICAL] dane-mismatch"],
        );
        world.check(&[of_rsa], &[]).says(
            "CRITICAL - mx1.d.example ECDSA certificate is not what TLSA 3 1 1 DIGEST says",
            &["[CRITICAL] dane-mismatch"],
        );
    }
}

#[test]
fn critical_the_other_certificate_has_expired() {
    let ca = Ca::new();
    let named = CertificateSpec::named("mx1.d.example");
    let ec = ca.issue(&named);
    let old = CertificateSpec { key: KeyKind::Rsa(2048), not_after_days: -3, ..named.clone() };
    let rsa = ca.issue(&old);
    let records = [&ec, &rsa].map(|it| record([3, 1, 1], &it.certificate));
    let mut world = World::of(ca, &named);
    let tls = Tls { second_identity: Some(rsa), ..Tls::new(ec) };
    world.script = Script::with_starttls(tls);
    world.check(&records, &[]).says(
        "CRITICAL - mx1.d.example RSA certificate expired 3 days ago (DATE)",
        &["[CRITICAL] cert-expired"],
    );
}

#[test]
fn critical_no_tls_where_records_want_it() {
    let mut world = World::new();
    let good = [record([3, 1, 1], &world.identity.certificate)];
    world.script.starttls = StartTls::NotOffered;
    let run = world.check(&good, &[]);
    assert_eq!(run.findings(), ["[CRITICAL] starttls-missing", "[UNKNOWN] not-looked-at"]);
}

#[test]
fn ok_one_host_by_its_name() {
    let world = World::showing(&CertificateSpec::named("mail.h.example"));
    let server = start(world.script.clone());
    let at = format!("_{}._tcp.mail.h.example", server.port());
    let zone = world.zone.clone().a("mail.h.example", [127, 0, 0, 1]);
    let leaf = &world.identity.certificate;
    let run = |zone: &Zone| {
        let dns = DnsServer::start(zone).unwrap();
        let (dns, port) = (dns.address().to_string(), server.port().to_string());
        let words = ["-H", "mail.h.example", "-p", &port, "--nameserver", &dns, "--dane"];
        let run = Call::new(&words).run();
        let stdout = run.stdout.replace(&format!(":{port}"), ":PORT");
        told_apart(&Run { stdout, ..run }, &at, "_PORT._tcp.mail.h.example")
    };
    let good = zone.clone().record(&at, record([3, 1, 1], leaf));
    run(&good).says(
        "OK - mail.h.example:PORT 220 mail.example.org ESMTP, TLSv1.3, certificate expires in 90 days, \
         DANE, TIME",
        &[],
    );
    // Once for each kind of key.
    let sessions = server.ended_sessions(2);
    assert!(sessions.iter().all(Session::in_lock_step), "{sessions:?}");
    run(&zone).says(
        "WARNING - mail.h.example:PORT has no TLSA record at _PORT._tcp.mail.h.example",
        &["[WARNING] dane-missing"],
    );
    let wrong = zone.record(&at, record([3, 1, 1], world.ca.authority.certificate()));
    run(&wrong).says(
        "CRITICAL - mail.h.example:PORT certificate is not what TLSA 3 1 1 DIGEST says",
        &["[CRITICAL] dane-mismatch"],
    );
    run(&Zone::new().txt("h.example", "x"))
        .says("CRITICAL - host mail.h.example does not exist", &["[CRITICAL] name-not-found"]);
}

#[test]
fn ok_an_alias_has_the_records_of_its_target() {
    let world = World::showing(&CertificateSpec::named("real.h.example"));
    let server = start(world.script.clone());
    let at = format!("_{}._tcp.real.h.example", server.port());
    let zone = world.zone.clone().cname("mail.h.example", "real.h.example");
    let anchor = record([2, 0, 0], world.ca.authority.certificate());
    let zone = zone.a("real.h.example", [127, 0, 0, 1]).record(&at, anchor);
    let dns = DnsServer::start(&zone).unwrap();
    let (dns, port) = (dns.address().to_string(), server.port().to_string());
    let words = ["-H", "mail.h.example", "-p", &port, "--nameserver", &dns, "--dane"];
    let run = Call::new(&words).run();
    assert_eq!((run.code, run.findings().len()), (0, 0), "{}", run.stdout);
    assert!(run.stdout.contains(", DANE, "), "{}", run.stdout);
}

#[test]
fn ok_an_alias_whose_target_nobody_vouches_for() {
    let world = World::showing(&CertificateSpec::named("mail.h.example"));
    let server = start(world.script.clone());
    let at = format!("_{}._tcp.mail.h.example", server.port());
    let zone = world.zone.clone().cname("mail.h.example", "real.h.example");
    let mut zone = zone.a("real.h.example", [127, 0, 0, 1]);
    for kind in [RecordType::A, RecordType::Aaaa] {
        let unsigned = ("mail.h.example".to_owned(), Some(kind), Behaviour::Unsigned);
        zone.behaviours.push(unsigned);
    }
    let run = |zone: &Zone| {
        let dns = DnsServer::start(zone).unwrap();
        let (dns, port) = (dns.address().to_string(), server.port().to_string());
        Call::new(&["-H", "mail.h.example", "-p", &port, "--nameserver", &dns, "--dane"]).run()
    };
    // Senders heed what stands at the alias itself, which is vouched for.
    let good = run(&zone.clone().record(&at, record([3, 1, 1], &world.identity.certificate)));
    assert_eq!((good.code, good.findings().len()), (0, 0), "{}", good.stdout);
    assert!(good.stdout.contains(", DANE, "), "{}", good.stdout);
    let wrong = run(&zone.record(&at, record([3, 1, 1], world.ca.authority.certificate())));
    assert_eq!(wrong.findings(), ["[CRITICAL] dane-mismatch"], "{}", wrong.stdout);
}

#[test]
fn ok_without_dane_one_connection_is_made() {
    let hosts = Hosts::new(vec![Ca::new().good_script()]);
    hosts.check(&["-S"]);
    polite(&hosts.servers[0]);
}

#[test]
fn unknown_dane_needs_a_name() {
    for target in ["192.0.2.1", "[2001:db8::1]", "/run/lmtp"] {
        Call::new(&["-H", target, "--dane"]).run().says_only(
            "UNKNOWN - the option --dane needs a host's name: TLSA records have one; see --help",
        );
    }
}
