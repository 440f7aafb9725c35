//! An envelope file: one recipient of a message, as lines "key: value". It is written anew with
//! each attempt. With `queue compression` or `queue encryption` it is not readable like that.
//!
//! Source: OpenSMTPD's `envelope.c`.

use crate::message::Message;

/// Reads the first bytes of an envelope file; `None` when they are no envelope. The id and the size
/// are not in it.
pub(crate) fn read(bytes: &[u8]) -> Option<Message> {
    let mut message = Message::default();
    let (mut destination, mut error) = (None, None);
    let mut lines = bytes.split(|&byte| byte == b'\n');
    lines.next()?.strip_prefix(b"version: ")?;
    for line in lines {
        let line = String::from_utf8_lossy(line);
        // Keys without a value stand for an empty one.
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim_start();
        match key {
            "ctime" => message.arrival = value.parse().ok().filter(|time| *time > 0),
            "sender" => sender(value).clone_into(&mut message.sender),
            "rcpt" if destination.is_none() => destination = Some(value.to_owned()),
            // Where an alias or a forwarding leads to.
            "dest" if !value.is_empty() => destination = Some(value.to_owned()),
            "errorline" if !value.is_empty() => error = Some(value.to_owned()),
            _ => {}
        }
    }
    if let Some(destination) = destination {
        message.add_recipient(&destination, error.as_deref());
    }
    Some(message)
}

/// The sender, empty for the null sender, which OpenSMTPD writes as an address of two empty parts.
pub(super) fn sender(written: &str) -> &str {
    if written == "@" { "" } else { written }
}

/// Bytes of an envelope file that are read: its lines are short, but for two of 1024 at most.
pub(crate) const HEAD: usize = 8192;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(sender: &str, destination: &str, reason: Option<&str>, arrival: i64) -> Message {
        let mut message =
            Message { sender: sender.to_owned(), arrival: Some(arrival), ..Message::default() };
        message.add_recipient(destination, reason);
        message
    }

    #[test]
    fn ok_an_envelope_that_waits() {
        let file = b"version: 3\ndispatcher: outbound\ntype: mta\nsmtpname: mail.example.org\n\
            helo: client.example.net\nhostname: localhost\n\
            errorline: Network error on destination MXs\nsockaddr: 127.0.0.1\n\
            sender: carol@example.net\nrcpt: bob2@example.com\ndest: bob@example.org\n\
            ctime: 1795294974\nlast-try: 0\nttl: 0\nretry: 1\nesc-class: 4\nesc-code: 0\n";
        let reason = Some("Network error on destination MXs");
        let expected = message("carol@example.net", "bob@example.org", reason, 1_795_294_974);
        assert_eq!(read(file), Some(expected));
    }

    #[test]
    fn ok_a_bounce_that_was_not_tried() {
        let file = b"version: 3\nsender: @\nrcpt: a@example.com\ndest:\nctime: 1795294975\n";
        let expected = message("", "a@example.com", None, 1_795_294_975);
        assert_eq!(read(file), Some(expected));
    }

    #[test]
    fn ok_a_cut_envelope_tells_what_it_has() {
        let cut = b"version: 3\nsender: a@example.org\nctime: 0\nrcp";
        let expected = Message { sender: "a@example.org".to_owned(), ..Message::default() };
        assert_eq!(read(cut), Some(expected));
    }

    #[test]
    fn unknown_what_is_no_envelope() {
        for file in [&b""[..], b"\n", b"\x1f\x8b\x08\0\0version: 3\n", b"sender: a@example.org\n"] {
            assert_eq!(read(file), None, "{file:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&file);
            let _ = read(&[b"version: 3\n", &file[..]].concat());
        }

        #[test]
        fn no_values_at_all_panic(ctime in "\\PC{0,30}", rcpt in "\\PC{0,30}") {
            let file = format!("version: 3\nctime: {ctime}\nrcpt: {rcpt}\nerrorline:{rcpt}\n");
            let message = read(file.as_bytes());
            prop_assert!(message.is_some_and(|it| it.recipients.len() == 1));
        }
    }
}
