//! The lock that keeps two runs of one check from comparing with the same past.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::directory::Directory;
use super::error::{MemoryError, failed, no_directory};
use crate::deadline::Deadline;

/// Takes the lock, waiting for it for a moment, but never past the deadline. It ends with the file
/// that is returned, and with the process, however that ends.
///
/// The lock file itself stays: to remove it would let two runs hold a lock each, one of them on a
/// file that is no longer there.
pub(super) fn lock(
    directory: &Directory,
    path: &Path,
    deadline: &Deadline,
) -> Result<File, MemoryError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    let opened = directory.open_file(path, &mut options).map_err(|error| match error {
        // What is missing is the right to create it, and that is the directory's matter.
        MemoryError::Failed { error, .. } if is_denied(&error) && !is_there(path) => {
            no_directory("writing", &directory.path)(error)
        }
        error => error,
    })?;
    let Some(file) = opened else {
        return Err(no_directory("writing", &directory.path)(io::ErrorKind::NotFound.into()));
    };
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed("locking", path)(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if start.elapsed() >= PATIENCE || deadline.remaining().is_err() {
            return Err(MemoryError::Held { path: path.to_owned() });
        }
        thread::sleep(PAUSE);
    }
}

fn is_denied(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Reading, judging and keeping take less than a hundredth of this.
const PATIENCE: Duration = Duration::from_millis(200);
/// Between two tries; the system can wait for a lock only without a limit.
const PAUSE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::memory::{Refusal, sample};

    fn deadline() -> Deadline {
        Deadline::start(Duration::from_secs(5))
    }

    fn directory() -> (tempfile::TempDir, Directory, PathBuf) {
        let kept = sample::directory();
        let directory = Directory::open(Some(kept.path()), &deadline()).expect("our own");
        let path = kept.path().join("x.lock");
        (kept, directory, path)
    }

    #[test]
    fn unknown_another_run_holds_the_lock() {
        let (_kept, directory, path) = directory();
        let held = lock(&directory, &path, &deadline()).expect("free");
        let message =
            format!("locking {}: another run of this check holds the state", path.display());
        for deadline in [deadline(), Deadline::start(Duration::ZERO)] {
            let error = lock(&directory, &path, &deadline).expect_err("held");
            assert_eq!(error.to_string(), message);
        }
        drop(held);
        lock(&directory, &path, &deadline()).expect("free again");
    }

    #[test]
    fn ok_a_free_lock_is_taken_also_at_the_deadline() {
        let (_kept, directory, path) = directory();
        lock(&directory, &path, &Deadline::start(Duration::ZERO)).expect("free");
    }

    #[test]
    fn ok_a_lock_that_is_let_go_in_time_is_waited_for() {
        let (_kept, directory, path) = directory();
        let held = lock(&directory, &path, &deadline()).expect("free");
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                // One wait may end too early on a machine that is busy.
                loop {
                    match lock(&directory, &path, &deadline()) {
                        Err(MemoryError::Held { .. }) => {}
                        taken => return taken,
                    }
                }
            });
            drop(held);
            waiting.join().expect("no panic").expect("taken");
        });
    }

    #[test]
    fn unknown_what_is_no_lock_file() {
        let (_kept, directory, path) = directory();
        let refused = || match lock(&directory, &path, &deadline()) {
            Err(MemoryError::Refused { refusal, .. }) => refusal,
            other => panic!("{other:?}"),
        };
        fs::create_dir(&path).expect("created");
        assert_eq!(refused(), Refusal::NotARegularFile);
        fs::remove_dir(&path).expect("empty");
        std::os::unix::fs::symlink("/etc/hostname", &path).expect("linked");
        assert_eq!(refused(), Refusal::NotARegularFile);
    }

    #[test]
    fn unknown_a_directory_that_cannot_be_written_to_says_what_to_do() {
        // Not even root can create a file there.
        let directory = Directory::open(Some(Path::new("/proc")), &deadline()).expect("there");
        let error = lock(&directory, Path::new("/proc/x.lock"), &deadline()).expect_err("refused");
        let text = error.to_string();
        assert!(text.starts_with("writing /proc: "), "{text}");
        assert!(text.ends_with("; create it for this user or give --state-dir"), "{text}");
    }
}
