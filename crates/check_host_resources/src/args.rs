//! The options.

use std::ffi::OsString;
use std::num::NonZero;

use clap::{Parser, ValueEnum};
use mailhost_core::cli::{General, StateDirectory, count, percent, seconds, text, time_above_zero};
use mailhost_core::contract::{Range, Unit};
use mailhost_core::plugin::Options;

/// Is the machine itself what holds the mail up?
///
/// Alerts when the processor, the memory, the swap or a file system is nearly used up, when a file system
/// runs out of inodes, takes no files or does not answer, when processes wait for the processor in a long
/// row, and when the machine gets no time from its host. Asked for: network, disks at work, pressure, open
/// files, the clock, RAID, processes, units, ports and connections.
#[derive(Debug, Parser)]
#[command(name = "check_host_resources", version)]
pub struct Args {
    /// Look at these parts only, with commas between them: cpu, memory, swap, disk, inodes, load, network,
    /// disk-io, pressure, open-files, clock, raid [default: cpu, memory, swap, disk, inodes, load].
    #[arg(long, value_name = "PART,...", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) only: Vec<Part>,

    /// How long the processors, the network and the disks are watched [default: 0.5s].
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) interval: Option<f64>,

    /// Judge what the processors, the network and the disks have done since the last run instead; the first
    /// run watches them.
    #[arg(long, conflicts_with = "sustained")]
    pub(crate) since_last_run: bool,

    /// Judge the mean since a run so long ago instead, such as 5m, up to a day. What younger ones say is shown
    /// and not judged.
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) sustained: Option<f64>,

    #[command(flatten)]
    pub(crate) mounts: Mounts,
    #[command(flatten)]
    pub(crate) services: Services,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
    #[command(flatten)]
    pub(crate) general: General,
}

impl Options for Args {
    fn general(&self) -> &General {
        &self.general
    }

    fn target(&self) -> String {
        String::new()
    }

    fn retired() -> &'static [(&'static str, &'static str)] {
        &[
            ("'-w'", "each part has its own range: --cpu-warning, --memory-warning and so on"),
            ("'-c'", "each part has its own range: --cpu-critical, --memory-critical and so on"),
        ]
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "File systems")]
pub(crate) struct Mounts {
    /// Look at this one only, which has to be mounted, and hold it to these ranges: of what is in use (85%),
    /// or of what is left (10GB:). Repeatable.
    #[arg(
        long,
        value_name = "PATH[,WARN,CRIT]",
        conflicts_with_all = ["include_mount", "exclude_mount", "fs_type", "exclude_fs_type"]
    )]
    pub(crate) mount: Vec<OsString>,

    /// Look only at those whose mount point this regular expression matches. Repeatable.
    #[arg(long, value_name = "REGEX", value_parser = text)]
    pub(crate) include_mount: Vec<String>,

    /// Leave out, without touching them, those whose mount point this regular expression matches. Repeatable.
    #[arg(long, value_name = "REGEX", value_parser = text)]
    pub(crate) exclude_mount: Vec<String>,

    /// Look at those of these types only, such as ext4, with commas between them. Repeatable.
    #[arg(long, value_name = "TYPE,...", value_parser = text, value_delimiter = ',')]
    pub(crate) fs_type: Vec<String>,

    /// Leave out, without touching them, those of these types. Repeatable.
    #[arg(long, value_name = "TYPE,...", value_parser = text, value_delimiter = ',')]
    pub(crate) exclude_fs_type: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Mail services")]
pub(crate) struct Services {
    /// Processes that have to run, with commas between them: a name or the path of a program, and how many
    /// there may be [default: 1:], such as master,smtpd:0:90. Repeatable.
    #[arg(long, value_name = "NAME[:RANGE],...")]
    pub(crate) process: Vec<String>,

    /// What single processes of a name, or all of them, may be: rss, vsz (bytes, of each), threads (of each),
    /// age (of each), rss-growth (bytes an hour, of all), uninterruptible, zombies (how many of them).
    /// Repeatable.
    #[arg(long, value_name = "NAME,WHAT,WARN[,CRIT]", value_parser = text)]
    pub(crate) process_limit: Vec<String>,

    /// How many processes of a name the service itself allows, such as the process limit of Postfix, and the
    /// part of it that may be there [default: 80%]. Repeatable.
    #[arg(long, value_name = "NAME,NUMBER[,WARN[,CRIT]]", value_parser = text)]
    pub(crate) process_max: Vec<String>,

    /// Units of systemd that have to run, with commas between them, such as postfix@-. Repeatable.
    #[arg(long, value_name = "UNIT,...", value_delimiter = ',', value_parser = text)]
    pub(crate) unit: Vec<String>,

    /// TCP ports on which something has to listen, with commas between them. Repeatable.
    #[arg(long, value_name = "PORT,...", value_delimiter = ',')]
    pub(crate) listening: Vec<NonZero<u16>>,

    /// The only TCP ports on which others may reach something, with commas between them. Repeatable.
    #[arg(long, value_name = "PORT,...", value_delimiter = ',')]
    pub(crate) only_listening: Vec<NonZero<u16>>,

