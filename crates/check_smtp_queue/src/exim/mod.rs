//! Exim: its spool, read or listed by Exim itself.

pub(crate) mod header;
mod listing;
mod message_id;
mod message_log;
mod settings;
mod walk;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mailhost_core::command::{self, End};
use rustix::fs::{StatVfsMountFlags, statvfs};

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::directory::Directory;
use crate::probe::listing::each_line;
use crate::probe::process::{is_alive, is_there_as};
use crate::probe::space::space;
use crate::queue::{Mta, Queue};
use settings::Settings;

/// Its spool. Named queues, which only a configuration that names them has, are not looked at.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    /// Exim, where it is installed.
    program: Option<PathBuf>,
    settings: Settings,
}

/// Whether it is installed.
pub(crate) fn is_installed() -> bool {
    program().is_some()
}

/// Whether a directory looks like its spool.
pub(crate) fn is_spool(directory: &Path) -> bool {
    directory.join("input").is_dir()
}

/// The spool of the machine's own.
///
/// # Errors
/// When there is neither Exim nor a spool at one of the usual places.
pub(crate) fn installed(budget: &Budget) -> Result<Spool, Obstacle> {
    let program = program();
    // Everybody may ask, but Exim may not be able to read its configuration for everybody.
    let asked = program.as_ref().map(|program| {
        let arguments = ["-bP"].into_iter().chain(settings::WANTED);
        // It is asked before anything is counted, and must not take the time for that.
        let budget = budget.share(4);
        command::lines(program, &arguments.collect::<Vec<_>>(), &budget.deadline())
    });
    let settings = match &asked {
        Some(Ok((lines, _))) => settings::read(lines.iter().map(String::as_str)),
        _ => Settings::default(),
    };
    let usual = || USUAL_SPOOLS.iter().map(PathBuf::from).find(|path| path.exists());
    match settings.directory.clone().or_else(usual) {
        Some(directory) => Ok(Spool { directory, program, settings }),
        None if program.is_some() => {
            Err(Obstacle::Failed("Exim does not say where its spool is".to_owned()))
        }
        None => Err(Obstacle::Failed("exim is not installed".to_owned())),
    }
}

/// A spool of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    Spool { directory: directory.to_owned(), program: None, settings: Settings::default() }
}

fn program() -> Option<PathBuf> {
    ["exim4", "exim"].into_iter().find_map(command::find)
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Exim
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    /// The files tell everything that Exim would, and the reasons of deferral besides.
    fn ways(&self, _wants_detail: bool) -> &'static [Way] {
        if self.program.is_some() { &[Way::Walk, Way::Command] } else { &[Way::Walk] }
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        match (way, &self.program) {
            (Way::Walk, _) => walk::walk(&self.directory, ledger, count_only, budget),
            (Way::Command, Some(program)) => self.list(program, ledger, budget),
            _ => Err(Obstacle::Failed("exim is not installed".to_owned())),
        }
    }

    /// By the pid file of the daemon, which removes it when it is stopped in good order, and then by
    /// the name of its process.
    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        self.program.as_ref()?;
        let of_spool = self.directory.join("exim-daemon.pid");
        let usual = USUAL_PID_FILES.iter().map(PathBuf::from);
        let mut files = self.settings.pid_file.iter().cloned().chain(usual).chain([of_spool]);
        // Not one that only runs the queue, or delivers.
        let is_daemon =
            |words: &[u8]| words.split(|byte| *byte == 0).any(|word| word.starts_with(b"-bd"));
        let by_name = || is_there_as(&["exim4", "exim"], &is_daemon);
        files.find_map(|file| is_alive(&file, "exim")).or_else(by_name)
    }

    /// The room on the spool. Below `check_spool_space` Exim answers 452 to everything, and before
    /// that to a message which would take the room that far down (the specification, chapter 14).
    fn space(&self) -> Option<Space> {
        let Settings { free_space, free_files, size_limit, .. } = self.settings;
        let (needed, because) = match (free_space, size_limit) {
            (0, _) => (None, ""),
            (_, 0) => (Some(free_space), "check_spool_space"),
            _ => (
                Some(free_space.saturating_add(size_limit)),
                "check_spool_space + message_size_limit",
            ),
        };
        let space = space(&self.directory, needed, because)?;
        Some(Space { files_needed: free_files, ..space })
    }
}

impl Spool {
    /// Counts what Exim lists. Unsorted, which spares it the greater part of the time.
    fn list(
        &self,
        program: &Path,
        ledger: &mut Ledger,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        let mut parser = listing::Parser::default();
        let mut number = 0_u64;
        ledger.open(Queue::Queue);
        ledger.open(Queue::Frozen);
        let mut count = |listed: &listing::Listed| {
            number += 1;
            ledger.add_message(&listed.message);
            if listed.is_frozen {
                let message = &listed.message;
                ledger.add_apart(Queue::Frozen, message.arrival, message.size);
            }
        };
        let end = each_line(program, &["-bpr"], "exim -bpr", budget, |line| {
            let listed = parser.line(&String::from_utf8_lossy(line));
            let fault = |why| Obstacle::NotUnderstood(format!("exim -bpr: {why}"));
            listed.map_err(fault)?.iter().for_each(&mut count);
            Ok(())
        })?;
        parser.end().iter().for_each(&mut count);
        match end.code {
            _ if end.stopped => ledger.view.stopped_after = Some(budget.seconds()),
            Some(0) if number == 0 => self.believe_nothing(program)?,
            Some(0) => {}
            _ => return Err(refusal(&end)),
        }
        Ok(())
    }

    /// Whether an empty list means an empty queue. Without its rights Exim cannot read the spool, and
    /// says the same.
    fn believe_nothing(&self, program: &Path) -> Result<(), Obstacle> {
        if runs_with_own_rights(program) && Directory::open(&self.directory.join("input")).is_err()
        {
            let why = "exim -bpr lists nothing, but without its setuid rights (NoNewPrivileges) it \
                sees nothing either; needs them, or the group of its spool (Debian-exim, exim), \
                which may also remove mail";
            return Err(Obstacle::Denied(why.to_owned()));
        }
        Ok(())
    }
}

/// Whether a program gets no rights but those of whoever runs it.
fn runs_with_own_rights(program: &Path) -> bool {
    let is_plain =
        fs::metadata(program).is_ok_and(|found| found.permissions().mode() & SETUID == 0);
    let is_mounted_without =
        statvfs(program).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::NOSUID));
    is_plain || is_mounted_without || rustix::thread::no_new_privs().unwrap_or(false)
}

fn refusal(end: &End) -> Obstacle {
    let said = end.complaint.lines().last().unwrap_or_default();
    let text = format!("exim -bpr: {}", said.trim_start_matches("exim: "));
    if said.to_ascii_lowercase().contains("permission denied") {
        Obstacle::Denied(format!(
            "{text}; needs queue_list_requires_admin = false in Exim's configuration, or the \
             group of its spool (Debian-exim, exim), which may also remove mail"
        ))
    } else {
        Obstacle::Failed(text)
    }
}

/// Where distributions put the spool.
const USUAL_SPOOLS: &[&str] = &["/var/spool/exim4", "/var/spool/exim"];
/// Where distributions put the daemon's pid.
const USUAL_PID_FILES: &[&str] = &["/run/exim4/exim.pid", "/run/exim.pid"];
/// Of a mode.
const SETUID: u32 = 0o4000;

#[cfg(test)]
mod tests;
