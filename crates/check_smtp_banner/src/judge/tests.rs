//! Verdicts, each from facts: those that a server on loopback cannot bring about.

use mailhost_core::contract::{Report, State};
use mailhost_core::net::{ConnectFault, ResolveFault};
use mailhost_core::smtp::{Fault, Reply};
use mailhost_core::tls::{Certificate, Key, TlsFacts, TlsVersion, Trust};

use super::judge;
use crate::args::Args;
use crate::config::Config;
use crate::facts::{Door, Facts};

/// The first line with its state, and the findings that are not good news.
fn verdict(options: &str, facts: Facts) -> (String, Vec<String>) {
    let report = report(options, facts);
    let mut findings = report.findings.iter().collect::<Vec<_>>();
    findings.retain(|finding| finding.rule.is_some());
    let findings = findings.iter().map(|it| format!("[{}] {}", it.state, it.code));
    (format!("{} - {}", report.state(), report.headline()), findings.collect())
}

fn report(options: &str, facts: Facts) -> Report<Facts> {
    let words = ["check_smtp_banner"].into_iter().chain(options.split(' '));
    let args: Args = mailhost_core::plugin::parse(words.map(Into::into)).expect("good options");
    judge(&Config::new(&args).expect("good options"), facts)
}

fn facts(doors: Vec<Door>) -> Facts {
    let addresses = doors.iter().map(|door| door.address.clone()).collect();
    Facts {
        now: NOW,
        addresses: Some(Ok(addresses)),
        dns: Some(0.001),
        doors,
        domain: None,
        resolver: None,
        dane: None,
        questions: Vec::new(),
        time: 0.25,
    }
}

fn unresolved(fault: ResolveFault) -> Facts {
    Facts { addresses: Some(Err(fault)), ..facts(Vec::new()) }
}

fn open(address: &str) -> Door {
    Door {
        address: address.to_owned(),
        attempts: vec![Ok(0.002)],
        greeting: Some(reply(220, "mail.example.org ESMTP")),
        hello: Some(reply(250, "mail.example.org")),
        quit: Some(reply(221, "Bye")),
        ..Door::default()
    }
}

fn shut(address: &str, fault: ConnectFault) -> Door {
    Door { address: address.to_owned(), attempts: vec![Err(fault)], ..Door::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "this is what the facts hold")]
fn reply(code: u16, text: &str) -> Result<Reply, Fault> {
    Ok(Reply { code, lines: vec![text.to_owned()] })
}

fn secured(untrusted: Option<&str>) -> Door {
    let certificate = Certificate {
        subject: "mail.example.org".to_owned(),
        issuer: "Example Root".to_owned(),
        names: vec!["mail.example.org".to_owned()],
        not_before: NOW - 86_400,
        not_after: NOW + 60 * 86_400,
        key: Key { algorithm: "EC".to_owned(), bits: 256, weak: false },
        signature: "ecdsa-with-SHA256".to_owned(),
        weak_signature: false,
        self_issued: false,
        sha256: "ab".repeat(32),
        key_sha256: Some("cd".repeat(32)),
        der: Vec::new(),
    };
    let tls = TlsFacts {
        version: TlsVersion::Tls13,
        cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
        chain: vec![certificate],
        trust: untrusted.map_or(Trust::Trusted, |why| Trust::Untrusted(why.to_owned())),
        path_outdated: false,
        name_matches: Some(true),
        name: Some("mail.example.org".to_owned()),
        sni: None,
    };
    Door { tls: Some(Ok(tls)), ..open("192.0.2.1:25") }
}

#[test]
fn unknown_and_critical_names() {
    for (fault, headline, finding) in [
        (
            ResolveFault::ResolverFailed("temporary failure in name resolution".to_owned()),
            "UNKNOWN - host mail.example.org could not be resolved: temporary failure in name \
             resolution",
            "[UNKNOWN] resolver-failed",
        ),
        (
            ResolveFault::TimedOut,
            "UNKNOWN - host mail.example.org could not be resolved: no answer from the resolver \
             in time",
            "[UNKNOWN] resolver-failed",
        ),
        (
            ResolveFault::NoSuchName,
            "CRITICAL - host mail.example.org does not exist",
            "[CRITICAL] name-not-found",
        ),
        (
            ResolveFault::NoAddress,
            "CRITICAL - host mail.example.org has no address",
            "[CRITICAL] name-not-found",
        ),
    ] {
        let (said, findings) = verdict("-H mail.example.org", unresolved(fault));
        assert_eq!((said.as_str(), findings), (headline, vec![finding.to_owned()]));
    }
}

