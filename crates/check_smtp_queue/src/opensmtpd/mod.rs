//! OpenSMTPD: its spool, and the two ways to look at it. It counts envelopes, one for each recipient
//! of a message.

mod envelope;
mod listing;
mod stats;
mod walk;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::listing::{each_line, not_understood};
use crate::probe::process;
use crate::probe::space::space;
use crate::queue::{Mta, Queue};
use stats::Statistics;

/// Its spool.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    installed: bool,
    /// Whether the server answered, when it was asked.
    answered: Cell<Option<bool>>,
}

/// Whether it is installed.
pub(crate) fn is_installed() -> bool {
    is_spool(Path::new(SPOOL)) && command::find(SMTPCTL).is_some()
}

/// Whether a directory looks like its spool.
pub(crate) fn is_spool(directory: &Path) -> bool {
    ["queue", "incoming", "offline"].iter().all(|name| directory.join(name).is_dir())
}

/// The spool of the machine's own.
pub(crate) fn installed() -> Spool {
    Spool { directory: PathBuf::from(SPOOL), installed: true, answered: Cell::new(None) }
}

/// A spool of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    Spool { directory: directory.to_owned(), installed: false, answered: Cell::new(None) }
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Opensmtpd
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    /// The walk sees more queues and the bytes; with details it would have to open every envelope,
    /// which the server keeps in memory.
    fn ways(&self, wants_detail: bool) -> &'static [Way] {
        match (self.installed, wants_detail) {
            (true, false) => &[Way::Walk, Way::Command],
            (true, true) => &[Way::Command, Way::Walk],
            (false, _) => &[Way::Walk],
        }
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        if way == Way::Command {
            return self.run_smtpctl(ledger, count_only, budget);
        }
        walk::walk(&self.directory, ledger, count_only, budget)?;
        // smtpctl tells nobody else.
        if self.installed && geteuid().is_root() {
            match self.statistics(&budget.share(2)) {
                Ok(statistics) => ledger.view.processed = Some(statistics.processed),
                Err(silent @ Obstacle::Silent(_)) => ledger.view.trouble = Some(silent),
                // That it is down is told by whether it runs; without its counters the ids will do.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        if !self.installed {
            return None;
        }
        self.answered.get().or_else(|| match process::is_there("smtpd") {
            // It may be one of Postfix's processes, which has the same name.
            Some(true) if Path::new("/etc/postfix").exists() => None,
            is_there => is_there,
        })
    }

    /// The room on the spool. The five percent below which `queue_fs.c` refuses mail are compiled in
    /// on OpenBSD only: elsewhere it accepts mail until a file cannot be written.
    fn space(&self) -> Option<Space> {
        space(&self.directory, None, "")
    }
}

impl Spool {
    fn run_smtpctl(
        &self,
        ledger: &mut Ledger,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        match self.statistics(budget) {
            Ok(statistics) => {
                ledger.view.processed = Some(statistics.processed);
                if count_only {
                    ledger.add_anonymous(Queue::Queue, statistics.envelopes);
                    walk::beside_the_queue(&self.directory, ledger, true, budget);
                    return Ok(());
                }
            }
            // When it does not run, `show queue` reads the disk.
            Err(Obstacle::Down(_)) => {}
            Err(obstacle) => return Err(obstacle),
        }
        show_queue(ledger, budget)?;
        walk::beside_the_queue(&self.directory, ledger, count_only, budget);
        Ok(())
    }

    /// What the server has counted.
    fn statistics(&self, budget: &Budget) -> Result<Statistics, Obstacle> {
        let (lines, end) = command::lines(&program()?, &["show", "stats"], &budget.deadline())
            .map_err(|fault| Obstacle::Failed(fault.to_string()))?;
        if end.stopped {
            return Err(Obstacle::Silent("smtpctl show stats".to_owned()));
        }
        if end.code != Some(0) {
            let obstacle = refusal(&end.complaint);
            if matches!(obstacle, Obstacle::Down(_)) {
                self.answered.set(Some(false));
            }
            return Err(obstacle);
        }
        let statistics = stats::read(lines.iter().map(String::as_str)).ok_or_else(|| {
            let first = lines.first().map_or("nothing", String::as_str);
            Obstacle::NotUnderstood(format!("smtpctl show stats: {first}"))
        })?;
        self.answered.set(Some(true));
        Ok(statistics)
    }
}

/// Counts what the server lists, or what lies on its disk when it does not run.
fn show_queue(ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
    ledger.open(Queue::Queue);
    let said = "smtpctl show queue";
    let end = each_line(&program()?, &["show", "queue"], said, budget, |line| {
        let message = listing::read(line).map_err(|why| not_understood(said, &why, line))?;
        ledger.add_message(&message);
        Ok(())
    })?;
    match end.code {
        _ if end.stopped => ledger.view.stopped_after = Some(budget.seconds()),
        Some(0) => {}
        _ => return Err(refusal(&end.complaint)),
    }
    Ok(())
}

fn program() -> Result<PathBuf, Obstacle> {
    let missing = || Obstacle::Failed(format!("{SMTPCTL} is not installed"));
    command::find(SMTPCTL).ok_or_else(missing)
}

/// What an smtpctl that failed means; its exit code is always 1.
fn refusal(complaint: &str) -> Obstacle {
    let said = complaint.lines().last().unwrap_or_default();
    let text = format!("smtpctl: {}", said.trim_start_matches("smtpctl: "));
    if said.contains("need root privileges") {
        Obstacle::Denied(format!(
            "{text}: only root may ask it, and no group gives that; the owner of queue/ may read \
             the directories instead (--via walk)"
        ))
    } else if said.contains("must be setgid") {
        // It looks at its group before it looks at the user.
        Obstacle::Denied(format!("{text}: the check runs with NoNewPrivileges"))
    } else if said.contains("doesn't seem to be running") {
        Obstacle::Down(text)
    } else {
        Obstacle::Failed(text)
    }
}

/// Its own, as every distribution builds it.
const SPOOL: &str = "/var/spool/smtpd";
/// The program that speaks with the server.
const SMTPCTL: &str = "smtpctl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_what_smtpctl_complains_of_is_told_apart() {
        let denied = "smtpctl: need root privileges: only root may ask it, and no group gives that; \
            the owner of queue/ may read the directories instead (--via walk)";
        assert_eq!(refusal("smtpctl: need root privileges"), Obstacle::Denied(denied.to_owned()));
        let down = "smtpctl: smtpd doesn't seem to be running";
        assert_eq!(refusal(down), Obstacle::Down(down.to_owned()));
        assert!(matches!(
            refusal("smtpctl: this program must be setgid opensmtpq"),
            Obstacle::Denied(_)
        ));
        assert_eq!(refusal(""), Obstacle::Failed("smtpctl: ".to_owned()));
    }

    #[test]
    fn ok_a_spool_is_recognised_by_its_directories() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["queue", "incoming", "offline"] {
            assert!(!is_spool(directory.path()));
            std::fs::create_dir(directory.path().join(name)).expect("writable");
        }
        assert!(is_spool(directory.path()));
    }

    #[test]
    fn ok_the_ways_depend_on_what_is_wanted() {
        assert_eq!(installed().ways(false), [Way::Walk, Way::Command]);
        assert_eq!(installed().ways(true), [Way::Command, Way::Walk]);
        assert_eq!(spool(Path::new("/nowhere")).ways(true), [Way::Walk]);
        assert_eq!(spool(Path::new("/nowhere")).is_running(None), None);
    }
}
