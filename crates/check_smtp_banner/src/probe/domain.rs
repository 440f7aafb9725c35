//! A whole domain: its mail exchangers, on all of their addresses at the same time.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use mailhost_core::dns::{self, Known, Resolver};
use mailhost_core::mail::{Exchanger, Mx, resolver_failure};
use mailhost_core::net::{Endpoint, Family};
use mailhost_core::plugin::Failure;
use mailhost_core::tls::{Inspector, PeerName};

use super::{Visit, visit_all};
use crate::config::MailDomain;
use crate::facts::{self, Facts, Host};

/// Looks at the domain as `visit` looks at a host.
///
/// # Errors
/// [`Failure::Unable`], when it is not known whom to ask; nothing has been sent then.
pub(super) fn look(wanted: &MailDomain, visit: &Visit, facts: &mut Facts) -> Result<(), Failure> {
    let start = Instant::now();
    let mut resolver = Resolver::new(&visit.config.nameservers, visit.deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let mut known = Known::up_to(MOST_QUESTIONS);
    let (mx, failure) = known.settle(&mut resolver, |known| ask(known, wanted));
    facts.dns = Some(start.elapsed().as_secs_f64());
    // A null MX names no host (RFC 7505).
    let exchangers: Vec<&Exchanger> = mx.hosts.iter().filter(|it| !it.name.is_root()).collect();
    facts.domain = Some(facts::MailDomain {
        resolver: failure,
        hosts: visit_hosts(wanted, &exchangers, visit),
        mx: mx.answer,
    });
    Ok(())
}

/// What can be told from what is known so far; see [`Known::settle`].
fn ask(known: &mut Known, wanted: &MailDomain) -> (Mx, Option<dns::Failure>) {
    let name = &wanted.domain.name;
    (Mx::look(known, name), resolver_failure(known, Some(name)))
}

fn visit_hosts(wanted: &MailDomain, exchangers: &[&Exchanger], visit: &Visit) -> Vec<Host> {
    let places: Vec<Place> = exchangers.iter().map(|it| Place::of(wanted, it, visit)).collect();
    let visits: Vec<Visit> =
        places.iter().map(|it| Visit { inspector: it.inspector.as_ref(), ..*visit }).collect();
    let all: Vec<(&Visit, &Endpoint)> = places
        .iter()
        .zip(&visits)
        .flat_map(|(place, visit)| place.endpoints.iter().map(move |endpoint| (visit, endpoint)))
        .collect();
    let mut doors = visit_all(&all).into_iter();
    let hosts = exchangers.iter().zip(&places).map(|(exchanger, place)| Host {
        name: exchanger.name.to_string(),
        preference: exchanger.preference,
        looked_at: exchanger.looked_at,
        more_addresses: exchanger.more_addresses,
        failure: exchanger.failure.clone(),
        doors: doors.by_ref().take(place.endpoints.len()).collect(),
    });
    let hosts = hosts.collect();
    // The process ends soon, and taking a TLS context apart is work.
    std::mem::forget(places);
    hosts
}

/// Where one host is, and how its TLS is looked at.
struct Place {
    endpoints: Vec<Endpoint>,
    inspector: Option<Inspector>,
}

impl Place {
    fn of(wanted: &MailDomain, exchanger: &Exchanger, visit: &Visit) -> Self {
        let is_wanted = |address: &&IpAddr| match wanted.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        let endpoint = |address: &IpAddr| Endpoint::Inet(SocketAddr::new(*address, wanted.port));
        let peer = || PeerName::Dns(exchanger.name.to_string());
        Self {
            endpoints: exchanger.addresses.iter().filter(is_wanted).map(endpoint).collect(),
            inspector: visit.inspector.map(|inspector| inspector.for_peer(peer())),
        }
    }
}

/// A domain with as many exchangers as are looked at, each of two families, needs fewer.
const MOST_QUESTIONS: usize = 200;
