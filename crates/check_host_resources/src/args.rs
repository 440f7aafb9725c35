//! The options.

use clap::{Parser, ValueEnum};
use mailhost_core::cli::{General, count, percent, time_above_zero};
use mailhost_core::contract::Range;
use mailhost_core::plugin::Options;

/// Is the machine itself what holds the mail up?
///
/// Alerts when the processor, the memory, the swap or a file system is nearly used up, when a file system
/// runs out of inodes or was mounted read-only after an error, when processes wait for the processor in a
/// long row, when the machine waits for its disks or gets no time from its host, and when the kernel's table
/// of open files is nearly full.
#[derive(Debug, Parser)]
#[command(name = "check_host_resources", version)]
pub struct Args {
    /// Look at these parts only, with commas between them: cpu, memory, swap, disk, inodes, load, network,
    /// disk-io, pressure, open-files, raid [default: cpu, memory, swap, disk, inodes, load].
    #[arg(long, value_name = "PART,...", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) only: Vec<Part>,

    /// How long the processors, the network and the disks are watched, in seconds [default: 0.5].
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) interval: Option<f64>,

    #[command(flatten)]
    pub(crate) mounts: Mounts,
    #[command(flatten)]
    pub(crate) services: Services,
    #[command(flatten)]
    pub(crate) limits: Limits,
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
    /// Look at this one only, which has to be mounted, and hold the space in use to these ranges. Repeatable.
    #[arg(long, value_name = "PATH[,WARN,CRIT]")]
    pub(crate) mount: Vec<String>,

    /// Leave out, without touching them, those whose mount point this regular expression matches. Repeatable.
    #[arg(long, value_name = "REGEX", value_parser = mailhost_core::cli::text)]
    pub(crate) exclude_mount: Vec<String>,

    /// Look at those of this type only, such as ext4. Repeatable.
    #[arg(long, value_name = "TYPE", value_parser = mailhost_core::cli::text)]
    pub(crate) fs_type: Vec<String>,

    /// Leave out, without touching them, those of this type. Repeatable.
    #[arg(long, value_name = "TYPE", value_parser = mailhost_core::cli::text)]
    pub(crate) exclude_fs_type: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Mail services")]
pub(crate) struct Services {
    /// Processes that have to run, with commas between them: a name or the path of a program, and how many
    /// there may be [default: 1:], such as master,smtpd:0:90. Repeatable.
    #[arg(long, value_name = "NAME[:RANGE],...")]
    pub(crate) process: Vec<String>,

    /// Ports on which something has to listen, with commas between them. Repeatable.
    #[arg(long, value_name = "PORT,...", value_delimiter = ',')]
    pub(crate) listening: Vec<u16>,

    /// The only ports on which others may reach something, with commas between them. Repeatable.
    #[arg(long, value_name = "PORT,...", value_delimiter = ',')]
    pub(crate) only_listening: Vec<u16>,
}

/// What can be looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
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

    /// Damaged packets a second of each interface: WARNING outside this range [default: 2].
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_errors_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) network_errors_critical: Option<Range>,

    /// What goes through an interface, of what its link can carry in one direction, where that is known:
    /// WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) network_warning: Option<Range>,
    /// The same: CRITICAL.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) network_critical: Option<Range>,
}
