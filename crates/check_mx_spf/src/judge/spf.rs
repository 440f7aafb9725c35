//! The policy as a whole: whether it can be evaluated, what it costs, and whether it is what it was.

use std::collections::BTreeSet;

use mailhost_core::contract::{Finding, Metric, State, day, rule};

use super::{alias_conflict, count, not_said, plural, policy};
use crate::caret::point_at;
use crate::config::Config;
use crate::facts::{Facts, History, MxAnswer, Spf};
use crate::metrics;
use crate::spf::{Found, MOST_LOOKUPS, MOST_VOIDS, Node, Qualifier, Seen, Tree, Void};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(spf) = &facts.spf else { return };
    root(config, facts, spf, findings);
    for node in spf.tree.root.all() {
        of_record(facts, &spf.tree, node, findings);
    }
    if spf.tree.root.record().is_some() {
        limits(config, &spf.tree, findings);
        policy::judge(config, spf, findings);
    }
    over_time(config, facts, findings);
}

/// Whether the domain has a record of its own.
fn root(config: &Config, facts: &Facts, spf: &Spf, findings: &mut Vec<Finding>) {
    let root = &spf.tree.root;
    match &root.found {
        Found::Missing { name_exists: false, .. } => {
            let told = facts.mx.as_ref().is_some_and(|mx| mx.answer == MxAnswer::NoDomain);
            if !told {
                let text = "does not exist in the DNS";
                findings.push(Finding::broken(&rule::DOMAIN_NOT_FOUND, text));
            }
        }
        Found::Missing { look_alikes, undecodable, .. } => {
            policy::look_alikes(look_alikes, findings);
            policy::undecodable(*undecodable, findings);
            let text = if config.parked {
                "has no SPF record; a parked domain says v=spf1 -all"
            } else {
                "has no SPF record"
            };
            findings.push(Finding::broken(&rule::SPF_MISSING, text));
        }
        Found::One { text, .. } => findings.push(Finding::good("spf", text.clone())),
        _ => {}
    }
    if let Some(expected) = &config.expected_record {
        let is = match &root.found {
            Found::Several(all) => all.join(" and "),
            _ => root.text().unwrap_or("nothing").to_owned(),
        };
        // What is not known is told by its own finding.
        if is != *expected && !matches!(root.found, Found::Failed(_)) {
            let text = format!("SPF record is not the expected one: {is}");
            findings.push(Finding::broken(&rule::SPF_UNEXPECTED, text));
        }
    }
}

/// Whether a record can be evaluated at all.
fn of_record(facts: &Facts, tree: &Tree, node: &Node, findings: &mut Vec<Finding>) {
    let is_root = std::ptr::eq(node, &raw const tree.root);
    let whose = if is_root { "SPF".to_owned() } else { format!("SPF of {}", node.domain) };
    match &node.found {
        Found::Failed(failure) => {
            let what = format!("{whose} is not known");
            findings.push(not_said(facts, &rule::SPF_DNS_FAILED, failure, &what));
        }
        Found::Loop(round) => {
            let text = format!("SPF leads round in a circle: {}", round.join(", "));
            findings.push(Finding::broken(&rule::SPF_LOOP, text));
        }
        Found::Missing { name_exists, .. } if !is_root => {
            let why = if *name_exists { "has no SPF record" } else { "does not exist" };
            let text = format!("SPF leads to {}, which {why}", node.domain);
            findings.push(Finding::broken(&rule::SPF_TARGET_MISSING, text));
        }
        Found::NoName => {
            let text = format!("SPF leads to {}, which can be no name", node.domain);
            findings.push(Finding::broken(&rule::SPF_TARGET_MISSING, text));
        }
        Found::Several(all) => {
            let text = format!("{whose}: {} records, and only one may be there", all.len());
            findings.push(Finding::broken(&rule::SPF_SEVERAL, text));
        }
        Found::Wrong { text, errors } => {
            for error in errors.iter().take(MOST_ERRORS) {
                let part = text.get(error.span.clone()).unwrap_or_default();
                let [shown, carets] = point_at(text, &error.span);
                let said = format!("{whose} is wrong at \"{part}\": {}", error.text);
                findings.push(Finding::broken(&rule::SPF_SYNTAX, said).showing([shown, carets]));
            }
        }
        _ => {}
    }
    if let Some(conflict) = node.conflict.filter(|_| !is_root) {
        findings.push(alias_conflict(conflict, &node.domain));
    }
    for looked in &node.looked {
        match &looked.seen {
            Seen::Failed(failure) => {
                let what = format!("{} of {}", looked.term, node.domain);
                findings.push(not_said(facts, &rule::SPF_DNS_FAILED, failure, &what));
            }
            Seen::Exchangers { count, without, .. } => {
                if *count > MOST_MX {
                    let text = format!(
                        "SPF {} of {} leads to {count} MX records, more than 10",
                        looked.term, node.domain
                    );
                    findings.push(Finding::broken(&rule::SPF_MX_LIMIT, text));
                }
                for host in without {
                    let text = format!(
                        "SPF {} of {} leads to {host}, which has no address",
                        looked.term, node.domain
                    );
                    findings.push(Finding::broken(&rule::SPF_MX_UNRESOLVABLE, text));
                }
            }
            Seen::NoHost(name) => {
                let text = format!(
                    "SPF {} of {} is about {name}, which has no address",
                    looked.term, node.domain
                );
                findings.push(Finding::broken(&rule::SPF_PTR, text));
            }
            Seen::NoName => {
                let text = format!(
                    "SPF {} of {} can be no name: it never matches",
                    looked.term, node.domain
                );
                findings.push(Finding::broken(&rule::SPF_VOIDS, text));
            }
            _ => {}
        }
    }
}

