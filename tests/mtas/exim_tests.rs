//! Is the Exim of the tests the server it is said to be? Its own commands and its spool tell.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use mailhost_tests::{Account, skip};

use crate::{
    exim::{Exim, Settings},
    message::Message,
};

#[test]
fn messages_wait_with_a_reason() {
    let Some(exim) = prepare(Settings::default()) else {
        return;
    };
    assert_eq!((exim.count(), exim.list().len(), exim.oldest()), (0, 0, None));
    let before = SystemTime::now() - Duration::from_secs(1);
    exim.queue(&Message::default(), 2);
    exim.queue(&Message::BOUNCE, 1);
    let both =
        Message { recipients: &["bob@example.com", "dave@full.example.net"], ..Message::FOR_FULL };
    exim.queue(&both, 1);
    let oldest = exim.oldest().expect("a message");
    assert!(before <= oldest && oldest <= SystemTime::now(), "{oldest:?}");

    exim.try_all();
    exim.freeze(&exim.list()[0].id);
    let list = exim.list();
    let senders: Vec<&str> = list.iter().map(|message| message.sender.as_str()).collect();
    assert_eq!(senders, ["carol@example.net", "carol@example.net", "", "carol@example.net"]);
    let frozen: Vec<bool> = list.iter().map(|message| message.frozen).collect();
    assert_eq!(frozen, [true, false, false, false]);
    assert_eq!(list[3].recipients, both.recipients);
    assert_eq!(exim.count(), 4);
    assert_eq!(headers(&exim.input_directory()).len(), 4);

    let log = exim.root().run("exim", &["-Mvl", &list[3].id]).expect("the message's log").stdout;
    let log = String::from_utf8_lossy(&log);
    assert!(
        log.contains("bob@example.com R=refused T=refused defer (111): Connection refused"),
        "{log}"
    );
    assert!(log.contains("dave@full.example.net R=full T=full defer"), "{log}");
    assert!(log.contains("452 4.2.2 The mailbox is full"), "{log}");
}

#[test]
fn who_may_list_the_queue_is_a_setting() {
    let Some(exim) = prepare(Settings::default()) else {
        return;
    };
    exim.queue(&Message::default(), 1);
    let counted = |account: Account| {
        let output =
            exim.root().command_as(account, "exim").arg("-bpc").output().expect("run exim");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned()
    };
    let refusal = "exim: permission denied";
    let administrator = Account::NOBODY.in_group(Exim::ADMINISTRATORS);
    assert_eq!(counted(Account::NOBODY), refusal);
    assert_eq!(counted(administrator), "1");
    assert_eq!(counted(administrator.without_new_privileges()), "1");
    assert_eq!(counted(Exim::OWNER), "1");
    exim.configure(Settings { anyone_lists: true, ..Settings::default() });
    assert_eq!(counted(Account::NOBODY), "1");
    // Exim does not say that it could not look.
    assert_eq!(counted(Account::NOBODY.without_new_privileges()), "0");
}

#[test]
fn both_layouts_of_the_spool_can_be_mixed() {
    let Some(exim) = prepare(Settings::default()) else {
        return;
    };
    exim.queue(&Message::default(), 3);
    exim.configure(Settings { split: true, ..Settings::default() });
    exim.queue(&Message::default(), 200);
    assert_eq!(exim.count(), 203);
    let input = exim.input_directory();
    assert_eq!(headers(&input).len(), 3);
    let split: usize = fs::read_dir(&input)
        .expect("read the spool")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| headers(&path).len())
        .sum();
    assert_eq!(split, 200);
}

#[test]
fn two_daemons_take_mail_side_by_side() {
    let (Some(mut one), Some(mut other)) =
        (prepare(Settings::default()), prepare(Settings::default()))
    else {
        return;
    };
    one.start_daemon();
    other.start_daemon();
    Message::default().send(one.port(), 20).expect("SMTP");
    assert_eq!((one.count(), other.count()), (20, 0));
}

fn prepare(settings: Settings) -> Option<Exim> {
    Exim::prepare(settings).inspect_err(|reason| skip("mtas/exim", reason)).ok()
}

/// The names of the files that stand for messages.
fn headers(directory: &Path) -> Vec<String> {
    fs::read_dir(directory)
        .expect("read the spool")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with("-H"))
        .collect()
}
