//! Lists of `tag=value`, as DKIM (RFC 6376 section 3.2), DMARC (RFC 9989 section 4.8) and BIMI write
//! their records.

use std::collections::HashSet;
use std::ops::Range;

use mailhost_core::mail::SyntaxError;

/// One tag of a list, as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    /// Without the white space around it.
    pub(crate) value: &'a str,
    /// Where the name stands in the text, in bytes.
    pub(crate) name_span: Range<usize>,
    /// Where the value stands; where it is empty, the name with its sign.
    pub(crate) value_span: Range<usize>,
}

/// Reads a list.
///
/// What follows an error is read all the same: a reader may have to ignore the part that is wrong. Of a
/// tag that is there twice the first is kept.
pub(crate) fn read(text: &str) -> (Vec<Tag<'_>>, Vec<SyntaxError>) {
    let mut tags = Vec::new();
    let mut errors = Vec::new();
    let mut names = HashSet::new();
    let mut at = 0;
    for part in text.split(';') {
        let span = trimmed(text, at..at + part.len());
        let is_last = at + part.len() == text.len();
        at += part.len() + 1;
        if span.is_empty() {
            // The semicolon behind the last tag is allowed.
            if !is_last {
                errors.push(SyntaxError::at(at - 1..at, "there is no tag before this semicolon"));
            }
            continue;
        }
        match tag(text, span) {
            Err(error) => errors.push(error),
            Ok(tag) if !names.insert(tag.name) => {
                let text = format!("{}= must be there only once", tag.name);
                errors.push(SyntaxError::at(tag.name_span, text));
            }
            Ok(tag) => tags.push(tag),
        }
    }
    (tags, errors)
}

impl<'a> Tag<'a> {
    /// The parts of the value between separators, without the white space around them, with their
    /// places. The place of an empty part is the whole value.
    pub(crate) fn parts(&self, separator: char) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        let whole = self.value_span.clone();
        let mut at = whole.start;
        self.value.split(separator).map(move |part| {
            let start = at + (part.len() - part.trim_start_matches(is_space).len());
            at += part.len() + separator.len_utf8();
            let part = part.trim_matches(is_space);
            let span = if part.is_empty() { whole.clone() } else { start..start + part.len() };
            (part, span)
        })
    }
}

/// ```text
/// tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
/// tag-name = ALPHA *( ALPHA / DIGIT / "_" )
/// tval     = %x21-3A / %x3C-7E
/// ```
fn tag(text: &str, span: Range<usize>) -> Result<Tag<'_>, SyntaxError> {
    let whole = slice(text, &span);
    let Some(sign) = whole.find('=') else {
        let text = "a tag is a name, the sign = and a value";
        return Err(SyntaxError::at(span, text));
    };
    let sign = span.start + sign;
    let name_span = trimmed(text, span.start..sign);
    let name = slice(text, &name_span);
    if name.is_empty() {
        return Err(SyntaxError::at(sign..sign + 1, "there is no name before this sign"));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(good) {
        return Err(SyntaxError::at(name_span, "this is not the name of a tag"));
    }
    let mut value_span = trimmed(text, sign + 1..span.end);
    let value = slice(text, &value_span);
    if let Some((at, c)) =
        value.char_indices().find(|(_, c)| !matches!(c, '!'..='~') && !is_space(*c))
    {
        let at = value_span.start + at;
        let text = format!("{} must not be in a value", named(c));
        return Err(SyntaxError::at(at..at + c.len_utf8(), text));
    }
    if value_span.is_empty() {
        value_span = name_span.start..sign + 1;
    }
    Ok(Tag { name, value, name_span, value_span })
}

/// The part of a span that is left without the white space at its ends.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let part = slice(text, &span);
    let start = span.start + (part.len() - part.trim_start_matches(is_space).len());
    let end = start + part.trim_matches(is_space).len();
    start..end
}

fn slice<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or_default()
}

/// Folding white space: a header field has line ends in it, a record has none.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// A character that has no place in a value, as a sentence can name it.
fn named(c: char) -> String {
    if c.is_ascii() {
        format!("the control character {}", u32::from(c))
    } else {
        "a character that is not ASCII".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names with values, and what is wrong where.
    type Read<'a> = (Vec<(&'a str, &'a str)>, Vec<(&'a str, String)>);

    fn read_all(text: &str) -> Read<'_> {
        let (tags, errors) = read(text);
        let tags = tags.iter().map(|tag| (tag.name, tag.value)).collect();
        let errors =
            errors.into_iter().map(|error| (slice(text, &error.span), error.text)).collect();
        (tags, errors)
    }

    #[test]
    fn ok_lists_are_read() {
        for (text, tags) in [
            ("v=DKIM1; p=abc", vec![("v", "DKIM1"), ("p", "abc")]),
            ("a=b;", vec![("a", "b")]),
            ("a=b; ", vec![("a", "b")]),
            (" a = b c ;d=", vec![("a", "b c"), ("d", "")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a=1;\r\n\tb=2", vec![("a", "1"), ("b", "2")]),
            ("", vec![]),
        ] {
            assert_eq!(read_all(text), (tags, vec![]), "{text}");
        }
    }

    #[test]
    fn critical_errors_are_pointed_at_and_the_rest_is_read() {
        for (text, at, says) in [
            ("a=1;;b=2", ";", "there is no tag before this semicolon"),
            (";a=1; b=2", ";", "there is no tag before this semicolon"),
            ("a=1; moo; b=2", "moo", "a tag is a name, the sign = and a value"),
            ("a=1; =x; b=2", "=", "there is no name before this sign"),
            ("a=1; 2c=x; b=2", "2c", "this is not the name of a tag"),
            ("a=1; b=2; c-d=x", "c-d", "this is not the name of a tag"),
            ("a=1; b=2; a=3", "a", "a= must be there only once"),
            (
                "a=1; c=\u{fc}; b=2",
                "\u{fc}",
                "a character that is not ASCII must not be in a value",
            ),
            ("a=1; c=x\0; b=2", "\0", "the control character 0 must not be in a value"),
        ] {
            let (tags, errors) = read_all(text);
            assert_eq!(errors, [(at, says.to_owned())], "{text}");
            assert_eq!(tags, [("a", "1"), ("b", "2")], "{text}");
        }
    }

    #[test]
    fn ok_parts_of_a_value_have_their_places() {
        let text = "h= sha1 :sha256:";
        let (tags, _) = read(text);
        let all: Vec<_> = tags[0].parts(':').collect();
        assert_eq!(all, [("sha1", 3..7), ("sha256", 9..15), ("", 3..16)]);
    }

    #[test]
    fn critical_a_bomb_of_tags_takes_no_long_time() {
        let text = "a=1;".repeat(16_000);
        let (tags, errors) = read(&text);
        assert_eq!((tags.len(), errors.len()), (1, 15_999));
    }
}
