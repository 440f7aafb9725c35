//! A domain's MTA-STS policy, and its mail exchangers held against it, with --mta-sts.

use std::net::SocketAddr;
use std::time::Duration;

use demo_host::Action;
use demo_host::certificates::CertificateSpec;
use demo_host::dns::{Behaviour, Zone};
use demo_host::https::{Answer, HttpsServer};
use demo_host::ports::refused_port;
use demo_host::smtp::{Script, StartTls, Tls};
use tempfile::TempDir;

use crate::domain::Hosts;
use crate::support::{Ca, Call, Run};

/// A domain with one mail exchanger and the web server of its policy, both with good certificates.
struct World {
    ca: Ca,
    script: Script,
    web: Tls,
    zone: Zone,
    state: TempDir,
}

impl World {
    fn new() -> Self {
        let ca = Ca::new();
        let secure = |name: &str| Tls::new(ca.issue(&CertificateSpec::named(name)));
        Self {
            script: Script::with_starttls(secure("mx1.d.example")),
            web: secure("mta-sts.d.example"),
            zone: Zone::new().txt("_mta-sts.d.example", "v=STSv1; id=1"),
            state: tempfile::tempdir().unwrap(),
            ca,
        }
    }

    fn recorded(record: &str) -> Self {
        Self { zone: Zone::new().txt("_mta-sts.d.example", record), ..Self::new() }
    }

    /// Runs the check against a web server that answers so.
    fn check(&self, answer: Answer, args: &[&str]) -> Run {
        let server = HttpsServer::start(&self.web, answer).unwrap();
        self.check_at(server.address(), args)
    }

    /// The same with a policy.
    fn policy(&self, policy: &str, args: &[&str]) -> Run {
        self.check(Answer::text(policy), args)
    }

    fn check_at(&self, address: SocketAddr, args: &[&str]) -> Run {
        let hosts = Hosts::with(self.zone.clone(), vec![self.script.clone()]);
        let (address, state) = (address.to_string(), self.state.path().display().to_string());
        let words = ["--mta-sts", "--mta-sts-address", &address, "--state-dir", &state];
        hosts.check(&[&words[..], &["--ca-file", &self.ca.file], args].concat())
    }
}

fn enforce(mx: &str) -> String {
    format!("version: STSv1\nmode: enforce\nmax_age: 1209600\nmx: {mx}\n")
}

const GOOD: &str = "OK - d.example 1 of 1 mail exchanger greet, certificate of mx1.d.example expires in \
                    90 days, MTA-STS enforce, TIME";

