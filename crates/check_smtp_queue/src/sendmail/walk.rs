//! Reading the queue directories.
//!
//! A message is a control file `qf`, whose body is a `df` with the same id; `hf` was quarantined, and
//! `Qf` set aside as lost. A queue directory may have directories `qf` and `df` for them. The control
//! file knows the time of arrival; no time of the file system does, because each attempt writes it
//! anew. The bytes are those of the control file and the body.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::{control_file, queue_id};
use crate::facts::Obstacle;
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, Stat, entry_buffer};
use crate::queue::Queue;

/// The directories of a queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    /// What a message in them is.
    pub(super) queue: Queue,
    /// A directory; with a `*` at the end all whose names begin so.
    pub(super) pattern: PathBuf,
    /// Whether directories below may be queue directories too, as in a spool of which nothing else
    /// is known.
    pub(super) with_below: bool,
}

/// Counts the control files of all places.
pub(super) fn walk(
    places: &[Place],
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    let mut faults = Vec::new();
    ledger.open(Queue::Quarantined);
    ledger.open(Queue::Lost);
    let mut walker = Walker {
        ledger,
        budget,
        count_only,
        head: vec![0; HEAD],
        seen: Vec::new(),
        faults: Vec::new(),
    };
    for place in places {
        if let Err(fault) = walker.place(place) {
            walker.ledger.leave_out(place.queue, fault.reason());
            faults.push(fault);
        }
    }
    let unread = walker.faults.into_iter().next();
    if let Some(fault) = unread {
        ledger.leave_out_detail(&fault.reason());
    }
    let Some(first) = faults.first() else { return Ok(()) };
    // What was set aside may lie in the directories that could not be read.
    ledger.leave_out(Queue::Quarantined, first.reason());
    ledger.leave_out(Queue::Lost, first.reason());
    match faults.iter().find(|fault| fault.is_denied()) {
        Some(denied) => Err(denied.obstacle()),
        None if faults.len() == places.len() => Err(first.obstacle()),
        None => Ok(()),
    }
}

struct Walker<'a, 'b, 'c, 'd> {
    ledger: &'a mut Ledger<'b>,
    budget: &'c mut Budget<'d>,
    count_only: bool,
    /// The beginning of a control file.
    head: Vec<u8>,
    /// The directories that were read.
    seen: Vec<PathBuf>,
    /// The first control file that the user may not read.
    faults: Vec<ReadFault>,
}

