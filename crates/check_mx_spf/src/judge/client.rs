//! What SPF says of single clients.

use mailhost_core::contract::{Finding, State, rule};

use super::plural;
use crate::config::Config;
use crate::facts::{Covered, Facts, Gap};
use crate::spf::{Evaluation, SpfResult};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    if let Some(evaluation) = &facts.evaluation {
        result(config, facts, evaluation, findings);
    }
    for covered in &facts.covers {
        coverage(facts, covered, findings);
    }
    let not_covered = facts.not_covered.iter();
    findings.extend(not_covered.map(|why| Finding::broken(&rule::NOT_LOOKED_AT, why)));
    for evaluation in &facts.forbidden {
        forbidden(facts, evaluation, findings);
    }
}

fn result(config: &Config, facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let sentence = sentence(evaluation);
    let of_result = |state| Finding::broken(&rule::SPF_RESULT, sentence.clone()).graded(state);
    let found = match config.expected_result {
        // That would be a result of our own.
        _ if evaluation.result == SpfResult::TempError && facts.resolver.is_some() => {
            Finding::broken(&rule::RESOLVER_FAILED, sentence)
        }
        Some(expected) if expected == evaluation.result => Finding::good("spf-result", sentence),
        Some(expected) => {
            let text = format!("{sentence}; {expected} was expected");
            Finding::broken(&rule::SPF_RESULT, text).graded(State::Critical)
        }
        None => match evaluation.result {
            SpfResult::Pass => Finding::good("spf-result", sentence),
            SpfResult::TempError => Finding::broken(&rule::SPF_DNS_FAILED, sentence),
            SpfResult::Fail | SpfResult::PermError => of_result(State::Critical),
            SpfResult::Neutral | SpfResult::None | SpfResult::SoftFail => of_result(State::Warning),
        },
    };
    let explained = evaluation.explanation.iter().map(|text| format!("explanation: {text}"));
    let found = found.showing(explained.collect::<Vec<_>>());
    findings.push(found.about(&evaluation.address.to_string()));
}

/// The same for the first line.
pub(super) fn summary(evaluation: &Evaluation) -> String {
    format!("{} {}", evaluation.address, sentence(evaluation))
}

/// The result with what led to it.
fn sentence(evaluation: &Evaluation) -> String {
    let Evaluation { result, domain, path, reason, .. } = evaluation;
    let whose = if domain.is_empty() { "nobody" } else { domain };
    let decided = match path.last() {
        Some(step) if step.domain == *domain => format!(": {}", step.term),
        Some(step) => format!(": {} of {}", step.term, step.domain),
        None if *result == SpfResult::Neutral => ": no term matches".to_owned(),
        None => String::new(),
    };
    let before = path.len().saturating_sub(1);
    let through: Vec<&str> = path.iter().take(before).map(|step| step.term.as_str()).collect();
    let through = match through.as_slice() {
        [] => String::new(),
        through => format!(", through {}", through.join(", ")),
    };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("spf={result} as {whose}{decided}{through}{reason}")
}

fn coverage(facts: &Facts, covered: &Covered, findings: &mut Vec<Finding>) {
    let whose = covered.host.as_ref().map(|host| format!(" of {host}")).unwrap_or_default();
    if covered.failing.is_empty() {
        let text = format!("{}{whose} passes as {}", covered.network, covered.domain);
        findings.push(Finding::good("covered", text));
        return;
    }
    for Gap { first, last, evaluation } in covered.failing.iter().take(MOST_GAPS) {
        let which = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let text = format!("does not pass: {}", sentence(evaluation));
        let finding = Finding::broken(&rule::SPF_NOT_COVERED, text);
        let finding = unless_temporary(facts, evaluation, finding);
        findings.push(finding.about(&format!("{which}{whose}")));
    }
    if let Some(more) = covered.failing.len().checked_sub(MOST_GAPS).filter(|more| *more > 0) {
        let text = format!("does not pass in {}", plural(more, "more part", "more parts"));
        let finding = Finding::broken(&rule::SPF_NOT_COVERED, text);
        findings.push(finding.about(&covered.network.to_string()));
    }
}

fn forbidden(facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let text = sentence(evaluation);
    let finding = match evaluation.result {
        SpfResult::Pass => Finding::broken(&rule::SPF_FORBIDDEN_PASSES, text),
        SpfResult::TempError => {
            let text = format!("may pass or not: {text}");
            unless_temporary(facts, evaluation, Finding::broken(&rule::SPF_DNS_FAILED, text))
        }
        _ => Finding::good("forbidden", text),
    };
    findings.push(finding.about(&evaluation.address.to_string()));
}

/// What is temporary is no verdict on the policy; where our own resolver is at fault, none at all.
fn unless_temporary(facts: &Facts, evaluation: &Evaluation, finding: Finding) -> Finding {
    if evaluation.result != SpfResult::TempError {
        return finding;
    }
    if facts.resolver.is_some() {
        return Finding::broken(&rule::RESOLVER_FAILED, finding.text);
    }
    finding.graded(State::Warning)
}

/// Parts of one network that are told one by one.
const MOST_GAPS: usize = 5;