#[test]
fn ok_a_policy_that_is_kept_to() {
    let world = World::new();
    let server = HttpsServer::start(&world.web, Answer::text(&enforce("mx1.d.example"))).unwrap();
    let run = world.check_at(server.address(), &[]);
    run.says(GOOD, &[]);
    assert!(run.stdout.contains(" mta_sts_mode=2;;;0;2 mta_sts_max_age=1209600s;;;0"), "{run:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].sni.as_deref(), Some("mta-sts.d.example"));
    assert_eq!(requests[0].lines[0], "GET /.well-known/mta-sts.txt HTTP/1.1");
    assert!(
        requests[0]
            .lines
            .iter()
            .any(|line| { line.eq_ignore_ascii_case("host: mta-sts.d.example") })
    );
    let policy = enforce("*.d.example").replace('\n', "\r\n");
    World::new().policy(&policy, &[]).says(GOOD, &[]);
}

#[test]
fn ok_what_was_looked_at_is_shown() {
    let args =
        ["-vvv", "--tls-rpt", "--dane", "--ignore", "tls-rpt-missing", "--ignore", "dane-missing"];
    let run = World::new().policy(&enforce("*.d.example"), &args);
    run.shows("  _mta-sts.d.example TXT \"v=STSv1; id=1\"");
    run.shows("  MTA-STS policy: mode enforce, max_age 1209600, mx *.d.example");
    assert!(run.stdout.contains("\n  TXT _smtp._tls.d.example: no such "), "{}", run.stdout);
    assert!(run.stdout.contains("\n  MX d.example: 10 mx1.d.example from DNS, "), "{}", run.stdout);
}

#[test]
fn ok_the_address_of_the_web_server_comes_from_the_dns() {
    let mut world = World::new();
    world.zone = world.zone.a("mta-sts.d.example", [127, 0, 0, 1]);
    let hosts = Hosts::with(world.zone.clone(), vec![world.script.clone()]);
    let state = world.state.path().display().to_string();
    // Port 443 of this machine: whatever is there is not this domain's web server.
    let words = ["--mta-sts", "--state-dir", &state, "--ca-file", &world.ca.file];
    let run = hosts.check(&words);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-unfetched"], "{}", run.stdout);
    let hosts = Hosts::with(
        Zone::new().txt("_mta-sts.d.example", "v=STSv1; id=1"),
        vec![world.script.clone()],
    );
    hosts.check(&words).says(
        "WARNING - d.example MTA-STS policy cannot be fetched: mta-sts.d.example has no address",
        &["[WARNING] mta-sts-unfetched"],
    );
}

#[test]
fn warning_no_record() {
    let world = World { zone: Zone::new(), ..World::new() };
    let run = world.policy(&enforce("mx1.d.example"), &[]);
    run.says(
        "WARNING - d.example has no MTA-STS record at _mta-sts.d.example",
        &["[WARNING] mta-sts-missing"],
    );
    let run = World::recorded("v=STSv1 id=1").policy(&enforce("mx1.d.example"), &[]);
    run.says(
        "WARNING - d.example has no MTA-STS record, only one that looks like it: a semicolon is missing \
         behind STSv1",
        &["[WARNING] mta-sts-missing"],
    );
}

#[test]
fn warning_a_record_at_another_place() {
    let mut world = World::new();
    world.zone = Zone::new().txt("d.example", "v=STSv1; id=1");
    world.policy(&enforce("mx1.d.example"), &[]).says(
        "WARNING - d.example has its MTA-STS record at the domain itself, not at _mta-sts.d.example",
        &["[WARNING] mta-sts-missing"],
    );
    world.zone = Zone::new().txt("*.d.example", "v=spf1 -all").txt("*.d.example", "hello");
    let run = world.policy(&enforce("mx1.d.example"), &[]);
    run.says(
        "WARNING - d.example has no MTA-STS record at _mta-sts.d.example, only other texts",
        &["[WARNING] mta-sts-missing"],
    );
    run.shows("    v=spf1 -all");
    let mut world = World::new();
    world.zone = world.zone.txt("_mta-sts.d.example", "v=spf1 -all");
    let run = world.policy(&enforce("mx1.d.example"), &["-v"]);
    assert!(run.findings().contains(&"[OK] mta-sts-odd"), "{}", run.stdout);
    assert_eq!(run.code, 0);
}

#[test]
fn warning_a_policy_that_is_meant_to_harm() {
    let run = World::new().policy("version: STSv1\nmode: \u{1b}[2J | <b>x\u{202e}\n\0: \r\n", &[]);
    assert!(run.findings().contains(&"[WARNING] mta-sts-policy"), "{}", run.stdout);
    let raw =
        b"HTTP/1.1 302 Found\r\nLocation: https://x/|<b>\xff\xfe\r\nContent-Length: 0\r\n\r\n";
    let run = World::new().check(Answer::Raw(raw.to_vec()), &[]);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-unfetched"], "{}", run.stdout);
}

#[test]
fn warning_several_records() {
    let mut world = World::new();
    world.zone = world.zone.txt("_mta-sts.d.example", "v=STSv1; id=2");
    world.policy(&enforce("mx1.d.example"), &[]).says(
        "WARNING - d.example has 2 MTA-STS records, and senders use none of them",
        &["[WARNING] mta-sts-several"],
    );
}

#[test]
fn warning_the_dns_does_not_say() {
    let mut world = World::new();
    world.zone = world.zone.behave("_mta-sts.d.example", Behaviour::ServFail);
    world.policy("", &[]).says(
        "WARNING - d.example MTA-STS record is not known: SERVFAIL from DNS",
        &["[WARNING] mta-sts-dns-failed"],
    );
    let mut world = World::new();
    world.zone = world.zone.behave("_mta-sts.d.example", Behaviour::Bogus);
    assert_eq!(world.policy("", &[]).findings(), ["[WARNING] dnssec-bogus"]);
}

#[test]
fn warning_a_record_that_breaks_its_grammar() {
    let run = World::recorded("v=STSv1; id=2026-11").policy(&enforce("mx1.d.example"), &[]);
    run.says(
        "WARNING - d.example MTA-STS record: id= has letters and digits only",
        &["[WARNING] mta-sts-syntax"],
    );
    run.shows("    v=STSv1; id=2026-11");
    run.shows("    ................^");
}

#[test]
fn warning_oddities() {
    let good = enforce("mx1.d.example");
    let run = World::recorded("v=STSv1 ; id=1").policy(&good, &[]);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-odd"], "{}", run.stdout);
    let run = World::recorded("v=STSv1; id=1; x=y").policy(&good, &["-v"]);
    assert!(run.findings().contains(&"[OK] mta-sts-odd"), "{}", run.stdout);
    let mut world = World::new();
    world.zone = world.zone.txt("_mta-sts.d.example", "v=stsv1; id=1");
    world.policy(&good, &[]).says(
        "WARNING - d.example beside the MTA-STS record is one that looks like it: v=STSv1 is not written \
         in exactly these letters",
        &["[WARNING] mta-sts-odd"],
    );
    World::new().policy(&format!("{good}mode: testing\n"), &[]).says(
        "WARNING - d.example MTA-STS policy, line 5: mode is there again, and only the first counts",
        &["[WARNING] mta-sts-odd"],
    );
}

#[test]
fn ok_an_alias_is_common() {
    let mut world = World::new();
    world.zone = Zone::new()
        .cname("_mta-sts.d.example", "d.hosted.example")
        .txt("d.hosted.example", "v=STSv1; id=1");
    world.policy(&enforce("mx1.d.example"), &[]).says(GOOD, &[]);
    world.zone = world.zone.txt("_mta-sts.d.example", "v=STSv1; id=1");
    world.policy(&enforce("mx1.d.example"), &[]).says(
        "WARNING - d.example _mta-sts.d.example is an alias and has other records too",
        &["[WARNING] alias-conflict"],
    );
}

#[test]
fn warning_a_policy_that_cannot_be_fetched() {
    let world = World::new();
    let page = |status, name: &str, value: &str| Answer::Page {
        status,
        headers: vec![(name.to_owned(), value.to_owned())],
        body: enforce("mx1.d.example").into(),
    };
    let elsewhere = "https://www.d.example/";
    for (answer, why) in [
        (Answer::status(404), "the web server says 404, not 200"),
        (page(204, "Content-Type", "text/plain"), "the web server says 204, not 200"),
        (
            page(301, "Location", elsewhere),
            "the web server redirects (301) to https://www.d.example/, and senders do...",
        ),
        (Answer::HangUp, "the web server broke the connection: it ended before the answer"),
        (
            Answer::Raw(b"220 hello\r\n\r\n".to_vec()),
            "the web server's answer is no HTTP: invalid HTTP version",
        ),
    ] {
        let run = world.check(answer, &[]);
        let headline = format!("WARNING - d.example MTA-STS policy cannot be fetched: {why}");
        run.says(&headline, &["[WARNING] mta-sts-unfetched"]);
    }
    let port = refused_port().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port.port()));
    world.check_at(address, &[]).says(
        "WARNING - d.example MTA-STS policy cannot be fetched: the web server refuses connections",
        &["[WARNING] mta-sts-unfetched"],
    );
}

