//! Everything that is asked, and what is remembered of earlier runs.

mod bimi;
mod destinations;
mod dkim;
mod dmarc;
mod message;
mod selectors;
mod servers;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::contract::day;
use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Known, Name, Outcome, Question, RecordType, Resolver};
use mailhost_core::mail::spf::Policies;
use mailhost_core::mail::{Domain, resolver_failure};
use mailhost_core::memory::Memory;
use mailhost_core::plugin::Failure;

use crate::IDENTITY;
use crate::config::Config;
use crate::dkim::Selectors;
use crate::dmarc::Mode;
use crate::facts::{Dmarc, Existence, Facts, History, Organization};
use crate::history::{self, Past};
use message::PreparedMessage;
use selectors::Wanted;

/// Asks the DNS about all that the configuration wants to know.
///
/// # Errors
/// [`Failure::Unable`], when a file cannot be read or it is not known whom to ask.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let started = Instant::now();
    let files = Files::read(config, deadline)?;
    let mut resolver = Resolver::new(&config.nameservers, deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let mut known = Known::up_to(MOST_QUESTIONS);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let mut read = Read::default();
    let mut facts =
        known.settle(&mut resolver, |known| look(known, &mut read, config, &files, now));
    facts.history =
        config.domain.as_ref().and_then(|domain| remember(config, domain, &facts, now, deadline));
    facts.queries = resolver.sent();
    facts.log = known.log();
    facts.time = started.elapsed().as_secs_f64();
    Ok(facts)
}

/// What this machine's own files say.
pub(crate) struct Files {
    prepared: Option<PreparedMessage>,
    wanted: Vec<Wanted>,
}

impl Files {
    /// Reads the message and the key tables, and the keys that are to be compared.
    ///
    /// # Errors
    /// [`Failure::Unable`], when one of the first two cannot be read.
    pub(crate) fn read(config: &Config, deadline: &Deadline) -> Result<Self, Failure> {
        Ok(Self {
            prepared: message::read(config, deadline)?,
            wanted: selectors::wanted(config, deadline)?,
        })
    }
}

/// Records that were read, each once a run.
#[derive(Debug, Default)]
pub(crate) struct Read {
    policies: Policies,
    selectors: Selectors,
}

/// What can be told from what is known so far; see [`Known::settle`].
pub(crate) fn look(
    known: &mut Known,
    read: &mut Read,
    config: &Config,
    files: &Files,
    now: i64,
) -> Facts {
    let domain = config.domain.as_ref();
    let existence = domain.map(|domain| existence(known, &domain.name));
    // Asked first, so that what follows from it is asked for as early as can be.
    let dmarc = domain.filter(|_| config.dmarc).map(|domain| dmarc::look(known, &domain.name));
    let dkim = domain
        .filter(|_| config.dkim)
        .map(|domain| dkim::look(known, &mut read.selectors, domain, &files.wanted));
    let spf = domain
        .filter(|_| config.dmarc)
        .and_then(|domain| read.policies.at(known, &domain.name))
        .map(|policy| policy.published.clone());
    let organization = dmarc.as_ref().and_then(|dmarc| organization(known, read, dmarc));
    let bimi = config.bimi.as_ref().zip(domain).zip(dmarc.as_ref());
    let bimi = bimi.map(|((selector, domain), dmarc)| bimi::look(known, domain, selector, dmarc));
    let mail = config.message.as_ref().zip(files.prepared.as_ref());
    let mail = mail.map(|(options, prepared)| message::look(known, read, prepared, options, now));
    let servers = domain.filter(|_| config.consistency);
    let servers = servers.map(|domain| servers::look(known, domain, config, &files.wanted));
    let (servers, unserved) = servers.unwrap_or_default();
    let author = mail.as_ref().and_then(|mail| mail.origin.author.domain());
    let asked_about = domain.map(|domain| &domain.name).or(author);
    // Asked last, when it is known whether anything failed.
    let resolver = resolver_failure(known, asked_about);
    Facts {
        domain: domain.map(|domain| domain.text.clone()),
        now,
        resolver,
        existence,
        dkim,
        dmarc,
        spf,
        organization,
        bimi,
        mail,
        servers,
        unserved,
        history: None,
        queries: 0,
        time: 0.0,
        log: Vec::new(),
    }
}

/// Whether a domain is there at all, which its texts tell as well as anything.
fn existence(known: &mut Known, domain: &Name) -> Existence {
    let answer = known.answer(&Question::new(domain, RecordType::Txt));
    match answer.as_ref().map(|answer| (&answer.outcome, &answer.aliases)) {
        Some((Outcome::Failed(failure), _)) => Existence::Failed(failure.clone()),
        Some((Outcome::NxDomain, aliases)) => Existence::Missing(aliases.last().cloned()),
        _ => Existence::Exists,
    }
}

/// What an organization above the domain has by which mail of the domain can pass too.
fn organization(known: &mut Known, read: &mut Read, dmarc: &Dmarc) -> Option<Organization> {
    let ruling = dmarc.walk.ruling().ok()??;
    let domain = dmarc.walk.organizational_domain().ok()?;
    let relaxed = [ruling.record.dkim_alignment, ruling.record.spf_alignment];
    if domain == dmarc.walk.start || !relaxed.contains(&Mode::Relaxed) {
        return None;
    }
    // Both are asked for at once.
    let below = dkim::below(known, &mut read.selectors, &domain);
    let spf = read.policies.at(known, &domain)?.published.clone();
    Some(Organization { domain, spf, below })
}

/// Compares what was seen with earlier runs, and keeps it.
fn remember(
    config: &Config,
    domain: &Domain,
    facts: &Facts,
    now: i64,
    deadline: &Deadline,
) -> Option<History> {
    let seen = history::seen(facts);
    if seen.is_empty() {
        return None;
    }
    if now < history::EARLIEST {
        return Some(History::Unusable(format!("the clock of this machine says {}", day(now))));
    }
    let subject = domain.text.to_ascii_lowercase();
    let directory = config.state_dir.as_deref();
    let past =
        Memory::update(directory, IDENTITY, &subject, VERSION, deadline, |before: Option<Past>| {
            before.unwrap_or_default().seeing(seen, now)
        });
    Some(past.map_or_else(|error| History::Unusable(error.to_string()), History::Known))
}

/// Questions of one run. One with all that can be asked for needs some hundred.
const MOST_QUESTIONS: usize = 500;
/// Of the state file's format.
const VERSION: u32 = 1;
