//! Sendmail: its queues, read or listed by Sendmail itself.
//!
//! There are two: the MTA's, which may be spread over many directories and queue groups, and that of
//! the submission program, which local programs use and which waits for the MTA only.

mod config;
mod control_file;
mod mailq;
mod queue_id;
mod walk;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::message::Message;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::listing::each_line;
use crate::probe::process::{is_alive, is_there_as};
use crate::probe::space::space;
use crate::queue::{Mta, Queue};
use config::Cf;
use walk::Place;

/// Its spools.
#[derive(Debug)]
pub(crate) struct Spool {
    /// The queue directory, or the directory of all of them.
    directory: PathBuf,
    places: Vec<Place>,
    /// sendmail.cf; `None` for a spool without its mail system.
    cf: Option<Cf>,
    /// Where it is, if that is not the usual place.
    config: Option<PathBuf>,
}

/// Whether it is installed: other mail systems have a program of that name too, and its
/// configuration may outlast it.
pub(crate) fn is_installed() -> bool {
    Path::new(CONFIG).join("sendmail.cf").exists() && program().is_some()
}

/// Whether a directory looks like one of its queue directories.
pub(crate) fn is_spool(directory: &Path) -> bool {
    let is_named_so =
        directory.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mqueue"));
    let has_files = || {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten().take(MOST_LOOKED_AT);
        entries.map(|entry| entry.file_name()).any(|name| {
            let name = name.as_encoded_bytes();
            let is_control = name.starts_with(b"qf") || name.starts_with(b"df");
            is_control && queue_id::arrival(&name[2..]).is_some()
        })
    };
    is_named_so || directory.join("qf").is_dir() || has_files()
}

/// The spools of the machine's own.
///
/// # Errors
/// When its configuration cannot be read, or means more than is understood.
pub(crate) fn installed() -> Result<Spool, Obstacle> {
    Ok(Spool { config: None, ..configured(Path::new(CONFIG))? })
}

/// The spools of the sendmail.cf and submit.cf in a directory.
///
/// # Errors
/// As [`installed()`].
pub(crate) fn configured(config: &Path) -> Result<Spool, Obstacle> {
    let read = |name: &str| Cf::read(&config.join(name));
    let cf = read("sendmail.cf").map_err(|fault| fault.obstacle())?;
    let too_clever = |name: &str| {
        let file = config.join(name);
        let file = file.display();
        Obstacle::NotUnderstood(format!("QueueDirectory in {file}; give --queue-directory"))
    };
    let pattern = cf.directory.clone().ok_or_else(|| too_clever("sendmail.cf"))?;
    let directory = base(&pattern);
    let place = |queue, pattern| Place { queue, pattern, with_below: false };
    let mut places = vec![place(Queue::Queue, pattern)];
    for group in &cf.groups {
        let group = place(Queue::Queue, directory.join(group));
        if !places.contains(&group) {
            places.push(group);
        }
    }
    match read("submit.cf") {
        Ok(submit) => {
            let pattern = submit.directory.ok_or_else(|| too_clever("submit.cf"))?;
            places.push(place(Queue::Client, pattern));
        }
        // Without it local mail goes to the MTA at once.
        Err(fault) if fault.is_missing() => {}
        Err(fault) => return Err(fault.obstacle()),
    }
    Ok(Spool { directory, places, cf: Some(cf), config: Some(config.to_owned()) })
}

/// A spool of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    let is_client = directory.file_name().is_some_and(|name| name == "mqueue-client");
    let queue = if is_client { Queue::Client } else { Queue::Queue };
    let place = Place { queue, pattern: directory.to_owned(), with_below: true };
    Spool { directory: directory.to_owned(), places: vec![place], cf: None, config: None }
}

/// Whether a command line is that of the MTA, and not of the runner of the client queue, which goes
/// on without it: that one has another name, its option, or its directory there.
fn is_mta(words: &[u8]) -> bool {
    let title = String::from_utf8_lossy(words);
    !["MSP:", "\0-Ac", "client"].iter().any(|mark| title.contains(mark))
}

