//! The record that says where reports on TLS go, with --tls-rpt.

use demo_host::dns::{Behaviour, Zone};
use demo_host::smtp::Script;

use crate::domain::Hosts;
use crate::support::Run;

const AT: &str = "_smtp._tls.d.example";

fn check(zone: Zone, args: &[&str]) -> Run {
    Hosts::with(zone, vec![Script::default()]).check(&[&["--tls-rpt"], args].concat())
}

fn recorded(record: &str, args: &[&str]) -> Run {
    check(Zone::new().txt(AT, record), args)
}

#[test]
fn ok_where_reports_go() {
    let record = "v=TLSRPTv1; rua=mailto:tls@d.example,https://d.example/tls";
    let headline = "OK - d.example 1 of 1 mail exchanger greet, TLS-RPT, TIME";
    recorded(record, &[]).says(headline, &[]);
    recorded(record, &["-v"])
        .shows("[OK] tls-rpt: reports on TLS go to tls@d.example, https://d.example/tls");
    let alias = Zone::new().cname(AT, "rpt.example").txt("rpt.example", record);
    check(alias, &[]).says(headline, &[]);
}

#[test]
fn warning_no_record() {
    check(Zone::new(), &[]).says(
        "WARNING - d.example has no TLS-RPT record at _smtp._tls.d.example",
        &["[WARNING] tls-rpt-missing"],
    );
    recorded("v=TLSRPT1; rua=mailto:a@d.example", &[]).says(
        "WARNING - d.example has no TLS-RPT record, only one that looks like it: its version is not \
         TLSRPTv1",
        &["[WARNING] tls-rpt-missing"],
    );
}

#[test]
fn warning_a_record_at_another_place() {
    check(Zone::new().txt("d.example", "v=TLSRPTv1; rua=mailto:a@d.example"), &[]).says(
        "WARNING - d.example has its TLS-RPT record at the domain itself, not at _smtp._tls.d.example",
        &["[WARNING] tls-rpt-missing"],
    );
    check(Zone::new().txt(AT, "v=spf1 -all"), &[]).says(
        "WARNING - d.example has no TLS-RPT record at _smtp._tls.d.example, only other texts",
        &["[WARNING] tls-rpt-missing"],
    );
}

#[test]
fn warning_several_records() {
    let zone = Zone::new()
        .txt(AT, "v=TLSRPTv1; rua=mailto:a@d.example")
        .txt(AT, "v=TLSRPTv1; rua=mailto:b@d.example");
    check(zone, &[]).says(
        "WARNING - d.example has 2 TLS-RPT records, and senders use none of them",
        &["[WARNING] tls-rpt-several"],
    );
}

#[test]
fn warning_the_dns_does_not_say() {
    check(Zone::new().behave(AT, Behaviour::ServFail), &[]).says(
        "WARNING - d.example TLS-RPT record is not known: SERVFAIL from DNS",
        &["[WARNING] tls-rpt-dns-failed"],
    );
}

#[test]
fn warning_a_record_that_breaks_its_grammar() {
    let run = recorded("v=TLSRPTv1; rua=", &[]);
    run.says(
        "WARNING - d.example TLS-RPT record: rua= has no value",
        &["[WARNING] tls-rpt-syntax"],
    );
    run.shows("    v=TLSRPTv1; rua=");
    run.shows("    ............^^^^");
    for (record, why) in [
        ("v=TLSRPTv1; rua=a@d.example", "it has no scheme; write mailto: in front"),
        ("v=TLSRPTv1; rua=ftp://d.example", "reports go to mailto: and https:, not to ftp:"),
    ] {
        let run = recorded(record, &[]);
        assert!(run.findings().contains(&"[WARNING] tls-rpt-syntax"), "{}", run.stdout);
        assert!(run.stdout.contains(why), "{}", run.stdout);
    }
    let twice = "v=TLSRPTv1; rua=mailto:a@d.example; rua=mailto:b@d.example";
    recorded(twice, &[]).says(
        "WARNING - d.example TLS-RPT record: rua= is there again, and only the first counts",
        &["[WARNING] tls-rpt-odd"],
    );
    recorded("v=TLSRPTv1;", &[]).says(
        "WARNING - d.example TLS-RPT record: the field rua= is missing",
        &["[WARNING] tls-rpt-syntax"],
    );
}

#[test]
fn warning_an_address_that_nothing_can_be_sent_to() {
    recorded("v=TLSRPTv1; rua=mailto:a@d.example,b@d.example", &[]).says(
        "WARNING - d.example TLS-RPT record: rua= has no usable address here: it has no scheme; write \
         mailto: in front",
        &["[WARNING] tls-rpt-odd"],
    );
    let run = recorded("v=TLSRPTv1; rua=mailto:a@d.example; x=y", &["-v"]);
    assert!(run.findings().contains(&"[OK] tls-rpt-odd"), "{}", run.stdout);
    assert_eq!(run.code, 0);
}
