//! Files of this machine that options name, read whole and never without a bound.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::net::error_text;
use crate::plugin::Failure;

/// The contents of a regular file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence that names it.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let open = || {
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        bounded(File::open(path)?, most)
    };
    open().map_err(|error| why(&error))
}

/// Everything that can be read, of at most so many bytes.
///
/// # Errors
/// What the system says, and when there is more.
pub fn bounded(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most =
            if most >> 20 == 0 { format!("{most} bytes") } else { format!("{} MiB", most >> 20) };
        return Err(io::Error::other(format!("it is larger than {most}")));
    }
    Ok(bytes)
}

/// An error as the end of a sentence.
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied; needs read rights on it".to_owned(),
        _ if error.raw_os_error().is_some() => error_text(error),
        // Words of our own.
        _ => error.to_string(),
    }
}

/// The secret in the first line of a file that only its owner and his group can read.
///
/// # Errors
/// [`Failure::Unable`] when it cannot be read, when others can read or change it, or when the line is
/// empty.
pub fn secret(path: &Path) -> Result<String, Failure> {
    let mut opened = open(path)?;
    let unable = |error: io::Error| unreadable(path, &error);
    if opened.metadata().map_err(unable)?.permissions().mode() & 0o007 != 0 {
        return Err(Failure::Unable(format!(
            "others can read or change {}: run chmod o-rwx on it, and think of the secret as known",
            path.display(),
        )));
    }
    let mut text = String::new();
    opened.by_ref().take(LARGEST_SECRET).read_to_string(&mut text).map_err(unable)?;
    // Some editors put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match text.lines().next().unwrap_or_default() {
        "" => Err(Failure::Unable(format!("the first line of {} is empty", path.display()))),
        secret => Ok(secret.to_owned()),
    }
}

/// Opens a regular file; anything else could be waited for without end.
///
/// # Errors
/// [`Failure::Unable`] when it cannot be opened, or is something else.
pub fn open(path: &Path) -> Result<File, Failure> {
    let unable = |error: io::Error| unreadable(path, &error);
    let about = fs::metadata(path).map_err(unable)?;
    if about.is_dir() {
        return Err(unable(io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(Failure::Unable(format!("{} is not a regular file", path.display())));
    }
    File::open(path).map_err(unable)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Unable(format!("reading {}: {}", path.display(), error_text(error)))
}

/// Bytes; a secret is on the first line.
const LARGEST_SECRET: u64 = 65_536;
