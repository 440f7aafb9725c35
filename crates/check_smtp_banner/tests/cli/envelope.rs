//! MAIL, RCPT and SIZE, and how the conversation ends.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{Ca, check, check_cut_off, check_script, each, only_session, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

#[test]
fn ok_an_envelope_is_tried_and_left() {
    let server = start(Script { size_limit: Some(20_000_000), ..Script::default() });
    let run = check(
        server.port(),
        &[
            "-f",
            "<probe@example.net>",
            "--rcpt",
            "a@example.org",
            "--rcpt",
            "<b@example.org>",
            "--size",
            "15MB",
        ],
    );
    run.says(GOOD, &[]);
    assert_eq!(run.labels(), ["time", "dns", "connect", "greeting", "ehlo", "mail", "rcpt"],);
    assert_eq!(
        polite(&server).lines[1..],
        [
            "MAIL FROM:<probe@example.net> SIZE=15000000",
            "RCPT TO:<a@example.org>",
            "RCPT TO:<b@example.org>",
            "QUIT",
        ],
    );
}

#[test]
fn ok_the_null_sender() {
    for args in [&["-f", "<>"][..], &["--rcpt", "a@example.org"]] {
        let server = start(Script::default());
        check(server.port(), args).says(GOOD, &[]);
        assert_eq!(polite(&server).lines[1], "MAIL FROM:<>");
    }
}

#[test]
fn critical_mail_refused() {
    let cases = [
        "452 4.3.1 Insufficient system storage",
        "530 5.7.57 Client was not authenticated",
        "550 5.7.1 No",
    ];
    each(cases, |reply| {
        let script = Script::default().answering("MAIL", Action::reply(reply));
        check_script(script, &["-f", "a@example.net"]).says(
            &format!("CRITICAL - 127.0.0.1:PORT refuses mail from \"a@example.net\": {reply}"),
            &["[CRITICAL] mail-refused"],
        );
    });
    let script =
        Script::default().answering("MAIL", Action::reply("421 4.7.0 Too much mail from you"));
    check_script(script, &["-f", "<>"]).says(
        "CRITICAL - 127.0.0.1:PORT refuses mail from \"\": 421 4.7.0 Too much mail from you",
        &["[CRITICAL] client-limited"],
    );
}

#[test]
fn critical_successes_that_belong_to_other_commands() {
    let cases = [
        ("MAIL", "354 Go on", &["[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"][..]),
        ("MAIL", "251 Ok", &["[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"]),
        ("RCPT", "220 Ready", &["[CRITICAL] reply-unexpected"]),
        ("RCPT", "354 Go on", &["[CRITICAL] reply-unexpected"]),
    ];
    each(cases, |(verb, reply, findings)| {
        let script = Script::default().answering(verb, Action::reply(reply));
        check_script(script, &["--rcpt", "a@example.org"])
            .says(&format!("CRITICAL - 127.0.0.1:PORT answers {verb} with {reply}"), findings);
    });
    for reply in ["251 2.1.5 Will forward", "252 2.1.5 Will try"] {
        let script = Script::default().answering("RCPT", Action::reply(reply));
        check_script(script, &["--rcpt", "a@example.org"]).says(GOOD, &[]);
    }
}

#[test]
fn warning_and_critical_recipients_of_a_client_that_is_turned_away() {
    let cases = [
        (
            "450 4.7.1 Error: too many recipients from 192.0.2.7",
            "WARNING - 127.0.0.1:PORT puts off mail to",
            "[WARNING] client-limited",
        ),
        (
            "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked",
            "CRITICAL - 127.0.0.1:PORT refuses mail to",
            "[CRITICAL] client-blocked",
        ),
    ];
    each(cases, |(reply, said, finding)| {
        let script = Script::default().answering("RCPT", Action::reply(reply));
        check_script(script, &["--rcpt", "a@example.org"])
            .says(&format!("{said} a@example.org: {reply}"), &[finding]);
    });
}

