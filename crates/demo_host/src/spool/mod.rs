//! Postfix's queue directory without a Postfix: messages of any age in any queue, as files and, where
//! a [`Showq`] is started, as its showq service lists them.

mod showq;

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

pub use showq::{Conduct, Showq};

/// A message as it is to lie in the spool.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// The queue's name, such as `deferred`.
    pub queue: &'static str,
    /// How long ago it arrived.
    pub age: Duration,
    /// Bytes of its queue file.
    pub size: usize,
    /// The sender, empty for the null sender.
    pub sender: &'static str,
    /// The recipient.
    pub recipient: &'static str,
    /// Why it could not be delivered yet; empty where it was not tried.
    pub reason: &'static str,
}

impl Default for Message {
    /// A deferred message of one minute.
    fn default() -> Self {
        Self {
            queue: "deferred",
            age: Duration::from_mins(1),
            size: 700,
            sender: "alice@example.org",
            recipient: "bob@example.net",
            reason: "connect to mx.example.net[192.0.2.25]:25: Connection timed out",
        }
    }
}

/// A queue directory, gone when dropped.
#[derive(Debug)]
pub struct Spool {
    directory: TempDir,
    made: AtomicU32,
}

impl Spool {
    /// An empty one.
    ///
    /// # Errors
    /// What the file system says.
    pub fn new() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("mailhost-spool-").tempdir()?;
        for queue in ["active", "corrupt", "deferred", "hold", "incoming", "maildrop", "public"] {
            fs::create_dir(directory.path().join(queue))?;
        }
        Ok(Self { directory, made: AtomicU32::new(0) })
    }

    /// The queue directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Adds `count` messages, and gives their ids.
    ///
    /// The queue ids are of the long form, because it holds the time of arrival: the age of a file
    /// itself cannot be chosen.
    ///
    /// # Errors
    /// What the file system says.
    pub fn add(&self, count: usize, message: &Message) -> io::Result<Vec<String>> {
        let arrival = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let arrival = arrival.saturating_sub(message.age).as_secs();
        let directory = self.path().join(message.queue);
        let mut ids = Vec::new();
        for _ in 0..count {
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            let id = queue_id(arrival, number);
            let file = self.file_of(&directory, message.queue, &id)?;
            let mut file = File::create_new(file)?;
            file.write_all(&vec![b'x'; message.size])?;
            file.set_permissions(Permissions::from_mode(0o700))?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// `deferred` is hashed, as Postfix does it where nobody tells it otherwise.
    fn file_of(&self, directory: &Path, queue: &str, id: &str) -> io::Result<PathBuf> {
        if queue != "deferred" {
            return Ok(directory.join(id));
        }
        let number = self.made.load(Ordering::Relaxed);
        let hashed = directory.join(format!("{:X}", number % 16));
        fs::create_dir_all(&hashed)?;
        Ok(hashed.join(id))
    }
}

/// A long queue id: seconds in base 52, microseconds in four digits of it, `z`, an inode.
fn queue_id(seconds: u64, number: u32) -> String {
    let mut id = String::new();
    for (number, width) in [(seconds, 6), (u64::from(number % 1_000_000), 4)] {
        let mut digits = Vec::new();
        let mut rest = number;
        while rest > 0 || digits.len() < width {
            digits.push(DIGITS[usize::try_from(rest % 52).unwrap_or(0)]);
            rest /= 52;
        }
        id.extend(digits.iter().rev().map(|digit| char::from(*digit)));
    }
    // The number alone would do; together with an inode it looks like what it stands for.
    id + "z3tbk"
}

const DIGITS: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_messages_lie_where_postfix_would_put_them() {
        let spool = Spool::new().unwrap();
        let ids = spool.add(3, &Message { size: 10, ..Message::default() }).unwrap();
        assert_eq!(ids.len(), 3);
        let mut found = Vec::new();
        for hashed in fs::read_dir(spool.path().join("deferred")).unwrap() {
            for file in fs::read_dir(hashed.unwrap().path()).unwrap() {
                let file = file.unwrap();
                assert_eq!(file.metadata().unwrap().len(), 10);
                assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o700);
                found.push(file.file_name().into_string().unwrap());
            }
        }
        found.sort();
        assert_eq!(found, ids);
        let held = Message { queue: "hold", ..Message::default() };
        let id = spool.add(1, &held).unwrap().remove(0);
        assert!(spool.path().join("hold").join(id).is_file());
    }

    #[test]
    fn ok_ids_are_postfix_s_long_ones() {
        // 1 January 2000 is the number 946684800.
        assert_eq!(queue_id(946_684_800, 0), "2TSnJw0000z3tbk");
        assert_eq!(queue_id(0, 53), "0000000011z3tbk");
    }
}
