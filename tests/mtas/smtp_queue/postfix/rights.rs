//! Who may look, and what others are told.

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use mailhost_tests::Account;

use super::{super::check, queueing, settled, start};
use crate::{
    message::Message,
    postfix::{Queue, Settings},
};

#[test]
fn ok_each_user_takes_the_best_way_that_is_open() {
    let Some(postfix) = start(&queueing()) else { return };
    postfix.queue().fill(&Message::default(), 3);
    settled(postfix.queue(), 3);
    let member = Account::NOBODY.in_group(Queue::GROUP);
    for (account, way) in [
        (Account::ROOT, "walk"),
        (Account::user("postfix"), "walk"),
        (member, "socket"),
        (member.without_new_privileges(), "socket"),
        (Account::NOBODY, "command"),
    ] {
        check(postfix.root(), account, &["-v"])
            .says("OK - postfix 3 messages (3 deferred), oldest AGE")
            .shows(&format!("[OK] way: looked at /var/spool/postfix by {way}"));
    }
    let walk = "reading /var/spool/postfix/maildrop: permission denied; needs read rights on it";
    let socket = "connecting to /var/spool/postfix/public/showq: permission denied; needs group \
                  postdrop";
    check(postfix.root(), Account::NOBODY, &["-vv"])
        .shows(&format!("  postfix: no walk: {walk}"))
        .shows(&format!("  postfix: no socket: {socket}"));
}

#[test]
fn unknown_no_way_is_open() {
    let Some(postfix) = start(&queueing()) else { return };
    postfix.queue().fill(&Message::default(), 1);
    settled(postfix.queue(), 1);
    let walk = "reading /var/spool/postfix/maildrop: permission denied; needs read rights on it";
    let socket = "connecting to /var/spool/postfix/public/showq: permission denied; needs group \
                  postdrop";
    let command = "postqueue: Connect to the Postfix showq service: Permission denied; its \
                   set-group-id bit has no effect (NoNewPrivileges?)";
    let hardened = Account::NOBODY.without_new_privileges();
    check(postfix.root(), hardened, &[])
        .finds(&["[UNKNOWN] queue-denied"])
        .shows(&format!(
            "[UNKNOWN] queue-denied: queue is closed to this user: {walk}; {socket}; {command}"
        ))
        .measures(&[("messages", None), ("deferred", None)]);
    for (account, way, why) in [
        (Account::NOBODY, "walk", walk),
        (Account::NOBODY, "socket", socket),
        (hardened, "command", command),
    ] {
        let answer = check(postfix.root(), account, &["--via", way])
            .finds(&["[UNKNOWN] queue-denied"])
            .shows(&format!("[UNKNOWN] queue-denied: queue is closed to this user: {why}"));
        assert_eq!(answer.run.code, 3);
    }
}

#[test]
fn unknown_postfix_itself_forbids_it() {
    let settings = Settings { main_cf: "authorized_mailq_users = root, postfix", ..queueing() };
    let Some(postfix) = start(&settings) else { return };
    check(postfix.root(), Account::NOBODY, &["--via", "command"]).finds(&["[UNKNOWN] queue-denied"]).shows(
        "[UNKNOWN] queue-denied: queue is closed to this user: postqueue: User nobody(65534) is \
         not allowed to view the mail queue; needs an entry in authorized_mailq_users",
    );
    let member = Account::NOBODY.in_group(Queue::GROUP);
    check(postfix.root(), member, &[]).says("OK - postfix queue is empty");
    check(postfix.root(), Account::user("postfix"), &["--via", "command"])
        .says("OK - postfix queue is empty");
}

#[test]
fn unknown_one_directory_is_closed() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 1);
    let list = settled(queue, 1);
    queue.hold(&list[0].id);
    let deferred = queue.directory().join("deferred");
    root.run("chown", &["root", "/var/spool/postfix/deferred"]).expect("take a directory away");
    std::fs::set_permissions(&deferred, Permissions::from_mode(0o700)).expect("close it");
    let why = "deferred was not looked at: reading /var/spool/postfix/deferred: permission denied; \
               needs read rights on it";
    check(root, Account::user("postfix"), &["--via", "walk"])
        .finds(&["[UNKNOWN] not-looked-at"])
        .shows(&format!("[UNKNOWN] not-looked-at: {why}"))
        .measures(&[("deferred", None), ("messages", None), ("hold", Some(1))]);
}

#[test]
fn ok_read_rights_on_the_directories_until_postfix_makes_another() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 3);
    settled(queue, 3);
    // As an ACL would, the directories alone: no mail can be read.
    let open = "cd /var/spool/postfix && find maildrop incoming active deferred hold corrupt -type d \
                -exec chmod o+rx {} +";
    root.run("sh", &["-c", open]).expect("open the directories");
    let walk = "[OK] way: looked at /var/spool/postfix by walk";
    let command = "[OK] way: looked at /var/spool/postfix by command";
    let good = "OK - postfix 3 messages (3 deferred), oldest AGE";
    for account in [Account::NOBODY, Account::NOBODY.without_new_privileges()] {
        check(root, account, &["-v"])
            .says(good)
            .shows(walk)
            .measures(&[("corrupt", Some(0)), ("maildrop", Some(0))]);
    }
    let new = ["-d", "-o", "postfix", "-m", "0700", "/var/spool/postfix/deferred/Z"];
    root.run("install", &new).expect("make a hash directory");
    check(root, Account::NOBODY, &["-v"]).says(good).shows(command);
    // Nobody else answers there, and what is seen is not all.
    check(root, Account::NOBODY.without_new_privileges(), &[])
        .finds(&["[UNKNOWN] not-looked-at"])
        .shows(
            "[UNKNOWN] not-looked-at: deferred was not looked at: reading \
             /var/spool/postfix/deferred/Z: permission denied; needs read rights on it",
        )
        .measures(&[("deferred", None), ("messages", None), ("active", Some(0))]);
}