#[test]
fn warning_and_critical_recipients() {
    let script = |reply: &str| Script {
        recipients: vec![("gone@example.org".into(), Action::reply(reply))],
        ..Script::default()
    };
    let args = ["--rcpt", "gone@example.org", "--rcpt", "here@example.org"];
    check_script(script("550 5.1.1 <gone@example.org>: unknown"), &args).says(
        "CRITICAL - 127.0.0.1:PORT refuses mail to gone@example.org: 550 5.1.1 \
         (gone@example.org): unknown",
        &["[CRITICAL] rcpt-refused"],
    );
    let run = check_script(script("451 4.7.1 Greylisted"), &args);
    run.says(
        "WARNING - 127.0.0.1:PORT puts off mail to gone@example.org: 451 4.7.1 Greylisted",
        &["[WARNING] rcpt-deferred"],
    );
    // An ignored finding stays visible.
    let mut ignoring = args.to_vec();
    ignoring.extend(["--ignore", "rcpt-deferred", "-v"]);
    let run = check_script(script("451 4.7.1 Greylisted"), &ignoring);
    assert_eq!((run.code, run.headline()), (0, &*format!("{GOOD} (1 ignored)")));
    run.shows(
        "[OK] rcpt-deferred: puts off mail to gone@example.org: 451 4.7.1 Greylisted (moved from \
         WARNING)",
    );
    run.shows("[OK] rcpt: takes mail to here@example.org: 250 2.1.5 Ok");
}

#[test]
fn critical_messages_of_this_size() {
    let limited = |limit| Script { size_limit: limit, ..Script::default() };
    let args = ["--size", "15MiB"];
    check_script(limited(Some(15_728_640)), &args).says(GOOD, &[]);
    check_script(limited(Some(0)).answering("MAIL", Action::reply("250 Ok")), &args)
        .says(GOOD, &[]);
    check_script(limited(Some(10_240_000)), &args).says(
        "CRITICAL - 127.0.0.1:PORT takes messages of up to 10.24 MB, 15.73 MB is asked for",
        &["[CRITICAL] size-too-small"],
    );
    let full = Action::reply("452 4.3.1 Insufficient system storage");
    check_script(limited(Some(20_000_000)).answering("MAIL", full), &args).says(
        "CRITICAL - 127.0.0.1:PORT refuses a message of 15.73 MB: 452 4.3.1 Insufficient system \
         storage",
        &["[CRITICAL] size-too-small"],
    );
    // A server without SIZE must not be sent the parameter.
    let server = start(Script::default());
    let run = check(server.port(), &["--size", "15MiB"]);
    run.says("WARNING - 127.0.0.1:PORT does not offer SIZE", &["[WARNING] size-unknown"]);
    assert_eq!(polite(&server).lines[1], "MAIL FROM:<>");
}

#[test]
fn critical_broken_off_in_the_envelope() {
    let cases = [("MAIL", "MAIL"), ("RCPT", "RCPT")];
    each(cases, |(verb, text)| {
        let script = Script::default().answering(verb, Action::Close);
        check_cut_off(script, &["--rcpt", "a@example.org", "--rcpt", "b@example.org"]).says(
            &format!(
                "CRITICAL - 127.0.0.1:PORT closed the connection instead of the reply to {text}"
            ),
            &["[CRITICAL] connection-closed", "[UNKNOWN] not-looked-at"],
        );
    });
}

#[test]
fn critical_extra_lines_after_rcpt() {
    let more = Action::reply("250 2.1.5 Ok\n250 2.0.0 Queued as 12345");
    let server = start(Script::default().answering("RCPT", more));
    let args = ["--rcpt", "a@example.org", "--rcpt", "b@example.org"];
    check(server.port(), &args).says(
        "CRITICAL - 127.0.0.1:PORT spoke out of turn before the reply to RCPT: \"250 2.0.0 \
         Queued as 12345\"",
        &["[CRITICAL] reply-out-of-turn"],
    );
    assert_eq!(only_session(&server).verbs, ["EHLO", "MAIL", "RCPT"]);
}

