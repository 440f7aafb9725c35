//! `check_smtp_queue`: from a queue that moves to the ways mail can be stuck.

use std::fs;
use std::io;
use std::time::Duration;

use demo_host::spool::{Conduct, Message, Showq, Spool};

use super::{Act, Case, Plugin};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_smtp_queue",
    first_try: "-v",
    stage,
    acts: &[
        Act { question: "Is mail moving?", cases: MOVING },
        Act { question: "Was anything set aside?", cases: ASIDE },
        Act { question: "What if it cannot tell?", cases: LIMITS },
    ],
};

const MOVING: &[Case] = &[
    Case {
        title: "A queue as it should be; -v shows every part of it",
        args: "--queue-directory {good} --state-dir {state} -v",
        expected: State::Ok,
        says: "postfix 14 messages (1 incoming, 4 active, 9 deferred), oldest 3h",
    },
    Case {
        title: "More messages wait to leave than usual",
        args: "--queue-directory {backlog} --state-dir {state}",
        expected: State::Warning,
        says: "1204 messages waiting to leave (warning range 1000)",
    },
    Case {
        title: "The same, asked who sends, where it goes and why it waits",
        args: "--queue-directory {backlog} --state-dir {state} --sender-critical 500 --top 2",
        expected: State::Critical,
        says: "destination 1100 x freemail.example - 421 4.7.0 Too many messages from you",
    },
    Case {
        title: "The queue is short, but one message has been there for three days",
        args: "--queue-directory {stuck} --state-dir {state} --deferred-age-warning 1d",
        expected: State::Warning,
        says: "oldest message in deferred has been there for 3d",
    },
    Case {
        title: "Postfix is down, though its socket is still there",
        args: "-d {stopped} --state-dir {state}",
        expected: State::Critical,
        says: "[CRITICAL] mta-down",
    },
];

const ASIDE: &[Case] = &[
    Case {
        title: "Postfix set a message aside because it cannot read it",
        args: "--queue-directory {corrupt} --state-dir {state}",
        expected: State::Critical,
        says: "1 message set aside as corrupt",
    },
    Case {
        title: "The same, known and tolerated until Monday",
        args: "--queue-directory {corrupt} --state-dir {state} --corrupt-critical 1",
        expected: State::Ok,
        says: "1 corrupt tolerated by --corrupt-critical 1",
    },
    Case {
        title: "A message of a local program is not taken in",
        args: "--queue-directory {maildrop} --state-dir {state}",
        expected: State::Warning,
        says: "maildrop-stuck",
    },
];

const LIMITS: &[Case] = &[
    Case {
        title: "The queue is too long for half a second: a lower bound, not a timeout",
        args: "--queue-directory {endless} --state-dir {state} --via socket -t 0.5",
        expected: State::Critical,
        says: " messages waiting to leave, stopped after ",
    },
    Case {
        title: "A directory that is no mail queue is never an empty one",
        args: "--queue-directory {state}",
        expected: State::Unknown,
        says: "looks like no mail system's queue directory",
    },
    Case {
        title: "The old sudo option is refused with what to do instead",
        args: "-M postfix -s",
        expected: State::Unknown,
        says: "no sudo: give the check's user the group or the read rights",
    },
    Case {
        title: "A queue as JSON, with the state in it for Zabbix",
        args: "--queue-directory {good} --state-dir {state} --output json",
        expected: State::Ok,
        says: "\"plugin\":\"check_smtp_queue\"",
    },
];

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    let hours = |hours: u64, queue| Message {
        queue,
        age: Duration::from_mins(60 * hours),
        ..Message::default()
    };
    for (name, content) in [
        ("good", &[(1, 0, "incoming"), (4, 0, "active"), (9, 3, "deferred")][..]),
        ("stuck", &[(1, 73, "deferred"), (2, 1, "deferred")]),
        ("corrupt", &[(1, 5, "corrupt")]),
        ("maildrop", &[(1, 2, "maildrop")]),
    ] {
        let spool = Spool::new()?;
        for (count, age, queue) in content {
            spool.add(*count, &hours(*age, queue))?;
        }
        let path = spool.path().display().to_string();
        stage.hold(name, &path, spool);
    }
    backlog(&mut stage)?;
    let endless = Spool::new()?;
    let showq = Showq::start(&endless, Conduct::Endless(hours(1, "deferred")))?;
    let path = endless.path().display().to_string();
    stage.hold("endless", &path, (showq, endless));
    stopped(&mut stage)?;
    let kept = stage.directory().join("state");
    fs::create_dir(&kept)?;
    stage.hold("state", &kept.display(), ());
    Ok(stage)
}

/// One account sends to a provider that has had enough of it.
fn backlog(stage: &mut Stage) -> io::Result<()> {
    let spool = Spool::new()?;
    let flood = Message {
        sender: "hijacked@example.org",
        recipient: "list@freemail.example",
        reason: "host mx.freemail.example[192.0.2.80] said: 421 4.7.0 Too many messages from you \
                 (in reply to MAIL FROM command)",
        age: Duration::from_mins(50),
        ..Message::default()
    };
    let mut listed = Vec::new();
    for (count, message) in [(1100, flood), (104, Message::default())] {
        listed.extend(spool.add(count, &message)?.into_iter().map(|id| (id, message)));
    }
    let showq = Showq::start(&spool, Conduct::List(listed))?;
    let path = spool.path().display().to_string();
    stage.hold("backlog", &path, (showq, spool));
    Ok(())
}

/// A configuration whose Postfix is gone.
fn stopped(stage: &mut Stage) -> io::Result<()> {
    let spool = Spool::new()?;
    drop(Showq::start(&spool, Conduct::List(Vec::new()))?);
    let directory = stage.directory().join("postfix");
    fs::create_dir(&directory)?;
    let queue = format!("queue_directory = {}\n", spool.path().display());
    fs::write(directory.join("main.cf"), queue)?;
    stage.hold("stopped", &directory.display(), spool);
    Ok(())
}
