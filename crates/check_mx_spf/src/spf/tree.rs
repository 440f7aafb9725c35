//! The audit: a domain's record with all that it includes or redirects to, without a client.
//!
//! Every term that can take effect is looked at, so the numbers are those of the worst case.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mailhost_core::dns::{
    AliasConflict, Answer, Data, Failure, Known, Name, Outcome, Question, RecordType,
};
use serde::Serialize;

use super::check_host::Void;
use super::limits::MOST_EXCHANGERS;
use super::macro_string::MacroString;
use super::parse::{SyntaxError, parse};
use super::record::{Kind, Mechanism, Qualifier, Record};
use super::select::{LookAlike, select};
use super::validated::addresses;
use crate::network::Network;

/// All that a domain's policy consists of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Tree {
    pub(crate) root: Node,
    /// The terms that have nothing in the DNS, whoever the client is.
    pub(crate) voids: Vec<Void>,
    /// Those that have no IPv4 address, for clients that come over IPv4.
    pub(crate) voids_ipv4: Vec<Void>,
    /// The same for IPv6.
    pub(crate) voids_ipv6: Vec<Void>,
    /// The networks from which the domain may send.
    pub(crate) networks: Vec<Passing>,
    /// All networks that the policy names, whatever it says of them: where its verdict may change.
    #[serde(skip)]
    pub(crate) borders: Vec<Network>,
    /// Whether there is more than was looked at.
    pub(crate) cut: bool,
}

/// A network from which the domain may send, and the term that says so.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Passing {
    pub(crate) network: Network,
    pub(crate) domain: String,
    pub(crate) term: String,
    /// The term's place in its record.
    pub(crate) index: usize,
    /// Whether the term is in the domain's own record, or in one that it redirects to.
    pub(crate) own: bool,
}

/// The record of one domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Node {
    pub(crate) domain: String,
    /// Whether it is the domain's own policy, or one that it redirects to, and not an included one.
    pub(crate) own: bool,
    /// What a pass of this record is for the domain: `None` where it is nothing.
    #[serde(skip)]
    pub(crate) means: Option<Qualifier>,
    pub(crate) found: Found,
    /// The terms of this record and those below it that need the DNS.
    pub(crate) lookups: u32,
    /// What became of each of its own.
    pub(crate) looked: Vec<Looked>,
    /// The alias under which the record really is, if any.
    pub(crate) alias: Option<Name>,
    /// An alias that is in the way of the record.
    pub(crate) conflict: Option<AliasConflict>,
}

/// What there is of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    /// The DNS did not say.
    Failed(Failure),
    /// It leads back to a record that leads to it: from there to here.
    Loop(Vec<String>),
    /// None.
    Missing { name_exists: bool, look_alikes: Vec<LookAlike>, undecodable: usize },
    /// Its name can be none.
    NoName,
    /// One.
    One {
        text: String,
        #[serde(skip)]
        record: Record,
        look_alikes: Vec<LookAlike>,
        undecodable: usize,
        /// How long it may be kept, in seconds.
        ttl: u32,
    },
    /// More than one.
    Several(Vec<String>),
    /// Not looked at any more.
    TooMany,
    /// One that is wrong.
    Wrong { text: String, errors: Vec<SyntaxError> },
}

/// A term that needs the DNS, and what that says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Looked {
    pub(crate) term: String,
    pub(crate) seen: Seen,
}

/// What the DNS says of a term.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// It depends on the client.
    Depends,
    /// Something, which is all that `exists` asks.
    Exists,
    /// The number of mail exchangers, and those without an address.
    Exchangers { count: usize, without: Vec<Name>, addresses: Vec<IpAddr> },
    /// It did not say.
    Failed(Failure),
    /// Its name can be none.
    NoName,
    /// Nothing.
    Nothing,
    /// A host without address, which is nothing to a term that compares names (`ptr`).
    NoHost(Name),
    /// The record of an include or a redirect.
    Record(Box<Node>),
}

