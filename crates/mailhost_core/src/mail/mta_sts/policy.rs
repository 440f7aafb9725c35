//! The policy: who has to be connected to how, and for how long that counts (RFC 8461 section 3.2).

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::pattern::Pattern;
use crate::dns::Name;
use crate::mail::field_list::{is_blank, is_name};

/// A policy that senders can use.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// What senders do where a host cannot be verified.
    pub mode: Mode,
    /// How long senders may keep the policy, in seconds: 0 to [`LONGEST_AGE`].
    pub max_age: u32,
    /// Which hosts the mail exchangers are; never empty, unless the mode is none.
    pub mx: Vec<Pattern>,
    /// What is odd in it, and not fatal.
    #[serde(skip)]
    pub oddities: Vec<PolicyFault>,
}

/// What senders do where a host is not in the policy or its certificate does not do (section 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// They do not deliver.
    Enforce,
    /// There is no policy any more.
    None,
    /// They deliver, and report.
    Testing,
}

/// Something in a policy that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PolicyFault {
    /// What kind of thing it is.
    pub kind: PolicyFaultKind,
    /// Where it is; `None` for the policy as a whole, and for what is missing.
    pub place: Option<Place>,
    /// What it is, as a sentence without an end.
    pub text: String,
}

/// A part of a policy.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The number of the line, from 1.
    pub line: usize,
    /// The line, without its end; bytes that are not UTF-8 were replaced.
    pub content: String,
    /// The bytes of it that are meant.
    pub span: Range<usize>,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyFaultKind {
    /// An address in place of a pattern, which no host's name can match. The grammar has it.
    Address,
    /// A carriage return that is not part of the end of a line.
    BareReturn,
    /// A blank between a key and its colon.
    BlankBeforeColon,
    /// A key other than `mx` that is there again: the first one counts.
    Duplicate,
    /// A line without anything, which the grammar does not have; those at the end are harmless.
    EmptyLine,
    /// Bytes that are not UTF-8.
    Encoding,
    /// What stands before a colon can be no key.
    Key,
    /// A line is no key with a colon and a value.
    Line,
    /// `max_age` is no number, or too large.
    MaxAge,
    /// A key is not there that has to be.
    Missing,
    /// `mode` is none of the three.
    Mode,
    /// `mx` is no pattern.
    Mx,
    /// There are more bytes than senders need to read (section 3.3).
    TooLong,
    /// A key that no sender knows, and that all ignore.
    UnknownKey,
    /// A value of an unknown key that can be none.
    Value,
    /// `version` is not the only one there is.
    Version,
}

impl PolicyFaultKind {
    /// Whether senders may do as if the policy could not be fetched.
    pub fn is_fatal(self) -> bool {
        !matches!(self, Self::Address | Self::Duplicate | Self::EmptyLine | Self::UnknownKey)
    }
}

impl Policy {
    /// Reads the body of the web server's answer.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the lines: at least one fault is fatal.
    pub fn parse(body: &[u8]) -> Result<Self, Vec<PolicyFault>> {
        if body.len() > LARGEST_POLICY {
            let text =
                format!("it is longer than {LARGEST_POLICY} bytes, which senders need not read");
            return Err(vec![PolicyFault::whole(PolicyFaultKind::TooLong, text)]);
        }
        if body.trim_ascii().is_empty() {
            return Err(vec![PolicyFault::whole(
                PolicyFaultKind::Missing,
                "it is empty".to_owned(),
            )]);
        }
        let mut reader = Reader::default();
        for (at, line) in body.split_inclusive(|byte| *byte == b'\n').enumerate() {
            // A carriage return ends a line together with what follows it only.
            let without = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n"));
            reader.line(at + 1, without.unwrap_or(line));
        }
        reader.finish()
    }

    /// The first pattern that a mail exchanger's name, as its MX record has it, matches (section 4.1).
    pub fn covers(&self, host: &Name) -> Option<&Pattern> {
        self.mx.iter().find(|pattern| pattern.matches(host))
    }
}

/// Whether an answer with this `Content-Type` is the text that a policy has to be; what follows a
/// semicolon does not count (section 3.2).
pub fn is_plain_text(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default();
    media.trim_matches([' ', '\t']).eq_ignore_ascii_case("text/plain")
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    mode: Option<Mode>,
    max_age: Option<u32>,
    mx: Vec<Pattern>,
    /// The keys that were there, right or wrong.
    seen: HashSet<String>,
    /// Whether a line could not be read, so that a key that is missing may be meant by it.
    is_unclear: bool,
    has_empty_line: bool,
    faults: Vec<PolicyFault>,
}

