//! Ranges of numbers, ages and bytes.

use demo_host::spool::{Message, Spool};

use crate::support::{check_spool, of_hours};

fn spool(count: usize, message: &Message) -> Spool {
    let spool = Spool::new().unwrap();
    spool.add(count, message).unwrap();
    spool
}

#[test]
fn warning_and_critical_by_default() {
    let small = Message { size: 0, ..of_hours(1, "deferred") };
    check_spool(&spool(1000, &small), &[])
        .says("OK - postfix 1000 messages (1000 deferred), oldest 1h", &[]);
    check_spool(&spool(1001, &small), &[]).says(
        "WARNING - postfix 1001 messages waiting to leave (warning range 1000)",
        &["[WARNING] queue-threshold"],
    );
    check_spool(&spool(5001, &small), &[]).says(
        "CRITICAL - postfix 5001 messages waiting to leave (critical range 5000)",
        &["[CRITICAL] queue-threshold"],
    );
    let incoming = Message { size: 0, ..of_hours(0, "incoming") };
    check_spool(&spool(1001, &incoming), &[]).says(
        "WARNING - postfix 1001 messages waiting to be taken in or delivered locally (warning range 1000)",
        &["[WARNING] queue-threshold"],
    );
}

#[test]
fn critical_each_quantity_of_each_queue() {
    let spool = spool(3, &Message { size: 1000, ..of_hours(30, "deferred") });
    for (words, headline, finding) in [
        (["-c", "2"], "3 messages in all queues (critical range 2)", "queue-threshold"),
        (
            ["--deferred-critical", "2"],
            "3 messages in deferred (critical range 2)",
            "queue-threshold",
        ),
        (
            ["--active-critical", "1:"],
            "0 messages in active (critical range 1:)",
            "queue-threshold",
        ),
        (
            ["--send-age-critical", "1d"],
            "oldest message waiting to leave has been there for 1d 6h (critical range 1d)",
            "age-threshold",
        ),
        (
            ["--messages-age-critical", "1d"],
            "oldest message in all queues has been there for 1d 6h (critical range 1d)",
            "age-threshold",
        ),
        (
            ["--deferred-bytes-critical", "2kB"],
            "messages in deferred take 3 kB (critical range 2kB)",
            "bytes-threshold",
        ),
    ] {
        check_spool(&spool, &words)
            .says(&format!("CRITICAL - postfix {headline}"), &[&format!("[CRITICAL] {finding}")]);
    }
    check_spool(&spool, &["--deferred-age-warning", "1h"]).says(
        "WARNING - postfix oldest message in deferred has been there for 1d 6h (warning range 1h)",
        &["[WARNING] age-threshold"],
    );
    check_spool(&spool, &["--deferred-bytes-warning", "2kB"]).says(
        "WARNING - postfix messages in deferred take 3 kB (warning range 2kB)",
        &["[WARNING] bytes-threshold"],
    );
}

#[test]
fn unknown_a_threshold_on_what_this_mail_system_does_not_have() {
    check_spool(&Spool::new().unwrap(), &["--frozen-warning", "1"]).says(
        "UNKNOWN - postfix has no frozen queue, so its threshold means nothing",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn ok_counting_names_only() {
    let spool = spool(3, &of_hours(2, "deferred"));
    let said = check_spool(&spool, &["--count-only"]);
    assert_eq!(said.metric("deferred"), Some("3"));
    assert_eq!(said.metric("deferred_bytes"), None);
}
