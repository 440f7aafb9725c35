//! The audit: a domain's record with all that it includes or redirects to, without a client.
//!
//! Every term that can take effect is looked at, so the numbers are those of the worst case.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use mailhost_core::dns::{Answer, Data, Known, Name, Outcome, Question, RecordType};

use super::evaluation::Void;
use super::limits::MOST_EXCHANGERS;
use super::macro_string::MacroString;
use super::node::{Found, Node, Passing, Seen, Tree};
use super::policies::Policies;
use super::record::{Mechanism, Qualifier, Record};
use super::target::{depends_on_client, fitted, policy_name};
use crate::network::Network;

/// Looks at the policy of a domain.
pub(crate) fn walk(known: &mut Known, policies: &mut Policies, domain: &str) -> Tree {
    let mut walker = Walker {
        known,
        policies,
        domain,
        voids: Vec::new(),
        voids_ipv4: Vec::new(),
        voids_ipv6: Vec::new(),
        networks: BTreeSet::new(),
        records: 0,
        terms: 0,
        looked: 0,
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
        cut: walker.cut,
    }
}

/// The target of an explanation that is the same for every client; `Err` with a text that can be no
/// name.
pub(crate) fn explanation_target(node: &Node, audited: &str) -> Option<Result<Name, String>> {
    let exp = node.record()?.explanation()?;
    let text = expand(exp, &node.domain, audited)?;
    Some(Name::from_text(&text).map_err(|_| text))
}

struct Walker<'a> {
    known: &'a mut Known,
    policies: &'a mut Policies,
    /// The domain that is audited.
    domain: &'a str,
    voids: Vec<Void>,
    voids_ipv4: Vec<Void>,
    voids_ipv6: Vec<Void>,
    networks: BTreeSet<Passing>,
    records: usize,
    terms: usize,
    /// Of those, the ones that need the DNS.
    looked: usize,
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
#[derive(Clone)]
struct At {
    place: Place,
    domain: Rc<str>,
    index: usize,
    term: Rc<str>,
    qualifier: Qualifier,
}

impl At {
    fn void(&self, name: &Name) -> Void {
        let (domain, term) = (self.domain.to_string(), self.term.to_string());
        Void { domain, term, name: name.clone() }
    }
}

