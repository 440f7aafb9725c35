//! What was seen, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::history::Change;
use crate::queue::{Mta, Queue};

/// Everything seen in one run.
#[derive(Debug, Serialize)]
pub struct Facts {
    /// When it was seen, in seconds since 1970.
    pub(crate) now: i64,
    /// The mail systems, each instance by itself.
    pub(crate) systems: Vec<System>,
    /// Who sends to whom in all mail systems, where that was asked for and can be told.
    pub(crate) detail: Option<Detail>,
    /// What became of the messages that were there at an earlier run.
    pub(crate) change: Change,
    /// Why the state file cannot be used.
    pub(crate) state_fault: Option<String>,
    /// The seconds that the run took.
    pub(crate) time: f64,
}

/// One mail system, or one instance of it.
#[derive(Debug, Serialize)]
pub(crate) struct System {
    /// Which it is.
    pub(crate) mta: Mta,
    /// The name of the instance, or of the mail system.
    pub(crate) name: String,
    /// Its queue directory.
    pub(crate) directory: String,
    /// Whether it runs, where that can be told.
    pub(crate) running: Option<bool>,
    /// Whether it is to run.
    pub(crate) expected: bool,
    /// The room on its spool, where it can be told.
    pub(crate) space: Option<Space>,
    /// The ways that were tried before, each with what stood in it.
    pub(crate) tried: Vec<(Way, Obstacle)>,
    /// The seconds that looking at it took.
    pub(crate) time: f64,
    /// What its queues hold.
    pub(crate) view: Result<View, Obstacle>,
}

/// The queues of one mail system.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    /// How they were looked at.
    pub(crate) way: Way,
    /// Each with what it holds.
    pub(crate) queues: BTreeMap<Queue, Seen>,
    /// After how many seconds the looking was stopped; then all numbers are lower bounds.
    pub(crate) stopped_after: Option<f64>,
    /// Whether messages were counted without being named, so that the next run cannot tell which of
    /// them are gone.
    pub(crate) anonymous: bool,
    /// Why it cannot be told who sends to whom, where that was asked for.
    pub(crate) no_detail: Option<String>,
    /// What the mail system itself did that it should not have, while its queue could be read.
    pub(crate) trouble: Option<Obstacle>,
    /// What the mail system has done since it was started, where it counts that.
    pub(crate) processed: Option<u64>,
    /// Whether the queues that were looked at hold all messages, though some were not told apart:
    /// what is not looked at is then among them.
    pub(crate) whole: bool,
}

/// What one queue holds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// This.
    Tally(Tally),
    /// It was not looked at, for this reason.
    NotLookedAt(String),
}

/// A number of messages.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// The messages (with OpenSMTPD, envelopes: one for each recipient).
    pub(crate) count: u64,
    /// When the oldest of them arrived, in seconds since 1970.
    pub(crate) oldest: Option<i64>,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Whether there may be more: the looking was stopped.
    pub(crate) is_least: bool,
    /// How many of them have an age that is not known.
    pub(crate) without_age: u64,
    /// How many of them have a size that is not known.
    pub(crate) without_size: u64,
}

/// Who sends to whom. Names that are rare in a very long queue are left out.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Detail {
    /// How many messages were read for it.
    pub(crate) read: u64,
    /// How many of them have no sender: bounces and other reports.
    pub(crate) null_senders: u64,
    /// The senders who have most messages.
    pub(crate) senders: Vec<Share>,
    /// The domains that most messages wait for.
    pub(crate) destinations: Vec<Share>,
    /// The most frequent reasons of deferral.
    pub(crate) reasons: Vec<Share>,
}

/// How much is due to one name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Share {
    /// A sender, a domain or a reason.
    pub(crate) name: String,
    /// Its messages.
    pub(crate) count: u64,
    /// The main reason of deferral of a domain.
    pub(crate) reason: Option<String>,
}

/// Room on a file system, and what the mail system wants of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Space {
    /// Bytes that the mail system's user can still use.
    pub(crate) free: u64,
    /// Bytes below which no more mail is accepted.
    pub(crate) needed: Option<u64>,
    /// Where that number comes from, in the mail system's own words.
    pub(crate) because: String,
    /// Files that can still be made; absent where the file system has no limit.
    pub(crate) files: Option<u64>,
    /// Files below which no more mail is accepted.
    pub(crate) files_needed: u64,
}

/// How the queues were looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// The mail system's own program was asked.
    Command,
    /// Postfix's showq was asked over its socket.
    Socket,
    /// The directories were read.
    Walk,
}

