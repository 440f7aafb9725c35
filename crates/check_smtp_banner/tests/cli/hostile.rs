//! Servers that mean harm: text that breaks out, floods, and replies out of place.

use std::time::Duration;

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check, check_cut_off, check_script, each, start};

fn greeting(action: Action) -> Script {
    Script { greeting: action, ..Script::default() }
}

#[test]
fn ok_hostile_text_becomes_harmless() {
    let cases: [(&[u8], &str); 7] = [
        (b"220 a | time=0s\r\n", "220 a ! time=0s"),
        (b"220 \x1b[31mred\x1b[0m\r\n", "220 ?[31mred?[0m"),
        (b"220 nul \0 bell \x07 cr \r end\r\n", "220 nul ? bell ? cr end"),
        (b"220 <script>alert(1)</script>\r\n", "220 (script)alert(1)(/script)"),
        ("220 \u{202e}gro.elpmaxe\r\n".as_bytes(), "220 ?gro.elpmaxe"),
        (b"220 latin \xe9\xff\r\n", "220 latin ??"),
        ("220 K\u{f6}ln\r\n".as_bytes(), "220 K\u{f6}ln"),
    ];
    each(cases, |(bytes, text)| {
        let formats: [&[&str]; 4] =
            [&[], &["-vvv"], &["--output", "json"], &["--output", "prometheus"]];
        for format in formats {
            let run = check_script(greeting(Action::Raw(bytes.to_vec())), format);
            assert_eq!(run.code, 0, "{}", run.stdout);
            assert!(!run.stdout.contains(['\u{202e}', '\u{fffd}']), "{}", run.stdout);
            if format.is_empty() {
                run.says(&format!("OK - 127.0.0.1:PORT {text}, TIME"), &[]);
            }
        }
    });
}

#[test]
fn critical_hostile_text_in_every_reply() {
    let evil = "550 <b>|\u{1b}[2J\u{202e}evil";
    let tame = "550 (b)!?[2J?evil";
    let cases: [(&str, &[&str], &str); 4] = [
        ("MAIL", &["-f", "<>"], "refuses mail from \"\": "),
        ("RCPT", &["--rcpt", "a@example.org"], "refuses mail to a@example.org: "),
        ("NOOP", &["-C", "NOOP"], "refuses NOOP: "),
        ("QUIT", &[], "answers QUIT with "),
    ];
    each(cases, |(verb, args, text)| {
        let script = Script::default().answering(verb, Action::reply(evil));
        let run = check_script(script, args);
        let (_, said) = run.headline().split_once(" - 127.0.0.1:PORT ").unwrap();
        assert_eq!(said, format!("{text}{tame}"));
    });
    let offers = Action::reply("250-mail.example.org\n250 <X>|\u{1b} \u{202e}");
    let run = check_script(Script::default().answering("EHLO", offers), &["-vv"]);
    run.shows("[OK] ehlo: offers (X)!? ?");
}

#[test]
fn critical_endless_output() {
    let cases = [
        (Action::EndlessLine(b"220 ".to_vec()), "a line of more than 4096 bytes"),
        (Action::EndlessLines("220-more".into()), "a reply of more than 16384 bytes"),
    ];
    each(cases, |(action, text)| {
        let run = check_cut_off(greeting(action), &["-t", "5"]);
        run.within(1.0);
        run.says(
            &format!("CRITICAL - 127.0.0.1:PORT sent, as the greeting, {text}"),
            &["[CRITICAL] reply-invalid"],
        );
    });
    let script = Script::default().answering("EHLO", Action::EndlessLines("250-X-MORE".into()));
    check_cut_off(script, &["-t", "5"]).says(
        "CRITICAL - 127.0.0.1:PORT sent, as the reply to EHLO, a reply of more than 16384 bytes",
        &["[CRITICAL] reply-invalid"],
    );
}

#[test]
fn ok_a_long_reply_is_cut_and_stays_valid() {
    let offers = format!("250-mail.example.org\n{}250 END", "250-X-<MORE>|\u{1b}\n".repeat(1000));
    let script = Script::default().answering("EHLO", Action::reply(&offers));
    let run = check_script(script.clone(), &["--output", "json"]);
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&object["state"], run.code), (&"OK".into(), 0));
    assert!(run.stdout.len() <= 60_001, "{}", run.stdout.len());
    for level in ["-v", "-vvv"] {
        let run = check_script(script.clone(), &[level]);
        assert_eq!(run.code, 0);
        assert!(run.stdout.len() <= 60_100, "{}", run.stdout.len());
    }
}

#[test]
fn critical_dribble_ends_in_time() {
    let drops = Action::Dribble {
        bytes: b"250-mail.example.org\r\n250 SIZE 1000000000\r\n".to_vec(),
        interval: Duration::from_millis(60),
    };
    let server = start(Script::default().answering("EHLO", drops));
    let run = check(server.port(), &["-t", "1"]);
    run.within(1.0);
    assert_eq!(run.findings(), ["[CRITICAL] reply-timeout"]);
}

#[test]
fn ok_odd_replies_are_read_as_they_are() {
    // Many lines, an empty one among them, bare line feeds, and no text at all.
    let odd = Action::Raw(b"250-\n250-SIZE x\r\n250-\r\n250\n".to_vec());
    check_script(Script::default().answering("EHLO", odd), &["--size", "5"])
        .says("WARNING - 127.0.0.1:PORT offers SIZE without a limit", &["[WARNING] size-unknown"]);
}
