//! A file of the queue: the sender's line, a line for each recipient, an empty line, the message.
//! Its name is "seconds.process". Source: nullmailer's `queue.cc`, nullmailer-queue(8).

use crate::message::Message;

/// The second of arrival since 1970 in a name, as nullmailer gives names.
pub(crate) fn arrival(name: &[u8]) -> Option<i64> {
    let (seconds, process) = std::str::from_utf8(name).ok()?.split_once('.')?;
    let is_process = !process.is_empty() && process.bytes().all(|c| c.is_ascii_digit());
    let is_second = seconds.bytes().all(|c| c.is_ascii_digit());
    if is_process && is_second { seconds.parse().ok().filter(|it| *it > 0) } else { None }
}

/// Reads sender and recipients in the first bytes of a file.
pub(crate) fn read(bytes: &[u8]) -> Message {
    let mut message = Message::default();
    let mut lines = bytes.split(|&byte| byte == b'\n');
    // What comes behind the last line feed is cut.
    lines.next_back();
    let text = |line: &[u8]| String::from_utf8_lossy(line).trim_end().to_owned();
    message.sender = lines.next().map(text).unwrap_or_default();
    for recipient in lines.map(text).take_while(|line| !line.is_empty()) {
        message.add_recipient(&recipient, None);
    }
    message
}

/// Bytes of a file that are read: some thousand recipients.
pub(crate) const HEAD: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_sender_and_recipients_stand_before_the_message() {
        let file = b"root@example.org\nbob@example.net\ncarol@example.com\n\n\
            Received: (nullmailer pid 1)\n\nHi.\n";
        let mut expected = Message { sender: "root@example.org".to_owned(), ..Message::default() };
        expected.add_recipient("bob@example.net", None);
        expected.add_recipient("carol@example.com", None);
        assert_eq!(read(file), expected);
    }

    #[test]
    fn ok_a_bounce_has_an_empty_first_line() {
        let mut expected = Message::default();
        expected.add_recipient("root@example.org", None);
        assert_eq!(read(b"\nroot@example.org\n\nSubject: x\n"), expected);
        assert_eq!(read(b"\nroot@example.org\ncut@exam"), expected);
    }

    #[test]
    fn ok_names_have_the_second_of_arrival() {
        for (name, second) in [
            (&b"1795294974.4711"[..], Some(1_795_294_974)),
            (b"1795294974", None),
            (b"1795294974.", None),
            (b"1795294974.x", None),
            (b"0.1", None),
            (b"-5.1", None),
            (b".4711", None),
            (b"99999999999999999999.1", None),
            (b"core", None),
            (b"\xff.1", None),
        ] {
            assert_eq!(arrival(name), second, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&file);
            let _ = arrival(&file);
        }
    }
}
