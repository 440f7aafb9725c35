//! The dialogue in clear: greeting, EHLO, envelope, commands and QUIT, on every port that has one.

use super::{GOOD, GOOD_TLS, Monitor, start, well_kept};
use crate::postfix::{Relay, Settings};

#[test]
fn ok_a_plain_dialogue() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let smtp = postfix.smtp_port();
    monitor
        .check(smtp, &[])
        .says(GOOD)
        .measures("time=Vs;;;0 dns=Vs;;;0 connect=Vs;;;0 greeting=Vs;;;0 ehlo=Vs;;;0");
    monitor
        .check(smtp, &["-e", "220", "--expect-fqdn", "mail.example.org", "-w", "5", "-c", "9"])
        .says(GOOD);
    monitor
        .check(smtp, &["-e", "Exim"])
        .says("CRITICAL - SERVER greets without \"Exim\": 220 mail.example.org ESMTP Postfix");
    monitor
        .check(smtp, &["--expect-fqdn", "mx.example.org"])
        .says("WARNING - SERVER greets as \"mail.example.org\", not as mx.example.org");
    monitor.assert_polite();
}

#[test]
fn critical_keywords_missing_and_forbidden() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let smtp = postfix.smtp_port();
    monitor
        .check(smtp, &["--require-keyword", "PIPELINING", "--require-keyword", "starttls"])
        .says(GOOD);
    monitor
        .check(smtp, &["--require-keyword", "PIPELINING", "--forbid-keyword", "VRFY"])
        .says("CRITICAL - SERVER offers VRFY");
    monitor
        .check(smtp, &["--require-keyword", "AUTH"])
        .says("CRITICAL - SERVER does not offer AUTH");
    // RFC 3207 section 4.2: what counts is what is offered after STARTTLS.
    monitor.check(smtp, &["-S", "--forbid-keyword", "STARTTLS"]).says(GOOD_TLS);
    monitor.assert_polite();
}

#[test]
fn critical_recipients_sizes_and_relaying_that_are_refused() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let smtp = postfix.smtp_port();
    monitor.check(smtp, &["--rcpt", "alice@example.org", "--size", "10MB"]).says(GOOD).measures(
        "time=Vs;;;0 dns=Vs;;;0 connect=Vs;;;0 greeting=Vs;;;0 ehlo=Vs;;;0 mail=Vs;;;0 \
             rcpt=Vs;;;0",
    );
    monitor
        .check(smtp, &["--size", "10MiB"])
        .says("CRITICAL - SERVER takes messages of up to 10.24 MB, 10.49 MB is asked for");
    monitor.check(smtp, &["--rcpt", "bob@example.com"]).says(
        "CRITICAL - SERVER refuses mail to bob@example.com: 554 5.7.1 (bob@example.com): Relay \
         access denied",
    );
    monitor.check(smtp, &["-f", "carol@example.net", "--rcpt", "nobody@example.org"]).explains(
        "refuses mail to nobody@example.org: 550 5.1.1 (nobody@example.org): Recipient address \
             rejected: User unknown in virtual mailbox table",
    );
    monitor.check(smtp, &["--open-relay", "-v"]).says(RELAYS_NOTHING).explains(
        "refuses mail from relay-test@example.net to relay-test@example.com from this address: \
             554 5.7.1",
    );
    monitor.assert_polite();
}

#[test]
fn critical_an_open_relay() {
    let settings = Settings { relay: Relay::Discarded, ..Settings::default() };
    let Some(postfix) = start(&settings) else {
        return;
    };
    let monitor = Monitor::of(&postfix);
    monitor.check(postfix.smtp_port(), &["--open-relay"]).says(
        "CRITICAL - SERVER relays mail from relay-test@example.net to relay-test@example.com from \
         this address: 250 2.1.5 Ok",
    );
    monitor
        .check(postfix.smtp_port(), &["-f", "carol@example.net", "--open-relay", "bob@example.com"])
        .says(
            "CRITICAL - SERVER relays mail from carol@example.net to bob@example.com from this \
             address: 250 2.1.5 Ok",
        );
    monitor.assert_polite();
}