#[test]
fn warning_a_web_server_whose_certificate_will_not_do() {
    let mut world = World::new();
    let named = CertificateSpec::named("mta-sts.d.example");
    for (spec, why) in [
        (CertificateSpec::named("www.d.example"), "is for another name"),
        (
            CertificateSpec { not_after_days: -3, ..named.clone() },
            "is out of date, or one above it is",
        ),
        (CertificateSpec { self_signed: true, ..named }, "is not trusted: self-signed certificate"),
    ] {
        world.web = Tls::new(world.ca.issue(&spec));
        let run = world.policy(&enforce("mx1.d.example"), &[]);
        let headline = format!(
            "WARNING - d.example MTA-STS policy cannot be fetched: the web server's certificate {why}"
        );
        run.says(&headline, &["[WARNING] mta-sts-unfetched"]);
    }
}

#[test]
fn warning_a_web_server_whose_certificate_expires_soon() {
    let mut world = World::new();
    let named = CertificateSpec::named("mta-sts.d.example");
    world.web = Tls::new(world.ca.issue(&CertificateSpec { not_after_days: 5, ..named.clone() }));
    let text = "certificate of the web server with the MTA-STS policy expires in";
    world.policy(&enforce("mx1.d.example"), &[]).says(
        &format!("CRITICAL - d.example {text} 5 days (DATE)"),
        &["[CRITICAL] cert-expires-soon"],
    );
    world.web = Tls::new(world.ca.issue(&CertificateSpec { not_after_days: 9, ..named }));
    world.policy(&enforce("mx1.d.example"), &["-D", "10"]).says(
        &format!("WARNING - d.example {text} 9 days (DATE)"),
        &["[WARNING] cert-expires-soon"],
    );
}

