//! What a server offers in its reply to EHLO (RFC 5321 section 4.1.1.1).

use std::str::Split;

use serde::Serialize;

use super::reply::Reply;

/// The service extensions, each a keyword in upper case, because they are case-insensitive, and its
/// parameters. They stay in one text: one for each of thousands of words would cost megabytes.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Extensions(Vec<String>);

/// What SIZE says of the largest message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SizeLimit {
    /// At most this many bytes.
    Bytes(u64),
    /// The limit is not given, or is no number.
    NotSaid,
    /// 0: there is no fixed limit.
    Unlimited,
}

impl Extensions {
    /// Reads them from a reply to EHLO; its first line is the server's own name.
    pub fn from_reply(reply: &Reply) -> Self {
        let extension = |line: &String| {
            // "AUTH=LOGIN" is an old spelling that some servers still send beside the right one.
            let line = match line.split_at_checked(5) {
                Some((start, rest)) if start.eq_ignore_ascii_case("AUTH=") => {
                    format!("AUTH {rest}")
                }
                _ => line.clone(),
            };
            let mut words = line.split_whitespace();
            let keyword = words.next()?.to_ascii_uppercase();
            Some(std::iter::once(keyword.as_str()).chain(words).collect::<Vec<_>>().join(" "))
        };
        Self(reply.lines.iter().skip(1).filter_map(extension).collect())
    }

    /// Whether the keyword is offered, in any case.
    pub fn has(&self, keyword: &str) -> bool {
        self.words()
            .any(|mut words| words.next().is_some_and(|it| it.eq_ignore_ascii_case(keyword)))
    }

    /// Each extension with its parameters, in the order of the reply.
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    /// The mechanisms that AUTH offers, in upper case, each once; none without AUTH (RFC 4954
    /// section 3).
    pub fn mechanisms(&self) -> Vec<String> {
        let mut mechanisms: Vec<String> = Vec::new();
        for mechanism in self.parameters("AUTH").map(str::to_ascii_uppercase) {
            if !mechanisms.contains(&mechanism) {
                mechanisms.push(mechanism);
            }
        }
        mechanisms
    }

    /// The message size limit (RFC 1870 section 3); `None` when SIZE is not offered.
    pub fn size(&self) -> Option<SizeLimit> {
        if !self.has("SIZE") {
            return None;
        }
        let limit = self.parameters("SIZE").next().and_then(|limit| limit.parse().ok());
        Some(match limit {
            Some(0) => SizeLimit::Unlimited,
            Some(bytes) => SizeLimit::Bytes(bytes),
            None => SizeLimit::NotSaid,
        })
    }

    fn parameters(&self, keyword: &str) -> impl Iterator<Item = &str> {
        self.words()
            .filter_map(move |mut words| (words.next()? == keyword).then_some(words))
            .flatten()
    }

    fn words(&self) -> impl Iterator<Item = Split<'_, char>> {
        self.0.iter().map(|line| line.split(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Extensions {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Extensions::from_reply(&Reply { code: 250, lines })
    }

    #[test]
    fn ok_keywords_in_any_case_and_the_name_is_none() {
        let offered = read(&["STARTTLS.example.org", "starttls", "Size 1000", "", "8BITMIME"]);
        assert!(offered.has("STARTTLS") && offered.has("8bitmime"));
        assert!(!offered.has("STARTTLS.example.org"));
        assert_eq!(offered.size(), Some(SizeLimit::Bytes(1000)));
        assert_eq!(offered.lines(), ["STARTTLS", "SIZE 1000", "8BITMIME"]);
    }

    #[test]
    fn ok_mechanisms_in_both_spellings() {
        let offered = read(&["mail.example.org", "AUTH plain LOGIN", "auth=CRAM-MD5 LOGIN"]);
        assert_eq!(offered.mechanisms(), ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert!(read(&["mail.example.org"]).mechanisms().is_empty());
    }

    #[test]
    fn ok_limits_that_say_nothing_and_those_that_say_there_is_none() {
        assert_eq!(read(&["h", "SIZE 0"]).size(), Some(SizeLimit::Unlimited));
        assert_eq!(read(&["h", "SIZE"]).size(), Some(SizeLimit::NotSaid));
        assert_eq!(read(&["h", "SIZE many"]).size(), Some(SizeLimit::NotSaid));
        assert_eq!(read(&["h", "SIZE -1"]).size(), Some(SizeLimit::NotSaid));
        assert_eq!(read(&["h"]).size(), None);
    }
}
