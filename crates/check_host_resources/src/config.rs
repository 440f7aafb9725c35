//! Options turned into a configuration that cannot be wrong.

use std::time::Duration;

use mailhost_core::contract::{Range, Thresholds, Unit};
use mailhost_core::plugin::Failure;

use crate::args::{Args, Part};

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Empty where only services are asked about.
    pub(crate) parts: Vec<Part>,
    /// How long the processor is watched.
    pub(crate) interval: Duration,
    pub(crate) cpu: Thresholds,
    pub(crate) iowait: Thresholds,
    pub(crate) steal: Thresholds,
    pub(crate) memory: Thresholds,
    pub(crate) swap: Thresholds,
    pub(crate) disk: Thresholds,
    pub(crate) inodes: Thresholds,
    pub(crate) load: Thresholds,
    pub(crate) pressure: Thresholds,
    pub(crate) open_files: Thresholds,
    pub(crate) disk_busy: Thresholds,
    pub(crate) network: Thresholds,
    pub(crate) network_errors: Thresholds,
    pub(crate) processes: Vec<WantedProcess>,
    /// Ports on which something has to listen.
    pub(crate) listening: Vec<u16>,
    /// Those on which others may reach something; all of them when it is empty.
    pub(crate) only_listening: Vec<u16>,
}

/// One of `--process`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WantedProcess {
    /// A name, or a path from the root.
    pub(crate) name: String,
    /// How many there may be.
    pub(crate) count: Range,
}

impl Config {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Failure::Usage`] for an interval that is longer than the time limit.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        let interval = Duration::from_secs_f64(args.interval.unwrap_or(USUAL_INTERVAL));
        let limit = args.general.timeout().limit;
        if args.interval.is_some() && interval >= limit {
            return Err(Failure::usage("--interval is longer than the time limit of -t"));
        }
        let services = &args.services;
        let asks = !services.process.is_empty()
            || !services.listening.is_empty()
            || !services.only_listening.is_empty();
        // Who asks about services alone gets an answer about these alone.
        let parts = match (args.only.as_slice(), asks) {
            ([], false) => USUAL.to_vec(),
            (only, _) => only.to_vec(),
        };
        let limits = &args.limits;
        let percent = |given: Option<Range>, usual: f64| {
            given.or_else(|| Some(Range::at_most(usual, Unit::Percent)))
        };
        let usual = |warning, critical| Thresholds {
            warning: percent(warning, 80.0),
            critical: percent(critical, 90.0),
        };
        let count = |given: Option<Range>, usual: f64| {
            given.or_else(|| Some(Range::at_most(usual, Unit::Count)))
        };
        Ok(Self {
            parts,
            interval,
            cpu: usual(limits.cpu_warning, limits.cpu_critical),
            iowait: Thresholds { warning: limits.iowait_warning, critical: limits.iowait_critical },
            steal: Thresholds {
                warning: percent(limits.steal_warning, 10.0),
                critical: limits.steal_critical,
            },
            memory: usual(limits.memory_warning, limits.memory_critical),
            swap: usual(limits.swap_warning, limits.swap_critical),
            disk: usual(limits.disk_warning, limits.disk_critical),
            inodes: usual(limits.inodes_warning, limits.inodes_critical),
            load: Thresholds {
                warning: count(limits.load_warning, 1.5),
                critical: count(limits.load_critical, 5.0),
            },
            pressure: Thresholds {
                warning: limits.pressure_warning,
                critical: limits.pressure_critical,
            },
            disk_busy: Thresholds {
                warning: limits.disk_busy_warning,
                critical: limits.disk_busy_critical,
            },
            network: Thresholds {
                warning: limits.network_warning,
                critical: limits.network_critical,
            },
            network_errors: Thresholds {
                warning: count(limits.network_errors_warning, 2.0),
                critical: limits.network_errors_critical,
            },
            processes: processes(&services.process)?,
            listening: services.listening.clone(),
            only_listening: services.only_listening.clone(),
            open_files: usual(limits.open_files_warning, limits.open_files_critical),
        })
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

/// Reads the values of `--process`.
fn processes(given: &[String]) -> Result<Vec<WantedProcess>, Failure> {
    let one = |text: &str| {
        let wrong = |why: &str| Failure::usage(format!("\"{text}\" for --process: {why}"));
        let (name, range) = match text.split_once(':') {
            Some((name, range)) => (name, Some(range)),
            None => (text, None),
        };
        if name.trim().is_empty() || name.contains(char::is_whitespace) {
            return Err(wrong("write NAME or NAME:RANGE"));
        }
        let count = match range {
            Some(range) => {
                Range::parse(range, Unit::Count).map_err(|error| wrong(&error.to_string()))?
            }
            None => Range::at_least(1.0, Unit::Count),
        };
        Ok(WantedProcess { name: name.to_owned(), count })
    };
    given.iter().flat_map(|list| list.split(',')).map(|text| one(text.trim())).collect()
}

const USUAL: [Part; 6] =
    [Part::Cpu, Part::Memory, Part::Swap, Part::Disk, Part::Inodes, Part::Load];
/// Seconds.
const USUAL_INTERVAL: f64 = 0.5;