impl Walker<'_> {
    fn node(&mut self, domain: &str, place: Place, above: &mut Vec<Name>) -> Node {
        let mut node = Node {
            domain: domain.to_owned(),
            own: place.own,
            means: place.means,
            found: Found::TooMany,
            lookups: 0,
            looked: Vec::new(),
        };
        let name = match policy_name(domain) {
            Ok(name) => name,
            Err(why) => {
                node.found = Found::NoName(why);
                return node;
            }
        };
        if let Some(first) = above.iter().position(|it| *it == name) {
            let round = above.iter().skip(first).chain([&name]);
            node.found = Found::Loop(round.map(ToString::to_string).collect());
            return node;
        }
        if self.records >= MOST_RECORDS {
            self.cut = true;
            return node;
        }
        self.records += 1;
        // What is missing still is asked for, and then this is looked at again.
        let Some(policy) = self.policies.at(self.known, &name) else {
            return node;
        };
        if let Some(record) = policy.record() {
            above.push(name);
            self.terms(record, &mut node, place, above);
            above.pop();
        }
        node.found = Found::Policy(policy);
        node
    }

    fn terms(&mut self, record: &Record, node: &mut Node, place: Place, above: &mut Vec<Name>) {
        let domain: Rc<str> = node.domain.as_str().into();
        for (index, term, qualifier, mechanism) in record.directives() {
            self.terms += 1;
            if self.terms > MOST_TERMS {
                self.cut = true;
                return;
            }
            let text = Rc::from(term.text.as_str());
            let at = At { place, domain: Rc::clone(&domain), index, term: text, qualifier };
            if let Some(network) = mechanism.network() {
                self.pass(network, &at);
            }
            if !mechanism.looks_up() {
                continue;
            }
            self.looked += 1;
            if self.looked > MOST_LOOKED_AT {
                self.cut = true;
                return;
            }
            node.lookups += 1;
            let seen = match mechanism {
                Mechanism::Include(target) => {
                    let below = Place { own: false, means: place.matched(qualifier) };
                    self.record(target, &domain, below, above)
                }
                _ => self.term(mechanism, &at),
            };
            node.note(&term.text, seen);
        }
        if let Some((index, target)) = record.redirect() {
            node.lookups += 1;
            let seen = self.record(target, &domain, place, above);
            node.note(&record.terms[index].text, seen);
        }
    }

    /// A term other than an include.
    fn term(&mut self, mechanism: &Mechanism, at: &At) -> Seen {
        let target = match mechanism {
            Mechanism::A { domain, .. } | Mechanism::Mx { domain, .. } => domain.as_ref(),
            Mechanism::Exists(target) | Mechanism::Ptr(Some(target)) => Some(target),
            // The names of a client are compared with the domain itself.
            _ => return Seen::Depends,
        };
        let text = match target {
            None => Some(at.domain.to_string()),
            Some(target) => expand(target, &at.domain, self.domain),
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
        self.count(mechanism, &name, &seen, at);
        seen
    }

    /// Notes whom a term lets send, and which addresses are missing.
    fn count(&mut self, mechanism: &Mechanism, name: &Name, seen: &Seen, at: &At) {
        if *seen == Seen::Nothing {
            self.voids.push(at.void(name));
        }
        if *seen == Seen::Exists {
            // It is there for every client.
            let everybody = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
            for any in everybody {
                self.pass(Network::new(any, 0), at);
            }
        }
        let (Mechanism::A { v4, v6, .. } | Mechanism::Mx { v4, v6, .. }) = mechanism else {
            return;
        };
        let (all, lacking) = match seen {
            Seen::Addresses(all) => {
                (all, [IpAddr::is_ipv4, IpAddr::is_ipv6].map(|is| !all.iter().any(is)))
            }
            Seen::Exchangers { addresses, lacking, .. } => (addresses, *lacking),
            _ => return,
        };
        for address in all {
            let prefix = if address.is_ipv4() { *v4 } else { *v6 };
            self.pass(Network::new(*address, prefix), at);
        }
        // Each term counts once, whichever of its questions it is (section 4.6.4).
        let families = [&mut self.voids_ipv4, &mut self.voids_ipv6];
        for (lacks, voids) in lacking.into_iter().zip(families) {
            if lacks {
                voids.push(at.void(name));
            }
        }
    }

    /// Whether a name has an IPv4 address, whatever it is (section 5.7).
    fn something(&mut self, name: &Name) -> Seen {
        match self.ask(name, RecordType::A) {
            Some(answer) => match &answer.outcome {
                Outcome::Failed(failure) => Seen::Failed(failure.clone()),
                Outcome::Records(_) => Seen::Exists,
                Outcome::NoData | Outcome::NxDomain => Seen::Nothing,
            },
            None => Seen::Depends,
        }
    }

    fn record(
        &mut self,
        target: &MacroString,
        domain: &str,
        place: Place,
        above: &mut Vec<Name>,
    ) -> Seen {
        match expand(target, domain, self.domain) {
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
            all.extend(answer.addresses());
        }
        let known = both.iter().all(Option::is_some);
        if known && all.is_empty() { Seen::Nothing } else { Seen::Addresses(all) }
    }

    fn exchangers(&mut self, name: &Name) -> Seen {
        let Some(answer) = self.ask(name, RecordType::Mx) else {
            return Seen::Depends;
        };
        if let Some(failure) = answer.failure() {
            return Seen::Failed(failure.clone());
        }
        if answer.records().is_empty() {
            return Seen::Nothing;
        }
        let (mut without, mut all) = (Vec::new(), Vec::new());
        let mut lacking = [false; 2];
        for record in answer.records().iter().take(MOST_EXCHANGERS) {
            let Data::Mx(_, exchange) = &record.data else { continue };
            if exchange.is_root() {
                continue;
            }
            match self.addresses_of(exchange) {
                Seen::Addresses(addresses) => {
                    lacking[0] |= !addresses.iter().any(IpAddr::is_ipv4);
                    lacking[1] |= !addresses.iter().any(IpAddr::is_ipv6);
                    all.extend(addresses);
                }
                Seen::Failed(failure) => return Seen::Failed(failure),
                _ => {
                    lacking = [true; 2];
                    without.push(exchange.clone());
                }
            }
        }
        let count = answer.records().len();
        Seen::Exchangers { count, without, lacking, addresses: all }
    }

    fn ask(&mut self, name: &Name, kind: RecordType) -> Option<Rc<Answer>> {
        self.known.answer(&Question::new(name, kind))
    }

    fn pass(&mut self, network: Network, at: &At) {
        if at.place.matched(at.qualifier) == Some(Qualifier::Pass) {
            self.networks.insert(Passing {
                network,
                domain: Rc::clone(&at.domain),
                term: Rc::clone(&at.term),
                index: at.index,
                own: at.place.own,
            });
        }
    }
}

/// The text of a target that is the same for every client; mail from the audited domain is meant.
fn expand(target: &MacroString, domain: &str, audited: &str) -> Option<String> {
    if depends_on_client(target) {
        return None;
    }
    Some(fitted(&target.expand(|letter| if letter == 'o' { audited } else { domain }.to_owned())))
}

/// Records that are looked at. A policy in force has at most eleven; the others are counted to say by
/// how much it is too large.
const MOST_RECORDS: usize = 40;
/// Terms that need the DNS that are looked at; ten may be.
const MOST_LOOKED_AT: usize = 60;
/// Terms that are looked at: about what one record of the greatest length can hold.
const MOST_TERMS: usize = 6000;

#[cfg(test)]
mod tests;