/// Why the queues could not be looked at.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Obstacle {
    /// A right is missing. The text says what was tried.
    #[error("{0}")]
    Denied(String),
    /// The mail system does not run, and only it could tell.
    #[error("the mail system is down: {0}")]
    Down(String),
    /// The time was up before it was asked.
    #[error("the time was up before it was looked at")]
    Late,
    /// Something else. The text says what.
    #[error("{0}")]
    Failed(String),
    /// The mail system was asked and said nothing in time.
    #[error("no answer in time: {0}")]
    Silent(String),
    /// The mail system said something that is not understood.
    #[error("not understood: {0}")]
    NotUnderstood(String),
}

impl System {
    /// One of which nothing was seen.
    pub(crate) fn unseen(mta: Mta, name: String, obstacle: Obstacle) -> Self {
        let directory = String::new();
        let (running, expected, space) = (None, false, None);
        let (tried, time) = (Vec::new(), 0.0);
        Self { mta, name, directory, running, expected, space, tried, time, view: Err(obstacle) }
    }

    /// Whether who sends to whom was looked at.
    pub(crate) fn tells_detail(&self) -> bool {
        self.view.as_ref().is_ok_and(|view| view.no_detail.is_none())
    }
}

impl View {
    /// A view without anything seen yet.
    pub(crate) fn new(way: Way) -> Self {
        let queues = BTreeMap::new();
        Self {
            way,
            queues,
            stopped_after: None,
            anonymous: false,
            whole: false,
            no_detail: None,
            trouble: None,
            processed: None,
        }
    }

    /// What a queue holds, where it was looked at.
    pub(crate) fn tally(&self, queue: Queue) -> Option<&Tally> {
        match self.queues.get(&queue)? {
            Seen::Tally(tally) => Some(tally),
            Seen::NotLookedAt(_) => None,
        }
    }

    /// How many messages were counted in the queues of the total.
    pub(crate) fn total(&self) -> u64 {
        let in_total = self.queues.keys().filter(|queue| queue.is_in_total());
        let tallies = in_total.filter_map(|queue| self.tally(*queue));
        tallies.map(|tally| tally.count).fold(0, u64::saturating_add)
    }
}

impl Seen {
    /// Whether it was looked at.
    pub(crate) fn is_tally(&self) -> bool {
        matches!(self, Seen::Tally(_))
    }
}

impl Obstacle {
    /// What stands in the way when no way works: that the mail system is down or silent says more
    /// than that a right is missing, and that more than anything else.
    pub(crate) fn of_all(obstacles: &[(Way, Obstacle)]) -> Obstacle {
        let of_mta = |it: &&Obstacle| matches!(it, Obstacle::Down(_) | Obstacle::Silent(_));
        let each = || obstacles.iter().map(|(_, obstacle)| obstacle);
        if let Some(of_mta) = each().find(of_mta) {
            return of_mta.clone();
        }
        let texts: Vec<String> = each().map(ToString::to_string).collect();
        let text = texts.join("; ");
        if each().any(|it| matches!(it, Obstacle::Denied(_))) {
            return Obstacle::Denied(text);
        }
        match each().next() {
            Some(only) if texts.len() == 1 => only.clone(),
            Some(_) => Obstacle::Failed(text),
            None => Obstacle::Failed("this mail system cannot be looked at that way".to_owned()),
        }
    }
}

impl Tally {
    /// Adds one message.
    pub(crate) fn add(&mut self, arrival: Option<i64>, bytes: Option<u64>) {
        self.count += 1;
        match (arrival, self.oldest) {
            (Some(arrival), Some(oldest)) => self.oldest = Some(oldest.min(arrival)),
            (Some(arrival), None) => self.oldest = Some(arrival),
            (None, _) => self.without_age += 1,
        }
        match bytes {
            Some(bytes) => self.bytes = self.bytes.saturating_add(bytes),
            None => self.without_size += 1,
        }
    }

    /// Adds messages of which only the number is known.
    pub(crate) fn add_many(&mut self, number: u64) {
        self.count = self.count.saturating_add(number);
        self.without_age = self.without_age.saturating_add(number);
        self.without_size = self.without_size.saturating_add(number);
    }

    /// Adds all that another holds.
    pub(crate) fn merge(&mut self, other: &Tally) {
        self.count = self.count.saturating_add(other.count);
        self.oldest = [self.oldest, other.oldest].into_iter().flatten().min();
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.is_least |= other.is_least;
        self.without_age = self.without_age.saturating_add(other.without_age);
        self.without_size = self.without_size.saturating_add(other.without_size);
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Command => "command",
            Way::Socket => "socket",
            Way::Walk => "walk",
        })
    }
}
