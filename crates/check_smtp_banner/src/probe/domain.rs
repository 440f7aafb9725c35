//! A whole domain: its mail exchangers, on all of their addresses at the same time.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Instant;

use mailhost_core::dns::{self, Known, Question, RecordType, Resolver};
use mailhost_core::mail::{Exchanger, Mx, MxAnswer, resolver_failure};
use mailhost_core::net::Endpoint;
use mailhost_core::plugin::Failure;
use mailhost_core::tls::{Inspector, PeerName};

use super::{Visit, dane, mta_sts, visit_all};
use crate::config::MailDomain;
use crate::facts::{self, Dane, Facts, Host};

/// Looks at the domain as `visit` looks at a host.
///
/// # Errors
/// [`Failure::Unable`], when it is not known whom to ask; nothing has been sent then.
pub(super) fn look(wanted: &MailDomain, visit: &Visit, facts: &mut Facts) -> Result<(), Failure> {
    let wants = wanted.mta_sts.is_some() || wanted.tls_rpt;
    let now = facts.now;
    thread::scope(|scope| {
        // A DNS or a web server that is slow costs the hosts nothing.
        let thread = thread::Builder::new();
        let look = move || mta_sts::look(wanted, visit, now);
        let promises = wants.then(|| thread.spawn_scoped(scope, look));
        let mut domain = hosts(wanted, visit, facts)?;
        let promises = promises.map(|thread| match thread {
            // A thread that panics ends the whole process through the hook.
            Ok(thread) => thread.join().unwrap_or_else(|_| look()),
            Err(_) => look(),
        });
        if let Some(promises) = promises.transpose()? {
            domain.mta_sts = promises.mta_sts;
            domain.tls_rpt = promises.tls_rpt;
            facts.questions.extend(promises.questions);
            facts.resolver = facts.resolver.take().or(promises.failure);
        }
        facts.domain = Some(domain);
        Ok(())
    })
}

/// Asks for the mail exchangers, and visits them.
fn hosts(
    wanted: &MailDomain,
    visit: &Visit,
    facts: &mut Facts,
) -> Result<facts::MailDomain, Failure> {
    let start = Instant::now();
    let mut resolver = Resolver::new(&visit.config.nameservers, visit.deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let mut known = Known::up_to(MOST_QUESTIONS);
    let said = known.settle(&mut resolver, |known| Said::ask(known, wanted, visit.config.dane));
    facts.dns = Some(start.elapsed().as_secs_f64());
    facts.questions = known.log();
    facts.resolver = said.failure;
    Ok(facts::MailDomain {
        mx: said.mx,
        has_null: said.has_null,
        hosts: visit_hosts(wanted, said.exchangers, visit),
        mta_sts: None,
        tls_rpt: None,
    })
}

/// What the DNS says.
struct Said {
    mx: MxAnswer,
    has_null: bool,
    exchangers: Vec<(Exchanger, Option<Dane>)>,
    /// Why the resolver knows nothing, where it does not.
    failure: Option<dns::Failure>,
}

impl Said {
    /// What can be told from what is known so far; see [`Known::settle`].
    fn ask(known: &mut Known, wanted: &MailDomain, dane: bool) -> Self {
        let name = &wanted.domain.name;
        let mx = Mx::look(known, name);
        let answer = known.answer(&Question::new(name, RecordType::Mx));
        let with_records = |host: Exchanger| {
            let domain = answer.as_deref().map(|answer| (name, answer));
            let asked = dane && host.looked_at;
            let dane = asked.then(|| dane::look(known, &host.name, wanted.port, domain));
            (host, dane)
        };
        // A null MX names no host (RFC 7505).
        let has_null = mx.hosts.iter().any(|host| host.name.is_root());
        let mut seen = BTreeSet::new();
        let hosts = mx
            .hosts
            .into_iter()
            .filter(|host| !host.name.is_root() && seen.insert(host.name.clone()))
            .map(|mut host| {
                let mut seen = BTreeSet::new();
                host.addresses.retain(|address| seen.insert(*address));
                host
            });
        let exchangers = hosts.map(with_records).collect();
        Self { mx: mx.answer, has_null, exchangers, failure: resolver_failure(known, Some(name)) }
    }
}

fn visit_hosts(
    wanted: &MailDomain,
    exchangers: Vec<(Exchanger, Option<Dane>)>,
    visit: &Visit,
) -> Vec<Host> {
    let sites: Vec<Site> =
        exchangers.iter().map(|(it, dane)| Site::of(wanted, it, dane.as_ref(), visit)).collect();
    let visits = sites.iter().zip(&exchangers).map(|(site, (_, dane))| Visit {
        inspector: site.inspector.as_ref(),
        dane: dane.as_ref(),
        ..*visit
    });
    let visits: Vec<Visit> = visits.collect();
    let all: Vec<(&Visit, &Endpoint)> = sites
        .iter()
        .zip(&visits)
        .flat_map(|(site, visit)| site.endpoints.iter().map(move |endpoint| (visit, endpoint)))
        .collect();
    let mut doors = visit_all(&all).into_iter();
    let hosts = exchangers.into_iter().zip(&sites).map(|((exchanger, dane), site)| Host {
        name: exchanger.name.to_string(),
        preference: exchanger.preference,
        looked_at: exchanger.looked_at,
        more_addresses: exchanger.more_addresses,
        other_family: !exchanger.addresses.is_empty(),
        failure: exchanger.failure,
        dane,
        doors: doors.by_ref().take(site.endpoints.len()).collect(),
    });
    let hosts = hosts.collect();
    // The process ends soon, and taking a TLS context apart is work.
    std::mem::forget(sites);
    hosts
}

/// Where one host is, and how its TLS is looked at.
struct Site {
    endpoints: Vec<Endpoint>,
    inspector: Option<Inspector>,
}

impl Site {
    fn of(wanted: &MailDomain, exchanger: &Exchanger, dane: Option<&Dane>, visit: &Visit) -> Self {
        let is_wanted = |address: &&IpAddr| wanted.takes(**address);
        let endpoint = |address: &IpAddr| Endpoint::Inet(SocketAddr::new(*address, wanted.port));
        // Senders with DANE ask for the certificate of the name that the records are for.
        let base = dane.and_then(|dane| dane.target.clone());
        let peer = || PeerName::Dns(base.unwrap_or_else(|| exchanger.name.to_string()));
        Self {
            endpoints: exchanger.addresses.iter().filter(is_wanted).map(endpoint).collect(),
            inspector: visit.inspector.map(|inspector| inspector.for_peer(peer())),
        }
    }
}

/// A domain with as many exchangers as are looked at, each of two families, needs fewer.
const MOST_QUESTIONS: usize = 200;
