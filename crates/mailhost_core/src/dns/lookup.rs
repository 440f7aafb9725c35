//! Who is asked: the trait, and a table that stands in for the DNS in tests.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::answer::{Answer, Data, Failure, Fault, Outcome, Record, Tlsa};
use super::name::Name;
use super::question::{Question, RecordType};

/// Answers questions, many at a time, because those that do not depend on each other fly together.
pub trait Lookup {
    /// The answers, in the order of the questions. It returns in bounded time.
    fn ask(&mut self, questions: &[Question]) -> Vec<Answer>;
}

/// A table of records that answers like a resolver, for tests. Names are as for [`Name::from_text`].
#[derive(Clone, Debug, Default)]
pub struct Zone {
    records: Vec<(Name, Data)>,
    faults: Vec<(Name, Option<RecordType>, Fault)>,
    signed: Vec<Name>,
    batches: usize,
}

impl Zone {
    /// Adds a record.
    #[must_use]
    pub fn record(mut self, owner: &str, data: Data) -> Self {
        self.records.push((named(owner), data));
        self
    }

    /// Adds an IPv4 address.
    #[must_use]
    pub fn a(self, owner: &str, address: impl Into<Ipv4Addr>) -> Self {
        self.record(owner, Data::A(address.into()))
    }

    /// Adds an IPv6 address.
    #[must_use]
    pub fn aaaa(self, owner: &str, address: impl Into<Ipv6Addr>) -> Self {
        self.record(owner, Data::Aaaa(address.into()))
    }

    /// Adds an alias.
    #[must_use]
    pub fn cname(self, owner: &str, target: &str) -> Self {
        self.record(owner, Data::Cname(named(target)))
    }

    /// Adds a mail exchanger.
    #[must_use]
    pub fn mx(self, owner: &str, preference: u16, exchange: &str) -> Self {
        self.record(owner, Data::Mx(preference, named(exchange)))
    }

    /// Adds the name of an address.
    #[must_use]
    pub fn ptr(self, address: impl Into<std::net::IpAddr>, target: &str) -> Self {
        let owner = Name::reverse(address.into()).to_string();
        self.record(&owner, Data::Ptr(named(target)))
    }

    /// Adds a certificate or key of a service.
    #[must_use]
    pub fn tlsa(self, owner: &str, tlsa: Tlsa) -> Self {
        self.record(owner, Data::Tlsa(tlsa))
    }

    /// Signs everything at and below a name, so that answers about it are authentic.
    #[must_use]
    pub fn signed(mut self, name: &str) -> Self {
        self.signed.push(named(name));
        self
    }

    /// Adds a text of one string.
    #[must_use]
    pub fn txt(self, owner: &str, text: impl AsRef<[u8]>) -> Self {
        self.record(owner, Data::Txt(vec![text.as_ref().to_vec()]))
    }

    /// Answers questions about a name with a failure.
    #[must_use]
    pub fn fails(mut self, name: &str, fault: Fault) -> Self {
        self.faults.push((named(name), None, fault));
        self
    }

    /// Answers questions of one type about a name with a failure.
    #[must_use]
    pub fn fails_for(mut self, name: &str, kind: RecordType, fault: Fault) -> Self {
        self.faults.push((named(name), Some(kind), fault));
        self
    }

    /// How often it was asked: what would be the round trips of a resolver.
    pub fn batches(&self) -> usize {
        self.batches
    }