#[test]
fn ok_other_ways_to_send_a_body() {
    let policy = enforce("mx1.d.example");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain\r\n";
    let length = policy.len();
    for raw in [
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{policy}\r\n0\r\n\r\n"),
        format!("{head}\r\n{policy}"),
        format!("HTTP/1.1 100 Continue\r\n\r\n{head}Content-Length: {length}\r\n\r\n{policy}"),
    ] {
        World::new().check(Answer::Raw(raw.into()), &[]).says(GOOD, &[]);
    }
    let cut = format!("{head}Content-Length: {}\r\n\r\n{policy}", length + 1);
    let run = World::new().check(Answer::Raw(cut.into()), &[]);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-unfetched"], "{}", run.stdout);
    let endless = format!("{head}X: {}", "x".repeat(100_000));
    let run = World::new().check(Answer::Raw(endless.into()), &[]);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-unfetched"], "{}", run.stdout);
}

#[test]
fn warning_a_web_server_that_is_silent() {
    let run = World::new().check(Answer::Silence, &["-t", "1"]);
    run.within(1.0);
    run.says(
        "WARNING - d.example MTA-STS policy cannot be fetched: the web server did not answer in time",
        &["[WARNING] mta-sts-unfetched"],
    );
}

#[test]
fn critical_nobody_says_anything() {
    let mut world = World::new();
    world.script.greeting = Action::Silence;
    let run = world.check(Answer::Silence, &["-t", "1", "--dane", "--tls-rpt"]);
    run.within(1.0);
    let findings = [
        "[CRITICAL] reply-timeout",
        "[WARNING] dane-missing",
        "[WARNING] mta-sts-unfetched",
        "[WARNING] tls-rpt-missing",
        "[UNKNOWN] not-looked-at",
    ];
    assert_eq!(run.findings(), findings, "{}", run.stdout);
}

#[test]
fn warning_a_dns_that_is_slow_about_the_policy_costs_the_hosts_nothing() {
    let mut world = World::new();
    world.script.greeting = Action::late(Duration::from_secs(2));
    world.zone = Zone::new().behave("_mta-sts.d.example", Behaviour::Silence);
    let run = world.policy("", &["-t", "3"]);
    run.within(3.0);
    assert_eq!(run.findings(), ["[WARNING] mta-sts-dns-failed"], "{}", run.stdout);
}

#[test]
fn warning_pieces_of_a_body_without_end() {
    let mut raw =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    raw.extend(vec![b'1'; 2_000_000]);
    World::new().check(Answer::Raw(raw), &[]).says(
        "WARNING - d.example MTA-STS policy cannot be fetched: the web server's answer is no HTTP: its body \
         has no end",
        &["[WARNING] mta-sts-unfetched"],
    );
}

