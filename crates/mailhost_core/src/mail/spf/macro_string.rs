//! Macros (RFC 7208 section 7): read, written and expanded.

use std::fmt;
use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// A text with macros in it.
///
/// ```text
/// macro-string  = *( macro-expand / macro-literal )
/// macro-expand  = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
/// transformers  = *DIGIT [ "r" ]
/// delimiter     = "." / "-" / "+" / "," / "/" / "_" / "="
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MacroString(pub(super) Vec<Part>);

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// As it stands.
    Literal(String),
    /// `%%`, `%_` or `%-`, by its second character.
    Escape(char),
    Macro(Macro),
}

/// One `%{...}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Macro {
    /// In the case in which it was written: an upper-case one is escaped for URLs.
    letter: char,
    /// The digits as they were written: how many parts to keep, from the right.
    digits: String,
    reverse: bool,
    /// What the parts are told apart by, besides nothing at all, which means dots.
    delimiters: String,
}

/// A place that is no macro.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MacroError {
    /// The bytes that are wrong, counted from the start of the text.
    pub span: Range<usize>,
    /// What is wrong, as a sentence without an end.
    pub text: String,
}

/// Where a text with macros stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In a term of a record, which has no blanks.
    Record,
    /// In the text that `exp` leads to, which may say who was refused by whom and when (section 7.2).
    Explanation,
}

impl MacroString {
    /// Reads a text, and finds every error in it.
    ///
    /// # Errors
    /// Every place that is wrong, in order; never none.
    pub fn parse(text: &str, place: Place) -> Result<Self, Vec<MacroError>> {
        let mut parts = Vec::new();
        let mut errors = Vec::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let literal = matches!(c, '!'..='~') || (c == ' ' && place == Place::Explanation);
            match c {
                '%' => match read_macro(text, at, &mut chars, place) {
                    Ok(part) => parts.push(part),
                    Err(error) => {
                        // Nothing closes any macro behind it either.
                        let open = error.span.len() == OPENING.len();
                        errors.push(error);
                        if open {
                            break;
                        }
                    }
                },
                _ if literal => match parts.last_mut() {
                    Some(Part::Literal(before)) => before.push(c),
                    _ => parts.push(Part::Literal(c.to_string())),
                },
                _ => {
                    let text = format!("{} must not be in a record", named(c));
                    errors.push(MacroError { span: at..at + c.len_utf8(), text });
                }
            }
        }
        if errors.is_empty() { Ok(Self(parts)) } else { Err(errors) }
    }

    /// The text with every macro replaced by what `value` gives for its letter, in lower case.
    pub fn expand(&self, mut value: impl FnMut(char) -> String) -> String {
        let mut expanded = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => expanded.push_str(text),
                Part::Escape('_') => expanded.push(' '),
                Part::Escape('-') => expanded.push_str("%20"),
                Part::Escape(_) => expanded.push('%'),
                Part::Macro(part) => {
                    expanded.push_str(&part.apply(&value(part.letter.to_ascii_lowercase())));
                }
            }
        }
        expanded
    }

    /// The letters of its macros, in lower case.
    pub fn letters(&self) -> impl Iterator<Item = char> {
        self.0.iter().filter_map(|part| match part {
            Part::Macro(part) => Some(part.letter.to_ascii_lowercase()),
            _ => None,
        })
    }
}

impl Macro {
    /// Splits, reverses, keeps the rightmost parts and joins with dots (section 7.3).
    fn apply(&self, value: &str) -> String {
        let is_delimiter = |c: char| {
            if self.delimiters.is_empty() { c == '.' } else { self.delimiters.contains(c) }
        };
        let mut parts: Vec<&str> = value.split(is_delimiter).collect();
        if self.reverse {
            parts.reverse();
        }
        // More digits than a number has mean all parts.
        let keep = self.digits.parse().unwrap_or(usize::MAX);
        let from = parts.len().saturating_sub(keep);
        let joined = parts.get(from..).unwrap_or_default().join(".");
        if self.letter.is_ascii_uppercase() { url_escape(&joined) } else { joined }
    }
}

impl fmt::Display for MacroString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Escape(c) => write!(f, "%{c}"),
            Part::Macro(Macro { letter, digits, reverse, delimiters }) => {
                write!(f, "%{{{letter}{digits}{}{delimiters}}}", if *reverse { "r" } else { "" })
            }
        })
    }
}

