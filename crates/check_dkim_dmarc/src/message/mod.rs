//! A mail message (RFC 5322): what it consists of, whom it says it is from, and whether its DKIM
//! signatures are right (RFC 6376, RFC 8301, RFC 8463).
//!
//! Nothing here asks the DNS, a clock or a file: keys and the time come from the caller. Any bytes can
//! be read, in a time that grows with their number and no faster.

mod address;
mod author;
mod canonical;
mod header;
mod key_use;
mod reason;
mod signature;
#[cfg(test)]
mod testing;
mod verify;

use serde::Serialize;

pub(crate) use author::{Author, Origin, ReturnPath};
pub(crate) use canonical::Canonical;
pub(crate) use reason::{Note, Outcome, Reason};
pub(crate) use signature::{Algorithm, Outline, Signature};
pub(crate) use verify::{Prepared, Signatures, Verified, prepare};

/// A message, split into its parts and otherwise as it is.
///
/// Lines end with CRLF or with LF alone, as in files; a CR without a LF is part of its line.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    /// The header fields in their order, at most [`MOST_FIELDS`].
    pub(crate) fields: Vec<Field<'a>>,
    /// What comes after the header, as it is.
    pub(crate) body: &'a [u8],
    /// How many header fields there are beyond those.
    pub(crate) left_out: usize,
    /// What ends the header.
    pub(crate) end: HeaderEnd,
}

/// What ends the header of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeaderEnd {
    /// The empty line that has to (RFC 5322 section 2.1).
    EmptyLine,
    /// The end of the file: there is no body.
    File,
    /// A line that is no header field, by its number, counted from 1. The body begins with it, as mail
    /// servers have it.
    Line(usize),
}

/// A header field (RFC 5322 section 2.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// As it is written, with its folding and without the last line end.
    raw: &'a [u8],
    /// Where the colon stands in it.
    colon: usize,
}

impl<'a> Message<'a> {
    /// Reads a message.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        // The line before a message in a mailbox file (RFC 4155) is no part of it.
        let (skipped, bytes) =
            split(bytes, if is_mbox_line(bytes) { line_length(bytes) } else { 0 });
        let (header, body, end) = parts(bytes, usize::from(!skipped.is_empty()));
        let mut message = Self { fields: Vec::new(), body, left_out: 0, end };
        let mut rest = header;
        while !rest.is_empty() {
            let (raw, after) = split(rest, field_length(rest));
            rest = after;
            let raw = without_line_end(raw);
            let Some(colon) = colon(raw) else { continue };
            if message.fields.len() < MOST_FIELDS {
                message.fields.push(Field { raw, colon });
            } else {
                message.left_out += 1;
            }
        }
        message
    }

    /// The fields of a name, in their order.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.name().eq_ignore_ascii_case(name))
    }
}

impl<'a> Field<'a> {
    /// The name as it is written.
    pub(crate) fn name(&self) -> &'a str {
        let name = self.raw.get(..self.colon).unwrap_or_default();
        str::from_utf8(name).unwrap_or_default().trim_end_matches([' ', '\t'])
    }

    /// What follows the colon, with its folding.
    pub(crate) fn value(&self) -> &'a [u8] {
        self.raw.get(self.colon + 1..).unwrap_or_default()
    }

    /// The value on one line (RFC 5322 section 2.2.3), without white space around it. What is no UTF-8
    /// is replaced.
    pub(crate) fn text(&self) -> String {
        let value: Vec<u8> = lines(self.value()).flatten().copied().collect();
        String::from_utf8_lossy(&value).trim_matches([' ', '\t']).to_owned()
    }
}

/// The header, the body, and what is between them. `before` lines were there before `bytes`.
fn parts(bytes: &[u8], before: usize) -> (&[u8], &[u8], HeaderEnd) {
    let mut at = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let content = without_line_end(line);
        if content.is_empty() {
            let (header, rest) = split(bytes, at);
            return (header, split(rest, line.len()).1, HeaderEnd::EmptyLine);
        }
        let is_more = number > 0 && is_folded(content);
        if !is_more && colon(content).is_none() {
            let (header, body) = split(bytes, at);
            return (header, body, HeaderEnd::Line(before + number + 1));
        }
        at += line.len();
    }
    (bytes, &[], HeaderEnd::File)
}

/// Where the colon of a header field stands. White space before it is obsolete (RFC 5322 section
/// 4.5.8).
fn colon(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

/// Whether it begins with the line before a message in a mailbox file, and not with a field `From :`.
fn is_mbox_line(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"From ").is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// The length of the first field with all its lines.
fn field_length(bytes: &[u8]) -> usize {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().map_or(0, <[u8]>::len);
    first + lines.take_while(|line| is_folded(line)).map(<[u8]>::len).sum::<usize>()
}

fn is_folded(line: &[u8]) -> bool {
    line.first().is_some_and(|byte| is_blank(*byte))
}

fn line_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1)
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

/// The lines of a text without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(without_line_end)
}

fn without_line_end(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    }
}

/// WSP (RFC 5234 appendix B.1).
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Mail servers stop reading a header long before.
const MOST_FIELDS: usize = 1000;

#[cfg(test)]
mod tests;
