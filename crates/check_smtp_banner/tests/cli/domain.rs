//! All mail exchangers of a domain.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use demo_host::Action;
use demo_host::certificates::CertificateSpec;
use demo_host::dns::{Behaviour, DnsServer, Zone};
use demo_host::ports::refused_port;
use demo_host::smtp::{Listen, Script, SmtpServer, Tls};

use crate::support::{Ca, Call, Run, polite};

/// Mail exchangers of d.example, each at an address of its own and all at the same port.
pub(crate) struct Hosts {
    pub(crate) servers: Vec<SmtpServer>,
    pub(crate) zone: Zone,
    port: u16,
}

impl Hosts {
    /// One for each script: mx1.d.example and so on, in the order of their preference.
    pub(crate) fn new(scripts: Vec<Script>) -> Self {
        Self::with(Zone::new(), scripts)
    }

    /// The same with a zone that has something in it.
    pub(crate) fn with(zone: Zone, scripts: Vec<Script>) -> Self {
        // Other tests of this process have other addresses.
        static LAST: AtomicU8 = AtomicU8::new(0);
        let third = LAST.fetch_add(1, Ordering::Relaxed);
        let mut hosts = Self { servers: Vec::new(), zone, port: 0 };
        for (at, script) in (1..).zip(scripts) {
            let address = Ipv4Addr::new(127, 80, third, at);
            let name = format!("mx{at}.d.example");
            let listen = Listen::At(SocketAddr::from((address, hosts.port)));
            let server = SmtpServer::start_on(&listen, script).unwrap();
            hosts.port = server.port();
            hosts.servers.push(server);
            let zone = hosts.zone.mx("d.example", u16::from(at) * 10, &name);
            hosts.zone = zone.a(&name, address);
        }
        hosts
    }

    /// Where the TLSA records of a host are.
    pub(crate) fn service(&self, host: &str) -> String {
        format!("_{}._tcp.{host}", self.port)
    }

    /// Checks the domain with these words; the addresses read `MX1` and so on in the output.
    pub(crate) fn check(&self, args: &[&str]) -> Run {
        let dns = DnsServer::start(&self.zone).unwrap();
        let (dns, port) = (dns.address().to_string(), self.port.to_string());
        let words = ["-d", "d.example", "-p", &port, "--nameserver", &dns];
        let run = Call::new(&[&words, args].concat()).run();
        let mut stdout = run.stdout.replace(&dns, "DNS");
        for (at, server) in (1..).zip(&self.servers) {
            stdout = stdout.replace(&server.address(), &format!("MX{at}"));
        }
        Run { stdout, ..run }
    }
}

/// A server with a certificate for its own name.
fn secure(ca: &Ca, at: u8, days: i64) -> Script {
    let name = format!("mx{at}.d.example");
    let spec = CertificateSpec { not_after_days: days, ..CertificateSpec::named(&name) };
    Script { host: name, ..Script::with_starttls(Tls::new(ca.issue(&spec))) }
}

/// One that does not accept mail now.
fn closed() -> Script {
    Script { greeting: Action::reply("554 5.3.2 No mail now"), ..Script::default() }
}

/// The options of "Mail exchangers" in the sample host for Nagios, between domain and resolver.
#[test]
fn ok_a_domain_without_dane_and_mta_sts_by_the_packaged_sample() {
    let sample = include_str!("../../../../packaging/nagios/example.cfg");
    let (_, options) = sample.split_once("smtp_banner!-d example.org ").unwrap();
    let (options, _) = options.split_once(" --nameserver 127.0.0.1\n").unwrap();
    let ca = Ca::new();
    let hosts = Hosts::new(vec![secure(&ca, 1, 60)]);
    let own = ["--ca-file", &ca.file, "--state-dir", "/nonexistent/state"];
    let words: Vec<&str> = own.into_iter().chain(options.split_whitespace()).collect();
    hosts.check(&words).says(
        "OK - d.example 1 of 1 mail exchanger greet, certificate of mx1.d.example expires in 60 days, TIME \
         (2 ignored)",
        &[],
    );
    // As it is when the two are taken out.
    let moved = |word: &&str| word.ends_with("=ok") || *word == "--severity";
    let words: Vec<&str> = words.into_iter().filter(|word| !moved(word)).collect();
    let run = hosts.check(&words);
    assert_eq!(run.findings(), ["[WARNING] dane-missing", "[WARNING] mta-sts-missing"]);
}

