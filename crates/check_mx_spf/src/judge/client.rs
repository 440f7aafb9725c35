//! What SPF says of single clients.

use std::net::IpAddr;

use mailhost_core::contract::{Finding, State, plural, rule};
use mailhost_core::dns::{Failure, Fault};
use mailhost_core::mail::not_said;
use mailhost_core::mail::spf::{Evaluation, SpfResult};

use crate::config::Config;
use crate::facts::{Covered, Facts, Gap, Unseen};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    if let Some(evaluation) = &facts.evaluation {
        result(config, facts, evaluation, findings);
    }
    for covered in &facts.covers {
        coverage(facts, covered, findings);
    }
    findings.extend(facts.not_covered.iter().map(|unseen| not_covered(facts, unseen)));
    for evaluation in &facts.forbidden {
        forbidden(facts, evaluation, findings);
    }
}

fn result(config: &Config, facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let sentence = sentence(evaluation);
    let of_result = |state| Finding::broken(&rule::SPF_RESULT, sentence.clone()).graded(state);
    let found = match (&evaluation.failure, config.expected_result) {
        // That would be a result of our own.
        (Some(failure), _) if is_ours(facts, failure) => {
            not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, "gets no result")
        }
        (_, Some(expected)) if expected == evaluation.result => {
            Finding::good("spf-result", sentence)
        }
        (_, Some(expected)) => {
            let text = format!("{sentence}; {expected} was expected");
            Finding::broken(&rule::SPF_RESULT, text).graded(State::Critical)
        }
        (..) => match evaluation.result {
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

/// Whether it is we who failed: the resolver knows nothing, or this run has asked enough.
fn is_ours(facts: &Facts, failure: &Failure) -> bool {
    facts.resolver.is_some() || failure.fault == Fault::NotAsked
}

/// The result as it stands in front of the first line.
pub(super) fn lead(evaluation: &Evaluation) -> String {
    format!("spf={}", evaluation.result)
}

/// Whose result it is and why, for the first line when all is well.
pub(super) fn summary(evaluation: &Evaluation) -> String {
    format!("{} as {}{}", evaluation.address, whose(evaluation), why(evaluation))
}

/// The result with what led to it.
fn sentence(evaluation: &Evaluation) -> String {
    format!("gets {} as {}{}", evaluation.result, whose(evaluation), why(evaluation))
}

fn whose(evaluation: &Evaluation) -> &str {
    if evaluation.domain.is_empty() { "nobody" } else { &evaluation.domain }
}

/// The term that decided, the terms that led to it, and the reason of no result.
fn why(evaluation: &Evaluation) -> String {
    let Evaluation { result, domain, path, reason, .. } = evaluation;
    // A redirect decides nothing: behind it no term matches.
    let neutral = *result == SpfResult::Neutral;
    let unmatched = neutral && path.last().is_none_or(|it| it.term.contains("redirect="));
    let end = if unmatched { path.len() } else { path.len().saturating_sub(1) };
    let decided = match path.get(end) {
        Some(step) if step.domain == *domain => format!(": {}", step.term),
        Some(step) => format!(": {} of {}", step.term, step.domain),
        None if unmatched => ": no term matches".to_owned(),
        None => String::new(),
    };
    let through: Vec<&str> = path.iter().take(end).map(|step| step.term.as_str()).collect();
    let through = match through.as_slice() {
        [] => String::new(),
        through => format!(", through {}", through.join(", ")),
    };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{decided}{through}{reason}")
}

fn coverage(facts: &Facts, covered: &Covered, findings: &mut Vec<Finding>) {
    let of = covered.host.as_ref().map(|host| format!(" of {host}")).unwrap_or_default();
    if covered.failing.is_empty() {
        let text = format!("{}{of} passes as {}", covered.network, covered.domain);
        findings.push(Finding::good("covered", text));
        return;
    }
    for Gap { first, last, evaluation } in covered.failing.iter().take(MOST_GAPS) {
        let result = evaluation.result;
        let text = format!("does not pass: {result} as {}{}", whose(evaluation), why(evaluation));
        let finding = match &evaluation.failure {
            Some(failure) if is_ours(facts, failure) => {
                not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, "may pass or not")
            }
            // What is temporary is no verdict on the policy.
            Some(_) => Finding::broken(&rule::SPF_NOT_COVERED, text).graded(State::Warning),
            None => Finding::broken(&rule::SPF_NOT_COVERED, text),
        };
        findings.push(finding.about(&format!("{}{of}", range(*first, *last))));
    }
    if let Some(more) = covered.failing.len().checked_sub(MOST_GAPS).filter(|more| *more > 0) {
        let text = format!("does not pass in {}", plural(more, "more part", "more parts"));
        let finding = Finding::broken(&rule::SPF_NOT_COVERED, text);
        findings.push(finding.about(&covered.network.to_string()));
    }
}

fn range(first: IpAddr, last: IpAddr) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

fn not_covered(facts: &Facts, unseen: &Unseen) -> Finding {
    let text = match unseen {
        Unseen::ByAddress { first, last, domain } => format!(
            "{} as {domain}: its policy asks the DNS about each address, and only the first one was \
             looked at",
            range(*first, *last)
        ),
        Unseen::Exchangers(failure) | Unseen::Host(_, failure) if is_ours(facts, failure) => {
            return not_said(
                facts.resolver.as_ref(),
                &rule::MX_DNS_FAILED,
                failure,
                "MX is not known",
            );
        }
        Unseen::Exchangers(failure) => format!("whether MX passes is not known: {failure}"),
        Unseen::Host(name, failure) => format!("whether MX {name} passes is not known: {failure}"),
        Unseen::HostSkipped(name) => format!("MX {name} is one of too many to look at all of it"),
        Unseen::NoAddress(name) => format!("MX {name} has no address that could pass"),
        Unseen::NoExchanger => "there is no MX host that could pass".to_owned(),
        Unseen::Parts { network, up_to } => {
            format!(
                "{network} was looked at up to {up_to} only: the policy cuts it into too many parts"
            )
        }
    };
    Finding::broken(&rule::NOT_LOOKED_AT, text)
}

fn forbidden(facts: &Facts, evaluation: &Evaluation, findings: &mut Vec<Finding>) {
    let text = sentence(evaluation);
    let finding = match (&evaluation.failure, evaluation.result) {
        (Some(failure), _) => {
            not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, "may pass or not")
        }
        (None, SpfResult::Pass) => Finding::broken(&rule::SPF_FORBIDDEN_PASSES, text),
        _ => Finding::good("forbidden", text),
    };
    findings.push(finding.about(&evaluation.address.to_string()));
}

/// Parts of one network that are told one by one.
const MOST_GAPS: usize = 5;
