//! A DNS that means harm: what it costs is bounded, and what it says is not believed.

use std::fmt::Write as _;
use std::time::Duration;

use demo_host::dns::{Behaviour, DnsServer, RecordData, RecordType, Zone};

use mailhost_tests::Run;

use crate::support::{audit, check, hosts, spf, well};

/// Runs the audit and counts what the server was asked.
fn counted(zone: &Zone, words: &str) -> (Run, usize) {
    let server = DnsServer::start(zone).unwrap();
    let said = crate::support::ask(&server, &format!("-d d.example {words}"));
    (said, server.queries().len())
}

#[test]
fn critical_a_text_of_64_kilobytes() {
    let strings: Vec<Vec<u8>> = (0..250).map(|_| vec![b'x'; 255]).collect();
    let zone = spf("v=spf1 -all").record("d.example", RecordData::Txt(strings.clone()));
    audit(&zone, "").says("OK - d.example SPF ends in -all with 0 of 10 look-ups", &[]);
    let mut record = vec![b"v=spf1 ".to_vec()];
    record.extend(strings);
    let said = audit(&Zone::new().record("d.example", RecordData::Txt(record)), "");
    assert_eq!(said.findings(), ["[CRITICAL] spf-syntax", "[WARNING] spf-too-long"]);
    assert!(said.stdout.len() < 3000, "{}", said.stdout.len());
    let mut long = "v=spf1".to_owned();
    while long.len() < 60_000 {
        long.push_str(" ip4:5.1.2.3 include:i.example");
    }
    let zone = spf(&long).txt("i.example", "v=spf1 -all");
    let (said, asked) = counted(&zone, "--only spf");
    said.ends_as("CRITICAL");
    assert!(said.stdout.len() < 60_000 && asked < 20, "{asked}");
}

#[test]
fn ok_a_text_of_500_strings() {
    let strings = (0..498).map(|_| b" ".to_vec());
    let strings = [b"v=spf1".to_vec()].into_iter().chain(strings).chain([b" -all".to_vec()]);
    let zone = Zone::new().record("d.example", RecordData::Txt(strings.collect()));
    audit(&zone, "--ignore spf-too-long").ends_as("OK");
}

#[test]
fn critical_includes_that_fan_out() {
    let mut zone = Zone::new();
    for level in 0..5 {
        for at in 0..10 {
            let mut record = "v=spf1".to_owned();
            for next in 0..10 {
                write!(record, " include:l{}n{next}.example", level + 1).unwrap();
            }
            zone = zone.txt(&format!("l{level}n{at}.example"), format!("{record} -all"));
        }
    }
    let zone = zone.txt("d.example", "v=spf1 include:l0n0.example include:l0n1.example -all");
    let (said, asked) = counted(&zone, "--only spf");
    said.ends_as("CRITICAL");
    assert!(said.findings().contains(&"[CRITICAL] spf-lookups"), "{}", said.stdout);
    assert!(said.stdout.contains("SPF needs at least "), "{}", said.stdout);
    // Of a hundred thousand that it could be.
    assert!(asked <= 100, "{asked}");
}

#[test]
fn critical_many_long_records_in_a_row() {
    let mut zone = spf("v=spf1 redirect=r0.example");
    for at in 0_u8..12 {
        let mut record = "v=spf1".to_owned();
        for network in 0..3000_u16 {
            let [high, low] = network.to_be_bytes();
            write!(record, " ip4:5.{at}.{high}.{low}").unwrap();
        }
        write!(record, " redirect=r{}.example", at + 1).unwrap();
        zone = zone.txt(&format!("r{at}.example"), record);
    }
    let said = audit(&zone, "-t 60");
    said.shows(
        "[UNKNOWN] not-looked-at: not all of SPF was looked at: it has too many records or terms",
    );
    assert!(said.elapsed < Duration::from_secs(30), "{:?}", said.elapsed);
}

#[test]
fn critical_exchangers_without_end() {
    let mut zone = hosts(Zone::new());
    for at in 0..500 {
        zone = zone.mx("d.example", at, &format!("h{at}.d.example"));
    }
    zone = zone.a("*.d.example", [192, 31, 196, 25]).txt("d.example", "v=spf1 mx -all");
    let (said, asked) = counted(&zone, "");
    said.ends_as("CRITICAL");
    assert!(asked <= 500, "{asked}");
}