#[test]
fn ok_every_exchanger_of_a_domain() {
    let ca = Ca::new();
    let hosts = Hosts::new(vec![secure(&ca, 1, 60), secure(&ca, 2, 40)]);
    let run = hosts.check(&["-S", "--verify", "--ca-file", &ca.file]);
    run.says(
        "OK - d.example 2 of 2 mail exchangers greet, certificate of mx2.d.example expires in 40 days, \
         TIME",
        &[],
    );
    let labels: Vec<String> = ["connect", "greeting", "ehlo", "tls", "cert_left"]
        .iter()
        .flat_map(|label| ["mx1", "mx2"].map(|host| format!("{host}_{label}")))
        .collect();
    let mut shown = run.labels();
    shown.sort_unstable();
    assert_eq!(shown.len(), labels.len() + 2, "{shown:?}");
    // One connection for each.
    hosts.servers.iter().for_each(|server| drop(polite(server)));
}

#[test]
fn critical_the_worst_of_all() {
    let hosts = Hosts::new(vec![Script::default(), closed(), Script::default()]);
    let run = hosts.check(&[]);
    run.says(
        "CRITICAL - mx2.d.example greets with 554 5.3.2 No mail now",
        &["[CRITICAL] greeting-refused"],
    );
    hosts.check(&["--quorum", "2"]).says(
        "WARNING - mx2.d.example greets with 554 5.3.2 No mail now",
        &["[WARNING] greeting-refused"],
    );
    hosts.check(&["--quorum", "3"]).says(
        "CRITICAL - d.example 2 of 3 mail exchangers work, 3 are wanted (+1 more)",
        &["[CRITICAL] mx-quorum", "[CRITICAL] greeting-refused"],
    );
}

#[test]
fn warning_one_of_two_has_no_address() {
    let mut hosts = Hosts::new(vec![Script::default()]);
    hosts.zone = hosts.zone.mx("d.example", 20, "gone.d.example");
    let headline = "CRITICAL - gone.d.example has no address";
    hosts.check(&[]).says(headline, &["[CRITICAL] mx-unresolvable"]);
    let headline = "WARNING - gone.d.example has no address";
    hosts.check(&["--quorum", "1"]).says(headline, &["[WARNING] mx-unresolvable"]);
}

/// Nobody knows then whether the mail exchangers work.
#[test]
fn unknown_a_quorum_while_the_own_resolver_does_not_answer() {
    let refused = refused_port().unwrap();
    let nameserver = format!("127.0.0.1:{}", refused.port());
    let args = ["-d", "d.example", "--quorum", "1", "--nameserver", &nameserver];
    let run = Call::new(&args).run();
    assert_eq!(run.findings(), ["[UNKNOWN] resolver-failed"], "{}", run.stdout);
    assert_eq!(run.code, 3);
}

#[test]
fn critical_a_quorum_is_about_hosts_that_take_mail() {
    let hosts = Hosts::new(vec![closed(), closed()]);
    // What the operator makes of a fault does not make a host work that takes no mail.
    let run = hosts.check(&["--quorum", "1", "--severity", "greeting-refused=ok"]);
    assert_eq!(run.findings(), ["[CRITICAL] mx-quorum"], "{}", run.stdout);
    run.shows("[CRITICAL] mx-quorum: 0 of 2 mail exchangers work, 1 is wanted");
    let mut nowhere = Hosts::new(vec![Script::default()]);
    nowhere.zone = nowhere.zone.behave("d.example", Behaviour::ServFail);
    let run = nowhere.check(&["--quorum", "1", "--unreachable-state", "ok"]);
    run.says(
        "CRITICAL - d.example no mail exchanger works, 1 is wanted",
        &["[CRITICAL] mx-quorum"],
    );
    // And does not count a host out that the operator takes as it is.
    let ca = Ca::new();
    let hosts = Hosts::new(vec![secure(&ca, 1, 60), secure(&ca, 2, -1)]);
    let args = ["-S", "--quorum", "2", "--severity", "cert-expired=warning"];
    assert_eq!(hosts.check(&args).findings(), ["[WARNING] cert-expired"]);
    let run = hosts.check(&args[..3]);
    assert_eq!(run.findings(), ["[CRITICAL] mx-quorum", "[CRITICAL] cert-expired"]);
}

