//! Reading the spool: `queue/<2 digits>/<8 digits of the message>/<16 digits of the envelope>`, and
//! beside the envelopes of a message its text, `message`.
//!
//! An envelope is written anew with each attempt, so no time of its file is that of arrival. The
//! text is written once, in the second that the envelope calls its creation, and moved with its
//! directory from `incoming` to `queue`. What was set aside (`corrupt`, of versions before 6) has
//! the same directories. Source: OpenSMTPD's `queue_fs.c` and `enqueue.c`.

use std::ffi::CStr;
use std::path::Path;

use super::envelope;
use super::listing::is_envelope;
use crate::facts::Obstacle;
use crate::ledger::Ledger;
use crate::probe::budget::Budget;
use crate::probe::directory::{Directory, Entry, Kind, ReadFault, entry_buffer};
use crate::queue::Queue;

/// Counts the envelopes of a spool.
pub(super) fn walk(
    spool: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) -> Result<(), Obstacle> {
    // As mail flows, so that a message which is moved on meanwhile is met again, not missed.
    beside_the_queue(spool, ledger, count_only, budget);
    Walker { queue: Queue::Queue, count_only, ledger, budget }.all(spool).map_err(|fault| {
        ledger.leave_out(Queue::Queue, fault.reason());
        fault.obstacle()
    })
}

/// Counts what `smtpctl show queue` does not list.
pub(super) fn beside_the_queue(
    spool: &Path,
    ledger: &mut Ledger,
    count_only: bool,
    budget: &mut Budget,
) {
    for queue in [Queue::Offline, Queue::Incoming, Queue::Corrupt] {
        if let Err(fault) = (Walker { queue, count_only, ledger, budget }).all(spool) {
            // No version since 6 makes it.
            if queue != Queue::Corrupt || !fault.is_missing() {
                ledger.leave_out(queue, fault.reason());
            }
        }
    }
}

struct Walker<'a, 'b, 'c, 'd> {
    queue: Queue,
    count_only: bool,
    ledger: &'a mut Ledger<'b>,
    budget: &'c mut Budget<'d>,
}

impl Walker<'_, '_, '_, '_> {
    fn all(&mut self, spool: &Path) -> Result<(), ReadFault> {
        let path = spool.join(self.queue.name());
        self.budget.deadline.waiting_for(format!("{} to be read", path.display()));
        let top = Directory::open(&path)?;
        self.ledger.open(self.queue);
        match self.queue {
            Queue::Offline => self.submissions(&top),
            Queue::Queue => {
                let is_bucket = |name: &[u8]| name.len() == 2 && is_hexadecimal(name);
                for name in top.names_below(&mut entry_buffer(), is_bucket)? {
                    if let Some(bucket) = top.below_if_there(&name)? {
                        self.messages(&bucket)?;
                    }
                }
                Ok(())
            }
            _ => self.messages(&top),
        }
    }

    /// Whether to go on.
    fn goes_on(&mut self) -> bool {
        if self.budget.is_spent() {
            self.ledger.view.stopped_after = Some(self.budget.seconds());
        }
        self.ledger.view.stopped_after.is_none()
    }

    /// What local programs handed in while the server was stopped: plain files, each with its
    /// second in front of its name.
    fn submissions(&mut self, top: &Directory) -> Result<(), ReadFault> {
        top.visit(&mut entry_buffer(), |entry| {
            if !self.goes_on() {
                return Ok(false);
            }
            let Some(stat) = top.stat(entry.name)?.filter(|stat| stat.kind == Kind::File) else {
                return Ok(true);
            };
            let id = entry.name.to_bytes();
            let second = id.split(|&byte| byte == b'.').next().unwrap_or_default();
            let second = std::str::from_utf8(second).ok().and_then(|it| it.parse::<i64>().ok());
            let arrival = second.filter(|it| *it > 0).unwrap_or(stat.modified);
            self.ledger.add(self.queue, id, Some(arrival), Some(stat.size));
            Ok(true)
        })?;
        Ok(())
    }

