//! Reading the hash directories of a long queue by several threads: nearly all of the time goes into
//! one system call a file, and those can go side by side.

use std::ffi::CString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::walk::{File, Reader};
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, ReadFault, entry_buffer};

/// Reads these directories in `top`, and counts what they hold.
pub(super) fn read(
    reader: Reader,
    top: &Directory,
    names: &[CString],
    ledger: &mut Ledger,
    budget: &mut Budget,
) -> Result<(), ReadFault> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = sync_channel(2 * HANDS);
    let mut fault = None;
    let stopped = thread::scope(|scope| {
        let mut hands = Vec::new();
        for _ in 0..HANDS {
            let (next, sender, budget) = (&next, sender.clone(), budget.of_another_thread());
            let work = move || work(reader, top, names, next, &sender, budget);
            // Whoever could be started reads all of it.
            hands.extend(thread::Builder::new().spawn_scoped(scope, work).ok());
        }
        if hands.is_empty() {
            // No thread may be started here; then it takes as long as it takes.
            return alone(reader, top, names, ledger, budget).unwrap_or_else(|error| {
                fault = Some(error);
                false
            });
        }
        drop(sender);
        for batch in receiver {
            match batch {
                Ok(files) => files.into_iter().for_each(|file: File| file.add_to(ledger)),
                Err(error) => fault = Some(error),
            }
        }
        hands.into_iter().map(|hand| hand.join().unwrap_or(true)).max().unwrap_or(true)
    });
    if stopped {
        budget.give_up();
    }
    fault.map_or(Ok(()), Err)
}

/// Reads them one after the other; says whether the time was up before the end.
fn alone(
    reader: Reader,
    top: &Directory,
    names: &[CString],
    ledger: &mut Ledger,
    budget: &mut Budget,
) -> Result<bool, ReadFault> {
    let mut buffer = entry_buffer();
    for name in names {
        let mut add = |file: File| file.add_to(ledger);
        reader.tree(top, name, 1, &mut buffer, budget, &mut add)?;
    }
    Ok(budget.is_over())
}

/// What one thread does; says whether its time was up before the end.
fn work(
    reader: Reader,
    top: &Directory,
    names: &[CString],
    next: &AtomicUsize,
    sender: &SyncSender<Result<Vec<File>, ReadFault>>,
    mut budget: Budget,
) -> bool {
    let mut buffer = entry_buffer();
    let mut files = Vec::with_capacity(BATCH);
    while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut add = |file| {
            files.push(file);
            if files.len() == BATCH {
                // Nobody is left to count when the whole is given up.
                drop(sender.send(Ok(std::mem::replace(&mut files, Vec::with_capacity(BATCH)))));
            }
        };
        if let Err(fault) = reader.tree(top, name, 1, &mut buffer, &mut budget, &mut add) {
            drop(sender.send(Err(fault)));
        }
    }
    drop(sender.send(Ok(files)));
    budget.is_over()
}

/// Threads that read. The one that counts is nearly idle.
const HANDS: usize = 2;
/// Files that are handed over at a time.
const BATCH: usize = 256;