#[test]
fn warning_a_host_twice_and_none_at_all() {
    let mut hosts = Hosts::new(vec![Script::default()]);
    hosts.zone = hosts.zone.mx("d.example", 20, "MX1.d.example").mx("d.example", 0, ".");
    let run = hosts.check(&["--quorum", "2"]);
    run.shows("[CRITICAL] mx-quorum: 1 of 1 mail exchanger work, 2 are wanted");
    assert_eq!(run.findings()[1], "[WARNING] mx-null-not-alone", "{}", run.stdout);
    assert_eq!(run.labels().iter().filter(|label| label.ends_with("_connect")).count(), 1);
    polite(&hosts.servers[0]);
    hosts
        .check(&[])
        .says("WARNING - d.example has a null MX beside others", &["[WARNING] mx-null-not-alone"]);
}

#[test]
fn unknown_what_is_no_number_of_hosts() {
    for number in ["0", "all", "-1"] {
        Call::new(&["-d", "d.example", &format!("--quorum={number}")]).run().says_only(&format!(
            "UNKNOWN - invalid value '{number}' for '--quorum (NUMBER)': write how many have to work, from 1 \
             on; see --help"
        ));
    }
}

#[test]
fn warning_a_slow_host_beside_others() {
    let slow = Script { greeting: Action::late(Duration::from_millis(600)), ..Script::default() };
    let hosts = Hosts::new(vec![Script::default(), slow]);
    let words = ["--greeting-critical", "0.5"];
    assert_eq!(hosts.check(&words).findings(), ["[CRITICAL] time-threshold"]);
    let run = hosts.check(&[&words[..], &["--quorum", "1"]].concat());
    assert_eq!(run.findings(), ["[WARNING] time-threshold"], "{}", run.stdout);
}

#[test]
fn critical_six_hosts_of_which_one_is_silent() {
    let mut scripts = vec![Script::default(); 6];
    scripts[3].greeting = Action::Silence;
    let hosts = Hosts::new(scripts);
    let run = hosts.check(&["-t", "2"]);
    run.within(2.0);
    run.says(
        "CRITICAL - mx4.d.example did not finish the greeting within 2 s",
        &["[CRITICAL] reply-timeout"],
    );
    assert_eq!(run.labels().iter().filter(|label| label.ends_with("_ehlo")).count(), 5);
    let run = hosts.check(&["-t", "2", "-v"]);
    assert_eq!(run.findings().iter().filter(|it| **it == "[OK] greeting").count(), 5);
}

#[test]
fn critical_a_domain_that_takes_no_mail() {
    let zone = Zone::new()
        .a("host.example", [127, 0, 0, 1])
        .mx("null.example", 0, ".")
        .mx("gone.example", 10, "mx.gone.example")
        .txt("empty.example", "nothing");
    let dns = DnsServer::start(&zone).unwrap();
    let server = crate::support::start(Script::default());
    let (dns, port) = (dns.address().to_string(), server.port().to_string());
    for (domain, headline, findings) in [
        (
            "nx.example",
            "CRITICAL - nx.example does not exist in the DNS",
            "[CRITICAL] domain-not-found",
        ),
        (
            "null.example",
            "WARNING - null.example has a null MX: it takes no mail",
            "[WARNING] mx-null",
        ),
        ("gone.example", "CRITICAL - mx.gone.example has no address", "[CRITICAL] mx-unresolvable"),
        (
            "empty.example",
            "CRITICAL - empty.example has neither an MX record nor an address: it cannot get mail",
            "[CRITICAL] mx-missing",
        ),
        (
            "host.example",
            "WARNING - host.example has no MX, so its own address takes its mail",
            "[WARNING] mx-implicit",
        ),
    ] {
        let words = ["-d", domain, "-p", &port, "--nameserver", &dns];
        Call::new(&words).run().says(headline, &[findings]);
    }
}

#[test]
fn critical_the_dns_does_not_answer() {
    let mut hosts = Hosts::new(vec![Script::default()]);
    hosts.zone = hosts.zone.behave("d.example", Behaviour::Bogus);
    let run = hosts.check(&[]);
    assert_eq!(run.findings(), ["[CRITICAL] dnssec-bogus"], "{}", run.stdout);
    let mut hosts = Hosts::new(vec![Script::default()]);
    hosts.zone = hosts.zone.behave("d.example", Behaviour::ServFail);
    hosts.check(&[]).says(
        "CRITICAL - d.example MX is not known: SERVFAIL from DNS",
        &["[CRITICAL] mx-dns-failed"],
    );
}
