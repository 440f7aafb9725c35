//! What the lists say of one target.

use mailhost_core::contract::{Finding, moment, plural, rule};

use super::score::Score;
use super::{name, tolerance, zones};
use crate::config::Config;
use crate::facts::{Facts, History, Look, Reply, Target, Verdict};
use crate::history::{Past, listing_key};
use crate::lists::Subject;

pub(super) fn judge(
    config: &Config,
    facts: &Facts,
    target: &Target,
    score: &Score,
    findings: &mut Vec<Finding>,
) {
    listed(config, facts, target, score, findings);
    for look in &score.accepted {
        let text = format!("is listed by {}, which is accepted", look.zone);
        findings.push(about(target, Finding::broken(&rule::LISTING_ACCEPTED, text)));
    }
    for look in &target.lists {
        let Some(judged) = &look.judged else { continue };
        let told = |verb: &str| format!("{verb} {}: {}", look.zone, meanings(look));
        let finding = match judged.verdict {
            Verdict::Policy => {
                Finding::broken(&rule::LISTING_POLICY, told("has a policy listing at"))
                    .showing(detail(config, look))
            }
            Verdict::Information => {
                Finding::broken(&rule::LISTING_INFORMATION, told("is told of by"))
                    .showing(detail(config, look))
            }
            Verdict::Allowed => Finding::good("allow-list", told("is on the allow list")),
            Verdict::NotListed if config.lists[look.list].list.allow => {
                let text = format!("is not on the allow list {}", look.zone);
                Finding::broken(&rule::ALLOW_LIST_MISSING, text)
            }
            _ => continue,
        };
        findings.push(about(target, finding));
    }
    gone(facts, target, findings);
}

/// The listings that count, in one finding: one person mends them all.
fn listed(
    config: &Config,
    facts: &Facts,
    target: &Target,
    score: &Score,
    findings: &mut Vec<Finding>,
) {
    let rule = match target.subject {
        Subject::Address(_) => &rule::ADDRESS_LISTED,
        Subject::Domain(_) => &rule::DOMAIN_LISTED,
    };
    let said: Vec<String> = score.listed.iter().map(|look| listing(facts, target, look)).collect();
    let mut lines = Vec::new();
    for look in &score.listed {
        if score.listed.len() > 1 {
            lines.push(format!("{}: {}", listing(facts, target, look), meanings(look)));
        }
        lines.extend(detail(config, look));
    }
    let text = match (score.broken, score.listed.as_slice()) {
        (Some((state, range)), []) if score.is_known() => {
            let word = state.to_string().to_ascii_lowercase();
            let text = format!("has the score {} ({word} range {range})", score.value);
            let finding = Finding::broken(&rule::SCORE_THRESHOLD, text).graded(state);
            return findings.push(about(target, finding));
        }
        (_, []) => return,
        (Some(_), [look]) => format!("is listed by {}: {}", said[0], meanings(look)),
        (Some((state, range)), listed) => {
            let zones: Vec<&str> = listed.iter().map(|look| &*look.zone).collect();
            let word = state.to_string().to_ascii_lowercase();
            let score = score.value;
            format!(
                "is listed by {}: {} (score {score}, {word} range {range})",
                plural(zones.len(), "list", "lists"),
                zones.join(", ")
            )
        }
        (None, listed) => {
            let text = format!(
                "has {}, tolerated by {}: {}",
                plural(listed.len(), "listing", "listings"),
                tolerance(config),
                said.join(", ")
            );
            let finding = Finding::broken(&rule::LISTING_TOLERATED, text).showing(lines);
            return findings.push(about(target, finding));
        }
    };
    if let Some((state, _)) = score.broken {
        findings.push(about(target, Finding::broken(rule, text).graded(state).showing(lines)));
    }
}

/// A list, and since when it has listed the target.
fn listing(facts: &Facts, target: &Target, look: &Look) -> String {
    let Some(past) = past(facts) else { return look.zone.to_string() };
    let key = listing_key(&look.zone, &target.subject);
    match past.since(&key, facts.now) {
        Some(since) => format!("{} since {}", look.zone, moment(since, facts.now)),
        None if past.was_clean(&key) => format!("{} (new)", look.zone),
        None => look.zone.to_string(),
    }
}

/// What a list says in words, and where to turn to.
fn detail(config: &Config, look: &Look) -> Vec<String> {
    let reasons = look.reasons.iter().map(|reason| format!("\"{reason}\""));
    let removal = config.lists[look.list].list.removal.iter();
    reasons.chain(removal.map(|link| format!("see {link}"))).collect()
}

/// What the answer means.
fn meanings(look: &Look) -> String {
    match &look.reply {
        Reply::Said(reading) => reading.meanings.join(", "),
        _ => String::new(),
    }
}

/// The listings that the last run saw and that are no more.
fn gone(facts: &Facts, target: &Target, findings: &mut Vec<Finding>) {
    let Some(past) = past(facts) else { return };
    for look in &target.lists {
        if look.judged.as_ref().is_none_or(|it| it.verdict != Verdict::NotListed) {
            continue;
        }
        if let Some(since) = past.since(&listing_key(&look.zone, &target.subject), facts.now) {
            let since = moment(since, facts.now);
            let text = format!("is no longer listed by {}, where it was since {since}", look.zone);
            findings.push(about(target, Finding::good("listing-gone", text)));
        }
    }
}

/// That there are policy listings, for the first line.
pub(super) fn policies(facts: &Facts) -> Option<String> {
    let has = |look: &&Look| look.judged.as_ref().is_some_and(|it| it.verdict == Verdict::Policy);
    let looks: Vec<&Look> =
        facts.targets.iter().flat_map(|target| target.lists.iter().filter(has)).collect();
    (!looks.is_empty()).then(|| format!("policy listing at {}", zones(looks.iter())))
}

fn past(facts: &Facts) -> Option<&Past> {
    match &facts.history {
        History::Known { before } => before.as_ref(),
        History::Unusable(_) => None,
    }
}

fn about(target: &Target, finding: Finding) -> Finding {
    finding.about(&name(target))
}
