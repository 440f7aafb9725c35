//! Which name servers a zone has, and what each of them says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Server, ServerFault, Wanted, Zone};
use crate::dns::{Answer, Data, Failure, Fault, Known, Name, Outcome, Question, RecordType};

/// The zone that a name is in: the nearest name at or above it that has name servers. `None` where the
/// DNS did not say, and where there is none among the six nearest names.
pub fn zone(known: &mut Known, name: &Name) -> Option<Zone> {
    let at_or_above = std::iter::successors(Some(name.clone()), Name::parent);
    let candidates: Vec<Name> = at_or_above.filter(|name| !name.is_root()).take(DEEPEST).collect();
    // All are asked at once, and the nearest counts.
    let answers: Vec<_> =
        candidates.iter().map(|name| known.answer(&Question::new(name, RecordType::Ns))).collect();
    for (name, answer) in candidates.into_iter().zip(answers) {
        let answer = answer?;
        let servers: Vec<Name> = answer
            .records()
            .iter()
            .filter_map(|record| match &record.data {
                Data::Ns(server) => Some(server.clone()),
                _ => None,
            })
            .collect();
        if !servers.is_empty() && answer.aliases.is_empty() {
            return Some(Zone { name, servers });
        }
        if answer.failure().is_some() {
            return None;
        }
    }
    None
}

/// Asks every server of a zone, at each of its addresses, for the zone and for what is wanted.
pub fn look(known: &mut Known, zone: &Zone, wanted: &[Wanted]) -> Vec<Server> {
    let mut servers = Vec::new();
    for name in zone.servers.iter().take(MOST_SERVERS) {
        let mut found = Vec::new();
        let mut why = None;
        for kind in [RecordType::A, RecordType::Aaaa] {
            let Some(answer) = known.answer(&Question::new(name, kind)) else { continue };
            why = why.or_else(|| answer.failure().cloned());
            found.extend(answer.addresses().take(MOST_ADDRESSES));
        }
        let unknown = |fault| Server {
            name: name.clone(),
            address: None,
            serial: None,
            says: BTreeMap::new(),
            fault: Some(fault),
        };
        if let Some(failure) = why {
            servers.push(unknown(ServerFault::Failed(failure)));
        } else if found.is_empty() {
            servers.push(unknown(ServerFault::NoAddress));
        }
        for address in found {
            let address = SocketAddr::new(address, PORT);
            let mut server = start(known, zone, name, address);
            server.says = wanted
                .iter()
                .filter_map(|wanted| {
                    let answer = known.answer(&wanted.question.clone().at(address))?;
                    Some((wanted.what.clone(), said(&answer, wanted.records)))
                })
                .collect();
            servers.push(server);
        }
    }
    servers
}

/// Whether one serves the zone, and which version of it.
fn start(known: &mut Known, zone: &Zone, name: &Name, address: SocketAddr) -> Server {
    let answer = known.answer(&Question::new(&zone.name, RecordType::Soa).at(address));
    let records = answer.as_ref().map(|answer| answer.records()).unwrap_or_default();
    let serial = records.iter().find_map(|record| match record.data {
        Data::Soa(serial) => Some(serial),
        _ => None,
    });
    let fault = answer.as_ref().and_then(|answer| match &answer.outcome {
        Outcome::Failed(failure) if failure.fault == Fault::Referral => Some(ServerFault::Lame),
        Outcome::Failed(failure) => Some(ServerFault::Failed(failure.clone())),
        _ if !answer.authoritative || serial.is_none() => Some(ServerFault::Lame),
        _ => None,
    });
    let (name, address) = (name.clone(), Some(address));
    Server { name, address, serial, says: BTreeMap::new(), fault }
}

/// The records of an answer that have to agree, in an order of their own.
fn said(answer: &Answer, records: fn(&Answer) -> Vec<String>) -> Result<Vec<String>, Failure> {
    if let Some(failure) = answer.failure() {
        return Err(failure.clone());
    }
    let mut all = records(answer);
    all.sort();
    Ok(all)
}

/// The name itself and names above it that are looked at.
const DEEPEST: usize = 6;
/// More servers than a zone can have in one answer of the root's size.
const MOST_SERVERS: usize = 13;
/// Of one server and family.
const MOST_ADDRESSES: usize = 4;
/// Where name servers answer.
const PORT: u16 = 53;
