//! The form in which a message is signed (RFC 6376 section 3.4).

use super::{is_blank, lines};

/// How much a message may change on its way without breaking a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Canonical {
    /// White space may change, and the case of field names.
    Relaxed,
    /// Hardly at all.
    Simple,
}

impl Canonical {
    /// Appends a header field, given without its last line end, without a line end (sections 3.4.1 and
    /// 3.4.2).
    pub(super) fn field(self, raw: &[u8], to: &mut Vec<u8>) {
        match self {
            Self::Relaxed => {
                let mut parts = raw.splitn(2, |byte| *byte == b':');
                let name = parts.next().unwrap_or_default().trim_ascii_end();
                to.extend(name.iter().map(u8::to_ascii_lowercase));
                to.push(b':');
                let value = lines(parts.next().unwrap_or_default()).flatten();
                squeeze(value.skip_while(|byte| is_blank(**byte)), to);
            }
            Self::Simple => {
                for (at, line) in lines(raw).enumerate() {
                    if at > 0 {
                        to.extend(LINE_END);
                    }
                    to.extend(line);
                }
            }
        }
    }

    /// Hands on a body piece by piece (sections 3.4.3 and 3.4.4).
    pub(super) fn body(self, body: &[u8], mut sink: impl FnMut(&[u8])) {
        let mut squeezed = Vec::new();
        let mut empty_lines = 0_usize;
        let mut is_empty = true;
        for line in lines(body) {
            let line = match self {
                Self::Relaxed => {
                    squeezed.clear();
                    squeeze(line.iter(), &mut squeezed);
                    &squeezed
                }
                Self::Simple => line,
            };
            if line.is_empty() {
                empty_lines += 1;
                continue;
            }
            for _ in 0..std::mem::take(&mut empty_lines) {
                sink(LINE_END);
            }
            sink(line);
            sink(LINE_END);
            is_empty = false;
        }
        // No body is one empty line here, and nothing at all when relaxed.
        if is_empty && self == Self::Simple {
            sink(LINE_END);
        }
    }
}

/// Appends a line with one blank for all white space in a row, and none at its end.
fn squeeze<'a>(bytes: impl Iterator<Item = &'a u8>, to: &mut Vec<u8>) {
    let mut gap = false;
    for byte in bytes {
        if is_blank(*byte) {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            to.push(b' ');
        }
        to.push(*byte);
    }
}

/// A signature's own field as it was signed: without the value of `b=` and the white space around that
/// (section 3.7).
pub(super) fn without_signature(raw: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(raw.len());
    let start = raw.iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    let (name, value) = super::split(raw, start);
    left.extend(name);
    let mut is_gone = false;
    for (at, part) in value.split(|byte| *byte == b';').enumerate() {
        if at > 0 {
            left.push(b';');
        }
        let sign = part.iter().position(|byte| *byte == b'=');
        let (tag, _) = super::split(part, sign.unwrap_or_default());
        if !is_gone && tag.trim_ascii() == b"b" {
            is_gone = true;
            left.extend(tag);
            left.push(b'=');
        } else {
            left.extend(part);
        }
    }
    left
}

