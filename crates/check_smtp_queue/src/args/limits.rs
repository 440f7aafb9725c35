//! The thresholds of single queues: too many options for a field each.

use clap::{Arg, ArgMatches, Command, FromArgMatches};
use mailhost_core::cli::{count, seconds};
use mailhost_core::contract::{Range, RangeError, Thresholds, Unit};

use crate::queue::{Queue, Side};

/// What a threshold is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Subject {
    /// All messages.
    Total,
    /// Those that wait to leave.
    Send,
    /// Those that wait to be taken in or delivered locally.
    Receive,
    /// Those of one queue.
    One(Queue),
}

impl Subject {
    /// The name in options and labels.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Subject::Total => "messages",
            Subject::Send => "send",
            Subject::Receive => "receive",
            Subject::One(queue) => queue.name(),
        }
    }

    /// Whether the messages of a queue belong to it.
    pub(crate) fn covers(self, queue: Queue) -> bool {
        match self {
            Subject::Total => queue.is_in_total(),
            Subject::Send => queue.side() == Side::Send,
            Subject::Receive => queue.side() == Side::Receive,
            Subject::One(one) => one == queue,
        }
    }
}

/// What is measured of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Quantity {
    /// The age of the oldest message.
    Age,
    /// The bytes of all.
    Bytes,
    /// The number of messages.
    Count,
}

/// The ranges given with `--QUEUE-warning` and its like.
#[derive(Debug, Default)]
pub(crate) struct QueueLimits(Vec<(&'static Choice, Range)>);

/// One of the options.
#[derive(Debug)]
struct Choice {
    name: &'static str,
    subject: Subject,
    quantity: Quantity,
    critical: bool,
}

impl QueueLimits {
    /// The ranges given for this.
    pub(crate) fn of(&self, subject: Subject, quantity: Quantity) -> Thresholds {
        let given = |critical| {
            let mut given = self.0.iter();
            given
                .find(|(option, _)| {
                    option.subject == subject
                        && option.quantity == quantity
                        && option.critical == critical
                })
                .map(|(_, range)| *range)
        };
        Thresholds { warning: given(false), critical: given(true) }
    }
}

impl clap::Args for QueueLimits {
    fn augment_args(command: Command) -> Command {
        command.args(CHOICES.iter().map(|option| {
            let parser: fn(&str) -> Result<Range, RangeError> = match option.quantity {
                Quantity::Age => seconds,
                Quantity::Bytes => |text| Range::parse(text, Unit::Bytes),
                Quantity::Count => count,
            };
            Arg::new(option.name)
                .long(option.name)
                .value_name("RANGE")
                .value_parser(parser)
                .allow_hyphen_values(true)
                // What they have in common stands below the help.
                .hide(true)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for QueueLimits {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut limits = Self::default();
        limits.update_from_arg_matches(matches)?;
        Ok(limits)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let given =
            CHOICES.iter().filter_map(|option| Some((option, *matches.get_one(option.name)?)));
        self.0 = given.collect();
        Ok(())
    }
}

macro_rules! choices {
    ($($subject:expr, $name:literal, [$($quantity:ident $infix:literal),*];)*) => {
        &[$($(
            Choice {
                name: concat!($name, $infix, "-warning"),
                subject: $subject,
                quantity: Quantity::$quantity,
                critical: false,
            },
            Choice {
                name: concat!($name, $infix, "-critical"),
                subject: $subject,
                quantity: Quantity::$quantity,
                critical: true,
            },
        )*)*]
    };
}

/// The number of all messages has -w and -c.
static CHOICES: &[Choice] = choices! {
    Subject::Total, "messages", [Age "-age", Bytes "-bytes"];
    Subject::Send, "send", [Count "", Age "-age", Bytes "-bytes"];
    Subject::Receive, "receive", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Active), "active", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Client), "client", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Corrupt), "corrupt", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Deferred), "deferred", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Failed), "failed", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Frozen), "frozen", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Hold), "hold", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Incoming), "incoming", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Local), "local", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Lost), "lost", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Maildrop), "maildrop", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Offline), "offline", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Quarantined), "quarantined", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Queue), "queue", [Count "", Age "-age", Bytes "-bytes"];
    Subject::One(Queue::Todo), "todo", [Count "", Age "-age", Bytes "-bytes"];
};
