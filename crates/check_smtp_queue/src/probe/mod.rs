//! All input and output: finds the mail systems, and looks at the queues of each.

pub(crate) mod budget;
pub(crate) mod directory;
pub(crate) mod lines;
pub(crate) mod listing;
#[cfg(test)]
mod look_tests;
pub(crate) mod process;
pub(crate) mod space;
#[cfg(test)]
pub(crate) mod testing;

use std::fs;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::memory::{Memory, MemoryError};
use mailhost_core::plugin::Failure;

use crate::config::{Config, Place};
use crate::detail::DetailLedger;
use crate::facts::{Facts, Obstacle, Seen, Space, System, View, Way};
use crate::history::{Comparison, Past, Present};
use crate::ledger::Ledger;
use crate::queue::Mta;
use crate::{IDENTITY, courier, exim, nullmailer, opensmtpd, postfix, qmail, sendmail};
use budget::Budget;

/// A mail system, or one instance of it, whose queues can be looked at.
pub(crate) trait MailSystem {
    /// Which it is.
    fn mta(&self) -> Mta;

    /// What the operator calls it: of several instances, each has a name of its own.
    fn name(&self) -> &str {
        self.mta().name()
    }

    /// Its queue directory.
    fn directory(&self) -> &Path;

    /// The ways to look at it, the best first.
    fn ways(&self, wants_detail: bool) -> &'static [Way];

    /// Looks at its queues this way, and counts them into the ledger. With `count_only`, what costs
    /// a look at each file may be left out.
    ///
    /// # Errors
    /// [`Obstacle`], when they cannot be looked at this way. Where a walk fails, the ledger holds the
    /// queues that could be read, and why the others could not: that may be all that can be had.
    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle>;

    /// Whether it runs, where that can be told and it should; `view` is what was seen of it.
    fn is_running(&self, view: Option<&View>) -> Option<bool>;

    /// Whether it is to run: one that is switched off, or of which only the spool is known, is not.
    fn is_expected(&self) -> bool {
        true
    }

    /// The room on its spool, beside what it needs to accept mail.
    fn space(&self) -> Option<Space>;
}

/// Looks at every mail system that the configuration means.
///
/// # Errors
/// [`Failure`], when there is none.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let start = Instant::now();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let budget = Budget::of(deadline);
    let found = find(config, &budget)?;
    let subject = subject(config);
    deadline.waiting_for("the state file");
    let (past, fault) = match recall(config, &subject, deadline) {
        Ok(past) => (past, None),
        Err(error) => (Past::default(), Some(error.to_string())),
    };
    let mut comparison = Comparison::with(past, now);
    let mut detail = config.top.map(DetailLedger::new);
    let names = names(&found)?;
    let several = found.len();
    let mut systems = Vec::new();
    for (at, (found, name)) in found.into_iter().zip(names).enumerate() {
        systems.push(match found {
            Found::System(system) => {
                let mut budget = budget.share(several - at);
                look(config, system.as_ref(), name, &mut comparison, &mut detail, &mut budget)
            }
            Found::Obstacle { mta, obstacle, .. } => System::unseen(mta, name, obstacle),
        });
    }
    let (change, kept) = comparison.close(present(&systems));
    deadline.waiting_for("the state file");
    let fault = fault.or(kept.and_then(|past| keep(config, &subject, deadline, &past).err()));
    let detail = detail.map(DetailLedger::close);
    let detail = detail.filter(|_| systems.iter().any(System::tells_detail));
    let time = start.elapsed().as_secs_f64();
    Ok(Facts { now, systems, detail, change, state_fault: fault, time })
}

/// A mail system, or why one that is there cannot be looked at.
pub(crate) enum Found {
    System(Box<dyn MailSystem>),
    Obstacle { mta: Mta, name: String, obstacle: Obstacle },
}

impl Found {
    fn name(&self) -> &str {
        match self {
            Found::System(system) => system.name(),
            Found::Obstacle { name, .. } => name,
        }
    }

    fn of(mta: Mta, found: Result<Box<dyn MailSystem>, Obstacle>) -> Self {
        match found {
            Ok(system) => Found::System(system),
            Err(obstacle) => Found::Obstacle { mta, name: mta.name().to_owned(), obstacle },
        }
    }
}

