//! What `sendmail -bp` says.
//!
//! ```text
//!                 /var/spool/mqueue (2 requests)
//! -----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
//! 6ALL0wdx022459       11 Sat Nov 21 21:00 alice@example.org
//!                  (Deferred: Connection refused by [192.0.2.1])
//!                                          bob@example.net
//!                 Total requests: 2
//! ```
//!
//! The total is the count: with `MaxQueueRunSize` not all messages are listed. The time has neither
//! a year nor seconds, but the id has both. What Sendmail may not see it calls empty, or says nothing
//! of, and exits with 0: only a total without a complaint is an answer. Source: Sendmail's
//! `print_single_queue()` in `queue.c`.

use super::control_file::sender;
use super::queue_id;
use crate::message::Message;

/// Takes the lines together.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// All messages of the queues, once Sendmail has said it.
    pub(super) total: Option<u64>,
    /// Messages that were listed.
    pub(super) listed: u64,
    /// What Sendmail was not allowed to do, in its words.
    pub(super) refusal: Option<String>,
    /// A line that means nothing here.
    pub(super) odd: Option<String>,
    message: Option<Message>,
    reason: Option<String>,
}

impl Parser {
    /// Reads the next line, without its end, and gives the message that it completes.
    pub(super) fn line(&mut self, line: &str) -> Option<Message> {
        if let Some(message) = first_line(line) {
            self.listed += 1;
            self.reason = None;
            return self.message.replace(message);
        }
        let text = line.trim();
        if let Some(total) = line.strip_prefix("\t\tTotal requests: ") {
            match total.trim().parse::<u64>() {
                Ok(total) => self.total = Some(self.total.unwrap_or(0).saturating_add(total)),
                Err(_) => self.odd(text),
            }
            return self.end();
        }
        if let Some(address) = line.strip_prefix("\t\t\t\t\t") {
            if let Some(message) = &mut self.message {
                message.add_recipient(sender(address.trim()), self.reason.as_deref());
            }
        } else if line.starts_with("   ") {
            let reason = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
            self.reason = reason.map(ToOwned::to_owned).or_else(|| self.reason.take());
        } else if text.contains("readqf: no control file") {
            // It is being written, or gone by now. It is in the number of requests.
        } else if REFUSALS.iter().any(|refusal| text.contains(refusal)) {
            self.refusal.get_or_insert_with(|| shown(text));
        } else if !is_heading(line) {
            self.odd(text);
        }
        None
    }

    /// The last message, when there are no more lines.
    pub(super) fn end(&mut self) -> Option<Message> {
        self.message.take()
    }

    fn odd(&mut self, text: &str) {
        self.odd.get_or_insert_with(|| shown(text));
    }
}

/// A message: its id, a mark, its size, its time and its sender; or a note between brackets instead
/// of all that.
fn first_line(line: &str) -> Option<Message> {
    let end = line.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
    let (id, rest) = line.split_at(end);
    if end < SHORTEST_ID || !queue_id::is_id(id.as_bytes()) {
        return None;
    }
    let rest = rest.strip_prefix([' ', '*', '-', 'X', '?'])?.trim_start();
    let arrival = queue_id::arrival(id.as_bytes());
    let message = Message { id: id.to_owned(), arrival, ..Message::default() };
    if rest.starts_with('(') {
        return Some(message);
    }
    let (size, rest) = rest.split_once(' ')?;
    let size = Some(size.parse().ok()?);
    let from = rest.get(TIME..).unwrap_or_default().trim();
    Some(Message { size, sender: sender(from).to_owned(), ..message })
}

