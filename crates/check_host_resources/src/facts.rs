//! What was seen. Plain data, no verdicts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::proc::{Array, CpuTimes, LoadAverage, Memory, OpenFiles, Pressure, Process};
use crate::systemctl::Unit;

/// Everything the probe saw; `None` for what was not asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// Over what time the counters of processors, network and disks are, if any are asked for.
    pub(crate) watched: Option<Watched>,
    pub(crate) cpu: Option<Seen<Cpu>>,
    pub(crate) memory: Option<Seen<Memory>>,
    /// Of the limits that this process has the one that is nearest to being reached, and one that cannot be
    /// read; empty without any.
    pub(crate) memory_limits: Vec<Seen<MemoryLimit>>,
    pub(crate) memory_errors: Option<Seen<MemoryErrors>>,
    pub(crate) load: Option<Seen<Load>>,
    pub(crate) file_systems: Option<Seen<Vec<FileSystem>>>,
    pub(crate) network: Option<Seen<Vec<Traffic>>>,
    pub(crate) disk_io: Option<Seen<Vec<DiskIo>>>,
    pub(crate) raid: Option<Seen<Vec<Array>>>,
    pub(crate) pressure: Option<Pressures>,
    /// Those that `--process` names.
    pub(crate) processes: Option<Seen<Vec<Process>>>,
    /// Bytes an hour by which their memory has grown, by name, where that is known.
    pub(crate) growth: BTreeMap<String, f64>,
    pub(crate) units: Option<Seen<Vec<UnitSeen>>>,
    pub(crate) listeners: Option<Seen<Vec<Listener>>>,
    pub(crate) connections: Option<Seen<Vec<Connections>>>,
    pub(crate) open_files: Option<Seen<OpenFiles>>,
    pub(crate) clock: Option<Seen<Clock>>,
    /// Why nothing is known of earlier runs, where that is asked about.
    pub(crate) history_unusable: Option<String>,
    /// The whole run, in seconds.
    pub(crate) time: f64,
}

/// Something that was read, or why it was not.
pub(crate) type Seen<T> = Result<T, String>;

/// Over what time counters are.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Watched {
    pub(crate) seconds: f64,
    /// Whether that is as long as `--sustained` wants; then it is judged.
    pub(crate) is_enough: bool,
}

/// How much memory the control groups of this process let it have (cgroups(7)).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct MemoryLimit {
    /// Bytes.
    pub(crate) limit: u64,
    /// Bytes that the group has, without files that the kernel can drop.
    pub(crate) used: u64,
}

/// Errors of the memory that the kernel has counted since the start of the machine (EDAC).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct MemoryErrors {
    pub(crate) corrected: u64,
    pub(crate) uncorrected: u64,
}

/// The clock, as the kernel keeps it (adjtimex(2)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Clock {
    /// Whether a program such as chronyd keeps it right.
    pub(crate) is_synchronised: bool,
    /// Seconds that it is known to be off, and that the kernel is still to take away.
    pub(crate) offset: f64,
    /// Seconds that it may be off by the estimate of that program.
    pub(crate) estimated_error: f64,
    /// Seconds that it cannot be off by more than.
    pub(crate) largest_error: f64,
}

/// A unit of systemd, and how often it was started again lately.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UnitSeen {
    #[serde(flatten)]
    pub(crate) unit: Unit,
    /// How often systemd has started it again lately, where that is known.
    pub(crate) restarted: Option<Restarted>,
}

/// How often systemd has started a unit again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Restarted {
    pub(crate) times: u64,
    /// Within so many seconds.
    pub(crate) seconds: f64,
}

/// A socket that takes connections.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Listener {
    pub(crate) port: u16,
    /// Unspecified where it takes those to all addresses.
    pub(crate) address: IpAddr,
}

/// Connections of one port.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Connections {
    pub(crate) way: Way,
    pub(crate) port: u16,
    pub(crate) count: u64,
}

/// Whose port it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// This machine's.
    In,
    /// That of other machines.
    Out,
}

impl Listener {
    /// Whether others than this machine can reach it.
    pub(crate) fn is_open_to_others(self) -> bool {
        !self.address.to_canonical().is_loopback()
    }
}

