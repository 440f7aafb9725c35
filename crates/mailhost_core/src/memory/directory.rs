//! The directory of the state files: which one it is, that it exists, and whom it trusts.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::libc;
use nix::unistd::{Uid, User, geteuid};

use super::error::{MemoryError, Refusal, failed, no_directory, refused};
use crate::deadline::Deadline;

/// A directory that was looked at and can be used.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    /// The effective user, whose files are trusted.
    user: u32,
    /// Others put files here too, but cannot replace ours.
    shared: bool,
}

impl Directory {
    /// The directory given, or the usual one of this user; created, for this user alone, when it is
    /// missing and its parent is there.
    pub(super) fn open(given: Option<&Path>, deadline: &Deadline) -> Result<Self, MemoryError> {
        let user = geteuid().as_raw();
        let path = given.map_or_else(|| usual_directory(user, deadline), Path::to_owned);
        deadline.waiting_for(format!("the state in {}", path.display()));
        let mut entry = fs::symlink_metadata(&path);
        if entry.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            create(&path)?;
            entry = fs::symlink_metadata(&path);
        }
        let entry = entry.map_err(no_directory("opening", &path))?;
        let target = fs::metadata(&path).map_err(no_directory("opening", &path))?;
        // Whoever owns a link can turn it to another directory at any time.
        for owner in [entry.uid(), target.uid()] {
            if owner != user && owner != ROOT {
                return Err(MemoryError::ForeignDirectory { path, owner });
            }
        }
        if !target.is_dir() {
            return Err(MemoryError::NotADirectory { path });
        }
        let shared = target.mode() & OTHERS_WRITE != 0;
        if shared && target.mode() & STICKY == 0 {
            return Err(MemoryError::OpenDirectory { path });
        }
        Ok(Self { path, user, shared })
    }

    /// Opens a file of this directory, if it is there and can be trusted. Never follows a link and
    /// never waits for a FIFO's other end.
    pub(super) fn open_file(
        &self,
        path: &Path,
        options: &mut OpenOptions,
    ) -> Result<Option<File>, MemoryError> {
        let file = match options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                // A link, a socket, and a directory that was to be written to.
                let odd = [libc::ELOOP, libc::ENXIO, libc::EISDIR];
                return Err(match error.raw_os_error() {
                    Some(code) if odd.contains(&code) => refused(path, Refusal::NotARegularFile),
                    _ => failed("opening", path)(error),
                });
            }
        };
        let metadata = file.metadata().map_err(failed("opening", path))?;
        let owner = metadata.uid();
        // Where others put files too, one of root's could not be replaced.
        let is_ours = owner == self.user || (owner == ROOT && !self.shared);
        if !metadata.is_file() {
            Err(refused(path, Refusal::NotARegularFile))
        } else if !is_ours {
            Err(refused(path, Refusal::Foreign(owner)))
        } else if metadata.mode() & OTHERS_WRITE != 0 {
            Err(refused(path, Refusal::OpenToOthers))
        } else {
            Ok(Some(file))
        }
    }
}

/// A directory of each user's own, so that several engines on one host do not meet.
fn usual_directory(user: u32, deadline: &Deadline) -> PathBuf {
    // Only here, because the system may ask a directory server for the name.
    deadline.waiting_for(format!("the name of the user with uid {user}"));
    Path::new(PARENT).join(user_name(user))
}

/// The user's name, or the number where there is no name that can name a directory.
fn user_name(user: u32) -> String {
    // A user without a name is an error on some systems, and on others not.
    let user_entry = User::from_uid(Uid::from_raw(user)).ok().flatten();
    user_entry.map(|entry| entry.name).filter(|name| is_plain(name)).unwrap_or(user.to_string())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}

/// Creates the directory, unless another run is quicker.
fn create(path: &Path) -> Result<(), MemoryError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(no_directory("creating", path)(error))
        }
        _ => Ok(()),
    }
}

