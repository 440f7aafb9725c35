//! Messages: a question written, an answer read and held against what was asked.

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{DNSClass, RData, Record as WireRecord, RecordType as WireType};

use crate::dns::answer::{AliasConflict, Data, Fault, Outcome, Record, Tlsa};
use crate::dns::name::Name;
use crate::dns::question::{Question, RecordType};

/// What a message says in reply to a question.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::dns) enum Reply {
    /// An answer that counts.
    Said(Said),
    /// The server fails, and what it adds.
    Failed(Fault, Option<String>),
    /// Too long for a datagram.
    Truncated,
}

/// An answer that counts.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::dns) struct Said {
    pub(in crate::dns) outcome: Outcome,
    pub(in crate::dns) aliases: Vec<Name>,
    pub(in crate::dns) conflict: Option<AliasConflict>,
    pub(in crate::dns) authoritative: bool,
    pub(in crate::dns) authentic: bool,
}

/// The message that asks, under an identifier; `unchecked` asks for an answer without validation.
pub(super) fn write(question: &Question, id: u16, unchecked: bool) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.id = id;
    message.metadata.recursion_desired = question.at.is_none();
    message.metadata.checking_disabled = unchecked;
    // A resolver says whether it has validated the answer to whoever asks with this bit, without the
    // signatures, which would make it long (RFC 6840 section 5.7).
    message.metadata.authentic_data = question.at.is_none();
    message.add_query(Query::query(question.name.wire().clone(), wire_type(question.kind)));
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    message.set_edns(edns);
    // A question of one checked name always fits.
    message.to_vec().unwrap_or_default()
}

/// Reads a message; `None` when it does not answer this question under this identifier, so that
/// another may still come.
pub(in crate::dns) fn read(bytes: &[u8], question: &Question, id: u16) -> Option<Reply> {
    if bytes.get(..2) != Some(&id.to_be_bytes()[..]) {
        return None;
    }
    let Ok(message) = Message::from_vec(bytes) else {
        return Some(Reply::Failed(Fault::Broken, None));
    };
    if message.metadata.message_type != MessageType::Response {
        return None;
    }
    let code = message.metadata.response_code;
    // A server that did not understand the question need not repeat it.
    let answers = matches!(code, ResponseCode::NoError | ResponseCode::NXDomain);
    if !echoes(&message, question) && (answers || !message.queries.is_empty()) {
        return None;
    }
    if message.metadata.truncation {
        return Some(Reply::Truncated);
    }
    let fault = match code {
        ResponseCode::NoError | ResponseCode::NXDomain => return Some(said(&message, question)),
        ResponseCode::ServFail if is_bogus(&message) => Fault::Bogus,
        ResponseCode::ServFail => Fault::ServFail,
        ResponseCode::Refused => Fault::Refused,
        other => Fault::Code(other.into()),
    };
    Some(Reply::Failed(fault, extended_error(&message).map(|(_, text)| text)))
}

fn echoes(message: &Message, question: &Question) -> bool {
    let [query] = message.queries.as_slice() else {
        return false;
    };
    Name::from_wire(query.name().clone()) == question.name
        && query.query_type() == wire_type(question.kind)
        && query.query_class() == DNSClass::IN
}

/// Follows the aliases from the name asked about to the records; what belongs to other names does
/// not count.
fn said(message: &Message, question: &Question) -> Reply {
    let mut name = question.name.clone();
    let mut aliases = Vec::new();
    let mut conflict = None;
    let records = loop {
        let Some(Here { records, targets }) = here(message, &name, question.kind) else {
            return Reply::Failed(Fault::Broken, None);
        };
        if targets.len() > 1 {
            conflict = Some(AliasConflict::Several);
        } else if !targets.is_empty() && !records.is_empty() && question.kind != RecordType::Cname {
            conflict = Some(AliasConflict::BesideRecords);
        }
        let Some(target) = targets.into_iter().next().filter(|_| records.is_empty()) else {
            break records;
        };
        if aliases.contains(&target) || target == question.name || aliases.len() >= ALIASES {
            return Reply::Failed(Fault::AliasLoop, None);
        }
        aliases.push(target.clone());
        name = target;
    };
    let outcome = if !records.is_empty() {
        Outcome::Records(records)
    } else if message.metadata.response_code == ResponseCode::NXDomain {
        Outcome::NxDomain
    } else if is_referral(message, !aliases.is_empty() && question.at.is_none()) {
        return Reply::Failed(Fault::Referral, None);
    } else {
        Outcome::NoData
    };
    let header = &message.metadata;
    let (authoritative, authentic) = (header.authoritative, header.authentic_data);
    Reply::Said(Said { outcome, aliases, conflict, authoritative, authentic })
}

