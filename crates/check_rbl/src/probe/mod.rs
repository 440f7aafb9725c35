//! Everything that is asked, and what is remembered of earlier runs.

mod ask;
mod targets;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Known, RecordType, Resolver};
use mailhost_core::mail::resolver_failure;
use mailhost_core::memory::Memory;
use mailhost_core::plugin::Failure;

use crate::IDENTITY;
use crate::config::Config;
use crate::facts::{Facts, History};
use crate::history::Past;
use crate::judge::seen;

/// Finds the targets, and asks all lists about them.
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
    let (targets, mut unseen) = targets::find(config, &mut known, &mut resolver, deadline);
    let history = recall(config, deadline);
    // The answers, and after them what the lists say in words and what they are tested for once more.
    resolver.keep_back(5);
    resolver.hurry_for(RecordType::Txt);
    resolver.call_it("the answers of blocklists");
    for chosen in &config.lists {
        if let Some(limit) = chosen.list.limit {
            let span = Duration::from_secs_f64(limit.seconds);
            resolver.pace(&chosen.zone, limit.questions.into(), span);
        }
    }
    let past = match &history {
        History::Known { before: Some(past) } => past.clone(),
        _ => Past::default(),
    };
    let via = via(config);
    let remembered = |key: &str| past.tested(key, &via, now);
    let plan = ask::Plan::of(config, &targets);
    let mut asked = known.settle(&mut resolver, |known| plan.look(known, config, &remembered));
    unseen.append(&mut asked.unseen);
    let nothing_said =
        known.count() > 0 && known.all().all(|(_, answer)| answer.failure().is_some());
    let failure = nothing_said
        .then(|| known.settle(&mut resolver, |known| resolver_failure(known, None)))
        .flatten();
    let log = if config.log { known.log() } else { Vec::new() };
    let mut facts = Facts {
        now,
        targets: asked.targets,
        tests: asked.tests,
        unseen,
        resolver: failure,
        history,
        queries: resolver.sent(),
        time: 0.0,
        log: log.iter().map(|line| config.without_keys(line)).collect(),
    };
    if let Some(why) = remember(config, &facts, &via, deadline) {
        facts.history = History::Unusable(why);
    }
    facts.time = started.elapsed().as_secs_f64();
    Ok(facts)
}

/// The name servers that are asked, as the state file knows them.
fn via(config: &Config) -> String {
    let servers: Vec<String> = config.nameservers.iter().map(ToString::to_string).collect();
    servers.join(" ")
}

/// What earlier runs kept. The lock is not held while the lists are asked.
fn recall(config: &Config, deadline: &Deadline) -> History {
    let directory = config.state_dir.as_deref();
    let past = Memory::open(directory, IDENTITY, &subject(config), deadline)
        .and_then(|memory| memory.recall(VERSION));
    match past {
        Ok(past) => History::Known { before: past.known() },
        Err(error) => History::Unusable(error.to_string()),
    }
}

/// Keeps what was seen; why that is not possible, if it is not.
fn remember(config: &Config, facts: &Facts, via: &str, deadline: &Deadline) -> Option<String> {
    let seen = seen(config, facts);
    let directory = config.state_dir.as_deref();
    let kept = Memory::update(directory, IDENTITY, &subject(config), VERSION, deadline, |before| {
        Past::seeing(before, via, &seen.tested, &seen.listings, facts.now)
    });
    kept.err().map(|error| error.to_string())
}

/// What the state file is about.
fn subject(config: &Config) -> String {
    let more = [(config.mx, " mx"), (config.spf_senders, " spf-senders")];
    let more: String = more.iter().filter(|(given, _)| *given).map(|(_, text)| *text).collect();
    format!("{}{more}", config.target.to_ascii_lowercase())
}

/// Questions of one run.
const MOST_QUESTIONS: usize = 20_000;
/// Of the state file's format.
const VERSION: u32 = 1;
