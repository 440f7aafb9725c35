//! Base64 as it stands in a tag: white space may be anywhere in it (RFC 6376 section 2.10).

use std::ops::Range;

use mailhost_core::mail::SyntaxError;
use openssl::base64::decode_block;

use crate::tag_list::is_space;

/// The bytes that a part of a text stands for.
///
/// # Errors
/// The first character that has no place in it, or the whole part where its length is wrong.
pub(crate) fn decode(text: &str, span: &Range<usize>) -> Result<Vec<u8>, SyntaxError> {
    let part = text.get(span.clone()).unwrap_or_default();
    let mut digits = String::with_capacity(part.len());
    let mut padding = 0;
    for (at, c) in part.char_indices() {
        let here = || span.start + at..span.start + at + c.len_utf8();
        match c {
            _ if is_space(c) => {}
            '=' => padding += 1,
            _ if padding > 0 => {
                return Err(SyntaxError::at(here(), "base64 goes on behind its padding"));
            }
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => digits.push(c),
            _ => return Err(SyntaxError::at(here(), "this is no character of base64")),
        }
    }
    let wrong = || {
        let text = "base64 has a multiple of four characters: a part is missing or too much";
        SyntaxError::at(span.clone(), text)
    };
    // Its grammar has up to two wherever it ends, and verifiers do not mind one too many.
    let needed = (4 - digits.len() % 4) % 4;
    if padding > 2 || padding < needed {
        return Err(wrong());
    }
    digits.extend(std::iter::repeat_n('=', needed));
    decode_block(&digits).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_base64_with_white_space_in_it() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("aGVsbG8=", b"hello"),
            ("aGV\r\n\tsbG 8=", b"hello"),
            ("aGVsbA==", b"hell"),
            ("aGVs", b"hel"),
            ("aGVs==", b"hel"),
            ("aGVsbG8==", b"hello"),
        ] {
            assert_eq!(decode(text, &(0..text.len())).as_deref(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn critical_what_is_no_base64_is_pointed_at() {
        for (text, span, says) in [
            ("aGV-bG8=", 3..4, "this is no character of base64"),
            ("aGVsbA==x", 8..9, "base64 goes on behind its padding"),
            (
                "aGVsbG8",
                0..7,
                "base64 has a multiple of four characters: a part is missing or too much",
            ),
            (
                "aGVsb===",
                0..8,
                "base64 has a multiple of four characters: a part is missing or too much",
            ),
            (
                "====",
                0..4,
                "base64 has a multiple of four characters: a part is missing or too much",
            ),
        ] {
            let error = decode(text, &(0..text.len())).expect_err(text);
            assert_eq!((error.span, error.text.as_str()), (span, says), "{text}");
        }
    }
}