/// What stands above and between the messages.
fn is_heading(line: &str) -> bool {
    line.trim().is_empty()
        || line.starts_with("-----Q-ID-----")
        || line.ends_with(" Queue status...")
        || line.ends_with(" is empty")
        || (line.starts_with("\t\t") && line.contains(" request"))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// What Sendmail says when it may not look.
const REFUSALS: &[&str] = &["Permission denied", "not permitted to see the queue"];
/// Bytes of `Sat Nov 21 21:00`.
const TIME: usize = 16;
/// Bytes of an id, even an old one.
const SHORTEST_ID: usize = 8;
/// Characters of a line that is not understood.
const SHOWN: usize = 120;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Parser, Vec<Message>) {
        let (mut parser, mut messages) = (Parser::default(), Vec::new());
        for line in text.lines() {
            messages.extend(parser.line(line));
        }
        messages.extend(parser.end());
        (parser, messages)
    }

    const HEADING: &str =
        "-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------";

    #[test]
    fn ok_messages_and_their_total() {
        let gap = " ".repeat(17);
        let text = format!(
            "\t\t/var/spool/mqueue (4 requests)\n{HEADING}\n\
            6ALL0wJU022468        7 Sat Nov 21 21:00 \"a b\"@example.org\n\
            \t\t\t\t\t \"odd <local> | part\"@example.net\n\
            6ALL0w15022462*      11 Sat Nov 21 21:00 <>\n\
            {gap}(Deferred: Connection refused by [192.0.2.1])\n\
            \t\t\t\t\t bob@example.net\n\t\t\t\t\t <erin@example.net>\n\
            6ALL0wVh022474  3039474 Sat Nov 21 21:00 alice@example.org\n\
            \t\t\t\t\t bob@example.net\n\
            6ALL0wXN022480  (job completed)\n\
            \t\tTotal requests: 4\n"
        );
        let (parser, messages) = read(&text);
        assert_eq!((parser.total, parser.listed), (Some(4), 4));
        assert_eq!((parser.refusal, parser.odd), (None, None));
        let shape: Vec<_> = messages
            .iter()
            .map(|it| (it.id.as_str(), it.arrival, it.size, it.sender.as_str()))
            .collect();
        let at = Some(1_795_294_858);
        assert_eq!(
            shape,
            [
                ("6ALL0wJU022468", at, Some(7), "\"a b\"@example.org"),
                ("6ALL0w15022462", at, Some(11), ""),
                ("6ALL0wVh022474", at, Some(3_039_474), "alice@example.org"),
                ("6ALL0wXN022480", at, None, ""),
            ]
        );
        let recipients: Vec<_> = messages[..3]
            .iter()
            .flat_map(|it| &it.recipients)
            .map(|it| (it.address.as_str(), it.reason.as_deref()))
            .collect();
        let reason = Some("Deferred: Connection refused by [192.0.2.1]");
        assert_eq!(
            recipients,
            [
                ("\"odd <local> | part\"@example.net", None),
                ("bob@example.net", reason),
                ("erin@example.net", reason),
                ("bob@example.net", None),
            ]
        );
    }

    #[test]
    fn ok_no_message_and_more_than_are_listed() {
        let (parser, messages) = read("/var/spool/mqueue is empty\n\t\tTotal requests: 0\n");
        assert_eq!((parser.total, parser.odd, messages.len()), (Some(0), None, 0));
        let (parser, messages) = read(&format!(
            "\t\t/var/spool/mqueue/q1/df (5 requests, only 1 printed)\n{HEADING}\n\
            6ALL0wdx022459       11 Sat Nov 21 21:00 alice@example.org\n\t\t\t\t\t bob@example.net\n\
            /var/spool/mqueue/q2/df is empty\n\t\tTotal requests: 5\n"
        ));
        assert_eq!((parser.total, parser.listed, messages.len()), (Some(5), 1, 1));
    }

    #[test]
    fn ok_quarantined_and_lost_ones() {
        let (parser, messages) = read(&format!(
            "\t\t/var/spool/mqueue (2 requests)\n{HEADING}\n\
            6ALL0wr4022477        3 Sat Nov 21 21:00 alice@example.org\n     QUARANTINE: looks like spam\n\
            \t\t\t\t\t bob@example.net\n\
            6ALL0wXN022480?       3 Sat Nov 21 21:00 lost@example.org\n\t\t\t\t\t bob@example.net\n\
            \t\tTotal requests: 2\n"
        ));
        assert_eq!((parser.total, parser.odd), (Some(2), None));
        assert_eq!(messages[1].sender, "lost@example.org");
    }

    #[test]
    fn ok_a_message_that_is_being_written_is_no_refusal() {
        let (parser, messages) = read(&format!(
            "\t\t/var/spool/mqueue (1 request)\n{HEADING}\n\
            6ALMcMie005911readqf: no control file ./qf6ALMcMie005911: Permission denied\n\
            \t\tTotal requests: 1\n"
        ));
        assert_eq!((parser.total, parser.listed, messages.len()), (Some(1), 0, 0));
        assert_eq!((parser.refusal, parser.odd), (None, None));
    }

    #[test]
    fn unknown_what_sendmail_may_not_see() {
        let (parser, _) = read("You are not permitted to see the queue\n\t\tTotal requests: 0\n");
        assert_eq!(parser.total, Some(0));
        assert_eq!(parser.refusal.as_deref(), Some("You are not permitted to see the queue"));
        let (parser, _) = read(
            "WARNING: RunAsUser for MSP ignored, check group ids (egid=65534, want=102)\n\
            can not chdir(/var/spool/mqueue-client/): Permission denied\n\
            Program mode requires special privileges, e.g., root or TrustedUser.\n",
        );
        assert_eq!(parser.total, None);
        let refusal = "can not chdir(/var/spool/mqueue-client/): Permission denied";
        assert_eq!(parser.refusal.as_deref(), Some(refusal));
    }

    #[test]
    fn unknown_what_is_no_list() {
        let (parser, messages) = read("Mail queue is empty\nsendmail: fatal: no\n");
        assert_eq!((parser.total, messages.len()), (None, 0));
        assert_eq!(parser.odd.as_deref(), Some("sendmail: fatal: no"));
        assert_eq!(read("\t\tTotal requests: many\n").0.total, None);
    }

    proptest! {
        #[test]
        fn no_lines_at_all_panic(text in "(\t\tTotal requests: [0-9]{0,25}|6ALL0wr4022477| [0-9]{1,22} |\t{0,6}|\\(|.|é|\n){0,30}") {
            let _ = read(&text);
        }
    }
}
