//! How many messages are where.

use std::{fs, path::Path};

use mailhost_tests::{Account, skip};

use super::{
    super::{begin, check, facts, wait_for},
    WAYS, queueing, settled, start,
};
use crate::{
    message::Message,
    postfix::{Postfix, Queue, Settings, queue::Listed},
};

#[test]
fn ok_every_way_counts_what_postfix_lists() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    let zeros = ["messages", "send", "receive", "maildrop", "incoming", "active", "deferred"];
    for (way, account) in WAYS {
        check(root, account, &["--via", way])
            .says("OK - postfix queue is empty")
            .finds(&[])
            .measures(&zeros.map(|label| (label, Some(0))));
    }

    queue.fill(&Message::default(), 3);
    queue.fill(&Message { size: 300_000, ..Message::FOR_FULL }, 2);
    queue.submit(Account::NOBODY, &Message::BOUNCE);
    for message in &settled(queue, 6)[..2] {
        queue.hold(&message.id);
    }
    let list = settled(queue, 6);
    for (way, account) in WAYS {
        let bytes = |name: &str| match way {
            "walk" => size_of_files(&queue.directory().join(name)),
            _ => of(&list, name).map(|message| message.size).sum(),
        };
        check(root, account, &["--via", way])
            .says("OK - postfix 6 messages (4 deferred, 2 hold), oldest AGE")
            .finds(&[])
            .measures(&[
                ("messages", Some(6)),
                ("send", Some(4)),
                ("receive", Some(0)),
                ("deferred", Some(4)),
                ("hold", Some(2)),
                ("active", Some(0)),
                ("deferred_bytes", Some(bytes("deferred"))),
                ("hold_bytes", Some(bytes("hold"))),
                ("messages_bytes", Some(bytes("deferred") + bytes("hold"))),
                ("send_bytes", Some(bytes("deferred"))),
            ]);
    }
    check(root, Account::ROOT, &["--count-only", "-w", "5"])
        .says("WARNING - postfix 6 messages in all queues (warning range 5)")
        .finds(&["[WARNING] queue-threshold"])
        .measures(&[("deferred", Some(4)), ("deferred_bytes", None), ("deferred_age", None)]);
}

#[test]
fn critical_only_a_walk_sees_what_is_corrupt() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 3);
    let list = settled(queue, 3);
    queue.corrupt(&list[0].id);
    settled(queue, 2);
    for account in [Account::ROOT, Account::user("postfix")] {
        // The directory is short and read beside what showq lists.
        for way in ["walk", "socket", "command"] {
            check(root, account, &["--via", way])
                .says("CRITICAL - postfix 1 message set aside as corrupt, oldest AGE")
                .finds(&["[CRITICAL] messages-corrupt"])
                .measures(&[("corrupt", Some(1)), ("deferred", Some(2)), ("messages", Some(2))]);
        }
    }
    check(root, Account::ROOT, &["--corrupt-critical", "1"]).says(
        "OK - postfix 2 messages (2 deferred, 1 corrupt), oldest AGE, 1 corrupt tolerated by \
         --corrupt-critical 1",
    );
    let closed = "not looked at: reading /var/spool/postfix/corrupt: permission denied; needs read \
                  rights on it";
    check(root, Account::NOBODY, &["-v"])
        .says("OK - postfix 2 messages (2 deferred), oldest AGE")
        .shows(&format!("[OK] corrupt: {closed}"))
        .measures(&[("corrupt", None), ("deferred", Some(2))]);
    check(root, Account::NOBODY, &["--corrupt-critical", "1"]).finds(&["[UNKNOWN] not-looked-at"]);
}

