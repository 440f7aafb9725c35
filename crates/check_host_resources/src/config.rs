//! Options turned into a configuration that cannot be wrong.

use std::path::PathBuf;
use std::time::Duration;

use mailhost_core::contract::{Range, Thresholds, Unit};
use mailhost_core::plugin::Failure;
use regex_lite::Regex;

use crate::args::{Args, Mounts, Part};
use crate::proc::Mount;

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
    pub(crate) selection: Selection,
    pub(crate) processes: Vec<WantedProcess>,
    /// Ports on which something has to listen.
    pub(crate) listening: Vec<u16>,
    /// Those on which others may reach something; all of them when it is empty.
    pub(crate) only_listening: Vec<u16>,
}

/// Which file systems are looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// These only; all when it is empty.
    pub(crate) mounts: Vec<WantedMount>,
    pub(crate) excluded: Vec<Regex>,
    /// Of these types only; of all when it is empty.
    pub(crate) kinds: Vec<String>,
    pub(crate) excluded_kinds: Vec<String>,
}

/// One of `--mount`.
#[derive(Clone, Debug)]
pub(crate) struct WantedMount {
    pub(crate) point: PathBuf,
    /// What its space in use is held to, if not to what all are.
    pub(crate) limits: Option<Thresholds>,
}

impl Selection {
    fn new(args: &Mounts) -> Result<Self, Failure> {
        let regex = |text: &String| {
            Regex::new(text)
                .map_err(|error| Failure::usage(format!("\"{text}\" for --exclude-mount: {error}")))
        };
        Ok(Self {
            mounts: args.mount.iter().map(|it| wanted_mount(it)).collect::<Result<_, _>>()?,
            excluded: args.exclude_mount.iter().map(regex).collect::<Result<_, _>>()?,
            kinds: args.fs_type.clone(),
            excluded_kinds: args.exclude_fs_type.clone(),
        })
    }

    /// Whether a mount is one of those.
    pub(crate) fn has(&self, mount: &Mount) -> bool {
        let point = mount.point.to_string_lossy();
        let named = self.mounts.is_empty() || self.mounts.iter().any(|it| it.point == mount.point);
        let of_kind = self.kinds.is_empty() || self.kinds.contains(&mount.kind);
        let excluded = self.excluded.iter().any(|it| it.is_match(&point))
            || self.excluded_kinds.contains(&mount.kind);
        named && of_kind && !excluded
    }
}

/// Reads `PATH[,WARN,CRIT]`.
fn wanted_mount(text: &str) -> Result<WantedMount, Failure> {
    let wrong = |why: &str| Failure::usage(format!("\"{text}\" for --mount: {why}"));
    let mut parts = text.split(',');
    let point = PathBuf::from(parts.next().unwrap_or_default());
    if !point.is_absolute() {
        return Err(wrong("an absolute path is wanted"));
    }
    let range =
        |text: &str| Range::parse(text, Unit::Percent).map_err(|error| wrong(&error.to_string()));
    let limits = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => None,
        (Some(warning), Some(critical), None) => {
            Some(Thresholds { warning: Some(range(warning)?), critical: Some(range(critical)?) })
        }
        _ => return Err(wrong("write PATH or PATH,WARN,CRIT")),
    };
    Ok(WantedMount { point, limits })
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
            selection: Selection::new(&args.mounts)?,
            processes: processes(&services.process)?,
            listening: services.listening.clone(),
            only_listening: services.only_listening.clone(),
            open_files: usual(limits.open_files_warning, limits.open_files_critical),
        })
    }

    /// What the space in use of a file system is held to.
    pub(crate) fn disk_limits(&self, mount: &str) -> Thresholds {
        let named = |it: &&WantedMount| it.point.to_string_lossy() == mount;
        let of_mount = self.selection.mounts.iter().find(named).and_then(|it| it.limits);
        of_mount.unwrap_or(self.disk)
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
