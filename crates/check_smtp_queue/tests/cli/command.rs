//! Asking `postqueue -j`, and what it says when it does not answer.

use crate::support::{Configured, Said, programs};

fn says(script: &str, words: &[&str]) -> Said {
    let installed = Configured::with("");
    let programs = programs(&[("postqueue", script)]);
    let words = [&["--via", "command"], words].concat();
    Said::with_programs(installed.plugin(&words), programs.path())
}

const LINE: &str = r#"{"queue_name": "deferred", "queue_id": "4F2A11C0D", "arrival_time": 1000000000, "message_size": 512, "forced_expire": false, "sender": "alice@example.org", "recipients": [{"address": "bob@example.net", "delay_reason": "connection refused"}]}"#;

#[test]
fn ok_what_postqueue_lists_is_counted() {
    let said = says(&format!("echo '{LINE}'"), &["--top", "1"]);
    assert_eq!(said.metric("deferred"), Some("1"), "{}", said.0.stdout);
    assert_eq!(said.metric("send_bytes"), Some("512B"));
    said.shows("  destination 1 x example.net - connection refused");
    says("exit 0", &[]).says("OK - postfix-test queue is empty", &[]);
}

#[test]
fn ok_it_is_asked_about_the_instance_that_was_named() {
    let said =
        says(r#"[ "$1" = -c ] && [ -f "$2/main.cf" ] && [ "$3" = -j ] && [ "$LC_ALL" = C ]"#, &[]);
    said.says("OK - postfix-test queue is empty", &[]);
}

#[test]
fn ok_a_last_line_without_an_end_counts() {
    let said = says(&format!("printf '%s' '{LINE}'"), &[]);
    assert_eq!(said.metric("deferred"), Some("1"), "{}", said.0.stdout);
}

#[test]
fn critical_what_a_program_that_hangs_has_started_is_ended_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    says(&format!("sleep 60 & echo $! >{}; wait", file.display()), &["-t", "0.5"]).says(
        "CRITICAL - postfix-test does not answer in time: postqueue -j",
        &["[CRITICAL] mta-silent"],
    );
    let pid = std::fs::read_to_string(file).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    // It is gone, or waits for its parent to notice.
    assert!(state.as_ref().map_or(true, |state| state.contains(" Z ")), "{state:?}");
}

#[test]
fn critical_the_mail_system_is_down() {
    let said = "postqueue: fatal: Queue report unavailable - mail system is down (Connect to the \
                Postfix showq service: Connection refused)";
    let said = says(&format!("echo '{said}' >&2; exit 69"), &[]);
    assert_eq!(said.findings(), ["[CRITICAL] mta-down"]);
    assert!(said.verdict().starts_with("CRITICAL - postfix-test is down: postqueue: Queue report"));
}

#[test]
fn unknown_a_right_is_missing() {
    for (complaint, missing) in [
        (
            "fatal: User nagios(1000) is not allowed to view the mail queue",
            "needs an entry in authorized_mailq_users",
        ),
        (
            "fatal: Connect to the Postfix showq service: Permission denied",
            "its set-group-id bit has no effect (NoNewPrivileges?)",
        ),
        (
            "error: unauthorized configuration directory name: /etc/postfix-x\n\
             postqueue: fatal: specify \"alternate_config_directories = /etc/postfix-x\"",
            "needs an entry in alternate_config_directories",
        ),
    ] {
        let said = says(&format!("echo 'postqueue: {complaint}' >&2; exit 69"), &[]);
        let (_, complaint) = complaint.lines().next().unwrap().split_once(": ").unwrap();
        said.shows(&format!(
            "[UNKNOWN] queue-denied: queue is closed to this user: postqueue: {complaint}; {missing}"
        ));
        assert_eq!(said.0.code, 3);
    }
}

#[test]
fn unknown_an_answer_that_is_not_understood() {
    for (script, why) in [
        ("echo Mail queue is empty", "expected value at line 1 column 1: Mail queue is empty"),
        ("echo '{}'; sleep 60", "missing field `queue_name` at line 1 column 2: {}"),
    ] {
        let said = says(script, &[]);
        said.shows(&format!(
            "[UNKNOWN] queue-unreadable: queue: not understood: postqueue -j: {why}"
        ));
    }
    let said = says("exit 70", &[]);
    assert_eq!(said.findings(), ["[UNKNOWN] queue-unreadable"]);
}

#[test]
fn critical_a_program_that_hangs() {
    for (words, state) in [(["-t", "0.5"], "CRITICAL"), (["-t", "0.5:warning"], "WARNING")] {
        says("sleep 60", &words).says(
            &format!("{state} - postfix-test does not answer in time: postqueue -j"),
            &[&format!("[{state}] mta-silent")],
        );
    }
}

#[test]
fn unknown_a_program_that_stops_in_the_middle() {
    says(&format!("echo '{LINE}'; sleep 60"), &["-t", "0.5"]).says(
        "UNKNOWN - postfix-test at least 1 message, stopped after TIME",
        &["[UNKNOWN] count-stopped"],
    );
}

#[test]
fn unknown_no_program() {
    let installed = Configured::with("");
    installed.check(&["--via", "command"]).says(
        "UNKNOWN - postfix-test queue: postqueue is not installed",
        &["[UNKNOWN] queue-unreadable"],
    );
}
