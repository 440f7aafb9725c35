//! A queue that is moving while it is looked at.

use std::{thread, time::Duration};

use mailhost_tests::Account;

use super::{
    super::{apart, check, facts},
    WAYS, queueing, settled, start,
};
use crate::{
    message::Message,
    postfix::{Postfix, Relay, Settings},
};

#[test]
fn ok_while_hundreds_of_messages_are_deferred() {
    let Some(postfix) = start(&queueing()) else { return };
    watch_while(&postfix, INJECTED, || {
        for _ in 0..ROUNDS {
            postfix.queue().fill(&Message::default(), INJECTED / ROUNDS);
            // Against the stream: from deferred back to incoming and active.
            postfix.queue().run("postqueue", &["-f"]);
        }
    });
    settled(postfix.queue(), INJECTED);
    for (way, account) in WAYS {
        check(postfix.root(), account, &["--via", way])
            .says(&format!("OK - postfix {INJECTED} messages ({INJECTED} deferred), oldest AGE"));
    }
}

#[test]
fn ok_while_hundreds_of_messages_are_delivered() {
    let Some(postfix) = start(&Settings { relay: Relay::Discarded, ..Settings::default() }) else {
        return;
    };
    watch_while(&postfix, INJECTED, || postfix.queue().fill(&Message::default(), INJECTED));
    settled(postfix.queue(), 0);
    for (way, account) in WAYS {
        check(postfix.root(), account, &["--via", way]).says("OK - postfix queue is empty");
    }
}

#[test]
fn ok_a_long_queue_that_several_threads_read() {
    // They wait at once, without an attempt at a connection.
    let settings = Settings { main_cf: "defer_transports = smtp", ..queueing() };
    let Some(postfix) = start(&settings) else { return };
    watch_while(&postfix, LONG, || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| postfix.queue().fill(&Message::default(), LONG / 4));
            }
        });
    });
    let list = settled(postfix.queue(), LONG);
    let oldest = list.iter().map(|message| message.arrival).min().expect("a message");
    for (way, account) in WAYS {
        let seen = facts(postfix.root(), account, &[&["--via", way], UNLIMITED].concat());
        assert_eq!(seen.number("deferred", "count"), u64::try_from(LONG).ok(), "{way}");
        let seen = seen.oldest("deferred").expect("a time");
        assert!(apart(seen, oldest) <= Duration::from_secs(2), "{way}: {seen:?}, {oldest:?}");
    }
    check(postfix.root(), Account::ROOT, &["--count-only", "--send-warning", "2799"])
        .says("WARNING - postfix 2800 messages waiting to leave (warning range 2799)");
}

/// Looks at the queue in all ways, again and again, until the work is done, which puts no more than
/// so many messages into it.
fn watch_while(postfix: &Postfix, most: usize, work: impl FnOnce() + Send) {
    let limit = u64::try_from(most).expect("small");
    let look = |way: &str, account: Account| {
        let seen = facts(postfix.root(), account, &[&["--via", way], UNLIMITED].concat());
        assert_eq!(seen.0["code"], 0, "{way}: {:#}", seen.0);
        let queues = ["maildrop", "incoming", "active", "deferred", "hold"];
        let counts = queues.map(|name| seen.number(name, "count").expect("a number"));
        let total: u64 = counts.iter().sum();
        assert!(total <= limit, "{way}: {counts:?}");
        total
    };
    let most = thread::scope(|scope| {
        let work = scope.spawn(work);
        let mut most = 0;
        while !work.is_finished() {
            for (way, account) in WAYS {
                most = most.max(look(way, account));
            }
        }
        work.join().expect("the messages were taken");
        most
    });
    assert!(most > 0, "the queue was never seen filled");
}

const INJECTED: usize = 400;
/// So many that a walk shares them out among threads.
const LONG: usize = 2800;
const ROUNDS: usize = 4;
/// Against the default thresholds.
const UNLIMITED: &[&str] = &["--send-warning", "~:", "--receive-warning", "~:"];
