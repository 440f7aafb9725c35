//! Whether strangers' mail to strangers is taken.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_cut_off, check_script, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, relays nothing, TIME";

#[test]
fn critical_an_open_relay() {
    let server = start(Script::open_relay());
    let run = check(server.port(), &["--open-relay"]);
    run.says(
        "CRITICAL - 127.0.0.1:PORT relays mail from relay-test@example.net to \
         relay-test@example.com from this address: 250 2.1.5 Ok",
        &["[CRITICAL] open-relay"],
    );
    assert_eq!(
        polite(&server).lines[1..],
        ["MAIL FROM:<relay-test@example.net>", "RCPT TO:<relay-test@example.com>", "QUIT",],
    );
}

#[test]
fn ok_relaying_refused_in_every_way() {
    for reply in ["454 4.7.1 Relay access denied", "554 5.7.1 Relay access denied"] {
        let script = Script { relay: Action::reply(reply), ..Script::default() };
        let run = check_script(script, &["--open-relay", "-v"]);
        assert_eq!((run.code, run.headline()), (0, GOOD), "{}", run.stdout);
        run.shows(&format!(
            "[OK] relay: refuses mail from relay-test@example.net to relay-test@example.com from \
             this address: {reply}"
        ));
    }
}

#[test]
fn unknown_a_refusal_that_says_nothing_about_relaying() {
    let stranger = "mail from relay-test@example.net to relay-test@example.com from this address";
    for reply in ["500 5.5.1 What", "501 5.1.3 Syntax", "503 5.5.1 Need MAIL", "504 5.5.4 No"] {
        let script = Script { relay: Action::reply(reply), ..Script::default() };
        let run = check_script(script, &["--open-relay"]);
        assert_eq!((run.code, run.findings()), (3, vec!["[UNKNOWN] not-looked-at"]));
        run.shows(&format!(
            "[UNKNOWN] not-looked-at: was not tested for relaying {stranger}: {reply}"
        ));
    }
    let goodbye = Action::reply_and_close("421 4.3.2 Bye");
    let server = start(Script { relay: goodbye, ..Script::default() });
    let run = check(server.port(), &["--open-relay"]);
    assert_eq!((run.code, run.findings()), (3, vec!["[UNKNOWN] not-looked-at"]));
    // Whoever refuses the sender has not been asked about the recipient.
    let script = Script { require_auth: true, ..Script::default() };
    let run = check_script(script, &["--open-relay"]);
    assert_eq!((run.code, run.findings()), (3, vec!["[UNKNOWN] not-looked-at"]));
    run.shows(
        "[UNKNOWN] not-looked-at: was not tested for relaying, it refuses the sender \
         relay-test@example.net: 530 5.7.0 Authentication required",
    );
}

#[test]
fn critical_an_open_relay_after_a_mail_of_ones_own() {
    let cases: [(&[&str], &str); 3] = [
        (&["-C", "MAIL FROM:<probe@example.net>"], "relay-test@example.net"),
        (&["-f", "probe@example.net"], "probe@example.net"),
        (&["-f", "probe@example.net", "-C", "NOOP"], "probe@example.net"),
    ];
    for (args, sender) in cases {
        let server = start(Script::open_relay());
        let mut all = args.to_vec();
        all.push("--open-relay");
        check(server.port(), &all).says(
            &format!(
                "CRITICAL - 127.0.0.1:PORT relays mail from {sender} to relay-test@example.com \
                 from this address: 250 2.1.5 Ok"
            ),
            &["[CRITICAL] open-relay"],
        );
        let verbs = polite(&server).verbs;
        assert!(verbs.ends_with(&["RSET", "MAIL", "RCPT", "QUIT"].map(String::from)), "{verbs:?}");
    }
}

#[test]
fn critical_a_connection_that_dies_before_relaying_is_tried() {
    let asked = ["-f", "probe@example.net", "--open-relay"];
    let not_looked_at = "[UNKNOWN] not-looked-at: was not asked about relaying";
    for action in [Action::Close, Action::Reset] {
        let run = check_cut_off(Script::open_relay().answering("RSET", action), &asked);
        run.says(
            "CRITICAL - 127.0.0.1:PORT closed the connection instead of the reply to RSET",
            &["[CRITICAL] connection-closed", "[UNKNOWN] not-looked-at"],
        );
        run.shows(not_looked_at);
    }
    for reply in ["221 2.0.0 Bye", "354 Go on", "421 4.3.2 Bye", "502 5.5.1 What"] {
        let script = Script::open_relay().answering("RSET", Action::reply(reply));
        let run = check_script(script, &asked);
        run.says(
            &format!("CRITICAL - 127.0.0.1:PORT answers RSET with {reply}"),
            &["[CRITICAL] reply-unexpected", "[UNKNOWN] not-looked-at"],
        );
        run.shows(not_looked_at);
    }
    // Never OK, whatever the operator thinks of the reason.
    let script = Script::open_relay().answering("RSET", Action::Close);
    let run = check_cut_off(script, &[&asked[..], &["--ignore", "connection-closed"]].concat());
    run.says("UNKNOWN - 127.0.0.1:PORT was not asked about relaying", &["[UNKNOWN] not-looked-at"]);
}

#[test]
fn ok_addresses_of_ones_own_after_another_envelope() {
    let server = start(Script::default());
    let run = check(
        server.port(),
        &["-f", "probe@example.net", "--rcpt", "a@example.org", "--open-relay", "who@example.com"],
    );
    run.says(GOOD, &[]);
    assert_eq!(polite(&server).verbs, ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "QUIT"],);
}

#[test]
fn ok_an_ignored_open_relay_is_not_said_to_relay_nothing() {
    let args = ["--open-relay", "--ignore", "open-relay"];
    check_script(Script::open_relay(), &args)
        .says("OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME (1 ignored)", &[]);
}
