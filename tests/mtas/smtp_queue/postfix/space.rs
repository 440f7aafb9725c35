//! The room on the spool.

use mailhost_tests::Account;

use super::{super::check, queueing, start};
use crate::{dialogue::Dialogue, postfix::Settings};

#[test]
fn critical_no_room_for_another_message() {
    for (main_cf, because) in [
        ("queue_minfree = 4000000000000000", "queue_minfree"),
        ("message_size_limit = 4000000000000000", "1.5 x message_size_limit"),
    ] {
        let Some(postfix) = start(&Settings { main_cf, ..queueing() }) else { return };
        let mut client = Dialogue::connect(postfix.smtp_port()).expect("SMTP");
        client.reply().expect("a greeting");
        client.say("EHLO client.example.net").expect("a reply");
        let refused = client.say("MAIL FROM:<carol@example.net>").expect("a reply");
        assert!(refused.starts_with("452 4.3.1 "), "{refused}");
        let needed = if main_cf.starts_with("queue") { "4000 TB" } else { "6000 TB" };
        for account in [Account::ROOT, Account::NOBODY] {
            check(postfix.root(), account, &[])
                .says(&format!(
                    "CRITICAL - postfix spool has SIZE left and needs {needed} to accept mail \
                     ({because})"
                ))
                .finds(&["[CRITICAL] spool-space-low"]);
        }
    }
}
