//! Postfix: its instances, and the three ways to look at a queue.

mod crew;
mod listing;
mod main_cf;
mod queue_id;
mod record;
pub(crate) mod showq;
mod socket;
mod walk;

use std::path::{Path, PathBuf};

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::listing::{each_line, not_understood};
use crate::probe::process::{is_alive, is_there};
use crate::probe::space::space;
use crate::probe::{Found, MailSystem};
use crate::queue::{Mta, Queue};
use main_cf::MainCf;

/// The queues that showq lists and mailq counts.
pub(crate) const LISTED: [Queue; 5] =
    [Queue::Maildrop, Queue::Incoming, Queue::Active, Queue::Deferred, Queue::Hold];

/// One instance.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Its `multi_instance_name`, or the name of its configuration directory.
    name: String,
    /// The queue directory.
    queue: PathBuf,
    /// Where main.cf is; `None` for a spool without its mail system.
    config: Option<PathBuf>,
    /// Bytes of `queue_minfree`.
    minfree: u64,
    /// Bytes of `message_size_limit`.
    size_limit: u64,
    /// Whether it is supposed to run.
    enabled: bool,
    /// Whether it is the only one, so that a master process must be its own.
    alone: bool,
}

/// Whether Postfix is installed.
pub(crate) fn is_installed() -> bool {
    // The configuration stays when the package is removed.
    Path::new(CONFIG).join("main.cf").exists() && command::find("postqueue").is_some()
}

/// Whether a directory looks like a queue directory of Postfix.
pub(crate) fn is_spool(directory: &Path) -> bool {
    directory.join("active").is_dir() && directory.join("maildrop").is_dir()
}

/// The instances of the machine's main.cf: that one, and those that it names.
pub(crate) fn instances() -> Vec<Found> {
    let directory = Path::new(CONFIG);
    let primary = match MainCf::read(directory) {
        Ok(primary) => primary,
        Err(fault) => return vec![found(directory, Err(fault.obstacle()))],
    };
    let mut instances = vec![found(directory, instance(directory, &primary, true))];
    for other in primary.list("multi_instance_directories") {
        let other = PathBuf::from(other);
        let read = MainCf::read(&other).map_err(|fault| fault.obstacle()).and_then(|cf| {
            let enabled = cf.value("multi_instance_enable").as_deref() == Some("yes");
            instance(&other, &cf, enabled).map(|it| Instance { alone: false, ..it })
        });
        instances.push(found(&other, read));
    }
    instances
}

/// The instance of the main.cf in `directory`, without others that it may name.
pub(crate) fn single(directory: &Path) -> Found {
    let cf = MainCf::read(directory).map_err(|fault| fault.obstacle());
    found(directory, cf.and_then(|cf| instance(directory, &cf, true)))
}

fn found(directory: &Path, read: Result<Instance, Obstacle>) -> Found {
    match read {
        Ok(instance) => Found::System(Box::new(instance)),
        Err(obstacle) => Found::Obstacle { mta: Mta::Postfix, name: name_of(directory), obstacle },
    }
}

/// What an instance is called that has no name of its own.
fn name_of(config: &Path) -> String {
    let last = config.file_name().map(|name| name.to_string_lossy().into_owned());
    last.unwrap_or_else(|| "postfix".to_owned())
}

/// A spool of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Instance {
    Instance {
        name: "postfix".to_owned(),
        queue: directory.to_owned(),
        config: None,
        minfree: 0,
        size_limit: 0,
        enabled: false,
        alone: false,
    }
}

fn instance(config: &Path, cf: &MainCf, enabled: bool) -> Result<Instance, Obstacle> {
    let too_clever = |what: &str| {
        let file = config.join("main.cf");
        Obstacle::NotUnderstood(format!("{what} in {}; give --queue-directory", file.display()))
    };
    let queue = cf.value("queue_directory").filter(|queue| queue.starts_with('/'));
    let queue = queue.ok_or_else(|| too_clever("queue_directory"))?;
    let name = cf.value("multi_instance_name").filter(|name| !name.is_empty());
    Ok(Instance {
        name: name.unwrap_or_else(|| name_of(config)),
        queue: PathBuf::from(queue),
        config: Some(config.to_owned()),
        minfree: cf.bytes("queue_minfree").unwrap_or(0),
        size_limit: cf.bytes("message_size_limit").unwrap_or(0),
        enabled,
        alone: cf.list("multi_instance_directories").is_empty(),
    })
}

impl MailSystem for Instance {
    fn mta(&self) -> Mta {
        Mta::Postfix
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn directory(&self) -> &Path {
        &self.queue
    }

    /// Who sends to whom is told by showq alone.
    fn ways(&self, wants_detail: bool) -> &'static [Way] {
        match (self.config.is_some(), wants_detail) {
            (true, false) => &[Way::Walk, Way::Socket, Way::Command],
            (true, true) => &[Way::Socket, Way::Command, Way::Walk],
            (false, false) => &[Way::Walk, Way::Socket],
            (false, true) => &[Way::Socket, Way::Walk],
        }
    }

