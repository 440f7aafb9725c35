//! What SPF says of single clients.

use mailhost_core::contract::{Finding, State, rule};

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
    for evaluation in &facts.forbidden {
        forbidden(facts, evaluation, findings);
    }
}

fn result(config: &Config, facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let mut text = sentence(evaluation);
    let usual = match evaluation.result {
        SpfResult::Pass => State::Ok,
        SpfResult::Fail | SpfResult::PermError => State::Critical,
        SpfResult::Neutral | SpfResult::None | SpfResult::SoftFail | SpfResult::TempError => {
            State::Warning
        }
    };
    let state = match config.expected_result {
        Some(expected) if expected == evaluation.result => State::Ok,
        Some(expected) => {
            text = format!("{text}; {expected} was expected");
            State::Critical
        }
        None => usual,
    };
    let unknown = evaluation.result == SpfResult::TempError && facts.resolver.is_some();
    findings.push(if state == State::Ok {
        Finding::good("spf-result", text)
    } else if unknown {
        Finding::broken(&rule::RESOLVER_FAILED, text)
    } else {
        Finding::broken(&rule::SPF_RESULT, text).graded(state)
    });
    if let Some(explanation) = &evaluation.explanation {
        findings.push(Finding::good("explanation", explanation.clone()));
    }
}

/// The result with what led to it.
pub(super) fn sentence(evaluation: &Evaluation) -> String {
    let Evaluation { result, address, domain, path, reason, .. } = evaluation;
    let whose = if domain.is_empty() { "nobody" } else { domain };
    let mut steps = path.iter().rev();
    let decided = match steps.next() {
        Some(step) if step.domain == *domain => format!(": {}", step.term),
        Some(step) => format!(": {} of {}", step.term, step.domain),
        None if *result == SpfResult::Neutral => ": no term matches".to_owned(),
        None => String::new(),
    };
    let through: Vec<&str> = steps.map(|step| step.term.as_str()).collect();
    let through = match through.as_slice() {
        [] => String::new(),
        through => format!(", through {}", through.join(", ")),
    };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("spf={result} for {address} as {whose}{decided}{through}{reason}")
}

fn coverage(facts: &Facts, covered: &Covered, findings: &mut Vec<Finding>) {
    let whose = covered.host.as_ref().map(|host| format!(" of {host}")).unwrap_or_default();
    if covered.failing.is_empty() {
        let text = format!("{}{whose} passes as {}", covered.network, covered.domain);
        findings.push(Finding::good("covered", text));
        return;
    }
    for gap in &covered.failing {
        let Gap { first, last, evaluation } = gap;
        let which = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let text = format!("{which}{whose} does not pass: {}", sentence(evaluation));
        findings.push(unless_temporary(
            facts,
            evaluation,
            Finding::broken(&rule::SPF_NOT_COVERED, text),
        ));
    }
}

fn forbidden(facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let text = sentence(evaluation);
    findings.push(match evaluation.result {
        SpfResult::Pass => Finding::broken(&rule::SPF_FORBIDDEN_PASSES, text),
        SpfResult::TempError => {
            let text = format!("whether {} passes is not known: {text}", evaluation.address);
            unless_temporary(facts, evaluation, Finding::broken(&rule::SPF_DNS_FAILED, text))
        }
        _ => Finding::good("forbidden", text),
    });
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
