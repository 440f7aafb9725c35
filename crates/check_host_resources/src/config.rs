//! Options turned into a configuration that cannot be wrong.

use std::time::Duration;

use mailhost_core::contract::{Range, Thresholds, Unit};
use mailhost_core::plugin::Failure;

use crate::args::{Args, Part};

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Never empty.
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
        let parts = if args.only.is_empty() { USUAL.to_vec() } else { args.only.clone() };
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
            open_files: usual(limits.open_files_warning, limits.open_files_critical),
        })
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

const USUAL: [Part; 6] =
    [Part::Cpu, Part::Memory, Part::Swap, Part::Disk, Part::Inodes, Part::Load];
/// Seconds.
const USUAL_INTERVAL: f64 = 0.5;
