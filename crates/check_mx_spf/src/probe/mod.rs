//! Everything that is asked, and what is remembered of earlier runs.

mod cover;
mod mx;
mod spf;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{
    Answer, Failure as DnsFailure, Known, Name, Question, RecordType, Resolver,
};
use mailhost_core::mail::servers::{self, Wanted};
use mailhost_core::mail::spf::{Client, Policies, Tree, check_host, select};
use mailhost_core::mail::{Alias, Network, resolver_failure};
use mailhost_core::memory::Memory;
use mailhost_core::plugin::Failure;

use crate::IDENTITY;
use crate::config::Config;
use crate::facts::{Facts, History};
use crate::history::Past;

/// Asks the DNS about all that the configuration wants to know.
///
/// # Errors
/// [`Failure::Unable`], when it is not known whom to ask.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let started = Instant::now();
    let mut resolver = Resolver::new(&config.nameservers, deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let mut known = Known::up_to(MOST_QUESTIONS);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let mut policies = Policies::default();
    let mut facts = known.settle(&mut resolver, |known| look(known, &mut policies, config, now));
    facts.history = facts.spf.as_ref().and_then(|spf| remember(config, &spf.tree, now, deadline));
    facts.queries = resolver.sent();
    facts.log = known.log();
    facts.time = started.elapsed().as_secs_f64();
    Ok(facts)
}

/// What can be told from what is known so far; see [`Known::settle`].
fn look(known: &mut Known, policies: &mut Policies, config: &Config, now: i64) -> Facts {
    let domain = config.domain.as_ref();
    let mx = domain.filter(|_| config.mx).map(|domain| mx::look(known, &domain.name));
    let spf = domain.filter(|_| config.spf).map(|domain| spf::look(known, policies, &domain.text));
    let evaluation = config.client.as_ref().map(|client| check_host(known, policies, client, now));
    let (covers, not_covered) = cover::look(known, policies, config, now);
    let forbidden = config
        .forbidden
        .iter()
        .flat_map(|address| {
            let identities = config.identities().into_iter();
            identities.map(|(sender, helo)| Client { address: *address, sender, helo })
        })
        .map(|client| check_host(known, policies, &client, now))
        .collect();
    let zone = domain.filter(|_| config.mx || config.consistency);
    let zone = zone.and_then(|domain| servers::zone(known, &domain.name));
    let servers = match (&zone, domain) {
        (Some(zone), Some(domain)) if config.consistency => {
            servers::look(known, zone, &wanted(config, &domain.name))
        }
        _ => Vec::new(),
    };
    Facts {
        domain: domain.map(|domain| domain.text.clone()),
        now,
        alias: domain.map(|domain| Alias::at(known, &domain.name)).unwrap_or_default(),
        resolver: resolver(known, config),
        mx,
        spf,
        evaluation,
        covers,
        not_covered,
        forbidden,
        zone,
        servers,
        history: None,
        queries: 0,
        time: 0.0,
        log: Vec::new(),
    }
}

/// What the name servers have to say the same of.
fn wanted(config: &Config, domain: &Name) -> Vec<Wanted> {
    let of = |what: &str, kind, records: fn(&Answer) -> Vec<String>| Wanted {
        what: what.to_owned(),
        question: Question::new(domain, kind),
        records,
    };
    let exchangers = |answer: &Answer| {
        let records = answer.records().iter();
        records.map(|record| record.data.to_string().to_ascii_lowercase()).collect()
    };
    // Other texts may differ.
    let policies = |answer: &Answer| select(answer.texts()).records;
    let mx = config.mx.then(|| of("MX", RecordType::Mx, exchangers));
    let spf = config.spf.then(|| of("SPF", RecordType::Txt, policies));
    mx.into_iter().chain(spf).collect()
}

/// Why the resolver knows nothing about whom the run is about.
fn resolver(known: &mut Known, config: &Config) -> Option<DnsFailure> {
    let evaluated = || Name::from_text(&config.client.as_ref()?.sender.domain).ok();
    let name = config.domain.as_ref().map(|domain| domain.name.clone()).or_else(evaluated);
    resolver_failure(known, name.as_ref())
}

/// Compares the policy with that of earlier runs, and keeps it. None of a policy that was not seen
/// whole: it would look like a change.
fn remember(config: &Config, tree: &Tree, now: i64, deadline: &Deadline) -> Option<History> {
    let domain = config.domain.as_ref()?;
    let record = tree.root.text()?;
    if !tree.is_whole() {
        return None;
    }
    let mut networks: Vec<Network> = tree.networks.iter().map(|it| it.network).collect();
    networks.dedup();
    let networks = networks.iter().map(ToString::to_string).collect();
    let subject = domain.text.to_ascii_lowercase();
    let directory = config.state_dir.as_deref();
    let past = Memory::update(directory, IDENTITY, &subject, VERSION, deadline, |before| {
        Past::seeing(before, record, networks, now)
    });
    Some(past.map_or_else(|error| History::Unusable(error.to_string()), History::Known))
}

/// Questions of one run. A policy within the limits needs some thirty, an audit of the largest one
/// that is looked at some hundreds; nobody's DNS is asked more.
const MOST_QUESTIONS: usize = 500;
/// Of the state file's format.
const VERSION: u32 = 1;
