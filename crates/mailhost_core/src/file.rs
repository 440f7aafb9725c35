//! Files of this machine, read whole and never without a bound.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The contents of a regular file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence that names it.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let open = || {
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        bounded(fs::File::open(path)?, most)
    };
    open().map_err(|error| why(&error))
}

/// Everything that can be read, of at most so many bytes.
pub(crate) fn bounded(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

/// An error as the end of a sentence.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied; needs read rights on it".to_owned(),
        _ => error.to_string(),
    }
}
