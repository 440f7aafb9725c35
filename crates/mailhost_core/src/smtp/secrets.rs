//! Keeping what must not be seen out of what the server says.

use std::fmt;

use super::client::Fault;
use super::reply::{Reply, ReplyFault};

/// Texts that a server has been told in confidence, and may repeat.
#[derive(Default)]
pub(super) struct Secrets(Vec<Vec<char>>);

/// Never shows them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl Secrets {
    /// Hides this text too, unless it is so short that a gap would give it away.
    pub(super) fn add(&mut self, secret: &str) {
        let secret: Vec<char> = secret.chars().collect();
        if secret.len() >= SHORTEST && !self.0.contains(&secret) {
            self.0.push(secret);
        }
    }

    /// The text with [`HIDDEN`] in place of every secret, and of every piece of one: servers cut and
    /// wrap what they repeat, and some change its case.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let text: Vec<char> = text.chars().collect();
        let mut open = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            match self.piece(&text[at..]) {
                0 => {
                    open.push(text[at]);
                    at += 1;
                }
                length => {
                    open.push_str(HIDDEN);
                    at += length;
                }
            }
        }
        open
    }

    pub(super) fn hide_in_reply(&self, mut reply: Reply) -> Reply {
        for line in &mut reply.lines {
            *line = self.hide(line);
        }
        reply
    }

    pub(super) fn hide_in_fault(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Closed(partial) => Fault::Closed(self.hide(&partial)),
            Fault::Invalid(ReplyFault::NotAReply(line)) => {
                Fault::Invalid(ReplyFault::NotAReply(self.hide(&line)))
            }
            Fault::OutOfTurn(surplus) => Fault::OutOfTurn(self.hide(&surplus)),
            Fault::TimedOut(partial) => Fault::TimedOut(self.hide(&partial)),
            other @ (Fault::Broken(_) | Fault::Invalid(_)) => other,
        }
    }

    /// The length of the piece of a secret that the text begins with; 0 where it is too short to be
    /// one.
    fn piece(&self, text: &[char]) -> usize {
        let lengths = self.0.iter().flat_map(|secret| {
            let enough = secret.len().min(PIECE);
            (0..=secret.len() - enough)
                .map(|start| common(&secret[start..], text))
                .filter(move |length| *length >= enough)
        });
        lengths.max().unwrap_or(0)
    }
}

/// How many characters both begin with, in any case.
fn common(one: &[char], other: &[char]) -> usize {
    let pairs = one.iter().zip(other);
    pairs
        .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
        .count()
}

/// Stands for a secret.
pub(super) const HIDDEN: &str = "(secret)";
/// Characters; to take a shorter text out of a reply would show what it is.
const SHORTEST: usize = 4;
/// Characters that are taken for a piece of a secret; fewer are met by chance.
const PIECE: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        for secret in ["corr3ct-h0rse", "Y29ycjNjdC1oMHJzZQ==", "abc", "k\u{f6}ln"] {
            secrets.add(secret);
        }
        secrets
    }

    #[test]
    fn ok_secrets_are_hidden_whole_in_pieces_and_in_any_case() {
        for (said, shown) in [
            ("535 no corr3ct-h0rse!", "535 no (secret)!"),
            ("Y29ycjNjdC1oMHJzZQ==", "(secret)"),
            ("cut: Y29ycjNjdC", "cut: (secret)"),
            ("wrapped: MHJzZQ==", "wrapped: (secret)"),
            ("CORR3CT-H0RSE, y29yCJNJ", "(secret), (secret)"),
            ("K\u{f6}LN and k\u{f6}l", "(secret) and k\u{f6}l"),
            (
                "corr3 is by chance, abc is too short",
                "corr3 is by chance, abc is too short",
            ),
            ("", ""),
        ] {
            assert_eq!(secrets().hide(said), shown);
        }
    }

    #[test]
    fn ok_every_fault_keeps_them() {
        let said = || "corr3ct-h0rse".to_owned();
        for fault in [
            Fault::Closed(said()),
            Fault::Invalid(ReplyFault::NotAReply(said())),
            Fault::OutOfTurn(said()),
            Fault::TimedOut(said()),
        ] {
            let shown = format!("{:?}", secrets().hide_in_fault(fault));
            assert!(shown.contains(HIDDEN) && !shown.contains("corr"), "{shown}");
        }
        assert!(!format!("{:?}", secrets()).contains("corr"));
    }
}
