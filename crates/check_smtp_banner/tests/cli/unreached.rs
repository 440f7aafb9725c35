//! What was asked and the dialogue did not get to: never OK, and never counted beside its reason.

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check_cut_off, check_script, each};

fn closed() -> Script {
    Script { greeting: Action::reply("554 5.7.1 No"), ..Script::default() }
}

#[test]
fn critical_everything_that_was_asked_is_named() {
    let cases: [(&[&str], &str); 8] = [
        (&["-S"], "TLS"),
        (&["-S", "--tls-required"], "TLS, --tls-required"),
        (&["--require-keyword", "DSN"], "keywords"),
        (&["--forbid-keyword", "DSN", "-U", "alice", "-P", "x"], "keywords, the login"),
        (&["-f", "<>"], "MAIL"),
        (&["--rcpt", "a@example.org", "-C", "NOOP"], "MAIL, 1 of 1 recipient, 1 of 1 -C command"),
        (&["-C", "NOOP", "-C", "HELP"], "2 of 2 -C commands"),
        (&["--size", "5kB", "--open-relay"], "MAIL, relaying"),
    ];
    each(cases, |(args, asked)| {
        let run = check_script(closed(), args);
        run.says(
            "CRITICAL - 127.0.0.1:PORT greets with 554 5.7.1 No",
            &["[CRITICAL] greeting-refused", "[UNKNOWN] not-looked-at"],
        );
        run.shows(&format!("[UNKNOWN] not-looked-at: was not asked about {asked}"));
        // Whoever does not mind the reason has still asked.
        let ignoring = [args, &["--ignore", "greeting-refused"]].concat();
        check_script(closed(), &ignoring).says(
            &format!("UNKNOWN - 127.0.0.1:PORT was not asked about {asked}"),
            &["[UNKNOWN] not-looked-at"],
        );
    });
    let all = ["-f", "<>", "--ignore", "greeting-refused", "--ignore", "not-looked-at"];
    let run = check_script(closed(), &all);
    run.says("OK - 127.0.0.1:PORT 554 5.7.1 No, TIME (2 ignored)", &[]);
}

#[test]
fn critical_the_rest_of_a_list_is_counted() {
    let script = Script::default().answering("RCPT", Action::Close);
    let args = ["--rcpt", "a@example.org", "--rcpt", "b@example.org", "--rcpt", "c@example.org"];
    let run = check_cut_off(script, &args);
    run.shows("[UNKNOWN] not-looked-at: was not asked about 2 of 3 recipients");
    let script = Script::default().answering("NOOP", Action::Close);
    let run = check_cut_off(script, &["-C", "NOOP", "-C", "HELP", "--open-relay"]);
    run.shows("[UNKNOWN] not-looked-at: was not asked about 1 of 2 -C commands, relaying");
}

#[test]
fn critical_recipients_after_a_refused_sender() {
    let script = Script::default().answering("MAIL", Action::reply("550 5.7.1 No"));
    check_script(script, &["-f", "a@example.net", "--rcpt", "b@example.org"]).says(
        "CRITICAL - 127.0.0.1:PORT refuses mail from \"a@example.net\": 550 5.7.1 No",
        &["[CRITICAL] mail-refused", "[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn warning_and_unknown_time_outs_and_connections_are_moved_apart() {
    let silent = || Script { greeting: Action::Silence, ..Script::default() };
    let text = "127.0.0.1:PORT did not finish the greeting within 0.5 s";
    // It was connected to: --unreachable-state has no say in it.
    check_cut_off(silent(), &["-t", "0.5", "--unreachable-state", "ok"])
        .says(&format!("CRITICAL - {text}"), &["[CRITICAL] reply-timeout"]);
    check_cut_off(silent(), &["-t", "0.5:warning", "--unreachable-state", "ok"])
        .says(&format!("WARNING - {text}"), &["[WARNING] reply-timeout"]);
    check_cut_off(silent(), &["-t", "0.5:unknown", "-f", "<>"]).says(
        &format!("UNKNOWN - {text} (+1 more)"),
        &["[UNKNOWN] reply-timeout", "[UNKNOWN] not-looked-at"],
    );
}
