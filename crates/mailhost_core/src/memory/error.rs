//! Why nothing can be remembered.

use std::io;
use std::path::{Path, PathBuf};

use crate::net::error_text;

/// Why the state of the last run cannot be read or that of this run not be kept.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The directory is missing and cannot be created, or this user may not write to it.
    #[error("{action} {path}: {}; create it for this user or give --state-dir", error_text(.error))]
    NoDirectory {
        /// What was being done: "creating", "opening" or "writing".
        action: &'static str,
        /// The directory.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Something else stands where the directory should be.
    #[error("{path} is not a directory; give one with --state-dir")]
    NotADirectory {
        /// What was given, or the default.
        path: PathBuf,
    },
    /// The directory is neither this user's nor root's.
    #[error(
        "{path} belongs to another user (uid {owner}); run the check as that user or give another \
         directory with --state-dir"
    )]
    ForeignDirectory {
        /// The directory, or a symbolic link to it.
        path: PathBuf,
        /// The user it belongs to.
        owner: u32,
    },
    /// Others could replace the files in the directory.
    #[error(
        "others can write to {path}; take that right from them (chmod go-w) or set the sticky bit \
         (chmod +t)"
    )]
    OpenDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The lock was not free within the time that is allowed for it.
    #[error("locking {path}: another run of this check holds the state")]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// There is a file, and what is in it must not be used.
    #[error("{path} {refusal}; remove it if this is said again")]
    Refused {
        /// The state file or the lock file.
        path: PathBuf,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// The value would make a file that [`recall`](super::Memory::recall) refuses.
    #[error("writing {path}: the value is larger than 1 MiB")]
    ValueTooLarge {
        /// The state file.
        path: PathBuf,
    },
    /// The system does not let a file be read or written, or the disk is full.
    #[error("{action} {path}: {}", error_text(.error))]
    Failed {
        /// What was being done: "reading", "writing" and so on.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It is a directory, a symbolic link, a FIFO, a socket or a device.
    #[error("is not a regular file")]
    NotARegularFile,
    /// It belongs to the user with this uid, who is neither this one nor root.
    #[error("belongs to another user (uid {0})")]
    Foreign(u32),
    /// Users other than its owner may write to it.
    #[error("can be written to by others")]
    OpenToOthers,
    /// It is larger than anything that is ever kept.
    #[error("is larger than 1 MiB")]
    TooLarge,
    /// It is empty, or ends before the JSON in it does.
    #[error("is cut short")]
    CutShort,
    /// It is not the JSON that this version of the check writes.
    #[error("is not what this check writes")]
    Damaged,
    /// It was kept for another subject, or by another plugin.
    #[error("holds the state of another check")]
    OtherSubject,
}

/// For `map_err`: that the system did not let this be done.
pub(super) fn failed(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> MemoryError + use<> {
    let path = path.to_owned();
    move |error| MemoryError::Failed { action, path, error }
}

/// For `map_err`: that the directory cannot be used.
pub(super) fn no_directory(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> MemoryError + use<> {
    let path = path.to_owned();
    move |error| MemoryError::NoDirectory { action, path, error }
}

/// That the file must not be used.
pub(super) fn refused(path: &Path, refusal: Refusal) -> MemoryError {
    MemoryError::Refused { path: path.to_owned(), refusal }
}
