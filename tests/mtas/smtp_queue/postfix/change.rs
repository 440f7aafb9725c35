//! What is kept from run to run.

use std::{fs, os::unix::fs::MetadataExt};

use mailhost_tests::Account;

use super::{
    super::{check, state},
    queueing, settled, start,
};
use crate::message::Message;

#[test]
fn ok_messages_that_are_gone_make_a_rate() {
    let Some(postfix) = start(&queueing()) else { return };
    let (root, queue) = (postfix.root(), postfix.queue());
    queue.fill(&Message::default(), 10);
    let list = settled(queue, 10);
    let accounts = [(Account::ROOT, "root"), (Account::NOBODY, "nobody")];
    for (account, name) in accounts {
        state::make(root, name);
        check(root, account, &["-v", "--rate-critical", "10:"])
            .says("OK - postfix 10 messages (10 deferred), oldest AGE, first run, no rates yet");
        let file = state::age(root, name, 120);
        assert_eq!(fs::metadata(&file).expect("a file").mode() & 0o777, 0o600);
    }
    for message in &list[..4] {
        queue.run("postsuper", &["-d", &message.id]);
    }
    for (account, _) in accounts {
        let answer = check(root, account, &["--rate-warning", "3:", "--rate-critical", "1:"])
            .finds(&["[WARNING] rate-threshold"]);
        let near = |label: &str, expected: f64| {
            let value: f64 =
                answer.run.number(label).and_then(|it| it.parse().ok()).expect("a number");
            assert!((value - expected).abs() <= expected.abs() / 5.0, "{label} {value}");
        };
        // The clock goes on between the two runs.
        near("rate", 2.0);
        near("growth", -2.0);
        near("drain", 180.0);
    }
}
