//! What a server does when it is its turn: answer, or misbehave in one of many ways.

use std::time::Duration;

/// One thing a scripted server does, at any stage: greeting, EHLO, STARTTLS, AUTH, RCPT, QUIT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// What a well-behaved server would do here.
    #[default]
    AsUsual,
    /// Closes the connection without a word.
    Close,
    /// Waits, then does something else.
    Delay(Duration, Box<Action>),
    /// Sends bytes one at a time, with a pause after each.
    Dribble {
        /// What is sent, line ends included.
        bytes: Vec<u8>,
        /// The pause.
        interval: Duration,
    },
    /// Sends this beginning of a line and then never ends the line.
    EndlessLine(Vec<u8>),
    /// Sends this line (CRLF is added) again and again.
    EndlessLines(String),
    /// Sends these bytes exactly, in one write.
    Raw(Vec<u8>),
    /// Sends a reply: the text with CRLF for each line end and after the last line.
    Reply(String),
    /// Resets the connection (RST).
    Reset,
    /// Does one thing after the other. What would be usual is done after the last one, if that is
    /// [`Action::AsUsual`].
    Sequence(Vec<Action>),
    /// Says nothing any more, and listens until the client goes.
    Silence,
}

impl Action {
    /// A reply of one or, with `\n` between them, more lines.
    pub fn reply(text: &str) -> Self {
        Self::Reply(text.into())
    }

    /// Waits for `duration`, then does what a well-behaved server would do.
    pub fn late(duration: Duration) -> Self {
        Self::Delay(duration, Box::new(Self::AsUsual))
    }

    /// Sends the beginning of a line and closes the connection.
    pub fn half_line(text: &str) -> Self {
        Self::Sequence(vec![Self::Raw(text.into()), Self::Close])
    }

    /// Sends a whole reply, then closes the connection; what a server does that says 421.
    pub fn reply_and_close(text: &str) -> Self {
        Self::Sequence(vec![Self::reply(text), Self::Close])
    }

    /// Whether this is a reply of the 2yz kind (RFC 5321 section 4.2.1).
    pub(crate) fn is_positive(&self) -> bool {
        match self {
            Self::Delay(_, next) => next.is_positive(),
            Self::Dribble { bytes, .. } | Self::Raw(bytes) => bytes.starts_with(b"2"),
            Self::Reply(text) => text.starts_with('2'),
            Self::Sequence(actions) => actions.first().is_some_and(Self::is_positive),
            _ => false,
        }
    }
}

/// The bytes of a reply: every line of `text` ends in CRLF.
pub(crate) fn reply_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    for line in text.split('\n') {
        bytes.extend_from_slice(line.trim_end_matches('\r').as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_every_line_of_a_reply_ends_in_crlf() {
        assert_eq!(reply_bytes("250 2.0.0 Ok"), b"250 2.0.0 Ok\r\n");
        assert_eq!(reply_bytes("250-one\n250 two"), b"250-one\r\n250 two\r\n");
        assert_eq!(reply_bytes("250-one\r\n250 two"), b"250-one\r\n250 two\r\n");
    }

    #[test]
    fn ok_short_forms_are_what_they_say() {
        let half = vec![Action::Raw(b"220 mai".to_vec()), Action::Close];
        assert_eq!(Action::half_line("220 mai"), Action::Sequence(half));
        assert_eq!(Action::default(), Action::AsUsual);
    }

    #[test]
    fn ok_a_positive_reply_is_recognised_in_every_wrapping() {
        let reply = Action::reply("250 2.0.0 Ok");
        let late = Action::Delay(Duration::ZERO, Box::new(reply.clone()));
        for action in [reply, late, Action::reply_and_close("221 Bye")] {
            assert!(action.is_positive(), "{action:?}");
        }
        for action in [Action::reply("550 no"), Action::Close, Action::AsUsual] {
            assert!(!action.is_positive(), "{action:?}");
        }
    }
}
