//! What a server offers in its reply to EHLO (RFC 5321 section 4.1.1.1).

use serde::Serialize;

use super::reply::Reply;

/// The service extensions, keywords in upper case because they are case-insensitive.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Extensions(Vec<(String, Vec<String>)>);

impl Extensions {
    /// Reads them from a reply to EHLO; its first line is the server's own name.
    pub fn from_reply(reply: &Reply) -> Self {
        let extension = |line: &String| {
            // "AUTH=LOGIN" is an old spelling that some servers still send beside the right one.
            let line = line.replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_whitespace().map(str::to_owned);
            Some((words.next()?.to_ascii_uppercase(), words.collect()))
        };
        Self(reply.lines.iter().skip(1).filter_map(extension).collect())
    }

    /// Whether the keyword is offered, in any case.
    pub fn has(&self, keyword: &str) -> bool {
        self.0.iter().any(|(offered, _)| offered.eq_ignore_ascii_case(keyword))
    }

    /// Each extension with its parameters, in the order of the reply.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(keyword, parameters)| {
            let words = std::iter::once(keyword).chain(parameters);
            words.map(String::as_str).collect::<Vec<_>>().join(" ")
        })
    }

    /// The mechanisms that AUTH offers, in upper case; none without AUTH (RFC 4954 section 3).
    pub fn mechanisms(&self) -> Vec<String> {
        self.parameters("AUTH").map(str::to_ascii_uppercase).collect()
    }

    /// The message size limit in bytes (RFC 1870 section 3): `None` when SIZE is not offered or its
    /// number cannot be read; 0 means that there is no fixed limit.
    pub fn size(&self) -> Option<u64> {
        if !self.has("SIZE") {
            return None;
        }
        match self.parameters("SIZE").next() {
            Some(limit) => limit.parse().ok(),
            None => Some(0),
        }
    }

    fn parameters<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(offered, _)| offered == keyword)
            .flat_map(|(_, parameters)| parameters.iter().map(String::as_str))
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
        assert_eq!(offered.size(), Some(1000));
        assert_eq!(offered.lines().collect::<Vec<_>>(), ["STARTTLS", "SIZE 1000", "8BITMIME"]);
    }

    #[test]
    fn ok_mechanisms_in_both_spellings() {
        let offered = read(&["mail.example.org", "AUTH plain LOGIN", "AUTH=CRAM-MD5"]);
        assert_eq!(offered.mechanisms(), ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert!(read(&["mail.example.org"]).mechanisms().is_empty());
    }

    #[test]
    fn ok_size_without_a_number_is_no_limit_and_nonsense_is_unknown() {
        assert_eq!(read(&["h", "SIZE"]).size(), Some(0));
        assert_eq!(read(&["h", "SIZE many"]).size(), None);
        assert_eq!(read(&["h"]).size(), None);
    }
}