const LINE_END: &[u8] = b"\r\n";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::Message;

    fn field(canonical: Canonical, raw: &[u8]) -> Vec<u8> {
        let mut to = Vec::new();
        canonical.field(raw, &mut to);
        to
    }

    fn body(canonical: Canonical, body: impl AsRef<[u8]>) -> Vec<u8> {
        let mut to = Vec::new();
        canonical.body(body.as_ref(), |part| to.extend(part));
        to
    }

    /// The message of section 3.4.5.
    const MESSAGE: &str = "A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";

    #[test]
    fn ok_the_examples_of_section_3_4_5() {
        let crlf = MESSAGE.to_owned();
        for text in [&crlf, &crlf.replace("\r\n", "\n")] {
            let message = Message::read(text.as_bytes());
            let header = |canonical| {
                let fields =
                    message.fields.iter().map(|it| [&field(canonical, it.raw), LINE_END].concat());
                String::from_utf8(fields.collect::<Vec<_>>().concat()).expect("text")
            };
            assert_eq!(header(Canonical::Relaxed), "a:X\r\nb:Y Z\r\n");
            assert_eq!(header(Canonical::Simple), "A: X\r\nB : Y\t\r\n\tZ  \r\n");
            assert_eq!(body(Canonical::Relaxed, message.body), b" C\r\nD E\r\n");
            assert_eq!(body(Canonical::Simple, message.body), b" C \r\nD \t E\r\n");
        }
    }

    #[test]
    fn ok_header_fields() {
        for (raw, relaxed, simple) in [
            ("Subject:", "subject:", "Subject:"),
            ("Subject: \t ", "subject:", "Subject: \t "),
            ("SUBJect \t: AbC", "subject:AbC", "SUBJect \t: AbC"),
            ("X: a\n b\r\n\tc\r\n ", "x:a b c", "X: a\r\n b\r\n\tc\r\n "),
            ("X: a\rb\r\r\n c", "x:a\rb\r c", "X: a\rb\r\r\n c"),
            ("X: a:b", "x:a:b", "X: a:b"),
            ("X:\0\u{fc}", "x:\0\u{fc}", "X:\0\u{fc}"),
        ] {
            assert_eq!(field(Canonical::Relaxed, raw.as_bytes()), relaxed.as_bytes(), "{raw:?}");
            assert_eq!(field(Canonical::Simple, raw.as_bytes()), simple.as_bytes(), "{raw:?}");
        }
    }

    #[test]
    fn ok_bodies() {
        for (text, relaxed, simple) in [
            ("", "", "\r\n"),
            ("\r\n", "", "\r\n"),
            ("\n\n\n", "", "\r\n"),
            (" \t\r\n", "", " \t\r\n"),
            ("a", "a\r\n", "a\r\n"),
            ("a\n", "a\r\n", "a\r\n"),
            ("a\r\n\r\n\r\n", "a\r\n", "a\r\n"),
            ("a\n\n\nb\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"),
            ("a \t b \r\n \r\n", "a b\r\n", "a \t b \r\n \r\n"),
            ("  a", " a\r\n", "  a\r\n"),
            ("a\rb\r", "a\rb\r\r\n", "a\rb\r\r\n"),
            ("a\r\r\n", "a\r\r\n", "a\r\r\n"),
            ("a\0\u{fc}", "a\0\u{fc}\r\n", "a\0\u{fc}\r\n"),
        ] {
            assert_eq!(body(Canonical::Relaxed, text), relaxed.as_bytes(), "{text:?}");
            assert_eq!(body(Canonical::Simple, text), simple.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn ok_only_the_value_of_b_is_taken_away() {
        for (raw, left) in [
            ("DKIM-Signature: b=abc", "DKIM-Signature: b="),
            ("DKIM-Signature:b=\r\n ab c\r\n ; bh=x=; d=y", "DKIM-Signature:b=; bh=x=; d=y"),
            ("DKIM-Signature: bh=x=;\r\n\tb = abc= ", "DKIM-Signature: bh=x=;\r\n\tb ="),
            ("DKIM-Signature: a=b=c; b=d;", "DKIM-Signature: a=b=c; b=;"),
            ("DKIM-Signature: b; B=x", "DKIM-Signature: b; B=x"),
            ("DKIM-Signature: b=x; b=y", "DKIM-Signature: b=; b=y"),
        ] {
            let got = without_signature(raw.as_bytes());
            assert_eq!(String::from_utf8_lossy(&got), left, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn ok_canonical_bodies_stay_as_they_are(text in "[ab \t\r\n\0]{0,60}") {
            for canonical in [Canonical::Relaxed, Canonical::Simple] {
                let once = body(canonical, &text);
                prop_assert_eq!(&body(canonical, &once), &once);
            }
        }

        #[test]
        fn ok_canonical_fields_stay_as_they_are(value in "[ab:; \t\r]{0,20}(\r?\n[ \t][ab \t]{0,5}){0,3}") {
            for canonical in [Canonical::Relaxed, Canonical::Simple] {
                let once = field(canonical, format!("X-Y:{value}").as_bytes());
                prop_assert_eq!(&field(canonical, &once), &once);
            }
        }
    }
}
