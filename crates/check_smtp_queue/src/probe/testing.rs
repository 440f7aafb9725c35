//! What the tests of the walks share: a look at a directory, with a ledger and a time limit.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::MailSystem;
use super::budget::Budget;
use crate::detail::DetailLedger;
use crate::facts::{Detail, Obstacle, Tally, View, Way};
use crate::history::{Comparison, Past};
use crate::ledger::Ledger;

/// How a look is done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Look {
    pub(crate) count_only: bool,
    pub(crate) top: Option<usize>,
}

/// Walks through a spool.
pub(crate) fn walk(system: &dyn MailSystem, look: Look) -> (Result<(), Obstacle>, View) {
    walk_for(system, look, Duration::from_mins(1))
}

/// Walks through a spool under a time limit.
pub(crate) fn walk_for(
    system: &dyn MailSystem,
    look: Look,
    limit: Duration,
) -> (Result<(), Obstacle>, View) {
    let (result, view, _) = look_for(system, Way::Walk, look, limit);
    (result, view)
}

/// Walks through a spool for senders and recipients.
pub(crate) fn detail(system: &dyn MailSystem, top: usize) -> (View, Detail) {
    let look = Look { top: Some(top), ..Look::default() };
    let (result, view, detail) = look_for(system, Way::Walk, look, Duration::from_mins(1));
    assert_eq!(result, Ok(()));
    (view, detail)
}

/// Looks at a mail system in one way.
pub(crate) fn look_for(
    system: &dyn MailSystem,
    way: Way,
    look: Look,
    limit: Duration,
) -> (Result<(), Obstacle>, View, Detail) {
    let count_only = look.count_only;
    let look_at =
        |ledger: &mut Ledger, budget: &mut Budget| system.look(ledger, way, count_only, budget);
    counted(look.top, limit, look_at)
}

/// What a function counts within a time limit.
pub(crate) fn counted<R>(
    top: Option<usize>,
    limit: Duration,
    look: impl FnOnce(&mut Ledger, &mut Budget) -> R,
) -> (R, View, Detail) {
    let deadline = Deadline::start(limit);
    let mut comparison = Comparison::with(Past::default(), 0);
    let mut detail = DetailLedger::new(top.unwrap_or(0));
    let wanted = top.map(|_| &mut detail);
    let mut ledger = Ledger::new("mta", View::new(Way::Walk), &mut comparison, wanted);
    let result = look(&mut ledger, &mut Budget::of(&deadline));
    (result, ledger.close(), detail.close())
}

/// A tally of which everything is known.
pub(crate) fn tally(count: u64, oldest: i64, bytes: u64) -> Tally {
    Tally { count, oldest: Some(oldest), bytes, ..Tally::default() }
}

/// Writes a file that was last changed at a given second, with the directories above it.
pub(crate) fn file(path: &Path, content: impl AsRef<[u8]>, modified: i64) {
    fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("writable");
    fs::write(path, content).expect("writable");
    let modified = UNIX_EPOCH + Duration::from_secs(u64::try_from(modified).expect("after 1970"));
    let file = fs::File::options().append(true).open(path).expect("just written");
    file.set_modified(modified).expect("settable");
}

/// When a file was made, or last changed where the file system does not keep that.
pub(crate) fn made(path: &Path) -> i64 {
    let metadata = fs::symlink_metadata(path).expect("it exists");
    let time: SystemTime = metadata.created().or_else(|_| metadata.modified()).expect("has a time");
    let seconds = time.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    i64::try_from(seconds).expect("small")
}

/// Makes a FIFO.
pub(crate) fn fifo(path: &Path) {
    let name = CString::new(path.as_os_str().as_bytes()).expect("no NUL");
    mknodat(CWD, &name, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("writable");
}

/// Makes a program of a shell script. Another process writes it: one that this process has open for
/// writing, if only in a child of another test, cannot be run.
pub(crate) fn program(path: &Path, script: &str) -> PathBuf {
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"";
    let mut shell = Command::new("/bin/sh");
    let made = shell.args(["-c", write, "sh", script]).arg(path).status();
    assert!(made.expect("a shell").success());
    path.to_owned()
}