/// Looks at the policy of a domain.
pub(crate) fn walk(known: &mut Known, domain: &str) -> Tree {
    let mut walker = Walker {
        known,
        domain: domain.to_owned(),
        voids: Vec::new(),
        voids_ipv4: Vec::new(),
        voids_ipv6: Vec::new(),
        networks: BTreeSet::new(),
        borders: BTreeSet::new(),
        records: 0,
        cut: false,
    };
    let place = Place { own: true, means: Some(Qualifier::Pass) };
    let root = walker.node(domain, place, &mut Vec::new());
    Tree {
        root,
        voids: walker.voids,
        voids_ipv4: walker.voids_ipv4,
        voids_ipv6: walker.voids_ipv6,
        networks: walker.networks.into_iter().collect(),
        borders: walker.borders.into_iter().collect(),
        cut: walker.cut,
    }
}

struct Walker<'a> {
    known: &'a mut Known,
    /// The domain that is audited.
    domain: String,
    voids: Vec<Void>,
    voids_ipv4: Vec<Void>,
    voids_ipv6: Vec<Void>,
    networks: BTreeSet<Passing>,
    borders: BTreeSet<Network>,
    records: usize,
    cut: bool,
}

/// How a record is reached; see [`Node`].
#[derive(Clone, Copy)]
struct Place {
    own: bool,
    means: Option<Qualifier>,
}

impl Place {
    /// What a match of a term with this qualifier is for the domain.
    fn matched(self, qualifier: Qualifier) -> Option<Qualifier> {
        match (self.own, qualifier) {
            (true, qualifier) => Some(qualifier),
            // A pass of an included record is a match of the include, anything else is not.
            (false, Qualifier::Pass) => self.means,
            (false, _) => None,
        }
    }
}

/// One term of one record.
#[derive(Clone, Copy)]
struct At<'a> {
    place: Place,
    domain: &'a str,
    index: usize,
    term: &'a str,
    qualifier: Qualifier,
}

impl At<'_> {
    fn void(self, name: &Name) -> Void {
        let (domain, term) = (self.domain.to_owned(), self.term.to_owned());
        Void { domain, term, name: name.clone() }
    }
}

