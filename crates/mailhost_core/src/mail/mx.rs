//! The mail exchangers of a domain and their addresses.

use std::net::IpAddr;

use crate::dns::{Data, Failure, Known, Name, Outcome, Question, RecordType};

use super::address_in_place_of;

/// The mail exchangers.
#[derive(Clone, Debug)]
pub struct Mx {
    /// What the DNS says of them.
    pub answer: MxAnswer,
    /// How long the records may be kept, in seconds; what is left of it, unless a server of the zone
    /// itself was asked.
    pub ttl: Option<u32>,
    /// Whether it was.
    pub authoritative: bool,
    /// In the order of their preference. The domain itself, where it stands in for them (RFC 5321
    /// section 5.1).
    pub hosts: Vec<Exchanger>,
}

/// What the DNS says of a domain's mail exchangers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MxAnswer {
    /// Nothing, and why.
    Failed(Failure),
    /// There is no MX record; the domain's own address counts.
    Implicit,
    /// The domain does not exist; it is an alias of a name that does not.
    NoDomain(Option<Name>),
    /// There are MX records.
    Records,
}

/// One mail exchanger.
#[derive(Clone, Debug)]
pub struct Exchanger {
    /// A lower one is tried first.
    pub preference: u16,
    /// Its name; the root stands for no host (RFC 7505).
    pub name: Name,
    /// What its name is an alias of.
    pub alias: Option<Name>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Why an address family is not known.
    pub failure: Option<Failure>,
    /// Which of them are not.
    pub unknown: Vec<RecordType>,
    /// Whether its addresses were looked for: not of the last ones of very many hosts.
    pub looked_at: bool,
    /// Addresses that it has besides, when they are very many.
    pub more_addresses: usize,
}

impl Mx {
    /// Looks at the exchangers of a domain; where there is none, at the domain itself. What it says
    /// counts once nothing is missing any more; see [`Known::settle`].
    pub fn look(known: &mut Known, domain: &Name) -> Self {
        let nothing = |answer| Self { answer, ttl: None, authoritative: false, hosts: Vec::new() };
        let Some(answer) = known.answer(&Question::new(domain, RecordType::Mx)) else {
            return nothing(MxAnswer::Records);
        };
        match &answer.outcome {
            Outcome::Failed(failure) => nothing(MxAnswer::Failed(failure.clone())),
            Outcome::NxDomain => nothing(MxAnswer::NoDomain(answer.aliases.last().cloned())),
            Outcome::NoData => {
                let itself = Exchanger::named(0, domain).found(known);
                Self { hosts: vec![itself], ..nothing(MxAnswer::Implicit) }
            }
            Outcome::Records(records) => {
                let mut exchangers: Vec<(u16, &Name)> = records
                    .iter()
                    .filter_map(|record| match &record.data {
                        Data::Mx(preference, name) => Some((*preference, name)),
                        _ => None,
                    })
                    .collect();
                exchangers.sort();
                let host = |(at, (preference, name)): (usize, (u16, &Name))| {
                    let host = Exchanger::named(preference, name);
                    if at < MOST_HOSTS { host.found(known) } else { host }
                };
                Self {
                    answer: MxAnswer::Records,
                    ttl: records.iter().map(|record| record.ttl).min(),
                    authoritative: answer.authoritative,
                    hosts: exchangers.into_iter().enumerate().map(host).collect(),
                }
            }
        }
    }
}

impl Exchanger {
    /// A host of which nothing but its name is known.
    fn named(preference: u16, name: &Name) -> Self {
        Self {
            preference,
            name: name.clone(),
            alias: None,
            addresses: Vec::new(),
            failure: None,
            unknown: Vec::new(),
            looked_at: false,
            more_addresses: 0,
        }
    }

    /// The same host with its addresses.
    fn found(mut self, known: &mut Known) -> Self {
        self.looked_at = true;
        // A dot alone stands for no host (RFC 7505), and an address is no name.
        if self.name.is_root() || address_in_place_of(&self.name).is_some() {
            return self;
        }
        for kind in [RecordType::A, RecordType::Aaaa] {
            let Some(answer) = known.answer(&Question::new(&self.name, kind)) else { continue };
            if let Some(failure) = answer.failure() {
                self.failure.get_or_insert_with(|| failure.clone());
                self.unknown.push(kind);
            }
            self.alias = self.alias.or_else(|| answer.aliases.last().cloned());
            let all: Vec<IpAddr> = answer.addresses().collect();
            self.more_addresses += all.len().saturating_sub(MOST_ADDRESSES);
            self.addresses.extend(all.into_iter().take(MOST_ADDRESSES));
        }
        self
    }
}

/// Exchangers that are looked at; a sender need not try more than a few.
const MOST_HOSTS: usize = 30;
/// Addresses of one family of one host.
const MOST_ADDRESSES: usize = 16;
