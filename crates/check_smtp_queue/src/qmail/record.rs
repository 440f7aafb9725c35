//! What qmail keeps about a message: records that begin with a letter and end with a NUL. `F` is the
//! sender, `T` a recipient to whom it still has to go, `D` one who is done. Source: qmail's
//! `INTERNALS` and qmail-send.c.

use crate::message::Message;

/// Adds what the first bytes of a file in `info`, `local`, `remote` or `todo` tell.
pub(crate) fn read(bytes: &[u8], message: &mut Message) {
    let mut records = bytes.split(|&byte| byte == 0);
    // What comes behind the last NUL is cut or still being written.
    records.next_back();
    for record in records {
        let Some((kind, text)) = record.split_first() else { continue };
        let text = String::from_utf8_lossy(text);
        match kind {
            b'F' => sender(&text).clone_into(&mut message.sender),
            b'T' => message.add_recipient(&text, None),
            _ => {}
        }
    }
}

/// The sender, empty for the null sender. A bounce of a bounce has a sender of its own, to which
/// nothing can be sent either.
fn sender(written: &str) -> &str {
    if written == "#@[]" { "" } else { written }
}

/// Bytes of a file that are read: some two thousand recipients.
pub(crate) const HEAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(files: &[&[u8]]) -> Message {
        let mut message = Message::default();
        for file in files {
            read(file, &mut message);
        }
        message
    }

    #[test]
    fn ok_sender_and_recipients_of_their_files() {
        let read = message(&[
            b"Falice@example.org\0",
            b"Droot@example.org\0Tpostmaster@example.org\0",
            b"Tbob@example.net\0Tcarol@example.com\0",
        ]);
        let mut expected = Message { sender: "alice@example.org".to_owned(), ..Message::default() };
        expected.add_recipient("postmaster@example.org", None);
        expected.add_recipient("bob@example.net", None);
        expected.add_recipient("carol@example.com", None);
        assert_eq!(read, expected);
    }

    #[test]
    fn ok_the_envelope_before_it_is_preprocessed() {
        let read = message(&[b"u1000\0p4711\0F#@[]\0Tbob@example.net\0Tcut@exam"]);
        let mut expected = Message::default();
        expected.add_recipient("bob@example.net", None);
        assert_eq!(read, expected);
    }

    #[test]
    fn ok_nothing_tells_nothing() {
        for file in [&b""[..], b"\0\0\0", b"F", b"no end"] {
            assert_eq!(message(&[file]), Message::default());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(file in proptest::collection::vec("[FTDu\0-\x7f]", 0..60)) {
            let _ = message(&[file.concat().as_bytes()]);
        }
    }
}