impl Reader {
    fn line(&mut self, number: usize, bytes: &[u8]) {
        let result = match split(bytes) {
            Ok(Some(line)) => self.take(&line),
            // The first one says it; there may be thousands.
            Ok(None) if std::mem::replace(&mut self.has_empty_line, true) => Ok(()),
            Ok(None) => {
                let text = "the line is empty, and some senders do not read on";
                wrong(PolicyFaultKind::EmptyLine, 0..0, text)
            }
            Err(wrong) => {
                self.is_unclear = true;
                Err(wrong)
            }
        };
        if let Err(Wrong { kind, span, text }) = result {
            let content = String::from_utf8_lossy(bytes).into_owned();
            let place = Some(Place { line: number, content, span });
            self.faults.push(PolicyFault { kind, place, text });
        }
    }

    /// Takes what a line says.
    fn take(&mut self, line: &Line<'_>) -> Result<(), Wrong> {
        let key = line.key;
        if !self.seen.insert(key.to_owned()) && key != "mx" {
            let text = format!("{key} is there again, and only the first counts");
            return wrong(PolicyFaultKind::Duplicate, 0..key.len(), text);
        }
        match key {
            "max_age" => self.max_age = Some(max_age(line)?),
            "mode" => self.mode = Some(mode(line)?),
            "mx" => return self.host(line),
            "version" if line.value == VERSION => {}
            "version" => {
                let text = "version is STSv1, in exactly these letters";
                return wrong(PolicyFaultKind::Version, line.span.clone(), text);
            }
            _ => return unknown(line),
        }
        Ok(())
    }

    /// Takes a pattern, which has to be right; one that no host matches is told all the same.
    fn host(&mut self, line: &Line<'_>) -> Result<(), Wrong> {
        let (kind, span) = (PolicyFaultKind::Mx, line.span.clone());
        let pattern = Pattern::parse(line.value).map_err(|text| Wrong { kind, span, text })?;
        let is_address = pattern.is_address();
        self.mx.push(pattern);
        if is_address {
            let text = "an address matches no mail exchanger: mx takes names";
            return wrong(PolicyFaultKind::Address, line.span.clone(), text);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Policy, Vec<PolicyFault>> {
        let with_hosts = matches!(self.mode, Some(Mode::Enforce | Mode::Testing));
        let needed = [("version", true), ("mode", true), ("max_age", true), ("mx", with_hosts)];
        for (key, is_needed) in needed {
            if is_needed && !self.is_unclear && !self.seen.contains(key) {
                self.faults.push(PolicyFault::whole(
                    PolicyFaultKind::Missing,
                    format!("{key} is missing"),
                ));
            }
        }
        let is_fatal = self.faults.iter().any(|fault| fault.kind.is_fatal());
        match (self.mode, self.max_age) {
            (Some(mode), Some(max_age)) if !is_fatal => {
                Ok(Policy { mode, max_age, mx: self.mx, oddities: self.faults })
            }
            _ => Err(self.faults),
        }
    }
}

impl PolicyFault {
    /// A fault of no line.
    fn whole(kind: PolicyFaultKind, text: String) -> Self {
        Self { kind, place: None, text }
    }
}

/// What is wrong in a line, and where in it.
struct Wrong {
    kind: PolicyFaultKind,
    span: Range<usize>,
    text: String,
}

fn wrong<T>(
    kind: PolicyFaultKind,
    span: Range<usize>,
    text: impl Into<String>,
) -> Result<T, Wrong> {
    Err(Wrong { kind, span, text: text.into() })
}

/// A line that is made of a key and a value.
struct Line<'a> {
    key: &'a str,
    value: &'a str,
    /// Where the value stands; where it is empty, the key with its colon.
    span: Range<usize>,
}

/// Takes a line apart; `None` for an empty one. Blanks at its end are allowed.
///
/// ```text
/// sts-policy-field-delim = ":" *WSP
/// sts-policy-ext-name    = (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
/// sts-policy-term        = LF / CRLF
/// ```
fn split(bytes: &[u8]) -> Result<Option<Line<'_>>, Wrong> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        // The bytes are shown as one character, which is three bytes long.
        let span = at..at + char::REPLACEMENT_CHARACTER.len_utf8();
        Wrong { kind: PolicyFaultKind::Encoding, span, text: "this is not UTF-8".to_owned() }
    })?;
    if let Some(at) = text.find('\r') {
        let text = "a carriage return stands alone: a line ends in CR LF or in LF";
        return wrong(PolicyFaultKind::BareReturn, at..at + 1, text);
    }
    let text = text.trim_end_matches(is_blank);
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with(MARK) {
        let text = "a byte order mark stands before the key";
        return wrong(PolicyFaultKind::Key, 0..MARK.len_utf8(), text);
    }
    let Some((key, rest)) = text.split_once(':') else {
        let says = "a line is a key, a colon and a value";
        return wrong(PolicyFaultKind::Line, 0..text.len(), says);
    };
    check_key(key)?;
    let value = rest.trim_start_matches(is_blank);
    let start = text.len() - value.len();
    let span = if value.is_empty() { 0..key.len() + 1 } else { start..text.len() };
    Ok(Some(Line { key, value, span }))
}