/// The room on a file system.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Room {
    Is(Space),
    /// It is there and does not work: its disk, its server or its program fails, and how.
    Broken(String),
    /// It does not answer, and why that is said.
    Hangs(String),
    /// It is none of this user's business, and why.
    Skipped(String),
    Unreadable(String),
}

/// What the processors did during the interval.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cpu {
    /// Of all processors together.
    pub(crate) times: CpuTimes,
}

/// What went through one interface during the interval.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Traffic {
    pub(crate) interface: String,
    /// Bytes a second.
    pub(crate) received: f64,
    pub(crate) sent: f64,
    /// Packets a second.
    pub(crate) errors: f64,
    pub(crate) drops: f64,
    /// Bytes a second that the link can carry in one direction, where the kernel knows it.
    pub(crate) link: Option<f64>,
}

/// What one disk did during the interval.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DiskIo {
    pub(crate) disk: String,
    /// Percent of the time in which it had anything to do.
    pub(crate) busy: f64,
    /// Seconds that a read or write took, waiting in the queue too; none where there was none.
    pub(crate) waited: Option<f64>,
}

/// What waits for what (PSI).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pressures {
    pub(crate) cpu: Seen<Pressure>,
    pub(crate) memory: Seen<Pressure>,
    pub(crate) io: Seen<Pressure>,
}

/// How many processes wait for a processor, or for a disk.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) average: LoadAverage,
    /// Processors that are on line; above 0.
    pub(crate) processors: usize,
}

/// One file system, however often it is mounted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileSystem {
    pub(crate) writing: Writing,
    /// Where it is mounted; bytes that are no UTF-8 are shown as `\xff`.
    pub(crate) mount: String,
    #[serde(skip)]
    pub(crate) point: PathBuf,
    pub(crate) kind: String,
    pub(crate) room: Room,
    pub(crate) filling: Filling,
}

/// How fast a file system fills.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Filling {
    /// There is no run that is old enough to compare with.
    NotKnown,
    /// It does not.
    Not,
    /// So that it is full in so many seconds, as was learnt over others.
    FullIn { seconds: f64, learnt: f64 },
}

/// Whether a file system takes files.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Writing {
    Allowed,
    /// Somebody has mounted it read-only, as fstab wants it, or where there is nothing to write.
    RefusedAsWanted,
    /// Somebody has mounted it read-only.
    RefusedByMount,
    /// The kernel has: the file system is read-only and its mount is not.
    RefusedByKernel,
}

/// What is on a file system (statvfs(3)).
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Space {
    /// Bytes in use.
    pub(crate) used: u64,
    /// Bytes that a user who is not root can still have.
    pub(crate) available: u64,
    /// Inodes in all; 0 where the file system makes them as it needs them.
    pub(crate) inodes: u64,
    /// Inodes that are free.
    pub(crate) free_inodes: u64,
    /// What tells it from others, by itself; 0 of a kind that does not.
    #[serde(skip)]
    pub(crate) id: u64,
}

impl Space {
    /// Of a file system with blocks of so many bytes: how many there are, how many are free, and how many a
    /// user can have.
    pub(crate) fn of_blocks(
        size: u64,
        [all, free, available]: [u64; 3],
        [inodes, free_inodes]: [u64; 2],
        id: u64,
    ) -> Self {
        let bytes = |blocks: u64| blocks.saturating_mul(size);
        Self {
            used: bytes(all.saturating_sub(free)),
            available: bytes(available),
            inodes,
            free_inodes,
            id,
        }
    }

    /// The part in use as df has it, in percent; none of an empty file system.
    pub(crate) fn used_percent(self) -> Option<f64> {
        percent(self.used, self.used.checked_add(self.available)?)
    }

    /// The part of the inodes in use, in percent; none where there is no number of them.
    pub(crate) fn inodes_percent(self) -> Option<f64> {
        percent(self.inodes.saturating_sub(self.free_inodes), self.inodes)
    }
}

/// A part in percent; none of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole) * 100.0)
}

/// A number as it stands in metrics, rates and percentages.
#[expect(clippy::cast_precision_loss, reason = "none needs more than 52 bits")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}
