//! One state file: what is in it, and how it is replaced.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::error::{MemoryError, Refusal, failed, refused};
use super::lock::lock;
use crate::contract::{Identity, slug};
use crate::deadline::Deadline;

/// What one check remembers of one subject, locked against other runs until it is dropped.
#[derive(Debug)]
pub struct Memory {
    directory: Directory,
    plugin: String,
    subject: String,
    /// The state file.
    path: PathBuf,
    /// The next state file while it is being written. Its name is always the same, so that runs
    /// which are killed leave one at the most.
    draft: PathBuf,
    deadline: Deadline,
    /// Held, not used.
    _lock: File,
}

/// What is known of the last run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Last<T> {
    /// Nothing has been kept: this is the first run.
    Nothing,
    /// Something was kept, in the version of the format that stands here.
    OtherVersion(u32),
    /// What was kept.
    Known(T),
}

impl<T> Last<T> {
    /// The value, if there is one to compare with.
    pub fn known(self) -> Option<T> {
        match self {
            Last::Known(value) => Some(value),
            Last::Nothing | Last::OtherVersion(_) => None,
        }
    }
}

impl Memory {
    /// Opens what `plugin` remembers of `subject`, any text that names what is looked at, and takes
    /// the lock.
    ///
    /// The files are in `directory` (`--state-dir`), or without one in
    /// `/var/lib/mailhost-plugins/<user>`, and are readable by this user only. A directory that is
    /// missing is created if its parent is there.
    ///
    /// # Errors
    /// [`MemoryError`] when the directory cannot be used or should not be, and when another run
    /// still holds the lock after 200 ms, or at the deadline if that is earlier.
    pub fn open(
        directory: Option<&Path>,
        plugin: Identity,
        subject: &str,
        deadline: &Deadline,
    ) -> Result<Self, MemoryError> {
        let directory = Directory::open(directory, deadline)?;
        let plugin = plugin.binary();
        let name = file_name(&plugin, subject);
        let file = |ending| directory.path.join(format!("{name}.{ending}"));
        let (path, draft) = (file("json"), file("new"));
        let lock = lock(&directory, &file("lock"), deadline)?;
        Ok(Self {
            directory,
            plugin,
            subject: subject.to_owned(),
            path,
            draft,
            deadline: deadline.clone(),
            _lock: lock,
        })
    }

    /// What the last run kept, if it did so in this version of the format.
    ///
    /// # Errors
    /// [`MemoryError`] when there is a file that cannot be read or must not be used: damaged,
    /// larger than 1 MiB, of another subject, writable by others, somebody else's, not a regular
    /// file. [`keep`](Self::keep) replaces all of these but a directory, and what a stranger has
    /// put into a directory that others write to, so they are met once.
    pub fn recall<T: DeserializeOwned>(&self, version: u32) -> Result<Last<T>, MemoryError> {
        let Some(text) = self.read()? else {
            return Ok(Last::Nothing);
        };
        let head: Head = serde_json::from_slice(&text).map_err(|error| self.damage(&error))?;
        if head.plugin != self.plugin || head.subject != self.subject {
            return Err(refused(&self.path, Refusal::OtherSubject));
        }
        if head.version != version {
            return Ok(Last::OtherVersion(head.version));
        }
        let body: Body<T> = serde_json::from_slice(&text).map_err(|error| self.damage(&error))?;
        Ok(Last::Known(body.value))
    }

