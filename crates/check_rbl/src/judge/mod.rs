//! Weighs what was seen. Pure: no clock, no socket, no file.

mod lists;
mod score;
mod target;
mod unseen;
mod verdict;

use std::collections::BTreeSet;
use std::rc::Rc;

use mailhost_core::contract::{Evidence, Finding, Metric, Report, plural, rule};

use crate::config::Config;
use crate::facts::{Facts, History, Reply, Target, Tested};
use crate::history::Seen;
use crate::metrics;

pub(crate) use verdict::{Judged, Verdict};

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, mut facts: Facts) -> Report<Facts> {
    weigh(config, &mut facts);
    let mut findings = Vec::new();
    unseen::judge(config, &facts, &mut findings);
    let scores: Vec<score::Score> =
        facts.targets.iter().map(|target| score::of(config, target)).collect();
    for (target, score) in facts.targets.iter().zip(&scores) {
        target::judge(config, &facts, target, score, &mut findings);
    }
    let health = lists::Health::of(config, &facts);
    lists::judge(config, &facts, &health, &scores, &mut findings);
    keys(config, &mut findings);
    state(&facts, &mut findings);
    Report {
        target: config.target.clone(),
        lead: None,
        summary: summary(config, &facts, &scores, &health),
        metrics: metrics(config, &facts, &scores, &health),
        evidence: evidence(&facts),
        findings,
        facts,
    }
}

/// What a run saw that is worth keeping.
pub(crate) struct Kept {
    /// The lists that are well, by what the state file calls their test.
    pub(crate) tested: Vec<String>,
    /// What lists that can be believed say, as `zone@target`.
    pub(crate) listings: Vec<(String, Seen)>,
}

/// What is to be kept of what was seen.
pub(crate) fn seen(config: &Config, facts: &Facts) -> Kept {
    let mut facts = facts.clone();
    weigh(config, &mut facts);
    let well = facts.tests.iter().filter(|tested| verdict::is_well(tested));
    let tested = well.map(|tested| config.lists[tested.list].test_key(tested.kind)).collect();
    let mut listings = Vec::new();
    for target in &facts.targets {
        for look in &target.lists {
            let Some(judged) = look.judged.as_ref().filter(|it| it.verdict.is_answer()) else {
                continue;
            };
            let listed = judged.verdict == Verdict::Listed;
            let seen = if listed { Seen::Listed } else { Seen::NotListed };
            listings.push((listing_key(&look.zone, target), seen));
        }
    }
    Kept { tested, listings }
}

/// What the state file calls a listing.
fn listing_key(zone: &str, target: &Target) -> String {
    format!("{zone}@{}", target.subject).to_ascii_lowercase()
}

/// Writes the verdicts into the facts.
fn weigh(config: &Config, facts: &mut Facts) {
    let Facts { targets, tests, .. } = facts;
    for target in targets {
        let kind = target.subject.kind();
        for look in &mut target.lists {
            let of = |tested: &&Tested| tested.list == look.list && tested.kind == kind;
            let tested = tests.iter().find(of);
            look.judged = Some(verdict::verdict(&config.lists[look.list], look, tested));
        }
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

/// The first line when nothing alerts.
fn summary(
    config: &Config,
    facts: &Facts,
    scores: &[score::Score],
    health: &lists::Health,
) -> String {
    let who = match facts.targets.as_slice() {
        [] => return "nobody was looked for".to_owned(),
        [target] => name(target),
        targets => plural(targets.len(), "target", "targets"),
    };
    let zones = |of: &dyn Fn(&score::Score<'_>) -> Vec<Rc<str>>| {
        let zones: BTreeSet<Rc<str>> = scores.iter().flat_map(of).collect();
        zones.iter().map(|zone| &**zone).collect::<Vec<_>>().join(", ")
    };
    let listings = scores.iter().map(|score| score.listed.len()).sum::<usize>();
    let accepted = zones(&|score| score.accepted.iter().map(|it| Rc::clone(&it.zone)).collect());
    let (is, has) = if facts.targets.len() == 1 { ("is", "has") } else { ("are", "have") };
    let what = if listings > 0 {
        let listed = zones(&|score| score.listed.iter().map(|it| Rc::clone(&it.zone)).collect());
        let listings = plural(listings, "listing", "listings");
        format!("{who} {has} {listings}, tolerated by {}: {listed}", tolerance(config))
    } else if accepted.is_empty() {
        format!("{who} {is} on none of {}", plural(health.believed(), "list", "lists"))
    } else {
        format!("{who} {is} on no list but accepted ones: {accepted}")
    };
    let policy = target::policies(facts);
    [Some(what), policy, health.told()].into_iter().flatten().collect::<Vec<_>>().join("; ")
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
    scores: &[score::Score],
    health: &lists::Health,
) -> Vec<Metric> {
    let mut metrics = Vec::new();
    // Of a target that no list was to be believed about, there is none.
    if scores.iter().any(|score| score.is_known) {
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
        let known = facts.targets.iter().zip(scores).filter(|(_, score)| score.is_known);
        for (target, score) in known {
            let of = target.subject.to_string();
            let each = Metric::new(&metrics::SCORE, score.value).held_to(config.score);
            metrics.push(each.of(&of));
            metrics.push(Metric::new(&metrics::LISTED, float(score.listed.len())).of(&of));
        }
    }
    metrics
}

#[expect(clippy::cast_precision_loss, reason = "numbers of lists and questions")]
fn float_of(number: u64) -> f64 {
    number as f64
}

fn float(number: usize) -> f64 {
    float_of(number as u64)
}
