//! What is asked of the DNS.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::name::Name;

/// One question. Equal questions get the same answer within a run.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Question {
    /// The name asked about.
    pub name: Name,
    /// The type of records wanted.
    pub kind: RecordType,
    /// The one server to ask, and for what itself knows; `None` asks the resolver.
    pub at: Option<SocketAddr>,
}

/// The types of records that plugins ask for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 addresses (RFC 1035).
    A,
    /// IPv6 addresses (RFC 3596).
    Aaaa,
    /// The alias itself (RFC 1035).
    Cname,
    /// Mail exchangers (RFC 1035, RFC 5321).
    Mx,
    /// Name servers (RFC 1035).
    Ns,
    /// The name of an address (RFC 1035).
    Ptr,
    /// The start of a zone (RFC 1035).
    Soa,
    /// SPF's own type 99, which is no longer used (RFC 7208 section 3.1).
    Spf,
    /// Certificates and keys of a service (RFC 6698).
    Tlsa,
    /// Texts (RFC 1035).
    Txt,
}

impl Question {
    /// A question to the resolver.
    pub fn new(name: &Name, kind: RecordType) -> Self {
        Self { name: name.clone(), kind, at: None }
    }

    /// The same question to one server, about what it knows without asking others.
    #[must_use]
    pub fn at(self, server: SocketAddr) -> Self {
        Self { at: Some(server), ..self }
    }
}

impl RecordType {
    /// The type that holds addresses of the same family.
    pub fn of_address(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::A } else { Self::Aaaa }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Ptr => "PTR",
            Self::Soa => "SOA",
            Self::Spf => "SPF",
            Self::Tlsa => "TLSA",
            Self::Txt => "TXT",
        })
    }
}
