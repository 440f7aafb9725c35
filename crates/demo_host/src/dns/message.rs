//! Messages on the wire (RFC 1035 section 4, EDNS of RFC 6891): questions read, answers written.
//!
//! Written by hand on purpose: the plugins decode with a library, and a server that encoded with
//! the same one would share its mistakes.

use crate::dns::name::Name;
use crate::dns::record::RecordType;
use crate::dns::zone::Entry;

const INTERNET: u16 = 1;
const OPT: u16 = 41;
/// The EDNS option of RFC 8914.
const EXTENDED_ERROR: u16 = 15;

/// What fits into a datagram for a client without EDNS, in bytes.
const PLAIN_LIMIT: u16 = 512;

/// The bits of a header's second pair of bytes.
const RESPONSE: u16 = 0x8000;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;
const AUTHENTICATED: u16 = 0x0020;
const CHECKING_DISABLED: u16 = 0x0010;

/// The response codes that are used (RFC 1035 section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NxDomain = 3,
    NotImp = 4,
    Refused = 5,
}

/// A question as it was read.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) id: u16,
    pub(super) flags: u16,
    pub(super) name: Name,
    pub(super) kind: RecordType,
    pub(super) class: u16,
    /// Name, type and class as they came, to be sent back in the same case.
    echo: Vec<u8>,
    pub(super) edns: Option<Edns>,
}

/// What a client says of itself in an OPT record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edns {
    pub(super) payload: u16,
    pub(super) dnssec_ok: bool,
}

/// An answer to be written.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) code: Code,
    pub(super) answers: Vec<Entry>,
    pub(super) authority: Option<Entry>,
    pub(super) authenticated: bool,
    pub(super) role: Role,
    pub(super) extended_error: Option<ExtendedError>,
}

/// What the server claims to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// Holds the zone, and looks nothing up for anybody.
    Authority,
    /// Looks nothing up, and holds another zone: it refers to others.
    Bystander,
    /// Looks everything up, and speaks for no zone.
    #[default]
    Resolver,
}

/// An info code and words for people (RFC 8914).
#[derive(Clone, Debug, Default)]
pub(super) struct ExtendedError {
    pub(super) code: u16,
    pub(super) text: String,
}

impl Question {
    /// Reads a query; None if it is not one with exactly one question.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut rest = message;
        let [id, flags, questions, answers, authority, additional] = header(&mut rest)?;
        if flags & RESPONSE != 0 || questions != 1 {
            return None;
        }
        let name = read_name(&mut rest)?;
        let (kind, class) = (RecordType::from_number(number(&mut rest)?), number(&mut rest)?);
        let body = message.get(12..)?;
        let echo = body.get(..body.len() - rest.len())?.to_vec();
        let mut edns = None;
        for _ in 0..u32::from(answers) + u32::from(authority) + u32::from(additional) {
            read_name(&mut rest)?;
            let (kind, class) = (number(&mut rest)?, number(&mut rest)?);
            let (_, low) = (number(&mut rest)?, number(&mut rest)?);
            let length = number(&mut rest)?;
            rest = rest.get(usize::from(length)..)?;
            if kind == OPT {
                edns = Some(Edns { payload: class, dnssec_ok: low & 0x8000 != 0 });
            }
        }
        Some(Self { id, flags, name, kind, class, echo, edns })
    }

    /// The same question under another identifier.
    pub(super) fn with_id(&self, id: u16) -> Self {
        Self { id, ..self.clone() }
    }

    /// The same question about another name, which is what an answer's question section is to show.
    pub(super) fn about(&self, name: Name) -> Self {
        let mut echo = name.wire();
        echo.extend(self.kind.number().to_be_bytes());
        echo.extend(self.class.to_be_bytes());
        Self { name, echo, ..self.clone() }
    }

    /// Whether recursion is desired.
    pub(super) fn recursion_desired(&self) -> bool {
        self.flags & RECURSION_DESIRED != 0
    }

    /// Whether the client does its own validation.
    pub(super) fn checking_disabled(&self) -> bool {
        self.flags & CHECKING_DISABLED != 0
    }

    /// Whether the client understands the AD bit (RFC 6840 section 5.7).
    pub(super) fn wants_authentication(&self) -> bool {
        self.flags & AUTHENTICATED != 0 || self.edns.is_some_and(|edns| edns.dnssec_ok)
    }

    /// What this server can do with the question, before it looks at the name.
    pub(super) fn acceptable(&self) -> Result<(), Code> {
        if self.flags & 0x7800 != 0 {
            Err(Code::NotImp)
        } else if self.class == INTERNET {
            Ok(())
        } else {
            Err(Code::Refused)
        }
    }

    /// The longest datagram the client takes, in bytes.
    fn limit(&self) -> usize {
        self.edns.map_or(PLAIN_LIMIT, |edns| edns.payload.max(PLAIN_LIMIT)).into()
    }
}

