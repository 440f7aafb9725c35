//! What reads bytes from outside, for the fuzz targets.

use std::collections::HashSet;

use crate::exim::header;
use crate::postfix::showq::Parser;

/// Reads a stream of showq in two pieces, and gives the number of its messages.
///
/// # Errors
/// What is wrong with it, in words.
pub fn showq(stream: &[u8], cut: usize) -> Result<u64, String> {
    let mut messages = 0;
    let mut parser = Parser::default();
    let (head, tail) = stream.split_at(cut.min(stream.len()));
    for piece in [head, tail] {
        parser.read(piece, |_| messages += 1).map_err(|fault| fault.to_string())?;
    }
    if parser.is_complete() { Ok(messages) } else { Err("not complete".to_owned()) }
}

/// Reads the beginning of an Exim header file: its sender, and the recipients who still wait.
///
/// # Errors
/// What is wrong with it, in words.
pub fn exim_header(bytes: &[u8]) -> Result<(Vec<u8>, Vec<String>), String> {
    let header = header::read(bytes).map_err(|fault| fault.to_string())?;
    let waiting = header.waiting(&HashSet::new()).map_err(|fault| fault.to_string())?;
    Ok((header.sender.to_vec(), waiting))
}