impl Walker<'_> {
    fn node(&mut self, domain: &str, place: Place, above: &mut Vec<Name>) -> Node {
        let mut node = Node {
            domain: domain.to_owned(),
            own: place.own,
            means: place.means,
            found: Found::NoName,
            lookups: 0,
            looked: Vec::new(),
            alias: None,
            conflict: None,
        };
        let Ok(name) = Name::from_text(domain) else {
            return node;
        };
        if let Some(first) = above.iter().position(|it| *it == name) {
            let round = above.iter().skip(first).chain([&name]);
            node.found = Found::Loop(round.map(ToString::to_string).collect());
            return node;
        }
        if self.records >= MOST_RECORDS {
            self.cut = true;
            node.found = Found::TooMany;
            return node;
        }
        self.records += 1;
        // What is missing still is asked for, and then this is looked at again.
        let Some(answer) = self.known.answer(&Question::new(&name, RecordType::Txt)) else {
            return node;
        };
        node.alias = answer.aliases.last().cloned();
        node.conflict = answer.conflict;
        node.found = found(&answer);
        if let Found::One { record, .. } = node.found.clone() {
            above.push(name);
            self.terms(&record, &mut node, place, above);
            above.pop();
        }
        node
    }

    fn terms(&mut self, record: &Record, node: &mut Node, place: Place, above: &mut Vec<Name>) {
        let domain = node.domain.clone();
        for (index, term, qualifier, mechanism) in record.directives() {
            let at = At { place, domain: &domain, index, term: &term.text, qualifier };
            if let Some((address, prefix)) = network(mechanism) {
                self.pass(Network::new(address, prefix), at);
            }
            if !mechanism.looks_up() {
                continue;
            }
            node.lookups += 1;
            let seen = match mechanism {
                Mechanism::Include(target) => {
                    let below = Place { own: false, means: place.matched(qualifier) };
                    self.record(target, &domain, below, above)
                }
                _ => self.term(mechanism, at),
            };
            node.note(&term.text, seen);
        }
        if let Some((at, target)) = record.redirect() {
            node.lookups += 1;
            let seen = self.record(target, &domain, place, above);
            node.note(&record.terms[at].text, seen);
        }
    }

    /// A term other than an include.
    fn term(&mut self, mechanism: &Mechanism, at: At<'_>) -> Seen {
        let (target, (v4, v6)) = match mechanism {
            Mechanism::A { domain, v4, v6 } | Mechanism::Mx { domain, v4, v6 } => {
                (domain.as_ref(), (*v4, *v6))
            }
            Mechanism::Exists(target) | Mechanism::Ptr(Some(target)) => (Some(target), (32, 128)),
            // The names of a client are compared with the domain itself.
            _ => return Seen::Depends,
        };
        let text = match target {
            None => Some(at.domain.to_owned()),
            Some(target) => self.expand(target, at.domain),
        };
        let Some(text) = text else { return Seen::Depends };
        let Ok(name) = Name::from_text(&text) else { return Seen::NoName };
        let seen = match mechanism {
            Mechanism::Exists(_) => self.something(&name),
            Mechanism::Mx { .. } => self.exchangers(&name),
            Mechanism::Ptr(_) => match self.addresses_of(&name) {
                Seen::Nothing => Seen::NoHost(name.clone()),
                Seen::Failed(failure) => Seen::Failed(failure),
                _ => Seen::Depends,
            },
            _ => self.addresses_of(&name),
        };
        match &seen {
            Seen::Nothing => self.voids.push(at.void(&name)),
            Seen::Addresses(all) | Seen::Exchangers { addresses: all, .. } => {
                for address in all {
                    let prefix = if address.is_ipv4() { v4 } else { v6 };
                    self.pass(Network::new(*address, prefix), at);
                }
            }
            _ => {}
        }
        // Of an mx term the MX records are what counts, not the addresses (section 4.6.4).
        if let (Mechanism::A { .. }, Seen::Addresses(all)) = (mechanism, &seen) {
            if !all.iter().any(IpAddr::is_ipv4) {
                self.voids_ipv4.push(at.void(&name));
            }
            if !all.iter().any(IpAddr::is_ipv6) {
                self.voids_ipv6.push(at.void(&name));
            }
        }
        seen
    }

    /// Whether a name has an IPv4 address, whatever it is (section 5.7).
    fn something(&mut self, name: &Name) -> Seen {
        match self.ask(name, RecordType::A) {
            Some(answer) => match &answer.outcome {
                Outcome::Failed(failure) => Seen::Failed(failure.clone()),
                Outcome::Records(_) => Seen::Exists,
                Outcome::NoData | Outcome::NxDomain => Seen::Nothing,
            },
            None => Seen::Exists,
        }
    }

    fn record(
        &mut self,
        target: &MacroString,
        domain: &str,
        place: Place,
        above: &mut Vec<Name>,
    ) -> Seen {
        match self.expand(target, domain) {
            Some(target) => Seen::Record(Box::new(self.node(&target, place, above))),
            None => Seen::Depends,
        }
    }

    /// The addresses of a host, of both families.
    fn addresses_of(&mut self, name: &Name) -> Seen {
        let both = [RecordType::A, RecordType::Aaaa].map(|kind| self.ask(name, kind));
        let mut all = Vec::new();
        for answer in both.iter().flatten() {
            if let Some(failure) = answer.failure() {
                return Seen::Failed(failure.clone());
            }
            all.extend(addresses(answer));
        }
        let known = both.iter().all(Option::is_some);
        if known && all.is_empty() { Seen::Nothing } else { Seen::Addresses(all) }
    }

    fn exchangers(&mut self, name: &Name) -> Seen {
        let Some(answer) = self.ask(name, RecordType::Mx) else {
            return Seen::Addresses(Vec::new());
        };
        if let Some(failure) = answer.failure() {
            return Seen::Failed(failure.clone());
        }
        if answer.records().is_empty() {
            return Seen::Nothing;
        }
        let (mut without, mut all) = (Vec::new(), Vec::new());
        for record in answer.records().iter().take(MOST_EXCHANGERS) {
            let Data::Mx(_, exchange) = &record.data else { continue };
            if exchange.is_root() {
                continue;
            }
            match self.addresses_of(exchange) {
                Seen::Addresses(addresses) => all.extend(addresses),
                Seen::Failed(failure) => return Seen::Failed(failure),
                _ => without.push(exchange.clone()),
            }
        }
        Seen::Exchangers { count: answer.records().len(), without, addresses: all }
    }

    /// The text of a target that is the same for every client; mail from the domain itself is meant.
    fn expand(&self, target: &MacroString, domain: &str) -> Option<String> {
        if target.letters().any(|letter| !matches!(letter, 'd' | 'o')) {
            return None;
        }
        let text = target.expand(|letter| match letter {
            'o' => self.domain.clone(),
            _ => domain.to_owned(),
        });
        Some(text.strip_suffix('.').unwrap_or(&text).to_owned())
    }

    fn ask(&mut self, name: &Name, kind: RecordType) -> Option<std::rc::Rc<Answer>> {
        self.known.answer(&Question::new(name, kind))
    }

    fn pass(&mut self, network: Network, at: At<'_>) {
        self.borders.insert(network);
        if at.place.matched(at.qualifier) == Some(Qualifier::Pass) {
            self.networks.insert(Passing {
                network,
                domain: at.domain.to_owned(),
                term: at.term.to_owned(),
                index: at.index,
                own: at.place.own,
            });
        }
    }
}