/// What an answer has of one name: the records wanted, and what it is an alias of, each once.
struct Here {
    records: Vec<Record>,
    targets: Vec<Name>,
}

/// Looks for what belongs to a name; `None` when it cannot be read.
fn here(message: &Message, name: &Name, kind: RecordType) -> Option<Here> {
    let own = |it: &&WireRecord| {
        it.dns_class == DNSClass::IN && Name::from_wire(it.name.clone()) == *name
    };
    let (mut records, mut targets) = (Vec::new(), Vec::new());
    for record in message.answers.iter().filter(own) {
        if record.record_type() == wire_type(kind) {
            records.push(Record { ttl: record.ttl, data: data(&record.data)? });
        }
        if let RData::CNAME(target) = &record.data {
            targets.push(Name::from_wire(target.0.clone()));
        }
    }
    targets.sort();
    targets.dedup();
    Some(Here { records, targets })
}

/// Whether an answer without records only says who may know: from a server that does not look things
/// up for others, about a name below its zone or behind an alias out of it. Of a server that is asked
/// for what itself knows, the alias is the answer.
fn is_referral(message: &Message, leads_out: bool) -> bool {
    let looks_up = message.metadata.recursion_available;
    let own = message.metadata.authoritative && !leads_out;
    // What does not exist is told with the start of its zone (RFC 2308 section 2.2).
    let tells = message.authorities.iter().any(|it| it.record_type() == WireType::SOA);
    !looks_up && !own && !tells
}

fn data(data: &RData) -> Option<Data> {
    Some(match data {
        RData::A(address) => Data::A(address.0),
        RData::AAAA(address) => Data::Aaaa(address.0),
        RData::CNAME(target) => Data::Cname(Name::from_wire(target.0.clone())),
        RData::MX(mx) => Data::Mx(mx.preference, Name::from_wire(mx.exchange.clone())),
        RData::NS(host) => Data::Ns(Name::from_wire(host.0.clone())),
        RData::PTR(name) => Data::Ptr(Name::from_wire(name.0.clone())),
        RData::SOA(soa) => Data::Soa(soa.serial),
        RData::TLSA(tlsa) => Data::Tlsa(Tlsa {
            usage: tlsa.cert_usage.into(),
            selector: tlsa.selector.into(),
            matching: tlsa.matching.into(),
            data: tlsa.cert_data.clone(),
        }),
        RData::TXT(txt) => Data::Txt(txt.txt_data.iter().map(|it| it.to_vec()).collect()),
        RData::Unknown { code, rdata } if *code == wire_type(RecordType::Spf) => {
            Data::Txt(strings(&rdata.anything)?)
        }
        _ => return None,
    })
}

/// The strings of a type that the library does not know, each behind its length (RFC 1035 section
/// 3.3).
fn strings(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(*length))?;
        strings.push(string.to_vec());
        bytes = rest;
    }
    Some(strings)
}

fn wire_type(kind: RecordType) -> WireType {
    match kind {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Mx => WireType::MX,
        RecordType::Ns => WireType::NS,
        RecordType::Ptr => WireType::PTR,
        RecordType::Soa => WireType::SOA,
        RecordType::Spf => WireType::Unknown(99),
        RecordType::Tlsa => WireType::TLSA,
        RecordType::Txt => WireType::TXT,
    }
}

/// Whether the server says itself that validation failed (RFC 8914 sections 4.7 to 4.13).
fn is_bogus(message: &Message) -> bool {
    extended_error(message).is_some_and(|(code, _)| (6..=12).contains(&code))
}