#[test]
fn critical_an_mx_term_of_many_hosts_with_many_addresses() {
    let mut record = "v=spf1".to_owned();
    let mut zone = Zone::new();
    for at in 0..80 {
        write!(record, " mx:m{at}.example").unwrap();
        for host in 0..10 {
            zone = zone.mx(&format!("m{at}.example"), host, &format!("h{host}.m{at}.example"));
        }
    }
    let zone = zone.a("*.example", [5, 1, 2, 3]).txt("d.example", record + " -all");
    let (said, asked) = counted(&zone, "--only spf");
    said.ends_as("CRITICAL");
    // Some of them twice: over TCP, or because the machine is busy.
    assert!(asked <= 700, "{asked}");
    let line = "[UNKNOWN] not-looked-at: not all was asked: the questions or the time of this run are used up";
    assert_eq!(said.stdout.matches(line).count(), 1, "{}", said.stdout);
    assert!(!said.stdout.contains("resolver-failed"), "{}", said.stdout);
}

#[test]
fn warning_aliases_that_lead_round() {
    let zone = spf("v=spf1 a:www.example -all")
        .cname("www.example", "web.example")
        .cname("web.example", "www.example");
    audit(&zone, "").finds(
        "[WARNING] spf-dns-failed: a:www.example of d.example: aliases without end from DNS",
    );
}

#[test]
fn ok_answers_for_other_names_are_not_believed() {
    let stray = |instead| Behaviour::Stray {
        records: vec![
            ("evil.example".into(), RecordData::txt("v=spf1 +all")),
            ("evil.example".into(), RecordData::mx(1, "evil.example")),
        ],
        instead,
    };
    check(&well().behave("d.example", stray(false)), "").ends_as("OK");
    audit(&well().behave("d.example", stray(true)), "")
        .finds("[WARNING] spf-missing: has no SPF record");
    audit(&well().behave_for("d.example", RecordType::Txt, Behaviour::WrongQuestion), "-t 3")
        .finds("[WARNING] spf-dns-failed: SPF is not known: no answer from DNS in time");
}

#[test]
fn warning_a_truncated_answer_that_tcp_does_not_complete() {
    for behaviour in [Behaviour::TruncatedThenClosed, Behaviour::TruncatedThenSilence] {
        let zone = well().behave_for("d.example", RecordType::Txt, behaviour);
        audit(&zone, "-t 3").finds(
            "[WARNING] spf-dns-failed: SPF is not known: a truncated answer from DNS, and none over TCP",
        );
    }
    let deaf = well().behave_for("d.example", RecordType::Txt, Behaviour::Truncated);
    audit(&Zone { udp_only: true, ..deaf }, "").finds(
        "[WARNING] spf-dns-failed: SPF is not known: a truncated answer from DNS, and none over TCP",
    );
}

#[test]
fn critical_text_that_means_harm_comes_out_clean() {
    let harm = "v=spf1 include:\u{1b}[2J<b>|x\u{202e} -all";
    let said = audit(&spf(harm), "-vvv");
    said.ends_as("CRITICAL");
    let name = "a\\<b>\\|\\027x.d.example";
    let zone = hosts(Zone::new()).mx("d.example", 10, name);
    check(&zone, "--only mx -vvv").ends_as("CRITICAL");
}

#[test]
fn unknown_everything_is_silent_and_the_run_ends() {
    let zone = Zone::new().behave("*", Behaviour::Silence).behave(".", Behaviour::Silence);
    let (said, _) = counted(&zone, "-t 1.5");
    assert_eq!(said.findings(), ["[UNKNOWN] resolver-failed"]);
    assert!(said.elapsed < Duration::from_secs(30));
}

#[test]
fn warning_silence_deep_in_the_policy_leaves_time_for_the_rest() {
    let zone = well()
        .txt("p.example", "v=spf1 include:a.example -all")
        .txt("a.example", "v=spf1 include:b.example -all")
        .txt("b.example", "v=spf1 include:c.example ip4:5.1.2.3 -all")
        .behave("c.example", Behaviour::Silence);
    let said = crate::support::run(&zone, "-d p.example --only spf -t 2");
    said.finds(
        "[WARNING] spf-dns-failed: SPF of c.example is not known: no answer from DNS in time",
    );
    assert_eq!(said.metric("record_bytes"), Some("29B"));
}
