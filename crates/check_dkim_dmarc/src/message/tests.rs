use proptest::prelude::*;

use super::*;

/// The fields of a message as name and value.
fn fields(text: &str) -> Vec<(String, String)> {
    let message = Message::read(text.as_bytes());
    message.fields.iter().map(|field| (field.name().to_owned(), field.text())).collect()
}

#[test]
fn ok_headers_are_read() {
    for text in [
        "A: x\r\nBc : y\r\n\tz\r\n  \r\n\r\nbody",
        "A: x\nBc : y\n\tz\n  \n\nbody",
        "From someone Mon Jan  1 00:00:00 2024\nA:x\nBc\t:y\r\n\tz\n\nbody",
    ] {
        let message = Message::read(text.as_bytes());
        let all = fields(text);
        let all: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(all, [("A", "x"), ("Bc", "y\tz")], "{text}");
        assert_eq!((message.body, message.end), (&b"body"[..], HeaderEnd::EmptyLine), "{text}");
    }
}

#[test]
fn ok_where_a_header_ends() {
    use HeaderEnd::{EmptyLine, File, Line};
    for (text, count, end, body) in [
        ("", 0, File, ""),
        ("\n", 0, EmptyLine, ""),
        ("\r\nbody\n\n", 0, EmptyLine, "body\n\n"),
        ("A: x", 1, File, ""),
        ("A: x\n", 1, File, ""),
        ("A: x\n\n", 1, EmptyLine, ""),
        ("A: x\nno field\nB: y\n\nz", 1, Line(2), "no field\nB: y\n\nz"),
        ("no field", 0, Line(1), "no field"),
        (" folded\nA: x\n", 0, Line(1), " folded\nA: x\n"),
        ("From x\n no field", 0, Line(2), " no field"),
        ("From x", 0, File, ""),
        ("From : a@example.org\n", 1, File, ""),
        ("A: x\n: y\n", 1, Line(2), ": y\n"),
        ("A: x\nB c: y\n", 1, Line(2), "B c: y\n"),
        ("A: x\nB\u{fc}: y\n", 1, Line(2), "B\u{fc}: y\n"),
        ("A: x\n\r", 1, Line(2), "\r"),
        ("A: \0\u{fc}\rB: y\n\n", 1, EmptyLine, ""),
    ] {
        let message = Message::read(text.as_bytes());
        assert_eq!((message.fields.len(), message.end), (count, end), "{text:?}");
        assert_eq!(message.body, body.as_bytes(), "{text:?}");
    }
}

#[test]
fn warning_a_flood_of_fields_is_cut() {
    let message = "A: x\n".repeat(100_000);
    let message = Message::read(message.as_bytes());
    assert_eq!((message.fields.len(), message.left_out), (MOST_FIELDS, 99_000));
    assert_eq!(message.end, HeaderEnd::File);
}

/// Pieces that come together in messages more often than chance would have it.
#[rustfmt::skip]
const PIECES: [&str; 38] = [
    "DKIM-Signature:", "From:", "From ", "\r\n", "\n", "\r", " ", "\t", ";", "=", ":", "<", ">", "@", "(", ")",
    "\"", "\\", "[", "]", ",", "a=rsa-sha256", "a=ed25519-sha256", "b=", "bh=", "d=", "v=1", "h=from", "s=a",
    "l=", "i=", "t=", "x=", "c=relaxed/relaxed", "example.org", "AAAA", "9",
    "DKIM-Signature: v=1; a=rsa-sha256; b=AAAA; bh=AAAA; d=example.org; h=From:from:cc; s=a;",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(PIECES.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #[test]
    fn ok_any_bytes_can_be_read(pieces in prop::collection::vec(piece(), 0..40)) {
        let bytes = pieces.concat();
        let message = Message::read(&bytes);
        let text = message.fields.iter().map(|field| field.raw.len()).sum::<usize>();
        prop_assert!(text + message.body.len() <= bytes.len());
        let _ = Origin::of(&message).author.to_string();
        for prepared in prepare(&message).prepared {
            let verified = prepared.conclude(None, 0);
            prop_assert!(verified.result != Outcome::Pass);
            prop_assert!(serde_json::to_string(&verified).is_ok());
        }
    }
}
