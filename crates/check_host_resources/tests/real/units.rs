//! Units of a real systemd.

use std::thread;
use std::time::Duration;

use crate::number;
use crate::systemd::Systemd;

/// All of them in one test: systemd starts once.
#[test]
fn critical_units_of_a_real_systemd() {
    let Some(systemd) = Systemd::start(UNITS) else { return };
    for name in ["broken", "restless", "once", "lasting"] {
        systemd.told_by(&format!("systemctl start {name}"));
    }
    wait(&systemd, "broken", "ActiveState=failed");
    wait(&systemd, "restless", "SubState=auto-restart");
    one_by_one(&systemd);
    together(&systemd);
    started_again(&systemd);
    no_answer(&systemd);
}

fn one_by_one(systemd: &Systemd) {
    for (unit, said) in [
        ("cron", "OK - cron.service running"),
        ("cron.service", "OK - cron.service running"),
        ("once", "OK - once.service exited"),
        ("multi-user.target", "OK - multi-user.target active"),
        ("idle", "[WARNING] unit-stopped: idle.service does not run: inactive (dead)"),
        ("broken", "[CRITICAL] unit-failed: broken.service has failed: exit-code"),
        ("restless", "[CRITICAL] unit-restarts: restless.service fails again and again: exit-code"),
        (
            "masked",
            "[CRITICAL] unit-failed: masked.service is masked, so that it cannot be started",
        ),
        ("gone", "[CRITICAL] unit-unknown: gone.service does not exist"),
        ("bad", "[CRITICAL] unit-failed: bad.service cannot be loaded: bad-setting"),
    ] {
        let words = format!("--unit {unit}");
        for run in [systemd.run(&words), systemd.run_as_nobody(&words)] {
            let active = if said.starts_with("OK") {
                run.says(said, &[]);
                "1"
            } else {
                run.finds(said);
                "0"
            };
            assert_eq!(number(&run, "active").to_string(), active, "{}", run.stdout);
            assert_eq!(number(&run, "restarts").to_string(), "0", "{}", run.stdout);
        }
    }
}

fn together(systemd: &Systemd) {
    let words = "--unit cron,idle --unit broken,gone";
    for run in [systemd.run(words), systemd.run_as_nobody(words)] {
        run.says(
            "CRITICAL - broken.service has failed: exit-code (+2 more)",
            &["[CRITICAL] unit-failed", "[CRITICAL] unit-unknown", "[WARNING] unit-stopped"],
        );
    }
}

/// A service that is ended from outside: systemd starts it again at once, so nobody would see it.
fn started_again(systemd: &Systemd) {
    let words = "--unit lasting --state-dir /run/state";
    systemd.run(words).says("OK - lasting.service running", &[]);
    for count in 1..=3 {
        systemd.told_by("systemctl kill --signal=KILL lasting");
        wait(systemd, "lasting", &format!("NRestarts={count}"));
        wait(systemd, "lasting", "SubState=running");
        if count == 2 {
            let run = systemd.run(&format!("{words} -v"));
            run.shows(
                "[OK] unit: lasting.service is active (running), started again 2 times by systemd",
            );
            run.ends_as("OK");
        }
    }
    let run = systemd.run(words);
    let said = "WARNING - lasting.service was started again 3 times within ";
    assert!(run.verdict().starts_with(said), "{}", run.stdout);
    assert_eq!(run.findings(), ["[WARNING] unit-restarts"], "{}", run.stdout);
    run.ends_as("WARNING");
    assert_eq!(number(&run, "restarts").to_string(), "3", "{}", run.stdout);
}

fn no_answer(systemd: &Systemd) {
    systemd.signal("STOP");
    let runs = [systemd.run("--unit cron -t 2"), systemd.run_as_nobody("--unit cron -t 2")];
    systemd.signal("CONT");
    for run in runs {
        run.finds("[UNKNOWN] not-looked-at: systemctl does not answer");
    }
    systemd.run("--unit cron").says("OK - cron.service running", &[]);
}

/// Waits until a unit shows something.
#[track_caller]
fn wait(systemd: &Systemd, unit: &str, property: &str) {
    let (name, _) = property.split_once('=').unwrap();
    for _ in 0..500 {
        if systemd.told_by(&format!("systemctl show --property={name} {unit}")) == property {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("{unit} never shows {property}: {}", systemd.told_by(&format!("systemctl show {unit}")));
}

/// Names and what is in their section `[Service]`.
const UNITS: &[(&str, &str)] = &[
    ("idle", "ExecStart=/bin/sleep 600"),
    ("broken", "Type=oneshot\nExecStart=/bin/false"),
    // So long that it is seen while it waits.
    ("restless", "ExecStart=/bin/false\nRestart=always\nRestartSec=1h"),
    ("once", "Type=oneshot\nExecStart=/bin/true\nRemainAfterExit=yes"),
    ("lasting", "ExecStart=/bin/sleep 600\nRestart=always\nRestartSec=0"),
    ("bad", "Type=oneshot"),
];