    fn look(
        &self,
        ledger: &mut Ledger,
        way: Way,
        count_only: bool,
        budget: &mut Budget,
    ) -> Result<(), Obstacle> {
        match way {
            Way::Walk => return walk::walk(&self.queue, ledger, count_only, budget),
            Way::Socket => socket::ask(&self.queue, ledger, budget)?,
            Way::Command => self.run_postqueue(ledger, budget)?,
        }
        // showq does not list it, but it is short and may be open to the user.
        walk::corrupt(&self.queue, ledger, budget);
        Ok(())
    }

    fn is_expected(&self) -> bool {
        self.enabled
    }

    fn is_running(&self, view: Option<&View>) -> Option<bool> {
        if !self.enabled {
            return None;
        }
        match view.map(|view| (view.way, &view.trouble)) {
            // It has just answered.
            Some((Way::Socket | Way::Command, None)) => Some(true),
            _ => match is_alive(&self.queue.join("pid/master.pid"), "master") {
                Some(true) => Some(true),
                // The number may belong to another container: the service itself knows better.
                Some(false) => Some(socket::answers(&self.queue).unwrap_or(false)),
                None if never_started(&self.queue) => Some(false),
                // Who may read the directories need not be allowed to ask.
                None => socket::answers(&self.queue).or_else(|| {
                    // One process vouches for one instance.
                    is_there("master").filter(|is_there| !is_there || self.alone)
                }),
            },
        }
    }

    /// The room on the spool. Below `queue_minfree` and one and a half times `message_size_limit`,
    /// Postfix answers 452 (postconf(5), `queue_minfree`).
    fn space(&self) -> Option<Space> {
        let for_a_message = self.size_limit.saturating_add(self.size_limit / 2);
        let (needed, because) = if self.minfree > for_a_message {
            (self.minfree, "queue_minfree")
        } else {
            (for_a_message, "1.5 x message_size_limit")
        };
        space(&self.queue, self.config.is_some().then_some(needed), because)
    }
}

impl Instance {
    fn run_postqueue(&self, ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
        let Some(program) = command::find("postqueue") else {
            return Err(Obstacle::Failed("postqueue is not installed".to_owned()));
        };
        let mut arguments = Vec::new();
        if let Some(config) = &self.config {
            arguments.extend(["-c".into(), config.clone().into_os_string()]);
        }
        arguments.push("-j".into());
        for queue in LISTED {
            ledger.open(queue);
        }
        let said = "postqueue -j";
        let end = each_line(&program, &arguments, said, budget, |line| {
            let message = listing::read(line).map_err(|why| not_understood(said, &why, line))?;
            ledger.add_message(&message);
            Ok(())
        })?;
        match end.code {
            _ if end.stopped => ledger.view.stopped_after = Some(budget.seconds()),
            Some(0) => match refusal(&end.complaint) {
                denied @ Obstacle::Denied(_) => return Err(denied),
                // The superuser is answered all the same.
                down @ Obstacle::Down(_) => ledger.view.trouble = Some(down),
                _ => {}
            },
            _ => return Err(refusal(&end.complaint)),
        }
        Ok(())
    }
}

/// What the complaint of a postqueue means. The exit code is 69 for all of it, whatever Postfix's source
/// passes to its exit, so the text has to tell.
fn refusal(complaint: &str) -> Obstacle {
    let says = |words: &str| complaint.lines().find(|line| line.contains(words));
    let text = |line: &str| {
        let said = ["postqueue: ", "fatal: ", "error: "];
        let said = said.iter().fold(line, |line, start| line.trim_start_matches(start));
        format!("postqueue: {said}")
    };
    let denied = |(words, missing): &(&str, &str)| {
        says(words).map(|line| Obstacle::Denied(format!("{}; {missing}", text(line))))
    };
    if let Some(denied) = DENIALS.iter().find_map(denied) {
        denied
    } else if let Some(line) = says("mail system is down") {
        Obstacle::Down(text(line))
    } else {
        let last = command::why(complaint);
        Obstacle::Failed(text(last))
    }
}

/// Whether Postfix was set up but never started: setting it up makes the directory, starting it the
/// file.
fn never_started(queue: &Path) -> bool {
    let directory = queue.join("pid");
    directory.is_dir() && matches!(directory.join("master.pid").try_exists(), Ok(false))
}

/// Postfix's own, as every distribution builds it.
const CONFIG: &str = "/etc/postfix";
/// What postqueue says when it may not answer, and what is missing then.
const DENIALS: [(&str, &str); 3] = [
    ("Permission denied", "its set-group-id bit has no effect (NoNewPrivileges?)"),
    ("not allowed", "needs an entry in authorized_mailq_users"),
    ("unauthorized configuration directory", "needs an entry in alternate_config_directories"),
];
