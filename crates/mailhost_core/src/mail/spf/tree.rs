//! The audit: a domain's record with all that it includes or redirects to, without a client.
//!
//! Every term that can take effect is looked at, so the numbers are those of the worst case.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use super::evaluation::Void;
use super::limits::MOST_EXCHANGERS;
use super::macro_string::MacroString;
use super::node::{Found, Node, Passing, Seen, Tree};
use super::policies::Policies;
use super::record::{Mechanism, Qualifier, Record};
use super::target::{depends_on_client, fitted, policy_name};
use crate::dns::{Answer, Data, Failure, Known, Name, Outcome, Question, RecordType};
use crate::mail::Network;

/// Looks at the policy of a domain. What it says counts once nothing is missing any more; see
/// [`Known::settle`].
pub fn walk(known: &mut Known, policies: &mut Policies, domain: &str) -> Tree {
    let mut walker = Walker {
        known,
        policies,
        domain,
        voids: Vec::new(),
        voids_ipv4: Vec::new(),
        voids_ipv6: Vec::new(),
        networks: BTreeSet::new(),
        neutral: Vec::new(),
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
        neutral: walker.neutral,
        cut: walker.cut,
    }
}

/// The target of an explanation that is the same for every client; `Err` with a text that can be no
/// name.
pub fn explanation_target(node: &Node, audited: &str) -> Option<Result<Name, String>> {
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
    neutral: Vec<String>,
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

/// What the DNS says of a host's addresses, or of those of several.
#[derive(Default)]
struct HostAddresses {
    all: Vec<IpAddr>,
    /// Whether it is certain that there is none of IPv4, or of IPv6; of several, at one of them.
    lacking: [bool; 2],
    failure: Option<Failure>,
    of_several: bool,
}

impl HostAddresses {
    fn seen(&self) -> Seen {
        if self.lacking == [true; 2] && !self.of_several {
            Seen::Nothing
        } else if self.all.is_empty() && self.failure.is_some() {
            Seen::Unknown
        } else {
            Seen::Addresses(self.all.clone())
        }
    }

    fn add(&mut self, other: Self) {
        self.all.extend(other.all);
        self.failure = self.failure.take().or(other.failure);
        for (lacks, too) in self.lacking.iter_mut().zip(other.lacking) {
            *lacks |= too;
        }
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
            let (seen, failure) = match mechanism {
                Mechanism::Include(target) => {
                    let below = Place { own: false, means: place.matched(qualifier) };
                    (self.record(target, &domain, below, above), None)
                }
                _ => self.term(mechanism, &at),
            };
            node.note(&term.text, seen, failure);
        }
        if let Some((index, target)) = record.redirect() {
            node.lookups += 1;
            let seen = self.record(target, &domain, place, above);
            node.note(&record.terms[index].text, seen, None);
        }
    }

    /// A term other than an include: what is seen of it, and what is not known.
    fn term(&mut self, mechanism: &Mechanism, at: &At) -> (Seen, Option<Failure>) {
        let target = match mechanism {
            Mechanism::A { domain, .. } | Mechanism::Mx { domain, .. } => domain.as_ref(),
            Mechanism::Exists(target) | Mechanism::Ptr(Some(target)) => Some(target),
            // The names of a client are compared with the domain itself.
            _ => return (Seen::Depends, None),
        };
        let text = match target {
            None => Some(at.domain.to_string()),
            Some(target) => expand(target, &at.domain, self.domain),
        };
        let Some(text) = text else { return (Seen::Depends, None) };
        let Ok(name) = Name::from_text(&text) else { return (Seen::NoName, None) };
        match mechanism {
            Mechanism::A { v4, v6, .. } => {
                let host = self.host(&name);
                self.addresses(&host, (*v4, *v6), &name, at);
                (host.seen(), host.failure)
            }
            Mechanism::Mx { v4, v6, .. } => self.exchangers(&name, (*v4, *v6), at),
            Mechanism::Exists(_) => self.something(&name, at),
            _ => {
                let host = self.host(&name);
                let nothing = host.seen() == Seen::Nothing;
                (if nothing { Seen::NoHost(name) } else { Seen::Depends }, host.failure)
            }
        }
    }

    /// Notes whom the addresses of a term let send, and which are missing.
    fn addresses(&mut self, host: &HostAddresses, (v4, v6): (u8, u8), name: &Name, at: &At) {
        for address in &host.all {
            let prefix = if address.is_ipv4() { v4 } else { v6 };
            self.pass(Network::new(*address, prefix), at);
        }
        if host.seen() == Seen::Nothing {
            self.voids.push(at.void(name));
            return;
        }
        // Each term counts once, whichever of its questions it is (section 4.6.4).
        let families = [&mut self.voids_ipv4, &mut self.voids_ipv6];
        for (lacks, voids) in host.lacking.into_iter().zip(families) {
            if lacks {
                voids.push(at.void(name));
            }
        }
    }

    /// Whether a name has an IPv4 address, whatever it is (section 5.7).
    fn something(&mut self, name: &Name, at: &At) -> (Seen, Option<Failure>) {
        let Some(answer) = self.ask(name, RecordType::A) else { return (Seen::Unknown, None) };
        match &answer.outcome {
            Outcome::Failed(failure) => (Seen::Unknown, Some(failure.clone())),
            Outcome::Records(_) => {
                // It is there for every client.
                self.pass(Network::new(Ipv4Addr::UNSPECIFIED.into(), 0), at);
                self.pass(Network::new(Ipv6Addr::UNSPECIFIED.into(), 0), at);
                (Seen::Exists, None)
            }
            Outcome::NoData | Outcome::NxDomain => {
                self.voids.push(at.void(name));
                (Seen::Nothing, None)
            }
        }
    }

    fn exchangers(&mut self, name: &Name, prefixes: (u8, u8), at: &At) -> (Seen, Option<Failure>) {
        let Some(answer) = self.ask(name, RecordType::Mx) else { return (Seen::Unknown, None) };
        if let Some(failure) = answer.failure() {
            return (Seen::Unknown, Some(failure.clone()));
        }
        if answer.records().is_empty() {
            self.voids.push(at.void(name));
            return (Seen::Nothing, None);
        }
        let mut together = HostAddresses::default();
        let mut without = Vec::new();
        for record in answer.records().iter().take(MOST_EXCHANGERS) {
            let Data::Mx(_, exchange) = &record.data else { continue };
            if exchange.is_root() {
                continue;
            }
            let host = self.host(exchange);
            if host.seen() == Seen::Nothing {
                without.push(exchange.clone());
            }
            together.add(host);
        }
        let found = HostAddresses { of_several: true, ..together };
        self.addresses(&found, prefixes, name, at);
        let count = answer.records().len();
        (Seen::Exchangers { count, without, addresses: found.all }, found.failure)
    }

    /// The addresses of a host, of both families.
    fn host(&mut self, name: &Name) -> HostAddresses {
        let mut host = HostAddresses::default();
        for (kind, lacking) in [RecordType::A, RecordType::Aaaa].into_iter().zip(0..) {
            let answer = self.ask(name, kind);
            let Some(answer) = answer else { continue };
            host.failure = host.failure.or_else(|| answer.failure().cloned());
            host.lacking[lacking] = answer.is_void();
            host.all.extend(answer.addresses());
        }
        host
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

    fn ask(&mut self, name: &Name, kind: RecordType) -> Option<Rc<Answer>> {
        self.known.answer(&Question::new(name, kind))
    }

    fn pass(&mut self, network: Network, at: &At) {
        if at.place.matched(at.qualifier) == Some(Qualifier::Neutral) && network.prefix() == 0 {
            self.neutral.push(format!("{} of {}", at.term, at.domain));
        }
        if at.place.matched(at.qualifier) == Some(Qualifier::Pass) {
            if self.networks.len() >= MOST_NETWORKS {
                self.cut = true;
                return;
            }
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
/// Networks that are kept; more are no policy but a flood of addresses.
const MOST_NETWORKS: usize = 10_000;
/// Terms that are looked at: about what one record of the greatest length can hold.
const MOST_TERMS: usize = 6000;

#[cfg(test)]
mod tests;
