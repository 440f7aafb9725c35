//! What `exim -bp` says.
//!
//! ```text
//!  4m   289 1xUsAR-0005gX-1g <alice@example.org> *** frozen ***
//!           bob@example.net
//!         D dave@example.net
//! ```
//!
//! A message ends with an empty line, unless it has no recipients. One whose header file Exim cannot
//! read has no age, no sender and a note between asterisks, and counts all the same. Exim rounds the
//! age to minutes, hours or days; the id has the second. The size is rounded to two or three digits.
//! Source: Exim's `queue_list()` in `queue.c`.

use super::message_id;
use crate::message::Message;
use crate::queue::Queue;

/// A message, and whether Exim no longer tries to deliver it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Listed {
    pub(super) message: Message,
    pub(super) is_frozen: bool,
}

/// Takes the lines together.
#[derive(Debug, Default)]
pub(super) struct Parser(Option<Listed>);

impl Parser {
    /// Reads the next line, without its end, and gives the message that it completes.
    ///
    /// # Errors
    /// When it is no line of a list.
    pub(super) fn line(&mut self, line: &str) -> Result<Option<Listed>, String> {
        if line.is_empty() {
            return Ok(self.end());
        }
        if let Some(listed) = &mut self.0 {
            if line.starts_with("    ***") {
                listed.is_frozen |= line.ends_with(FROZEN);
                return Ok(None);
            }
            if let Some(address) = line.strip_prefix("          ") {
                listed.message.add_recipient(address, None);
                return Ok(None);
            }
            // Somebody who has it: a recipient, or with -bpa an address that came of one.
            if line.starts_with("        D ") || line.starts_with("       +D ") {
                return Ok(None);
            }
        }
        let listed = first_line(line).ok_or_else(|| {
            let shown: String = line.chars().take(SHOWN).collect();
            format!("no line of a queue: {shown}")
        })?;
        Ok(self.0.replace(listed))
    }

    /// The last message, when there are no more lines.
    pub(super) fn end(&mut self) -> Option<Listed> {
        self.0.take()
    }
}

fn first_line(line: &str) -> Option<Listed> {
    let mut message = Message { queue: Some(Queue::Queue), ..Message::default() };
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(' ');
        let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = behind;
        if let Some(arrival) = message_id::arrival(word.as_bytes()) {
            message.arrival = Some(arrival);
            word.clone_into(&mut message.id);
            break;
        }
        if !is_age(word) {
            message.size = Some(size(word)?);
        }
    }
    let is_frozen = rest.ends_with(FROZEN);
    // The login behind the sender is that of somebody whom Exim does not trust to name one.
    let sender = rest.trim_end_matches(FROZEN);
    let sender = sender.rsplit_once('>').and_then(|(sender, _)| sender.strip_prefix('<'));
    sender.unwrap_or_default().clone_into(&mut message.sender);
    Some(Listed { message, is_frozen })
}

/// Minutes, hours or days.
fn is_age(word: &str) -> bool {
    let number = word.strip_suffix(['m', 'h', 'd']);
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// Bytes, from `314`, `1.7K` or `4.8M`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a number of few digits, checked to be one"
)]
fn size(word: &str) -> Option<u64> {
    let (number, unit) = match word.strip_suffix('K') {
        Some(number) => (number, 1_u64 << 10),
        None => word.strip_suffix('M').map_or((word, 1), |number| (number, 1 << 20)),
    };
    if number.len() > MOST_DIGITS || !number.bytes().all(|it| it.is_ascii_digit() || it == b'.') {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    Some((number * unit as f64).round() as u64)
}

const FROZEN: &str = " *** frozen ***";
/// Of a size, even one that is not rounded.
const MOST_DIGITS: usize = 15;
/// Characters of a line that is not understood.
const SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<Listed>, String> {
        let mut parser = Parser::default();
        let mut found = Vec::new();
        for line in text.lines() {
            found.extend(parser.line(line)?);
        }
        found.extend(parser.end());
        Ok(found)
    }

    fn listed(id: &str, size: Option<u64>, sender: &str, recipients: &[&str]) -> Listed {
        let mut message = Message {
            queue: Some(Queue::Queue),
            id: id.to_owned(),
            arrival: Some(1_795_294_719),
            size,
            sender: sender.to_owned(),
            recipients: Vec::new(),
        };
        for recipient in recipients {
            message.add_recipient(recipient, None);
        }
        Listed { message, is_frozen: false }
    }

    const OLD: &str = "1xUsAR-0005gO-1c";
    const NEW: &str = "1xUsAR-00000005gOx-1c2d";

    #[test]
    fn ok_messages_with_ids_of_both_forms() {
        let text = format!(
            " 0m   314 {OLD} <alice@example.org>\n          bob@example.net\n        D dave@example.net\n\n\
            90m  4.8M {NEW} <>\n          \"odd <local> | part\"@example.net\n\n\
            1000d  1.7K {OLD} <\"a b\"@example.org> (www-data) *** frozen ***\n          bob@example.net\n\n"
        );
        let mut frozen = listed(OLD, Some(1741), "\"a b\"@example.org", &["bob@example.net"]);
        frozen.is_frozen = true;
        assert_eq!(
            read(&text),
            Ok(vec![
                listed(OLD, Some(314), "alice@example.org", &["bob@example.net"]),
                listed(NEW, Some(5_033_165), "", &["\"odd <local> | part\"@example.net"]),
                frozen,
            ])
        );
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn ok_messages_that_exim_cannot_read_count() {
        let text = format!(
            "      {OLD}\n    *** spool format error: size=12 ***\n\n\
             2h       {NEW} <alice@example.org>\n\
             2h   20K {OLD} <alice@example.org>\n    *** spool read error: Permission denied *** *** frozen ***\n\n"
        );
        let mut frozen = listed(OLD, Some(20_480), "alice@example.org", &[]);
        frozen.is_frozen = true;
        assert_eq!(
            read(&text),
            Ok(vec![
                listed(OLD, None, "", &[]),
                listed(NEW, None, "alice@example.org", &[]),
                frozen
            ])
        );
    }

    #[test]
    fn ok_a_sender_cannot_freeze_a_message() {
        let text = format!(" 0m   314 {OLD} <\"x *** frozen ***\"@example.org>\n");
        let expected = listed(OLD, Some(314), "\"x *** frozen ***\"@example.org", &[]);
        assert_eq!(read(&text), Ok(vec![expected]));
    }

    #[test]
    fn unknown_what_is_no_list() {
        for text in ["12", "Mail queue is empty", "          bob@example.net", " 0m 1e9 x", "0"] {
            assert_eq!(read(text), Err(format!("no line of a queue: {text}")));
        }
    }

    proptest! {
        #[test]
        fn no_lines_at_all_panic(text in "( {0,10}[0-9.KMmhd]{1,9} |1xUsAR-0005gO-1c|<.{0,9}>|.|\n){0,30}") {
            let _ = read(&text);
        }
    }
}
