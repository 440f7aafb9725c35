//! The mail exchangers of a domain, their addresses, and the names of these.

use std::net::IpAddr;

use mailhost_core::dns::{Known, Name, Question, RecordType};
use mailhost_core::mail::{self, Exchanger};

use crate::facts::{Address, Host, Mx, Reverse};

/// Looks at the exchangers of a domain; where there is none, at the domain itself.
pub(super) fn look(known: &mut Known, domain: &Name) -> Mx {
    let mail::Mx { answer, ttl, authoritative, hosts } = mail::Mx::look(known, domain);
    Mx { answer, ttl, authoritative, hosts: hosts.into_iter().map(|it| host(known, it)).collect() }
}

/// The host with the names of its addresses.
fn host(known: &mut Known, host: Exchanger) -> Host {
    let named = |address| Address { address, reverse: reverse(known, address) };
    Host {
        preference: host.preference,
        name: host.name,
        alias: host.alias,
        addresses: host.addresses.into_iter().map(named).collect(),
        failure: host.failure,
        unknown: host.unknown,
        looked_at: host.looked_at,
        more_addresses: host.more_addresses,
    }
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

/// Names of one address.
const MOST_NAMES: usize = 20;
