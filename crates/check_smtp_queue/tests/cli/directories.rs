//! Spools of mail systems whose layout is known, each recognised by its directories.

use crate::support::{look, tree};

#[test]
fn warning_nullmailer_gave_a_message_up() {
    let envelope = "root@example.org\nbob@example.net\n\nHi.\n";
    let spool = tree(
        &["tmp"],
        &[
            ("queue/a", envelope),
            ("queue/b", envelope),
            ("failed/c", envelope),
            ("tmp/4711", envelope),
        ],
    );
    let said = look(spool.path(), &["-M", "nullmailer"]);
    assert_eq!(said.findings(), ["[WARNING] messages-failed"], "{}", said.0.stdout);
    assert!(said.verdict().starts_with("WARNING - nullmailer 1 message given up"));
    assert_eq!(said.metric("queue"), Some("2"));
    assert_eq!(said.metric("messages"), Some("2"));
    assert_eq!(said.metric("failed"), Some("1"));
    assert_eq!(said.metric("queue_bytes"), Some("76B"));
}

#[test]
fn ok_qmail_tells_what_is_local() {
    let spool = tree(
        &["todo", "info", "local", "remote"],
        &[
            ("mess/0/23", "text"),
            ("todo/23", "u0\0p1\0Fa@example.org\0Tb@example.net\0"),
            ("mess/1/24", "text"),
            ("info/1/24", "Fa@example.org\0"),
            ("local/1/24", "Troot@example.org\0"),
            ("mess/1/47", "text"),
            ("info/1/47", "F\0"),
            ("local/1/47", "Troot@example.org\0"),
            ("remote/1/47", "Tb@example.net\0"),
        ],
    );
    let said = look(spool.path(), &["--top", "2", "-v"]);
    assert_eq!(said.0.code, 0, "{}", said.0.stdout);
    for (label, value) in [
        ("messages", "3"),
        ("todo", "1"),
        ("local", "1"),
        ("queue", "1"),
        ("receive", "2"),
        ("send", "1"),
        ("null_senders", "1"),
        ("top_sender", "2"),
        ("top_destination", "2"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
}

#[test]
fn ok_qmail_counts_all_where_its_kinds_are_closed() {
    // As to a user in group qmail: the kinds of recipients and the ages are closed to it.
    let spool =
        tree(&["info"], &[("mess/0/23", "text"), ("mess/1/24", "text"), ("todo/23", "u0\0")]);
    let said = look(spool.path(), &["-w", "10"]);
    assert_eq!((said.0.code, said.findings()), (0, vec![]), "{}", said.0.stdout);
    for (label, value) in
        [("messages", Some("2")), ("todo", Some("1")), ("queue", Some("1")), ("local", None)]
    {
        assert_eq!(said.metric(label), value, "{label}\n{}", said.0.stdout);
    }
    let local = spool.path().join("local");
    let said = look(spool.path(), &["--local-warning", "10"]);
    assert_eq!(said.findings(), ["[UNKNOWN] not-looked-at"]);
    said.shows(&format!(
        "[UNKNOWN] not-looked-at: local was not looked at: reading {}: no such file or directory",
        local.display()
    ));
}

#[test]
fn ok_courier_tells_what_was_handed_in() {
    let control = "scarol@example.net\nMA.6B02ABCD.1\nrbob@example.com\nR\nN\n";
    let spool = tree(
        &["msgq"],
        &[
            ("msgs/3/C103", control),
            ("msgs/3/D103", "text"),
            ("tmp/179529/C900", control),
            ("tmp/179529/D900", "text"),
            ("tmp/179529/1795294999.77.mail.example.org", "s\n"),
        ],
    );
    let said = look(spool.path(), &[]);
    assert_eq!(said.0.code, 0, "{}", said.0.stdout);
    for (label, value) in [("messages", "2"), ("incoming", "1"), ("queue", "1")] {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
}

#[test]
fn critical_opensmtpd_set_messages_aside() {
    let envelope = "version: 3\nsender: a@example.org\ndest: b@example.net\nctime: 1\n";
    let spool = tree(
        &["incoming"],
        &[
            ("queue/1b/1b3a2223/message", "text"),
            ("queue/1b/1b3a2223/1b3a22233e895576", envelope),
            ("queue/1b/1b3a2223/1b3a22233e895577", envelope),
            ("offline/1795295048.XXXX8lG0wq", "b@example.net\n"),
            ("corrupt/d57a3dd0/d57a3dd0e04fa1f8", "?"),
        ],
    );
    let said = look(spool.path(), &[]);
    assert_eq!(said.findings(), ["[CRITICAL] messages-corrupt"], "{}", said.0.stdout);
    for (label, value) in
        [("messages", "3"), ("offline", "1"), ("incoming", "0"), ("queue", "2"), ("corrupt", "1")]
    {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
    assert_eq!(said.metric("queue_bytes"), Some("4B"));
}