    /// How many connections may be established on a port of this machine: more are a WARNING, and CRITICAL.
    /// Repeatable.
    #[arg(long, value_name = "PORT=WARN[:CRIT],...", value_delimiter = ',', value_parser = text)]
    pub(crate) established: Vec<String>,

    /// How many connections there may be to a port of other machines, such as 25=50:200 against a burst of
    /// spam. Repeatable.
    #[arg(long, value_name = "PORT=WARN[:CRIT],...", value_delimiter = ',', value_parser = text)]
    pub(crate) outgoing: Vec<String>,
}

/// What can be looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    Clock,
    Cpu,
    Memory,
    Swap,
    Disk,
    DiskIo,
    Inodes,
    Load,
    Network,
    OpenFiles,
    Pressure,
    Raid,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Thresholds")]
pub(crate) struct Limits {
    /// Processor time in use, without waiting for disks: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) cpu_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) cpu_critical: Option<Range>,

    /// Processor time spent waiting for disks: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) iowait_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) iowait_critical: Option<Range>,

    /// Processor time that the host of a virtual machine gave to others: WARNING outside this range
    /// [default: 10%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) steal_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) steal_critical: Option<Range>,

    /// Memory that cannot be had: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) memory_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) memory_critical: Option<Range>,

    /// Swap in use: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) swap_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) swap_critical: Option<Range>,

    /// Space of each file system in use, as df has it: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) disk_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) disk_critical: Option<Range>,

    /// Space of each file system that is left, such as 10GB: for "less than 10 GB": WARNING outside this range
    /// [default: of file systems of 50 GB and more, 10GB:].
    #[arg(long, value_name = "RANGE", value_parser = bytes_left, allow_hyphen_values = true)]
    pub(crate) disk_free_warning: Option<Range>,
    /// The same: CRITICAL [default: of file systems of 50 GB and more, at 5 GB or less].
    #[arg(long, value_name = "RANGE", value_parser = bytes_left, allow_hyphen_values = true)]
    pub(crate) disk_free_critical: Option<Range>,

    /// A file system that is full in less than this time, as fast as it fills since an hour ago, is a WARNING.
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) full_in_warning: Option<f64>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) full_in_critical: Option<f64>,

    /// Inodes of each file system in use: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) inodes_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) inodes_critical: Option<Range>,

    /// Load of 15 minutes for each processor: WARNING outside this range [default: 1.5].
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load_warning: Option<Range>,
    /// The same: CRITICAL [default: 5].
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load_critical: Option<Range>,

    /// Load of one minute for each processor: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load1_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load1_critical: Option<Range>,

    /// Load of five minutes for each processor: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load5_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) load5_critical: Option<Range>,

    /// Time of the last five minutes in which something waited for the processor, for memory or for a disk:
    /// WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) pressure_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) pressure_critical: Option<Range>,

    /// Open files of all processes, of as many as there may be: WARNING outside this range [default: 80%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) open_files_warning: Option<Range>,
    /// The same: CRITICAL [default: 90%].
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) open_files_critical: Option<Range>,

    /// Time in which a disk has anything to do: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) disk_busy_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) disk_busy_critical: Option<Range>,

    /// How long a read or write of a disk takes: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) disk_await_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) disk_await_critical: Option<Range>,

    /// Damaged packets a second of each interface: WARNING outside this range [default: 2].
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_errors_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_errors_critical: Option<Range>,

    /// Packets a second of each interface that there was no room for: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_drops_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_drops_critical: Option<Range>,

    /// What goes through an interface, of what its link can carry in one direction, where that is known:
    /// WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) network_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) network_critical: Option<Range>,

    /// How wrong the clock may be, by the kernel's own estimate: WARNING outside this range [default: 0.1s].
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) clock_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) clock_critical: Option<Range>,
}

impl Part {
    /// As `--only` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Cpu => "cpu",
            Self::Disk => "disk",
            Self::DiskIo => "disk-io",
            Self::Inodes => "inodes",
            Self::Load => "load",
            Self::Memory => "memory",
            Self::Network => "network",
            Self::OpenFiles => "open-files",
            Self::Pressure => "pressure",
            Self::Raid => "raid",
            Self::Swap => "swap",
        }
    }
}

/// A range of bytes that are left, where a bare number would alert when there is more.
pub(crate) fn bytes_left(text: &str) -> Result<Range, String> {
    let range = Range::parse(text, Unit::Bytes).map_err(|error| error.to_string())?;
    if range.alerts(f64::MAX) && !range.alerts(0.0) {
        let bound = text.trim().trim_start_matches(['~', ':']);
        return Err(format!("this alerts when more is left; write {bound}: for less"));
    }
    Ok(range)
}

/// What is only known after watching for a while.
pub(crate) const WATCHED: &[Part] = &[Part::Cpu, Part::DiskIo, Part::Network];
pub(crate) const MOUNTS: &[Part] = &[Part::Disk, Part::Inodes];
