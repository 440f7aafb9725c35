//! Domain names as labels, from and to the text form of zone files (RFC 1035 section 5.1).

use std::io::{self, ErrorKind};

/// A name: its labels as they were written, compared without regard to ASCII case.
#[derive(Clone, Debug, Default)]
pub(super) struct Name(Vec<Vec<u8>>);

impl Name {
    /// Reads dots as separators, `\.` as a dot and `\DDD` as a byte; a last dot changes nothing.
    pub(super) fn parse(text: &str) -> io::Result<Self> {
        let mut labels = vec![Vec::new()];
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            let byte = match byte {
                b'.' => {
                    labels.push(Vec::new());
                    continue;
                }
                b'\\' => escaped(&mut bytes).ok_or_else(|| bad(text))?,
                byte => byte,
            };
            if let Some(label) = labels.last_mut() {
                label.push(byte);
            }
        }
        labels.pop_if(|label| label.is_empty());
        if text == "." {
            labels.clear();
        }
        Self::from_labels(labels).ok_or_else(|| bad(text))
    }

    /// A name of these labels, if they obey the limits of RFC 1035 section 2.3.4.
    pub(super) fn from_labels(labels: Vec<Vec<u8>>) -> Option<Self> {
        let fits = labels.iter().all(|label| (1..=63).contains(&label.len()));
        let name = Self(labels);
        (fits && name.wire().len() <= 255).then_some(name)
    }

    /// The uncompressed wire form.
    pub(super) fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::new();
        for label in &self.0 {
            wire.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
            wire.extend(label);
        }
        wire.push(0);
        wire
    }

    /// The name without its first label; none for the root.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_first()?;
        Some(Self(rest.to_vec()))
    }

    /// The wildcard right below this name.
    pub(super) fn wildcard(&self) -> Self {
        let mut labels = vec![b"*".to_vec()];
        labels.extend(self.0.iter().cloned());
        Self(labels)
    }

    /// Whether this name is `other` or lies below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let skipped = self.0.len().checked_sub(other.0.len());
        skipped.is_some_and(|skipped| {
            let tail = self.0.iter().skip(skipped);
            tail.zip(&other.0).all(|(own, its)| own.eq_ignore_ascii_case(its))
        })
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.is_within(other)
    }
}

impl std::fmt::Display for Name {
    /// The text form without a last dot; the root is a dot.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (place, label) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            for &byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                    0x21..=0x7e => write!(f, "{}", char::from(byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    str::from_utf8(&digits).ok()?.parse().ok()
}

fn bad(text: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{text:?} is not a domain name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_names_are_read_and_written() {
        let cases = [
            ("mail.example.org", "mail.example.org"),
            ("Example.ORG.", "Example.ORG"),
            ("a\\.b\\032c._tcp.example.org", "a\\.b\\032c._tcp.example.org"),
            (".", "."),
            ("", "."),
        ];
        for (text, written) in cases {
            assert_eq!(Name::parse(text).unwrap().to_string(), written);
        }
        assert_eq!(Name::parse("ab.c").unwrap().wire(), b"\x02ab\x01c\x00");
    }

    #[test]
    fn crit_names_beyond_the_limits_are_refused() {
        let long = "a".repeat(64);
        let longer = "abcdefg.".repeat(32);
        for text in ["a..b", ".a", "a\\25", "a\\999", &long, &longer] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ok_names_are_compared_without_case() {
        let name = Name::parse("Mail.Example.Org").unwrap();
        assert_eq!(name, Name::parse("mail.example.org").unwrap());
        assert!(name.is_within(&Name::parse("EXAMPLE.org").unwrap()));
        assert!(!name.is_within(&Name::parse("ample.org").unwrap()));
        assert!(name.is_within(&Name::default()));
        assert_eq!(name.parent().unwrap().wildcard().to_string(), "*.Example.Org");
    }
}