    /// Keeps `value` for the next run, in place of what was kept before.
    ///
    /// The value is written to a file beside the old one, which then takes its name: whatever
    /// happens to this process, the next run finds either the old value or the new one. Nothing is
    /// forced onto the disk, because that can take seconds where the mail queue keeps the disk
    /// busy, every minute, and losing the value costs one comparison. After a power failure some
    /// file systems show the new file empty; [`recall`](Self::recall) says so and the next `keep`
    /// replaces it.
    ///
    /// JSON has no infinite numbers and no NaN: a value must hold none.
    ///
    /// # Errors
    /// [`MemoryError`] when the value is larger than 1 MiB and when the system does not let it be
    /// written, for instance because the disk is full. The old value stays then.
    pub fn keep<T: Serialize>(&self, version: u32, value: &T) -> Result<(), MemoryError> {
        self.deadline.waiting_for(format!("the state file {}", self.path.display()));
        let envelope = Envelope { version, plugin: &self.plugin, subject: &self.subject, value };
        let mut text = serde_json::to_vec(&envelope)
            .map_err(|error| failed("writing", &self.path)(error.into()))?;
        text.push(b'\n');
        if text.len() > LARGEST {
            return Err(MemoryError::ValueTooLarge { path: self.path.clone() });
        }
        match fs::remove_file(&self.draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("removing", &self.draft)(error));
            }
            _ => {}
        }
        let replaced =
            self.write_draft(&text).map_err(failed("writing", &self.draft)).and_then(|()| {
                fs::rename(&self.draft, &self.path).map_err(failed("replacing", &self.path))
            });
        if replaced.is_err() {
            // On a full disk it would take the room that others need. If it stays, the next run
            // removes it.
            let _ = fs::remove_file(&self.draft);
        }
        replaced
    }

    /// Puts what `next` makes of the last run's value in its place, where that is another one, and
    /// returns it: for values that are compared once a run. The options are those of
    /// [`open`](Self::open) and [`recall`](Self::recall).
    ///
    /// # Errors
    /// Those of [`open`](Self::open), [`recall`](Self::recall) and [`keep`](Self::keep). What cannot be
    /// recalled is replaced all the same, where that is possible.
    pub fn update<T>(
        directory: Option<&Path>,
        plugin: Identity,
        subject: &str,
        version: u32,
        deadline: &Deadline,
        next: impl FnOnce(Option<T>) -> T,
    ) -> Result<T, MemoryError>
    where
        T: Clone + DeserializeOwned + PartialEq + Serialize,
    {
        let memory = Self::open(directory, plugin, subject, deadline)?;
        let before = match memory.recall::<T>(version) {
            Ok(last) => last.known(),
            Err(error) => {
                // It is told once: the next run finds a file that it can read.
                memory.keep(version, &next(None))?;
                return Err(error);
            }
        };
        let value = next(before.clone());
        if before.as_ref() != Some(&value) {
            memory.keep(version, &value)?;
        }
        Ok(value)
    }

    fn read(&self) -> Result<Option<Vec<u8>>, MemoryError> {
        self.deadline.waiting_for(format!("the state file {}", self.path.display()));
        let opened = self.directory.open_file(&self.path, OpenOptions::new().read(true))?;
        let Some(file) = opened else {
            return Ok(None);
        };
        // Room for most states in one read, without asking for the size first.
        let mut text = Vec::with_capacity(4096);
        let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        file.take(limit + 1).read_to_end(&mut text).map_err(failed("reading", &self.path))?;
        if text.len() > LARGEST {
            return Err(refused(&self.path, Refusal::TooLarge));
        }
        Ok(Some(text))
    }

    fn write_draft(&self, text: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&self.draft)?.write_all(text)
    }

    fn damage(&self, error: &serde_json::Error) -> MemoryError {
        let refusal = if error.is_eof() { Refusal::CutShort } else { Refusal::Damaged };
        refused(&self.path, refusal)
    }
}

/// What a state file holds.
#[derive(Serialize)]
struct Envelope<'a, T> {
    /// Of the value's format.
    version: u32,
    /// The program's name.
    plugin: &'a str,
    /// In full, because the name of the file holds only its beginning and a hash.
    subject: &'a str,
    value: &'a T,
}

/// The envelope without the value, which can be read only when the version is known.
#[derive(Deserialize)]
struct Head<'a> {
    version: u32,
    #[serde(borrow)]
    plugin: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
}

/// The value without the envelope.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Body<T> {
    // Said in full, because an optional value that is missing would be read as `None`.
    #[serde(deserialize_with = "Deserialize::deserialize")]
    value: T,
}

