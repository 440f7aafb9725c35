//! What a domain promises of TLS to its mail exchangers: its MTA-STS and its TLS-RPT.

use std::net::SocketAddr;

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Failure, Known, Name, Question, RecordType, Resolver};
use mailhost_core::mail::field_list::Selected;
use mailhost_core::mail::mta_sts::select;
use mailhost_core::mail::{Alias, resolver_failure, tls_rpt};
use mailhost_core::memory::Memory;
use mailhost_core::plugin::Failure as Unable;
use mailhost_core::tls::PeerName;

use super::Visit;
use super::policy::fetch;
use crate::IDENTITY;
use crate::config::{MailDomain, MtaSts};
use crate::facts::{self, FetchFault, History, Published};
use crate::history::Past;

/// What a domain promises, as far as that is asked for.
pub(super) struct Promises {
    pub(super) mta_sts: Option<facts::MtaSts>,
    pub(super) tls_rpt: Option<Published>,
    /// Why the resolver knows nothing, where it does not.
    pub(super) failure: Option<Failure>,
    /// The questions that were asked, with their answers.
    pub(super) questions: Vec<String>,
}

/// Asks the DNS, and the web server that it names. While that goes on, hosts are visited.
///
/// # Errors
/// [`Unable`], when it is not known whom to ask.
pub(super) fn look(wanted: &MailDomain, visit: &Visit, now: i64) -> Result<Promises, Unable> {
    let domain = &wanted.domain.name;
    let mut resolver = Resolver::new(&visit.config.nameservers, visit.deadline)
        .map_err(|error| Unable::Unable(error.to_string()))?;
    // Nothing rests on whether a record stands beside an alias.
    resolver.hurry_for(RecordType::Cname);
    let mut known = Known::up_to(MOST_QUESTIONS);
    let (said, tls_rpt, failure) = known.settle(&mut resolver, |known| {
        let said = wanted.mta_sts.as_ref().map(|sts| (Said::ask(known, wanted, sts), sts));
        let tls_rpt = wanted.tls_rpt.then(|| tls_rpt(known, domain));
        (said, tls_rpt, resolver_failure(known, Some(domain)))
    });
    let mta_sts = said.map(|(said, sts)| {
        let Said { record, host, addresses } = said;
        let is_wanted = !record.records.is_empty() || !record.look_alikes.is_empty();
        let inspector = visit.inspector.filter(|_| is_wanted);
        visit.deadline.waiting_for("the MTA-STS policy");
        let policy = inspector.map(|inspector| {
            let inspector = inspector.for_peer(PeerName::Dns(host.clone()));
            fetch(&host, inspector, &addresses?, visit)
        });
        let mut seen = facts::MtaSts { record, policy, history: None };
        seen.history = Some(remember(wanted, sts, &seen, now, visit.deadline));
        seen
    });
    Ok(Promises { mta_sts, tls_rpt, failure, questions: known.log() })
}

/// What the DNS says of a domain's policy.
struct Said {
    record: Published,
    host: String,
    /// Where the web server is, or why that is not known.
    addresses: Result<Vec<SocketAddr>, FetchFault>,
}

impl Said {
    /// What can be told from what is known so far; see [`Known::settle`].
    fn ask(known: &mut Known, wanted: &MailDomain, sts: &MtaSts) -> Self {
        let domain = &wanted.domain.name;
        let host = format!("mta-sts.{domain}");
        let addresses = match sts.address {
            Some(address) => Ok(vec![address]),
            None => web_server(known, wanted, &host),
        };
        let record = published(known, domain, "_mta-sts", |texts| select(texts.into_iter()));
        Self { record, host, addresses }
    }
}

/// Compares the policy with that of earlier runs, and keeps it. Without one what was known stays.
fn remember(
    wanted: &MailDomain,
    sts: &MtaSts,
    seen: &facts::MtaSts,
    now: i64,
    deadline: &Deadline,
) -> History {
    let subject = wanted.domain.text.to_ascii_lowercase();
    let directory = sts.state_dir.as_deref();
    let past =
        Memory::update(directory, IDENTITY, &subject, VERSION, deadline, |before| {
            match seen.id().zip(seen.in_force()) {
                Some((id, policy)) => Past::seeing(before, &id, policy, now),
                None => before.unwrap_or_default(),
            }
        });
    past.map_or_else(|error| History::Unusable(error.to_string()), History::Known)
}

/// The record that says where reports on TLS go.
fn tls_rpt(known: &mut Known, domain: &Name) -> Published {
    published(known, domain, "_smtp._tls", |texts| tls_rpt::select(texts.into_iter()))
}

/// The texts at a name below the domain.
fn published(
    known: &mut Known,
    domain: &Name,
    below: &str,
    select: impl Fn(Vec<Vec<u8>>) -> Selected,
) -> Published {
    let mut texts = |name: &Name| {
        let answer = known.answer(&Question::new(name, RecordType::Txt));
        let texts = answer.iter().flat_map(|answer| answer.texts()).collect();
        (select(texts), answer.and_then(|answer| answer.failure().cloned()))
    };
    // A name that leaves no room for it has no record.
    let name = Name::from_text(below).and_then(|below| below.under(domain)).ok();
    let (selected, failure) = name.as_ref().map(&mut texts).unwrap_or_default();
    let (at_domain, _) = texts(domain);
    let Selected { records, look_alikes, spf, others } = selected;
    Published {
        at: format!("{below}.{domain}"),
        alias: name.map(|name| Alias::at(known, &name)).unwrap_or_default(),
        failure,
        records,
        look_alikes,
        others: spf.into_iter().chain(others).collect(),
        misplaced: !at_domain.records.is_empty(),
    }
}

fn web_server(
    known: &mut Known,
    wanted: &MailDomain,
    host: &str,
) -> Result<Vec<SocketAddr>, FetchFault> {
    let name = Name::from_text(host).map_err(|_| FetchFault::NoAddress(host.to_owned()))?;
    let mut found = Vec::new();
    let mut failure: Option<Failure> = None;
    for kind in [RecordType::A, RecordType::Aaaa] {
        let Some(answer) = known.answer(&Question::new(&name, kind)) else { continue };
        failure = failure.or_else(|| answer.failure().cloned());
        found.extend(answer.addresses().filter(|address| wanted.takes(*address)));
    }
    match failure {
        Some(failure) if found.is_empty() => Err(FetchFault::Dns(failure)),
        _ if found.is_empty() => Err(FetchFault::NoAddress(host.to_owned())),
        _ => Ok(found.into_iter().map(|address| SocketAddr::new(address, HTTPS)).collect()),
    }
}

/// The port of web servers with TLS.
const HTTPS: u16 = 443;
/// Of the state file's format.
const VERSION: u32 = 1;
/// Both records, their aliases, the texts of the domain itself, the web server's addresses and the top of the DNS need
/// fewer.
const MOST_QUESTIONS: usize = 30;
