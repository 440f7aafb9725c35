//! EHLO and what it offers.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_cut_off, check_script, each, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

#[test]
fn ok_the_name_is_never_empty_and_the_given_one_is_said() {
    let server = start(Script::default());
    check(server.port(), &[]).says(GOOD, &[]);
    let session = polite(&server);
    let name = session.lines[0].strip_prefix("EHLO ").unwrap();
    assert!(!name.trim().is_empty() && name == name.trim(), "{name:?}");

    let server = start(Script::default());
    check(server.port(), &["-F", "monitor.example.net"]).says(GOOD, &[]);
    assert_eq!(polite(&server).lines, ["EHLO monitor.example.net", "QUIT"]);
}

#[test]
fn warning_a_server_that_knows_only_helo() {
    let server = start(Script::default().answering("EHLO", Action::reply("502 5.5.1 What")));
    check(server.port(), &[]).says(
        "WARNING - 127.0.0.1:PORT refuses EHLO and takes HELO: 502 5.5.1 What",
        &["[WARNING] esmtp-missing"],
    );
    assert_eq!(polite(&server).verbs, ["EHLO", "HELO", "QUIT"]);
}

#[test]
fn critical_a_server_that_refuses_every_hello() {
    let cases = [
        ("550 5.7.1 Not you", "554 5.7.1 Nor so", "EHLO, and HELO too: 554 5.7.1 Nor so"),
        ("451 4.3.0 Later", "250 mail.example.org", "EHLO: 451 4.3.0 Later"),
    ];
    each(cases, |(ehlo, helo, text)| {
        let script = Script::default()
            .answering("EHLO", Action::reply(ehlo))
            .answering("HELO", Action::reply(helo));
        check_script(script, &[]).says(
            &format!("CRITICAL - 127.0.0.1:PORT refuses {text}"),
            &["[CRITICAL] ehlo-refused"],
        );
    });
}

#[test]
fn critical_a_success_that_is_not_the_one_of_ehlo() {
    for code in ["221", "235", "251", "334", "354"] {
        let script = Script::default().answering("EHLO", Action::reply(&format!("{code} Ok")));
        let server = start(script);
        check(server.port(), &["-f", "<>"]).says(
            &format!("CRITICAL - 127.0.0.1:PORT answers EHLO with {code} Ok"),
            &["[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"],
        );
        assert_eq!(polite(&server).verbs, ["EHLO", "QUIT"]);
    }
    let script = Script::default()
        .answering("EHLO", Action::reply("502 5.5.1 What"))
        .answering("HELO", Action::reply("221 Bye"));
    let run = check_script(script, &[]);
    assert_eq!((run.code, run.findings()), (2, vec!["[CRITICAL] reply-unexpected"]));
    run.shows("[CRITICAL] reply-unexpected: answers HELO with 221 Bye");
    let lmtp = Script { lmtp: true, ..Script::default() };
    check_script(lmtp.answering("LHLO", Action::reply("252 Ok")), &["-L"]).says(
        "CRITICAL - 127.0.0.1:PORT answers LHLO with 252 Ok",
        &["[CRITICAL] reply-unexpected"],
    );
}

#[test]
fn critical_turned_away_at_ehlo() {
    let text = "450 4.7.1 Client ratelimit exceeded";
    let script = Script::default().answering("EHLO", Action::reply(text));
    check_script(script, &[]).says(
        &format!("CRITICAL - 127.0.0.1:PORT refuses EHLO: {text}"),
        &["[CRITICAL] client-limited"],
    );
}

#[test]
fn critical_no_reply_to_ehlo() {
    let cases = [
        (Action::Close, "closed the connection instead of the reply to EHLO"),
        (Action::Reset, "closed the connection instead of the reply to EHLO"),
        (
            Action::half_line("250-mail.example.org\r\n250-SI"),
            "closed the connection instead of the reply to EHLO, only \
             \"250-mail.example.org 250-SI\"",
        ),
    ];
    each(cases, |(action, text)| {
        let script = Script::default().answering("EHLO", action);
        check_cut_off(script, &[])
            .says(&format!("CRITICAL - 127.0.0.1:PORT {text}"), &["[CRITICAL] connection-closed"]);
    });
    let script = Script::default().answering("EHLO", Action::Silence);
    let run = check_cut_off(script, &["-t", "1"]);
    run.within(1.0);
    run.says(
        "CRITICAL - 127.0.0.1:PORT did not finish the reply to EHLO within 1 s",
        &["[CRITICAL] reply-timeout"],
    );
    let garbage = Action::reply("250-mail.example.org\n220 more");
    check_cut_off(Script::default().answering("EHLO", garbage), &[]).says(
        "CRITICAL - 127.0.0.1:PORT sent, as the reply to EHLO, lines with the codes 250 and 220 \
         in one reply",
        &["[CRITICAL] reply-invalid"],
    );
}

#[test]
fn critical_keywords_that_are_missing_or_forbidden() {
    let cases: [(&[&str], &str, &[&str]); 4] = [
        (&["--require-keyword", "pipelining", "--forbid-keyword", "VRFY"], GOOD, &[]),
        (
            &["--require-keyword", "SMTPUTF8", "--require-keyword", "CHUNKING"],
            "CRITICAL - 127.0.0.1:PORT does not offer SMTPUTF8 (+1 more)",
            &["[CRITICAL] keyword-missing", "[CRITICAL] keyword-missing"],
        ),
        (
            &["--forbid-keyword", "8bitmime"],
            "CRITICAL - 127.0.0.1:PORT offers 8bitmime",
            &["[CRITICAL] keyword-forbidden"],
        ),
        // Part of a keyword is not the keyword, nor is the server's name.
        (
            &["--require-keyword", "8BIT", "--forbid-keyword", "mail.example.org"],
            "CRITICAL - 127.0.0.1:PORT does not offer 8BIT",
            &["[CRITICAL] keyword-missing"],
        ),
    ];
    each(cases, |(args, headline, findings)| {
        check_script(Script::default(), args).says(headline, findings);
    });
}

#[test]
fn critical_a_server_that_says_more_than_it_was_asked() {
    let more = Action::reply("250 mail.example.org\n250 and more");
    check_cut_off(Script::default().answering("EHLO", more), &["-f", "<>"]).says(
        "CRITICAL - 127.0.0.1:PORT spoke out of turn before the reply to MAIL: \"250 and more\"",
        &["[CRITICAL] reply-out-of-turn"],
    );
    // With nothing else to ask, QUIT is where it shows.
    let more = Action::reply("250 mail.example.org\n250 and more");
    check_cut_off(Script::default().answering("EHLO", more), &[]).says(
        "CRITICAL - 127.0.0.1:PORT spoke out of turn before the reply to QUIT: \"250 and more\"",
        &["[CRITICAL] reply-out-of-turn"],
    );
}

#[test]
fn ok_auth_in_clear_is_told_at_v() {
    let script = Script { keywords: vec!["AUTH PLAIN LOGIN".into()], ..Script::default() };
    let run = check_script(script, &["-v"]);
    assert_eq!((run.code, run.headline()), (0, GOOD));
    assert!(run.findings().contains(&"[OK] auth-in-clear"));
    run.shows("[OK] auth-in-clear: offers AUTH without TLS: PLAIN LOGIN");
}