/// The processing limits (RFC 7208 section 4.6.4).
fn limits(config: &Config, tree: &Tree, findings: &mut Vec<Finding>) {
    let lookups = tree.root.lookups;
    let least = if tree.cut { "at least " } else { "" };
    let text = format!("SPF needs {least}{lookups} look-ups, of {MOST_LOOKUPS} that may be");
    match config.lookups.broken_from(lookups.into(), !tree.cut) {
        Some((state, range)) => {
            let which = if state == State::Critical { "critical" } else { "warning" };
            let text = format!("{text} ({which} range {range})");
            findings.push(Finding::broken(&rule::SPF_LOOKUPS, text).graded(state));
        }
        None => findings.push(Finding::good("lookups", text)),
    }
    voids(tree, findings);
}

/// Terms that lead to nothing, for all clients or for those of one family.
fn voids(tree: &Tree, findings: &mut Vec<Finding>) {
    let list = |voids: &[&Void]| {
        let each = voids.iter().map(|void| format!("{} of {}", void.term, void.domain));
        each.collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&Void> = tree.voids.iter().collect();
    if !all.is_empty() {
        let terms = plural(all.len(), "term leads", "terms lead");
        let text = format!("SPF: {terms} to nothing in the DNS: {}", list(&all));
        let state = if all.len() > MOST_VOIDS { State::Critical } else { State::Warning };
        findings.push(Finding::broken(&rule::SPF_VOIDS, text).graded(state));
    }
    for (family, more) in [("IPv4", &tree.voids_ipv4), ("IPv6", &tree.voids_ipv6)] {
        let together: Vec<&Void> = all.iter().copied().chain(more).collect();
        if all.len() <= MOST_VOIDS && together.len() > MOST_VOIDS {
            let text = format!(
                "SPF: {} terms have no {family} address, and a client may meet {MOST_VOIDS}: {}",
                together.len(),
                list(&together)
            );
            findings.push(Finding::broken(&rule::SPF_VOIDS, text));
        }
    }
}

/// What changed since earlier runs.
fn over_time(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    match &facts.history {
        Some(History::Known(past)) => {
            let text = if past.since < facts.now {
                format!("seen unchanged since {}", day(past.since))
            } else {
                "seen like this for the first time".to_owned()
            };
            findings.push(Finding::good("spf-record", text));
            if let Some(change) = &past.change
                && facts.now - change.at < A_DAY
            {
                let list = |sign: &str, all: &[String]| {
                    let shown = all.iter().take(MOST_NETWORKS).map(|it| format!("{sign}{it}"));
                    shown.collect::<Vec<_>>().join(" ")
                };
                let text = format!(
                    "SPF networks changed {} ago: {} {}",
                    span(facts.now - change.at),
                    list("+", &change.added),
                    list("-", &change.removed),
                );
                findings.push(Finding::broken(&rule::SPF_NETWORKS_CHANGED, text.trim_end()));
            }
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
            let age = (facts.now - past.since) as f64;
            if config.max_record_age.is_some_and(|most| age > most) {
                let text = format!("SPF record has not changed since {}", day(past.since));
                findings.push(Finding::broken(&rule::SPF_RECORD_OLD, text));
            }
        }
        Some(History::Unusable(why)) => {
            let state = if config.max_record_age.is_some() { State::Unknown } else { State::Ok };
            let text = format!("nothing is known of earlier runs: {why}");
            findings.push(Finding::broken(&rule::STATE_UNUSABLE, text).graded(state));
        }
        None => {}
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

pub(super) fn summary(spf: &Spf) -> String {
    let root = &spf.tree.root;
    let what = match &root.found {
        Found::One { .. } => {
            let lookups = root.lookups;
            let own = root.all().into_iter().rfind(|node| node.own);
            let end = match own.and_then(|node| node.record()?.all()) {
                Some((_, Qualifier::Fail)) => " ends in -all",
                Some((_, Qualifier::SoftFail)) => " ends in ~all",
                Some((_, Qualifier::Neutral)) => " ends in ?all",
                Some((_, Qualifier::Pass)) => " ends in +all",
                None => "",
            };
            return format!("SPF{end} with {lookups} of {MOST_LOOKUPS} look-ups");
        }
        Found::Missing { .. } => "no SPF",
        Found::Several(_) | Found::Wrong { .. } => "SPF is wrong",
        _ => "SPF is not known",
    };
    what.to_owned()
}

pub(super) fn metrics(config: &Config, spf: &Spf) -> Vec<Metric> {
    let tree = &spf.tree;
    let Some(text) = tree.root.text() else { return Vec::new() };
    let mut metrics = Vec::new();
    if tree.root.record().is_some() {
        let networks: BTreeSet<_> = tree.networks.iter().map(|it| it.network).collect();
        let lookups = Metric::new(&metrics::LOOKUPS, tree.root.lookups.into());
        metrics.push(lookups.held_to(config.lookups));
        metrics.push(Metric::new(&metrics::VOID_LOOKUPS, count(tree.voids.len())));
        metrics.push(Metric::new(&metrics::NETWORKS, count(networks.len())));
    }
    // Bytes that are no text were replaced.
    if text.is_ascii() {
        metrics.push(Metric::new(&metrics::RECORD_BYTES, count(text.len())));
    }
    metrics
}

/// Errors of one record that are told.
const MOST_ERRORS: usize = 5;
/// MX records that one mx term may lead to.
const MOST_MX: usize = 10;
/// Changed networks that are named.
const MOST_NETWORKS: usize = 8;
/// Seconds for which a change is news.
const A_DAY: i64 = 86_400;