impl Node {
    fn note(&mut self, term: &str, seen: Seen) {
        if let Seen::Record(below) = &seen {
            self.lookups += below.lookups;
        }
        self.looked.push(Looked { term: term.to_owned(), seen });
    }

    /// This record and all below it, this one first.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let mut nodes = vec![self];
        for looked in &self.looked {
            if let Seen::Record(below) = &looked.seen {
                nodes.extend(below.all());
            }
        }
        nodes
    }

    /// Whether something about this record alone is not known.
    pub(crate) fn has_failed(&self) -> bool {
        let failed = |looked: &Looked| matches!(looked.seen, Seen::Failed(_));
        matches!(self.found, Found::Failed(_)) || self.looked.iter().any(failed)
    }

    /// The record, where it is right.
    pub(crate) fn record(&self) -> Option<&Record> {
        match &self.found {
            Found::One { record, .. } => Some(record),
            _ => None,
        }
    }

    /// The text of the record, right or wrong.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.found {
            Found::One { text, .. } | Found::Wrong { text, .. } => Some(text),
            _ => None,
        }
    }
}

fn network(mechanism: &Mechanism) -> Option<(IpAddr, u8)> {
    match mechanism {
        Mechanism::Ip4(address, prefix) => Some(((*address).into(), *prefix)),
        Mechanism::Ip6(address, prefix) => Some(((*address).into(), *prefix)),
        _ => None,
    }
}

fn found(answer: &Answer) -> Found {
    if let Some(failure) = answer.failure() {
        return Found::Failed(failure.clone());
    }
    let selected = select(answer.texts());
    let (look_alikes, undecodable) = (selected.look_alikes, selected.undecodable);
    let mut records = selected.records;
    match (records.pop(), records.is_empty()) {
        (None, _) => {
            let name_exists = answer.outcome != Outcome::NxDomain;
            Found::Missing { name_exists, look_alikes, undecodable }
        }
        (Some(text), true) => match parse(&text) {
            Ok(record) => {
                let ttl = answer.records().iter().map(|record| record.ttl).min().unwrap_or(0);
                Found::One { text, record, look_alikes, undecodable, ttl }
            }
            Err(errors) => Found::Wrong { text, errors },
        },
        (Some(last), false) => {
            records.push(last);
            Found::Several(records)
        }
    }
}

/// The target of an explanation that is the same for every client.
pub(crate) fn explanation_target(node: &Node, audited: &str) -> Option<Result<Name, String>> {
    let exp = node.record()?.terms.iter().find_map(|term| match &term.kind {
        Kind::Exp(target) => Some(target),
        _ => None,
    })?;
    if exp.letters().any(|letter| !matches!(letter, 'd' | 'o')) {
        return None;
    }
    let text = exp.expand(|letter| if letter == 'o' { audited } else { &node.domain }.to_owned());
    Some(Name::from_text(text.strip_suffix('.').unwrap_or(&text)).map_err(|_| text))
}

/// Records that are looked at. A policy in force has at most eleven; the others are counted to say by
/// how much it is too large.
const MOST_RECORDS: usize = 40;

#[cfg(test)]
mod tests;
