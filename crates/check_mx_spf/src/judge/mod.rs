//! Weighs what was seen. Pure: no clock, no socket, no file.

mod client;
mod mx;
mod policy;
mod spf;
mod tree;

use mailhost_core::contract::{Evidence, Finding, Metric, Report};
use mailhost_core::mail::{alias_conflict, once, servers};

use crate::config::Config;
use crate::facts::Facts;
use crate::metrics;

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut findings = Vec::new();
    client::judge(config, &facts, &mut findings);
    alias(&facts, &mut findings);
    mx::judge(config, &facts, &mut findings);
    if config.consistency {
        findings.extend(servers::judge(&facts.servers, facts.resolver.as_ref()));
    }
    spf::judge(config, &facts, &mut findings);
    once(&mut findings);
    Report {
        target: target(&facts),
        lead: facts.evaluation.as_ref().map(client::lead),
        summary: summary(&facts),
        metrics: metrics(config, &facts),
        evidence: evidence(&facts),
        findings,
        facts,
    }
}

fn alias(facts: &Facts, findings: &mut Vec<Finding>) {
    let target = facts.alias.target.as_ref();
    if let Some(conflict) = facts.alias.conflict {
        findings.push(alias_conflict(conflict, ""));
    } else if let Some(target) = target {
        findings.push(Finding::good("alias", format!("the domain is an alias of {target}")));
    }
}

/// The domain that the run is about.
fn target(facts: &Facts) -> String {
    let evaluated = facts.evaluation.as_ref().map(|evaluation| &evaluation.domain);
    facts.domain.as_ref().or(evaluated).cloned().unwrap_or_default()
}

/// The first line when all is well.
fn summary(facts: &Facts) -> String {
    let mut parts = Vec::new();
    parts.extend(facts.mx.as_ref().map(mx::summary));
    parts.extend(facts.spf.as_ref().map(spf::summary));
    let of_domain = format!("{} {}", target(facts), parts.join(", "));
    match &facts.evaluation {
        Some(evaluation) if parts.is_empty() => client::summary(evaluation),
        Some(evaluation) => format!("{}; {of_domain}", client::summary(evaluation)),
        None => of_domain,
    }
}

/// What was asked, and the tree of records.
fn evidence(facts: &Facts) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if let Some(spf) = &facts.spf {
        evidence.extend(tree::evidence(&spf.tree));
    }
    evidence.extend(mx::evidence(facts));
    evidence.extend(facts.log.iter().map(|line| Evidence { level: 3, text: line.clone() }));
    evidence
}

/// Every metric whose value is known.
fn metrics(config: &Config, facts: &Facts) -> Vec<Metric> {
    let mut metrics = Vec::new();
    if let Some(spf) = &facts.spf {
        metrics.extend(spf::metrics(config, spf));
    }
    if let Some(mx) = &facts.mx {
        metrics.extend(mx::metrics(config, mx));
    }
    metrics.push(Metric::new(&metrics::DNS_QUERIES, float(facts.queries)));
    metrics.push(Metric::new(&metrics::TIME, facts.time));
    metrics
}

#[expect(clippy::cast_precision_loss, reason = "numbers of records and questions")]
fn float(number: u64) -> f64 {
    number as f64
}

fn count(number: usize) -> f64 {
    float(number as u64)
}
