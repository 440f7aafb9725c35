//! The name servers of the domain's zone, and what each of them says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mailhost_core::dns::{Data, Known, Name, Outcome, Question, RecordType};

use crate::config::{Config, Domain};
use crate::facts::{Server, Zone};
use crate::spf::addresses;

/// The zone that a name is in: the nearest name at or above it that has name servers.
pub(super) fn zone(known: &mut Known, domain: &Name) -> Option<Zone> {
    let at_or_above = std::iter::successors(Some(domain.clone()), Name::parent);
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

/// Asks every server of the zone at every address of it.
pub(super) fn look(
    known: &mut Known,
    zone: &Zone,
    domain: &Domain,
    config: &Config,
) -> Vec<Server> {
    let mut servers = Vec::new();
    for name in zone.servers.iter().take(MOST_SERVERS) {
        let mut found = Vec::new();
        let mut why = None;
        for kind in [RecordType::A, RecordType::Aaaa] {
            let Some(answer) = known.answer(&Question::new(name, kind)) else { continue };
            why = why.or_else(|| answer.failure().map(ToString::to_string));
            found.extend(addresses(&answer).take(MOST_ADDRESSES));
        }
        if found.is_empty() {
            let fault = why.unwrap_or_else(|| "it has no address".to_owned());
            servers.push(Server {
                name: name.clone(),
                address: None,
                serial: None,
                says: BTreeMap::new(),
                fault: Some(fault),
            });
        }
        for address in found {
            let address = SocketAddr::new(address, PORT);
            servers.push(server(known, zone, domain, config, (name, address)));
        }
    }
    servers
}

fn server(
    known: &mut Known,
    zone: &Zone,
    domain: &Domain,
    config: &Config,
    (name, address): (&Name, SocketAddr),
) -> Server {
    let mut server = Server {
        name: name.clone(),
        address: Some(address),
        serial: None,
        says: BTreeMap::new(),
        fault: None,
    };
    if let Some(answer) = known.answer(&Question::new(&zone.name, RecordType::Soa).at(address)) {
        server.serial = answer.records().iter().find_map(|record| match record.data {
            Data::Soa(serial) => Some(serial),
            _ => None,
        });
        server.fault = match &answer.outcome {
            Outcome::Failed(failure) => Some(failure.to_string()),
            _ if !answer.authoritative || server.serial.is_none() => {
                Some(format!("it is no server of {} (lame)", zone.name))
            }
            _ => None,
        };
    }
    for (kind, wanted) in [(RecordType::Mx, config.mx), (RecordType::Txt, config.spf)] {
        if !wanted {
            continue;
        }
        let question = Question::new(&domain.name, kind).at(address);
        let Some(answer) = known.answer(&question) else { continue };
        let said = match &answer.outcome {
            Outcome::Failed(failure) => Err(failure.to_string()),
            _ if kind == RecordType::Txt => Ok(policies(answer.texts())),
            _ => Ok(answer.records().iter().map(|record| record.data.to_string()).collect()),
        };
        let said = said.map(|mut records: Vec<String>| {
            records.sort();
            records
        });
        server.says.insert(kind.to_string(), said);
    }
    server
}

/// The SPF records among the texts; the others may differ.
fn policies(texts: impl Iterator<Item = Vec<u8>>) -> Vec<String> {
    crate::spf::select(texts).records
}

/// Names above the domain that are looked at.
const DEEPEST: usize = 6;
/// More servers than a zone can have in one answer of the root's size.
const MOST_SERVERS: usize = 13;
/// Of one server and family.
const MOST_ADDRESSES: usize = 4;
/// Where name servers answer.
const PORT: u16 = 53;
