//! The greeting, good and bad.

use std::time::Duration;

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_cut_off, check_script, each, only_session, start};

fn greeting(action: Action) -> Script {
    Script { greeting: action, ..Script::default() }
}

#[test]
fn ok_greetings_of_every_form() {
    let cases = [
        (
            Action::reply("220-mail.example.org wait\n220 mail.example.org ESMTP"),
            "220 mail.example.org wait",
        ),
        (Action::Raw(b"220 bare.example.org\n".to_vec()), "220 bare.example.org"),
        (Action::reply("220"), "220"),
        (Action::reply("220 "), "220"),
        (
            Action::Dribble {
                bytes: b"220 slow.example.org\r\n".to_vec(),
                interval: Duration::from_millis(2),
            },
            "220 slow.example.org",
        ),
        // A teaser, and the rest only after a while: the client must not speak in between.
        (
            Action::Sequence(vec![
                Action::reply("220-mail.example.org teaser"),
                Action::Delay(
                    Duration::from_millis(200),
                    Box::new(Action::reply("220 mail.example.org ESMTP")),
                ),
            ]),
            "220 mail.example.org teaser",
        ),
    ];
    each(cases, |(action, text)| {
        check_script(greeting(action), &[]).says(&format!("OK - 127.0.0.1:PORT {text}, TIME"), &[]);
    });
}

#[test]
fn critical_greetings_that_refuse() {
    let cases = [
        ("421 4.3.2 mail.example.org Shutting down", "421 4.3.2 mail.example.org Shutting down"),
        ("554 5.7.1 No 220 for you", "554 5.7.1 No 220 for you"),
        ("554-mail.example.org\n554 Go away", "554 mail.example.org Go away"),
        ("250 mail.example.org", "250 mail.example.org"),
        ("450 4.3.2 220 later", "450 4.3.2 220 later"),
        // Full for everybody, which is nothing against this monitor.
        ("421 4.3.2 All server ports are busy", "421 4.3.2 All server ports are busy"),
        (
            "421 4.7.0 mail.example.org Error: too many concurrent connections",
            "421 4.7.0 mail.example.org Error: too many concurrent connections",
        ),
        ("554 5.5.0 Protocol error, pregreet", "554 5.5.0 Protocol error, pregreet"),
    ];
    each(cases, |(reply, text)| {
        let run = check_script(greeting(Action::reply(reply)), &[]);
        run.says(
            &format!("CRITICAL - 127.0.0.1:PORT greets with {text}"),
            &["[CRITICAL] greeting-refused"],
        );
        assert_eq!(run.labels(), ["time", "dns", "connect", "greeting"]);
    });
}

#[test]
fn critical_421_and_gone_is_one_finding() {
    let script = greeting(Action::reply_and_close("421 4.3.2 Shutting down"));
    // QUIT may reach this server before it has closed, or after.
    check(start(script).port(), &[]).says(
        "CRITICAL - 127.0.0.1:PORT greets with 421 4.3.2 Shutting down",
        &["[CRITICAL] greeting-refused"],
    );
}

#[test]
fn critical_turned_away_for_asking_too_often() {
    let cases = [
        "421 4.7.0 mail.example.org Error: too many connections from 192.0.2.7",
        "421 4.3.2 Too many concurrent SMTP connections from this host",
        "450 4.3.2 Service currently unavailable",
    ];
    each(cases, |reply| {
        check_script(greeting(Action::reply(reply)), &[]).says(
            &format!("CRITICAL - 127.0.0.1:PORT greets with {reply}"),
            &["[CRITICAL] client-limited"],
        );
    });
}

#[test]
fn critical_turned_away_for_being_on_a_list() {
    for reply in [
        "521 5.7.1 Service unavailable; client [192.0.2.7] blocked using dnsbl.example.net",
        "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using dnsbl.example.net",
    ] {
        check_script(greeting(Action::reply(reply)), &[]).says(
            &format!("CRITICAL - 127.0.0.1:PORT greets with {reply}"),
            &["[CRITICAL] client-blocked"],
        );
    }
}

