//! What is known of blocklists: whom they are asked about, and what their answers mean.

mod dead;
mod pattern;
mod reading;
mod table;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mailhost_core::dns::{Name, NameError};
use serde::{Deserialize, Serialize, Serializer};

pub(crate) use dead::dead;
pub(crate) use pattern::Pattern;
pub(crate) use reading::{Means, Reading};
pub(crate) use table::{TABLE, compiled, read};

/// One list.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// What the name asked about ends in, as it is shown: without a key.
    pub(crate) zone: Name,
    /// Lists of one operator count once.
    pub(crate) operator: String,
    pub(crate) asked: Vec<Kind>,
    /// Whether it is asked when no other lists are named.
    pub(crate) default: bool,
    /// Whether being on it is good.
    pub(crate) allow: bool,
    /// What a listing adds to the score; 0 or more.
    pub(crate) weight: f64,
    pub(crate) codes: Vec<Code>,
    /// What an answer means that no code names.
    pub(crate) other: Means,
    /// What must be listed and what must not, for each kind.
    pub(crate) tests: Vec<(Kind, Points)>,
    /// How quickly it may be asked.
    pub(crate) limit: Option<Limit>,
    /// The environment variable with the user's key.
    pub(crate) key: Option<String>,
    /// Where to ask for removal.
    pub(crate) removal: Option<String>,
}

/// What can be on a list.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Ipv4,
    Ipv6,
    Domain,
}

/// Whom a list is asked about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Subject {
    Address(IpAddr),
    Domain(Name),
}

/// One of the answers that a list gives.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) answer: AnswerCode,
    pub(crate) means: Means,
    pub(crate) meaning: String,
}

/// Which answers a code is about.
#[derive(Clone, Debug)]
pub(crate) enum AnswerCode {
    /// Those in which a bit of the last part is set.
    Bit(u8),
    Pattern(Pattern),
}

/// How quickly a list may be asked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    /// So many; above 0.
    pub(crate) questions: u16,
    /// Within so many seconds; 0 to 60.
    pub(crate) seconds: f64,
}

/// What a list has to answer if it is well (RFC 5782 section 5).
#[derive(Clone, Debug, Default)]
pub(crate) struct Points {
    /// What is on every such list.
    pub(crate) listed: Option<Subject>,
    /// What is on none.
    pub(crate) clean: Option<Subject>,
}

impl List {
    /// A list of which nothing is known but that it keeps to RFC 5782.
    pub(crate) fn unknown(zone: Name) -> Self {
        let asked = vec![Kind::Ipv4, Kind::Ipv6, Kind::Domain];
        Self {
            operator: zone.to_string().to_ascii_lowercase(),
            zone,
            tests: asked.iter().map(|kind| (*kind, kind.usual_points())).collect(),
            asked,
            default: false,
            allow: false,
            weight: 1.0,
            codes: Vec::new(),
            other: Means::Listed,
            limit: None,
            key: None,
            removal: None,
        }
    }

    /// Whether it knows about this kind.
    pub(crate) fn knows(&self, kind: Kind) -> bool {
        self.asked.contains(&kind)
    }

    /// Its test entries of a kind.
    pub(crate) fn points(&self, kind: Kind) -> Points {
        let found = self.tests.iter().find(|(of, _)| *of == kind);
        found.map(|(_, points)| points.clone()).unwrap_or_default()
    }
}

impl Kind {
    /// The test entries of RFC 5782 section 5, and of section 2.4 for IPv6.
    pub(crate) fn usual_points(self) -> Points {
        let domain = |name: &str| Name::from_text(name).ok().map(Subject::Domain);
        let ipv4 = |last| Some(Subject::Address(Ipv4Addr::new(127, 0, 0, last).into()));
        let ipv6 = |last| {
            let mapped = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0x7f00, last);
            Some(Subject::Address(mapped.into()))
        };
        match self {
            Self::Ipv4 => Points { listed: ipv4(2), clean: ipv4(1) },
            Self::Ipv6 => Points { listed: ipv6(2), clean: ipv6(1) },
            Self::Domain => Points { listed: domain("test"), clean: domain("invalid") },
        }
    }

    /// As in the table of lists.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Domain => "domain",
        }
    }

    /// As part of a sentence.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4 addresses",
            Self::Ipv6 => "IPv6 addresses",
            Self::Domain => "domains",
        }
    }
}

impl Subject {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Address(IpAddr::V4(_)) => Kind::Ipv4,
            Self::Address(IpAddr::V6(_)) => Kind::Ipv6,
            Self::Domain(_) => Kind::Domain,
        }
    }

    /// The name at which a list says something about it: its octets, or the half octets of IPv6, from
    /// the last to the first (RFC 5782 sections 2.1 and 2.4), or the domain (section 3).
    ///
    /// # Errors
    /// [`NameError::TooLong`].
    pub(crate) fn below(&self, zone: &Name) -> Result<Name, NameError> {
        let parts: Vec<String> = match self {
            Self::Domain(name) => return name.under(zone),
            Self::Address(IpAddr::V4(address)) => {
                address.octets().iter().rev().map(u8::to_string).collect()
            }
            Self::Address(IpAddr::V6(address)) => address
                .octets()
                .iter()
                .rev()
                .flat_map(|octet| [octet & 0xf, octet >> 4])
                .map(|half| format!("{half:x}"))
                .collect(),
        };
        Name::from_labels(parts.iter().map(String::as_bytes).chain(zone.labels()))
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Domain(name) => write!(f, "{name}"),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The heaviest weight: more than any score that somebody would compare with.
pub(crate) const HEAVIEST: f64 = 1000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).expect("a name")
    }

    #[test]
    fn ok_the_names_that_lists_are_asked_about() {
        let zone = name("zen.example");
        let of = |subject: Subject| subject.below(&zone).expect("a name").to_string();
        let address = |text: &str| Subject::Address(text.parse().expect("an address"));
        assert_eq!(of(address("192.0.2.99")), "99.2.0.192.zen.example");
        let nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example";
        assert_eq!(of(address("2001:db8::1")), nibbles);
        assert_eq!(of(Subject::Domain(name("mail.Example.org"))), "mail.Example.org.zen.example");
        let listed = Kind::Ipv6.usual_points().listed.expect("there is one");
        let zeros = "0.".repeat(20);
        assert_eq!(of(listed), format!("2.0.0.0.0.0.f.7.f.f.f.f.{zeros}zen.example"));
    }

    #[test]
    fn unknown_a_name_that_gets_too_long() {
        let long = Subject::Domain(name(&"a23456789.".repeat(24)));
        assert_eq!(long.below(&name("zen.spamhaus.org")), Err(NameError::TooLong));
    }
}