    fn answer(&self, question: &Question) -> Answer {
        let mut name = question.name.clone();
        let mut aliases = Vec::new();
        let mut answer = loop {
            let fault = self
                .faults
                .iter()
                .find(|(of, kind, _)| *of == name && kind.is_none_or(|it| it == question.kind));
            if let Some((_, _, fault)) = fault {
                break Answer::of(Outcome::Failed(Failure::of(*fault)));
            }
            let here: Vec<&Data> =
                self.records.iter().filter(|(of, _)| *of == name).map(|(_, data)| data).collect();
            let wanted = here.iter().filter(|data| kind(data) == question.kind);
            let found: Vec<Record> =
                wanted.map(|data| Record { ttl: 300, data: (*data).clone() }).collect();
            if !found.is_empty() {
                break Answer::of(Outcome::Records(found));
            }
            let alias = here.iter().find_map(|data| match data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            match alias {
                Some(target) if aliases.len() < 8 => {
                    aliases.push(target.clone());
                    name = target;
                }
                Some(_) => break Answer::of(Outcome::Failed(Failure::of(Fault::AliasLoop))),
                None if self.records.iter().any(|(of, _)| of.is_within(&name)) => {
                    break Answer::of(Outcome::NoData);
                }
                None => break Answer::of(Outcome::NxDomain),
            }
        };
        answer.aliases = aliases;
        // Only where the whole way from alias to alias is signed.
        let is_signed = |name: &Name| self.signed.iter().any(|top| name.is_within(top));
        let is_whole = is_signed(&question.name) && answer.aliases.iter().all(is_signed);
        answer.authentic = answer.failure().is_none() && is_whole;
        answer
    }
}

impl Lookup for Zone {
    fn ask(&mut self, questions: &[Question]) -> Vec<Answer> {
        self.batches += 1;
        questions.iter().map(|question| self.answer(question)).collect()
    }
}

/// The name of a test's own table; where that is none, nobody will find the record.
fn named(text: &str) -> Name {
    Name::from_text(text).unwrap_or_else(|_| Name::root())
}

fn kind(data: &Data) -> RecordType {
    match data {
        Data::A(_) => RecordType::A,
        Data::Aaaa(_) => RecordType::Aaaa,
        Data::Cname(_) => RecordType::Cname,
        Data::Mx(..) => RecordType::Mx,
        Data::Ns(_) => RecordType::Ns,
        Data::Ptr(_) => RecordType::Ptr,
        Data::Soa(_) => RecordType::Soa,
        Data::Tlsa(_) => RecordType::Tlsa,
        Data::Txt(_) => RecordType::Txt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_the_table_answers_like_a_resolver() {
        let mut zone = Zone::default()
            .a("a.example.org", [192, 0, 2, 1])
            .cname("www.example.org", "a.example.org")
            .cname("loop.example.org", "loop.example.org")
            .fails_for("a.example.org", RecordType::Txt, Fault::ServFail);
        let mut ask = |name: &str, kind| {
            let question = Question::new(&named(name), kind);
            zone.ask(&[question]).pop().map(|answer| answer.outcome.to_string())
        };
        let mut says = |name: &str, kind, text: &str| {
            assert_eq!(ask(name, kind).as_deref(), Some(text), "{name}");
        };
        says("www.example.org", RecordType::A, "192.0.2.1");
        says("www.example.org", RecordType::Txt, "SERVFAIL");
        says("a.example.org", RecordType::Mx, "no such record");
        says("example.org", RecordType::Mx, "no such record");
        says("b.example.org", RecordType::A, "no such name");
        says("loop.example.org", RecordType::A, "aliases without end");
    }

    #[test]
    fn ok_answers_are_authentic_where_all_of_the_way_is_signed() {
        let tlsa = Tlsa { usage: 3, selector: 1, matching: 1, data: vec![0xab, 0x01] };
        let mut zone = Zone::default()
            .tlsa("_25._tcp.mx.example.org", tlsa)
            .cname("in.example.org", "a.example.org")
            .a("a.example.org", [192, 0, 2, 1])
            .cname("out.example.org", "a.example.net")
            .a("a.example.net", [192, 0, 2, 2])
            .fails("broken.example.org", Fault::Timeout)
            .signed("example.org");
        let mut ask = |name: &str, kind| {
            let answer = zone.ask(&[Question::new(&named(name), kind)]).pop().expect("an answer");
            (answer.outcome.to_string(), answer.authentic)
        };
        let said = |text: &str, authentic| (text.to_owned(), authentic);
        assert_eq!(ask("_25._tcp.mx.example.org", RecordType::Tlsa), said("3 1 1 ab01", true));
        assert_eq!(ask("in.example.org", RecordType::A), said("192.0.2.1", true));
        assert_eq!(ask("none.example.org", RecordType::A), said("no such name", true));
        assert_eq!(ask("out.example.org", RecordType::A), said("192.0.2.2", false));
        assert_eq!(ask("a.example.net", RecordType::A), said("192.0.2.2", false));
        assert!(!ask("broken.example.org", RecordType::A).1);
    }
}
