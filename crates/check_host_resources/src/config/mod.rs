//! Options turned into a configuration that cannot be wrong.

mod mounts;
mod refuse;
mod services;

use std::path::{Path, PathBuf};
use std::time::Duration;

use mailhost_core::contract::{Range, State, Thresholds, Unit};
use mailhost_core::plugin::Failure;

pub(crate) use self::mounts::{RoomLimits, Selection};
pub(crate) use self::services::{Measure, PortLimit, WantedProcess};
use crate::args::{Args, Part, WATCHED};

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Empty where only services are asked about.
    pub(crate) parts: Vec<Part>,
    /// How the processors, the network and the disks are watched.
    pub(crate) watch: Watch,
    /// For how long, where they are watched in this run.
    pub(crate) interval: Duration,
    pub(crate) cpu: Thresholds,
    pub(crate) iowait: Thresholds,
    pub(crate) steal: Thresholds,
    pub(crate) memory: Thresholds,
    pub(crate) swap: Thresholds,
    /// What all file systems are held to; what is left only if it was given.
    room: RoomLimits,
    /// Seconds in which a file system may become full, as fast as it fills.
    pub(crate) full_in: Thresholds,
    pub(crate) inodes: Thresholds,
    /// Of 1, 5 and 15 minutes, for each processor.
    pub(crate) load: [Thresholds; 3],
    pub(crate) pressure: Thresholds,
    pub(crate) open_files: Thresholds,
    pub(crate) disk_busy: Thresholds,
    pub(crate) disk_await: Thresholds,
    pub(crate) network: Thresholds,
    pub(crate) network_errors: Thresholds,
    pub(crate) network_drops: Thresholds,
    pub(crate) clock: Thresholds,
    pub(crate) selection: Selection,
    pub(crate) processes: Vec<WantedProcess>,
    /// Ports on which something has to listen.
    pub(crate) listening: Vec<u16>,
    /// Those on which others may reach something; all of them when it is empty.
    pub(crate) only_listening: Vec<u16>,
    /// Connections by the port of this machine.
    pub(crate) established: Vec<PortLimit>,
    /// Connections by the port of others.
    pub(crate) outgoing: Vec<PortLimit>,
    /// Units of systemd.
    pub(crate) units: Vec<String>,
    pub(crate) state_dir: Option<PathBuf>,
    /// The state of a file system that does not answer.
    pub(crate) when_unanswered: State,
    /// The state of a file system that answers with an error.
    pub(crate) when_unreachable: State,
}

/// How what the kernel counts is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Watch {
    /// Twice in this run.
    Now,
    /// Since the last run.
    SinceLastRun,
    /// Since a run that was so many seconds ago.
    Sustained(f64),
}