fn check_key(key: &str) -> Result<(), Wrong> {
    let bare = key.trim_end_matches(is_blank);
    let indent = key.len() - key.trim_start_matches(is_blank).len();
    if bare.is_empty() {
        let colon = key.len()..key.len() + 1;
        return wrong(PolicyFaultKind::Key, colon, "there is no key before this colon");
    }
    if indent > 0 {
        let text = "a line begins with its key, not with a blank";
        return wrong(PolicyFaultKind::Line, 0..indent, text);
    }
    if bare.len() < key.len() {
        let text = "there is no blank before the colon";
        return wrong(PolicyFaultKind::BlankBeforeColon, bare.len()..key.len(), text);
    }
    if !is_name(key) {
        return wrong(PolicyFaultKind::Key, 0..key.len(), "this is not the name of a key");
    }
    Ok(())
}

/// ```text
/// sts-policy-max-age-value = 1*10(DIGIT)
/// ```
fn max_age(line: &Line<'_>) -> Result<u32, Wrong> {
    let digits = line.value.len() <= 10 && line.value.bytes().all(|byte| byte.is_ascii_digit());
    match line.value.parse() {
        Ok(seconds) if digits && seconds <= LONGEST_AGE => Ok(seconds),
        _ => {
            let text = format!("max_age is a number of seconds, 0 to {LONGEST_AGE}");
            wrong(PolicyFaultKind::MaxAge, line.span.clone(), text)
        }
    }
}

/// ```text
/// sts-policy-mode-value = %s"testing" / %s"enforce" / %s"none"
/// ```
fn mode(line: &Line<'_>) -> Result<Mode, Wrong> {
    match line.value {
        "enforce" => Ok(Mode::Enforce),
        "none" => Ok(Mode::None),
        "testing" => Ok(Mode::Testing),
        _ => {
            let text = "mode is enforce, testing or none, in small letters";
            wrong(PolicyFaultKind::Mode, line.span.clone(), text)
        }
    }
}

/// The fault of a key that is none of MTA-STS; its value may hold what is not ASCII.
fn unknown(line: &Line<'_>) -> Result<(), Wrong> {
    let Line { key, value, span } = line;
    if value.is_empty() {
        return wrong(PolicyFaultKind::Value, span.clone(), format!("{key} has no value"));
    }
    if let Some(at) = value.find(|c: char| c.is_ascii_control()) {
        let at = span.start + at;
        let text = "a control character must not be in a value";
        return wrong(PolicyFaultKind::Value, at..at + 1, text);
    }
    let plain = key.to_ascii_lowercase().replace('-', "_");
    let meant = ["max_age", "mode", "mx", "version"].into_iter().find(|known| *known == plain);
    let hint = meant.map_or(String::new(), |known| format!("; write {known}"));
    let text = format!("{key} is no key of MTA-STS{hint}");
    wrong(PolicyFaultKind::UnknownKey, 0..key.len(), text)
}

/// Bytes of a policy that senders need to read, as section 3.3 suggests.
pub const LARGEST_POLICY: usize = 65_536;
/// The largest `max_age`, in seconds: 365.25 days.
pub const LONGEST_AGE: u32 = 31_557_600;
/// The only version there is.
const VERSION: &str = "STSv1";
/// What some editors put at the beginning of a file.
const MARK: char = '\u{feff}';

#[cfg(test)]
mod tests;
