//! Reading the queue directories.
//!
//! The cheapest way, and the only one that sees `corrupt`. A queue file is complete when its owner
//! may read, write and execute it; others are still being written (Postfix's `mail_open_ok`). The
//! time it was made is the time of arrival, because a message is moved from queue to queue by
//! renaming it; the other times change with each attempt.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::path::Path;

use super::queue_id::{self, Name};
use super::{LISTED, crew, record};
use crate::facts::Obstacle;
use crate::ledger::{Ledger, hash};
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, Stat, entry_buffer};
use crate::queue::Queue;

/// Counts the queue files of a queue directory.
pub(super) fn walk(
    directory: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    ledger.leave_out_detail("a walk of the directories does not tell");
    let mut faults = Vec::new();
    // As mail flows, so that a message which is moved on meanwhile is met again, and counted once.
    for queue in LISTED {
        if let Err(fault) = queue_of(directory, queue, ledger, count_only, budget) {
            ledger.leave_out(queue, fault.reason());
            faults.push(fault);
        }
    }
    // A retry moves a message the other way, from deferred to active.
    if faults.is_empty() && !budget.is_over() {
        again(directory, Queue::Active, ledger, budget);
    }
    corrupt(directory, ledger, budget);
    // A spool of which nothing can be seen is no spool, or one of somebody else's.
    match faults.first() {
        Some(fault) if faults.iter().any(ReadFault::is_denied) => {
            let denied = faults.iter().find(|it| it.is_denied()).unwrap_or(fault);
            Err(Obstacle::Denied(denied.reason()))
        }
        Some(fault) if faults.len() == LISTED.len() => Err(Obstacle::Failed(fault.to_string())),
        _ => Ok(()),
    }
}

/// Counts what Postfix set aside; other ways do not see it.
pub(super) fn corrupt(directory: &Path, ledger: &mut Ledger, budget: &mut Budget) {
    if let Err(fault) = queue_of(directory, Queue::Corrupt, ledger, false, budget) {
        ledger.leave_out(Queue::Corrupt, fault.reason());
    }
}

/// Counts what has come into a queue since it was read. Only new names are looked at.
fn again(directory: &Path, queue: Queue, ledger: &mut Ledger, budget: &mut Budget) {
    let Ok(top) = Directory::open(directory).and_then(|it| it.below(name_of(queue))) else {
        return;
    };
    let reader = Reader { queue, names_only: false };
    let mut buffer = entry_buffer();
    let mut new = Vec::new();
    let read =
        reader.files_but(&top, &mut buffer, budget, &|id| ledger.knows_hashed(id), &mut |file| {
            new.push(file);
        });
    // What came first is in the number already; a fault was said then.
    if read.is_ok() {
        let of_queue = new.into_iter().filter(|file| file.queue == queue);
        of_queue.for_each(|file| file.add_to(ledger));
    }
}

fn queue_of(
    directory: &Path,
    queue: Queue,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), ReadFault> {
    budget.deadline.waiting_for(format!("{} to be read", directory.join(queue.name()).display()));
    let top = Directory::open(directory)?.below(name_of(queue))?;
    ledger.open(queue);
    let names_only = count_only && !matches!(queue, Queue::Incoming | Queue::Maildrop);
    let reader = Reader { queue, names_only };
    let mut read = 0;
    let mut buffer = entry_buffer();
    let mut below = reader.files(&top, &mut buffer, budget, &mut |file| {
        read += 1;
        file.add_to(ledger);
    })?;
    // Most queues are short; a second thread pays where one directory after the other is long.
    while read < SHORT {
        let Some(name) = below.pop() else { break };
        let mut add = |file: File| {
            read += 1;
            file.add_to(ledger);
        };
        reader.tree(&top, &name, 1, &mut buffer, budget, &mut add)?;
    }
    if !below.is_empty() {
        crew::read(reader, &top, &below, ledger, budget)?;
    }
    if budget.is_over() {
        ledger.view.stopped_after = Some(budget.seconds());
    }
    Ok(())
}

/// A queue file that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct File {
    /// Its queue, or `corrupt` where it is marked so.
    queue: Queue,
    /// The hash of its id.
    id: u64,
    arrival: Option<i64>,
    bytes: Option<u64>,
}

impl File {
    pub(super) fn add_to(self, ledger: &mut Ledger) {
        if self.queue == Queue::Corrupt {
            ledger.add_apart(self.queue, self.arrival, self.bytes);
        } else {
            ledger.add_hashed(self.queue, self.id, self.arrival, self.bytes);
        }
    }
}

/// Reads the directories of one queue.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    queue: Queue,
    /// Whether names will do: where files are written, only their mode tells a complete one.
    names_only: bool,
}

