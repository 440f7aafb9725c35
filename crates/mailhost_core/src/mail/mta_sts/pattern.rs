//! Which hosts a policy allows (RFC 8461 sections 3.2 and 4.1).

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use crate::dns::Name;

/// A host's name, or all names that have one more label in front of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern {
    /// The name; of a wildcard what follows the asterisk.
    pub name: Name,
    /// Whether `*.` stands in front of it, for exactly one label.
    pub is_wildcard: bool,
}

impl Pattern {
    /// Reads the value of `mx`, and says as a sentence without an end why it is none.
    ///
    /// ```text
    /// sts-policy-mx-value = ["*."] Domain
    /// Domain              = sub-domain *("." sub-domain)
    /// ```
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (is_wildcard, domain) =
            text.strip_prefix("*.").map_or((false, text), |domain| (true, domain));
        if let Some(why) = never(text, domain) {
            return Err(why.to_owned());
        }
        let name = Name::from_text(domain).map_err(|error| error.to_string())?;
        let pattern = Self { name, is_wildcard };
        if pattern.name.is_hostname() || pattern.is_numeric() {
            Ok(pattern)
        } else {
            Err("mx is a host's name: letters, digits and hyphens between dots".to_owned())
        }
    }

    /// Whether it matches a host. The asterisk is the whole first label, and that alone.
    pub fn matches(&self, host: &Name) -> bool {
        if self.is_wildcard {
            host.parent().is_some_and(|above| above == self.name)
        } else {
            *host == self.name
        }
    }

    /// Whether it is an IPv4 address, to which the grammar of names does not object.
    pub(super) fn is_address(&self) -> bool {
        !self.is_wildcard && self.name.to_string().parse::<IpAddr>().is_ok()
    }

    /// Whether its labels are numbers, so that it is no host's name for this reason alone.
    fn is_numeric(&self) -> bool {
        self.name.labels().all(|label| label.iter().all(u8::is_ascii_digit))
    }
}

/// Why a text is no pattern, where more can be said of it than that it is no name.
fn never(text: &str, domain: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("mx has no value")
    } else if !text.is_ascii() {
        Some("mx is written in its ASCII form (xn--...)")
    } else if text.contains([' ', '\t', ',', ';']) {
        Some("every pattern has a line of its own")
    } else if domain.starts_with('.') {
        Some("all names below a domain are written *. and the domain")
    } else if domain.contains('*') {
        Some("an asterisk is the whole first label, and a name follows it")
    } else if domain.ends_with('.') {
        Some("mx has no dot at the end")
    } else {
        None
    }
}

/// As it is written in a policy.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asterisk = if self.is_wildcard { "*." } else { "" };
        write!(f, "{asterisk}{}", self.name)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, host: &str) -> bool {
        let host = Name::from_text(host).expect("a name");
        Pattern::parse(pattern).expect(pattern).matches(&host)
    }

    #[test]
    fn ok_a_wildcard_is_one_label_on_the_left() {
        for (pattern, host, is) in [
            ("mail.example.com", "mail.example.com", true),
            ("mail.example.com", "MAIL.Example.com.", true),
            ("Mail.EXAMPLE.com", "mail.example.com", true),
            ("mail.example.com", "a.mail.example.com", false),
            ("mail.example.com", "example.com", false),
            ("*.example.com", "mail.example.com", true),
            ("*.Example.com", "MAIL.example.COM.", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "foo.bar.example.com", false),
            ("*.example.com", "mail.badexample.com", false),
            ("*.com", "example.com", true),
            ("*.example.com", ".", false),
            ("com", ".", false),
        ] {
            assert_eq!(matches(pattern, host), is, "{pattern} {host}");
        }
    }

    #[test]
    fn ok_patterns_are_written_as_they_are_read() {
        for text in ["*.example.org", "mx1.example.org", "xn--mx-fka.example.org", "localhost"] {
            assert_eq!(Pattern::parse(text).map(|it| it.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn warning_an_address_is_a_pattern_that_matches_no_host() {
        assert!(Pattern::parse("192.0.2.1").is_ok_and(|pattern| pattern.is_address()));
        for text in ["mx.example.org", "*.192.0.2.1", "1.2"] {
            assert!(!Pattern::parse(text).expect(text).is_address(), "{text}");
        }
    }

    #[test]
    fn critical_what_is_no_pattern() {
        let long = "a".repeat(64);
        for (text, says) in [
            ("", "mx has no value"),
            ("m\u{fc}.example.org", "mx is written in its ASCII form (xn--...)"),
            ("a.example.org b.example.org", "every pattern has a line of its own"),
            ("a.example.org,b.example.org", "every pattern has a line of its own"),
            (".example.org", "all names below a domain are written *. and the domain"),
            ("*", "an asterisk is the whole first label, and a name follows it"),
            ("*.*.example.org", "an asterisk is the whole first label, and a name follows it"),
            ("mx*.example.org", "an asterisk is the whole first label, and a name follows it"),
            ("mx.example.org.", "mx has no dot at the end"),
            ("*.", "a part of the name is empty"),
            ("a..b", "a part of the name is empty"),
            (&long, "a part of the name is longer than 63 bytes"),
            ("a_b.example.org", "mx is a host's name: letters, digits and hyphens between dots"),
            ("-a.example.org", "mx is a host's name: letters, digits and hyphens between dots"),
            ("2001:db8::1", "mx is a host's name: letters, digits and hyphens between dots"),
            ("https://a.example", "mx is a host's name: letters, digits and hyphens between dots"),
        ] {
            assert_eq!(Pattern::parse(text), Err(says.to_owned()), "{text}");
        }
    }
}
