//! What a domain says of TLS to its mail exchangers: its MTA-STS and its TLS-RPT.

use std::net::SocketAddr;

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Failure, Known, Name, Question, RecordType};
use mailhost_core::mail::field_list::Selected;
use mailhost_core::mail::mta_sts::{Policy, Record, select};
use mailhost_core::mail::{Alias, tls_rpt};
use mailhost_core::memory::Memory;
use mailhost_core::tls::PeerName;

use super::Visit;
use super::policy::Fetch;
use crate::IDENTITY;
use crate::config::{MailDomain, MtaSts};
use crate::facts::{self, FetchFault, History, Published, WebAnswer};
use crate::history::Past;

/// What the DNS says of a domain's policy.
pub(super) struct Said {
    record: Published,
    host: String,
    /// Where the web server is, or why that is not known.
    addresses: Result<Vec<SocketAddr>, FetchFault>,
}

impl Said {
    /// What can be told from what is known so far; see [`Known::settle`].
    pub(super) fn ask(known: &mut Known, wanted: &MailDomain, sts: &MtaSts) -> Self {
        let domain = &wanted.domain.name;
        let host = format!("mta-sts.{domain}");
        let addresses = match sts.address {
            Some(address) => Ok(vec![address]),
            None => web_server(known, wanted, &host),
        };
        let record = published(known, domain, "_mta-sts", |texts| select(texts.into_iter()));
        Self { record, host, addresses }
    }

    /// Sends for the policy, where a text asks for it.
    pub(super) fn fetch(self, visit: &Visit) -> Underway {
        let Self { record, host, addresses } = self;
        let is_wanted = !record.records.is_empty() || !record.look_alikes.is_empty();
        let inspector = visit.inspector.filter(|_| is_wanted);
        let fetch = inspector.map(|inspector| {
            let inspector = inspector.for_peer(PeerName::Dns(host.clone()));
            Fetch::start(&host, inspector, addresses?, visit.deadline)
        });
        Underway { record, fetch }
    }
}

/// A policy that is being fetched.
pub(super) struct Underway {
    record: Published,
    fetch: Option<Result<Fetch, FetchFault>>,
}

impl Underway {
    /// Everything that there is to know.
    pub(super) fn finish(
        self,
        wanted: &MailDomain,
        sts: &MtaSts,
        now: i64,
        deadline: &Deadline,
    ) -> facts::MtaSts {
        let policy = self.fetch.map(|fetch| fetch.and_then(|fetch| fetch.wait(deadline)));
        let history =
            Some(remember(wanted, sts, in_force(&self.record, policy.as_ref()), now, deadline));
        facts::MtaSts { record: self.record, policy, history }
    }
}

/// The id and the policy, where both can be used.
fn in_force<'a>(
    record: &Published,
    policy: Option<&'a Result<WebAnswer, FetchFault>>,
) -> Option<(String, &'a Policy)> {
    let [text] = &record.records[..] else {
        return None;
    };
    let id = Record::parse(text).ok()?.id;
    let policy = policy?.as_ref().ok()?.policy.as_ref()?.as_ref().ok()?;
    Some((id, policy))
}

/// Compares the policy with that of earlier runs, and keeps it. Without one what was known stays.
fn remember(
    wanted: &MailDomain,
    sts: &MtaSts,
    seen: Option<(String, &Policy)>,
    now: i64,
    deadline: &Deadline,
) -> History {
    let subject = wanted.domain.text.to_ascii_lowercase();
    let directory = sts.state_dir.as_deref();
    let past =
        Memory::update(directory, IDENTITY, &subject, VERSION, deadline, |before| match seen {
            Some((id, policy)) => Past::seeing(before, &id, policy, now),
            None => before.unwrap_or_default(),
        });
    past.map_or_else(|error| History::Unusable(error.to_string()), History::Known)
}

/// The record that says where reports on TLS go.
pub(super) fn tls_rpt(known: &mut Known, domain: &Name) -> Published {
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
