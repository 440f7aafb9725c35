//! What `check_smtp_queue` says about the queues of real mail servers, run beside them as an agent
//! would run it.

mod exim;
mod opensmtpd;
mod postfix;
mod sendmail;
mod state;

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mailhost_tests::{Account, DebianRoot, Run};
use regex_lite::Regex;
use serde_json::Value;

use crate::dialogue::Dialogue;

/// Runs the plugin inside a root. There is no place for its state but what the test has made.
fn check(root: &DebianRoot, account: Account, arguments: &[&str]) -> Answer {
    let run = root.plugin(account, "check_smtp_queue").args(arguments).run().held();
    Answer { asked: format!("{account:?} {arguments:?}"), run }
}

/// What the plugin saw, as its JSON tells it.
fn facts(root: &DebianRoot, account: Account, arguments: &[&str]) -> Facts {
    let answer = check(root, account, &[&["--output", "json"], arguments].concat());
    let value = serde_json::from_str(&answer.run.stdout);
    Facts(value.unwrap_or_else(|error| panic!("{error}: {}", answer.run.stdout)))
}

/// What a check said and what it was asked.
struct Answer {
    asked: String,
    run: Run,
}

impl Answer {
    /// Holds the first line, up to the performance data, and the exit code against a text such as
    /// `OK - postfix 3 messages (3 deferred), oldest AGE`.
    #[track_caller]
    fn says(self, expected: &str) -> Answer {
        let said = normalised(self.run.headline());
        assert_eq!(said, format!("SMTP QUEUE {expected}"), "{}\n{}", self.asked, self.run.stdout);
        self.run.ends_as(expected.split(' ').next().unwrap_or_default());
        self
    }

    /// Holds the findings that are shown against a list of `[STATE] code`.
    #[track_caller]
    fn finds(self, expected: &[&str]) -> Answer {
        assert_eq!(self.run.findings(), expected, "{}\n{}", self.asked, self.run.stdout);
        self
    }

    /// Looks for a whole line after the first.
    #[track_caller]
    fn shows(self, expected: &str) -> Answer {
        let said = normalised(&self.run.stdout);
        let shown = said.lines().skip(1).any(|line| line == expected);
        assert!(shown, "{}: no {expected:?} in\n{said}", self.asked);
        self
    }

    /// Holds values against the metrics of these names; none where `expected` is `None`.
    #[track_caller]
    fn measures(self, expected: &[(&str, Option<u64>)]) -> Answer {
        for (label, value) in expected {
            let seen = self.run.number(label);
            let seen = seen.map(|value| value.parse().unwrap_or_else(|_| panic!("{value}")));
            assert_eq!(seen, *value, "{label} of {}\n{}", self.asked, self.run.stdout);
        }
        self
    }
}

/// What was seen, as plain data.
#[derive(Debug)]
struct Facts(Value);

impl Facts {
    /// The view of the system at a place in the list.
    #[track_caller]
    fn view(&self, system: usize) -> &Value {
        let view = &self.0["facts"]["systems"][system]["view"];
        assert!(view["queues"].is_object(), "no view of {system} in {:#}", self.0);
        view
    }

    /// What a number of a queue is; `None` when the queue was not looked at.
    fn number(&self, queue: &str, what: &str) -> Option<u64> {
        self.view(0)["queues"][queue]["tally"][what].as_u64()
    }

    /// When the oldest message of a queue came.
    fn oldest(&self, queue: &str) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(self.number(queue, "oldest")?))
    }
}

/// Hands in the greater part of a message and waits with the rest, until it is dropped.
fn begin(port: u16) -> Dialogue<TcpStream> {
    let mut client = Dialogue::connect(port).expect("SMTP");
    client.reply().expect("a greeting");
    for command in ["EHLO client.example.net", "MAIL FROM:<carol@example.net>"] {
        client.say(command).expect("a reply");
    }
    assert!(client.say("RCPT TO:<bob@example.com>").expect("a reply").starts_with("250"));
    assert!(client.say("DATA").expect("a reply").starts_with("354"));
    client.write(&"Nothing new at this end of the line.\r\n".repeat(10_000)).expect("a body");
    client
}

/// Waits until a server has done something.
fn wait_for(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LIMIT, "no {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// How far two times are apart, whichever is the later.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}

/// The text without what is different in each run.
fn normalised(text: &str) -> String {
    let text = replace(text, r"\b(oldest|empty in) \d+[smhd]( \d+[smhd])?", "$1 AGE");
    let text = replace(&text, r"127\.0\.0\.1:\d+", "SERVER");
    let text = replace(&text, r"\bhas \S+ [kMGT]?B left\b", "has SIZE left");
    replace(&text, r"\S+ [kMGT]?B left on\b", "SIZE left on")
}

fn replace(text: &str, pattern: &str, with: &str) -> String {
    let pattern = Regex::new(pattern).expect("a pattern of this file");
    pattern.replace_all(text, with).into_owned()
}

const LIMIT: Duration = Duration::from_mins(1);
