//! Verdicts on facts that are made up: what takes a real mail system, a full disk or much time.

use std::ffi::OsString;

use mailhost_core::contract::State;
use mailhost_core::plugin::parse;

use super::*;
use crate::args::Args;
use crate::facts::{Detail, Share, Space, Tally, View, Way};
use crate::history::{Change, Processed, Rates};
use crate::queue::Mta;

/// The headline with its state, and the findings that are not OK.
fn verdict(options: &str, facts: Facts) -> (String, Vec<String>) {
    let words = std::iter::once("check_smtp_queue").chain(options.split_whitespace());
    let args: Args = parse(words.map(OsString::from)).expect("good options");
    let report = judge(&Config::new(&args).expect("a good configuration"), facts);
    let bad = report.findings.iter().filter(|finding| finding.state != State::Ok);
    let findings = bad.map(|finding| format!("[{}] {}", finding.state, finding.code)).collect();
    (format!("{} - {}", report.state(), report.headline()), findings)
}

#[track_caller]
fn says(options: &str, facts: Facts, headline: &str, findings: &[&str]) {
    let (said, found) = verdict(options, facts);
    assert_eq!(
        (said.as_str(), found),
        (headline, findings.iter().map(ToString::to_string).collect())
    );
}

const NOW: i64 = 1_800_000_000;

fn tally(count: u64, age: i64) -> Seen {
    let oldest = (count > 0).then_some(NOW - age);
    Seen::Tally(Tally { count, oldest, bytes: 1000 * count, ..Tally::default() })
}

fn view(queues: &[(Queue, Seen)]) -> View {
    View { queues: queues.iter().cloned().collect(), ..View::new(Way::Walk) }
}

fn system(name: &str, view: Result<View, Obstacle>) -> System {
    System {
        mta: Mta::Postfix,
        name: name.to_owned(),
        directory: format!("/var/spool/{name}"),
        running: Some(true),
        expected: true,
        space: None,
        tried: Vec::new(),
        time: 0.001,
        view,
    }
}

fn facts(systems: Vec<System>) -> Facts {
    let change = Change::FirstRun;
    Facts { now: NOW, systems, detail: None, change, state_fault: None, time: 0.002 }
}

fn postfix(queues: &[(Queue, Seen)]) -> Facts {
    facts(vec![system("postfix", Ok(view(queues)))])
}

#[test]
fn ok_and_worse_numbers() {
    for (count, headline, findings) in [
        (0, "OK - postfix queue is empty", &[][..]),
        (1, "OK - postfix 1 message (1 deferred), oldest 1h", &[]),
        (1000, "OK - postfix 1000 messages (1000 deferred), oldest 1h", &[]),
        (
            1001,
            "WARNING - postfix 1001 messages waiting to leave (warning range 1000)",
            &["[WARNING] queue-threshold"],
        ),
        (
            5001,
            "CRITICAL - postfix 5001 messages waiting to leave (critical range 5000)",
            &["[CRITICAL] queue-threshold"],
        ),
    ] {
        says("", postfix(&[(Queue::Deferred, tally(count, 3600))]), headline, findings);
    }
}

#[test]
fn unknown_and_critical_what_stands_in_the_way() {
    let text = || "reading /var/spool/postfix/active: permission denied".to_owned();
    for (obstacle, headline, finding) in [
        (
            Obstacle::Denied(text()),
            "UNKNOWN - postfix queue is closed to this user: reading /var/spool/postfix/active: \
             permission denied",
            "[UNKNOWN] queue-denied",
        ),
        (
            Obstacle::Down("connection refused".to_owned()),
            "CRITICAL - postfix is down: connection refused",
            "[CRITICAL] mta-down",
        ),
        (
            Obstacle::Failed("input/output error".to_owned()),
            "UNKNOWN - postfix queue: input/output error",
            "[UNKNOWN] queue-unreadable",
        ),
        (
            Obstacle::NotUnderstood("a message without queue or id".to_owned()),
            "UNKNOWN - postfix queue: not understood: a message without queue or id",
            "[UNKNOWN] queue-unreadable",
        ),
        (
            Obstacle::Silent("public/showq".to_owned()),
            "CRITICAL - postfix does not answer in time: public/showq",
            "[CRITICAL] mta-silent",
        ),
    ] {
        says("", facts(vec![system("postfix", Err(obstacle))]), headline, &[finding]);
    }
}

#[test]
fn critical_a_queue_that_is_seen_while_nothing_runs() {
    let mut facts = postfix(&[(Queue::Deferred, tally(2000, 60))]);
    facts.systems[0].running = Some(false);
    says(
        "",
        facts,
        "CRITICAL - postfix is down: it does not run (+1 more)",
        &["[CRITICAL] mta-down", "[WARNING] queue-threshold"],
    );
}

