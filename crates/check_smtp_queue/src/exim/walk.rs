//! Reading the spool.
//!
//! A message is a header file in `input` or, in a split spool, in a directory of one character below
//! it; both may be there at the same time. Its name has the time of arrival. The bytes of a message
//! are those of its header file and its body. This counts what `exim -bpc` counts: named queues,
//! which lie in directories of their own beside `input`, are not among them.
//!
//! Whether Exim has given a message up stands in the header file, so each is opened in a second
//! round. When time is up then, the count is whole, and only the frozen ones are not known.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::path::Path;

use super::header::{self, Header, HeaderFault};
use super::message_id::{self, Name};
use super::message_log;
use crate::facts::Obstacle;
use crate::ledger::Ledger;
use crate::message::Message;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Kind, ReadFault, entry_buffer};
use crate::queue::Queue;

/// Counts the messages of a spool.
pub(super) fn walk(
    spool: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    let path = spool.join("input");
    budget.deadline.waiting_for(format!("{} to be read", path.display()));
    let mut buffer = entry_buffer();
    let input = Directory::open(&path).map_err(|fault| fault.obstacle())?;
    ledger.open(Queue::Queue);
    let counted = each(&input, &mut buffer, &mut |found| {
        if budget.is_spent() {
            ledger.view.stopped_after = Some(budget.seconds());
            return Ok(false);
        }
        if count_only && found.kind == Kind::File {
            ledger.add(Queue::Queue, found.id, Some(found.arrival), None);
        } else if let Some(size) = found.size()? {
            let bytes = found.size_with_body(size)?;
            if bytes.is_none() && found.size()?.is_none() {
                // It was delivered in between.
                return Ok(true);
            }
            ledger.add(Queue::Queue, found.id, Some(found.arrival), bytes);
        }
        Ok(true)
    });
    match counted {
        Ok(true) if count_only => ledger.leave_out(Queue::Frozen, "not looked at: names only"),
        Ok(true) => look_into(spool, &input, ledger, budget, &mut buffer),
        Ok(false) => ledger.leave_out(Queue::Frozen, "stopped before any message was opened"),
        Err(fault) => {
            ledger.leave_out(Queue::Queue, fault.reason());
            return Err(fault.obstacle());
        }
    }
    Ok(())
}

/// Opens every message: is it frozen, and if that is asked for, who sends it to whom?
fn look_into(
    spool: &Path,
    input: &Directory,
    ledger: &mut Ledger,
    budget: &mut Budget,
    buffer: &mut [MaybeUninit<u8>],
) {
    ledger.open(Queue::Frozen);
    let logs = Directory::open(&spool.join("msglog")).ok().filter(|_| ledger.wants_detail());
    let mut reader = Reader { head: vec![0; HEAD], journal: Vec::new(), log: Vec::new() };
    let mut read = 0_u64;
    let mut unread = None;
    let looked = each(input, buffer, &mut |found| {
        if budget.is_spent() {
            return Ok(false);
        }
        // One that came since is for the next run: what is frozen is a part of what was counted.
        if !ledger.knows(found.id) {
            return Ok(true);
        }
        let is_frozen = match reader.read(found, logs.as_ref(), ledger) {
            Ok(Some(is_frozen)) => is_frozen,
            Ok(None) => return Ok(true),
            // The others can be read all the same.
            Err(fault) => {
                unread = unread.take().or(Some(fault));
                return Ok(true);
            }
        };
        read += 1;
        if is_frozen {
            let bytes = found.size_with_body(found.size()?.unwrap_or(0))?;
            ledger.add_apart(Queue::Frozen, Some(found.arrival), bytes);
        }
        Ok(true)
    });
    let seconds = budget.seconds();
    let why = match looked.and_then(|whole| unread.map_or(Ok(whole), Err)) {
        Ok(true) => return,
        Ok(false) => format!("stopped after {seconds:.1} s, when {read} messages were read"),
        Err(fault) => fault.reason(),
    };
    // All were counted; only what is in them is not known of every one.
    if read == 0 {
        ledger.leave_out(Queue::Frozen, &*why);
    } else {
        ledger.leave_open(Queue::Frozen);
    }
    ledger.leave_out_detail(&why);
}

/// A header file that was found.
struct Found<'a> {
    directory: &'a Directory,
    /// The character of a directory of a split spool.
    split: Option<&'a CStr>,
    name: &'a CStr,
    kind: Kind,
    id: &'a [u8],
    arrival: i64,
}

impl Found<'_> {
    /// The bytes of its own; `None` when it is gone, or no plain file.
    fn size(&self) -> Result<Option<u64>, ReadFault> {
        let stat = self.directory.stat(self.name)?;
        Ok(stat.filter(|stat| stat.kind == Kind::File).map(|stat| stat.size))
    }

    /// The bytes of the message; `None` when its body is not there.
    fn size_with_body(&self, size: u64) -> Result<Option<u64>, ReadFault> {
        let body = self.directory.stat(&self.beside(b"-D"))?;
        let body = body.filter(|stat| stat.kind == Kind::File);
        Ok(body.map(|body| size.saturating_add(body.size)))
    }

    /// The name of another file of the message.
    fn beside(&self, suffix: &[u8]) -> CString {
        // An id has no NUL.
        CString::new([self.id, suffix].concat()).unwrap_or_default()
    }
}

