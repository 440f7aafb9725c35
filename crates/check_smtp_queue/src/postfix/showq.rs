//! What Postfix's showq service says over its socket, as soon as somebody connects.
//!
//! Names and values, each ended by a NUL; an empty name ends a group. First comes a group with the
//! protocol's name (since Postfix 3.6), then one for each message: its attributes, and behind them a
//! recipient and a reason for each whom it still waits for. A group without anything ends the list,
//! so a list that was cut can be told from a whole one. The set of names grew with 3.5 and 3.11, and
//! will grow: unknown ones are skipped. Source: Postfix's `showq.c` and `postqueue/showq_json.c`.

use crate::message::Message;
use crate::queue::Queue;

/// Takes the stream apart, in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The string that is not ended yet.
    partial: Vec<u8>,
    /// The name whose value comes next.
    name: Option<Vec<u8>>,
    /// Whether the group has any attribute yet.
    has_attributes: bool,
    message: Message,
    /// Whether the whole list has ended.
    ended: bool,
}

/// Why a stream is not a list of a mail queue.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ShowqFault {
    /// A name or value is longer than any that Postfix sends.
    #[error("an endless attribute")]
    Endless,
    /// A message has no queue that is known, or no id.
    #[error("a message without queue or id")]
    Nameless,
    /// Something comes behind the end.
    #[error("more after the end of the list")]
    Trailing,
}

impl Parser {
    /// Reads the next piece and calls `found` for every message that it completes.
    ///
    /// # Errors
    /// [`ShowqFault`], after which the rest means nothing.
    pub(crate) fn read(
        &mut self,
        mut piece: &[u8],
        mut found: impl FnMut(&Message),
    ) -> Result<(), ShowqFault> {
        while let Some(end) = piece.iter().position(|&byte| byte == 0) {
            let (text, rest) = piece.split_at(end);
            piece = &rest[1..];
            if self.partial.is_empty() {
                self.string(text, &mut found)?;
            } else {
                self.partial.extend_from_slice(text);
                let whole = std::mem::take(&mut self.partial);
                self.string(&whole, &mut found)?;
            }
        }
        if self.ended && !piece.is_empty() {
            return Err(ShowqFault::Trailing);
        }
        self.partial.extend_from_slice(piece);
        if self.partial.len() > LONGEST { Err(ShowqFault::Endless) } else { Ok(()) }
    }

    /// Whether the whole list was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.ended
    }

    fn string(&mut self, text: &[u8], found: &mut impl FnMut(&Message)) -> Result<(), ShowqFault> {
        if self.ended {
            return Err(ShowqFault::Trailing);
        }
        match self.name.take() {
            Some(name) => self.attribute(&name, &String::from_utf8_lossy(text)),
            None if text.is_empty() => return self.end_of_group(found),
            None => {
                self.has_attributes = true;
                self.name = Some(text.to_vec());
            }
        }
        Ok(())
    }

    fn attribute(&mut self, name: &[u8], value: &str) {
        let message = &mut self.message;
        match name {
            b"queue_name" => message.queue = queue(value),
            b"queue_id" => value.clone_into(&mut message.id),
            b"time" => message.arrival = value.parse().ok(),
            b"size" => message.size = value.parse().ok(),
            b"sender" => sender(value).clone_into(&mut message.sender),
            b"recipient" => message.add_recipient(value, None),
            b"reason" if !value.is_empty() => message.explain(value),
            _ => {}
        }
    }

    fn end_of_group(&mut self, found: &mut impl FnMut(&Message)) -> Result<(), ShowqFault> {
        if !std::mem::take(&mut self.has_attributes) {
            self.ended = true;
            return Ok(());
        }
        let message = std::mem::take(&mut self.message);
        // The group with the protocol's name has nothing of a message.
        if message == Message::default() {
            return Ok(());
        }
        if message.queue.is_none() || message.id.is_empty() {
            return Err(ShowqFault::Nameless);
        }
        found(&message);
        Ok(())
    }
}