/// Made by the package, for every user that runs checks.
const PARENT: &str = "/var/lib/mailhost-plugins";
/// root's uid.
const ROOT: u32 = 0;
/// The permission bits that let a group or everybody write.
const OTHERS_WRITE: u32 = 0o022;
/// The permission bit of a directory in which only a file's owner can replace it.
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
    use std::time::Duration;

    use super::*;
    use crate::memory::sample::{self, STRANGER};

    fn open(path: &Path) -> Result<Directory, String> {
        Directory::open(Some(path), &Deadline::start(Duration::from_secs(5)))
            .map_err(|error| error.to_string())
    }

    fn with_mode(mode: u32) -> (tempfile::TempDir, PathBuf) {
        let parent = sample::directory();
        let path = parent.path().join("state");
        fs::create_dir(&path).expect("created");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("our own");
        (parent, path)
    }

    #[test]
    fn ok_the_usual_directory_has_the_name_of_the_user() {
        let deadline = Deadline::start(Duration::from_secs(5));
        let usual = |user| usual_directory(user, &deadline);
        assert_eq!(usual(ROOT), Path::new("/var/lib/mailhost-plugins/root"));
        assert_eq!(deadline.waited_for(), "the name of the user with uid 0");
        let nameless = 3_999_999_999;
        assert_eq!(usual(nameless), Path::new("/var/lib/mailhost-plugins/3999999999"));
    }

    #[test]
    fn ok_user_names_that_are_no_directory_names_are_told_apart() {
        for (name, plain) in [
            ("nagios", true),
            ("EXAMPLE\\zabbix", true),
            ("", false),
            ("..", false),
            ("a/b", false),
        ] {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }

    #[test]
    fn ok_a_missing_directory_is_created_for_this_user_alone() {
        let parent = sample::directory();
        let path = parent.path().join("state");
        let directory = open(&path).expect("created");
        assert!(!directory.shared);
        let mode = fs::metadata(&path).expect("there").mode();
        assert_eq!(mode & 0o7777, 0o700);
    }

    #[test]
    fn ok_directories_in_which_nobody_else_replaces_our_files() {
        for (mode, shared) in [(0o700, false), (0o755, false), (0o1777, true), (0o1770, true)] {
            let (_parent, path) = with_mode(mode);
            assert_eq!(open(&path).expect("safe").shared, shared, "{mode:o}");
        }
    }

    #[test]
    fn ok_a_link_of_our_own_to_a_directory() {
        let (parent, path) = with_mode(0o700);
        let link = parent.path().join("link");
        symlink(&path, &link).expect("linked");
        open(&link).expect("followed");
    }

    #[test]
    fn unknown_directories_that_others_can_write_to() {
        for mode in [0o777, 0o770, 0o702] {
            let (_parent, path) = with_mode(mode);
            let message = format!(
                "others can write to {}; take that right from them (chmod go-w) or set the sticky \
                 bit (chmod +t)",
                path.display()
            );
            assert_eq!(open(&path).expect_err("refused"), message, "{mode:o}");
        }
    }

    #[test]
    fn unknown_directories_and_links_of_a_stranger() {
        let (parent, path) = with_mode(0o700);
        let link = parent.path().join("link");
        symlink(parent.path(), &link).expect("linked");
        // Only root can give a file away.
        if chown(&path, Some(STRANGER), None).is_err()
            || lchown(&link, Some(STRANGER), None).is_err()
        {
            return;
        }
        for path in [path, link] {
            let message = format!(
                "{} belongs to another user (uid {STRANGER}); run the check as that user or give \
                 another directory with --state-dir",
                path.display()
            );
            assert_eq!(open(&path).expect_err("refused"), message);
        }
    }

    #[test]
    fn unknown_a_file_where_the_directory_should_be() {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        let message =
            format!("{} is not a directory; give one with --state-dir", file.path().display());
        assert_eq!(open(file.path()).expect_err("refused"), message);
    }

    #[test]
    fn unknown_directories_that_cannot_be_created_say_what_to_do() {
        let parent = sample::directory();
        for (path, action, error) in [
            (parent.path().join("missing/state"), "creating", "no such file or directory"),
            (PathBuf::from("/proc/mailhost"), "creating", "no such file or directory"),
            (PathBuf::from("/dev/null/state"), "opening", "not a directory"),
        ] {
            let message = format!(
                "{action} {}: {error}; create it for this user or give --state-dir",
                path.display()
            );
            assert_eq!(open(&path).expect_err("no parent"), message);
        }
    }
}
