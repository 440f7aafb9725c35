//! Running a program of a mail server that lists its queue.

use std::ffi::OsStr;
use std::path::Path;

use mailhost_core::command::{self, End};

use super::budget::Budget;
use super::lines::Lines;
use crate::facts::Obstacle;

/// Runs a program that lists a queue, called `said` in texts, and hands each line that it says to
/// `read`. Whether it was stopped before its end is in what this gives.
///
/// # Errors
/// What `read` finds wrong with a line; [`Obstacle::Late`] when there was no time to ask;
/// [`Obstacle::Silent`] when no line came in time;
/// [`Obstacle::Failed`] when the program cannot be run.
pub(crate) fn each_line<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    said: &str,
    budget: &Budget,
    mut read: impl FnMut(&[u8]) -> Result<(), Obstacle>,
) -> Result<End, Obstacle> {
    if budget.left().is_zero() {
        return Err(Obstacle::Late);
    }
    let mut lines = Lines::default();
    let (mut fault, mut has_spoken) = (None, false);
    let end = command::run(program, arguments, &budget.deadline(), |piece| {
        has_spoken = true;
        lines.read(piece, |line| {
            if fault.is_none() {
                fault = read(line).err();
            }
        });
        fault.is_none()
    })
    .map_err(|fault| Obstacle::Failed(fault.to_string()))?;
    if fault.is_none() && !end.stopped {
        fault = lines.rest().and_then(|line| read(line).err());
    }
    match fault {
        Some(fault) => Err(fault),
        None if end.stopped && !has_spoken => Err(Obstacle::Silent(said.to_owned())),
        None => Ok(end),
    }
}

/// What a line is that cannot be read.
pub(crate) fn not_understood(said: &str, why: &str, line: &[u8]) -> Obstacle {
    let shown = &line[..line.len().min(SHOWN)];
    Obstacle::NotUnderstood(format!("{said}: {why}: {}", String::from_utf8_lossy(shown)))
}

/// Bytes of a line that is not understood.
const SHOWN: usize = 200;