#[test]
fn warning_a_policy_without_end() {
    World::new().check(Answer::Endless, &[]).says(
        "WARNING - d.example MTA-STS policy: it is longer than 65536 bytes, which senders need not read",
        &["[WARNING] mta-sts-policy"],
    );
    let long = format!("{}{}", enforce("mx1.d.example"), "mx: a.d.example\n".repeat(4092));
    assert!(long.len() <= 65_536 && long.len() > 65_500, "{}", long.len());
    let run = World::new().policy(&long, &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn warning_the_type_of_the_file() {
    let world = World::new();
    let sent = |headers: &[(&str, &str)]| Answer::Page {
        status: 200,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: enforce("mx1.d.example").into(),
    };
    world.check(sent(&[("Content-Type", "text/html")]), &[]).says(
        "WARNING - d.example MTA-STS policy is sent as text/html, not as text/plain",
        &["[WARNING] mta-sts-content-type"],
    );
    world.check(sent(&[]), &[]).says(
        "WARNING - d.example MTA-STS policy is sent without a content type, not as text/plain",
        &["[WARNING] mta-sts-content-type"],
    );
}

#[test]
fn warning_a_policy_that_breaks_its_grammar() {
    let world = World::new();
    let good = enforce("mx1.d.example");
    for (policy, headline) in [
        (String::new(), "policy: it is empty"),
        (
            good.replace("STSv1", "STSv2"),
            "policy, line 1: version is STSv1, in exactly these letters",
        ),
        (
            good.replace("enforce", "Enforce"),
            "policy, line 2: mode is enforce, testing or none, in small letters",
        ),
        (
            good.replace("1209600", "31557601"),
            "policy, line 3: max_age is a number of seconds, 0 to 31557600",
        ),
        (good.replace("mx: mx1.d.example\n", ""), "policy: mx is missing"),
        (good.replace("mode:", "mode :"), "policy, line 2: there is no blank before the colon"),
        (
            good.replace("mx1.d", "*.*.d"),
            "policy, line 4: an asterisk is the whole first label, and a \
          name follows it",
        ),
    ] {
        let run = world.policy(&policy, &[]);
        let headline = format!("WARNING - d.example MTA-STS {headline}");
        run.says(&headline, &["[WARNING] mta-sts-policy"]);
    }
}

#[test]
fn ok_the_modes() {
    for mode in ["testing", "none"] {
        let policy = enforce("mx1.d.example").replace("enforce", mode);
        let run = World::new().policy(&policy, &["-v"]);
        assert_eq!(run.code, 0, "{}", run.stdout);
        assert!(run.headline().contains(&format!("MTA-STS {mode}")), "{}", run.stdout);
        assert!(run.findings().contains(&"[OK] mta-sts-not-enforced"), "{}", run.stdout);
    }
}

#[test]
fn warning_a_policy_that_is_kept_for_hours_only() {
    let world = World::new();
    let kept = |seconds: &str| enforce("mx1.d.example").replace("1209600", seconds);
    world.policy(&kept("7200"), &[]).says(
        "WARNING - d.example MTA-STS policy may be kept for 2 hours only (max_age 7200)",
        &["[WARNING] mta-sts-max-age-short"],
    );
    let run = world.policy(&kept("86400"), &["-v"]);
    assert!(run.findings().contains(&"[OK] mta-sts-max-age-short"), "{}", run.stdout);
    let run = world.policy(&kept("604800"), &["-v"]);
    assert!(!run.stdout.contains("mta-sts-max-age-short"), "{}", run.stdout);
}

#[test]
fn critical_a_mail_exchanger_that_the_policy_does_not_allow() {
    let text = "mx1.d.example is no mail exchanger that the MTA-STS policy allows";
    for pattern in ["mx2.d.example", "*.example", "*.mx1.d.example"] {
        World::new()
            .policy(&enforce(pattern), &[])
            .says(&format!("CRITICAL - {text} ({pattern})"), &["[CRITICAL] mta-sts-mx"]);
    }
    let testing = enforce("mx2.d.example").replace("enforce", "testing");
    let run = World::new().policy(&testing, &["-v"]);
    assert_eq!(run.findings()[0], "[WARNING] mta-sts-mx");
    assert!(run.findings().contains(&"[OK] mta-sts-mx-unused"), "{}", run.stdout);
    let run = World::new().policy(&enforce("mx2.d.example"), &["--quorum", "1"]);
    assert_eq!(run.findings(), ["[CRITICAL] mx-quorum", "[CRITICAL] mta-sts-mx"]);
}

#[test]
fn critical_a_certificate_that_the_policy_does_not_allow() {
    let mut world = World::new();
    let (policy, named) = (enforce("mx1.d.example"), CertificateSpec::named("mx1.d.example"));
    let testing = policy.replace("enforce", "testing");
    for (spec, why, expired) in [
        (CertificateSpec::named("d.example"), "its certificate is for another name", false),
        (
            CertificateSpec { self_signed: true, ..named.clone() },
            "its certificate is not trusted, self-signed certificate",
            false,
        ),
        (CertificateSpec { not_after_days: -3, ..named }, "its certificate has expired", true),
    ] {
        world.script = Script::with_starttls(Tls::new(world.ca.issue(&spec)));
        let run = world.policy(&policy, &["--ignore", "cert-expired"]);
        let ignored = ["--ignore", "cert-untrusted", "--ignore", "cert-name-mismatch"];
        let run = if expired { run } else { world.policy(&policy, &ignored) };
        run.says(
            &format!("CRITICAL - mx1.d.example is not what MTA-STS (enforce) wants: {why}"),
            &["[CRITICAL] mta-sts-cert"],
        );
        let run = world.policy(&testing, &[]);
        assert!(run.findings().contains(&"[WARNING] mta-sts-cert"), "{}", run.stdout);
    }
    world.script.starttls = StartTls::NotOffered;
    let run = world.policy(&policy, &[]);
    let findings =
        ["[CRITICAL] starttls-missing", "[CRITICAL] mta-sts-cert", "[UNKNOWN] not-looked-at"];
    assert_eq!(run.findings(), findings, "{}", run.stdout);
}

#[test]
fn warning_a_new_policy_under_the_old_id() {
    let mut world = World::new();
    world.policy(&enforce("mx1.d.example"), &[]).says(GOOD, &[]);
    world.policy(&enforce("*.d.example"), &[]).says(
        "WARNING - d.example MTA-STS policy was changed and the id 1 was not: senders that hold the old \
         one keep it",
        &["[WARNING] mta-sts-id-stale"],
    );
    world.zone = Zone::new().txt("_mta-sts.d.example", "v=STSv1; id=2");
    let run = world.policy(&enforce("*.d.example"), &["-v"]);
    run.shows("[OK] mta-sts: id 2, changed on DATE");
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = world.policy(&enforce("*.d.example"), &["-v"]);
    run.shows("[OK] mta-sts: id 2, changed on DATE");
}

#[test]
fn critical_an_enforced_policy_is_gone() {
    let mut world = World::new();
    world.policy(&enforce("mx1.d.example"), &[]).says(GOOD, &[]);
    world.check(Answer::status(404), &[]).says(
        "CRITICAL - d.example MTA-STS policy cannot be fetched: the web server says 404, not 200; senders \
         may enforce it until DATE",
        &["[CRITICAL] mta-sts-unfetched"],
    );
    world.zone = Zone::new();
    let run = world.policy(&enforce("mx1.d.example"), &[]);
    assert_eq!(run.findings(), ["[CRITICAL] mta-sts-missing"]);
    // Taken back, it is still with those that have not looked since; only then it may go.
    world.zone = Zone::new().txt("_mta-sts.d.example", "v=STSv1; id=2");
    assert_eq!(world.policy(&enforce("mx1.d.example").replace("enforce", "none"), &[]).code, 0);
    world.zone = Zone::new();
    let run = world.policy("", &[]);
    assert_eq!(run.findings(), ["[CRITICAL] mta-sts-missing"]);
}

#[test]
fn ok_nothing_is_known_of_earlier_runs() {
    let world = World::new();
    let web = HttpsServer::start(&world.web, Answer::text(&enforce("mx1.d.example"))).unwrap();
    let hosts = Hosts::with(world.zone.clone(), vec![world.script.clone()]);
    let address = web.address().to_string();
    let words = ["--mta-sts", "--mta-sts-address", &address, "--state-dir", "/dev/null/x", "-v"];
    let run = hosts.check(&[&words[..], &["--ca-file", &world.ca.file]].concat());
    assert!(run.findings().contains(&"[OK] state-unusable"), "{}", run.stdout);
    assert_eq!(run.code, 0);
}

#[test]
fn unknown_options_that_nothing_comes_of() {
    for (options, why) in [
        ("-H mail.example.org --mta-sts", "--mta-sts is about a whole domain: name it with -d"),
        ("-H mail.example.org --tls-rpt", "--tls-rpt is about a whole domain: name it with -d"),
        ("-H mail.example.org --quorum 2", "--quorum is about a whole domain: name it with -d"),
        ("-d d.example --mta-sts-address 127.0.0.1", "--mta-sts"),
        ("-d d.example --mta-sts --mta-sts-address web", "not an IP address"),
        ("-d d.example --state-dir /tmp", "the option --state-dir needs --mta-sts"),
        ("-d d.example --mta-sts --ca-file /nonexistent", "/nonexistent"),
    ] {
        let words: Vec<&str> = options.split(' ').collect();
        let run = Call::new(&words).run();
        assert_eq!((run.code, run.stdout.contains(why)), (3, true), "{}", run.stdout);
    }
}
