//! Weighs what was seen. Pure: no clock, no socket, no file.

mod lists;
mod score;
mod target;
mod unseen;
mod verdict;

use std::collections::BTreeSet;

use mailhost_core::contract::{Evidence, Finding, Metric, Report, State, plural, rule};
use mailhost_core::mail::once;

use crate::config::Config;
use crate::facts::{Facts, History, Look, Reply, Target, Tested};
use crate::metrics;
use score::Score;

pub(crate) use verdict::is_well;

/// Says what each answer comes to.
pub(crate) fn weigh(config: &Config, facts: &mut Facts) {
    let Facts { targets, tests, .. } = facts;
    let silence_counts = verdict::some_list_lives(tests);
    for target in targets {
        let kind = target.subject.kind();
        for look in &mut target.lists {
            let of = |tested: &&Tested| tested.list == look.list && tested.kind == kind;
            let tested = tests.iter().find(of);
            look.judged =
                Some(verdict::verdict(&config.lists[look.list], look, tested, silence_counts));
        }
    }
}

/// The verdict on everything that was seen and [weighed](weigh).
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut findings = Vec::new();
    unseen::judge(config, &facts, &mut findings);
    let scores: Vec<Score> = facts.targets.iter().map(|target| score::of(config, target)).collect();
    for (target, score) in facts.targets.iter().zip(&scores) {
        target::judge(config, &facts, target, score, &mut findings);
    }
    let health = lists::Health::of(config, &facts.targets);
    lists::judge(config, &facts, &scores, &mut findings);
    keys(config, &mut findings);
    state(&facts, &mut findings);
    once(&mut findings);
    let tolerated = tolerated(config, &facts, &scores);
    // Beside a listing that alerts, it is of no account; where nothing does, the summary has it.
    let alerts = scores.iter().any(|score| score.broken.is_some());
    let quiet = findings.iter().all(|finding| finding.state == State::Ok);
    Report {
        target: target(config),
        summary: summary(&facts, &scores, &health, tolerated.as_deref()),
        lead: tolerated.filter(|_| !alerts && !quiet),
        metrics: metrics(config, &facts, &scores, &health),
        evidence: evidence(&facts),
        findings,
        facts,
    }
}

/// The run's targets, as far as a line has room for them.
fn target(config: &Config) -> String {
    let all: Vec<&str> = config.target.split(", ").collect();
    match all.len().saturating_sub(SHOWN) {
        0 => config.target.clone(),
        more => format!("{} and {more} more", all[..SHOWN].join(", ")),
    }
}

/// What a target is called: by itself, and by the host that it was found at.
fn name(target: &Target) -> String {
    match &target.of {
        Some(of) => format!("{} of {of}", target.subject),
        None => target.subject.to_string(),
    }
}

fn keys(config: &Config, findings: &mut Vec<Finding>) {
    for chosen in &config.lists {
        if chosen.key.as_ref().is_some_and(|key| key.from_argv) {
            let text = format!("the key for {} stands on the command line", chosen.list.zone);
            findings.push(Finding::broken(&rule::PASSWORD_IN_ARGV, text));
        }
    }
}

fn state(facts: &Facts, findings: &mut Vec<Finding>) {
    if let History::Unusable(why) = &facts.history {
        let text = format!("nothing is known of earlier runs: {why}");
        findings.push(Finding::broken(&rule::STATE_UNUSABLE, text));
    }
}

/// That something is listed and is within the ranges all the same, which the first line says in any
/// case.
fn tolerated(config: &Config, facts: &Facts, scores: &[Score]) -> Option<String> {
    let listed = || scores.iter().filter(|score| score.broken.is_none()).flat_map(|it| &it.listed);
    let listings = listed().count();
    let has = |(_, score): &(&Target, &Score)| score.broken.is_none() && !score.listed.is_empty();
    let mut targets = facts.targets.iter().zip(scores).filter(has);
    let who = match (targets.next(), targets.count()) {
        (Some((target, _)), 0) => format!("{} has", name(target)),
        (_, more) => format!("{} targets have", more + 1),
    };
    let listings_text = plural(listings, "listing", "listings");
    let zones = zones(listed());
    (listings > 0)
        .then(|| format!("{who} {listings_text}, tolerated by {}: {zones}", tolerance(config)))
}

