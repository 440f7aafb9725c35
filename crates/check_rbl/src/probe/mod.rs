//! Everything that is asked.

mod ask;
mod targets;

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Failure as DnsFailure, Known, Name, RecordType, Resolver};
use mailhost_core::mail::resolver_failure;
use mailhost_core::plugin::Failure;

use crate::config::{Chosen, Config};
use crate::facts::{Facts, History};
use crate::history;
use crate::lists::Limit;

/// Finds the targets, and asks all lists about them.
///
/// # Errors
/// [`Failure::Unable`], when it is not known whom to ask.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let started = Instant::now();
    let mut resolver = Resolver::new(&config.nameservers, deadline)
        .map_err(|error| Failure::Unable(error.to_string()))?;
    let servers = resolver.servers().iter().map(ToString::to_string);
    let via = servers.collect::<Vec<_>>().join(" ");
    let mut known = Known::up_to(MOST_QUESTIONS);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let (targets, mut unseen) = targets::find(config, &mut known, &mut resolver, deadline);
    let history = history::recall(config, deadline);
    prepare(config, &mut resolver);
    let remembered = |key: &str| match &history {
        History::Known { before: Some(past) } => past.tested(key, &via, now),
        _ => None,
    };
    let plan = ask::Plan::of(config, &targets);
    let mut asked = known.settle(&mut resolver, |known| plan.look(known, config, &remembered));
    unseen.append(&mut asked.unseen);
    let resolver_failed = resolver_failed(&mut known, &mut resolver);
    let log = if config.log { known.log() } else { Vec::new() };
    Ok(Facts {
        now,
        targets: asked.targets,
        tests: asked.tests,
        unseen,
        resolver: resolver_failed.map(|failure| config.hiding_keys(&failure)),
        history,
        via,
        queries: resolver.sent(),
        time: started.elapsed().as_secs_f64(),
        log: log.iter().map(|line| config.without_keys(line)).collect(),
    })
}

/// Makes the resolver ready for lists.
fn prepare(config: &Config, resolver: &mut Resolver) {
    // The answers, and after them what the lists say in words and what they are tested for once more.
    resolver.keep_back(5);
    resolver.hurry_for(RecordType::Txt);
    resolver.call_it("the answers of blocklists");
    let mut paced: BTreeMap<&str, (Limit, Vec<Name>)> = BTreeMap::new();
    for Chosen { list, zone, .. } in &config.lists {
        if let Some(limit) = list.limit {
            // Whoever sets a limit sets it for all his lists together.
            let (_, zones) = paced.entry(&list.operator).or_insert((limit, Vec::new()));
            zones.push(zone.clone());
        }
    }
    for (limit, zones) in paced.into_values() {
        let span = Duration::from_secs_f64(limit.seconds);
        resolver.pace(zones, limit.questions.into(), span);
    }
}

/// Why the resolver knows nothing, where nothing at all was answered.
fn resolver_failed(known: &mut Known, resolver: &mut Resolver) -> Option<DnsFailure> {
    let asked = known.count() > 0;
    if !asked || known.all().any(|(_, answer)| answer.failure().is_none()) {
        return None;
    }
    known.settle(resolver, |known| resolver_failure(known, None))
}

/// Questions of one run.
const MOST_QUESTIONS: usize = 20_000;
