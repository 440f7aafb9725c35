//! Records of a version and of fields behind it, such as `v=STSv1; id=1`: MTA-STS (RFC 8461 section
//! 3.1) and TLS-RPT (RFC 8460 section 3) share their grammar.
//!
//! It is narrower than that of DKIM and DMARC: no blanks around the sign =, no sign = in a value, and
//! names that tell capitals from small letters.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::SyntaxError;

/// The texts of a name where such a record is looked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selected {
    /// Those that begin with the version and a semicolon, right or wrong; bytes that are not UTF-8
    /// were replaced. Only one of them counts: where there are several, none does.
    pub records: Vec<String>,
    /// Those that only look like it.
    pub look_alikes: Vec<LookAlike>,
    /// SPF records, which are at home elsewhere.
    pub spf: Vec<String>,
    /// All the others.
    pub others: Vec<String>,
}

/// A text that looks like a record, and that no sender takes for one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LookAlike {
    /// The text.
    pub text: String,
    /// What keeps it from being one, as the end of a sentence.
    pub why: String,
}

/// Something in a record that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FieldFault {
    /// What kind of thing it is.
    pub kind: FieldFaultKind,
    /// What it is, and where in the record.
    pub error: SyntaxError,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFaultKind {
    /// A place that reports cannot be sent to; the others get them.
    Address,
    /// A blank before a semicolon or at the end: the grammar has room for the first, and the text
    /// beside it has none for one behind the version, where some senders look for `v=STSv1;`.
    Blank,
    /// A field that is there again. The first one counts (RFC 8461 section 3.2).
    Duplicate,
    /// The grammar is broken, or a field that has to be there is not: senders do as if there were no
    /// record.
    Syntax,
    /// A field that no sender knows, and that all ignore.
    Unknown,
}

impl FieldFault {
    /// Whether senders do as if there were no record.
    pub fn is_fatal(&self) -> bool {
        self.kind == FieldFaultKind::Syntax
    }

    pub(super) fn new(kind: FieldFaultKind, span: Range<usize>, text: impl Into<String>) -> Self {
        Self { kind, error: SyntaxError::at(span, text) }
    }
}

/// Sorts the texts of a name, each with its strings put together without blanks; `version` is
/// `v=STSv1` or the like.
pub(super) fn select(version: &str, texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    let mut selected = Selected::default();
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        if after_version(version, &text).is_some() {
            selected.records.push(text);
        } else if let Some(why) = look_alike(version, &text) {
            selected.look_alikes.push(LookAlike { text, why });
        } else if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("v=spf1")) {
            selected.spf.push(text);
        } else {
            selected.others.push(text);
        }
    }
    // Servers give them in any order, which is no change.
    selected.records.sort();
    selected
}

/// What follows the version, from its semicolon on or the blanks before it.
fn after_version<'a>(version: &str, text: &'a str) -> Option<&'a str> {
    let rest = text.strip_prefix(version)?;
    rest.trim_start_matches(is_blank).starts_with(';').then_some(rest)
}

/// Why a text is no record that wants to be one.
fn look_alike(version: &str, text: &str) -> Option<String> {
    let value = version.trim_start_matches("v=");
    let (wanted, stem) = (version.to_ascii_lowercase(), version.trim_end_matches("v1"));
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let compact = |text: &str| -> String {
        let letters = text.chars().filter(|c| !c.is_whitespace());
        letters.take(version.len()).collect::<String>().to_ascii_lowercase()
    };
    let begins = compact(start).starts_with(&stem.to_ascii_lowercase());
    if !begins {
        let named = text.to_ascii_lowercase().contains(&wanted)
            || compact(start).starts_with(&value.to_ascii_lowercase());
        return named.then(|| format!("it does not begin with {version}"));
    }
    Some(if text.starts_with(char::is_whitespace) {
        "a blank stands before it".to_owned()
    } else if text.starts_with(['"', '\'']) {
        "a quotation mark is part of it".to_owned()
    } else if let Some(rest) = text.strip_prefix(version) {
        match rest.chars().next() {
            Some('\\') => format!("a backslash stands behind {value}"),
            Some(c) if c.is_ascii_alphanumeric() => format!("its version is not {value}"),
            _ => format!("a semicolon is missing behind {value}"),
        }
    } else if compact(text) == wanted {
        format!("{version} is not written in exactly these letters")
    } else {
        format!("its version is not {value}")
    })
}

/// One field, as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// Never empty.
    pub(super) value: &'a str,
    /// Where the name stands in the text, in bytes.
    pub(super) name_span: Range<usize>,
    pub(super) value_span: Range<usize>,
}