/// The queue of this name, if it is one that Postfix lists.
pub(super) fn queue(name: &str) -> Option<Queue> {
    super::LISTED.into_iter().find(|queue| queue.name() == name)
}

/// The sender, empty for the null sender, which Postfix lists by the name that it has in bounces.
pub(super) fn sender(listed: &str) -> &str {
    if listed == "MAILER-DAEMON" { "" } else { listed }
}

/// Bytes; Postfix's own limit for a line of text is 2048, for an address 1000.
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROTOCOL: &[u8] = b"protocol\0mail_queue_list_protocol\0\0";
    const FIRST: &[u8] =
        b"queue_name\0deferred\0queue_id\x004F2A11C0D\0time\x001795277532\0size\x00512\0\
        forced_expire\x000\0sender\0alice@example.org\0\
        original_recipient\0b@example.net\0recipient\0bob@example.net\0\
        reason\0host mx said: 452 4.2.2 full\0recipient\0carol@example.net\0reason\0\0\0";
    const SECOND: &[u8] = b"queue_name\0active\0queue_id\x004F2A11C0E\0time\x001795277533\0size\x0099\0sender\0MAILER-DAEMON\0\0";

    fn read(pieces: &[&[u8]]) -> (Result<(), ShowqFault>, Vec<Message>, bool) {
        let mut parser = Parser::default();
        let mut messages = Vec::new();
        let result =
            pieces.iter().try_for_each(|piece| parser.read(piece, |it| messages.push(it.clone())));
        (result, messages, parser.is_complete())
    }

    #[test]
    fn ok_an_empty_queue_is_a_whole_list() {
        assert_eq!([PROTOCOL, b"\0"].concat().len(), 36);
        assert_eq!(read(&[PROTOCOL, b"\0"]), (Ok(()), vec![], true));
        // Postfix 3.5 does not name the protocol.
        assert_eq!(read(&[b"\0"]), (Ok(()), vec![], true));
        assert_eq!(read(&[PROTOCOL]), (Ok(()), vec![], false));
        assert_eq!(read(&[]), (Ok(()), vec![], false));
    }

    #[test]
    fn ok_messages_with_recipients_and_reasons() {
        let (result, messages, complete) = read(&[PROTOCOL, FIRST, SECOND, b"\0"]);
        assert_eq!((result, complete), (Ok(()), true));
        let mut first = Message {
            queue: Some(Queue::Deferred),
            id: "4F2A11C0D".to_owned(),
            arrival: Some(1_795_277_532),
            size: Some(512),
            sender: "alice@example.org".to_owned(),
            recipients: Vec::new(),
        };
        first.add_recipient("bob@example.net", Some("host mx said: 452 4.2.2 full"));
        first.add_recipient("carol@example.net", None);
        assert_eq!(messages[0], first);
        assert_eq!((messages[1].queue, messages[1].sender.as_str()), (Some(Queue::Active), ""));
    }

    #[test]
    fn ok_any_cut_of_the_stream_reads_the_same() {
        let whole = [PROTOCOL, FIRST, SECOND, b"\0"].concat();
        let (_, messages, _) = read(&[&whole]);
        for at in 0..whole.len() {
            let (head, tail) = whole.split_at(at);
            assert_eq!(read(&[head, tail]), (Ok(()), messages.clone(), true), "cut at {at}");
            assert!(!read(&[head]).2, "cut off at {at}");
        }
    }

    #[test]
    fn unknown_what_is_no_list() {
        let endless = vec![b'x'; LONGEST + 1];
        for (stream, fault) in [
            (&endless[..], ShowqFault::Endless),
            (b"queue_name\0imaginary\0queue_id\0A1\0\0", ShowqFault::Nameless),
            (b"queue_name\0active\0\0", ShowqFault::Nameless),
            (b"\0queue_name\0", ShowqFault::Trailing),
            (b"\0q", ShowqFault::Trailing),
        ] {
            assert_eq!(read(&[stream]).0, Err(fault));
        }
    }

    proptest! {
        #[test]
        fn no_stream_at_all_panics(stream in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&[&stream]);
        }
    }
}