fn find(config: &Config, budget: &Budget) -> Result<Vec<Found>, Failure> {
    let nothing = || {
        let looked_for: Vec<&str> = Mta::ALL.into_iter().map(Mta::name).collect();
        let looked_for = looked_for.join(", ");
        Failure::Unable(format!(
            "no mail system found ({looked_for}); name a spool with --queue-directory"
        ))
    };
    let found = match &config.place {
        Place::Configurations(mta, directories) => {
            directories.iter().map(|directory| configured(*mta, directory)).collect()
        }
        Place::Spools(mta, directories) => {
            let spools = directories.iter().map(|directory| spool(*mta, directory));
            spools.collect::<Result<Vec<_>, _>>()?
        }
        Place::Only(mta) if !is_installed(*mta) => Vec::new(),
        Place::Only(mta) => installed(*mta, budget),
        Place::Auto => {
            let there = Mta::ALL.into_iter().filter(|mta| is_installed(*mta));
            there.flat_map(|mta| installed(mta, budget)).collect()
        }
    };
    if found.is_empty() { Err(nothing()) } else { Ok(found) }
}

/// A name for each that no other has: labels, ids and samples are told apart by it.
///
/// # Errors
/// [`Failure::Usage`], when the same queue is named twice.
fn names(found: &[Found]) -> Result<Vec<String>, Failure> {
    let path = |found: &Found| match found {
        Found::System(system) => system.directory().display().to_string(),
        Found::Obstacle { .. } => String::new(),
    };
    let is_alone = |name: &str| found.iter().filter(|other| other.name() == name).count() == 1;
    let named = found.iter().map(|it| match it.name() {
        name if is_alone(name) => name.to_owned(),
        name => format!("{name} {}", path(it)),
    });
    let paths = found.iter().map(path).filter(|path| !path.is_empty());
    // Another spelling, or a link, is the same queue.
    let real = |path: String| fs::canonicalize(&path).map_or(path, |it| it.display().to_string());
    let paths: Vec<String> = paths.map(real).collect();
    match paths.iter().enumerate().find(|(at, path)| paths[..*at].contains(path)) {
        Some((_, path)) => Err(Failure::Usage(format!("the queue {path} is named twice"))),
        None => Ok(named.collect()),
    }
}

fn is_installed(mta: Mta) -> bool {
    match mta {
        Mta::Courier => courier::is_installed(),
        Mta::Exim => exim::is_installed(),
        Mta::Nullmailer => nullmailer::is_installed(),
        Mta::Opensmtpd => opensmtpd::is_installed(),
        Mta::Postfix => postfix::is_installed(),
        Mta::Qmail => qmail::is_installed(),
        Mta::Sendmail => sendmail::is_installed(),
    }
}

fn installed(mta: Mta, budget: &Budget) -> Vec<Found> {
    let found: Result<Box<dyn MailSystem>, Obstacle> = match mta {
        Mta::Courier => Ok(Box::new(courier::installed())),
        Mta::Exim => exim::installed(budget).map(|it| Box::new(it) as _),
        Mta::Nullmailer => Ok(Box::new(nullmailer::installed())),
        Mta::Opensmtpd => Ok(Box::new(opensmtpd::installed())),
        Mta::Postfix => return postfix::instances(),
        Mta::Qmail => Ok(Box::new(qmail::installed())),
        Mta::Sendmail => sendmail::installed().map(|it| Box::new(it) as _),
    };
    vec![Found::of(mta, found)]
}

fn configured(mta: Mta, directory: &Path) -> Found {
    match mta {
        Mta::Sendmail => {
            Found::of(mta, sendmail::configured(directory).map(|it| Box::new(it) as _))
        }
        _ => postfix::single(directory),
    }
}

fn spool(mta: Option<Mta>, directory: &Path) -> Result<Found, Failure> {
    let looks_like = |mta: &Mta| match mta {
        Mta::Courier => courier::is_spool(directory),
        Mta::Exim => exim::is_spool(directory),
        Mta::Nullmailer => nullmailer::is_spool(directory),
        Mta::Opensmtpd => opensmtpd::is_spool(directory),
        Mta::Postfix => postfix::is_spool(directory),
        Mta::Qmail => qmail::is_spool(directory),
        Mta::Sendmail => sendmail::is_spool(directory),
    };
    let found = Mta::ALL.into_iter().find(looks_like);
    let directory_name = directory.display();
    let mta = match (mta, found) {
        (Some(mta), Some(other)) if mta != other && !looks_like(&mta) => {
            return Err(Failure::Usage(format!(
                "{directory_name} looks like a queue directory of {}, not of {}",
                other.name(),
                mta.name()
            )));
        }
        (Some(mta), _) | (None, Some(mta)) => mta,
        (None, None) => {
            return Err(Failure::Unable(format!(
                "{directory_name} looks like no mail system's queue directory; if it is one, say \
                 whose with -M"
            )));
        }
    };
    Ok(Found::System(match mta {
        Mta::Courier => Box::new(courier::spool(directory)),
        Mta::Exim => Box::new(exim::spool(directory)),
        Mta::Nullmailer => Box::new(nullmailer::spool(directory)),
        Mta::Opensmtpd => Box::new(opensmtpd::spool(directory)),
        Mta::Postfix => Box::new(postfix::spool(directory)),
        Mta::Qmail => Box::new(qmail::spool(directory)),
        Mta::Sendmail => Box::new(sendmail::spool(directory)),
    }))
}