    fn messages(&mut self, bucket: &Directory) -> Result<(), ReadFault> {
        let mut buffer = entry_buffer();
        bucket.visit(&mut entry_buffer(), |entry| {
            if !self.goes_on() {
                return Ok(false);
            }
            let is_message = is_message(entry.name.to_bytes())
                && matches!(entry.kind, Kind::Directory | Kind::Unknown);
            if is_message && let Some(message) = bucket.below_if_there(entry.name)? {
                self.message(&message, &mut buffer)?;
            }
            Ok(true)
        })?;
        Ok(())
    }

    fn message(
        &mut self,
        message: &Directory,
        buffer: &mut [std::mem::MaybeUninit<u8>],
    ) -> Result<(), ReadFault> {
        let text = if self.count_only { None } else { message.stat(TEXT)? };
        let text = text.filter(|stat| stat.kind == Kind::File);
        let arrival = text.map(|stat| stat.modified);
        // The text is there once, however many envelopes it has.
        let mut bytes = text.map(|stat| stat.size);
        message.visit(buffer, |entry| {
            if !self.goes_on() {
                return Ok(false);
            }
            let is_file = matches!(entry.kind, Kind::File | Kind::Unknown);
            if is_file && is_envelope(entry.name.to_bytes()) {
                let is_counted = self.envelope(message, entry, arrival, bytes)?;
                bytes = bytes.map(|bytes| if is_counted { 0 } else { bytes });
            }
            Ok(true)
        })?;
        Ok(())
    }

    /// Counts an envelope; `false` when it is none, is gone, or was counted before.
    fn envelope(
        &mut self,
        message: &Directory,
        entry: &Entry,
        arrival: Option<i64>,
        bytes: Option<u64>,
    ) -> Result<bool, ReadFault> {
        let id = entry.name.to_bytes();
        if entry.kind == Kind::Unknown
            && message.stat(entry.name)?.is_none_or(|stat| stat.kind != Kind::File)
        {
            return Ok(false);
        }
        let is_set_aside = self.queue == Queue::Corrupt;
        let wants_detail = self.ledger.wants_detail() && !is_set_aside;
        // Without its text, it has to tell by itself when it was made.
        let content = if wants_detail || (arrival.is_none() && !self.count_only) {
            let mut buffer = [0; envelope::HEAD];
            message.head(entry.name, &mut buffer)?.and_then(envelope::read)
        } else {
            None
        };
        let arrival = content.as_ref().and_then(|content| content.arrival).or(arrival);
        if is_set_aside {
            self.ledger.add_apart(self.queue, arrival, bytes);
            return Ok(true);
        }
        let is_new = self.ledger.add(self.queue, id, arrival, bytes);
        if let Some(content) = content.filter(|_| is_new && wants_detail) {
            self.ledger.describe(&content);
        }
        Ok(is_new)
    }
}

/// Whether this is the directory of a message. In `corrupt`, a number may follow.
fn is_message(name: &[u8]) -> bool {
    name.split_at_checked(8)
        .is_some_and(|(id, rest)| is_hexadecimal(id) && (rest.is_empty() || rest.starts_with(b".")))
}

fn is_hexadecimal(name: &[u8]) -> bool {
    name.iter().all(u8::is_ascii_hexdigit)
}

