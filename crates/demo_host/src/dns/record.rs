//! Records: their types, their data, and its wire form.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::dns::name::Name;

/// A record type, by its number in the IANA registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// 1, RFC 1035.
    A,
    /// 28, RFC 3596.
    Aaaa,
    /// 5, RFC 1035.
    Cname,
    /// 15, RFC 1035.
    Mx,
    /// 2, RFC 1035.
    Ns,
    /// 12, RFC 1035.
    Ptr,
    /// 6, RFC 1035.
    Soa,
    /// 99, RFC 4408; no longer to be asked for since RFC 7208 section 3.1.
    Spf,
    /// 52, RFC 6698.
    Tlsa,
    /// 16, RFC 1035.
    Txt,
    /// Any other.
    Other(u16),
}

const NUMBERS: [(RecordType, u16); 10] = [
    (RecordType::A, 1),
    (RecordType::Aaaa, 28),
    (RecordType::Cname, 5),
    (RecordType::Mx, 15),
    (RecordType::Ns, 2),
    (RecordType::Ptr, 12),
    (RecordType::Soa, 6),
    (RecordType::Spf, 99),
    (RecordType::Tlsa, 52),
    (RecordType::Txt, 16),
];

impl RecordType {
    /// The type of this number.
    pub fn from_number(number: u16) -> Self {
        let known = NUMBERS.iter().find(|(_, its)| *its == number);
        known.map_or(Self::Other(number), |(kind, _)| *kind)
    }

    /// The type's number.
    pub fn number(self) -> u16 {
        match self {
            Self::Other(number) => number,
            kind => NUMBERS.iter().find(|(its, _)| *its == kind).map_or(0, |(_, number)| *number),
        }
    }
}

/// The data of one record. Names are text as in zone files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name this one is an alias of.
    Cname(String),
    /// A mail exchanger.
    Mx {
        /// Lower is preferred.
        preference: u16,
        /// The host, or `.` for none (RFC 7505).
        exchange: String,
    },
    /// A name server.
    Ns(String),
    /// Bytes for any type, right or wrong.
    Raw(RecordType, Vec<u8>),
    /// The name of an address.
    Ptr(String),
    /// The start of a zone; its refresh, retry and expire times are of no interest here.
    Soa {
        /// The primary name server.
        primary: String,
        /// The mailbox of the person in charge, as a name.
        contact: String,
        /// The version of the zone.
        serial: u32,
        /// How long the absence of a record may be cached, in seconds (RFC 2308).
        minimum: u32,
    },
    /// Strings as in [`Txt`](Self::Txt), under the type that nobody asks for any more.
    Spf(Vec<Vec<u8>>),
    /// Usage, selector, matching type and association data.
    Tlsa(u8, u8, u8, Vec<u8>),
    /// Strings, of which each beyond 255 bytes is split. There must be at least one (RFC 1035
    /// section 3.3.14): with none, the record is malformed.
    Txt(Vec<Vec<u8>>),
}

impl RecordData {
    /// A mail exchanger.
    pub fn mx(preference: u16, exchange: &str) -> Self {
        Self::Mx { preference, exchange: exchange.into() }
    }

    /// A text of one string.
    pub fn txt(text: impl AsRef<[u8]>) -> Self {
        Self::Txt(vec![text.as_ref().to_vec()])
    }

    /// The type of the record.
    pub fn kind(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Cname(_) => RecordType::Cname,
            Self::Mx { .. } => RecordType::Mx,
            Self::Ns(_) => RecordType::Ns,
            Self::Ptr(_) => RecordType::Ptr,
            Self::Raw(kind, _) => *kind,
            Self::Soa { .. } => RecordType::Soa,
            Self::Spf(_) => RecordType::Spf,
            Self::Tlsa(..) => RecordType::Tlsa,
            Self::Txt(_) => RecordType::Txt,
        }
    }

    /// The wire form; names in it are not compressed.
    pub(super) fn wire(&self) -> io::Result<Vec<u8>> {
        Ok(match self {
            Self::A(address) => address.octets().to_vec(),
            Self::Aaaa(address) => address.octets().to_vec(),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => Name::parse(name)?.wire(),
            Self::Mx { preference, exchange } => {
                let mut wire = preference.to_be_bytes().to_vec();
                wire.extend(Name::parse(exchange)?.wire());
                wire
            }
            Self::Raw(_, bytes) => bytes.clone(),
            Self::Soa { primary, contact, serial, minimum } => {
                let mut wire = Name::parse(primary)?.wire();
                wire.extend(Name::parse(contact)?.wire());
                for number in [*serial, 7_200, 3_600, 1_209_600, *minimum] {
                    wire.extend(number.to_be_bytes());
                }
                wire
            }
            Self::Tlsa(usage, selector, matching, data) => {
                let mut wire = vec![*usage, *selector, *matching];
                wire.extend(data);
                wire
            }
            Self::Spf(strings) | Self::Txt(strings) => {
                strings.iter().flat_map(|string| character_strings(string)).collect()
            }
        })
    }
}

/// Strings with a length byte each (RFC 1035 section 3.3); an empty one is kept.
fn character_strings(string: &[u8]) -> Vec<u8> {
    if string.is_empty() {
        return vec![0];
    }
    let mut wire = Vec::new();
    for part in string.chunks(255) {
        wire.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        wire.extend(part);
    }
    wire
}