/// The extended error (RFC 8914), as its code and in words.
fn extended_error(message: &Message) -> Option<(u16, String)> {
    let EdnsOption::Unknown(_, bytes) = message.edns.as_ref()?.option(EXTENDED_ERROR.into())?
    else {
        return None;
    };
    let (code, text) = bytes.split_first_chunk::<2>()?;
    let code = u16::from_be_bytes(*code);
    let name = ERRORS.iter().find(|(of, _)| *of == code).map(|(_, name)| *name);
    let text = String::from_utf8_lossy(text);
    let said = match (name, text.trim_matches(['\0', ' '])) {
        (Some(name), "") => name.to_owned(),
        (Some(name), text) => format!("{name}: {text}"),
        (None, "") => format!("extended error {code}"),
        (None, text) => text.to_owned(),
    };
    Some((code, said))
}

/// Bytes of a datagram that pass through every network (RFC 9715).
const PAYLOAD: u16 = 1232;
/// More aliases than anybody needs; resolvers give up earlier.
const ALIASES: usize = 16;
/// The EDNS option of extended errors.
const EXTENDED_ERROR: u16 = 15;
/// What extended errors mean (RFC 8914 section 4), as far as they say more than SERVFAIL.
const ERRORS: &[(u16, &str)] = &[
    (1, "unsupported DNSKEY algorithm"),
    (2, "unsupported DS digest type"),
    (3, "stale answer"),
    (6, "DNSSEC bogus"),
    (7, "signature expired"),
    (8, "signature not yet valid"),
    (9, "DNSKEY missing"),
    (10, "RRSIGs missing"),
    (11, "no zone key bit set"),
    (12, "NSEC missing"),
    (13, "cached error"),
    (14, "not ready"),
    (15, "blocked"),
    (16, "censored"),
    (17, "filtered"),
    (18, "prohibited"),
    (20, "not authoritative"),
    (22, "no reachable authority"),
    (23, "network error"),
    (24, "invalid data"),
];

