//! Asking showq over its socket.

use demo_host::spool::{Conduct, Message, Showq, Spool};

use crate::support::{Configured, check_spool, of_hours};

fn listed(messages: &[Message]) -> Conduct {
    let each = messages.iter().enumerate();
    Conduct::List(each.map(|(at, message)| (format!("4F2A11C{at:X}"), *message)).collect())
}

#[test]
fn ok_what_showq_lists_is_counted() {
    let spool = Spool::new().unwrap();
    let _showq = Showq::start(
        &spool,
        listed(&[of_hours(1, "active"), of_hours(5, "deferred"), of_hours(2, "deferred")]),
    );
    let said = check_spool(&spool, &["--via", "socket", "-v"]);
    assert_eq!(said.verdict(), "OK - postfix 3 messages (1 active, 2 deferred), oldest 5h");
    said.shows("[OK] deferred: 2 messages, oldest 5h, 1.4 kB");
    assert_eq!(said.metric("maildrop"), Some("0"));
}

#[test]
fn ok_an_empty_list_is_an_empty_queue() {
    let spool = Spool::new().unwrap();
    let _showq = Showq::start(&spool, listed(&[]));
    check_spool(&spool, &["--via", "socket"]).says("OK - postfix queue is empty", &[]);
}

#[test]
fn ok_top_names_who_sends_where_it_goes_and_why_it_waits() {
    let spool = Spool::new().unwrap();
    let full = Message {
        recipient: "carol@example.com",
        reason: "host mx.example.com[192.0.2.7] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)",
        ..of_hours(1, "deferred")
    };
    let bounce = Message { sender: "", ..full };
    let _showq = Showq::start(&spool, listed(&[full, full, bounce, of_hours(1, "active")]));
    let said = check_spool(&spool, &["--top", "2"]);
    said.says("OK - postfix 4 messages (1 active, 3 deferred), oldest 1h", &[]);
    for line in [
        "  sender 3 x alice@example.org",
        "  destination 3 x example.com - 452 4.2.2 Mailbox full",
        "  destination 1 x example.net - connect to * Connection timed out",
        "  reason 3 x 452 4.2.2 Mailbox full",
        "  no sender 1 (25 %), bounces and reports",
    ] {
        said.shows(line);
    }
    for (label, value) in [
        ("null_senders", "1"),
        ("null_share", "25%"),
        ("top_sender", "3"),
        ("top_destination", "3"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}");
    }
}

#[test]
fn critical_one_sender_or_one_destination_has_too_many() {
    let spool = Spool::new().unwrap();
    let _showq = Showq::start(&spool, listed(&[of_hours(1, "deferred"); 20]));
    check_spool(&spool, &["--sender-critical", "10"]).says(
        "CRITICAL - postfix 20 messages from alice@example.org (critical range 10)",
        &["[CRITICAL] sender-threshold"],
    );
    check_spool(&spool, &["--destination-warning", "10"]).says(
        "WARNING - postfix 20 messages for example.net (warning range 10): connect to * Connection timed out",
        &["[WARNING] destination-threshold"],
    );
}

#[test]
fn unknown_senders_that_nobody_can_tell() {
    let spool = Spool::new().unwrap();
    let said = check_spool(&spool, &["--sender-warning", "10"]);
    said.says(
        "UNKNOWN - postfix senders and destinations were not looked at: a walk of the directories does not tell",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn critical_a_stale_socket_means_that_postfix_is_down() {
    let installed = Configured::stopped("");
    drop(Showq::start(&installed.spool, listed(&[])));
    installed.spool.add(1, &of_hours(1, "deferred")).unwrap();
    installed
        .check(&[])
        .says("CRITICAL - postfix-test is down: it does not run", &["[CRITICAL] mta-down"]);
    installed
        .check(&["--unreachable-state", "warning"])
        .says("WARNING - postfix-test is down: it does not run", &["[WARNING] mta-down"]);
    let only = installed.check(&["--via", "socket"]);
    let path = installed.spool.path().join("public/showq");
    only.shows(&format!(
        "[CRITICAL] mta-down: is down: connecting to {}: connection refused",
        path.display()
    ));
}

#[test]
fn unknown_a_list_that_ends_in_the_middle() {
    let spool = Spool::new().unwrap();
    for (raw, why) in [
        (
            &b"protocol\0mail_queue_list_protocol\0\0queue_name\0act"[..],
            "the list ends in the middle",
        ),
        (b"", "the list ends in the middle"),
        (b"220 mail.example.org ESMTP\r\n", "the list ends in the middle"),
        (b"queue_name\0imaginary\0queue_id\0A1\0\0", "a message without queue or id"),
        (b"\0more\0", "more after the end of the list"),
    ] {
        let _showq = Showq::start(&spool, Conduct::Raw(raw.to_vec()));
        check_spool(&spool, &["--via", "socket"]).says(
            &format!("UNKNOWN - postfix queue: not understood: public/showq: {why}"),
            &["[UNKNOWN] queue-unreadable"],
        );
    }
}

#[test]
fn unknown_a_queue_that_is_too_long_for_the_time() {
    let spool = Spool::new().unwrap();
    let _showq = Showq::start(&spool, Conduct::Endless(of_hours(3, "deferred")));
    let limits = ["--send-warning", "~:", "--send-critical", "~:"];
    let said = check_spool(&spool, &[&["--via", "socket", "-t", "0.5"], &limits[..]].concat());
    assert_eq!(said.findings(), ["[UNKNOWN] count-stopped"], "{}", said.0.stdout);
    assert!(said.verdict().starts_with("UNKNOWN - postfix at least "), "{}", said.verdict());
    assert!(said.verdict().contains(" messages, stopped after TIME"), "{}", said.verdict());
    let said = check_spool(&spool, &["--via", "socket", "-t", "0.5"]);
    let both = ["[CRITICAL] queue-threshold", "[UNKNOWN] count-stopped"];
    assert_eq!(said.findings(), both, "{}", said.0.stdout);
    assert!(said.verdict().contains("waiting to leave, stopped after TIME (critical range 5000)"));
}

#[test]
fn critical_a_service_that_says_nothing() {
    let spool = Spool::new().unwrap();
    let _showq = Showq::start(&spool, Conduct::Silent);
    check_spool(&spool, &["--via", "socket", "-t", "0.5"]).says(
        "CRITICAL - postfix does not answer in time: public/showq",
        &["[CRITICAL] mta-silent"],
    );
}

#[test]
fn critical_a_postfix_that_was_set_up_and_never_started() {
    let installed = Configured::stopped("");
    std::fs::create_dir(installed.spool.path().join("pid")).unwrap();
    installed
        .check(&[])
        .says("CRITICAL - postfix-test is down: it does not run", &["[CRITICAL] mta-down"]);
}