/// Looks at one mail system in the first way that works.
fn look(
    config: &Config,
    system: &dyn MailSystem,
    name: String,
    comparison: &mut Comparison,
    detail: &mut Option<DetailLedger>,
    budget: &mut Budget,
) -> System {
    let start = Instant::now();
    let (view, tried) = try_ways(config, system, &name, comparison, detail, budget);
    System {
        mta: system.mta(),
        name,
        directory: system.directory().display().to_string(),
        running: system.is_running(view.as_ref().ok()),
        expected: system.is_expected(),
        space: system.space(),
        tried,
        time: start.elapsed().as_secs_f64(),
        view,
    }
}

fn try_ways(
    config: &Config,
    system: &dyn MailSystem,
    name: &str,
    comparison: &mut Comparison,
    detail: &mut Option<DetailLedger>,
    budget: &mut Budget,
) -> (Result<View, Obstacle>, Vec<(Way, Obstacle)>) {
    let mut tried = Vec::new();
    let mut partial = None;
    let ways = system.ways(config.top.is_some());
    for way in ways.iter().copied().filter(|way| config.via.is_none_or(|only| only == *way)) {
        if budget.left().is_zero() {
            tried.push((way, Obstacle::Late));
            break;
        }
        // What a way in vain has counted is forgotten.
        let (mut compared, mut detailed) = (comparison.clone(), detail.clone());
        let view = View::new(way);
        let mut ledger = Ledger::new(name, view, &mut compared, detailed.as_mut());
        let looked = system.look(&mut ledger, way, config.count_only, budget);
        let closed = ledger.close();
        match looked {
            Ok(()) => {
                (*comparison, *detail) = (compared, detailed);
                return (Ok(closed), tried);
            }
            Err(obstacle) => {
                // Directories that could be read are something; half an answer is nothing.
                if way == Way::Walk && closed.queues.values().any(Seen::is_tally) {
                    partial = Some(closed);
                }
                tried.push((way, unless_expected(system, obstacle)));
            }
        }
    }
    (partial.ok_or_else(|| Obstacle::of_all(&tried)), tried)
}

/// A mail system that need not run is not down, but then it cannot be asked either.
fn unless_expected(system: &dyn MailSystem, obstacle: Obstacle) -> Obstacle {
    match obstacle {
        Obstacle::Down(text) if !system.is_expected() => Obstacle::Denied(text),
        other => other,
    }
}

/// What the next run is compared with.
fn present(systems: &[System]) -> Present {
    let complete = |view: &View| {
        let all = view.queues.iter().all(|(queue, seen)| !queue.is_in_total() || seen.is_tally());
        (all || view.whole) && view.stopped_after.is_none()
    };
    let total = systems
        .iter()
        .map(|system| system.view.as_ref().ok().filter(|view| complete(view)).map(View::total));
    let processed = systems
        .iter()
        .filter_map(|system| Some((system.name.clone(), system.view.as_ref().ok()?.processed?)));
    let anonymous = systems.iter().any(|it| it.view.as_ref().is_ok_and(|view| view.anonymous));
    Present {
        total: total.reduce(|one, other| Some(one?.saturating_add(other?))).flatten(),
        ids_known: !anonymous,
        processed: processed.collect(),
        systems: systems.iter().map(|system| system.name.clone()).collect(),
    }
}

/// What the state file is about: another set of spools has another file.
fn subject(config: &Config) -> String {
    match &config.place {
        Place::Auto => "auto".to_owned(),
        Place::Only(mta) => mta.name().to_owned(),
        Place::Configurations(_, directories) | Place::Spools(_, directories) => {
            let directories = directories.iter().map(|it| it.display().to_string());
            directories.collect::<Vec<_>>().join(" ")
        }
    }
}

fn recall(config: &Config, subject: &str, deadline: &Deadline) -> Result<Past, MemoryError> {
    let memory = Memory::open(config.state_dir.as_deref(), IDENTITY, subject, deadline)?;
    memory.recall::<Past>(VERSION).map(|last| last.known().unwrap_or_default())
}

fn keep(config: &Config, subject: &str, deadline: &Deadline, past: &Past) -> Result<(), String> {
    Memory::open(config.state_dir.as_deref(), IDENTITY, subject, deadline)
        .and_then(|memory| memory.keep(VERSION, past))
        .map_err(|error| error.to_string())
}

/// Of what is kept for the next run.
const VERSION: u32 = 1;
