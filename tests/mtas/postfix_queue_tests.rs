//! Is the queue of the Postfix of the tests what it is said to be? Postfix's own commands tell.

use std::{
    fs,
    os::unix::{fs::MetadataExt, net::UnixStream},
    process::Output,
    time::{Duration, SystemTime},
};

use mailhost_tests::{Account, skip};

use crate::{
    message::{FULL_REPLY, Message},
    postfix::{Postfix, Queue, Relay, Settings},
};

#[test]
fn messages_wait_with_a_reason() {
    let Some(postfix) = start(&queueing()) else {
        return;
    };
    let queue = postfix.queue();
    assert_eq!((queue.list().len(), queue.oldest()), (0, None));
    let before = SystemTime::now() - Duration::from_secs(1);
    queue.fill(&Message::FOR_FULL, 1);
    queue.fill(&Message { size: 300_000, ..Message::default() }, 1);
    queue.submit(Account::NOBODY, &Message::BOUNCE);
    let list = queue.settled();
    assert_eq!(list.len(), 3);
    let oldest = queue.oldest().expect("a message");
    assert!(before <= oldest && oldest <= SystemTime::now(), "{oldest:?}");

    assert_eq!(list.iter().filter(|message| message.sender == "MAILER-DAEMON").count(), 1);
    let large = list.iter().filter(|message| (300_000..301_000).contains(&message.size));
    assert_eq!(large.count(), 1, "{list:#?}");
    let reasons: Vec<&str> = list
        .iter()
        .flat_map(|message| &message.recipients)
        .filter_map(|(_, reason)| reason.as_deref())
        .collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons.iter().any(|reason| reason.contains(FULL_REPLY)), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("Connection refused")), "{reasons:?}");
}

#[test]
fn messages_can_be_held_and_spoilt() {
    let Some(postfix) = start(&queueing()) else {
        return;
    };
    let queue = postfix.queue();
    queue.fill(&Message::default(), 3);
    let list = queue.settled();
    queue.hold(&list[0].id);
    queue.corrupt(&list[1].id);
    let left = queue.settled();
    assert_eq!(left.len(), 2, "what is corrupt is not listed");
    assert_eq!(left.iter().filter(|message| message.queue == "hold").count(), 1);
    let corrupt =
        fs::metadata(queue.directory().join("corrupt").join(&list[1].id)).expect("a file");
    assert_eq!(corrupt.mode() & 0o700, 0o700, "its mode does not tell");
}

#[test]
fn hundreds_of_messages_have_long_names() {
    let settings = Settings { main_cf: "enable_long_queue_ids = yes", ..queueing() };
    let Some(postfix) = start(&settings) else {
        return;
    };
    let queue = postfix.queue();
    queue.fill(&Message::default(), 300);
    let list = queue.settled();
    assert_eq!(list.len(), 300);
    assert!(list.iter().all(|message| message.id.len() > 12 && message.id.contains('z')));
}

#[test]
fn a_stopped_server_leaves_its_sockets_and_its_queue() {
    let Some(mut postfix) = start(&queueing()) else {
        return;
    };
    postfix.queue().fill(&Message::default(), 2);
    postfix.queue().settled();
    postfix.stop();
    let socket = postfix.queue().directory().join("public/showq");
    assert!(fs::metadata(&socket).is_ok());
    let error = UnixStream::connect(&socket).expect_err("nobody is there").to_string();
    assert!(error.contains("Connection refused"), "{error}");

    postfix.queue().submit(Account::NOBODY, &Message::default());
    let queues: Vec<String> =
        postfix.queue().list().into_iter().map(|message| message.queue).collect();
    assert_eq!(queues, ["maildrop", "deferred", "deferred"]);
    let refused = listing(&postfix, Account::NOBODY);
    assert_eq!(refused.status.code(), Some(69));
    assert!(words(&refused).contains("mail system is down"), "{}", words(&refused));
}

#[test]
fn a_server_that_never_ran_has_no_sockets() {
    let Some(postfix) = prepare(&queueing()) else {
        return;
    };
    assert!(!postfix.queue().directory().join("public/showq").exists());
    postfix.queue().submit(Account::ROOT, &Message::default());
    assert_eq!(postfix.queue().list().len(), 1);
}

#[test]
fn two_instances_have_a_queue_each() {
    let Some(postfix) = start(&Settings { second_instance: true, ..queueing() }) else {
        return;
    };
    postfix.queue().fill(&Message::default(), 1);
    postfix.second_queue().fill(&Message::default(), 2);
    assert_eq!(postfix.queue().settled().len(), 1);
    assert_eq!(postfix.second_queue().settled().len(), 2);
    let instances = postfix.root().run("postmulti", &["-l"]).expect("the instances");
    let instances: Vec<Vec<String>> = String::from_utf8_lossy(&instances.stdout)
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert_eq!(instances[0], ["-", "-", "y", "/etc/postfix"]);
    assert_eq!(instances[1], ["postfix-out", "-", "y", "/etc/postfix-out"]);
    let nobody = postfix
        .root()
        .command_as(Account::NOBODY, "postqueue")
        .args(["-c", postfix.second_queue().configuration(), "-j"])
        .output()
        .expect("run postqueue");
    assert_eq!(words(&nobody).lines().count(), 2, "{}", words(&nobody));
}

#[test]
fn who_may_list_the_queue_depends_on_a_group() {
    let Some(postfix) = start(&queueing()) else {
        return;
    };
    postfix.queue().fill(&Message::default(), 2);
    postfix.queue().settled();
    let hardened = Account::NOBODY.without_new_privileges();
    for account in [Account::ROOT, Account::NOBODY, hardened.in_group(Queue::GROUP)] {
        let listed = listing(&postfix, account);
        assert_eq!(words(&listed).lines().count(), 2, "{account:?}: {}", words(&listed));
    }
    let refused = listing(&postfix, hardened);
    assert_eq!(refused.status.code(), Some(69));
    assert!(words(&refused).contains("showq service: Permission denied"), "{}", words(&refused));
}

#[test]
fn a_plugin_runs_inside_the_root() {
    let Some(postfix) = start(&queueing()) else {
        return;
    };
    for account in [Account::ROOT, Account::NOBODY.without_new_privileges()] {
        let run = postfix
            .root()
            .plugin(account, "check_smtp_banner")
            .args(["-H", "127.0.0.1", "-p", &postfix.smtp_port().to_string()])
            .run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{account:?}: {}", run.stdout);
    }
}

fn start(settings: &Settings) -> Option<Postfix> {
    Postfix::start(settings).inspect_err(|reason| skip("mtas/postfix-queue", reason)).ok()
}

fn prepare(settings: &Settings) -> Option<Postfix> {
    Postfix::prepare(settings).inspect_err(|reason| skip("mtas/postfix-queue", reason)).ok()
}

fn listing(postfix: &Postfix, account: Account) -> Output {
    postfix.root().command_as(account, "postqueue").arg("-j").output().expect("run postqueue")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// A server whose mail stays in the queue.
fn queueing() -> Settings {
    Settings { relay: Relay::Deferred, ..Settings::default() }
}
