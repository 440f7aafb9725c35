//! The mail exchangers of a domain, their addresses, and the names of these.

use std::net::IpAddr;

use mailhost_core::dns::{Data, Known, Name, Outcome, Question, RecordType};
use mailhost_core::mail::address_in_place_of;

use crate::facts::{Address, Host, Mx, MxAnswer, Reverse};

/// Looks at the exchangers of a domain; where there is none, at the domain itself.
pub(super) fn look(known: &mut Known, domain: &Name) -> Mx {
    let nothing = |answer| Mx { answer, ttl: None, authoritative: false, hosts: Vec::new() };
    let Some(answer) = known.answer(&Question::new(domain, RecordType::Mx)) else {
        return nothing(MxAnswer::Records);
    };
    match &answer.outcome {
        Outcome::Failed(failure) => nothing(MxAnswer::Failed(failure.clone())),
        Outcome::NxDomain => nothing(MxAnswer::NoDomain(answer.aliases.last().cloned())),
        Outcome::NoData => {
            let itself = host(known, named(0, domain));
            Mx { hosts: vec![itself], ..nothing(MxAnswer::Implicit) }
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
            Mx {
                answer: MxAnswer::Records,
                ttl: records.iter().map(|record| record.ttl).min(),
                authoritative: answer.authoritative,
                hosts: exchangers
                    .into_iter()
                    .enumerate()
                    .map(|(at, (preference, name))| {
                        let found = named(preference, name);
                        if at < MOST_HOSTS { host(known, found) } else { found }
                    })
                    .collect(),
            }
        }
    }
}

/// A host of which nothing but its name is known.
fn named(preference: u16, name: &Name) -> Host {
    Host {
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
fn host(known: &mut Known, mut host: Host) -> Host {
    host.looked_at = true;
    let name = &host.name;
    // A dot alone stands for no host (RFC 7505), and an address is no name.
    if name.is_root() || address_in_place_of(name).is_some() {
        return host;
    }
    for kind in [RecordType::A, RecordType::Aaaa] {
        let Some(answer) = known.answer(&Question::new(name, kind)) else { continue };
        if let Some(failure) = answer.failure() {
            host.failure.get_or_insert_with(|| failure.clone());
            host.unknown.push(kind);
        }
        host.alias = host.alias.or_else(|| answer.aliases.last().cloned());
        let all: Vec<IpAddr> = answer.addresses().collect();
        host.more_addresses += all.len().saturating_sub(MOST_ADDRESSES);
        for address in all.into_iter().take(MOST_ADDRESSES) {
            let reverse = reverse(known, address);
            host.addresses.push(Address { address, reverse });
        }
    }
    host
}

fn reverse(known: &mut Known, address: IpAddr) -> Reverse {
    let question = Question::new(&Name::reverse(address), RecordType::Ptr);
    let Some(answer) = known.answer(&question) else {
        return Reverse::Missing;
    };
    if let Some(failure) = answer.failure() {
        return Reverse::Failed(failure.clone());
    }
    let names: Vec<Name> = answer.names().take(MOST_NAMES).cloned().collect();
    if names.is_empty() {
        return Reverse::Missing;
    }
    let kind = RecordType::of_address(address);
    let mut failure = None;
    // All of them are asked at once, also where the first one would do.
    let answers: Vec<_> =
        names.iter().map(|name| (name, known.answer(&Question::new(name, kind)))).collect();
    for (name, answer) in answers {
        let Some(answer) = answer else { continue };
        if answer.addresses().any(|it| it == address) {
            return Reverse::Confirmed(name.clone());
        }
        failure = failure.or_else(|| answer.failure().cloned());
    }
    failure.map_or(Reverse::Unconfirmed(names), Reverse::Failed)
}

/// Exchangers that are looked at; a sender need not try more than a few.
const MOST_HOSTS: usize = 30;
/// Addresses of one family of one host.
const MOST_ADDRESSES: usize = 16;
/// Names of one address.
const MOST_NAMES: usize = 20;