impl Reader {
    /// Reads a directory and those in it.
    pub(super) fn tree(
        self,
        above: &Directory,
        name: &CStr,
        depth: usize,
        buffer: &mut [MaybeUninit<u8>],
        budget: &mut Budget,
        found: &mut dyn FnMut(File),
    ) -> Result<(), ReadFault> {
        let Some(directory) = above.below_if_there(name)? else { return Ok(()) };
        let below = self.files(&directory, buffer, budget, found)?;
        if depth < DEEPEST {
            for name in below {
                self.tree(&directory, &name, depth + 1, buffer, budget, found)?;
            }
        }
        Ok(())
    }

    /// Reads the files of a directory, and gives the names of the hash directories in it: one
    /// character each, so there are few, whatever `hash_queue_depth` says now or said before.
    fn files(
        self,
        directory: &Directory,
        buffer: &mut [MaybeUninit<u8>],
        budget: &mut Budget,
        found: &mut dyn FnMut(File),
    ) -> Result<Vec<CString>, ReadFault> {
        self.files_but(directory, buffer, budget, &|_| false, found)
    }

    /// The same without the files whose ids are known.
    fn files_but(
        self,
        directory: &Directory,
        buffer: &mut [MaybeUninit<u8>],
        budget: &mut Budget,
        is_known: &dyn Fn(u64) -> bool,
        found: &mut dyn FnMut(File),
    ) -> Result<Vec<CString>, ReadFault> {
        let mut below = Vec::new();
        directory.visit(buffer, |entry| {
            if budget.is_spent() {
                return Ok(false);
            }
            if is_known(hash(entry.name.to_bytes())) {
                return Ok(true);
            }
            let file = match (queue_id::read(entry.name.to_bytes()), entry.kind) {
                (Name::Hash, Kind::Directory | Kind::Unknown) => {
                    below.push(entry.name.to_owned());
                    None
                }
                (Name::Hash | Name::Other, _) | (_, Kind::Directory | Kind::Other) => None,
                (Name::Long(arrival), _) => self.file(directory, entry, Some(arrival))?,
                (Name::Short, _) => self.file(directory, entry, None)?,
            };
            if let Some(file) = file {
                found(file);
            }
            Ok(true)
        })?;
        Ok(below)
    }

    /// A file that counts; `None` for one that is gone, no plain file, or still being written.
    fn file(
        self,
        directory: &Directory,
        entry: &Entry,
        arrival: Option<i64>,
    ) -> Result<Option<File>, ReadFault> {
        let file =
            File { queue: self.queue, id: hash(entry.name.to_bytes()), arrival, bytes: None };
        if self.names_only && entry.kind == Kind::File {
            return Ok(Some(file));
        }
        let Some(stat) = directory.stat(entry.name)? else { return Ok(None) };
        if stat.kind != Kind::File {
            return Ok(None);
        }
        let file = File { bytes: Some(stat.size), ..file };
        match stat.mode & OWNER {
            OWNER => {}
            // Marked, and about to be moved to `corrupt`.
            CORRUPT => return Ok(Some(File { queue: Queue::Corrupt, ..file })),
            _ if self.queue == Queue::Corrupt => {}
            _ => return Ok(None),
        }
        let arrival = match arrival {
            Some(arrival) => Some(arrival),
            None => arrival_of(directory, entry.name, &stat)?,
        };
        Ok(Some(File { arrival, ..file }))
    }
}

/// The name of a queue's directory.
fn name_of(queue: Queue) -> &'static CStr {
    match queue {
        Queue::Active => c"active",
        Queue::Corrupt => c"corrupt",
        Queue::Deferred => c"deferred",
        Queue::Hold => c"hold",
        Queue::Incoming => c"incoming",
        _ => c"maildrop",
    }
}

/// When a message arrived; `None` when neither the file system nor the file tells.
fn arrival_of(directory: &Directory, name: &CStr, stat: &Stat) -> Result<Option<i64>, ReadFault> {
    if stat.born.is_some() {
        return Ok(stat.born);
    }
    let mut buffer = [0; record::HEAD];
    match directory.head(name, &mut buffer) {
        Ok(head) => Ok(head.and_then(record::arrival)),
        // Who may read the directories need not be allowed to read the mail.
        Err(fault) if fault.is_denied() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Read, write and execute for the owner.
const OWNER: u32 = 0o700;
/// What Postfix makes of the mode of a file that it cannot understand.
const CORRUPT: u32 = 0o400;
/// Files of a short queue: they are read in less time than it takes to start a thread.
const SHORT: usize = 2000;
/// Levels of hashing; Postfix's own limit for `hash_queue_depth` is lower.
const DEEPEST: usize = 8;