#[test]
fn warning_one_address_of_two_is_dead() {
    for (fault, state, finding) in [
        (ConnectFault::Refused, State::Warning, "[WARNING] address-unreachable"),
        (ConnectFault::TimedOut(1000), State::Warning, "[WARNING] address-unreachable"),
        // That this machine has no IPv6 is nothing against the server.
        (ConnectFault::NoRoute, State::Ok, "[OK] address-unreachable"),
        (local(), State::Ok, "[OK] address-unreachable"),
    ] {
        let doors = vec![shut("[2001:db8::1]:25", fault), open("192.0.2.1:25")];
        let report = report("-H mail.example.org", facts(doors));
        assert_eq!(report.state(), state);
        let first = &report.findings[0];
        assert_eq!(format!("[{}] {}", first.state, first.code), finding);
    }
    let doors = vec![shut("[2001:db8::1]:25", ConnectFault::Refused), open("192.0.2.1:25")];
    assert_eq!(
        verdict("-H mail.example.org", facts(doors)).0,
        "WARNING - mail.example.org:25 at [2001:db8::1]:25 refuses connections",
    );
}

#[test]
fn critical_no_address_answers() {
    let doors = || {
        vec![
            shut("192.0.2.1:25", ConnectFault::Refused),
            shut("192.0.2.2:25", ConnectFault::TimedOut(1000)),
        ]
    };
    let (said, findings) = verdict("-H mail.example.org", facts(doors()));
    assert_eq!(
        said,
        "CRITICAL - mail.example.org:25 at 192.0.2.1:25 refuses connections (+1 more)"
    );
    assert_eq!(findings, ["[CRITICAL] connect-refused", "[CRITICAL] connect-timeout"]);
    let (_, findings) = verdict("-H mail.example.org -t 10:unknown", facts(doors()));
    assert_eq!(findings, ["[CRITICAL] connect-refused", "[UNKNOWN] connect-timeout"]);
}

#[test]
fn critical_with_all_addresses_each_counts() {
    let doors = || vec![open("192.0.2.1:25"), shut("192.0.2.2:25", ConnectFault::Refused)];
    let report = report("-H mail.example.org --all-addresses", facts(doors()));
    assert_eq!(report.state(), State::Critical);
    assert_eq!(report.headline(), "mail.example.org:25 at 192.0.2.2:25 refuses connections",);
    let instances: Vec<_> = report.metrics.iter().filter_map(|it| it.instance.clone()).collect();
    assert_eq!(instances, ["192.0.2.1:25"]);
}

#[test]
fn ok_and_unknown_with_all_addresses_what_this_machine_cannot_try() {
    let beside = |fault| vec![shut("[2001:db8::1]:25", fault), open("192.0.2.1:25")];
    let options = "-H mail.example.org --all-addresses";
    // That this machine has no IPv6 is nothing against the server, and says nothing about it.
    let report_of = |fault| report(options, facts(beside(fault)));
    let unroutable = report_of(ConnectFault::NoRoute);
    assert_eq!(unroutable.state(), State::Ok);
    assert_eq!(unroutable.headline(), "mail.example.org:25 1 of 2 addresses answer, 250 ms");
    let first = &unroutable.findings[0];
    assert_eq!((first.state, first.code), (State::Ok, "address-unreachable"));
    assert_eq!(first.text, "cannot be reached: no route from this machine");
    // Anything else that this machine lacks was asked for and not looked at.
    let (said, findings) = verdict(options, facts(beside(local())));
    assert_eq!(
        said,
        "UNKNOWN - mail.example.org:25 at [2001:db8::1]:25 could not be tried from here: \
         permission denied",
    );
    assert_eq!(findings, ["[UNKNOWN] local-failure"]);
    // With no address that works there is nothing to be content with.
    let doors = || vec![shut("[2001:db8::1]:25", ConnectFault::NoRoute)];
    for options in [options, "-H mail.example.org"] {
        let (_, findings) = verdict(options, facts(doors()));
        assert_eq!(findings, ["[CRITICAL] connect-failed"]);
        let alone = vec![shut("192.0.2.1:25", local())];
        let (_, findings) = verdict(options, facts(alone));
        assert_eq!(findings, ["[UNKNOWN] local-failure"]);
    }
}