#[test]
fn critical_postfix_is_stopped_and_its_maildrop_fills() {
    let Some(mut postfix) = start(&queueing()) else { return };
    postfix.queue().fill(&Message::default(), 2);
    settled(postfix.queue(), 2);
    postfix.stop();
    postfix.queue().submit(Account::NOBODY, &Message::default());
    let root = postfix.root();
    let listed = postfix.queue().list();
    assert_eq!(of(&listed, "maildrop").count(), 1);
    for account in [Account::ROOT, Account::user("postfix")] {
        check(root, account, &["-v"]).says("CRITICAL - postfix is down: it does not run").measures(
            &[
                ("messages", Some(3)),
                ("maildrop", Some(1)),
                ("receive", Some(1)),
                ("deferred", Some(2)),
            ],
        );
    }
    let member = Account::NOBODY.in_group(Queue::GROUP);
    for account in [member, member.without_new_privileges()] {
        check(root, account, &[])
            .says(
                "CRITICAL - postfix is down: connecting to /var/spool/postfix/public/showq: \
                 connection refused",
            )
            .finds(&["[CRITICAL] mta-down"])
            .measures(&[("messages", None)]);
    }
    check(root, Account::NOBODY, &[])
        .finds(&["[CRITICAL] mta-down"])
        .shows(
            "[CRITICAL] mta-down: is down: postqueue: Queue report unavailable - mail system is \
             down (Connect to the Postfix showq service: Connection refused)",
        )
        .measures(&[("messages", None)]);
    check(root, Account::NOBODY.without_new_privileges(), &[])
        .finds(&["[UNKNOWN] queue-denied"])
        .measures(&[("messages", None)]);
    // A spool alone is not held to a mail system that runs.
    check(root, Account::ROOT, &["--queue-directory", "/var/spool/postfix"])
        .says("OK - postfix 3 messages (1 maildrop, 2 deferred), oldest AGE");
}

#[test]
fn critical_postfix_was_never_started() {
    let prepared = Postfix::prepare(&queueing());
    let Some(postfix) = prepared.inspect_err(|reason| skip("mtas/smtp_queue", reason)).ok() else {
        return;
    };
    postfix.queue().submit(Account::ROOT, &Message::default());
    let root = postfix.root();
    check(root, Account::ROOT, &[])
        .says("CRITICAL - postfix is down: it does not run")
        .measures(&[("maildrop", Some(1)), ("messages", Some(1))]);
    check(root, Account::NOBODY, &[]).finds(&["[CRITICAL] mta-down"]);
}

#[test]
fn ok_nothing_is_counted_of_what_is_no_message() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 1);
    settled(queue, 1);
    // As an administrator may leave them behind.
    root.write("/var/spool/postfix/deferred/README", "do not touch\n", 0o644).expect("a file");
    root.write("/var/spool/postfix/hold/backup.tar", "", 0o700).expect("a file");
    assert_eq!(queue.list().len(), 1);
    let all = facts(root, Account::ROOT, &["--via", "walk"]);
    assert_eq!((all.number("deferred", "count"), all.number("hold", "count")), (Some(1), Some(0)));
}

#[test]
fn ok_a_message_that_is_being_taken_in_is_none() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    let client = begin(postfix.smtp_port());
    let incoming = queue.directory().join("incoming");
    wait_for("a queue file", || size_of_files(&incoming) > 0);
    assert_eq!(queue.list().len(), 0);
    for (way, account) in WAYS {
        check(root, account, &["--via", way]).says("OK - postfix queue is empty").finds(&[]);
    }
    check(root, Account::ROOT, &["--count-only"]).says("OK - postfix queue is empty");
    drop(client);
}

#[test]
fn ok_any_depth_of_hashing_and_any_mode_of_a_message() {
    let settings = Settings {
        main_cf: "hash_queue_names = incoming, active, deferred, defer, hold\nhash_queue_depth = 3",
        ..queueing()
    };
    let Some(postfix) = start(&settings) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 30);
    let list = settled(queue, 30);
    for message in &list[..10] {
        queue.hold(&message.id);
    }
    // To be given up at the next attempt: one bit more in the mode.
    queue.run("postsuper", &["-e", &list[20].id]);
    assert_eq!(queue.list().len(), 30);
    for (way, account) in WAYS {
        check(root, account, &["--via", way])
            .says("OK - postfix 30 messages (20 deferred, 10 hold), oldest AGE");
    }
    check(root, Account::ROOT, &["--count-only"])
        .measures(&[("deferred", Some(20)), ("hold", Some(10))]);
}

/// The messages of one queue.
fn of<'a>(list: &'a [Listed], name: &'a str) -> impl Iterator<Item = &'a Listed> {
    list.iter().filter(move |message| message.queue == name)
}

fn size_of_files(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("read a queue directory");
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| if path.is_dir() { size_of_files(&path) } else { size_of_file(&path) })
        .sum()
}

fn size_of_file(path: &Path) -> u64 {
    fs::metadata(path).expect("a queue file").len()
}