impl Config {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Failure::Usage`] for an interval that is longer than the time limit, and for what breaks the form of
    /// an option.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        let services = &args.services;
        let asks =
            [&services.process, &services.process_limit, &services.process_max, &services.unit]
                .into_iter()
                .chain([&services.established, &services.outgoing])
                .any(|it| !it.is_empty())
                || !services.listening.is_empty()
                || !services.only_listening.is_empty();
        // Who asks about services alone gets an answer about these alone.
        let parts = match (args.only.as_slice(), asks) {
            ([], false) => USUAL.to_vec(),
            (only, _) => only.to_vec(),
        };
        refuse::of_other_parts(args, &parts)?;
        let limits = &args.limits;
        let percent = |given: Option<Range>, usual: f64| {
            given.or_else(|| Some(Range::at_most(usual, Unit::Percent)))
        };
        let usual = |option: &str, warning, critical| -> Result<Thresholds, Failure> {
            fits(
                option,
                warning,
                critical,
                Range::at_most(90.0, Unit::Percent),
                [90.001, f64::MAX],
            )?;
            Ok(Thresholds { warning: percent(warning, 80.0), critical: percent(critical, 90.0) })
        };
        let (free_warning, free_critical) = (limits.disk_free_warning, limits.disk_free_critical);
        let little = Range::at_least(LITTLE, Unit::Bytes);
        fits("--disk-free", free_warning, free_critical, little, [LITTLE - 2.0, 0.0])?;
        let high = Range::at_most(5.0, Unit::Count);
        fits("--load", limits.load_warning, limits.load_critical, high, [5.001, f64::MAX])?;
        let given = |warning, critical| Thresholds { warning, critical };
        let most = |given: Option<Range>, usual: f64, unit| {
            given.or_else(|| Some(Range::at_most(usual, unit)))
        };
        let at_least = |seconds: Option<f64>| seconds.map(|it| Range::at_least(it, Unit::Seconds));
        let network_errors = most(limits.network_errors_warning, 2.0, Unit::Count);
        Ok(Self {
            parts,
            watch: watch(args)?,
            interval: interval(args)?,
            cpu: usual("--cpu", limits.cpu_warning, limits.cpu_critical)?,
            iowait: given(limits.iowait_warning, limits.iowait_critical),
            steal: given(percent(limits.steal_warning, 10.0), limits.steal_critical),
            memory: usual("--memory", limits.memory_warning, limits.memory_critical)?,
            swap: usual("--swap", limits.swap_warning, limits.swap_critical)?,
            room: RoomLimits {
                used: usual("--disk", limits.disk_warning, limits.disk_critical)?,
                free: given(free_warning, free_critical),
            },
            full_in: given(at_least(limits.full_in_warning), at_least(limits.full_in_critical)),
            inodes: usual("--inodes", limits.inodes_warning, limits.inodes_critical)?,
            load: [
                given(limits.load1_warning, limits.load1_critical),
                given(limits.load5_warning, limits.load5_critical),
                given(
                    most(limits.load_warning, 1.5, Unit::Count),
                    most(limits.load_critical, 5.0, Unit::Count),
                ),
            ],
            pressure: given(limits.pressure_warning, limits.pressure_critical),
            open_files: usual(
                "--open-files",
                limits.open_files_warning,
                limits.open_files_critical,
            )?,
            disk_busy: given(limits.disk_busy_warning, limits.disk_busy_critical),
            disk_await: given(limits.disk_await_warning, limits.disk_await_critical),
            network: given(limits.network_warning, limits.network_critical),
            network_errors: given(network_errors, limits.network_errors_critical),
            network_drops: given(limits.network_drops_warning, limits.network_drops_critical),
            clock: given(most(limits.clock_warning, 0.1, Unit::Seconds), limits.clock_critical),
            selection: Selection::new(&args.mounts)?,
            processes: services::processes(services)?,
            listening: services.listening.iter().map(|port| port.get()).collect(),
            only_listening: services.only_listening.iter().map(|port| port.get()).collect(),
            established: services::connections("--established", &services.established)?,
            outgoing: services::connections("--outgoing", &services.outgoing)?,
            units: services::units(services)?,
            state_dir: args.state.state_dir.clone(),
            when_unanswered: args.general.state_when_unanswered(),
            when_unreachable: args.general.state_when_unreachable(),
        })
    }

    /// What the room on a file system of so many bytes is held to: of a large one also what is left counts.
    pub(crate) fn room_limits(&self, point: &Path, size: u64) -> RoomLimits {
        if let Some(limits) = self.selection.limits(point) {
            return limits;
        }
        let usual = |bytes| (size >= LARGE).then(|| Range::at_least(bytes, Unit::Bytes));
        let free = Thresholds {
            warning: self.room.free.warning.or_else(|| usual(SOME)),
            critical: self.room.free.critical.or_else(|| usual(LITTLE)),
        };
        RoomLimits { free, ..self.room }
    }

    /// The same with nothing that the processors, the network and the disks are held to.
    pub(crate) fn without_ranges(&self) -> Self {
        let none = Thresholds::default();
        Self {
            cpu: none,
            iowait: none,
            steal: none,
            disk_busy: none,
            disk_await: none,
            network: none,
            network_errors: none,
            network_drops: none,
            ..self.clone()
        }
    }

    /// Whether anything is asked for that is only known over time.
    pub(crate) fn needs_history(&self) -> bool {
        let watches = !matches!(self.watch, Watch::Now) && self.watches();
        watches || self.judges_history() || !self.units.is_empty()
    }

    /// Whether a range is set on what is only known over time.
    pub(crate) fn judges_history(&self) -> bool {
        let watched = !matches!(self.watch, Watch::Now) && self.watched_ranges().any(is_set);
        let grows =
            |it: &WantedProcess| it.limits.iter().any(|(what, _)| *what == Measure::RssGrowth);
        watched || self.full_in != Thresholds::default() || self.processes.iter().any(grows)
    }

    /// What the processors, the network and the disks are held to, where they are looked at.
    fn watched_ranges(&self) -> impl Iterator<Item = Thresholds> {
        let cpu = [self.cpu, self.iowait, self.steal];
        let network = [self.network, self.network_errors, self.network_drops];
        let disks = [self.disk_busy, self.disk_await];
        [
            (Part::Cpu, cpu.to_vec()),
            (Part::Network, network.to_vec()),
            (Part::DiskIo, disks.to_vec()),
        ]
        .into_iter()
        .filter(|(part, _)| self.wants(*part))
        .flat_map(|(_, ranges)| ranges)
    }

    /// Whether the kernel's counters have to be looked at twice.
    pub(crate) fn watches(&self) -> bool {
        WATCHED.iter().any(|part| self.wants(*part))
    }

    /// What the state file is about: services with other options have another one.
    pub(crate) fn subject(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.name()).collect();
        let names = self.processes.iter().map(|it| &it.name).chain(&self.units);
        let names: Vec<&str> = names.map(String::as_str).collect();
        format!("{} {} {:?}", parts.join(" "), names.join(" "), self.watch)
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn is_set(thresholds: Thresholds) -> bool {
    thresholds != Thresholds::default()
}

/// Refuses a WARNING that lets pass what is CRITICAL by default: that would come without a WARNING before it, and
/// is not what was meant. `beyond` is a value that this default does not allow, `extreme` the worst there is.
fn fits(
    option: &str,
    warning: Option<Range>,
    critical: Option<Range>,
    usual: Range,
    [beyond, extreme]: [f64; 2],
) -> Result<(), Failure> {
    match (warning, critical) {
        // A range of another kind, such as "at least", has nothing to do with it.
        (Some(warning), None) if warning.alerts(extreme) && !warning.alerts(beyond) => {
            Err(Failure::usage(format!(
                "{option}-warning allows what is CRITICAL by default (outside {}): give {option}-critical too",
                usual.with_unit()
            )))
        }
        _ => Ok(()),
    }
}

/// How `--since-last-run` and `--sustained` want it.
fn watch(args: &Args) -> Result<Watch, Failure> {
    match (args.since_last_run, args.sustained) {
        (true, _) => Ok(Watch::SinceLastRun),
        (false, Some(seconds)) if seconds > LONGEST => {
            Err(Failure::usage("--sustained is longer than a day"))
        }
        (false, Some(seconds)) => Ok(Watch::Sustained(seconds)),
        (false, None) => Ok(Watch::Now),
    }
}

fn interval(args: &Args) -> Result<Duration, Failure> {
    let interval = Duration::from_secs_f64(args.interval.unwrap_or(USUAL_INTERVAL));
    if interval < SHORTEST {
        return Err(Failure::usage(
            "--interval is shorter than 100 ms, in which the kernel counts too little",
        ));
    }
    if args.interval.is_some() && interval > args.general.timeout().limit / 2 {
        return Err(Failure::usage("--interval is longer than half of the time limit of -t"));
    }
    Ok(interval)
}

const USUAL: [Part; 6] =
    [Part::Cpu, Part::Memory, Part::Swap, Part::Disk, Part::Inodes, Part::Load];
/// Seconds.
const USUAL_INTERVAL: f64 = 0.5;
/// Of `--interval`.
const SHORTEST: Duration = Duration::from_millis(100);
/// Seconds of `--sustained`.
const LONGEST: f64 = 86_400.0;
/// Bytes of a file system of which also what is left counts.
const LARGE: u64 = 50_000_000_000;
/// Bytes left, below which it is a WARNING.
const SOME: f64 = 10_000_000_000.0;
/// Bytes left that are enough: at 5 GB it is CRITICAL.
const LITTLE: f64 = 5_000_000_001.0;
