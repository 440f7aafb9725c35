//! nullmailer, which only relays: its two directories, and its `mailq`.

mod file;
mod listing;

use std::fs;
use std::path::{Path, PathBuf};

use mailhost_core::command;

use crate::facts::{Obstacle, Space, View, Way};
use crate::ledger::Ledger;
use crate::probe::MailSystem;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, entry_buffer, read_small};
use crate::probe::listing::each_line;
use crate::probe::process;
use crate::probe::space::space;
use crate::queue::{Mta, Queue};

/// Its spool.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    installed: bool,
}

/// Whether it is installed.
pub(crate) fn is_installed() -> bool {
    command::find(DAEMON).is_some()
}

/// Whether a directory looks like its spool.
pub(crate) fn is_spool(directory: &Path) -> bool {
    let has = |name: &str| directory.join(name).exists();
    ["queue", "tmp"].iter().all(|name| directory.join(name).is_dir())
        && (has("trigger") || has("failed"))
}

/// The spool of the machine's own.
pub(crate) fn installed() -> Spool {
    let mut spools = SPOOLS.iter().map(PathBuf::from);
    let found = spools.find(|spool| spool.is_dir());
    Spool { directory: found.unwrap_or_else(|| PathBuf::from(SPOOLS[0])), installed: true }
}

/// A spool of which nothing else is known.
pub(crate) fn spool(directory: &Path) -> Spool {
    Spool { directory: directory.to_owned(), installed: false }
}

impl MailSystem for Spool {
    fn mta(&self) -> Mta {
        Mta::Nullmailer
    }

    fn directory(&self) -> &Path {
        &self.directory
    }

    /// mailq has the right to read the queue, but does not name the messages.
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
        if way == Way::Command {
            run_mailq(ledger, budget)?;
        } else if let Err(fault) = walk(&self.directory, Queue::Queue, ledger, count_only, budget) {
            ledger.leave_out(Queue::Queue, fault.reason());
            return Err(fault.obstacle());
        }
        // mailq does not list it, and it is open to everybody.
        match walk(&self.directory, Queue::Failed, ledger, count_only, budget) {
            // Before version 2, nothing was given up.
            Err(fault) if !fault.is_missing() => ledger.leave_out(Queue::Failed, fault.reason()),
            _ => {}
        }
        Ok(())
    }

    fn is_running(&self, _view: Option<&View>) -> Option<bool> {
        // With a pause of 0, it ends when it has tried every message once, and starts from outside.
        let pause = read_small(Path::new("/etc/nullmailer/pausetime")).unwrap_or_default();
        if self.installed && pause.trim() != "0" { process::is_there(DAEMON) } else { None }
    }

    /// The room on the spool. It takes mail until a file cannot be written.
    fn space(&self) -> Option<Space> {
        space(&self.directory, None, "")
    }
}

/// Counts the files of a directory. A message is written elsewhere (`tmp`) and linked here when it
/// is complete.
fn walk(
    spool: &Path,
    queue: Queue,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), ReadFault> {
    let path = spool.join(queue.name());
    budget.deadline.waiting_for(format!("{} to be read", path.display()));
    let name = if queue == Queue::Failed { c"failed" } else { c"queue" };
    let directory = Directory::open(spool)?.below(name)?;
    ledger.open(queue);
    let mut text = vec![0; if ledger.wants_detail() { file::HEAD } else { 0 }];
    directory.visit(&mut entry_buffer(), |entry| {
        if budget.is_spent() {
            ledger.view.stopped_after = Some(budget.seconds());
            return Ok(false);
        }
        // nullmailer leaves them alone, too.
        if !entry.name.to_bytes().starts_with(b".") {
            message(&directory, entry, queue, ledger, count_only, &mut text)?;
        }
        Ok(true)
    })?;
    Ok(())
}

fn message(
    directory: &Directory,
    entry: &Entry,
    queue: Queue,
    ledger: &mut Ledger,
    count_only: bool,
    text: &mut [u8],
) -> Result<(), ReadFault> {
    let id = entry.name.to_bytes();
    let (arrival, bytes) = if count_only && entry.kind == Kind::File {
        (file::arrival(id), None)
    } else {
        let Some(stat) = directory.stat(entry.name)?.filter(|stat| stat.kind == Kind::File) else {
            return Ok(());
        };
        (file::arrival(id).or(Some(stat.modified)), Some(stat.size))
    };
    if queue == Queue::Failed {
        ledger.add_apart(queue, arrival, bytes);
    } else if ledger.add(queue, id, arrival, bytes)
        && ledger.wants_detail()
        && let Some(head) = directory.head(entry.name, text)?
    {
        ledger.describe(&file::read(head));
    }
    Ok(())
}

fn run_mailq(ledger: &mut Ledger, budget: &mut Budget) -> Result<(), Obstacle> {
    let program = mailq()?;
    // It does not name the messages.
    ledger.open(Queue::Queue);
    ledger.view.anonymous = true;
    let mut add = |message: &crate::message::Message| {
        ledger.add_apart(Queue::Queue, message.arrival, message.size);
        ledger.describe(message);
    };
    let mut parser = listing::Parser::default();
    let end = each_line::<&str>(&program, &[], "mailq", budget, |line| {
        parser.read(line).map_err(|line| complaint(&line))?.iter().for_each(&mut add);
        Ok(())
    })?;
    parser.close().iter().for_each(&mut add);
    match end.code {
        _ if end.stopped => ledger.view.stopped_after = Some(budget.seconds()),
        Some(0) => {}
        _ => return Err(Obstacle::Failed(format!("mailq: {}", end.complaint))),
    }
    Ok(())
}