impl Reply {
    /// An answer without records.
    pub(super) fn empty(code: Code) -> Self {
        Self {
            code,
            answers: Vec::new(),
            authority: None,
            authenticated: false,
            role: Role::default(),
            extended_error: None,
        }
    }

    /// The message for TCP, and for UDP where it fits; otherwise one that says it is truncated.
    pub(super) fn write(&self, question: &Question, tcp: bool) -> Vec<u8> {
        let whole = self.encode(question, false);
        if tcp || whole.len() <= question.limit() { whole } else { self.truncated(question) }
    }

    /// A message that says nothing but that it is truncated.
    pub(super) fn truncated(&self, question: &Question) -> Vec<u8> {
        Self { role: self.role, ..Self::empty(Code::NoError) }.encode(question, true)
    }

    fn encode(&self, question: &Question, truncated: bool) -> Vec<u8> {
        let kept = question.flags & (RECURSION_DESIRED | CHECKING_DISABLED);
        let mut flags = RESPONSE | kept | self.code as u16;
        flags |= match self.role {
            // RFC 1035 section 4.1.1: only what a zone says has an authority.
            Role::Authority if matches!(self.code, Code::NoError | Code::NxDomain) => AUTHORITATIVE,
            Role::Authority | Role::Bystander => 0,
            Role::Resolver => RECURSION_AVAILABLE,
        };
        if truncated {
            flags |= TRUNCATED;
        }
        if self.authenticated && question.wants_authentication() {
            flags |= AUTHENTICATED;
        }
        let additional = u16::from(question.edns.is_some());
        let authority = u16::from(self.authority.is_some());
        let answers = u16::try_from(self.answers.len()).unwrap_or(u16::MAX);
        let mut bytes = Vec::new();
        for number in [question.id, flags, 1, answers, authority, additional] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(&question.echo);
        for entry in self.answers.iter().take(answers.into()).chain(&self.authority) {
            write_entry(&mut bytes, entry, question);
        }
        if let Some(edns) = question.edns {
            write_opt(&mut bytes, edns, self.extended_error.as_ref());
        }
        bytes
    }
}

/// A reply to what could not be read as a question, if it has an identifier at least.
pub(super) fn format_error(message: &[u8]) -> Option<Vec<u8>> {
    let [id, flags, ..] = header(&mut &*message)?;
    if flags & RESPONSE != 0 {
        return None;
    }
    let flags = RESPONSE | RECURSION_AVAILABLE | Code::FormErr as u16;
    Some([id, flags, 0, 0, 0, 0].iter().flat_map(|number| number.to_be_bytes()).collect())
}

fn write_entry(bytes: &mut Vec<u8>, entry: &Entry, question: &Question) {
    if entry.owner == question.name {
        // The commonest compression: a pointer to the name in the question, in its case.
        bytes.extend([0xc0, 12]);
    } else {
        bytes.extend(entry.owner.wire());
    }
    bytes.extend(entry.kind.number().to_be_bytes());
    bytes.extend(INTERNET.to_be_bytes());
    bytes.extend(entry.ttl.to_be_bytes());
    bytes.extend(u16::try_from(entry.data.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(&entry.data);
}

fn write_opt(bytes: &mut Vec<u8>, edns: Edns, extended_error: Option<&ExtendedError>) {
    let mut options = Vec::new();
    if let Some(ExtendedError { code, text }) = extended_error {
        let length = u16::try_from(2 + text.len()).unwrap_or(u16::MAX);
        for number in [EXTENDED_ERROR, length, *code] {
            options.extend(number.to_be_bytes());
        }
        options.extend(text.as_bytes());
    }
    let flags = if edns.dnssec_ok { 0x8000 } else { 0 };
    let length = u16::try_from(options.len()).unwrap_or_default();
    bytes.push(0);
    for number in [OPT, 1232, 0, flags, length] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(options);
}

fn header(rest: &mut &[u8]) -> Option<[u16; 6]> {
    let mut numbers = [0; 6];
    for place in &mut numbers {
        *place = number(rest)?;
    }
    Some(numbers)
}

fn number(rest: &mut &[u8]) -> Option<u16> {
    let (bytes, after) = rest.split_first_chunk::<2>()?;
    *rest = after;
    Some(u16::from_be_bytes(*bytes))
}

/// Reads a name without compression, for which a query has no use.
fn read_name(rest: &mut &[u8]) -> Option<Name> {
    let mut labels = Vec::new();
    loop {
        let (&length, after) = rest.split_first()?;
        *rest = after;
        if length == 0 {
            return Name::from_labels(labels);
        }
        let (label, after) = rest.split_at_checked(length.into())?;
        *rest = after;
        labels.push(label.to_vec());
    }
}