impl Walker<'_, '_, '_, '_> {
    fn place(&mut self, place: &Place) -> Result<(), ReadFault> {
        self.budget.deadline.waiting_for(format!("{} to be read", place.pattern.display()));
        let mut buffer = entry_buffer();
        let directories = expand(&place.pattern, &mut buffer)?;
        if directories.is_empty() {
            let error = io::Error::from(io::ErrorKind::NotFound);
            return Err(ReadFault { path: place.pattern.clone(), error });
        }
        self.ledger.open(place.queue);
        for path in directories {
            // A queue group may name a directory that the pattern means, too.
            if self.seen.contains(&path) {
                continue;
            }
            self.seen.push(path.clone());
            let directory = match Directory::open(&path) {
                Ok(directory) => directory,
                // Of those that the pattern means, some may be gone, or no directories.
                Err(fault)
                    if path != place.pattern && (fault.is_missing() || fault.is_no_directory()) =>
                {
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            self.directory(&directory, &path, place.queue, &mut buffer)?;
            if place.with_below {
                let is_part = |name: &[u8]| matches!(name, b"qf" | b"df" | b"xf");
                for name in directory.names_below(&mut buffer, |name| !is_part(name))? {
                    let Some(below) = directory.below_if_there(&name)? else { continue };
                    let path = path.join(OsStr::from_bytes(name.to_bytes()));
                    self.directory(&below, &path, place.queue, &mut buffer)?;
                }
            }
        }
        Ok(())
    }

    /// Counts the control files of one queue directory.
    fn directory(
        &mut self,
        top: &Directory,
        path: &Path,
        queue: Queue,
        buffer: &mut [MaybeUninit<u8>],
    ) -> Result<(), ReadFault> {
        let control = part(path, "qf")?;
        let body = part(path, "df")?;
        let (control, body) = (control.as_ref().unwrap_or(top), body.as_ref().unwrap_or(top));
        control.visit(buffer, |entry| {
            if self.budget.is_spent() {
                self.ledger.view.stopped_after = Some(self.budget.seconds());
                return Ok(false);
            }
            let queue = match entry.name.to_bytes() {
                [b'q', b'f', ..] => queue,
                [b'h', b'f', ..] => Queue::Quarantined,
                [b'Q', b'f', ..] => Queue::Lost,
                _ => return Ok(true),
            };
            let is_file = matches!(entry.kind, Kind::File | Kind::Unknown);
            if is_file && queue_id::is_id(&entry.name.to_bytes()[2..]) {
                self.file(control, body, entry, queue)?;
            }
            Ok(true)
        })?;
        Ok(())
    }

    fn file(
        &mut self,
        control: &Directory,
        body: &Directory,
        entry: &Entry,
        queue: Queue,
    ) -> Result<(), ReadFault> {
        let id = &entry.name.to_bytes()[2..];
        if self.count_only && entry.kind == Kind::File {
            self.count(queue, id, queue_id::arrival(id), None);
            return Ok(());
        }
        let is_file = |stat: &Stat| stat.kind == Kind::File;
        let Some(stat) = control.stat(entry.name)?.filter(is_file) else { return Ok(()) };
        // An id has no NUL.
        let name = CString::new([b"df", id].concat()).unwrap_or_default();
        let bytes = body.stat(&name)?.filter(is_file);
        let bytes = bytes.map(|body| stat.size.saturating_add(body.size));
        let read = self.read(control, entry.name);
        // A file that is just being written, or that the user may not read, has at least a name.
        let arrival = read.as_ref().and_then(|read| read.arrival);
        let is_new = self.count(queue, id, arrival.or_else(|| queue_id::arrival(id)), bytes);
        if let Some(read) = read.filter(|_| is_new) {
            self.ledger.describe(&read.message);
        }
        Ok(())
    }

    /// Whether it is one of all messages that was not met before.
    fn count(&mut self, queue: Queue, id: &[u8], arrival: Option<i64>, bytes: Option<u64>) -> bool {
        if queue.is_in_total() {
            return self.ledger.add(queue, id, arrival, bytes);
        }
        self.ledger.add_apart(queue, arrival, bytes);
        false
    }

    /// What a control file says; `None` when it is gone or cannot be read.
    fn read(&mut self, control: &Directory, name: &CStr) -> Option<control_file::Control> {
        let wants_detail = self.ledger.wants_detail();
        loop {
            let size = self.head.len();
            let bytes = match control.head(name, &mut self.head) {
                Ok(bytes) => bytes?,
                Err(fault) => {
                    if self.faults.is_empty() {
                        self.faults.push(fault);
                    }
                    return None;
                }
            };
            let is_cut = bytes.len() == size && size < LONGEST_HEAD;
            let read = control_file::read(bytes);
            // Nearly all fit; a thousand recipients do not.
            if !wants_detail || read.is_whole || !is_cut {
                return Some(read);
            }
            self.head.resize(size * GROWTH, 0);
        }
    }
}

/// A directory for one kind of file in a queue directory. Sendmail allows links there, to spread a
/// queue over several disks, so that this one link is followed; its files are not.
fn part(path: &Path, name: &str) -> Result<Option<Directory>, ReadFault> {
    match Directory::open(&path.join(name)) {
        Ok(directory) => Ok(Some(directory)),
        Err(fault) if fault.is_missing() || fault.is_no_directory() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The directories that a pattern means.
fn expand(pattern: &Path, buffer: &mut [MaybeUninit<u8>]) -> Result<Vec<PathBuf>, ReadFault> {
    let name = pattern.file_name().unwrap_or_default().as_bytes();
    let (Some(prefix), Some(parent)) = (name.strip_suffix(b"*"), pattern.parent()) else {
        return Ok(vec![pattern.to_owned()]);
    };
    let mut found = Vec::new();
    Directory::open(parent)?.visit(buffer, |entry| {
        let name = entry.name.to_bytes();
        // Links to directories are as good to Sendmail.
        if name.starts_with(prefix) && !name.starts_with(b".") && entry.kind != Kind::File {
            found.push(parent.join(OsStr::from_bytes(name)));
        }
        Ok(true)
    })?;
    Ok(found)
}

/// Bytes of a control file that are read at first.
const HEAD: usize = 4096;
/// How much more is read when that is too little.
const GROWTH: usize = 16;
/// Bytes of a control file that are read at most.
const LONGEST_HEAD: usize = HEAD * GROWTH * GROWTH;

#[cfg(test)]
mod tests;