/// What a line is that lists no message: it says on stdout what stands in its way.
fn complaint(line: &str) -> Obstacle {
    if line.starts_with("Cannot ") {
        return Obstacle::Denied(format!(
            "mailq: {line} It has the right where it is setuid and the check runs without \
             NoNewPrivileges"
        ));
    }
    Obstacle::NotUnderstood(format!("mailq: {line}"))
}

/// nullmailer's own mailq: where another mail system is installed too, `mailq` is a link to its
/// program, and an empty answer of that one would pass for an empty queue.
fn mailq() -> Result<PathBuf, Obstacle> {
    let missing = || Obstacle::Failed("mailq is not installed".to_owned());
    let program = command::find("mailq").ok_or_else(missing)?;
    let real = fs::canonicalize(&program).unwrap_or_else(|_| program.clone());
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    if name == "mailq" || name.contains("nullmailer") {
        return Ok(program);
    }
    let (program, real) = (program.display(), real.display());
    Err(Obstacle::Failed(format!("{program} is {real}, which is not nullmailer's")))
}

/// As Debian and version 2 have it, and as version 1 has it.
const SPOOLS: [&str; 2] = ["/var/spool/nullmailer", "/var/nullmailer"];
/// The program that sends.
const DAEMON: &str = "nullmailer-send";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;
    use crate::facts::{Seen, Tally};
    use crate::probe::testing::{self, Look, fifo, tally, walk_for};

    const ARRIVAL: i64 = 1_795_294_974;

    fn sample() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let file = |name: &str, text: &str| testing::file(&root.join(name), text, ARRIVAL + 500);
        file("queue/1795294974.101", "root@example.org\nbob@example.com\n\nHi.\n");
        file("queue/1795294990.102", "\nroot@example.org\nbob@example.com\n\nHi.\n");
        file("queue/restored", "root@example.org\nbob@example.com\n\nHi.\n");
        file("queue/.hidden", "x");
        file("tmp/103", "root@example.org\n");
        file("failed/1795200000.7", "root@example.org\nx@example.net\n\nHi.\n");
        directory
    }

    #[test]
    fn ok_files_are_messages() {
        let directory = sample();
        assert!(is_spool(directory.path()));
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        assert_eq!(result, Ok(()));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(3, ARRIVAL, 38 + 39 + 38)));
        assert_eq!(view.tally(Queue::Failed), Some(&tally(1, 1_795_200_000, 36)));
        assert!(!view.anonymous);
    }

    #[test]
    fn ok_names_alone_give_the_count_and_the_age() {
        let directory = sample();
        let look = Look { count_only: true, top: None };
        let (_, view) = testing::walk(&spool(directory.path()), look);
        let expected = Tally {
            count: 3,
            oldest: Some(ARRIVAL),
            without_age: 1,
            without_size: 3,
            ..Tally::default()
        };
        assert_eq!(view.tally(Queue::Queue), Some(&expected));
    }

    #[test]
    fn ok_senders_and_recipients_come_from_the_files() {
        let directory = sample();
        let (view, detail) = testing::detail(&spool(directory.path()), 1);
        assert_eq!(view.no_detail, None);
        assert_eq!((detail.read, detail.null_senders), (3, 1));
        assert_eq!(
            (detail.senders[0].name.as_str(), detail.senders[0].count),
            ("root@example.org", 2)
        );
        assert_eq!(detail.destinations[0].name, "example.com");
        assert_eq!(detail.destinations[0].count, 3);
    }

    #[test]
    fn ok_what_is_no_message_is_left_alone() {
        let directory = sample();
        let queue = directory.path().join("queue");
        fifo(&queue.join("1795294970.1"));
        symlink("1795294974.101", queue.join("1795294970.2")).expect("writable");
        fs::create_dir(queue.join("1795294970.3")).expect("writable");
        let look = Look { count_only: false, top: Some(1) };
        for look in [look, Look { count_only: true, top: None }] {
            let (result, view) = testing::walk(&spool(directory.path()), look);
            assert_eq!(result, Ok(()));
            assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(3));
        }
        testing::file(&queue.join("9".repeat(255)), "x", ARRIVAL);
        let (_, view) = testing::walk(&spool(directory.path()), Look::default());
        assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(4));
    }

    #[test]
    fn unknown_a_queue_that_is_a_link() {
        let (directory, other) = (sample(), sample());
        fs::remove_dir_all(directory.path().join("queue")).expect("ours");
        symlink(other.path().join("queue"), directory.path().join("queue")).expect("writable");
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        assert!(matches!(result, Err(Obstacle::Failed(_))), "{result:?}");
        assert!(matches!(view.queues.get(&Queue::Queue), Some(Seen::NotLookedAt(_))));
    }

    #[test]
    fn ok_version_1_gives_nothing_up() {
        let directory = sample();
        fs::remove_dir_all(directory.path().join("failed")).expect("ours");
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        assert_eq!(result, Ok(()));
        assert_eq!(view.queues.get(&Queue::Failed), None);
    }

    #[test]
    fn ok_a_spent_time_limit_gives_a_lower_bound() {
        let directory = sample();
        for number in 0..200 {
            let path = directory.path().join(format!("queue/{number}"));
            testing::file(&path, "x", ARRIVAL);
        }
        let (_, view) = walk_for(&spool(directory.path()), Look::default(), Duration::ZERO);
        assert!(view.stopped_after.is_some());
        assert!(view.tally(Queue::Queue).is_some_and(|tally| tally.count < 200));
    }

    #[test]
    fn unknown_a_spool_that_is_none() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert!(!is_spool(directory.path()));
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        let path = directory.path().join("queue");
        let text = format!("reading {}: no such file or directory", path.display());
        assert_eq!(result, Err(Obstacle::Failed(text.clone())));
        assert_eq!(view.queues.get(&Queue::Queue), Some(&Seen::NotLookedAt(text)));
    }
}
