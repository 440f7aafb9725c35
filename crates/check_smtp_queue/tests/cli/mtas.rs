//! Exim and Sendmail: spools made for the test, and programs that pass for theirs.

use std::fs;
use std::path::Path;

use mailhost_tests::Plugin;

use crate::support::{NO_STATE, Said, check, look, programs, tree};

/// A header file of Exim.
fn header(id: &str, settings: &str) -> String {
    format!(
        "{id}-H\nmail 8 8\n<alice@example.org>\n1000000000 0\n-ident mail\n{settings}XX\n1\n\
        bob@example.net\n\n023  Subject: hello\n"
    )
}

#[test]
fn warning_exim_gave_a_message_up() {
    let (first, second) = ("15ftgG-0005gO-1c", "15ftgH-00000005gOx-1c2d");
    let log = "2001-09-09 01:46:40 bob@example.net R=dnslookup T=remote_smtp defer (111): \
        Connection refused\n";
    let spool = tree(
        &[],
        &[
            (&format!("input/{first}-H"), &header(first, "")),
            (&format!("input/{first}-D"), "body"),
            (&format!("msglog/{first}"), log),
            (&format!("input/H/{second}-H"), &header(second, "-frozen 1000000100\n")),
            (&format!("input/H/{second}-D"), "body"),
        ],
    );
    let said = look(spool.path(), &["--top", "1"]);
    assert_eq!(said.findings(), ["[WARNING] messages-frozen"], "{}", said.0.stdout);
    for (label, value) in [
        ("messages", "2"),
        ("queue", "2"),
        ("frozen", "1"),
        ("send", "2"),
        ("top_sender", "2"),
        ("top_destination", "2"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
    said.shows("  destination 2 x example.net - Connection refused");
    let said = look(spool.path(), &["--count-only"]);
    assert_eq!((said.0.code, said.metric("messages")), (0, Some("2")), "{}", said.0.stdout);
    assert_eq!(said.metric("frozen"), None);
}

/// Runs the check with a script that passes for Exim, on a spool that is not there.
fn exim_says(script: &str, words: &[&str]) -> Said {
    let directory = tempfile::tempdir().unwrap();
    let spool = directory.path().join("spool");
    let script = format!(
        "if [ \"$1\" = -bP ]; then echo spool_directory = {}; exit; fi\n{script}",
        spool.display()
    );
    let programs = programs(&[("exim4", &script)]);
    let program = Path::new(env!("CARGO_BIN_EXE_check_smtp_queue"));
    // Whether an Exim runs on this machine is not what is tried here.
    let place = ["-M", "exim", "--state-dir", NO_STATE, "--ignore", "mta-down"];
    Said::with_programs(Plugin::at(program).args([&place, words].concat()), programs.path())
}

#[test]
fn ok_exim_lists_what_the_user_may_not_read() {
    let said = exim_says(
        "echo '11354d  1.0K 15ftgG-0005gO-1c <alice@example.org>'; echo '          bob@example.net'",
        &["--top", "1"],
    );
    assert_eq!(said.0.code, 0, "{}", said.0.stdout);
    assert_eq!((said.metric("queue"), said.metric("frozen")), (Some("1"), Some("0")));
    assert_eq!(said.metric("queue_bytes"), Some("1024B"));
    said.shows("  destination 1 x example.net");
}

#[test]
fn unknown_exim_does_not_list_and_does_not_see() {
    let said = exim_says("echo 'exim: permission denied' >&2; exit 1", &["--via", "command"]);
    assert_eq!(said.findings(), ["[UNKNOWN] queue-denied"], "{}", said.0.stdout);
    said.shows(
        "[UNKNOWN] queue-denied: queue is closed to this user: exim -bpr: permission denied; needs \
        queue_list_requires_admin = false in Exim's configuration, or the group of its spool \
        (Debian-exim, exim), which may also remove mail",
    );
    // What Exim says without its setuid rights.
    let said = exim_says("exit 0", &["--via", "command"]);
    assert_eq!(said.findings(), ["[UNKNOWN] queue-denied"], "{}", said.0.stdout);
    assert_eq!(said.metric("messages"), None);
}

#[test]
fn warning_sendmail_set_messages_aside() {
    let control = "V8\nT1000000000\nMDeferred: Connection refused\nSalice@example.org\n\
        RPFD:bob@example.net\nH??Subject: hello\n.\n";
    let files = [
        ("mqueue/qf/qf6ALL0wJU022468", control),
        ("mqueue/df/df6ALL0wJU022468", "body"),
        ("mqueue/qf/hf6ALL0wJU022469", control),
        ("mqueue/df/df6ALL0wJU022469", "body"),
        ("mqueue/qf/Qf6ALL0wJU022470", control),
        ("mqueue/df/df6ALL0wJU022470", "body"),
    ];
    let spool = tree(&[], &files);
    let said = look(&spool.path().join("mqueue"), &["--top", "1"]);
    assert_eq!(
        said.findings(),
        ["[WARNING] messages-lost", "[WARNING] messages-quarantined"],
        "{}",
        said.0.stdout
    );
    for (label, value) in [
        ("messages", "1"),
        ("queue", "1"),
        ("quarantined", "1"),
        ("lost", "1"),
        ("top_sender", "1"),
    ] {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
    said.shows("  destination 1 x example.net - Deferred: Connection refused");
}

#[test]
fn ok_sendmail_by_its_configuration() {
    let control =
        "V8\nT1000000000\nSalice@example.org\nRPFD:bob@example.net\nH??Subject: hello\n.\n";
    let spool = tree(
        &[],
        &[
            ("q1/qf6ALL0wJU022468", control),
            ("q2/qf6ALL0wJU022469", control),
            ("bulk/qf6ALL0wJU022470", control),
            ("client/qf6ALL0wJU022471", control),
        ],
    );
    let path = spool.path().display().to_string();
    let cf = format!("V10/Berkeley\nO QueueDirectory={path}/q*\nQbulk, P={path}/bulk\n");
    fs::write(spool.path().join("sendmail.cf"), cf).unwrap();
    fs::write(spool.path().join("submit.cf"), format!("O QueueDirectory={path}/client\n")).unwrap();
    let said = check(&["-d", &path, "--state-dir", NO_STATE, "--ignore", "mta-down"]);
    assert_eq!((said.0.code, said.findings()), (0, vec![]), "{}", said.0.stdout);
    for (label, value) in [("messages", "4"), ("queue", "3"), ("client", "1"), ("lost", "0")] {
        assert_eq!(said.metric(label), Some(value), "{label}\n{}", said.0.stdout);
    }
}
