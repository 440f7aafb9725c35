//! Is the Postfix of the tests the server it is said to be? A client of a few lines asks it.

use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use mailhost_tests::skip;

use crate::{
    certificates::Certificate,
    dialogue::Dialogue,
    postfix::{Postfix, Relay, Settings},
};

#[test]
fn a_well_kept_postfix_is_one() {
    let Some(postfix) = start("mtas/postfix", &Settings::default()) else {
        return;
    };
    smtp_greets_and_offers_tls(&postfix).expect("smtp");
    smtps_greets_under_tls(&postfix).expect("smtps");
    submission_wants_tls_and_a_password(&postfix).expect("submission");
    a_stranger_may_write_to_alice_only(&postfix).expect("relaying");
    postscreen_lets_a_patient_client_in(&postfix).expect("postscreen");
    lmtp_greets(&postfix).expect("LMTP");
    mail_for_alice_arrives(&postfix).expect("delivery");
}

#[test]
fn an_open_relay_with_an_expired_certificate_is_one() {
    let settings = Settings {
        certificate: Certificate::Expired,
        relay: Relay::Discarded,
        ..Settings::default()
    };
    let Some(postfix) = start("mtas/postfix-neglected", &settings) else {
        return;
    };
    relays_for_strangers(&postfix).expect("relaying");
    let refused = Dialogue::connect(postfix.smtps_port()).expect("connect").tls(&postfix.ca_file());
    let error = refused.err().expect("an expired certificate is refused").to_string();
    assert!(error.contains("certificate has expired"), "{error}");
}

