//! What was seen last time: versioned state files, atomic rename, locks.
//!
//! A check that compares with its last run keeps one small JSON file for each thing it looks at.
//! [`Memory::open`] takes the lock and [`Memory::recall`] reads what the last run kept;
//! [`Memory::keep`] puts a new value in its place; [`Memory::update`] is all three. The lock is held
//! until the memory is dropped, and another run of the same check waits for it no longer than a
//! moment: open the memory after the slow part of the check, not before it.
//!
//! The value's fields, and the times in it, are the plugin's own business. When they change in a way
//! that old files cannot be read with, so does the version.

mod directory;
mod error;
mod lock;
mod state_file;

pub use error::{MemoryError, Refusal};
pub use state_file::{Last, Memory};

/// A place for the tests of all these files.
#[cfg(test)]
mod sample {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    /// A user whom the tests never run as, not even as nobody (65534).
    pub(super) const STRANGER: u32 = 65_533;

    /// A directory of this user's alone, whatever the umask.
    pub(super) fn directory() -> tempfile::TempDir {
        tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .expect("temporary directory")
    }
}
