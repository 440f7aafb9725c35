//! Keeping what must not be seen out of what the server says.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use super::reply::Reply;

/// Texts that a server has been told in confidence, and may repeat: every piece of them that is
/// long enough, in lower case. Looking pieces up keeps hiding as quick as reading, whatever a hostile
/// server repeats of a long token.
#[derive(Default)]
pub(super) struct Secrets {
    pieces: HashSet<Vec<char>>,
    /// The lengths of the pieces, for the secrets that are shorter than [`PIECE`].
    lengths: BTreeSet<usize>,
}

/// Never shows them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pieces of secrets", self.pieces.len())
    }
}

impl Secrets {
    /// Hides this text too, unless it is so short that a gap would give it away.
    pub(super) fn add(&mut self, secret: &str) {
        let secret = lower_case(secret);
        if secret.len() >= SHORTEST {
            let length = secret.len().min(PIECE);
            self.lengths.insert(length);
            self.pieces.extend(secret.windows(length).map(<[char]>::to_vec));
        }
    }

    /// The text with [`HIDDEN`] in place of every secret, and of every piece of one: servers cut and
    /// wrap what they repeat, and some change its case.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.pieces.is_empty() {
            return text.to_owned();
        }
        let lower = lower_case(text);
        let mut open = String::with_capacity(text.len());
        let mut hidden_to = 0;
        for (at, c) in text.chars().enumerate() {
            let found = self.lengths.iter().rev().find(|length| {
                lower.get(at..at + **length).is_some_and(|piece| self.pieces.contains(piece))
            });
            if let Some(length) = found {
                if at >= hidden_to {
                    open.push_str(HIDDEN);
                }
                hidden_to = hidden_to.max(at + length);
            }
            if at >= hidden_to {
                open.push(c);
            }
        }
        open
    }

    pub(super) fn hide_in_reply(&self, mut reply: Reply) -> Reply {
        if !self.pieces.is_empty() {
            for line in &mut reply.lines {
                *line = self.hide(line);
            }
        }
        reply
    }
}

/// One character for each, so that places in both texts are the same.
fn lower_case(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_ascii_lowercase()).collect()
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
            ("corr3 is by chance, abc is too short", "corr3 is by chance, abc is too short"),
            ("", ""),
        ] {
            assert_eq!(secrets().hide(said), shown);
        }
    }

    #[test]
    fn ok_a_long_token_repeated_often_is_hidden_quickly() {
        let token: String = (0..20_000).map(|n: u32| format!("{:x}", n * n)).collect();
        let mut secrets = Secrets::default();
        secrets.add(&token);
        assert_eq!(secrets.hide(&token), HIDDEN);
        assert!(!format!("{secrets:?}").contains(&token[..10]));
    }
}