#[test]
fn warning_commands_and_the_replies_expected_of_them() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let pairs = |expected| {
        [
            "-f",
            "carol@example.net",
            "-C",
            "RCPT TO:<alice@example.org>",
            "-R",
            "^250 2\\.1\\.5",
            "-C",
            "VRFY nobody@example.org",
            "-R",
            expected,
        ]
    };
    let smtp = postfix.smtp_port();
    monitor.check(smtp, &pairs("^550 5\\.1\\.1")).says(GOOD);
    monitor
        .check(smtp, &pairs("^252"))
        .explains("[WARNING] command-mismatch: answers VRFY nobody@example.org with 550 5.1.1");
    monitor
        .check(smtp, &["-C", "EXPN staff"])
        .says("CRITICAL - SERVER refuses EXPN staff: 500 5.5.2 Error: command not recognized");
    monitor.assert_polite();
}

#[test]
fn ok_the_name_given_in_ehlo_reaches_the_server() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let name = "monitor-f.example.net";
    let refused = ["-F", name, "--rcpt", "nobody@example.org"];
    let _ = monitor.check(postfix.smtp_port(), &refused);
    postfix.wait_for_log(&format!("proto=ESMTP helo=<{name}>"));
}

#[test]
fn ok_five_attempts_without_loss() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    monitor
        .check(postfix.smtp_port(), &["--attempts", "5", "--loss-critical", "0"])
        .says(GOOD)
        .measures(
            "time=Vs;;;0 dns=Vs;;;0 connect=Vs;;;0 greeting=Vs;;;0 ehlo=Vs;;;0 loss=0%;;0;0;100 \
             rtt_min=Vs;;;0 rtt_avg=Vs;;;0 rtt_max=Vs;;;0",
        );
    // The connections that only measure say nothing; docs/plugins/check_smtp_banner.md tells so.
    let client = format!("unknown[{}]", monitor.address);
    postfix.wait_for_log(&format!("lost connection after CONNECT from {client}"));
}

#[test]
fn warning_mail_is_taken_before_tls() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    monitor
        .check(postfix.smtp_port(), &["-S", "--tls-required"])
        .says("WARNING - SERVER takes MAIL before TLS: 250 2.1.0 Ok");
    monitor.check_tls(postfix.submission_port(), &["-S", "--tls-required"]).says(GOOD_TLS);
    monitor.assert_polite();
}

#[test]
fn warning_a_greet_delay_is_not_the_networks() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let postscreen = postfix.postscreen_port();
    let answer = monitor
        .check(postscreen, &["--greeting-warning", "1", "--connect-warning", "1"])
        .says("WARNING - SERVER greeting took TIME (warning range 1s)")
        .measures("time=Vs;;;0 dns=Vs;;;0 connect=Vs;1;;0 greeting=Vs;1;;0 ehlo=Vs;;;0");
    assert!(answer.value("greeting") >= 1.9, "{}", answer.run.stdout);
    monitor.assert_polite();
}

#[test]
fn critical_smtp_is_spoken_to_an_lmtp_server() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let lmtp = postfix.lmtp_port();
    let good = "OK - SERVER 220 mail.example.org Dovecot (Debian) ready., TIME";
    monitor.check(lmtp, &["-L"]).says(good);
    monitor.check(lmtp, &["-L", "--rcpt", "alice@example.org"]).says(good);
    monitor.check(lmtp, &[]).says(
        "CRITICAL - SERVER refuses EHLO, and HELO too: 500 5.5.1 Unknown command; LMTP wants -L",
    );
}

const RELAYS_NOTHING: &str = "OK - SERVER 220 mail.example.org ESMTP Postfix, relays nothing, TIME";
