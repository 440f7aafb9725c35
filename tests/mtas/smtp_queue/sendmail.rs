//! Sendmail.

use std::{thread, time::Duration};

use mailhost_tests::{Account, skip};

use super::{apart, begin, check, facts, wait_for};
use crate::{
    message::Message,
    sendmail::{Layout, Sendmail, Settings},
};

/// The ways to look at a queue, each with an account that can go it.
const WAYS: [(&str, Account); 3] =
    [("walk", Account::ROOT), ("walk", Account::user("smmsp")), ("command", Account::NOBODY)];

fn start(settings: Settings) -> Option<Sendmail> {
    Sendmail::start(settings).inspect_err(|reason| skip("mtas/smtp_queue", reason)).ok()
}

#[test]
fn ok_both_queues_are_counted() {
    let Some(sendmail) = start(Settings::default()) else { return };
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way])
            .says("OK - sendmail queue is empty")
            .finds(&[])
            .measures(&["messages", "queue", "client", "lost"].map(|label| (label, Some(0))));
    }
    sendmail.queue(&Message::default(), 3);
    sendmail.queue(&Message::FOR_FULL, 2);
    sendmail.submit(Account::NOBODY, &Message::default());
    let oldest = sendmail.oldest().expect("a message");
    thread::sleep(EXACT * 2);
    // A retry writes the control files anew.
    sendmail.try_all();
    sendmail.queue(&Message::default(), 1);
    assert_eq!((sendmail.count(&[]), sendmail.oldest()), (7, Some(oldest)));
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way])
            .says("OK - sendmail 7 messages (1 client), oldest AGE")
            .finds(&[])
            .measures(&[
                ("messages", Some(7)),
                ("queue", Some(6)),
                ("send", Some(6)),
                ("client", Some(1)),
                ("receive", Some(1)),
            ]);
        let seen = facts(sendmail.root(), account, &["--via", way]);
        let seen = seen.oldest("queue").expect("a time");
        assert!(apart(seen, oldest) <= EXACT, "{way}: {seen:?}, {oldest:?}");
    }
    check(sendmail.root(), Account::NOBODY, &["-d", "/etc/mail", "-M", "sendmail"])
        .finds(&["[UNKNOWN] queue-denied"]);
    check(sendmail.root(), Account::ROOT, &["-d", "/etc/mail"])
        .says("OK - sendmail 7 messages (1 client), oldest AGE");
}

#[test]
fn ok_queue_groups_and_several_directories() {
    let settings = Settings { layout: Layout::Several, ..Settings::default() };
    let Some(sendmail) = start(settings) else { return };
    sendmail.queue(&Message::default(), 50);
    let both =
        Message { recipients: &["bob@example.com", "dave@full.example.net"], ..Message::default() };
    // In each of the two groups.
    sendmail.queue(&both, 1);
    assert_eq!(sendmail.count(&[]), 52);
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way])
            .says("OK - sendmail 52 messages, oldest AGE")
            .measures(&[("queue", Some(52)), ("client", Some(0))]);
    }
    check(sendmail.root(), Account::ROOT, &["--count-only"])
        .measures(&[("queue", Some(52)), ("queue_bytes", None)]);
}

#[test]
fn warning_messages_in_quarantine_and_lost() {
    let Some(sendmail) = start(Settings::default()) else { return };
    sendmail.queue(&Message::default(), 4);
    let files = sendmail.control_files("qf");
    let names = files.iter().filter_map(|path| path.file_name()?.to_str()?.strip_prefix("qf"));
    let ids: Vec<&str> = names.collect();
    sendmail.quarantine(ids[0], "looks like spam");
    sendmail.lose(ids[1]);
    let counts = ["", "-qQ", "-qL"].map(|kind| {
        let arguments: Vec<&str> = [kind].into_iter().filter(|kind| !kind.is_empty()).collect();
        sendmail.count(&arguments)
    });
    assert_eq!(counts, [2, 1, 1]);
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way])
            .says("WARNING - sendmail 1 message set aside as lost, oldest AGE (+1 more)")
            .finds(&["[WARNING] messages-lost", "[WARNING] messages-quarantined"])
            .measures(&[
                ("messages", Some(2)),
                ("queue", Some(2)),
                ("quarantined", Some(1)),
                ("lost", Some(1)),
            ]);
    }
}