/// Reads the fields behind the version, each name once, and what is wrong with them.
///
/// ```text
/// record      = version 1*(field-delim field) [field-delim]
/// field-delim = *WSP ";" *WSP
/// ```
pub(super) fn read<'a>(version: &str, text: &'a str) -> (Vec<Field<'a>>, Vec<FieldFault>) {
    let (mut fields, mut faults) = (Vec::new(), Vec::new());
    let Some(rest) = after_version(version, text) else {
        let says = format!("the record begins with {version} and a semicolon");
        return (fields, vec![FieldFault::new(FieldFaultKind::Syntax, 0..text.len(), says)]);
    };
    let mut names = HashSet::new();
    let mut at = version.len();
    for (count, part) in rest.split(';').enumerate() {
        let span = at..at + part.len();
        at = span.end + 1;
        let is_last = span.end == text.len();
        let end = span.start + part.trim_end_matches(is_blank).len();
        let start = end - part.trim_matches(is_blank).len();
        // Where there is no field, something else is wrong, or nothing behind the last semicolon.
        if end < span.end && (start < end || count == 0) {
            faults.push(blank(version, count == 0, is_last, end..span.end));
        }
        match text.get(start..end).unwrap_or_default() {
            // The version stands before the first part.
            "" if count == 0 || is_last => {}
            "" => {
                let says = "there is no field before this semicolon";
                faults.push(FieldFault::new(FieldFaultKind::Syntax, at - 1..at, says));
            }
            part => match field(part, start) {
                Err(fault) => faults.push(fault),
                Ok(field) if names.insert(field.name) => fields.push(field),
                Ok(field) => {
                    let says = format!("{}= is there again, and only the first counts", field.name);
                    let kind = FieldFaultKind::Duplicate;
                    faults.push(FieldFault::new(kind, field.name_span, says));
                }
            },
        }
    }
    (fields, faults)
}

fn blank(version: &str, at_version: bool, is_last: bool, span: Range<usize>) -> FieldFault {
    let says = if at_version {
        format!("some senders look for {version}; without a blank, and see no record")
    } else if is_last {
        "a blank stands at the end, where the grammar has none".to_owned()
    } else {
        "a blank stands before a semicolon, where some senders expect none".to_owned()
    };
    FieldFault::new(FieldFaultKind::Blank, span, says)
}

/// ```text
/// ext-name = (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
/// ```
fn field(part: &str, at: usize) -> Result<Field<'_>, FieldFault> {
    let wrong = |span: Range<usize>, says: String| {
        let span = span.start + at..span.end + at;
        Err(FieldFault::new(FieldFaultKind::Syntax, span, says))
    };
    let Some((name, value)) = part.split_once('=') else {
        return wrong(0..part.len(), "a field is a name, the sign = and a value".to_owned());
    };
    let sign = name.len();
    if name.is_empty() {
        return wrong(0..1, "there is no name before this sign".to_owned());
    }
    let bare = name.trim_end_matches(is_blank);
    if bare.len() < sign {
        return wrong(bare.len()..sign, "there is no blank before the sign =".to_owned());
    }
    if !is_name(name) {
        return wrong(0..sign, "this is not the name of a field".to_owned());
    }
    if value.is_empty() {
        return wrong(0..sign + 1, format!("{name}= has no value"));
    }
    let after = value.len() - value.trim_start_matches(is_blank).len();
    if after > 0 {
        return wrong(sign + 1..sign + 1 + after, "there is no blank behind the sign =".to_owned());
    }
    let start = at + sign + 1;
    Ok(Field { name, value, name_span: at..at + sign, value_span: start..start + value.len() })
}

/// Whether it can name a field; the keys of policies keep to the same rule.
pub(super) fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(good)
}

impl<'a> Field<'a> {
    /// The fault of a field that `record` ("MTA-STS") does not know; `known` are the names that it
    /// does. Its value has to keep to the grammar all the same.
    ///
    /// ```text
    /// ext-value = 1*(%x21-3A / %x3C / %x3E-7E)
    /// ```
    pub(super) fn unknown(&self, record: &str, known: &[&str]) -> FieldFault {
        if let Some((at, c)) =
            self.value.char_indices().find(|(_, c)| !matches!(c, '!'..='~') || *c == '=')
        {
            let at = self.value_span.start + at;
            let says = match c {
                ' ' | '\t' => "a blank must not be in a value: is a semicolon missing?",
                '=' => "the sign = must not be in a value: is a semicolon missing?",
                _ => "this character must not be in a value",
            };
            return FieldFault::new(FieldFaultKind::Syntax, at..at + c.len_utf8(), says);
        }
        let meant = known.iter().find(|known| known.eq_ignore_ascii_case(self.name));
        let hint = meant.map_or(String::new(), |name| format!("; write {name}= in small letters"));
        let says = format!("{}= is no field of {record}{hint}", self.name);
        FieldFault::new(FieldFaultKind::Unknown, self.name_span.clone(), says)
    }

    /// The parts of the value between commas, without the blanks around them, with their places. The
    /// place of an empty part is the whole value.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        let whole = self.value_span.clone();
        let mut at = whole.start;
        self.value.split(',').map(move |part| {
            let start = at + (part.len() - part.trim_start_matches(is_blank).len());
            at += part.len() + 1;
            let part = part.trim_matches(is_blank);
            let span = if part.is_empty() { whole.clone() } else { start..start + part.len() };
            (part, span)
        })
    }
}

/// White space (RFC 5234 appendix B.1).
pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Characters of the name of a field.
const LONGEST_NAME: usize = 32;

#[cfg(test)]
mod tests;
