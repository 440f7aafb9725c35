//! Who sends, where it goes and why it waits.

use mailhost_tests::Account;

use super::{super::check, queueing, settled, start};
use crate::{message::Message, postfix::Postfix};

fn filled() -> Option<Postfix> {
    let postfix = start(&queueing())?;
    let queue = postfix.queue();
    queue.fill(&Message::FOR_FULL, 3);
    queue.fill(&Message::default(), 2);
    queue.fill(&Message { sender: "erin@example.org", ..Message::default() }, 1);
    queue.fill(
        &Message { recipients: &["bob@example.com", "frank@example.com"], ..Message::BOUNCE },
        1,
    );
    settled(queue, 7);
    Some(postfix)
}

#[test]
fn ok_the_greatest_with_postfix_s_own_reasons() {
    let Some(postfix) = filled() else { return };
    for (account, way) in [(Account::ROOT, "socket"), (Account::NOBODY, "command")] {
        check(postfix.root(), account, &["--top", "3", "-v"])
            .says("OK - postfix 7 messages (7 deferred), oldest AGE")
            .shows(&format!("[OK] way: looked at /var/spool/postfix by {way}"))
            .shows("  sender 5 x carol@example.net")
            .shows("  sender 1 x erin@example.org")
            .shows("  destination 4 x example.com - connect to * Connection refused")
            .shows("  destination 3 x full.example.net - 452 4.2.2 The mailbox is full")
            .shows("  reason 4 x connect to * Connection refused")
            .shows("  reason 3 x 452 4.2.2 The mailbox is full")
            .shows("  no sender 1 (14 %), bounces and reports")
            .measures(&[
                ("null_senders", Some(1)),
                ("top_sender", Some(5)),
                ("top_destination", Some(4)),
            ]);
    }
}

#[test]
fn critical_one_sender_or_one_destination_has_too_many() {
    let Some(postfix) = filled() else { return };
    for account in [Account::ROOT, Account::NOBODY] {
        check(postfix.root(), account, &["--sender-critical", "4"])
            .says("CRITICAL - postfix 5 messages from carol@example.net (critical range 4)")
            .finds(&["[CRITICAL] sender-threshold"]);
        check(
            postfix.root(),
            account,
            &["--destination-warning", "2", "--destination-critical", "3"],
        )
        .says(
            "CRITICAL - postfix 4 messages for example.com (critical range 3): connect to * \
                 Connection refused",
        )
        .finds(&["[CRITICAL] destination-threshold"]);
        check(postfix.root(), account, &["--sender-warning", "5", "--destination-warning", "4"])
            .says("OK - postfix 7 messages (7 deferred), oldest AGE");
    }
    check(postfix.root(), Account::ROOT, &["--via", "walk", "--sender-warning", "1"])
        .finds(&["[UNKNOWN] not-looked-at"]);
}
