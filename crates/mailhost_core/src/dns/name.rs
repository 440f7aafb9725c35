//! Domain names, always absolute, made of labels: the DNS allows any byte in them (RFC 2181 section
//! 11), and SPF makes use of that.

use std::fmt;
use std::net::IpAddr;

use hickory_proto::rr::Name as Wire;
use serde::{Serialize, Serializer};

/// An absolute domain name. Comparison and hash take no notice of the case of ASCII letters.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name(Wire);

/// Why a text is not a domain name (RFC 1035 section 2.3.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NameError {
    /// Nothing between two dots, or nothing at all.
    #[error("a part of the name is empty")]
    EmptyLabel,
    /// A label of more than 63 bytes.
    #[error("a part of the name is longer than 63 bytes")]
    LongLabel,
    /// More than 255 bytes on the wire.
    #[error("the name is longer than 253 bytes")]
    TooLong,
}

impl Name {
    /// The name whose labels stand between the dots of `text`, with or without a dot at the end; `.`
    /// is the root. Nothing is escaped: every other byte is part of a label.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn from_text(text: impl AsRef<[u8]>) -> Result<Self, NameError> {
        let text = text.as_ref();
        if text == b"." {
            return Ok(Self::root());
        }
        Self::from_labels(text.strip_suffix(b".").unwrap_or(text).split(|byte| *byte == b'.'))
    }

    /// The name of these labels.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let labels: Vec<&[u8]> = labels.collect();
        if labels.iter().any(|label| label.is_empty()) {
            return Err(NameError::EmptyLabel);
        }
        if labels.iter().any(|label| label.len() > 63) {
            return Err(NameError::LongLabel);
        }
        Wire::from_labels(labels).map(Self::from_wire).map_err(|_| NameError::TooLong)
    }

    /// The root of the DNS.
    pub fn root() -> Self {
        Self(Wire::root())
    }

    /// The same labels in front of a domain: `_dmarc` under `example.org`.
    ///
    /// # Errors
    /// [`NameError::TooLong`], when both together are too long.
    pub fn under(&self, domain: &Self) -> Result<Self, NameError> {
        let both = self.0.clone().append_name(&domain.0);
        both.map(Self::from_wire).map_err(|_| NameError::TooLong)
    }

    /// The name below in-addr.arpa or ip6.arpa where an address has its own (RFC 1035 section 3.5,
    /// RFC 3596 section 2.5).
    pub fn reverse(address: IpAddr) -> Self {
        Self::from_wire(Wire::from(address))
    }

    /// Its labels, the leftmost first.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.iter()
    }

    /// The name without its first label; none of the root.
    pub fn parent(&self) -> Option<Self> {
        (!self.0.is_root()).then(|| Self(self.0.base_name()))
    }

    /// Whether it is `other` or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        other.0.zone_of(&self.0)
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// Whether it can be a host's: letters, digits and hyphens, none of these at the edge of a label
    /// (RFC 1123 section 2.1), and not a number at the end.
    pub fn is_hostname(&self) -> bool {
        let good = |label: &[u8]| {
            let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            edge(label.first())
                && edge(label.last())
                && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        };
        let numeric = |label: &[u8]| label.iter().all(u8::is_ascii_digit);
        self.labels().all(good) && self.labels().next_back().is_some_and(|top| !numeric(top))
    }

    pub(super) fn from_wire(mut wire: Wire) -> Self {
        wire.set_fqdn(true);
        Self(wire)
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.0
    }
}

/// As in zone files (RFC 1035 section 5.1), without the dot at the end.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for (at, label) in self.labels().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            for byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                    0x21..=0x7e => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).expect("a name")
    }

    #[test]
    fn ok_names_are_compared_without_case_and_without_the_last_dot() {
        assert_eq!(name("Mail.Example.ORG."), name("mail.example.org"));
        assert!(name("a.Example.org").is_within(&name("example.org")));
        assert!(!name("badexample.org").is_within(&name("example.org")));
        assert_eq!(name("a.example.org").parent(), Some(name("example.org")));
        assert_eq!(Name::root().parent(), None);
    }

    #[test]
    fn ok_every_byte_may_be_in_a_label() {
        assert_eq!(name("a:b/c%.example.org").to_string(), "a:b/c%.example.org");
        let odd = Name::from_labels([&b"a.b\\\xff "[..], b"org"].into_iter()).expect("a name");
        assert_eq!(odd.to_string(), "a\\.b\\\\\\255\\032.org");
        assert_eq!(name(".").to_string(), ".");
    }

    #[test]
    fn ok_addresses_have_names() {
        let of = |address: &str| Name::reverse(address.parse().expect("an address")).to_string();
        assert_eq!(of("192.0.2.1"), "1.2.0.192.in-addr.arpa");
        assert!(of("2001:db8::1").starts_with("1.0.0.0.0.0.0.0."));
        assert!(of("2001:db8::1").ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"));
    }

    #[test]
    fn critical_what_is_no_name_is_refused() {
        let long = "a".repeat(64);
        for (text, error) in [
            ("", NameError::EmptyLabel),
            ("a..b", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("a..", NameError::EmptyLabel),
            (long.as_str(), NameError::LongLabel),
            ("abcdefg.".repeat(32).as_str(), NameError::TooLong),
        ] {
            assert_eq!(Name::from_text(text), Err(error), "{text}");
        }
    }

    #[test]
    fn ok_host_names_are_told_from_others() {
        for (text, is) in [
            ("mx1.example.org", true),
            ("3com.example", true),
            ("_dmarc.example.org", false),
            ("-a.example.org", false),
            ("192.0.2.1", false),
            (".", false),
        ] {
            assert_eq!(name(text).is_hostname(), is, "{text}");
        }
    }
}
