//! qmail and what descends from it: its queue directory, and `qmail-qstat`.

mod qstat;
mod record;
mod walk;
#[cfg(test)]
mod walk_tests;

use std::path::{Path, PathBuf};

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::process;
use crate::probe::space::space;
use crate::queue::{Mta, Queue};

/// Its queue directory.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    installed: bool,
}

/// Whether it is installed.
pub(crate) fn is_installed() -> bool {
    home().is_some()
}

/// Whether a directory looks like its queue directory.
pub(crate) fn is_spool(directory: &Path) -> bool {
    ["mess", "todo", "info"].iter().all(|name| directory.join(name).is_dir())
}

/// The queue directory of the machine's own.
pub(crate) fn installed() -> Spool {
    let home = home().unwrap_or_else(|| PathBuf::from(HOMES[0]));
    Spool { directory: home.join("queue"), installed: true }
}

/// A queue directory of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    Spool { directory: directory.to_owned(), installed: false }
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Qmail
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    /// qmail-qstat has only numbers, and no more rights than the walk unless somebody gave them to
    /// it.
    fn ways(&self, _wants_detail: bool) -> &'static [Way] {
        if self.installed { &[Way::Walk, Way::Command] } else { &[Way::Walk] }
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        match way {
            Way::Command => run_qstat(ledger, budget),
            _ => walk::walk(&self.directory, ledger, count_only, budget),
        }
    }

    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        // Its FIFO would tell, but only to somebody who opens it for writing.
        if self.installed { process::is_there("qmail-send") } else { None }
    }

    /// The room on the spool. qmail-queue takes mail until a file cannot be written.
    fn space(&self) -> Option<Space> {
        space(&self.directory, None, "")
    }
}

fn run_qstat(ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
    let program = command::find("qmail-qstat")
        .ok_or_else(|| Obstacle::Failed("qmail-qstat is not installed".to_owned()))?;
    let (lines, end) = command::lines::<&str>(&program, &[], &budget.deadline())
        .map_err(|fault| Obstacle::Failed(fault.to_string()))?;
    if end.stopped {
        return Err(Obstacle::Silent("qmail-qstat".to_owned()));
    }
    let numbers = qstat::read(lines.iter().map(String::as_str), &end.complaint)?;
    if end.code != Some(0) {
        let why = command::why(&end.complaint);
        return Err(Obstacle::Failed(format!("qmail-qstat: {why}")));
    }
    ledger.add_anonymous(Queue::Todo, numbers.todo);
    // The two are counted one after the other.
    ledger.add_anonymous(Queue::Queue, numbers.total.saturating_sub(numbers.todo));
    ledger.leave_out(Queue::Local, "qmail-qstat does not tell it apart");
    ledger.view.whole = true;
    ledger.leave_out_detail("qmail-qstat tells no senders and recipients");
    Ok(())
}

/// Its directory, where it is installed. What is below `queue` may be closed to the user.
fn home() -> Option<PathBuf> {
    let mut homes = HOMES.iter().map(PathBuf::from);
    homes.find(|home| {
        let is_there =
            || home.join("bin/qmail-send").exists() || command::find("qmail-send").is_some();
        home.join("queue").is_dir() && is_there()
    })
}

/// As its author has it, and as Debian has it.
const HOMES: [&str; 2] = ["/var/qmail", "/var/lib/qmail"];