/// Where all directories are that a pattern means.
fn base(pattern: &Path) -> PathBuf {
    let is_pattern = pattern.as_os_str().as_encoded_bytes().ends_with(b"*");
    pattern.parent().filter(|_| is_pattern).unwrap_or(pattern).to_owned()
}

/// Sendmail's own program. Under the name `sendmail` alone, it is its setgid bit that tells it from
/// those of other mail systems.
fn program() -> Option<PathBuf> {
    OWN_NAMES.iter().find_map(|name| command::find(name)).or_else(|| {
        let program = fs::canonicalize(command::find("sendmail")?).ok()?;
        let is_own_name = program.file_name().is_some_and(|name| name == "sendmail");
        let mode = fs::metadata(&program).ok()?.permissions().mode();
        (is_own_name && mode & SETGID != 0).then_some(program)
    })
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Sendmail
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    fn ways(&self, _wants_detail: bool) -> &'static [Way] {
        if self.cf.is_some() { &[Way::Walk, Way::Command] } else { &[Way::Walk] }
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        match way {
            Way::Walk => walk::walk(&self.places, ledger, count_only, budget),
            _ => self.list_all(ledger, budget),
        }
    }

    /// By the pid file of the daemon, which removes it when it is stopped in good order, and then by
    /// the name of its process.
    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        let cf = self.cf.as_ref()?;
        let usual = USUAL_PID_FILES.iter().map(PathBuf::from);
        let mut files = cf.pid_file.iter().cloned().chain(usual);
        let by_name = || is_there_as(&["sendmail-mta", "sendmail"], &is_mta);
        files.find_map(|file| is_alive(&file, "sendmail")).or_else(by_name)
    }

    /// The room on the spool. Below `MinFreeBlocks` Sendmail answers 452 to everything, and before
    /// that to a message which would take the room that far down (`enoughdiskspace()` in `conf.c`).
    fn space(&self) -> Option<Space> {
        let Some(cf) = &self.cf else { return space(&self.directory, None, "") };
        let block = rustix::fs::statvfs(&self.directory).ok()?.f_frsize;
        let needed = cf.free_blocks.saturating_mul(block).saturating_add(cf.size_limit);
        let because = match (cf.free_blocks, cf.size_limit) {
            (0, 0) => return space(&self.directory, None, ""),
            (0, _) => "MaxMessageSize",
            (_, 0) => "MinFreeBlocks",
            _ => "MinFreeBlocks + MaxMessageSize",
        };
        space(&self.directory, Some(needed), because)
    }
}

impl Spool {
    /// Counts what Sendmail lists, one queue after the other: its `mailq` shows both on some systems
    /// only.
    fn list_all(&self, ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
        let Some(program) = program() else {
            return Err(Obstacle::Failed("sendmail is not installed".to_owned()));
        };
        let has_client = self.places.iter().any(|place| place.queue == Queue::Client);
        let all = [Queue::Client, Queue::Queue, Queue::Quarantined, Queue::Lost];
        self.list_each(&program, &all[usize::from(!has_client)..], ledger, budget)
    }

    fn list_each(
        &self,
        program: &Path,
        queues: &[Queue],
        ledger: &mut Ledger,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        for (at, queue) in queues.iter().copied().enumerate() {
            // A long queue leaves time for the next.
            let mut budget = budget.share(queues.len() - at);
            match self.list(program, queue, ledger, &mut budget) {
                // The others took the time; what they said is counted.
                Err(Obstacle::Late) => {
                    ledger.view.stopped_after = Some(budget.seconds());
                    ledger.leave_out(queue, Obstacle::Late.to_string());
                }
                // What was set aside is not among the messages that must be known.
                Err(obstacle) if !queue.is_in_total() => {
                    ledger.leave_out(queue, obstacle.to_string());
                }
                listed => listed?,
            }
        }
        Ok(())
    }

