//! More than one Postfix on a machine.

use mailhost_tests::Account;

use super::{
    super::{check, facts},
    WAYS, queueing, settled, start,
};
use crate::{
    message::Message,
    postfix::{Postfix, Settings},
};

fn two() -> Option<Postfix> {
    let postfix = start(&Settings { second_instance: true, ..queueing() })?;
    postfix.queue().fill(&Message::default(), 1);
    postfix.second_queue().fill(&Message::default(), 2);
    settled(postfix.queue(), 1);
    settled(postfix.second_queue(), 2);
    Some(postfix)
}

#[test]
fn ok_all_instances_are_one_answer() {
    let Some(postfix) = two() else { return };
    for (way, account) in WAYS {
        check(postfix.root(), account, &["--via", way, "-v"])
            .says("OK - postfix, postfix-out 3 messages (3 deferred), oldest AGE")
            .shows(&format!("[OK] way: postfix looked at /var/spool/postfix by {way}"))
            .shows(&format!("[OK] way: postfix-out looked at /var/spool/postfix-out by {way}"))
            .measures(&[
                ("messages", Some(3)),
                ("deferred", Some(3)),
                ("postfix_messages", Some(1)),
                ("postf_77ac_messages", Some(2)),
            ]);
        let seen = facts(postfix.root(), account, &["--via", way]);
        let count = |system| seen.view(system)["queues"]["deferred"]["tally"]["count"].as_u64();
        assert_eq!((count(0), count(1)), (Some(1), Some(2)));
    }
    check(postfix.root(), Account::NOBODY, &["-M", "postfix", "-w", "2"])
        .says("WARNING - postfix, postfix-out 3 messages in all queues (warning range 2)");
}

#[test]
fn ok_one_instance_by_its_configuration() {
    let Some(postfix) = two() else { return };
    let second = postfix.second_queue().configuration();
    for (way, account) in WAYS {
        check(postfix.root(), account, &["--via", way, "-d", second])
            .says("OK - postfix-out 2 messages (2 deferred), oldest AGE")
            .measures(&[("messages", Some(2)), ("postf_77ac_messages", None)]);
        check(postfix.root(), account, &["--via", way, "-d", postfix.queue().configuration()])
            .says("OK - postfix 1 message (1 deferred), oldest AGE");
    }
}

#[test]
fn unknown_an_instance_that_postfix_does_not_list() {
    let Some(postfix) = start(&queueing()) else { return };
    let configuration = "multi_instance_name = postfix-x\nqueue_directory = /var/spool/postfix\n";
    postfix.root().write("/etc/postfix-x/main.cf", configuration, 0o644).expect("a main.cf");
    // It is not that one's fault: who may read the queue is not asked for its name.
    check(postfix.root(), Account::ROOT, &["-d", "/etc/postfix-x"])
        .says("OK - postfix-x queue is empty");
    check(postfix.root(), Account::NOBODY, &["-d", "/etc/postfix-x", "--via", "command"])
        .finds(&["[UNKNOWN] queue-denied"])
        .shows(
            "[UNKNOWN] queue-denied: queue is closed to this user: postqueue: unauthorized \
             configuration directory name: /etc/postfix-x; needs an entry in \
             alternate_config_directories",
        );
    check(postfix.root(), Account::NOBODY, &["-d", "/etc/postfix-x"])
        .finds(&["[UNKNOWN] queue-denied"]);
}
