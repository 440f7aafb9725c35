//! What was seen. Plain data, no verdicts.

use serde::Serialize;

use crate::proc::{Array, CpuTimes, Listener, LoadAverage, Memory, OpenFiles, Pressure, Process};

/// Everything the probe saw; `None` for what was not asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    pub(crate) cpu: Option<Seen<Cpu>>,
    pub(crate) memory: Option<Seen<Memory>>,
    pub(crate) load: Option<Seen<Load>>,
    pub(crate) file_systems: Option<Seen<Vec<FileSystem>>>,
    pub(crate) network: Option<Seen<Vec<Traffic>>>,
    pub(crate) disk_io: Option<Seen<Vec<DiskIo>>>,
    pub(crate) raid: Option<Seen<Vec<Array>>>,
    pub(crate) pressure: Option<Pressures>,
    /// Those that `--process` names.
    pub(crate) processes: Option<Seen<Vec<Process>>>,
    pub(crate) listeners: Option<Seen<Vec<Listener>>>,
    pub(crate) open_files: Option<Seen<OpenFiles>>,
    /// The whole run, in seconds.
    pub(crate) time: f64,
}

/// Something that was read, or why it was not.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen<T> {
    Is(T),
    Unreadable(String),
}

/// The room on a file system.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Room {
    Is(Space),
    /// It was not asked for, or is none of this user's business, and why.
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
    /// Whether it takes no files: since it was mounted so, or since the kernel met an error on it.
    pub(crate) read_only: bool,
    /// Where it is mounted; other bytes than UTF-8 are shown as U+FFFD.
    pub(crate) mount: String,
    pub(crate) kind: String,
    pub(crate) room: Room,
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
}

impl Space {
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
#[expect(clippy::cast_precision_loss, reason = "a percentage needs no more than 52 bits")]
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}