#[test]
fn unknown_or_the_number_but_never_nothing() {
    let Some(open) = start(Settings::default()) else { return };
    let Some(closed) = start(Settings { restrict_mailq: true, ..Settings::default() }) else {
        return;
    };
    for sendmail in [&open, &closed] {
        sendmail.queue(&Message::default(), 1);
    }
    let member = Account::NOBODY.in_group(Sendmail::GROUP);
    let hardened = Account::NOBODY.without_new_privileges();
    let good = "OK - sendmail 1 message, oldest AGE";
    let way = |way: &str| format!("[OK] way: looked at /var/spool/mqueue by {way}");
    check(open.root(), Account::NOBODY, &["-v"]).says(good).shows(&way("command"));
    for sendmail in [&open, &closed] {
        for account in [Account::ROOT, member, member.without_new_privileges()] {
            check(sendmail.root(), account, &["-v"]).says(good).shows(&way("walk"));
        }
    }
    let walk = "queue is closed to this user: reading /var/spool/mqueue: permission denied; needs \
                read rights on it; sendmail -bp -Ac:";
    let group = "needs the group of the queue directory (smmsp), which may also hand in mail";
    check(closed.root(), Account::NOBODY, &[])
        .finds(&["[UNKNOWN] queue-denied"])
        .shows(&format!(
            "[UNKNOWN] queue-denied: {walk} You are not permitted to see the queue; {group}, or \
             PrivacyOptions without restrictmailq"
        ))
        .measures(&[("messages", None), ("queue", None)]);
    check(open.root(), hardened, &[])
        .finds(&["[UNKNOWN] queue-denied"])
        .shows(&format!(
            "[UNKNOWN] queue-denied: {walk} can not chdir(/var/spool/mqueue-client/): Permission \
             denied; {group}; Sendmail has it by itself, but not with NoNewPrivileges or with \
             another configuration (-d)"
        ))
        .measures(&[("messages", None), ("queue", None)]);
}

#[test]
fn ok_who_sends_where_it_goes_and_why_it_waits() {
    let Some(sendmail) = start(Settings::default()) else { return };
    sendmail.queue(&Message::default(), 3);
    sendmail.queue(&Message::FOR_FULL, 2);
    sendmail.queue(&Message::BOUNCE, 1);
    sendmail.try_all();
    for account in [Account::ROOT, Account::NOBODY] {
        check(sendmail.root(), account, &["--top", "3"])
            .says("OK - sendmail 6 messages, oldest AGE")
            .shows("  sender 5 x carol@example.net")
            .shows("  destination 4 x example.com - Deferred: Connection refused by *")
            .shows("  destination 2 x full.example.net - Deferred: 452 4.2.2 The mailbox is full")
            .shows("  no sender 1 (17 %), bounces and reports")
            .measures(&[("null_senders", Some(1)), ("top_sender", Some(5))]);
    }
}

#[test]
fn ok_while_messages_come() {
    let Some(sendmail) = start(Settings::default()) else { return };
    thread::scope(|scope| {
        let work = scope.spawn(|| {
            for _ in 0..4 {
                sendmail.queue(&Message::default(), 50);
                sendmail.submit(Account::NOBODY, &Message::default());
                sendmail.try_all();
            }
        });
        while !work.is_finished() {
            for (way, account) in WAYS {
                let seen = facts(sendmail.root(), account, &["--via", way]);
                assert_eq!(seen.0["code"], 0, "{way}: {:#}", seen.0);
                assert!(seen.number("queue", "count").expect("a number") <= 200, "{way}");
                assert!(seen.number("client", "count").expect("a number") <= 4, "{way}");
            }
        }
        work.join().expect("the messages were taken");
    });
    assert_eq!(sendmail.count(&[]), 204);
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way])
            .says("OK - sendmail 204 messages (4 client), oldest AGE");
    }
}

#[test]
fn ok_a_message_that_is_being_taken_in_is_none() {
    let Some(sendmail) = start(Settings::default()) else { return };
    let client = begin(sendmail.port());
    wait_for("the body's file", || !sendmail.control_files("df").is_empty());
    assert_eq!(sendmail.count(&[]), 0);
    for (way, account) in WAYS {
        check(sendmail.root(), account, &["--via", way]).says("OK - sendmail queue is empty");
    }
    check(sendmail.root(), Account::ROOT, &["--count-only"]).says("OK - sendmail queue is empty");
    drop(client);
}

#[test]
fn critical_a_daemon_that_has_died() {
    let Some(mut sendmail) = start(Settings::default()) else { return };
    sendmail.queue(&Message::default(), 1);
    let seen = facts(sendmail.root(), Account::ROOT, &[]);
    assert_eq!(seen.0["facts"]["systems"][0]["running"], true, "{:#}", seen.0);
    sendmail.stop();
    // It has no time to remove its file then. Above the greatest number that a kernel gives.
    let dead = "2147483646\n/usr/sbin/sendmail -bD\n";
    sendmail.root().write("/run/sendmail-mta.pid", dead, 0o644).expect("write a pid file");
    for account in [Account::ROOT, Account::NOBODY] {
        check(sendmail.root(), account, &[])
            .says("CRITICAL - sendmail is down: it does not run")
            .finds(&["[CRITICAL] mta-down"])
            .measures(&[("queue", Some(1))]);
    }
}

/// How far an age may be from the truth.
const EXACT: Duration = Duration::from_secs(2);
