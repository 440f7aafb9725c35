//! Weighs what was seen. Pure: no clock, no socket, no file.

mod agreement;
mod bimi;
mod change;
mod dkim;
mod dmarc;
mod message;
mod policy;
mod reports;

use mailhost_core::contract::{Evidence, Finding, Metric, Report, Rule, clean_to, rule};
use mailhost_core::dns::{Failure, Fault};
use mailhost_core::mail::{SyntaxError, no_such_domain, not_said, once, point_at, servers};

use crate::config::Config;
use crate::facts::{Existence, Facts};
use crate::metrics;

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut findings = Vec::new();
    message::judge(config, &facts, &mut findings);
    existence(config, &facts, &mut findings);
    agreement::judge(config, &facts, &mut findings);
    dmarc::judge(config, &facts, &mut findings);
    policy::judge(config, &facts, &mut findings);
    dkim::judge(config, &facts, &mut findings);
    reports::judge(config, &facts, &mut findings);
    bimi::judge(config, &facts, &mut findings);
    change::judge(config, &facts, &mut findings);
    consistency(config, &facts, &mut findings);
    once(&mut findings);
    Report {
        target: target(&facts),
        lead: facts.mail.as_ref().map(message::lead),
        summary: summary(&facts),
        metrics: metrics(&facts),
        evidence: evidence(&facts),
        findings,
        facts,
    }
}

/// Whether the domain is there. Where something below it was found it is, whatever its own name says.
fn existence(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    match &facts.existence {
        _ if facts.has_something_below() => {}
        Some(Existence::Missing(alias)) => findings.push(no_such_domain(alias.as_ref())),
        Some(Existence::Failed(failure)) => {
            let rule = if config.dmarc { &rule::DMARC_DNS_FAILED } else { &rule::DKIM_DNS_FAILED };
            let what = "whether the domain exists is not known";
            findings.push(unsaid(config, facts, rule, failure, what));
        }
        Some(Existence::Exists) | None => {}
    }
}

/// The finding of something that the DNS did not say, in the state that the operator gives to such
/// domains.
fn unsaid(
    config: &Config,
    facts: &Facts,
    rule: &'static Rule,
    failure: &Failure,
    what: &str,
) -> Finding {
    let finding = not_said(facts.resolver.as_ref(), rule, failure, what);
    let silent = failure.fault == Fault::Timeout;
    let state = if silent { config.when_silent } else { config.when_unreachable };
    match state.filter(|_| finding.code == rule.code) {
        Some(state) => finding.graded(state),
        None => finding,
    }
}

/// A finding for each place where a record is wrong, with the place pointed at.
fn wrong(rule: &'static Rule, whose: &str, text: &str, errors: &[SyntaxError]) -> Vec<Finding> {
    let told = errors.iter().take(MOST_ERRORS).map(|error| {
        // A blank alone would be cleaned away.
        let part = text.get(error.span.clone()).unwrap_or_default();
        let part = if part == " " { part.to_owned() } else { clean_to(part, PART) };
        let said = format!("{whose} is wrong at \"{part}\": {}", error.text);
        Finding::broken(rule, said).showing(point_at(text, &error.span))
    });
    told.collect()
}

fn consistency(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    if !config.consistency {
        return;
    }
    // A resolver that knows nothing is told once.
    for what in facts.unserved.iter().filter(|_| facts.resolver.is_none()) {
        let text = format!("no name server is known for {what}, so none was asked");
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    if facts.servers.is_empty() && facts.unserved.is_empty() {
        let text = "there is nothing for the name servers to agree on: no selector was named";
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    for zone in &facts.servers {
        findings.extend(servers::judge(zone, facts.resolver.as_ref()));
    }
}

/// What the run is about: the domain, or the author's where there is only a message.
fn target(facts: &Facts) -> String {
    let author = facts.mail.as_ref().and_then(|mail| mail.origin.author.domain());
    let domain = facts.domain.clone();
    domain.or_else(|| author.map(ToString::to_string)).unwrap_or_default()
}

/// The first line when all is well.
fn summary(facts: &Facts) -> String {
    let mut parts = Vec::new();
    parts.extend(facts.dmarc.as_ref().map(|dmarc| policy::summary(facts, dmarc)));
    parts.extend(facts.dkim.as_ref().and_then(dkim::summary));
    let of_domain = facts.domain.as_ref().map(|domain| format!("{domain} {}", parts.join(", ")));
    let of_mail = facts.mail.as_ref().map(message::summary);
    of_mail.into_iter().chain(of_domain).collect::<Vec<_>>().join("; ")
}

/// Every metric whose value is known.
fn metrics(facts: &Facts) -> Vec<Metric> {
    let mut metrics = Vec::new();
    metrics.extend(policy::metric(facts));
    metrics.extend(facts.dkim.iter().flat_map(dkim::metrics));
    metrics.push(Metric::new(&metrics::DNS_QUERIES, float(facts.queries)));
    metrics.push(Metric::new(&metrics::TIME, facts.time));
    metrics
}

/// The records, and what was asked.
fn evidence(facts: &Facts) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    evidence.extend(facts.dmarc.iter().flat_map(dmarc::evidence));
    evidence.extend(facts.dkim.iter().flat_map(dkim::evidence));
    evidence.extend(facts.mail.iter().flat_map(message::evidence));
    evidence.extend(facts.bimi.iter().flat_map(bimi::evidence));
    evidence.extend(facts.log.iter().map(|line| Evidence { level: 3, text: line.clone() }));
    evidence
}

#[expect(clippy::cast_precision_loss, reason = "numbers of questions and keys")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The end of a list of which only the first `most` are shown.
fn and_more(count: usize, most: usize) -> String {
    count
        .checked_sub(most)
        .filter(|more| *more > 0)
        .map_or(String::new(), |more| format!(" and {more} more"))
}

/// Errors of one record that are told.
const MOST_ERRORS: usize = 5;
/// Characters of a stranger's text in a sentence that goes on behind it.
const PART: usize = 30;

#[cfg(test)]
mod tests;