/// The first line when nothing alerts.
fn summary(
    facts: &Facts,
    scores: &[Score],
    health: &lists::Health,
    tolerated: Option<&str>,
) -> String {
    let who = match facts.targets.as_slice() {
        [] => return "nobody was looked for".to_owned(),
        [target] => format!("{} is", name(target)),
        targets => format!("{} targets are", targets.len()),
    };
    let accepted = zones(scores.iter().flat_map(|score| &score.accepted));
    let what = if let Some(tolerated) = tolerated {
        tolerated.to_owned()
    } else if accepted.is_empty() {
        // A list that fails about one of several targets may be believed about another one.
        let least = scores.iter().map(|score| score.answers).min().unwrap_or_default();
        let each = scores.len() > 1 && health.told().is_some();
        let lists = if each { least } else { health.believed() };
        let each = if each { " or more each" } else { "" };
        format!("{who} on none of {}{each}", plural(lists, "list", "lists"))
    } else {
        format!("{who} on no list but accepted ones: {accepted}")
    };
    let parts = [Some(what), target::policies(facts), health.told()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The zones of lists, each once.
fn zones<'a>(looks: impl Iterator<Item = &'a &'a Look>) -> String {
    let zones: BTreeSet<&str> = looks.map(|look| &*look.zone).collect();
    zones.into_iter().collect::<Vec<_>>().join(", ")
}

/// What lets a score be, as the operator wrote it.
fn tolerance(config: &Config) -> String {
    // What is inside the range of -w is no CRITICAL either, or it would alert.
    config.score.warning.map_or_else(|| "-c".to_owned(), |range| format!("-w {range}"))
}

/// What was asked.
fn evidence(facts: &Facts) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for target in &facts.targets {
        for look in &target.lists {
            let Reply::Said(reading) = &look.reply else { continue };
            let answers: Vec<String> = reading.addresses.iter().map(ToString::to_string).collect();
            let text = format!("{} at {}: {}", target.subject, look.zone, answers.join(", "));
            evidence.push(Evidence { level: 2, text });
        }
    }
    evidence.extend(facts.log.iter().map(|line| Evidence { level: 3, text: line.clone() }));
    evidence
}

/// Every metric.
fn metrics(
    config: &Config,
    facts: &Facts,
    scores: &[Score],
    health: &lists::Health,
) -> Vec<Metric> {
    let mut metrics = Vec::new();
    // Of a target that no list was to be believed about, there is none.
    if scores.iter().any(Score::is_known) {
        let worst = scores.iter().map(|score| score.value).fold(0.0, f64::max);
        metrics.push(Metric::new(&metrics::SCORE, worst).held_to(config.score));
        let zones: BTreeSet<usize> =
            scores.iter().flat_map(|score| score.listed.iter().map(|it| it.list)).collect();
        metrics.push(Metric::new(&metrics::LISTED, float(zones.len())));
    }
    if !scores.is_empty() {
        metrics.extend(health.metrics());
    }
    metrics.push(Metric::new(&metrics::DNS_QUERIES, float_of(facts.queries)));
    metrics.push(Metric::new(&metrics::TIME, facts.time));
    if scores.len() > 1 {
        let known = facts.targets.iter().zip(scores).filter(|(_, score)| score.is_known());
        for (target, score) in known {
            let of = target.subject.to_string();
            let each = Metric::new(&metrics::SCORE, score.value).held_to(config.score);
            metrics.push(each.of(&of));
            metrics.push(Metric::new(&metrics::LISTED, float(score.listed.len())).of(&of));
        }
    }
    metrics
}

/// Targets that a line names.
const SHOWN: usize = 2;

#[expect(clippy::cast_precision_loss, reason = "numbers of lists and questions")]
fn float_of(number: u64) -> f64 {
    number as f64
}

fn float(number: usize) -> f64 {
    float_of(number as u64)
}
