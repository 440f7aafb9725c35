//! The room on the file system of a spool.

use std::path::Path;

use crate::facts::Space;

/// What is free at `path`, beside what the mail system needs; `None` when it cannot be told.
pub(crate) fn space(path: &Path, needed: Option<u64>, because: &str) -> Option<Space> {
    let found = rustix::fs::statvfs(path).ok()?;
    // Some file systems have no size: they say 0 of 0.
    if found.f_blocks == 0 {
        return None;
    }
    Some(Space {
        // What root alone may use is of no use to a mail system.
        free: found.f_bavail.saturating_mul(found.f_frsize),
        needed,
        because: because.to_owned(),
        // File systems without a table of inodes say 0 of 0.
        files: (found.f_files > 0).then_some(found.f_favail),
        files_needed: 0,
    })
}
