//! Reading the queue: `mess/<split>/<number>` is the text of a message, and files of the same number
//! in other directories tell how far it is (qmail's `INTERNALS`):
//!
//! - `todo`: it waits to be preprocessed. Flat, or split as the others are (big-todo);
//! - `info`: its sender; made when it is preprocessed and not changed any more, so that qmail itself
//!   takes its age from this file;
//! - `local`, `remote`: the recipients of each kind, while there are any who wait.

use std::ffi::CStr;
use std::path::Path;

use super::record;
use crate::facts::Obstacle;
use crate::inode::is_number;
use crate::ledger::Ledger;
use crate::message::Message;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, Stat, entry_buffer};
use crate::queue::Queue;

/// Counts the messages of a queue directory.
pub(super) fn walk(
    queue: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    let result = all(queue, ledger, count_only, budget);
    result.map_err(|fault| {
        ledger.leave_out(Queue::Queue, fault.reason());
        fault.obstacle()
    })
}

fn all(
    queue: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), ReadFault> {
    budget.deadline.waiting_for(format!("{} to be read", queue.display()));
    let open = |name: &str| Directory::open(&queue.join(name));
    let mess = open("mess")?;
    // Every message is in `mess`, whatever cannot be told of it.
    ledger.view.whole = true;
    ledger.open(Queue::Queue);
    let todo = open_or_leave_out(queue, &["todo"], Queue::Todo, ledger);
    let sides = open_or_leave_out(queue, &["local", "remote"], Queue::Local, ledger);
    let info = open("info");
    if let Err(fault) = &info {
        ledger.leave_out_detail(&fault.reason());
    }
    let mut buffer = entry_buffer();
    let mut text = vec![0; if ledger.wants_detail() { record::HEAD } else { 0 }];
    for split in mess.names_below(&mut buffer, is_number)? {
        let Some(mess) = mess.below_if_there(&split)? else { continue };
        let below = |directory: &Directory| directory.below_if_there(&split);
        let split_todo = todo.first().map(below).transpose()?.flatten();
        let sides: Vec<Option<Directory>> = sides.iter().map(below).collect::<Result<_, _>>()?;
        let mut walker = Walker {
            mess: &mess,
            todo: split_todo.as_ref().or(todo.first()),
            info: info.as_ref().ok().map(below).transpose()?.flatten(),
            local: sides.first().and_then(Option::as_ref),
            remote: sides.get(1).and_then(Option::as_ref),
            count_only,
            text: &mut text,
            ledger,
        };
        let goes_on = mess.visit(&mut buffer, |entry| {
            if budget.is_spent() {
                walker.ledger.view.stopped_after = Some(budget.seconds());
                return Ok(false);
            }
            walker.entry(entry)?;
            Ok(true)
        })?;
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// Opens all of these for a queue that needs them, or says why it is left out.
fn open_or_leave_out(
    directory: &Path,
    names: &[&str],
    queue: Queue,
    ledger: &mut Ledger,
) -> Vec<Directory> {
    let open = |name: &&str| Directory::open(&directory.join(name));
    match names.iter().map(open).collect::<Result<Vec<_>, _>>() {
        Ok(directories) => {
            ledger.open(queue);
            directories
        }
        Err(fault) => {
            ledger.leave_out(queue, fault.reason());
            Vec::new()
        }
    }
}

struct Walker<'a, 'b> {
    mess: &'a Directory,
    todo: Option<&'a Directory>,
    info: Option<Directory>,
    local: Option<&'a Directory>,
    remote: Option<&'a Directory>,
    count_only: bool,
    text: &'a mut [u8],
    ledger: &'a mut Ledger<'b>,
}

impl Walker<'_, '_> {
    fn entry(&mut self, entry: &Entry) -> Result<(), ReadFault> {
        let (name, id) = (entry.name, entry.name.to_bytes());
        if !is_number(id) || matches!(entry.kind, Kind::Directory | Kind::Other) {
            return Ok(());
        }
        let text = if self.count_only && entry.kind == Kind::File {
            None
        } else {
            match self.mess.stat(name)?.filter(|stat| stat.kind == Kind::File) {
                Some(stat) => Some(stat),
                None => return Ok(()),
            }
        };
        let todo = file(self.todo, name)?;
        let is_local = || -> Result<bool, ReadFault> {
            Ok(file(self.local, name)?.is_some() && file(self.remote, name)?.is_none())
        };
        let queue = match todo {
            Some(_) => Queue::Todo,
            None if is_local()? => Queue::Local,
            None => Queue::Queue,
        };
        let (arrival, bytes) = match text {
            Some(stat) if !self.count_only => {
                // The first one that there is: the text is older by what it took to take it in.
                let known = match todo {
                    Some(todo) => Some(todo.modified),
                    None => file(self.info.as_ref(), name)?.map(|info| info.modified),
                };
                let arrival = known.unwrap_or(stat.born.unwrap_or(stat.modified));
                (Some(arrival), Some(stat.size))
            }
            _ => (None, None),
        };
        if self.ledger.add(queue, id, arrival, bytes) && self.ledger.wants_detail() {
            self.describe(name, queue)?;
        }
        Ok(())
    }

    fn describe(&mut self, name: &CStr, queue: Queue) -> Result<(), ReadFault> {
        let info = self.info.as_ref();
        let files = if queue == Queue::Todo {
            [self.todo, None, None]
        } else {
            [info, self.local, self.remote]
        };
        let mut message = Message::default();
        let mut is_known = false;
        for directory in files.into_iter().flatten() {
            if let Some(head) = directory.head(name, self.text)? {
                record::read(head, &mut message);
                is_known = true;
            }
        }
        // One that has just been delivered is not from the null sender.
        if is_known {
            self.ledger.describe(&message);
        }
        Ok(())
    }
}

/// What is known of a file that may be there.
fn file(directory: Option<&Directory>, name: &CStr) -> Result<Option<Stat>, ReadFault> {
    let stat = directory.map(|directory| directory.stat(name)).transpose()?.flatten();
    Ok(stat.filter(|stat| stat.kind == Kind::File))
}