#[test]
fn unknown_one_of_two_systems_cannot_be_seen() {
    let seen = system("postfix", Ok(view(&[(Queue::Deferred, tally(3, 60))])));
    let closed = system("postfix-out", Err(Obstacle::Denied("closed".to_owned())));
    says(
        "",
        facts(vec![seen, closed]),
        "UNKNOWN - postfix-out queue is closed to this user: closed",
        &["[UNKNOWN] queue-denied"],
    );
}

#[test]
fn critical_what_is_seen_of_a_part_is_already_too_much() {
    let part = [
        (Queue::Deferred, tally(6000, 60)),
        (Queue::Active, Seen::NotLookedAt("closed".to_owned())),
    ];
    says(
        "",
        postfix(&part),
        "CRITICAL - postfix at least 6000 messages waiting to leave (critical range 5000)",
        &["[UNKNOWN] not-looked-at", "[CRITICAL] queue-threshold"],
    );
    let part = [(Queue::Deferred, tally(6, 60)), part[1].clone()];
    says(
        "",
        postfix(&part),
        "UNKNOWN - postfix active was not looked at: closed",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn unknown_and_critical_a_lower_bound_is_judged_as_one() {
    let stopped = |count| {
        let view =
            View { stopped_after: Some(2.0), ..view(&[(Queue::Deferred, tally(count, 60))]) };
        facts(vec![system("postfix", Ok(view))])
    };
    says(
        "",
        stopped(180_000),
        "CRITICAL - postfix at least 180000 messages waiting to leave, stopped after 2.0 s \
         (critical range 5000)",
        &["[CRITICAL] queue-threshold"],
    );
    says(
        "",
        stopped(500),
        "UNKNOWN - postfix at least 500 messages, stopped after 2.0 s",
        &["[UNKNOWN] count-stopped"],
    );
    // More may come, so a range that wants more is not broken yet.
    says(
        "--deferred-critical 1000:",
        stopped(500),
        "UNKNOWN - postfix at least 500 messages, stopped after 2.0 s",
        &["[UNKNOWN] count-stopped"],
    );
}

#[test]
fn warning_and_critical_what_was_set_aside() {
    for (queue, headline, finding) in [
        (
            Queue::Corrupt,
            "CRITICAL - postfix 2 messages set aside as corrupt",
            "[CRITICAL] messages-corrupt",
        ),
        (Queue::Failed, "WARNING - postfix 2 messages given up", "[WARNING] messages-failed"),
        (Queue::Frozen, "WARNING - postfix 2 messages frozen", "[WARNING] messages-frozen"),
        (Queue::Lost, "WARNING - postfix 2 messages set aside as lost", "[WARNING] messages-lost"),
        (
            Queue::Quarantined,
            "WARNING - postfix 2 messages in quarantine",
            "[WARNING] messages-quarantined",
        ),
    ] {
        let facts = || postfix(&[(Queue::Queue, tally(0, 0)), (queue, tally(2, 7200))]);
        says("", facts(), &format!("{headline}, oldest 2h"), &[finding]);
        let name = queue.name();
        says(
            &format!("--{name}-warning 2"),
            facts(),
            &format!("OK - postfix queue is empty, 2 {name} tolerated by --{name}-warning 2"),
            &[],
        );
    }
}

#[test]
fn ok_and_critical_room_on_the_spool() {
    let with = |free, files| {
        let mut facts = postfix(&[(Queue::Deferred, tally(0, 0))]);
        facts.systems[0].space = Some(Space {
            free,
            needed: Some(15_360_000),
            because: "1.5 x message_size_limit".to_owned(),
            files,
            files_needed: 0,
        });
        facts
    };
    says("", with(15_360_000, Some(1)), "OK - postfix queue is empty", &[]);
    says("", with(15_360_000, None), "OK - postfix queue is empty", &[]);
    says(
        "",
        with(15_359_999, None),
        "CRITICAL - postfix spool has 15.36 MB left and needs 15.36 MB to accept mail (1.5 x \
         message_size_limit)",
        &["[CRITICAL] spool-space-low"],
    );
    says(
        "",
        with(20_000_000, Some(0)),
        "CRITICAL - postfix spool has room for 0 more files (inodes)",
        &["[CRITICAL] spool-space-low"],
    );
}

fn exactly(rate: f64) -> Processed {
    Processed::Known { rate, least: rate, most: rate }
}

#[test]
fn ok_and_worse_rates() {
    let rates = |processed, growth| {
        let mut facts = postfix(&[(Queue::Deferred, tally(100, 60))]);
        let drain = (growth < 0.0).then_some(600.0);
        let possible = 100.0;
        facts.change = Change::Known(Rates { seconds: 60.0, processed, possible, growth, drain });
        facts
    };
    let limits = "--rate-warning 50: --rate-critical 10: --growth-critical ~:20";
    says(
        limits,
        rates(exactly(60.0), 0.0),
        "OK - postfix 100 messages (100 deferred), oldest 1m",
        &[],
    );
    says(
        limits,
        rates(exactly(60.0), -10.0),
        "OK - postfix 100 messages (100 deferred), oldest 1m, empty in 10m",
        &[],
    );
    says(
        limits,
        rates(exactly(20.0), 0.0),
        "WARNING - postfix processes 20.0 messages a minute (warning range 50:)",
        &["[WARNING] rate-threshold"],
    );
    says(
        limits,
        rates(exactly(5.0), 30.0),
        "CRITICAL - postfix processes 5.0 messages a minute (critical range 10:) (+1 more)",
        &["[CRITICAL] rate-threshold", "[CRITICAL] growth-threshold"],
    );
    // An upper end can be broken by any queue, however long.
    says(
        "--rate-critical 10:20",
        rates(exactly(0.0), 0.0),
        "CRITICAL - postfix processes 0.0 messages a minute (critical range 10:20)",
        &["[CRITICAL] rate-threshold"],
    );
    says(
        "--rate-critical ~:20",
        rates(exactly(60.0), 0.0),
        "CRITICAL - postfix processes 60.0 messages a minute (critical range ~:20)",
        &["[CRITICAL] rate-threshold"],
    );
    // Not even all that was there would have been so many.
    says(
        "--rate-critical 200:",
        rates(exactly(0.0), 0.0),
        "OK - postfix 100 messages (100 deferred), oldest 1m",
        &[],
    );
    // The queue was empty at the last run, so nothing is known of its speed.
    says(
        limits,
        rates(Processed::Idle, 10.0),
        "OK - postfix 100 messages (100 deferred), oldest 1m",
        &[],
    );
    let mut idle = rates(exactly(0.0), 0.0);
    idle.systems[0].view = Ok(view(&[(Queue::Deferred, tally(0, 0))]));
    says(limits, idle, "OK - postfix queue is empty", &[]);
}

#[test]
fn ok_and_worse_senders_and_destinations() {
    let share = |name: &str, reason: Option<&str>| Share {
        name: name.to_owned(),
        count: 70,
        reason: reason.map(ToOwned::to_owned),
    };
    let facts = || Facts {
        detail: Some(Detail {
            read: 70,
            senders: vec![share("alice@example.org", None)],
            destinations: vec![share("example.net", Some("421 4.7.0 Try again later"))],
            ..Detail::default()
        }),
        ..postfix(&[(Queue::Deferred, tally(70, 60))])
    };
    says(
        "--sender-warning 70 --destination-critical 70:",
        facts(),
        "OK - postfix 70 messages (70 deferred), oldest 1m",
        &[],
    );
    says(
        "--sender-warning 69",
        facts(),
        "WARNING - postfix 70 messages from alice@example.org (warning range 69)",
        &["[WARNING] sender-threshold"],
    );
    says(
        "--destination-critical 10",
        facts(),
        "CRITICAL - postfix 70 messages for example.net (critical range 10): 421 4.7.0 Try again \
         later",
        &["[CRITICAL] destination-threshold"],
    );
    // Of another mail system, or of the rest of a long queue, nothing is known.
    let partly = || {
        let mut facts = facts();
        let mut view = view(&[(Queue::Queue, tally(5, 60))]);
        view.no_detail = Some("mailq tells no senders".to_owned());
        facts.systems.push(system("qmail", Ok(view)));
        facts
    };
    says(
        "--sender-warning 69",
        partly(),
        "WARNING - postfix, qmail at least 70 messages from alice@example.org (warning range 69)",
        &["[WARNING] sender-threshold", "[UNKNOWN] not-looked-at"],
    );
    says(
        "--sender-warning 100:",
        partly(),
        "UNKNOWN - postfix, qmail senders and destinations were not looked at: qmail: mailq tells \
         no senders",
        &["[UNKNOWN] not-looked-at"],
    );
}

#[test]
fn unknown_ages_and_sizes_that_cannot_be_told() {
    let numbers =
        Seen::Tally(Tally { count: 3, without_age: 3, without_size: 3, ..Tally::default() });
    let facts = || postfix(&[(Queue::Queue, numbers.clone())]);
    says("", facts(), "OK - postfix 3 messages", &[]);
    says(
        "--queue-age-warning 1h",
        facts(),
        "UNKNOWN - postfix the age of 3 messages in the queue cannot be told this way",
        &["[UNKNOWN] not-looked-at"],
    );
    says(
        "--queue-bytes-warning 1GB",
        facts(),
        "UNKNOWN - postfix the size of 3 messages in the queue cannot be told this way",
        &["[UNKNOWN] not-looked-at"],
    );
}