/// The text of a message.
const TEXT: &CStr = c"message";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::Duration;

    use super::*;
    use crate::facts::{Seen, Share, Tally};
    use crate::opensmtpd::{Spool, spool};
    use crate::probe::testing::{Look, detail, fifo, file, tally, walk, walk_for};

    const ARRIVAL: i64 = 1_795_294_974;
    /// Of the file of an envelope that was tried again.
    const RETRY: i64 = ARRIVAL + 3600;

    fn envelope(sender: &str, destination: &str) -> String {
        format!(
            "version: 3\ntype: mta\nerrorline: Network error on destination MXs\n\
             sender: {sender}\nrcpt: {destination}\ndest: {destination}\nctime: {ARRIVAL}\nretry: 1\n"
        )
    }

    /// Two messages, one of them to two recipients, one submission, nothing incoming.
    fn sample() -> (tempfile::TempDir, Spool) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path();
        let queue = root.join("queue");
        file(&queue.join("1b/1b3a2223/message"), [b'x'; 289], ARRIVAL);
        let carol = envelope("carol@example.net", "bob@example.com");
        file(&queue.join("1b/1b3a2223/1b3a22233e895576"), &carol, RETRY);
        file(&queue.join("1b/1b3a2223/1b3a22233e895577"), &carol, RETRY);
        file(&queue.join("d5/d57a3dd0/message"), [b'x'; 100], ARRIVAL + 50);
        file(&queue.join("d5/d57a3dd0/d57a3dd0e04fa1f8"), envelope("@", "a@example.org"), RETRY);
        fs::create_dir(root.join("incoming")).expect("writable");
        file(&root.join("offline/1795295048.XXXX8lG0wq"), "bob@example.com\n\nHi.\n", RETRY);
        let system = spool(root);
        (directory, system)
    }

    #[test]
    fn ok_each_envelope_counts_and_each_text_once() {
        let (_directory, system) = sample();
        let (result, view) = walk(&system, Look::default());
        assert_eq!(result, Ok(()));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(3, ARRIVAL, 389)));
        assert_eq!(view.tally(Queue::Incoming), Some(&Tally::default()));
        assert_eq!(view.tally(Queue::Offline), Some(&tally(1, 1_795_295_048, 21)));
        assert_eq!(view.queues.get(&Queue::Corrupt), None);
    }

    #[test]
    fn ok_names_alone_give_the_count() {
        let (_directory, system) = sample();
        let (_, view) = walk(&system, Look { count_only: true, top: None });
        let unknown = Tally { count: 3, without_age: 3, without_size: 3, ..Tally::default() };
        assert_eq!(view.tally(Queue::Queue), Some(&unknown));
    }

    #[test]
    fn ok_senders_and_destinations_come_from_the_envelopes() {
        let (_directory, system) = sample();
        let (view, detail) = detail(&system, 1);
        assert_eq!(view.no_detail, None);
        assert_eq!((detail.read, detail.null_senders), (3, 1));
        let name = |share: &Share| (share.name.clone(), share.count);
        assert_eq!(name(&detail.senders[0]), ("carol@example.net".to_owned(), 2));
        assert_eq!(name(&detail.destinations[0]), ("example.com".to_owned(), 2));
        let reason = "Network error on destination MXs".to_owned();
        assert_eq!(name(&detail.reasons[0]), (reason, 3));
    }

    #[test]
    fn ok_an_envelope_without_text_tells_its_own_time() {
        let (directory, system) = sample();
        let queue = directory.path().join("queue/d5/d57a3dd0");
        fs::remove_file(queue.join("message")).expect("it is there");
        let (_, view) = walk(&system, Look::default());
        let mut expected = tally(3, ARRIVAL, 289);
        expected.without_size = 1;
        assert_eq!(view.tally(Queue::Queue), Some(&expected));
        // Compressed or encrypted, it tells nothing, and counts all the same.
        file(&queue.join("d57a3dd0e04fa1f8"), b"\x1f\x8b\x08", RETRY);
        let (_, view) = walk(&system, Look::default());
        expected.without_age = 1;
        assert_eq!(view.tally(Queue::Queue), Some(&expected));
    }

    #[test]
    fn ok_a_message_that_is_moved_on_is_counted_once() {
        let (directory, system) = sample();
        let queue = directory.path().join("queue/d5/d57a3dd0");
        let incoming = directory.path().join("incoming/d57a3dd0");
        for name in ["message", "d57a3dd0e04fa1f8"] {
            let content = fs::read(queue.join(name)).expect("readable");
            file(&incoming.join(name), content, ARRIVAL + 50);
        }
        let (_, view) = walk(&system, Look::default());
        assert_eq!(view.tally(Queue::Incoming), Some(&tally(1, ARRIVAL + 50, 100)));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(2, ARRIVAL, 289)));
    }

    #[test]
    fn ok_what_was_set_aside_is_counted_apart() {
        let (directory, system) = sample();
        let corrupt = directory.path().join("corrupt/8a2f6001.1");
        file(&corrupt.join("8a2f6001df083ecb"), "", RETRY);
        file(&corrupt.join("message"), "text", ARRIVAL);
        let (_, view) = walk(&system, Look::default());
        assert_eq!(view.tally(Queue::Corrupt), Some(&tally(1, ARRIVAL, 4)));
    }

    #[test]
    fn ok_what_is_no_envelope_is_left_alone() {
        let (directory, system) = sample();
        let message = directory.path().join("queue/1b/1b3a2223");
        fifo(&message.join("1b3a2223aaaaaaaa"));
        fifo(&directory.path().join("offline/1795295048.fifo"));
        symlink("1b3a22233e895576", message.join("1b3a2223bbbbbbbb")).expect("writable");
        symlink("1b", directory.path().join("queue/1c")).expect("writable");
        symlink("1b3a2223", directory.path().join("queue/1b/1b3a2224")).expect("writable");
        fs::create_dir(message.join("1b3a2223cccccccc")).expect("writable");
        for name in ["envelope.tmp", "1b3a2223", &"a".repeat(255)] {
            file(&message.join(name), "", RETRY);
        }
        file(&directory.path().join("incoming/envelope.tmp"), "", RETRY);
        file(&directory.path().join("queue/1d"), "", RETRY);
        let (result, view) = walk(&system, Look { count_only: false, top: Some(1) });
        assert_eq!(result, Ok(()));
        assert_eq!(view.tally(Queue::Queue), Some(&tally(3, ARRIVAL, 389)));
        assert_eq!(view.tally(Queue::Incoming), Some(&Tally::default()));
        assert_eq!(view.tally(Queue::Offline).map(|tally| tally.count), Some(1));
    }

    #[test]
    fn ok_a_fifo_in_place_of_a_text_is_no_text() {
        let (directory, system) = sample();
        let message = directory.path().join("queue/d5/d57a3dd0");
        fs::remove_file(message.join("message")).expect("it is there");
        fifo(&message.join("message"));
        let (_, view) = walk(&system, Look::default());
        assert_eq!(view.tally(Queue::Queue).map(|tally| tally.without_size), Some(1));
    }

    #[test]
    fn ok_a_spent_time_limit_gives_a_lower_bound() {
        let (directory, system) = sample();
        let message = directory.path().join("queue/1b/1b3a2223");
        for number in 0..200 {
            file(&message.join(format!("1b3a2223{number:08x}")), "", RETRY);
        }
        let (result, view) = walk_for(&system, Look::default(), Duration::ZERO);
        assert_eq!(result, Ok(()));
        assert!(view.stopped_after.is_some());
        assert!(view.tally(Queue::Queue).is_none_or(|tally| tally.count < 200));
    }

    #[test]
    fn unknown_a_spool_that_is_none() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (result, view) = walk(&spool(directory.path()), Look::default());
        let text = format!(
            "reading {}: no such file or directory",
            directory.path().join("queue").display()
        );
        assert_eq!(result, Err(Obstacle::Failed(text.clone())));
        assert_eq!(view.queues.get(&Queue::Queue), Some(&Seen::NotLookedAt(text)));
    }

    #[test]
    fn unknown_a_missing_right_is_named() {
        let (directory, system) = sample();
        let queue = directory.path().join("queue");
        fs::set_permissions(&queue, fs::Permissions::from_mode(0o000)).expect("ours");
        if fs::read_dir(&queue).is_ok() {
            // Root may read everything.
            return;
        }
        let (result, _) = walk(&system, Look::default());
        let text =
            format!("reading {}: permission denied; needs read rights on it", queue.display());
        assert_eq!(result, Err(Obstacle::Denied(text)));
    }
}
