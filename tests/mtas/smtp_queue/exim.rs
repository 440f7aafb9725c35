//! Exim.

use std::{fs, thread, time::Duration};

use mailhost_tests::{Account, skip};

use super::{apart, begin, check, facts, wait_for};
use crate::{
    exim::{Exim, Settings},
    message::Message,
};

/// The ways to look at a queue, each with an account that can go it.
const WAYS: [(&str, Account); 3] =
    [("walk", Account::ROOT), ("walk", Exim::OWNER), ("command", Account::ROOT)];

fn prepare(settings: Settings) -> Option<Exim> {
    Exim::prepare(settings).inspect_err(|reason| skip("mtas/smtp_queue", reason)).ok()
}

#[test]
fn ok_both_layouts_of_the_spool_are_counted() {
    let Some(exim) = prepare(Settings::default()) else { return };
    let root = exim.root();
    for (way, account) in WAYS {
        check(root, account, &["--via", way])
            .says("OK - exim queue is empty")
            .finds(&[])
            .measures(&[("messages", Some(0)), ("queue", Some(0)), ("frozen", Some(0))]);
    }
    exim.queue(&Message::default(), 3);
    for (split, count) in [(false, 3), (true, 100), (false, 105)] {
        exim.configure(Settings { split, ..Settings::default() });
        exim.queue(&Message::default(), count - exim.count());
        assert_eq!(exim.count(), count);
        for (way, account) in WAYS {
            check(root, account, &["--via", way])
                .says(&format!("OK - exim {count} messages, oldest AGE"))
                .finds(&[])
                .measures(&[("send", u64::try_from(count).ok()), ("receive", None)]);
        }
    }
    // All of the mixture at once, by names alone.
    check(root, Account::ROOT, &["--count-only"])
        .says("OK - exim 105 messages, oldest AGE")
        .measures(&[("queue", Some(105)), ("queue_bytes", None), ("frozen", None)]);
}

#[test]
fn ok_a_retry_makes_no_message_younger() {
    let Some(exim) = prepare(Settings::default()) else { return };
    exim.queue(&Message::default(), 2);
    let oldest = exim.oldest().expect("a message");
    thread::sleep(EXACT * 2);
    exim.try_all();
    exim.queue(&Message::default(), 1);
    assert_eq!(exim.oldest(), Some(oldest));
    for (way, account) in WAYS {
        let seen = facts(exim.root(), account, &["--via", way]).oldest("queue").expect("a time");
        assert!(apart(seen, oldest) <= EXACT, "{way}: {seen:?}, {oldest:?}");
    }
}

#[test]
fn warning_frozen_messages() {
    let Some(exim) = prepare(Settings { anyone_lists: true, split: true }) else { return };
    exim.queue(&Message::default(), 5);
    exim.try_all();
    for message in &exim.list()[..2] {
        exim.freeze(&message.id);
    }
    assert_eq!((exim.count(), exim.list().iter().filter(|it| it.frozen).count()), (5, 2));
    for (way, account) in [&WAYS[..], &[("command", Account::NOBODY)]].concat() {
        check(exim.root(), account, &["--via", way])
            .says("WARNING - exim 2 messages frozen, oldest AGE")
            .finds(&["[WARNING] messages-frozen"])
            .measures(&[("messages", Some(5)), ("queue", Some(5)), ("frozen", Some(2))]);
    }
    check(exim.root(), Account::NOBODY, &["--frozen-warning", "2", "--frozen-critical", "5"]).says(
        "OK - exim 5 messages (2 frozen), oldest AGE, 2 frozen tolerated by --frozen-warning 2",
    );
}

#[test]
fn unknown_or_the_number_but_never_nothing() {
    let Some(exim) = prepare(Settings::default()) else { return };
    exim.queue(&Message::default(), 2);
    let member = Account::NOBODY.in_group(Exim::ADMINISTRATORS);
    let hardened = Account::NOBODY.without_new_privileges();
    let good = "OK - exim 2 messages, oldest AGE";
    let way = |way: &str| format!("[OK] way: looked at /var/spool/exim4 by {way}");
    for account in [Account::ROOT, Exim::OWNER, member, member.without_new_privileges()] {
        check(exim.root(), account, &["-v"]).says(good).shows(&way("walk"));
    }
    let closed = "queue is closed to this user: reading /var/spool/exim4/input: permission denied; \
                  needs read rights on it; exim -bpr:";
    let group = "the group of its spool (Debian-exim, exim), which may also remove mail";
    for account in [Account::NOBODY, hardened] {
        check(exim.root(), account, &[])
            .finds(&["[UNKNOWN] queue-denied"])
            .shows(&format!(
                "[UNKNOWN] queue-denied: {closed} permission denied; needs \
                 queue_list_requires_admin = false in Exim's configuration, or {group}"
            ))
            .measures(&[("messages", None), ("queue", None)]);
    }
    exim.configure(Settings { anyone_lists: true, ..Settings::default() });
    check(exim.root(), Account::NOBODY, &["-v"]).says(good).shows(&way("command"));
    // Exim lists nothing then, and says that it did.
    let blind = check(exim.root(), hardened, &[])
        .finds(&["[UNKNOWN] queue-denied"])
        .measures(&[("messages", None), ("queue", None)]);
    assert_eq!(blind.run.code, 3);
    assert!(blind.run.stdout.contains("NoNewPrivileges"), "{}", blind.run.stdout);
    check(exim.root(), member.without_new_privileges(), &["--via", "command"]).says(good);
}