fn local() -> ConnectFault {
    ConnectFault::Local("permission denied".to_owned())
}

#[test]
fn ok_and_critical_loss() {
    let lossy = |lost| Door {
        attempts: [Ok(0.001), Ok(0.003)]
            .into_iter()
            .chain(std::iter::repeat_n(Err(ConnectFault::TimedOut(1000)), lost))
            .collect(),
        ..open("192.0.2.1:25")
    };
    let options = "-H mail.example.org --attempts 4 --loss-warning 10 --loss-critical 40";
    let (said, findings) = verdict(options, facts(vec![lossy(0)]));
    assert!(said.starts_with("OK - ") && findings.is_empty(), "{said}");
    let (said, findings) = verdict(options, facts(vec![lossy(2)]));
    assert_eq!(
        said,
        "CRITICAL - mail.example.org:25 loses 50.0 % of the connections (critical range 40%)",
    );
    assert_eq!(findings, ["[CRITICAL] loss-threshold"]);
}

#[test]
fn ok_and_critical_trust_by_port() {
    for (options, verdicts) in [
        ("-H mail.example.org -S", "[OK] cert-untrusted"),
        ("-H mail.example.org -S -D 14", "[WARNING] cert-untrusted"),
        ("-H mail.example.org -S -p 587", "[CRITICAL] cert-untrusted"),
        ("-H mail.example.org --tls", "[CRITICAL] cert-untrusted"),
    ] {
        let (_, findings) = verdict(options, facts(vec![secured(Some("self-signed certificate"))]));
        assert_eq!(findings, [verdicts], "{options}");
        let (said, findings) = verdict(options, facts(vec![secured(None)]));
        assert!(said.starts_with("OK - ") && findings.is_empty(), "{said}");
    }
}

#[test]
fn warning_a_certificate_that_expired_beside_a_good_way() {
    let mut door = secured(None);
    if let Some(Ok(tls)) = &mut door.tls {
        let mut old = tls.chain[0].clone();
        old.subject = "Example Old Cross".to_owned();
        old.not_after = NOW - 5 * 86_400;
        tls.chain.push(old);
    }
    let (said, findings) = verdict("-H mail.example.org -S", facts(vec![door]));
    assert_eq!(
        said,
        "WARNING - mail.example.org:25 intermediate certificate \"Example Old Cross\" expired 5 \
         days ago (2026-11-16)",
    );
    assert_eq!(findings, ["[WARNING] cert-expired"]);
}

#[test]
fn critical_silence_on_port_465_names_the_option() {
    let silent = || Door {
        greeting: Some(Err(Fault::TimedOut(String::new()))),
        hello: None,
        quit: None,
        times: crate::facts::Times { total: 10.0, ..Default::default() },
        ..open("192.0.2.1:465")
    };
    // Where the DNS took the rest, the server had less.
    let mut late = silent();
    late.times.total = 2.5;
    let (said, _) = verdict("-H mail.example.org -p 466", facts(vec![late]));
    let had = "CRITICAL - mail.example.org:466 did not finish the greeting within 2.5 s";
    assert_eq!(said, had);
    let hint = "; port 465 speaks TLS from the first byte: use --tls";
    for (options, port, hint) in [("-p 465", 465, hint), ("-p 466", 466, ""), ("--tls", 465, "")] {
        let options = format!("-H mail.example.org {options}");
        let (said, _) = verdict(&options, facts(vec![silent()]));
        assert_eq!(
            said,
            format!(
                "CRITICAL - mail.example.org:{port} did not finish the greeting within 10 s{hint}"
            ),
        );
    }
}

/// 21 November 2026.
const NOW: i64 = 1_795_219_200;
