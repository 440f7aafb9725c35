//! `-C` and `-R`.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_cut_off, check_script, each, polite, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

#[test]
fn ok_replies_that_match() {
    let server = start(Script::default());
    let run = check(
        server.port(),
        &["-C", "NOOP", "-C", "VRFY postmaster", "-R", "^250 2", "-R", "^25[0-2]"],
    );
    run.says(GOOD, &[]);
    assert_eq!(polite(&server).lines[1..], ["NOOP", "VRFY postmaster", "QUIT"],);
}

#[test]
fn ok_every_line_of_a_reply_can_be_matched() {
    let help = Action::reply("214-first line\n214 last line");
    let script = Script::default().answering("HELP", help);
    for regex in ["^214-first line$", "^214 last", "first line\n214 last"] {
        check_script(script.clone(), &["-C", "HELP", "-R", regex]).says(GOOD, &[]);
    }
}

#[test]
fn warning_and_critical_replies_that_do_not_match() {
    let cases: [(&[&str], &str, &str); 4] = [
        (
            &["-C", "NOOP", "-R", "^220"],
            "WARNING - 127.0.0.1:PORT answers NOOP with 250 2.0.0 Ok, which -R does not match",
            "[WARNING] command-mismatch",
        ),
        (
            &["-C", "EXPN staff"],
            "CRITICAL - 127.0.0.1:PORT refuses EXPN staff: 502 5.5.2 Command not recognized",
            "[CRITICAL] command-refused",
        ),
        // -R belongs to the -C of the same place.
        (
            &["-R", "^250", "-C", "NOOP", "-C", "EXPN staff"],
            "CRITICAL - 127.0.0.1:PORT refuses EXPN staff: 502 5.5.2 Command not recognized",
            "[CRITICAL] command-refused",
        ),
        (
            &["-C", "EXPN staff", "-R", "^250"],
            "WARNING - 127.0.0.1:PORT answers EXPN staff with 502 5.5.2 Command not recognized, \
             which -R does not match",
            "[WARNING] command-mismatch",
        ),
    ];
    each(cases, |(args, headline, finding)| {
        check_script(Script::default(), args).says(headline, &[finding]);
    });
    check_script(Script::default(), &["-C", "EXPN staff", "-R", "^502"]).says(GOOD, &[]);
}

#[test]
fn critical_no_reply_to_a_command() {
    let script = Script::default().answering("NOOP", Action::Close);
    check_cut_off(script, &["-C", "NOOP", "-C", "HELP"]).says(
        "CRITICAL - 127.0.0.1:PORT closed the connection instead of the reply to NOOP",
        &["[CRITICAL] connection-closed", "[UNKNOWN] not-looked-at"],
    );
}