#[test]
fn critical_silence_of_every_kind() {
    let endless_dribble = Action::Dribble {
        bytes: b"220 mail.example.org and so on and so on and so on".to_vec(),
        interval: Duration::from_millis(100),
    };
    let teaser =
        Action::Sequence(vec![Action::reply("220-mail.example.org wait"), Action::Silence]);
    let half = Action::Sequence(vec![Action::Raw(b"220 mai".to_vec()), Action::Silence]);
    let cases = [
        (Action::Silence, ""),
        (teaser, ", only \"220-mail.example.org wait\""),
        (half, ", only \"220 mai\""),
        (Action::late(Duration::from_millis(1500)), ""),
    ];
    each(cases, |(action, heard)| {
        let server = start(greeting(action));
        let run = check(server.port(), &["-t", "0.6"]);
        run.within(0.6);
        run.says(
            &format!("CRITICAL - 127.0.0.1:PORT did not finish the greeting within 0.6 s{heard}"),
            &["[CRITICAL] reply-timeout"],
        );
        let session = only_session(&server);
        assert!(session.lines.is_empty(), "{session:?}");
    });
    let run = check_cut_off(greeting(endless_dribble), &["-t", "0.6:warning"]);
    run.within(0.6);
    assert_eq!(run.findings(), ["[WARNING] reply-timeout"]);
    let said = "WARNING - 127.0.0.1:PORT did not finish the greeting within 0.6 s, only \"220";
    assert!(run.headline().starts_with(said), "{}", run.stdout);
}

#[test]
fn critical_closed_or_reset() {
    let cases = [
        (Action::Close, ""),
        // At once, it could be met by the attempt to connect.
        (Action::Delay(Duration::from_millis(200), Box::new(Action::Reset)), ""),
        (Action::half_line("220 mai"), ", only \"220 mai\""),
        (
            Action::reply_and_close("220-mail.example.org wait"),
            ", only \"220-mail.example.org wait\"",
        ),
    ];
    each(cases, |(action, heard)| {
        check_cut_off(greeting(action), &[]).says(
            &format!(
                "CRITICAL - 127.0.0.1:PORT closed the connection instead of the greeting{heard}"
            ),
            &["[CRITICAL] connection-closed"],
        );
    });
}

#[test]
fn critical_what_is_not_smtp() {
    let cases: [(&[u8], &str); 12] = [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "\"SSH-2.0-OpenSSH_9.2p1\", which is not SMTP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "\"HTTP/1.1 400 Bad Request\", which is not SMTP"),
        (b"+OK POP3 ready\r\n", "\"+OK POP3 ready\", which is not SMTP"),
        (b"* OK IMAP4rev1\r\n", "\"* OK IMAP4rev1\", which is not SMTP"),
        (b"2200 mail.example.org\r\n", "\"2200 mail.example.org\", which is not SMTP"),
        (b"220_mail\r\n", "\"220_mail\", which is not SMTP"),
        (b"120 wait\r\n", "\"120 wait\", which is not SMTP"),
        (b"\r\n220 mail\r\n", "\"\", which is not SMTP"),
        (b"22\r\n", "\"22\", which is not SMTP"),
        (b"220-mail\r\n+OK POP3 ready\r\n", "\"+OK POP3 ready\", which is not SMTP"),
        (b"\x15\x03\x01\x00\x02\x02F", "\"??????F\", which is not SMTP"),
        (b"220-mail.example.org\r\n554 no\r\n", "lines with the codes 220 and 554 in one reply"),
    ];
    each(cases, |(bytes, text)| {
        let server = start(greeting(Action::Raw(bytes.to_vec())));
        let run = check(server.port(), &[]);
        run.says(
            &format!("CRITICAL - 127.0.0.1:PORT sent, as the greeting, {text}"),
            &["[CRITICAL] reply-invalid"],
        );
        let session = only_session(&server);
        assert!(session.lines.is_empty(), "{session:?}");
    });
}

#[test]
fn critical_a_greeting_without_the_expected_text() {
    check_script(Script::default(), &["-e", "220 mail.example.org"])
        .says("OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME", &[]);
    check_script(Script::default(), &["-e", "Postfix"]).says(
        "CRITICAL - 127.0.0.1:PORT greets without \"Postfix\": 220 mail.example.org ESMTP",
        &["[CRITICAL] greeting-unexpected"],
    );
    // Only the first line counts.
    let script = greeting(Action::reply("220-mail.example.org\n220 Postfix"));
    check_script(script, &["-e", "Postfix"]).says(
        "CRITICAL - 127.0.0.1:PORT greets without \"Postfix\": 220 mail.example.org Postfix",
        &["[CRITICAL] greeting-unexpected"],
    );
}

#[test]
fn warning_a_greeting_under_another_name() {
    let script = greeting(Action::reply("220 Mail.Example.ORG. ready"));
    check_script(script, &["--expect-fqdn", "mail.example.org"])
        .says("OK - 127.0.0.1:PORT 220 Mail.Example.ORG. ready, TIME", &[]);
    check_script(Script::default(), &["--expect-fqdn", "mx.example.org"]).says(
        "WARNING - 127.0.0.1:PORT greets as \"mail.example.org\", not as mx.example.org",
        &["[WARNING] greeting-name"],
    );
    check_script(greeting(Action::reply("220")), &["--expect-fqdn", "mx.example.org"]).says(
        "WARNING - 127.0.0.1:PORT greets as \"\", not as mx.example.org",
        &["[WARNING] greeting-name"],
    );
}