#[test]
fn ok_who_sends_where_it_goes_and_why_it_waits() {
    let Some(exim) = prepare(Settings { anyone_lists: true, split: false }) else { return };
    exim.queue(&Message::default(), 3);
    exim.queue(&Message::FOR_FULL, 2);
    exim.queue(&Message::BOUNCE, 1);
    exim.try_all();
    check(exim.root(), Exim::OWNER, &["--top", "3"])
        .says("OK - exim 6 messages, oldest AGE")
        .shows("  sender 5 x carol@example.net")
        .shows("  destination 4 x example.com - Connection refused")
        .shows("  destination 2 x full.example.net - 452 4.2.2 The mailbox is full")
        .shows("  reason 4 x Connection refused")
        .shows("  no sender 1 (17 %), bounces and reports")
        .measures(&[("null_senders", Some(1)), ("top_destination", Some(4))]);
    // Exim's list has no reasons.
    check(exim.root(), Account::NOBODY, &["--top", "3"])
        .shows("  sender 5 x carol@example.net")
        .shows("  destination 4 x example.com")
        .shows("  destination 2 x full.example.net");
    check(exim.root(), Account::NOBODY, &["--sender-critical", "4"])
        .says("CRITICAL - exim 5 messages from carol@example.net (critical range 4)")
        .finds(&["[CRITICAL] sender-threshold"]);
}

#[test]
fn ok_while_messages_come_and_go() {
    let Some(exim) = prepare(Settings { anyone_lists: true, split: true }) else { return };
    thread::scope(|scope| {
        let work = scope.spawn(|| {
            for _ in 0..4 {
                exim.queue(&Message::default(), 50);
                exim.try_all();
                let list = exim.list();
                let ids: Vec<&str> = list[..25].iter().map(|it| it.id.as_str()).collect();
                exim.root().run("exim", &[&["-Mrm"], &ids[..]].concat()).expect("remove messages");
            }
        });
        while !work.is_finished() {
            for (way, account) in WAYS {
                let seen = facts(exim.root(), account, &["--via", way]);
                assert_eq!(seen.0["code"], 0, "{way}: {:#}", seen.0);
                assert!(seen.number("queue", "count").expect("a number") <= 200, "{way}");
            }
        }
        work.join().expect("the messages were taken");
    });
    assert_eq!(exim.count(), 100);
    for (way, account) in WAYS {
        check(exim.root(), account, &["--via", way]).says("OK - exim 100 messages, oldest AGE");
    }
}

#[test]
fn ok_a_message_that_is_being_taken_in_is_none() {
    let Some(mut exim) = prepare(Settings::default()) else { return };
    exim.start_daemon();
    let client = begin(exim.port());
    let files = || fs::read_dir(exim.input_directory()).expect("the spool").count();
    wait_for("the body's file", || files() > 0);
    assert_eq!(exim.count(), 0);
    for (way, account) in WAYS {
        check(exim.root(), account, &["--via", way]).says("OK - exim queue is empty");
    }
    check(exim.root(), Account::ROOT, &["--count-only"]).says("OK - exim queue is empty");
    drop(client);
}

#[test]
fn critical_a_daemon_that_has_died() {
    let Some(mut exim) = prepare(Settings::default()) else { return };
    // What systemd makes on a Debian host.
    exim.root()
        .run("install", &["-d", "-o", "Debian-exim", "/run/exim4"])
        .expect("make /run/exim4");
    exim.start_daemon();
    exim.queue(&Message::default(), 1);
    let running = |exim: &Exim| {
        facts(exim.root(), Account::ROOT, &[]).0["facts"]["systems"][0]["running"].as_bool()
    };
    assert_eq!(running(&exim), Some(true));
    let pid_file = "/run/exim4/exim.pid";
    assert!(exim.root().join(pid_file).is_file());
    // Above the greatest number that a kernel gives.
    exim.root().write(pid_file, "2147483646\n", 0o644).expect("write a pid file");
    check(exim.root(), Account::ROOT, &[])
        .says("CRITICAL - exim is down: it does not run")
        .finds(&["[CRITICAL] mta-down"])
        .measures(&[("queue", Some(1))]);
}

#[test]
fn critical_no_room_for_another_message() {
    let Some(exim) = prepare(Settings::default()) else { return };
    let path = "/etc/exim4/exim4.conf";
    let text = fs::read_to_string(exim.root().join(path)).expect("read the configuration");
    let text = format!("check_spool_space = 4000T\n{text}");
    exim.root().write(path, text, 0o644).expect("write the configuration");
    for account in [Account::ROOT, Exim::OWNER] {
        check(exim.root(), account, &[])
            .says(
                "CRITICAL - exim spool has SIZE left and needs 4398.05 TB to accept mail \
                 (check_spool_space + message_size_limit)",
            )
            .finds(&["[CRITICAL] spool-space-low"]);
    }
}

/// How far an age may be from the truth.
const EXACT: Duration = Duration::from_secs(2);
