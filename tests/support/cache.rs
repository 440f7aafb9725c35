//! The directory that keeps Debian roots, private copies and port locks between test runs.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// `$MAILHOST_TEST_CACHE`, else `mailhost-tests` below the user's cache directory.
///
/// The path is canonical: the kernel reports a process's root directory in that form.
///
/// # Errors
/// When none of the variables is set, or the directory cannot be made.
pub fn directory() -> io::Result<PathBuf> {
    let set = |variable: &str| env::var_os(variable).filter(|value: &OsString| !value.is_empty());
    let path = set("MAILHOST_TEST_CACHE")
        .map(PathBuf::from)
        .or_else(|| set("XDG_CACHE_HOME").map(|base| Path::new(&base).join("mailhost-tests")))
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache/mailhost-tests")))
        .ok_or_else(|| io::Error::other("neither MAILHOST_TEST_CACHE nor HOME is set"))?;
    fs::create_dir_all(&path)?;
    path.canonicalize()
}

/// Opens a lock file, which is created when it is missing and never removed by the caller's lock.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}
