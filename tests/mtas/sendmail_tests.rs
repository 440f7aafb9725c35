//! Is the Sendmail of the tests the server it is said to be? Its own commands and its queues tell.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use mailhost_tests::{Account, skip};

use crate::{
    message::{FULL_REPLY, Message},
    sendmail::{Layout, Sendmail, Settings},
};

#[test]
fn messages_wait_with_a_reason_in_two_queues() {
    let Some(mut sendmail) = start(Settings::default()) else {
        return;
    };
    assert_eq!((sendmail.count(&[]), sendmail.oldest()), (0, None));
    let before = SystemTime::now() - Duration::from_secs(1);
    sendmail.queue(&Message::default(), 1);
    sendmail.queue(&Message::FOR_FULL, 1);
    sendmail.queue(&Message::BOUNCE, 1);
    sendmail.submit(Account::NOBODY, &Message::default());
    let oldest = sendmail.oldest().expect("a message");
    assert!(before <= oldest && oldest <= SystemTime::now(), "{oldest:?}");
    sendmail.try_all();
    sendmail.stop();

    assert_eq!(sendmail.count(&[]), 4);
    assert_eq!(sendmail.control_files("qf").len(), 3);
    assert_eq!(fs::read_dir(sendmail.client_queue_directory()).expect("the client's").count(), 2);
    let list = sendmail.mailq(&[]);
    assert!(list.contains("(Deferred: Connection refused by [127.0.0.1])"), "{list}");
    assert!(list.contains(&format!("(Deferred: {FULL_REPLY})")), "{list}");
}

#[test]
fn messages_can_be_quarantined_and_lost() {
    let Some(sendmail) = start(Settings::default()) else {
        return;
    };
    sendmail.queue(&Message::default(), 3);
    let ids: Vec<String> = sendmail
        .control_files("qf")
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.strip_prefix("qf")?.to_owned()))
        .collect();
    sendmail.quarantine(&ids[0], "looks like spam");
    sendmail.lose(&ids[1]);
    assert_eq!(sendmail.count(&[]), 1);
    assert_eq!((sendmail.count(&["-qQ"]), sendmail.count(&["-qL"])), (1, 1));
    assert!(sendmail.control_files("hf")[0].ends_with(format!("hf{}", ids[0])));
    assert!(sendmail.control_files("Qf")[0].ends_with(format!("Qf{}", ids[1])));
    assert!(sendmail.mailq(&["-qQ"]).contains("QUARANTINE: looks like spam"));
}

#[test]
fn messages_lie_in_several_directories() {
    let Some(sendmail) = start(Settings { layout: Layout::Several, ..Settings::default() }) else {
        return;
    };
    sendmail.queue(&Message::default(), 200);
    let both =
        Message { recipients: &["bob@example.com", "dave@full.example.net"], ..Message::default() };
    sendmail.queue(&both, 1);
    // A message for two queue groups is one in each.
    assert_eq!(sendmail.count(&[]), 202);
    let files = sendmail.control_files("qf");
    assert_eq!(files.len(), 202);
    let below = |name: &str| {
        let directory = sendmail.queue_directory().join(name);
        files.iter().filter(|path| path.starts_with(&directory)).count()
    };
    assert_eq!((below("q1/qf") + below("q2"), below("bulk1")), (201, 1));
    assert!(below("q1/qf") > 0 && below("q2") > 0);
}

#[test]
fn who_may_list_the_queue_is_a_setting() {
    let Some(open) = start(Settings::default()) else {
        return;
    };
    let Some(closed) = start(Settings { restrict_mailq: true, ..Settings::default() }) else {
        return;
    };
    let said = |sendmail: &Sendmail, account: Account| {
        let output = sendmail.root().command_as(account, "mailq").output().expect("run mailq");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    for sendmail in [&open, &closed] {
        sendmail.queue(&Message::default(), 1);
    }
    let member = Account::NOBODY.in_group(Sendmail::GROUP);
    assert!(said(&open, Account::NOBODY).contains("Total requests: 1"));
    assert!(said(&closed, member).contains("Total requests: 1"));
    // Whoever counts must not take these for empty queues.
    let refused = said(&closed, Account::NOBODY);
    assert!(
        refused.contains("You are not permitted to see the queue\n\t\tTotal requests: 0"),
        "{refused}"
    );
    let refused = said(&open, Account::NOBODY.without_new_privileges());
    assert!(refused.contains("can not chdir(/var/spool/mqueue/): Permission denied"), "{refused}");
}

fn start(settings: Settings) -> Option<Sendmail> {
    Sendmail::start(settings).inspect_err(|reason| skip("mtas/sendmail", reason)).ok()
}
