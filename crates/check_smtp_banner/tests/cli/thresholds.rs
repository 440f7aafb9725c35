//! Ranges of time, and the metrics they are held against.

use std::time::Duration;

use demo_host::Action;
use demo_host::smtp::Script;

use crate::support::{check_script, each};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME";

fn slow(millis: u64) -> Script {
    Script { greeting: Action::late(Duration::from_millis(millis)), ..Script::default() }
}

#[test]
fn warning_and_critical_the_whole_run() {
    let cases: [(&[&str], &str, &[&str]); 5] = [
        (
            &["-w", "0.00001", "-c", "9"],
            "WARNING - 127.0.0.1:PORT took TIME (warning range 0.00001s)",
            &["[WARNING] time-threshold"],
        ),
        (
            &["-w", "0.00001", "-c", "0.00002"],
            "CRITICAL - 127.0.0.1:PORT took TIME (critical range 0.00002s)",
            &["[CRITICAL] time-threshold"],
        ),
        (
            &["-c", "5:"],
            "CRITICAL - 127.0.0.1:PORT took TIME (critical range 5s:)",
            &["[CRITICAL] time-threshold"],
        ),
        (
            &["-w", "in:0:9", "-c", "@1000:2000"],
            "WARNING - 127.0.0.1:PORT took TIME (warning range @9s)",
            &["[WARNING] time-threshold"],
        ),
        (&["-w", "9000ms", "-c", "0:0.5m"], GOOD, &[]),
    ];
    each(cases, |(args, headline, findings)| {
        check_script(Script::default(), args).says(headline, findings);
    });
}

#[test]
fn warning_a_greet_delay_is_not_a_slow_connection() {
    let args = ["--greeting-warning", "200ms", "--connect-warning", "200ms"];
    let run = check_script(slow(400), &args);
    run.says(
        "WARNING - 127.0.0.1:PORT greeting took TIME (warning range 0.2s)",
        &["[WARNING] time-threshold"],
    );
    check_script(slow(0), &["--greeting-critical", "5", "--connect-critical", "5"]).says(GOOD, &[]);
}

#[test]
fn critical_each_stage_has_its_range() {
    let delay = || Action::late(Duration::from_millis(300));
    let cases = [("ehlo", "EHLO"), ("mail", "MAIL"), ("rcpt", "RCPT")];
    each(cases, |(stage, verb)| {
        let script = Script::default().answering(verb, delay());
        let warning = format!("--{stage}-warning=100ms");
        let critical = format!("--{stage}-critical=200ms");
        let args = ["--rcpt", "a@example.org", &warning, &critical];
        check_script(script, &args).says(
            &format!("CRITICAL - 127.0.0.1:PORT {stage} took TIME (critical range 0.2s)"),
            &["[CRITICAL] time-threshold"],
        );
    });
}

#[test]
fn critical_perfdata_is_the_same_in_ok_and_critical() {
    let args = ["--rcpt", "a@example.org", "-w", "5", "-c", "9"];
    let good = check_script(Script::default(), &args);
    let bad = Script {
        recipients: vec![("*".into(), Action::reply("550 5.1.1 No"))],
        ..Script::default()
    };
    let bad = check_script(bad, &args);
    assert_eq!((good.code, bad.code), (0, 2));
    assert_eq!(good.labels(), bad.labels());
    assert!(good.stdout.contains("s;5;9;0 dns="), "{}", good.stdout);
}
