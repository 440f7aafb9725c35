//! What the DNS answers. There being no record and there being no answer are never the same.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::name::Name;
use crate::contract::hex;

/// The answer to one question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// What it says.
    pub outcome: Outcome,
    /// The names that the name asked about is an alias of, one after the other (CNAME).
    pub aliases: Vec<Name>,
    /// An alias that stands where it must not.
    pub conflict: Option<AliasConflict>,
    /// Whether the server says it of a zone of its own (AA, RFC 1035 section 4.1.1).
    pub authoritative: bool,
    /// Whether the server says that it has validated all of it (AD, RFC 4035 section 3.2.3). That is
    /// worth as much as the way to it: nothing in the answer proves it.
    pub authentic: bool,
    /// Who answered.
    pub server: Option<SocketAddr>,
    /// How long it took.
    pub time: Duration,
}

/// What an answer says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// These; never empty.
    Records(Vec<Record>),
    /// The name exists and has no record of this type (RFC 2308 section 2.2).
    NoData,
    /// The name does not exist (RFC 8020).
    NxDomain,
    /// Nothing is known.
    Failed(Failure),
}

/// One record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// An alias.
    Cname(Name),
    /// A mail exchanger; a lower preference is tried first.
    Mx(u16, Name),
    /// A name server.
    Ns(Name),
    /// The name of an address.
    Ptr(Name),
    /// The serial number of a zone.
    Soa(u32),
    /// A certificate or key of a service.
    Tlsa(Tlsa),
    /// The strings of a TXT or SPF record.
    Txt(Vec<Vec<u8>>),
}

/// What a TLSA record says (RFC 6698 section 2.1), be it usable or not.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Tlsa {
    /// What the certificate has to be (section 2.1.1): 2 an authority of the domain's own, 3 the
    /// server's.
    pub usage: u8,
    /// Which part of it is meant (section 2.1.2): 0 the whole certificate, 1 its key.
    pub selector: u8,
    /// How the part is written (section 2.1.3): 0 as it is, 1 as its SHA-256, 2 as its SHA-512.
    pub matching: u8,
    /// The part, or its digest.
    #[serde(skip)]
    pub data: Vec<u8>,
}

/// An alias that stands where it must not, so that resolvers see different things.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasConflict {
    /// Beside other records of the same name (RFC 1034 section 3.6.2).
    BesideRecords,
    /// Beside other aliases of the same name (RFC 2181 section 10.1).
    Several,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// The servers that were asked.
    pub servers: Vec<SocketAddr>,
    /// What the server adds (RFC 8914), or the system.
    pub detail: Option<String>,
}

/// What went wrong, the most telling last: of several servers that fail in several ways the last of
/// these is told.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The run's number of questions, or its time, was used up.
    NotAsked,
    /// No packet got there.
    Unreachable,
    /// Nothing came in time.
    Timeout,
    /// What came was no DNS message, or did not answer the question.
    Broken,
    /// The answer was too long for a datagram, and did not come over TCP either.
    Truncated,
    /// An alias led back to itself, or through too many others.
    AliasLoop,
    /// Only that others may know: the server does not look things up.
    Referral,
    /// The server answered with another code than the ones here.
    Code(u16),
    /// The server refuses to answer.
    Refused,
    /// The server failed.
    ServFail,
    /// It failed, and answers when it does not have to validate: DNSSEC is wrong.
    Bogus,
}

impl Answer {
    /// An answer of nothing but an outcome.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            aliases: Vec::new(),
            conflict: None,
            authoritative: false,
            authentic: false,
            server: None,
            time: Duration::ZERO,
        }
    }

    /// The records, none where there are none.
    pub fn records(&self) -> &[Record] {
        match &self.outcome {
            Outcome::Records(records) => records,
            _ => &[],
        }
    }

    /// Why nothing is known, if so.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether it is certain that there is no such record.
    pub fn is_void(&self) -> bool {
        matches!(self.outcome, Outcome::NoData | Outcome::NxDomain)
    }

    /// The addresses.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records().iter().filter_map(|record| match record.data {
            Data::A(address) => Some(address.into()),
            Data::Aaaa(address) => Some(address.into()),
            _ => None,
        })
    }

    /// The names of an address (PTR).
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.records().iter().filter_map(|record| match &record.data {
            Data::Ptr(name) => Some(name),
            _ => None,
        })
    }

    /// The certificates and keys of a service (TLSA).
    pub fn tlsa(&self) -> impl Iterator<Item = &Tlsa> {
        self.records().iter().filter_map(|record| match &record.data {
            Data::Tlsa(tlsa) => Some(tlsa),
            _ => None,
        })
    }

    /// The texts, each with its strings put together.
    pub fn texts(&self) -> impl Iterator<Item = Vec<u8>> {
        self.records().iter().filter_map(|record| match &record.data {
            Data::Txt(strings) => Some(strings.concat()),
            _ => None,
        })
    }
}

impl Failure {
    /// A failure without any server's part in it.
    pub fn of(fault: Fault) -> Self {
        Self { fault, servers: Vec::new(), detail: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.servers.iter().map(ToString::to_string).collect();
        let from = if servers.is_empty() {
            String::new()
        } else {
            format!(" from {}", servers.join(" and "))
        };
        match self.fault {
            Fault::NotAsked => {
                f.write_str("not asked: the questions or the time of this run are used up")
            }
            Fault::Unreachable => write!(f, "no way to an answer{from}"),
            Fault::Timeout => write!(f, "no answer{from} in time"),
            Fault::Broken => write!(f, "no usable answer{from}"),
            Fault::Truncated => write!(f, "a truncated answer{from}, and none over TCP"),
            Fault::AliasLoop => write!(f, "aliases without end{from}"),
            Fault::Referral => write!(f, "only a referral{from}, which looks nothing up for us"),
            Fault::Code(1) => write!(f, "FORMERR{from}"),
            Fault::Code(4) => write!(f, "NOTIMP{from}"),
            Fault::Code(code) => write!(f, "response code {code}{from}"),
            Fault::Refused => write!(f, "REFUSED{from}"),
            Fault::ServFail => write!(f, "SERVFAIL{from}"),
            Fault::Bogus => write!(f, "SERVFAIL{from}, because DNSSEC validation fails"),
        }?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => write!(f, "{address}"),
            Self::Aaaa(address) => write!(f, "{address}"),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => write!(f, "{name}"),
            Self::Mx(preference, name) => write!(f, "{preference} {name}"),
            Self::Soa(serial) => write!(f, "serial {serial}"),
            Self::Tlsa(tlsa) => write!(f, "{tlsa}"),
            Self::Txt(strings) => {
                let shown = strings.iter().map(|it| format!("\"{}\"", it.escape_ascii()));
                f.write_str(&shown.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// As in zone files: "3 1 1" and the data in hex.
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usage, selector, matching, data } = self;
        write!(f, "{usage} {selector} {matching} {}", hex(data))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(records) => {
                let shown: Vec<String> = records.iter().map(|it| it.data.to_string()).collect();
                f.write_str(&shown.join(", "))
            }
            Self::NoData => f.write_str("no such record"),
            Self::NxDomain => f.write_str("no such name"),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