    /// What to ask the program for one queue.
    fn arguments(&self, queue: Queue) -> Vec<String> {
        let of_client = queue == Queue::Client;
        let mut arguments = vec!["-bp".to_owned()];
        arguments.push(match &self.config {
            None if of_client => "-Ac".to_owned(),
            None => "-Am".to_owned(),
            Some(config) => {
                let file = if of_client { "submit.cf" } else { "sendmail.cf" };
                format!("-C{}", config.join(file).display())
            }
        });
        match queue {
            Queue::Quarantined => arguments.push("-qQ".to_owned()),
            Queue::Lost => arguments.push("-qL".to_owned()),
            _ => {}
        }
        arguments
    }

    fn list(
        &self,
        program: &Path,
        queue: Queue,
        ledger: &mut Ledger,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        let arguments = self.arguments(queue);
        let said = format!("sendmail {}", arguments.join(" "));
        let mut parser = mailq::Parser::default();
        ledger.open(queue);
        let mut count = |mut message: Message| {
            message.queue = Some(queue);
            if queue.is_in_total() {
                ledger.add_message(&message);
            } else {
                ledger.add_apart(queue, message.arrival, message.size);
            }
        };
        let end = each_line(program, &arguments, &said, budget, |line| {
            parser.line(&String::from_utf8_lossy(line)).into_iter().for_each(&mut count);
            Ok(())
        })?;
        parser.end().into_iter().for_each(&mut count);
        for line in end.complaint.lines() {
            parser.line(line);
        }
        if end.stopped && parser.refusal.is_none() {
            ledger.view.stopped_after = Some(budget.seconds());
            return Ok(());
        }
        if end.code != Some(0) && parser.refusal.is_none() && parser.odd.is_none() {
            let why = command::why(&end.complaint);
            return Err(Obstacle::Failed(format!("{said}: {why}")));
        }
        // MaxQueueRunSize limits what is listed.
        let listed = parser.listed;
        ledger.add_anonymous(queue, total(&said, parser)?.saturating_sub(listed));
        Ok(())
    }
}

/// All messages of a queue, if Sendmail was allowed to look.
fn total(said: &str, parser: mailq::Parser) -> Result<u64, Obstacle> {
    match (parser.refusal, parser.total) {
        (Some(refusal), _) => Err(denied(said, &refusal)),
        (None, Some(total)) => Ok(total),
        (None, None) => {
            let text = parser.odd.unwrap_or_else(|| "it says no total".to_owned());
            Err(Obstacle::NotUnderstood(format!("{said}: {text}")))
        }
    }
}

/// What is missing when Sendmail may not look.
fn denied(said: &str, refusal: &str) -> Obstacle {
    let group = "needs the group of the queue directory (smmsp), which may also hand in mail";
    Obstacle::Denied(if refusal.contains("not permitted") {
        format!("{said}: {refusal}; {group}, or PrivacyOptions without restrictmailq")
    } else {
        format!(
            "{said}: {refusal}; {group}; Sendmail has it by itself, but not with NoNewPrivileges \
             or with another configuration (-d)"
        )
    })
}

/// Where every distribution keeps its configuration.
const CONFIG: &str = "/etc/mail";
/// Names of the program where several mail systems may be installed: Debian's, Red Hat's.
const OWN_NAMES: &[&str] = &["sendmail-mta", "sendmail.sendmail"];
/// Where the daemon puts its pid when nothing else is said.
const USUAL_PID_FILES: &[&str] = &["/run/sendmail.pid", "/run/sendmail/mta/sendmail.pid"];
/// Of a mode.
const SETGID: u32 = 0o2000;
/// Entries of a directory that is to be recognised.
const MOST_LOOKED_AT: usize = 1000;

#[cfg(test)]
mod tests;
