//! `OpenSMTPD`. It counts envelopes, one for each recipient.

use std::{process::Stdio, thread, time::Duration};

use mailhost_tests::{Account, skip};

use super::{apart, begin, check, facts, state};
use crate::{message::Message, opensmtpd::OpenSmtpd};

/// The ways to look at a queue, each with an account that can go it.
const WAYS: [(&str, Account); 3] =
    [("walk", Account::ROOT), ("walk", Account::user("opensmtpq")), ("command", Account::ROOT)];
const TWO: Message = Message {
    sender: "carol@example.net",
    recipients: &["bob@example.com", "dave@full.example.net"],
    size: 0,
};

fn start() -> Option<OpenSmtpd> {
    OpenSmtpd::start().inspect_err(|reason| skip("mtas/smtp_queue", reason)).ok()
}

#[test]
fn ok_every_recipient_is_counted_and_critical_when_it_is_stopped() {
    let Some(mut smtpd) = start() else { return };
    for (way, account) in WAYS {
        check(smtpd.root(), account, &["--via", way])
            .says("OK - opensmtpd queue is empty")
            .finds(&[])
            .measures(&["messages", "queue", "incoming", "offline"].map(|label| (label, Some(0))));
    }
    smtpd.queue(&Message::default(), 2);
    smtpd.queue(&TWO, 2);
    smtpd.queue(&Message::BOUNCE, 1);
    let list = smtpd.settled();
    let oldest = smtpd.oldest().expect("a message");
    assert_eq!(list.len(), 7);
    for (way, account) in WAYS {
        check(smtpd.root(), account, &["--via", way])
            .says("OK - opensmtpd 7 messages, oldest AGE")
            .finds(&[])
            .measures(&[("messages", Some(7)), ("send", Some(7)), ("receive", Some(0))]);
        // The retry was later by as much as a refused connection takes.
        let seen = facts(smtpd.root(), account, &["--via", way]).oldest("queue").expect("a time");
        assert!(apart(seen, oldest) <= EXACT, "{way}: {seen:?}, {oldest:?}");
    }
    for way in ["walk", "command"] {
        check(smtpd.root(), Account::ROOT, &["--count-only", "--via", way])
            .measures(&[("queue", Some(7)), ("queue_bytes", None)]);
    }
    check(smtpd.root(), Account::ROOT, &["--top", "3"])
        .says("OK - opensmtpd 7 messages, oldest AGE")
        .shows("  sender 6 x carol@example.net")
        .shows("  destination 5 x example.com - Network error on destination MXs")
        .shows("  destination 2 x full.example.net - 452 4.2.2 The mailbox is full")
        .shows("  no sender 1 (14 %), bounces and reports");

    smtpd.stop();
    assert_eq!(smtpd.list().len(), 7);
    for way in ["walk", "command"] {
        check(smtpd.root(), Account::ROOT, &["--via", way])
            .says("CRITICAL - opensmtpd is down: it does not run")
            .finds(&["[CRITICAL] mta-down"])
            .measures(&[("messages", Some(7)), ("queue", Some(7)), ("offline", Some(0))]);
    }
    // It says that it could only put it aside.
    let mut sendmail = smtpd.root().command_as(Account::NOBODY, "sendmail");
    let sent = sendmail.arg("bob@example.com").stdin(Stdio::null()).output();
    assert_eq!(sent.expect("run sendmail").status.code(), Some(75));
    for way in ["walk", "command"] {
        check(smtpd.root(), Account::ROOT, &["--via", way]).measures(&[
            ("messages", Some(8)),
            ("offline", Some(1)),
            ("receive", Some(1)),
        ]);
    }
}

#[test]
fn ok_a_message_that_is_being_taken_in_is_told_apart() {
    let Some(smtpd) = start() else { return };
    let client = begin(smtpd.port());
    assert_eq!(smtpd.list().len(), 0);
    for (way, account) in WAYS {
        check(smtpd.root(), account, &["--via", way])
            .says("OK - opensmtpd 1 message (1 incoming), oldest AGE")
            .measures(&[("queue", Some(0)), ("incoming", Some(1)), ("send", Some(0))]);
    }
    drop(client);
}

#[test]
fn critical_nothing_is_delivered() {
    let Some(smtpd) = start() else { return };
    smtpd.queue(&Message::FOR_FULL, 3);
    smtpd.settled();
    state::make(smtpd.root(), "root");
    check(smtpd.root(), Account::ROOT, &["-v"])
        .says("OK - opensmtpd 3 messages, oldest AGE")
        .shows("[OK] rates: first run, no rates yet");
    state::age(smtpd.root(), "root", 60);
    smtpd.queue(&Message::FOR_FULL, 2);
    // By the server's own counters: what has failed for now is not processed.
    check(smtpd.root(), Account::ROOT, &["--rate-critical", "1:"])
        .says("CRITICAL - opensmtpd processes 0.0 messages a minute (critical range 1:)")
        .finds(&["[CRITICAL] rate-threshold"])
        .measures(&[("rate", Some(0)), ("messages", Some(5))]);
}

#[test]
fn unknown_only_root_and_the_owner_may_look() {
    let Some(mut smtpd) = start() else { return };
    smtpd.queue(&Message::default(), 1);
    let walk = "queue is closed to this user: reading /var/spool/smtpd/queue: permission denied; \
                needs read rights on it; smtpctl:";
    let hardened = Account::NOBODY.without_new_privileges();
    for running in [true, false] {
        if !running {
            smtpd.stop();
        }
        check(smtpd.root(), Account::NOBODY, &[])
            .finds(&["[UNKNOWN] queue-denied"])
            .shows(&format!(
                "[UNKNOWN] queue-denied: {walk} need root privileges: only root may ask it, and no \
                 group gives that; the owner of queue/ may read the directories instead (--via walk)"
            ))
            .measures(&[("messages", None), ("queue", None)]);
        check(smtpd.root(), hardened, &[])
            .finds(&["[UNKNOWN] queue-denied"])
            .shows(&format!(
                "[UNKNOWN] queue-denied: {walk} this program must be setgid opensmtpq: the check \
                 runs with NoNewPrivileges"
            ))
            .measures(&[("messages", None), ("queue", None)]);
        // It may read one of the directories, which tells nothing of the others.
        check(smtpd.root(), Account::NOBODY.in_group(OpenSmtpd::GROUP), &[])
            .finds(&["[UNKNOWN] not-looked-at"])
            .measures(&[("messages", None), ("queue", None), ("offline", Some(0))]);
    }
}

#[test]
fn ok_while_messages_come() {
    let Some(smtpd) = start() else { return };
    thread::scope(|scope| {
        let work = scope.spawn(|| smtpd.queue(&TWO, 200));
        while !work.is_finished() {
            for (way, account) in WAYS {
                let seen = facts(smtpd.root(), account, &["--via", way]);
                assert_eq!(seen.0["code"], 0, "{way}: {:#}", seen.0);
                assert!(seen.number("queue", "count").expect("a number") <= 400, "{way}");
            }
        }
        work.join().expect("the messages were taken");
    });
    assert_eq!(smtpd.list().len(), 400);
    for (way, account) in WAYS {
        check(smtpd.root(), account, &["--via", way])
            .says("OK - opensmtpd 400 messages, oldest AGE");
    }
}

/// How far an age may be from the truth.
const EXACT: Duration = Duration::from_secs(2);
