//! What nullmailer's `mailq` says: for each message its time, its bytes and, since version 2, its
//! sender and a line for each recipient. The time is local time without a zone; it is asked for in
//! UTC.
//!
//! ```text
//! 2026-11-21 21:02:54 289 bytes from <carol@example.net>
//!   to <bob@example.com>
//! ```
//!
//! Source: nullmailer's `mailq.cc`.

use crate::calendar::days_since_1970;
use crate::message::Message;

/// Takes the list apart, line by line.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The message whose recipients may still come.
    message: Option<Message>,
}

impl Parser {
    /// Reads a line and gives the message that is complete with it, if one is.
    ///
    /// # Errors
    /// When it is no line of nullmailer's.
    pub(crate) fn read(&mut self, line: &[u8]) -> Result<Option<Message>, String> {
        let line = String::from_utf8_lossy(line);
        if let (Some(recipient), Some(message)) = (line.strip_prefix("  to <"), &mut self.message) {
            message.add_recipient(recipient.strip_suffix('>').unwrap_or(recipient), None);
            return Ok(None);
        }
        let message = head(&line).ok_or_else(|| line.into_owned())?;
        Ok(self.message.replace(message))
    }

    /// The last message.
    pub(crate) fn close(self) -> Option<Message> {
        self.message
    }
}

fn head(line: &str) -> Option<Message> {
    let (time, rest) = line.split_at_checked(TIME)?;
    let arrival = seconds(time)?;
    let (size, rest) = rest.trim_start().split_once(' ')?;
    // When the file has gone meanwhile.
    let is_size = size == "?????" || size.bytes().all(|c| c.is_ascii_digit());
    let rest = rest.strip_prefix("bytes").filter(|_| is_size)?;
    let sender = match rest.strip_prefix(" from <") {
        Some(sender) => sender.strip_suffix('>').unwrap_or(sender),
        None if rest.is_empty() => "",
        None => return None,
    };
    Some(Message {
        arrival: (arrival > 0).then_some(arrival),
        size: size.parse().ok(),
        sender: sender.to_owned(),
        ..Message::default()
    })
}

/// The seconds since 1970 of "YYYY-MM-DD HH:MM:SS" in UTC.
fn seconds(time: &str) -> Option<i64> {
    let bytes = time.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let expected = match at {
            4 | 7 => *byte == b'-',
            10 => *byte == b' ',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        };
        if !expected {
            return None;
        }
    }
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Bytes of a time.
const TIME: usize = 19;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<Message>, String> {
        let mut parser = Parser::default();
        let mut messages = Vec::new();
        for line in text.lines() {
            messages.extend(parser.read(line.as_bytes())?);
        }
        messages.extend(parser.close());
        Ok(messages)
    }

    fn message(arrival: i64, size: Option<u64>, sender: &str, recipients: &[&str]) -> Message {
        let sender = sender.to_owned();
        let mut message = Message { arrival: Some(arrival), size, sender, ..Message::default() };
        for recipient in recipients {
            message.add_recipient(recipient, None);
        }
        message
    }

    #[test]
    fn ok_messages_with_sender_and_recipients() {
        let text = "2026-11-21 21:02:54 289 bytes from <carol@example.net>\n  to <a@example.com>\n  \
            to <b@example.com>\n2026-11-21 21:02:55 ????? bytes from <>\n  to <c@example.com>\n\
            2026-11-21 21:02:56 ????? bytes\n";
        let first = message(
            1_795_294_974,
            Some(289),
            "carol@example.net",
            &["a@example.com", "b@example.com"],
        );
        let second = message(1_795_294_975, None, "", &["c@example.com"]);
        let third = message(1_795_294_976, None, "", &[]);
        assert_eq!(read(text), Ok(vec![first, second, third]));
    }

    #[test]
    fn ok_messages_of_the_first_version() {
        let text = "2026-11-21 21:02:54  289 bytes\n1970-01-01 00:00:00  5 bytes\n";
        let mut strange = message(0, Some(5), "", &[]);
        strange.arrival = None;
        let expected = vec![message(1_795_294_974, Some(289), "", &[]), strange];
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn ok_days_are_those_of_the_calendar() {
        for (time, expected) in [
            ("1970-01-01 00:00:00", 0),
            ("2000-02-29 12:00:00", 951_825_600),
            ("2026-12-31 23:59:59", 1_798_761_599),
            ("2100-03-01 00:00:00", 4_107_542_400),
        ] {
            assert_eq!(seconds(time), Some(expected), "{time}");
        }
    }

    #[test]
    fn unknown_lists_of_other_mail_systems() {
        for line in [
            "Mail queue is empty",
            "  to <bob@example.com>",
            "/var/spool/mqueue is empty",
            "25m  2.9K 0t5C6f-0000c8-00 <alice@example.org>",
            "Size             Queue ID                                  Date",
            "Cannot open queue directory.",
            "2026-11-21 21:02:54 289 octets",
            "2026-11-21 21:02:54 many bytes",
            "2026-13-21 21:02:54 289 bytes",
            "2026-11-21",
            "",
        ] {
            assert_eq!(Parser::default().read(line.as_bytes()), Err(line.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn no_text_at_all_panics(text in "(2026-11-21 21:02:54 )?\\PC{0,40}\n{0,2}") {
            let _ = read(&text);
        }
    }
}
