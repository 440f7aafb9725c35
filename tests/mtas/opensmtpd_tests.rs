//! Is the `OpenSMTPD` of the tests the server it is said to be? Its own commands and its queue tell.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    process::Output,
    time::{Duration, SystemTime},
};

use mailhost_tests::{Account, skip};

use crate::{
    message::{FULL_REPLY, Message},
    opensmtpd::OpenSmtpd,
};

#[test]
fn messages_wait_with_a_reason_also_while_stopped() {
    let Some(mut smtpd) = start() else { return };
    assert_eq!((smtpd.list().len(), smtpd.oldest()), (0, None));
    assert_eq!(smtpd.stats().get("scheduler.envelope"), None, "no count is no zero");
    let before = SystemTime::now() - Duration::from_secs(1);
    let both =
        Message { recipients: &["bob@example.com", "dave@full.example.net"], ..Message::default() };
    smtpd.queue(&both, 1);
    smtpd.queue(&Message::BOUNCE, 1);
    let oldest = smtpd.oldest().expect("a message");
    assert!(before <= oldest && oldest <= SystemTime::now(), "{oldest:?}");
    assert_eq!(smtpd.stats()["scheduler.envelope"], 3);

    let list = smtpd.settled();
    assert_eq!(list.len(), 3);
    for envelope in &list {
        let full = envelope.recipient == "dave@full.example.net";
        let reason = if full { FULL_REPLY } else { "Network error on destination MXs" };
        assert_eq!((envelope.state.as_str(), envelope.error.as_str()), ("pending", reason));
    }
    assert_eq!(list.iter().filter(|envelope| envelope.sender == "@").count(), 1);

    smtpd.stop();
    let list = smtpd.list();
    assert_eq!(list.len(), 3);
    assert!(list.iter().all(|envelope| envelope.state == "offline"), "{list:#?}");
    let stats = asked(&smtpd, Account::ROOT, "stats");
    assert_eq!(words(&stats), "smtpctl: smtpd doesn't seem to be running");
    assert_eq!(stats.status.code(), Some(1));
}

#[test]
fn hundreds_of_messages_have_a_directory_each() {
    let Some(smtpd) = start() else { return };
    smtpd.queue(&Message::default(), 300);
    let list = smtpd.list();
    assert_eq!(list.len(), 300);
    let id = &list[0].id;
    let message = smtpd.spool_directory().join("queue").join(&id[..2]).join(&id[..8]);
    let mut files: Vec<String> = fs::read_dir(&message)
        .expect("a message's directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, [id.as_str(), "message"]);
    let mode = fs::metadata(smtpd.spool_directory().join("queue")).expect("the queue").mode();
    assert_eq!(mode & 0o7777, 0o700);
}

#[test]
fn only_root_may_list_the_queue() {
    let (Some(one), Some(mut other)) = (start(), start()) else { return };
    one.queue(&Message::default(), 1);
    other.stop();
    for smtpd in [&one, &other] {
        for account in [Account::NOBODY, Account::NOBODY.in_group(OpenSmtpd::GROUP)] {
            for what in ["queue", "stats"] {
                let refused = asked(smtpd, account, what);
                assert_eq!(words(&refused), "smtpctl: need root privileges");
                assert_eq!(refused.status.code(), Some(1));
            }
        }
    }
    assert_eq!((one.list().len(), other.list().len()), (1, 0));
}

fn start() -> Option<OpenSmtpd> {
    OpenSmtpd::start().inspect_err(|reason| skip("mtas/opensmtpd", reason)).ok()
}

fn asked(smtpd: &OpenSmtpd, account: Account, what: &str) -> Output {
    let mut command = smtpd.root().command_as(account, "smtpctl");
    command.args(["show", what]).output().expect("run smtpctl")
}

fn words(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&words).trim().to_owned()
}
