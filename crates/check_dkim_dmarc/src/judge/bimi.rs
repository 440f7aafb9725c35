//! The BIMI record, and whether the policy is one with which receivers show it.

use mailhost_core::contract::{Evidence, Finding, plural, rule};
use mailhost_core::mail::alias_conflict;

use super::{policy, unsaid, wrong};
use crate::bimi::BimiRecord;
use crate::config::Config;
use crate::dmarc::{OddityKind, Policy};
use crate::facts::{Bimi, BimiFound, Facts};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(bimi) = &facts.bimi else { return };
    match &bimi.found {
        BimiFound::Failed(failure) => {
            let what = "BIMI record is not known";
            findings.push(unsaid(config, facts, &rule::BIMI_DNS_FAILED, failure, what));
        }
        BimiFound::Undecided(failure) => {
            let what = "whether a BIMI record above counts is not known";
            findings.push(unsaid(config, facts, &rule::BIMI_DNS_FAILED, failure, what));
        }
        BimiFound::Missing => {
            let text = format!("has no BIMI record at {}._bimi", bimi.selector);
            findings.push(Finding::broken(&rule::BIMI_MISSING, text));
        }
        BimiFound::Several(all) => {
            let text = format!("has {} BIMI records, so none counts", all.len());
            findings.push(Finding::broken(&rule::BIMI_SEVERAL, text));
        }
        BimiFound::Wrong { text, errors } => {
            findings.extend(wrong(&rule::BIMI_SYNTAX, "BIMI record", text, errors));
        }
        BimiFound::One { text, record } => {
            findings.push(Finding::good("bimi", format!("BIMI record of {}: {text}", bimi.domain)));
            of_record(facts, record, findings);
        }
    }
    beside(bimi, findings);
}

/// What is in the way of the record, or in its place.
fn beside(bimi: &Bimi, findings: &mut Vec<Finding>) {
    if let Some(conflict) = bimi.conflict {
        findings.push(alias_conflict(conflict, "the name of its BIMI record"));
    }
    if !bimi.at_domain.is_empty() {
        let text = format!(
            "a BIMI record at the domain itself has no effect: it belongs to {}._bimi",
            bimi.selector
        );
        findings.push(Finding::broken(&rule::BIMI_WRONG_PLACE, text));
    }
    if let Some(text) = bimi.spf.first() {
        let text = format!("SPF is where BIMI belongs: {text}");
        findings.push(Finding::broken(&rule::BIMI_SPF_RECORD, text));
    }
    if !bimi.others.is_empty() {
        let place = format!("at {}._bimi", bimi.selector);
        let (one, many) = (format!("text {place} has"), format!("texts {place} have"));
        let count = plural(bimi.others.len(), &one, &many);
        let text = format!("{count} nothing to do with BIMI");
        findings.push(Finding::broken(&rule::BIMI_UNRELATED, text));
    }
}

fn of_record(facts: &Facts, record: &BimiRecord, findings: &mut Vec<Finding>) {
    for name in &record.unknown {
        let text = format!("BIMI record: {name}= is no tag of BIMI");
        findings.push(Finding::broken(&rule::BIMI_UNKNOWN_TAG, text));
    }
    if record.location.is_none() {
        findings.push(Finding::good("bimi-declined", "the domain declines to show a picture"));
        return;
    }
    if record.evidence.is_none() {
        let text = "BIMI record names no mark certificate (a=), without which few show the picture";
        findings.push(Finding::broken(&rule::BIMI_NO_EVIDENCE, text));
    }
    let Some(dmarc) = &facts.dmarc else { return };
    // What is not known is told by its own finding.
    if dmarc.walk.ruling().is_err() {
        return;
    }
    let in_force = policy::in_force(&dmarc.walk, facts.is_gone());
    let asked = in_force.and_then(|in_force| in_force.ruling.record.asks_for());
    let partly = in_force.is_some_and(|in_force| {
        let oddities = &in_force.ruling.record.oddities;
        oddities.iter().any(|oddity| oddity.kind == OddityKind::ObsoletePercentage)
    });
    let why = match (in_force, asked) {
        (None, _) | (_, None) => "no DMARC policy is in force",
        (Some(in_force), _) if in_force.domain == Policy::None => {
            "the DMARC policy in force is none"
        }
        (_, Some(asked)) if asked.subdomains == Policy::None => {
            "the DMARC policy for subdomains is none"
        }
        (Some(in_force), _) if in_force.domain == Policy::Quarantine && partly => {
            "the DMARC policy is for a part of mail only (pct)"
        }
        _ => return,
    };
    let text = format!("BIMI shows nothing: {why}, and it has to be quarantine or reject");
    findings.push(Finding::broken(&rule::BIMI_POLICY, text));
}

/// The record, for `-vv`.
pub(super) fn evidence(bimi: &Bimi) -> Vec<Evidence> {
    let texts: Vec<&String> = match &bimi.found {
        BimiFound::Failed(_) | BimiFound::Missing | BimiFound::Undecided(_) => Vec::new(),
        BimiFound::One { text, .. } | BimiFound::Wrong { text, .. } => vec![text],
        BimiFound::Several(all) => all.iter().collect(),
    };
    let line = |text: &String| Evidence {
        level: 2,
        text: format!("{}._bimi.{}: {text}", bimi.selector, bimi.domain),
    };
    texts.into_iter().map(line).collect()
}