/// Calls `visit` with the header files of a spool, until it returns `false`.
fn each(
    input: &Directory,
    buffer: &mut [MaybeUninit<u8>],
    visit: &mut impl FnMut(&Found) -> Result<bool, ReadFault>,
) -> Result<bool, ReadFault> {
    let mut below: Vec<CString> = Vec::new();
    if !each_of(input, None, buffer, visit, &mut below)? {
        return Ok(false);
    }
    for name in below {
        let Some(directory) = input.below_if_there(&name)? else { continue };
        if !each_of(&directory, Some(&name), buffer, visit, &mut Vec::new())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn each_of(
    directory: &Directory,
    split: Option<&CStr>,
    buffer: &mut [MaybeUninit<u8>],
    visit: &mut impl FnMut(&Found) -> Result<bool, ReadFault>,
    below: &mut Vec<CString>,
) -> Result<bool, ReadFault> {
    directory.visit(buffer, |entry| match (message_id::read(entry.name.to_bytes()), entry.kind) {
        (Name::Header(id, arrival), kind @ (Kind::File | Kind::Unknown)) => {
            visit(&Found { directory, split, name: entry.name, kind, id, arrival })
        }
        (Name::Split, Kind::Directory | Kind::Unknown) => {
            below.push(entry.name.to_owned());
            Ok(true)
        }
        _ => Ok(true),
    })
}

/// Reads what is in the files of a message.
struct Reader {
    /// Of the header file.
    head: Vec<u8>,
    journal: Vec<u8>,
    log: Vec<u8>,
}

impl Reader {
    /// Whether a message is frozen; `None` when it is gone, or not understood. Describes it where
    /// that is asked for.
    fn read(
        &mut self,
        found: &Found,
        logs: Option<&Directory>,
        ledger: &mut Ledger,
    ) -> Result<Option<bool>, ReadFault> {
        let wants_detail = ledger.wants_detail();
        loop {
            let size = self.head.len();
            let Some(bytes) = found.directory.head(found.name, &mut self.head)? else {
                return Ok(None);
            };
            // Nearly all fit; a certificate among the settings or a thousand recipients do not.
            let more = bytes.len() == size && size < LONGEST_HEAD;
            let header = match header::read(bytes) {
                Err(HeaderFault::Cut) if more => {
                    self.head.resize(size * GROWTH, 0);
                    continue;
                }
                // Exim itself lists it as "spool format error". It counts, and no more is known.
                Err(_) => return Ok(None),
                Ok(header) => header,
            };
            if wants_detail {
                self.journal.resize(TAIL, 0);
                self.log.resize(TAIL, 0);
                match describe(&header, found, logs, &mut self.journal, &mut self.log)? {
                    None if more => {
                        self.head.resize(size * GROWTH, 0);
                        continue;
                    }
                    message => ledger.describe(&message.unwrap_or_else(|| of(&header))),
                }
            }
            return Ok(Some(header.is_frozen));
        }
    }
}

fn of(header: &Header) -> Message {
    let sender = String::from_utf8_lossy(header.sender).into_owned();
    Message { sender, ..Message::default() }
}

/// The message with those who still wait for it and why; `None` when not all of them were read.
fn describe(
    header: &Header,
    found: &Found,
    logs: Option<&Directory>,
    journal: &mut [u8],
    log: &mut [u8],
) -> Result<Option<Message>, ReadFault> {
    // Who got it in a delivery that goes on, or that was broken off.
    let journal = found.directory.head(&found.beside(b"-J"), journal)?.unwrap_or_default();
    let delivered: HashSet<&[u8]> = journal.split(|&byte| byte == b'\n').collect();
    let Ok(waiting) = header.waiting(&delivered) else { return Ok(None) };
    let id = found.beside(b"");
    let split = match (logs, found.split) {
        (Some(logs), Some(name)) => logs.below(name).ok(),
        _ => None,
    };
    let logs = if found.split.is_some() { split.as_ref() } else { logs };
    // There is none when message_logs is off, or before the first attempt.
    let log = logs.and_then(|logs| logs.tail(&id, log).ok().flatten()).unwrap_or_default();
    let log = String::from_utf8_lossy(log);
    let reasons = message_log::read(&log);
    let mut message = of(header);
    for recipient in &waiting {
        message.add_recipient(recipient, reasons.of(recipient));
    }
    Ok(Some(message))
}

/// Bytes of a header file that are read at first.
const HEAD: usize = 4096;
/// How much more is read when that is too little.
const GROWTH: usize = 16;
/// Bytes of a header file that are read at most: some twenty thousand recipients.
const LONGEST_HEAD: usize = HEAD * GROWTH * GROWTH;
/// Bytes of a message log, from its end, and of a journal.
const TAIL: usize = 4096;

#[cfg(test)]
mod tests;