/// Reads what follows a percent sign at `start`.
fn read_macro(
    text: &str,
    start: usize,
    chars: &mut Peekable<CharIndices<'_>>,
    place: Place,
) -> Result<Part, MacroError> {
    match chars.peek() {
        Some((_, c @ ('%' | '_' | '-'))) => {
            let c = *c;
            chars.next();
            return Ok(Part::Escape(c));
        }
        Some((_, '{')) => {}
        _ => {
            let text = "a percent sign is written %%, a macro %{...}".to_owned();
            return Err(MacroError { span: start..start + 1, text });
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    let Some(length) = rest.find('}') else {
        let text = "this macro is not closed with }".to_owned();
        return Err(MacroError { span: start..start + OPENING.len(), text });
    };
    let span = start..start + length + 1;
    while chars.next_if(|(at, _)| *at < span.end).is_some() {}
    let inside = rest.get(OPENING.len()..length).unwrap_or_default();
    read_inside(inside, place).map(Part::Macro).map_err(|text| MacroError { span, text })
}

/// Reads what stands between the braces.
fn read_inside(inside: &str, place: Place) -> Result<Macro, String> {
    let mut chars = inside.chars();
    let letter = chars.next().ok_or("a macro without its letter")?;
    match letter.to_ascii_lowercase() {
        's' | 'l' | 'o' | 'd' | 'i' | 'p' | 'v' | 'h' => {}
        'c' | 'r' | 't' if place == Place::Explanation => {}
        'c' | 'r' | 't' => {
            return Err(format!("%{{{letter}}} is for the text of an explanation only"));
        }
        _ => return Err(format!("\"{letter}\" is no letter of a macro")),
    }
    let rest = chars.as_str();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(digits);
    if !digits.is_empty() && digits.bytes().all(|byte| byte == b'0') {
        return Err("a macro cannot keep 0 parts".to_owned());
    }
    let (reverse, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(delimiters) => (true, delimiters),
        None => (false, rest),
    };
    if let Some(bad) = delimiters.chars().find(|c| !".-+,/_=".contains(*c)) {
        return Err(format!("{} is no delimiter of a macro", named(bad)));
    }
    let (digits, delimiters) = (digits.to_owned(), delimiters.to_owned());
    Ok(Macro { letter, digits, reverse, delimiters })
}

/// What a macro begins with.
const OPENING: &str = "%{";

/// Escapes everything that is not unreserved (RFC 3986 section 2.3).
fn url_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 0xf)]),
        }
    }
    escaped
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

/// A character as a sentence can name it.
pub(super) fn named(c: char) -> String {
    match c {
        '!'..='~' => format!("\"{c}\""),
        ' ' => "a blank".to_owned(),
        '\t' => "a tab".to_owned(),
        '\r' | '\n' => "a line end".to_owned(),
        c if c.is_ascii() => format!("the control character {}", u32::from(c)),
        _ => "a character that is not ASCII".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expanded(text: &str) -> String {
        let text = MacroString::parse(text, Place::Explanation).expect("a macro string");
        text.expand(|letter| {
            match letter {
                's' => "strong-bad@email.example.com",
                'l' => "strong-bad",
                'o' | 'd' => "email.example.com",
                'i' => "192.0.2.3",
                'v' => "in-addr",
                _ => "?",
            }
            .to_owned()
        })
    }

    /// The cases of RFC 7208 section 7.4.
    #[test]
    fn ok_macros_are_expanded() {
        for (text, result) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{l}", "strong-bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{d99999999999999999999}", "email.example.com"),
            ("%{S}", "strong-bad%40email.example.com"),
            ("a%%b%_c%-d", "a%b c%20d"),
        ] {
            assert_eq!(expanded(text), result, "{text}");
        }
    }

    #[test]
    fn critical_what_is_no_macro_is_pointed_at() {
        for (text, span, says) in [
            ("a%b", 1..2, "a percent sign is written %%, a macro %{...}"),
            ("a%", 1..2, "a percent sign is written %%, a macro %{...}"),
            ("%{d", 0..2, "this macro is not closed with }"),
            ("%{}", 0..3, "a macro without its letter"),
            ("x%{a}y", 1..5, "\"a\" is no letter of a macro"),
            ("%{d0}", 0..5, "a macro cannot keep 0 parts"),
            ("%{d2x}", 0..6, "\"x\" is no delimiter of a macro"),
            ("%{c}", 0..4, "%{c} is for the text of an explanation only"),
            ("a b", 1..2, "a blank must not be in a record"),
            ("a\u{fc}", 1..3, "a character that is not ASCII must not be in a record"),
        ] {
            let errors = MacroString::parse(text, Place::Record).expect_err(text);
            assert_eq!((errors[0].span.clone(), errors[0].text.as_str()), (span, says), "{text}");
        }
        assert_eq!(MacroString::parse("%{a}%{b}", Place::Record).map_err(|all| all.len()), Err(2));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "(%\\{[a-zA-Z][0-9]{0,3}r?[-.+,/_=]{0,2}\\}|%[%_-]|[!-~]){0,12}") {
            if let Ok(read) = MacroString::parse(&text, Place::Record) {
                prop_assert_eq!(read.to_string().to_ascii_lowercase(), text.to_ascii_lowercase());
                let again = MacroString::parse(&read.to_string(), Place::Record);
                prop_assert_eq!(again, Ok(read));
            }
        }
    }
}