#[cfg(test)]
mod tests {
    use hickory_proto::op::OpCode;
    use hickory_proto::rr::rdata::{A, CNAME, TLSA};

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).expect("a name")
    }

    fn question() -> Question {
        Question::new(&name("www.example.org"), RecordType::A)
    }

    fn alias(owner: &str, target: &str) -> WireRecord {
        let target = RData::CNAME(CNAME(name(target).wire().clone()));
        WireRecord::from_rdata(name(owner).wire().clone(), 60, target)
    }

    fn address(owner: &str, last: u8) -> WireRecord {
        let data = RData::A(A([192, 0, 2, last].into()));
        WireRecord::from_rdata(name(owner).wire().clone(), 60, data)
    }

    fn reply(answers: Vec<WireRecord>) -> Message {
        let mut message = Message::response(7, OpCode::Query);
        message.metadata.recursion_available = true;
        message.add_query(Query::query(name("WWW.example.org").wire().clone(), WireType::A));
        message.add_answers(answers);
        message
    }

    fn read_it(message: &Message) -> Option<Reply> {
        read(&message.to_vec().expect("a message"), &question(), 7)
    }

    fn outcome(answers: Vec<WireRecord>) -> (String, Option<AliasConflict>) {
        match read_it(&reply(answers)) {
            Some(Reply::Said(said)) => (said.outcome.to_string(), said.conflict),
            other => (format!("{other:?}"), None),
        }
    }

    #[test]
    fn ok_what_is_written_asks_the_question() {
        let asked = Message::from_vec(&write(&question(), 0x1234, true)).expect("a message");
        let header = asked.metadata;
        assert_eq!(
            (header.id, header.recursion_desired, header.checking_disabled),
            (0x1234, true, true)
        );
        assert!(header.authentic_data);
        assert_eq!(asked.queries[0].to_string(), "www.example.org. IN A");
        assert_eq!(asked.max_payload(), 1232);
        let at = question().at(([127, 0, 0, 1], 53).into());
        let asked = Message::from_vec(&write(&at, 1, false)).expect("a message");
        assert!(!asked.metadata.recursion_desired && !asked.metadata.checking_disabled);
        assert!(!asked.metadata.authentic_data);
    }

    #[test]
    fn ok_a_certificate_of_a_service_and_whether_the_answer_was_validated() {
        let owner = name("_25._tcp.mx.example.org");
        let question = Question::new(&owner, RecordType::Tlsa);
        // The numbers come as they are, be they known or not.
        for (usage, selector, matching) in [(3, 1, 1), (0, 0, 2), (7, 200, 255), (255, 255, 3)] {
            let (data, wire) = (vec![1, 2], owner.wire().clone());
            let sent = TLSA::new(usage.into(), selector.into(), matching.into(), data.clone());
            let mut message = Message::response(7, OpCode::Query);
            message.add_query(Query::query(wire.clone(), WireType::TLSA));
            message.add_answers([WireRecord::from_rdata(wire, 60, RData::TLSA(sent))]);
            for authentic in [true, false] {
                message.metadata.authentic_data = authentic;
                let Some(Reply::Said(said)) =
                    read(&message.to_vec().expect("a message"), &question, 7)
                else {
                    panic!("an answer");
                };
                let tlsa = Tlsa { usage, selector, matching, data: data.clone() };
                let record = Record { ttl: 60, data: Data::Tlsa(tlsa) };
                assert_eq!(said.outcome, Outcome::Records(vec![record]));
                assert_eq!(said.authentic, authentic);
            }
        }
    }

    #[test]
    fn ok_aliases_are_followed_and_other_names_do_not_count() {
        let (text, conflict) = outcome(vec![
            address("web.example.org", 2),
            address("evil.example", 66),
            alias("www.example.org", "web.EXAMPLE.org"),
        ]);
        assert_eq!((text.as_str(), conflict), ("192.0.2.2", None));
        assert_eq!(outcome(vec![address("evil.example", 66)]).0, "no such record");
    }

    #[test]
    fn warning_aliases_that_must_not_be() {
        let beside =
            outcome(vec![address("www.example.org", 1), alias("www.example.org", "b.example")]);
        assert_eq!(beside, ("192.0.2.1".to_owned(), Some(AliasConflict::BesideRecords)));
        let several = outcome(vec![
            alias("www.example.org", "a.example"),
            alias("www.example.org", "b.example"),
        ]);
        assert_eq!(several.1, Some(AliasConflict::Several));
        let round = read_it(&reply(vec![
            alias("www.example.org", "a.example"),
            alias("a.example", "www.example.org"),
        ]));
        assert_eq!(round, Some(Reply::Failed(Fault::AliasLoop, None)));
    }

    #[test]
    fn unknown_what_does_not_answer_the_question_is_not_taken_for_an_answer() {
        let good = reply(vec![]).to_vec().expect("a message");
        assert_eq!(read(&good, &question(), 8), None);
        let other = Question::new(&name("www.example.net"), RecordType::A);
        assert_eq!(read(&good, &other, 7), None);
        let other = Question::new(&name("www.example.org"), RecordType::Txt);
        assert_eq!(read(&good, &other, 7), None);
        assert_eq!(read(&write(&question(), 7, false), &question(), 7), None);
        assert_eq!(read(&good[..20], &question(), 7), Some(Reply::Failed(Fault::Broken, None)));
    }

    #[test]
    fn critical_a_referral_is_no_absence() {
        let referral = Some(Reply::Failed(Fault::Referral, None));
        let mut message = reply(vec![]);
        message.metadata.recursion_available = false;
        assert_eq!(read_it(&message), referral);
        message.metadata.authoritative = true;
        assert!(matches!(read_it(&message), Some(Reply::Said(_))));
        // Its own zone ends where the alias leads.
        let mut message = reply(vec![alias("www.example.org", "www.example.net")]);
        message.metadata.recursion_available = false;
        message.metadata.authoritative = true;
        assert_eq!(read_it(&message), referral);
        let at = question().at(([192, 0, 2, 53], 53).into());
        let said = read(&message.to_vec().expect("a message"), &at, 7);
        assert!(
            matches!(said, Some(Reply::Said(Said { outcome: Outcome::NoData, .. }))),
            "{said:?}"
        );
    }

    #[test]
    fn critical_codes_are_told_apart() {
        for (code, fault) in [
            (ResponseCode::ServFail, Fault::ServFail),
            (ResponseCode::Refused, Fault::Refused),
            (ResponseCode::NotImp, Fault::Code(4)),
        ] {
            let mut message = reply(vec![]);
            message.metadata.response_code = code;
            assert_eq!(read_it(&message), Some(Reply::Failed(fault, None)));
            message.queries.clear();
            assert_eq!(read_it(&message), Some(Reply::Failed(fault, None)));
        }
    }
}
