//! Reading the queue: `msgs/<number>/C<inode>` is the control file of a message, and `D<inode>`
//! beside it its text, which is written once. `msgq` has the same control files by the time of their
//! next attempt. What is submitted waits in `tmp/<number>` under the same names until courierd
//! takes it; long ones in several control files, `C<inode>.<number>`, which are to be left alone
//! while there is one with the number 1.
//!
//! Source: Courier's documentation "Mail Queue" and `cdmsgq.C`.

use std::ffi::{CStr, CString};
use std::path::Path;

use super::control;
use crate::facts::Obstacle;
use crate::inode::is_number;
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, entry_buffer};
use crate::queue::Queue;

/// Counts the messages of a queue directory.
pub(super) fn walk(
    directory: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    // As mail flows, so that a message which is moved on meanwhile is met again, not missed.
    if let Err(fault) = queue_of(directory, Queue::Incoming, ledger, count_only, budget) {
        ledger.leave_out(Queue::Incoming, fault.reason());
    }
    queue_of(directory, Queue::Queue, ledger, count_only, budget).map_err(|fault| {
        ledger.leave_out(Queue::Queue, fault.reason());
        fault.obstacle()
    })
}

fn queue_of(
    directory: &Path,
    queue: Queue,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), ReadFault> {
    let name = if queue == Queue::Incoming { c"tmp" } else { c"msgs" };
    let path = directory.join(name.to_string_lossy().as_ref());
    budget.deadline.waiting_for(format!("{} to be read", path.display()));
    let top = Directory::open(directory)?.below(name)?;
    ledger.open(queue);
    let mut buffer = entry_buffer();
    let mut text = vec![0; control::HEAD];
    for name in top.names_below(&mut buffer, is_number)? {
        let Some(directory) = top.below_if_there(&name)? else { continue };
        let mut walker =
            Walker { directory: &directory, queue, ledger, count_only, text: &mut text };
        let goes_on = directory.visit(&mut buffer, |entry| {
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

struct Walker<'a, 'b> {
    directory: &'a Directory,
    queue: Queue,
    ledger: &'a mut Ledger<'b>,
    count_only: bool,
    text: &'a mut [u8],
}

impl Walker<'_, '_> {
    fn entry(&mut self, entry: &Entry) -> Result<(), ReadFault> {
        let is_file = matches!(entry.kind, Kind::File | Kind::Unknown);
        let Some(id) = entry.name.to_bytes().strip_prefix(b"C").filter(|_| is_file) else {
            return Ok(());
        };
        if !self.is_complete(id)? {
            return Ok(());
        }
        if self.count_only && entry.kind == Kind::File {
            self.ledger.add(self.queue, id, None, None);
            return Ok(());
        }
        let Some(stat) = self.directory.stat(entry.name)?.filter(|it| it.kind == Kind::File) else {
            return Ok(());
        };
        let text = self.directory.stat(&file("D", id, ""))?.filter(|it| it.kind == Kind::File);
        let content = if self.ledger.wants_detail() || text.is_none() {
            self.directory.head(entry.name, self.text)?.map(control::read)
        } else {
            None
        };
        // mailq shows this time, too.
        let arrival = text.map(|text| text.modified);
        let submission = content.as_ref().and_then(|content| content.arrival);
        let arrival = arrival.or(submission).or(stat.born);
        let is_new = self.ledger.add(self.queue, id, arrival, text.map(|text| text.size));
        if let Some(content) = content.filter(|_| is_new) {
            self.ledger.describe(&content);
        }
        Ok(())
    }

    fn is_complete(&self, id: &[u8]) -> Result<bool, ReadFault> {
        let mut parts = id.split(|&byte| byte == b'.');
        let (inode, part) = (parts.next().unwrap_or_default(), parts.next());
        if !is_number(inode) || parts.next().is_some() {
            return Ok(false);
        }
        match part {
            None => Ok(true),
            Some(part) if self.queue == Queue::Incoming && is_number(part) && part != b"1" => {
                Ok(self.directory.stat(&file("C", inode, ".1"))?.is_none())
            }
            Some(_) => Ok(false),
        }
    }
}

/// The name of a file of a message.
fn file(kind: &str, id: &[u8], part: &str) -> CString {
    CString::new([kind.as_bytes(), id, part.as_bytes()].concat())
        .unwrap_or_else(|_| NONE.to_owned())
}

/// What no file is called.
const NONE: &CStr = c".";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;
    use crate::courier::{is_spool, spool};
    use crate::facts::{Seen, Tally};
    use crate::probe::testing::{self, Look, fifo, made, tally, walk_for};

    const ARRIVAL: i64 = 1_795_294_974;
    /// Of a control file to which an attempt was added.
    const RETRY: i64 = ARRIVAL + 3600;

    fn control(sender: &str, recipient: &str) -> String {
        format!("s{sender}\nMA.6B02ABCD.1\nr{recipient}\nR\nN\nI0 R 450 4.2.1 Busy\nD0 {RETRY}\n")
    }

    /// Two messages in the queue, one that was handed in, one that is just being handed in.
    fn sample() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let file = |name: &str, text: &str, at: i64| testing::file(&root.join(name), text, at);
        let carol = control("carol@example.net", "bob@example.com");
        file("msgs/57/C661157", &carol, RETRY);
        file("msgs/57/D661157", "Subject: x\n\nHi.\n", ARRIVAL);
        file("msgs/3/C103", &control("", "bob@example.com"), RETRY);
        file("msgs/3/D103", "Subject: bounce\n\n", ARRIVAL + 10);
        file("msgq/179529/C661157.1795298574", &carol, RETRY);
        file("tmp/179529/C900", &carol, RETRY);
        file("tmp/179529/D900", "new", ARRIVAL + 20);
        file("tmp/179529/1795294999.77.mail.example.org", "s\n", RETRY);
        file("tmp/179529/D901", "begun", RETRY);
        directory
    }

    #[test]
    fn ok_control_files_are_messages() {
        let directory = sample();
        assert!(is_spool(directory.path()));
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        assert_eq!(result, Ok(()));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(2, ARRIVAL, 16 + 17)));
        assert_eq!(view.tally(Queue::Incoming), Some(&tally(1, ARRIVAL + 20, 3)));
    }

    #[test]
    fn ok_names_alone_give_the_count() {
        let directory = sample();
        let look = Look { count_only: true, top: None };
        let (_, view) = testing::walk(&spool(directory.path()), look);
        let unknown = Tally { count: 2, without_age: 2, without_size: 2, ..Tally::default() };
        assert_eq!(view.tally(Queue::Queue), Some(&unknown));
        assert_eq!(view.tally(Queue::Incoming).map(|tally| tally.count), Some(1));
    }

    #[test]
    fn ok_who_sends_to_whom_and_why_it_waits() {
        let directory = sample();
        let (view, detail) = testing::detail(&spool(directory.path()), 1);
        assert_eq!(view.no_detail, None);
        assert_eq!((detail.read, detail.null_senders), (3, 1));
        assert_eq!(
            (detail.senders[0].name.as_str(), detail.senders[0].count),
            ("carol@example.net", 2)
        );
        assert_eq!(
            (detail.destinations[0].name.as_str(), detail.destinations[0].count),
            ("example.com", 3)
        );
    }

    #[test]
    fn ok_without_text_the_control_file_tells_the_time() {
        let directory = sample();
        fs::remove_file(directory.path().join("msgs/3/D103")).expect("it is there");
        let (_, view) = testing::walk(&spool(directory.path()), Look::default());
        let mut expected = tally(2, ARRIVAL, 16);
        expected.without_size = 1;
        assert_eq!(view.tally(Queue::Queue), Some(&expected));
        // One that is not understood counts all the same, and is as old as its file.
        fs::remove_dir_all(directory.path().join("msgs/57")).expect("ours");
        testing::file(&directory.path().join("msgs/3/C103"), "\0\0", RETRY);
        let (_, view) = testing::walk(&spool(directory.path()), Look::default());
        let expected = Tally {
            count: 1,
            oldest: Some(made(&directory.path().join("msgs/3/C103"))),
            without_size: 1,
            ..Tally::default()
        };
        assert_eq!(view.tally(Queue::Queue), Some(&expected));
    }

    #[test]
    fn ok_a_long_submission_counts_when_all_of_it_is_there() {
        let directory = sample();
        let tmp = directory.path().join("tmp/179530");
        for name in ["C700.1", "C700.2", "C700.3", "D700"] {
            testing::file(&tmp.join(name), "x", RETRY);
        }
        let count = || {
            let (_, view) = testing::walk(&spool(directory.path()), Look::default());
            view.tally(Queue::Incoming).map(|tally| tally.count)
        };
        assert_eq!(count(), Some(1));
        fs::rename(tmp.join("C700.1"), tmp.join("C700")).expect("ours");
        assert_eq!(count(), Some(4));
    }

    #[test]
    fn ok_a_message_that_is_moved_on_is_counted_once() {
        let directory = sample();
        for (name, text) in [("C661157", "s\n"), ("D661157", "Hi.\n")] {
            testing::file(&directory.path().join("tmp/179529").join(name), text, ARRIVAL);
        }
        let (_, view) = testing::walk(&spool(directory.path()), Look::default());
        assert_eq!(view.tally(Queue::Incoming).map(|tally| tally.count), Some(2));
        assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(1));
    }

    #[test]
    fn ok_what_is_no_message_is_left_alone() {
        let directory = sample();
        let root = directory.path();
        fifo(&root.join("msgs/3/C203"));
        symlink("C103", root.join("msgs/3/C303")).expect("writable");
        symlink("3", root.join("msgs/4")).expect("writable");
        fs::create_dir(root.join("msgs/3/C403")).expect("writable");
        for name in ["C", "C12x", "C12.3.4", "C103.5", "c1", &format!("C{}", "1".repeat(254))] {
            testing::file(&root.join("msgs/3").join(name), "s\n", RETRY);
        }
        fs::create_dir_all(root.join("tmp/broken")).expect("writable");
        testing::file(&root.join("tmp/broken/C5"), "s\n", RETRY);
        for look in [Look { count_only: false, top: Some(1) }, Look { count_only: true, top: None }]
        {
            let (result, view) = testing::walk(&spool(root), look);
            assert_eq!(result, Ok(()));
            assert_eq!(view.tally(Queue::Queue).map(|tally| tally.count), Some(2));
            assert_eq!(view.tally(Queue::Incoming).map(|tally| tally.count), Some(1));
        }
    }

    #[test]
    fn unknown_a_queue_that_is_a_link() {
        let (directory, other) = (sample(), sample());
        fs::remove_dir_all(directory.path().join("msgs")).expect("ours");
        symlink(other.path().join("msgs"), directory.path().join("msgs")).expect("writable");
        let (result, _) = testing::walk(&spool(directory.path()), Look::default());
        assert!(matches!(result, Err(Obstacle::Failed(_))), "{result:?}");
    }

    #[test]
    fn ok_a_spent_time_limit_gives_a_lower_bound() {
        let directory = sample();
        for number in 0..200 {
            let path = directory.path().join(format!("msgs/9/C{number}"));
            testing::file(&path, "s\n", RETRY);
        }
        let (_, view) = walk_for(&spool(directory.path()), Look::default(), Duration::ZERO);
        assert!(view.stopped_after.is_some());
        assert!(view.tally(Queue::Queue).is_none_or(|tally| tally.count < 200));
    }

    #[test]
    fn unknown_a_queue_that_is_none() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (result, view) = testing::walk(&spool(directory.path()), Look::default());
        let path = directory.path().join("msgs");
        let text = format!("reading {}: no such file or directory", path.display());
        assert_eq!(result, Err(Obstacle::Failed(text)));
        assert!(view.queues.values().all(|seen| matches!(seen, Seen::NotLookedAt(_))));
    }
}