/// The name of the subject's files without their endings: the program's name, the beginning of the
/// subject for those who list the directory, and a hash of all of it.
fn file_name(plugin: &str, subject: &str) -> String {
    let slug = slug(subject);
    let head = slug.get(..40).unwrap_or(&slug).trim_end_matches('_');
    let head = if head.is_empty() { "x" } else { head };
    format!("{plugin}-{head}-{:016x}", fixed_hash(subject.as_bytes()))
}

/// FNV-1a of 64 bits. It must never change: what was kept would not be found.
fn fixed_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Bytes of a whole state file, 1 MiB.
const LARGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    use std::thread;
    use std::time::Duration;

    use nix::sys::stat::Mode;
    use proptest::prelude::*;

    use super::*;
    use crate::memory::sample::{STRANGER, directory};

    const QUEUE: Identity = Identity { name: "smtp_queue" };
    const SUBJECT: &str = "/var/spool/postfix";

    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    struct Counts {
        deferred: u64,
        rate: f64,
        of: BTreeMap<String, u64>,
    }

    fn counts() -> Counts {
        let of = BTreeMap::from([("incoming \"\u{1b}\"".to_owned(), u64::MAX)]);
        Counts { deferred: 7, rate: 0.1, of }
    }

    fn open(directory: &tempfile::TempDir, subject: &str) -> Memory {
        let deadline = Deadline::start(Duration::from_secs(5));
        Memory::open(Some(directory.path()), QUEUE, subject, &deadline).expect("opened")
    }

    /// Puts something else in place of the state file, whatever the umask.
    fn put(memory: &Memory, content: impl AsRef<[u8]>) {
        fs::write(&memory.path, content).expect("written");
        fs::set_permissions(&memory.path, Permissions::from_mode(0o600)).expect("our own");
    }

    /// Why there is nothing to compare with.
    fn refusal(memory: &Memory) -> Refusal {
        match memory.recall::<u64>(1) {
            Err(MemoryError::Refused { refusal, .. }) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// That the file is refused once, and then replaced.
    fn assert_refused_once(memory: &Memory, expected: Refusal) {
        assert_eq!(refusal(memory), expected);
        memory.keep(1, &5).expect("replaced");
        assert_eq!(memory.recall::<u64>(1).expect("read"), Last::Known(5));
    }

    #[test]
    fn ok_what_one_run_keeps_the_next_one_recalls() {
        let directory = directory();
        let first = open(&directory, SUBJECT);
        assert_eq!(first.recall::<Counts>(1).expect("nothing wrong"), Last::Nothing);
        first.keep(1, &counts()).expect("kept");
        drop(first);
        let second = open(&directory, SUBJECT);
        assert_eq!(second.recall(1).expect("read"), Last::Known(counts()));
        second.keep(1, &Counts { deferred: 8, ..counts() }).expect("kept");
        let last = second.recall::<Counts>(1).expect("read");
        assert_eq!(last.known().map(|counts| counts.deferred), Some(8));
    }

    #[test]
    fn ok_a_damaged_file_is_met_once() {
        let directory = directory();
        put(&open(&directory, SUBJECT), "{");
        let deadline = Deadline::start(Duration::from_secs(5));
        let update = || {
            Memory::update(Some(directory.path()), QUEUE, SUBJECT, 1, &deadline, |before| {
                before.map_or(1, |before: u64| before + 1)
            })
        };
        assert!(matches!(update(), Err(MemoryError::Refused { refusal: Refusal::CutShort, .. })));
        assert_eq!(update().expect("replaced"), 2);
    }

    #[test]
    fn ok_a_value_that_stays_the_same_is_not_written_again() {
        let directory = directory();
        let deadline = Deadline::start(Duration::from_secs(5));
        let update = |next: fn(Option<u64>) -> u64| {
            Memory::update(Some(directory.path()), QUEUE, SUBJECT, 1, &deadline, next)
        };
        let changed = || {
            let memory = open(&directory, SUBJECT);
            fs::metadata(&memory.path).and_then(|it| it.modified()).expect("a file")
        };
        assert_eq!(update(|before| before.map_or(1, |it| it + 1)).expect("kept"), 1);
        let first = changed();
        assert_eq!(update(|before| before.unwrap_or(9)).expect("kept"), 1);
        assert_eq!(changed(), first);
        assert_eq!(update(|before| before.map_or(1, |it| it + 1)).expect("kept"), 2);
        assert_eq!(open(&directory, SUBJECT).recall(1).expect("read"), Last::Known(2));
    }

    #[test]
    fn ok_another_version_is_told_and_not_read() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        memory.keep(1, &"once a text").expect("kept");
        let last = memory.recall::<Counts>(2).expect("read");
        assert_eq!(last, Last::OtherVersion(1));
        assert_eq!(last.known(), None);
        memory.keep(2, &counts()).expect("kept");
        assert_eq!(memory.recall(2).expect("read"), Last::Known(counts()));
    }

    #[test]
    fn ok_the_file_is_plain_to_read_and_for_this_user_alone() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        memory.keep(3, &7).expect("kept");
        let names: std::collections::BTreeSet<_> = fs::read_dir(directory.path())
            .expect("listed")
            .map(|entry| entry.expect("read").file_name().into_string().expect("ASCII"))
            .collect();
        let name = "check_smtp_queue-var_spool_postfix-f546a35117b06af9";
        assert_eq!(names, [format!("{name}.json"), format!("{name}.lock")].into());
        assert_eq!(
            fs::read_to_string(&memory.path).expect("text"),
            "{\"version\":3,\"plugin\":\"check_smtp_queue\",\"subject\":\"/var/spool/postfix\",\
             \"value\":7}\n"
        );
        for name in names {
            let mode = fs::metadata(directory.path().join(&name)).expect("there").mode();
            assert_eq!(mode & 0o7777, 0o600, "{name}");
        }
    }

    #[test]
    fn ok_every_subject_has_a_file_of_its_own() {
        let directory = directory();
        let long = "x".repeat(5000);
        let subjects =
            ["", "/", "..", "a/b", "a_b", "A_B", "a\0b", "\u{1b}|\n", &long, &long[..4999]];
        for (number, subject) in subjects.iter().enumerate() {
            open(&directory, subject).keep(1, &number).expect("kept");
        }
        for (number, subject) in subjects.iter().enumerate() {
            let last = open(&directory, subject).recall(1).expect("read");
            assert_eq!(last, Last::Known(number), "{subject:.9}");
        }
        let files = fs::read_dir(directory.path()).expect("listed").count();
        assert_eq!(files, 2 * subjects.len());
    }

    #[test]
    fn ok_two_subjects_are_looked_at_side_by_side() {
        let directory = directory();
        let (_one, _other) = (open(&directory, "mx1"), open(&directory, "mx2"));
    }

    #[test]
    fn ok_a_killed_run_leaves_nothing_that_stays() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        memory.keep(1, &5).expect("kept");
        fs::write(&memory.draft, "{\"version\":1,\"plu").expect("written");
        drop(memory);
        let memory = open(&directory, SUBJECT);
        assert_eq!(memory.recall::<u64>(1).expect("read"), Last::Known(5));
        memory.keep(1, &6).expect("kept");
        assert_eq!(memory.recall::<u64>(1).expect("read"), Last::Known(6));
        assert!(!memory.draft.exists());
    }

    #[test]
    fn unknown_damaged_files_are_refused_once() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        for (text, expected) in [
            (&b""[..], Refusal::CutShort),
            (b"{\"version\":1,\"plugin\":\"check_sm", Refusal::CutShort),
            (b"\0\0\0\0\0\0\0\0", Refusal::Damaged),
            (b"\xff\xfe", Refusal::Damaged),
            (b"null", Refusal::Damaged),
            (b"{\"version\":-1}", Refusal::Damaged),
            (
                b"{\"version\":1,\"plugin\":\"check_smtp_queue\",\"subject\":\
                  \"/var/spool/postfix\",\"value\":\"text\"}",
                Refusal::Damaged,
            ),
        ] {
            put(&memory, text);
            assert_refused_once(&memory, expected);
        }
        put(&memory, "[".repeat(1 << 20));
        assert_refused_once(&memory, Refusal::Damaged);
        put(&memory, " ".repeat((1 << 20) + 1));
        assert_refused_once(&memory, Refusal::TooLarge);
    }

    #[test]
    fn unknown_a_value_that_is_missing_is_not_read_as_none() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        let text = "{\"version\":1,\"plugin\":\"check_smtp_queue\",\
                    \"subject\":\"/var/spool/postfix\"}";
        put(&memory, text);
        memory.recall::<Option<u64>>(1).expect_err("refused");
        memory.keep::<Option<u64>>(1, &None).expect("kept");
        assert_eq!(memory.recall::<Option<u64>>(1).expect("read"), Last::Known(None));
    }

    #[test]
    fn unknown_the_file_of_another_subject_is_refused_once() {
        let directory = directory();
        let other = open(&directory, "/var/spool/exim4");
        let memory = open(&directory, SUBJECT);
        other.keep(1, &9).expect("kept");
        fs::rename(&other.path, &memory.path).expect("as if their hashes were the same");
        assert_refused_once(&memory, Refusal::OtherSubject);
    }

    #[test]
    fn unknown_what_is_no_regular_file_is_refused_at_once() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        nix::unistd::mkfifo(&memory.path, Mode::S_IRWXU).expect("created");
        assert_refused_once(&memory, Refusal::NotARegularFile);
        fs::remove_file(&memory.path).expect("removed");

        let target = directory.path().join("target");
        fs::write(&target, "untouched").expect("written");
        symlink(&target, &memory.path).expect("linked");
        assert_refused_once(&memory, Refusal::NotARegularFile);
        assert_eq!(fs::read_to_string(&target).expect("text"), "untouched");
        fs::remove_file(&memory.path).expect("removed");

        let _listener = std::os::unix::net::UnixListener::bind(&memory.path).expect("socket");
        assert_refused_once(&memory, Refusal::NotARegularFile);
        fs::remove_file(&memory.path).expect("removed");

        fs::create_dir(&memory.path).expect("created");
        assert_eq!(refusal(&memory), Refusal::NotARegularFile);
        let error = memory.keep(1, &5).expect_err("nothing removes a directory");
        let path = memory.path.display();
        assert_eq!(error.to_string(), format!("replacing {path}: is a directory"));
        assert!(!memory.draft.exists());
    }

    #[test]
    fn unknown_files_of_strangers_and_files_open_to_them_are_refused() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        for mode in [0o602, 0o620, 0o666] {
            memory.keep(1, &5).expect("kept");
            fs::set_permissions(&memory.path, Permissions::from_mode(mode)).expect("our own");
            assert_refused_once(&memory, Refusal::OpenToOthers);
        }
        // Only root can give a file away.
        if chown(&memory.path, Some(STRANGER), None).is_ok() {
            assert_refused_once(&memory, Refusal::Foreign(STRANGER));
        }
    }

    #[test]
    fn unknown_where_others_write_too_only_our_own_files_are_read() {
        let directory = directory();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).expect("our own");
        let memory = open(&directory, SUBJECT);
        memory.keep(1, &5).expect("kept");
        assert_eq!(memory.recall::<u64>(1).expect("ours"), Last::Known(5));
        // Only root can give a file away.
        if chown(&memory.path, Some(STRANGER), None).is_ok() {
            assert_eq!(refusal(&memory), Refusal::Foreign(STRANGER));
        }
    }

    #[test]
    fn unknown_refusals_say_what_to_do() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        put(&memory, "{");
        let message =
            format!("{} is cut short; remove it if this is said again", memory.path.display());
        assert_eq!(memory.recall::<u64>(1).expect_err("refused").to_string(), message);
    }

    #[test]
    fn unknown_a_value_that_cannot_be_kept_leaves_the_old_one() {
        let directory = directory();
        let memory = open(&directory, SUBJECT);
        memory.keep(1, &5).expect("kept");
        let path = memory.path.display();

        let error = memory.keep(1, &"x".repeat(1 << 20)).expect_err("refused");
        assert_eq!(error.to_string(), format!("writing {path}: the value is larger than 1 MiB"));

        let error = memory.keep(1, &BTreeMap::from([((), 1)])).expect_err("refused");
        assert_eq!(error.to_string(), format!("writing {path}: key must be a string"));

        fs::create_dir(&memory.draft).expect("created");
        let error = memory.keep(1, &6).expect_err("nothing removes a directory");
        let draft = memory.draft.display();
        assert_eq!(error.to_string(), format!("removing {draft}: is a directory"));

        assert_eq!(memory.recall::<u64>(1).expect("read"), Last::Known(5));
    }

    #[test]
    fn ok_runs_at_once_lose_nothing() {
        let directory = directory();
        let increment = || {
            let deadline = Deadline::start(Duration::from_secs(5));
            // Four at once may well keep each other waiting for longer than one run has patience.
            let memory = loop {
                match Memory::open(Some(directory.path()), QUEUE, SUBJECT, &deadline) {
                    Err(MemoryError::Held { .. }) => {}
                    opened => break opened.expect("opened"),
                }
            };
            let count: u64 = memory.recall(1).expect("read").known().unwrap_or_default();
            memory.keep(1, &(count + 1)).expect("kept");
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| increment()));
            }
        });
        let last = open(&directory, SUBJECT).recall::<u64>(1).expect("read");
        assert_eq!(last, Last::Known(200));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_nothing(bytes: Vec<u8>) {
            let directory = directory();
            let memory = open(&directory, SUBJECT);
            put(&memory, bytes);
            prop_assert!(memory.recall::<serde_json::Value>(1).is_err());
        }

        #[test]
        fn a_piece_of_a_file_is_refused(cut in any::<prop::sample::Index>(), junk: Vec<u8>) {
            let directory = directory();
            let memory = open(&directory, SUBJECT);
            memory.keep(1, &counts()).expect("kept");
            let mut text = fs::read(&memory.path).expect("kept");
            // Without its last line end the file would still be whole.
            text.truncate(cut.index(text.len() - 1));
            put(&memory, &text);
            // A number that is cut may look like a wrong one.
            prop_assert!([Refusal::CutShort, Refusal::Damaged].contains(&refusal(&memory)));
            text.push(0);
            text.extend(junk);
            put(&memory, &text);
            prop_assert!(memory.recall::<Counts>(1).is_err());
        }

        #[test]
        fn only_the_same_plugin_subject_and_version_give_a_value(
            plugin in prop_oneof![Just("check_smtp_queue".to_owned()), any::<String>()],
            subject in prop_oneof![Just(SUBJECT.to_owned()), any::<String>()],
            version in 0..3_u32,
        ) {
            let directory = directory();
            let memory = open(&directory, SUBJECT);
            let envelope =
                Envelope { version, plugin: &plugin, subject: &subject, value: &counts() };
            put(&memory, serde_json::to_vec(&envelope).expect("JSON"));
            let is_ours = plugin == "check_smtp_queue" && subject == SUBJECT;
            match memory.recall::<Counts>(1) {
                Ok(Last::Known(value)) => {
                    prop_assert!(is_ours && version == 1);
                    prop_assert_eq!(value, counts());
                }
                Ok(last) => {
                    prop_assert!(is_ours && version != 1);
                    prop_assert_eq!(last, Last::OtherVersion(version));
                }
                Err(_) => prop_assert!(!is_ours),
            }
        }

        #[test]
        fn any_subject_keeps_its_value(subject: String, value: i64) {
            let directory = directory();
            let memory = open(&directory, &subject);
            memory.keep(1, &value).expect("kept");
            prop_assert_eq!(memory.recall::<i64>(1).expect("read"), Last::Known(value));
        }
    }
}