#[test]
fn two_servers_run_side_by_side_with_other_certificates() {
    let settings = |certificate| Settings { certificate, ..Settings::default() };
    let what = "mtas/postfix-pair";
    let Some(wrong) = start(what, &settings(Certificate::WrongName)) else {
        return;
    };
    let Some(own) = start(what, &settings(Certificate::SelfSigned)) else {
        return;
    };
    for (postfix, expected) in [(&wrong, "hostname mismatch"), (&own, "self-signed certificate")] {
        let connection = Dialogue::connect(postfix.smtps_port()).expect("connect");
        let error = connection.tls(&postfix.ca_file()).err().expect("refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
    drop(wrong);
    let mut soon = Dialogue::connect(own.smtp_port()).expect("the other server still runs");
    assert_starts(&soon.reply().expect("a greeting"), "220 ");
}

fn start(what: &str, settings: &Settings) -> Option<Postfix> {
    Postfix::start(settings).inspect_err(|reason| skip(what, reason)).ok()
}

fn smtp_greets_and_offers_tls(postfix: &Postfix) -> io::Result<()> {
    let mut plain = Dialogue::connect(postfix.smtp_port())?;
    assert_starts(&plain.reply()?, "220 mail.example.org ESMTP");
    let offered = plain.say("EHLO client.example.net")?;
    assert!(offered.contains(&format!("250-SIZE {}\n", Postfix::SIZE_LIMIT)), "{offered}");
    assert!(offered.contains("250-STARTTLS\n"), "{offered}");
    assert!(!offered.contains("AUTH"), "{offered}");
    assert_starts(&plain.say("STARTTLS")?, "220 ");
    let mut private = plain.tls(&postfix.ca_file())?;
    let offered = private.say("EHLO client.example.net")?;
    assert!(!offered.contains("STARTTLS"), "{offered}");
    assert_starts(&private.say("QUIT")?, "221 ");
    Ok(())
}

fn smtps_greets_under_tls(postfix: &Postfix) -> io::Result<()> {
    let mut private = Dialogue::connect(postfix.smtps_port())?.tls(&postfix.ca_file())?;
    assert_starts(&private.reply()?, "220 mail.example.org ESMTP");
    check_passwords(&mut private)
}

fn submission_wants_tls_and_a_password(postfix: &Postfix) -> io::Result<()> {
    let mut plain = Dialogue::connect(postfix.submission_port())?;
    assert_starts(&plain.reply()?, "220 mail.example.org ESMTP");
    let offered = plain.say("EHLO client.example.net")?;
    assert!(!offered.contains("AUTH"), "{offered}");
    assert_starts(&plain.say("MAIL FROM:<alice@example.org>")?, "530 ");
    assert_starts(&plain.say("STARTTLS")?, "220 ");
    check_passwords(&mut plain.tls(&postfix.ca_file())?)
}

fn check_passwords<S: Read + Write>(private: &mut Dialogue<S>) -> io::Result<()> {
    let offered = private.say("EHLO client.example.net")?;
    assert!(offered.contains("250-AUTH PLAIN LOGIN CRAM-MD5\n"), "{offered}");
    assert_starts(&private.auth_plain(Postfix::USER, "wrong")?, "535 ");
    assert_starts(&private.say("MAIL FROM:<alice@example.org>")?, "250 ");
    assert_starts(&private.say("RCPT TO:<bob@example.com>")?, "554 ");
    assert_starts(&private.say("RSET")?, "250 ");
    assert_starts(&private.auth_plain(Postfix::USER, Postfix::PASSWORD)?, "235 ");
    assert_starts(&private.say("MAIL FROM:<alice@example.org>")?, "250 ");
    assert_starts(&private.say("RCPT TO:<bob@example.com>")?, "250 ");
    assert_starts(&private.say("QUIT")?, "221 ");
    Ok(())
}

fn a_stranger_may_write_to_alice_only(postfix: &Postfix) -> io::Result<()> {
    let mut stranger = greeted(postfix.smtp_port())?;
    let too_big = format!("MAIL FROM:<> SIZE={}", Postfix::SIZE_LIMIT + 1);
    assert_starts(&stranger.say(&too_big)?, "552 ");
    // Postfix 3.7 refuses a following MAIL without SIZE as well, until it is told to forget.
    assert_starts(&stranger.say("MAIL FROM:<carol@example.net>")?, "552 ");
    assert_starts(&stranger.say("RSET")?, "250 ");
    assert_starts(&stranger.say("MAIL FROM:<carol@example.net>")?, "250 ");
    assert_starts(&stranger.say("RCPT TO:<alice@example.org>")?, "250 ");
    assert_starts(&stranger.say("RCPT TO:<nobody@example.org>")?, "550 ");
    assert_starts(&stranger.say("RCPT TO:<bob@example.com>")?, "554 5.7.1 ");
    assert_starts(&stranger.say("QUIT")?, "221 ");
    postfix.wait_for_log("Relay access denied");
    Ok(())
}

fn relays_for_strangers(postfix: &Postfix) -> io::Result<()> {
    let mut stranger = greeted(postfix.smtp_port())?;
    assert_starts(&stranger.say("MAIL FROM:<carol@example.net>")?, "250 ");
    assert_starts(&stranger.say("RCPT TO:<bob@example.com>")?, "250 ");
    assert_starts(&stranger.say("QUIT")?, "221 ");
    Ok(())
}

fn postscreen_lets_a_patient_client_in(postfix: &Postfix) -> io::Result<()> {
    let started = Instant::now();
    let mut client = Dialogue::connect(postfix.postscreen_port())?;
    let greeting = client.reply()?;
    assert_starts(&greeting, "220-mail.example.org");
    assert!(greeting.contains("\n220 mail.example.org ESMTP"), "{greeting}");
    assert!(started.elapsed() >= Duration::from_millis(1900), "{:?}", started.elapsed());
    assert_starts(&client.say("EHLO client.example.net")?, "250-mail.example.org\n");
    assert_starts(&client.say("QUIT")?, "221 ");
    Ok(())
}

fn lmtp_greets(postfix: &Postfix) -> io::Result<()> {
    let mut client = Dialogue::connect(postfix.lmtp_port())?;
    assert_starts(&client.reply()?, "220 mail.example.org");
    assert_starts(&client.say("LHLO client.example.net")?, "250-");
    assert_starts(&client.say("QUIT")?, "221 ");
    Ok(())
}

fn mail_for_alice_arrives(postfix: &Postfix) -> io::Result<()> {
    let mut stranger = greeted(postfix.smtp_port())?;
    assert_starts(&stranger.say("MAIL FROM:<carol@example.net>")?, "250 ");
    assert_starts(&stranger.say("RCPT TO:<alice@example.org>")?, "250 ");
    assert_starts(&stranger.say("DATA")?, "354 ");
    assert_starts(&stranger.say("Subject: hello\r\n\r\nHello Alice.\r\n.")?, "250 ");
    assert_starts(&stranger.say("QUIT")?, "221 ");
    postfix.wait_for_log("status=sent");
    Ok(())
}

fn greeted(port: u16) -> io::Result<Dialogue<std::net::TcpStream>> {
    let mut client = Dialogue::connect(port)?;
    assert_starts(&client.reply()?, "220 ");
    assert_starts(&client.say("EHLO client.example.net")?, "250-");
    Ok(client)
}

#[track_caller]
fn assert_starts(reply: &str, expected: &str) {
    assert!(reply.starts_with(expected), "expected {expected:?}, got {reply:?}");
}