#[test]
fn critical_extra_lines_under_tls() {
    let ca = Ca::new();
    let script = ca
        .good_script()
        .answering("MAIL", Action::reply("250 2.1.0 Ok\n250 2.1.5 Unasked"))
        .answering("RCPT", Action::reply("550 5.1.1 No"));
    let run = check_cut_off(script, &ca.trusting(&["-S", "--rcpt", "a@example.org"]));
    run.says(
        "CRITICAL - 127.0.0.1:PORT spoke out of turn before the reply to RCPT: \"250 2.1.5 \
         Unasked\"",
        &["[CRITICAL] reply-out-of-turn"],
    );
}

#[test]
fn warning_a_bad_farewell() {
    let cases = [
        (Action::Close, true, "closed the connection at QUIT"),
        (Action::reply("500 5.5.1 What"), false, "answers QUIT with 500 5.5.1 What"),
        (Action::Silence, true, "did not answer in time at QUIT"),
    ];
    each(cases, |(action, excused, text)| {
        let script = Script::default().answering("QUIT", action);
        let run = check_script(script.clone(), &["-t", "1"]);
        run.within(1.0);
        let said = format!("WARNING - 127.0.0.1:PORT {text}");
        run.says(&said, &["[WARNING] quit-failed"]);
        // -q is for servers that just go, not for those that answer something else.
        let (said, findings): (&str, &[&str]) =
            if excused { (GOOD, &[]) } else { (&said, &["[WARNING] quit-failed"]) };
        check_script(script, &["-t", "1", "-q"]).says(said, findings);
    });
}

/// Another command's success at QUIT: the replies before it may have been shifted as well.
#[test]
fn critical_a_farewell_that_belongs_to_another_command() {
    for reply in ["250 2.0.0 Ok", "235 2.7.0 Welcome", "550 5.1.1 No"] {
        let script = Script::default().answering("QUIT", Action::reply(reply));
        check_script(script, &["-q"]).says(
            &format!("CRITICAL - 127.0.0.1:PORT answers QUIT with {reply}"),
            &["[CRITICAL] reply-unexpected"],
        );
    }
}

/// RFC 5321 section 3.8 lets a server say goodbye at any time, also in the segment of a refusal.
#[test]
fn critical_a_refusal_with_a_farewell_behind_it_is_only_the_refusal() {
    let reply = "550 5.1.1 No\n421 4.7.0 Error: too many errors";
    let script = Script::default().answering("RCPT", Action::reply_and_close(reply));
    let server = start(script);
    check(server.port(), &["--rcpt", "a@example.org"]).says(
        "CRITICAL - 127.0.0.1:PORT refuses mail to a@example.org: 550 5.1.1 No",
        &["[CRITICAL] rcpt-refused"],
    );
    let server = start(Script::default().answering("MAIL", Action::reply("250 Ok\n421 4.3.2 Bye")));
    check(server.port(), &["--rcpt", "a@example.org"]).says(
        "CRITICAL - 127.0.0.1:PORT closed the connection instead of the reply to RCPT, only \
         \"421 4.3.2 Bye\"",
        &["[CRITICAL] connection-closed"],
    );
}

#[test]
fn critical_421_in_the_middle_is_not_told_twice() {
    let script = Script::default().answering("RCPT", Action::reply_and_close("421 4.3.2 Bye"));
    // QUIT may reach this server before it has closed, or after; another RCPT must not.
    let server = start(script);
    let args = ["--rcpt", "a@example.org", "--rcpt", "b@example.org"];
    let run = check(server.port(), &args);
    assert_eq!(server.ended_sessions(1)[0].verbs, ["EHLO", "MAIL", "RCPT"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT closes the connection at mail to a@example.org: 421 4.3.2 Bye",
        &["[CRITICAL] connection-closed", "[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn ok_a_server_that_says_yes_to_everything() {
    let yes = || Action::reply("250 Ok");
    let script = ["EHLO", "MAIL", "RCPT", "NOOP", "RSET"]
        .into_iter()
        .fold(Script::default(), |script, verb| script.answering(verb, yes()));
    check_script(script.clone(), &["--rcpt", "a@example.org"]).says(GOOD, &[]);
    let script = script.answering("STARTTLS", yes()).answering("QUIT", yes());
    check_script(script, &["-S"]).says(
        "CRITICAL - 127.0.0.1:PORT does not offer STARTTLS (+1 more)",
        &["[CRITICAL] starttls-missing", "[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"],
    );
}
