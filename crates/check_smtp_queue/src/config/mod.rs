//! Options turned into a configuration that cannot be wrong.

use std::path::PathBuf;

use mailhost_core::contract::{Range, State, Thresholds, Unit};
use mailhost_core::plugin::Failure;

use crate::args::{Args, Quantity, Subject, Wanted};
use crate::facts::Way;
use crate::queue::{Mta, Queue};

/// What is to be looked at, and what it is held to.
#[derive(Debug)]
pub struct Config {
    pub(crate) place: Place,
    /// The only way allowed, if any.
    pub(crate) via: Option<Way>,
    /// How many senders and domains are wanted, if senders and domains are wanted at all.
    pub(crate) top: Option<usize>,
    /// How many of them are shown.
    pub(crate) shown: usize,
    pub(crate) count_only: bool,
    pub(crate) limits: Limits,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) when_unreachable: State,
    pub(crate) when_silent: State,
}

/// Which mail systems.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// All that are installed.
    Auto,
    /// Those of these configuration directories.
    Configurations(Mta, Vec<PathBuf>),
    /// This one, all its instances.
    Only(Mta),
    /// These spools, of a mail system that is given or to be recognised.
    Spools(Option<Mta>, Vec<PathBuf>),
}

/// The ranges in force.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Of whole sides and single queues.
    pub(crate) queues: Vec<Limit>,
    pub(crate) sender: Thresholds,
    pub(crate) destination: Thresholds,
    pub(crate) rate: Thresholds,
    pub(crate) growth: Thresholds,
}

/// The ranges of one quantity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) subject: Subject,
    pub(crate) quantity: Quantity,
    pub(crate) thresholds: Thresholds,
    /// Whether the operator asked for it; nobody misses a default that does not apply.
    pub(crate) given: bool,
}

impl Config {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Failure::Usage`] for options that contradict each other or that nothing would come of.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        refuse(args)?;
        let limits = limits(args);
        let wants_detail =
            args.target.top.is_some() || is_set(limits.sender) || is_set(limits.destination);
        let shown = usize::from(args.target.top.unwrap_or(0));
        Ok(Self {
            place: place(args)?,
            via: args.target.via,
            // The greatest one is held to the threshold.
            top: wants_detail.then_some(shown.max(1)),
            shown,
            count_only: args.target.count_only,
            limits,
            state_dir: args.state.state_dir.clone(),
            when_unreachable: args.general.state_when_unreachable(),
            when_silent: args.general.state_when_silent(),
        })
    }
}

impl Limits {
    /// What this is held to.
    pub(crate) fn of(&self, subject: Subject, quantity: Quantity) -> Thresholds {
        let mut limits = self.queues.iter();
        limits
            .find(|limit| limit.subject == subject && limit.quantity == quantity)
            .map_or_else(Thresholds::default, |limit| limit.thresholds)
    }
}

/// Whether there is any range.
pub(crate) fn is_set(thresholds: Thresholds) -> bool {
    thresholds.warning.or(thresholds.critical).is_some()
}

/// Refuses what `check_mailq` took and what cannot be kept, and what contradicts itself.
fn refuse(args: &Args) -> Result<(), Failure> {
    let target = &args.target;
    if target.sudo {
        return Err(Failure::usage(
            "no sudo: give the check's user the group or the read rights that docs/plugins/\
             check_smtp_queue.md names",
        ));
    }
    if target.old_warning.is_some() || target.old_critical.is_some() {
        return Err(Failure::usage(
            "-W and -C are not kept: for messages to one domain write --destination-warning and \
             --destination-critical, for qmail's unpreprocessed ones --todo-warning and \
             --todo-critical",
        ));
    }
    let thresholds = &args.thresholds;
    let of_detail = [
        thresholds.sender_warning,
        thresholds.sender_critical,
        thresholds.destination_warning,
        thresholds.destination_critical,
    ];
    if target.count_only {
        let each = |quantity| move |queue| is_set(args.queue_limits.of(queue, quantity));
        let mut subjects = subjects();
        if of_detail.iter().any(Option::is_some)
            || subjects.clone().any(each(Quantity::Age))
            || subjects.any(each(Quantity::Bytes))
        {
            return Err(Failure::usage(
                "--count-only sees no ages, bytes, senders or domains: leave it out, or the \
                 thresholds on them",
            ));
        }
    }
    Ok(())
}

fn place(args: &Args) -> Result<Place, Failure> {
    let target = &args.target;
    let mta = match target.mta.unwrap_or(Wanted::Auto) {
        Wanted::Auto => None,
        Wanted::Only(mta) => Some(mta),
    };
    if !target.queue_directory.is_empty() {
        return Ok(Place::Spools(mta, target.queue_directory.clone()));
    }
    if target.config_directory.is_empty() {
        return Ok(mta.map_or(Place::Auto, Place::Only));
    }
    let directories = target.config_directory.clone();
    let has = |file: &str| directories.iter().all(|directory| directory.join(file).exists());
    match mta {
        Some(mta @ (Mta::Postfix | Mta::Sendmail)) => Ok(Place::Configurations(mta, directories)),
        None if has("sendmail.cf") && !has("main.cf") => {
            Ok(Place::Configurations(Mta::Sendmail, directories))
        }
        None => Ok(Place::Configurations(Mta::Postfix, directories)),
        Some(_) => Err(Failure::usage(
            "-d is a directory with main.cf (Postfix) or sendmail.cf (Sendmail); for another mail \
             system name its spool with --queue-directory",
        )),
    }
}

fn limits(args: &Args) -> Limits {
    let given = &args.thresholds;
    let pair = |warning, critical| Thresholds { warning, critical };
    let mut queues = Vec::new();
    for subject in subjects() {
        for quantity in [Quantity::Count, Quantity::Age, Quantity::Bytes] {
            let thresholds = match (subject, quantity) {
                (Subject::Total, Quantity::Count) => pair(given.warning, given.critical),
                _ => args.queue_limits.of(subject, quantity),
            };
            let given = is_set(thresholds);
            let thresholds = match (subject, quantity) {
                (Subject::Send | Subject::Receive, Quantity::Count) => Thresholds {
                    warning: thresholds.warning.or(Some(Range::at_most(1000.0, Unit::Count))),
                    critical: thresholds.critical.or(Some(Range::at_most(5000.0, Unit::Count))),
                },
                _ => thresholds,
            };
            if is_set(thresholds) {
                queues.push(Limit { subject, quantity, thresholds, given });
            }
        }
    }
    Limits {
        queues,
        sender: pair(given.sender_warning, given.sender_critical),
        destination: pair(given.destination_warning, given.destination_critical),
        rate: pair(given.rate_warning, given.rate_critical),
        growth: pair(given.growth_warning, given.growth_critical),
    }
}

/// Everything that can have ranges, in the order in which it is judged.
pub(crate) fn subjects() -> impl Iterator<Item = Subject> + Clone {
    let sides = [Subject::Total, Subject::Send, Subject::Receive];
    sides.into_iter().chain(Queue::ALL.into_iter().map(Subject::One))
}
