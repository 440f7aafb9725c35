//! The policy as a whole: whether it can be evaluated, what it costs, and whether it is what it was.

use std::collections::BTreeSet;

use mailhost_core::contract::{Finding, Metric, State, day, plural, rule};
use mailhost_core::mail::spf::{
    Found, Looked, MOST_EXCHANGERS, MOST_LOOKUPS, MOST_VOIDS, Node, Published, Qualifier, Seen,
    Tree, Void,
};
use mailhost_core::mail::{MxAnswer, alias_conflict, no_such_domain, not_said, point_at};

use super::{count, policy};
use crate::config::Config;
use crate::facts::{Facts, History, Mx, Spf};
use crate::metrics;

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(spf) = &facts.spf else { return };
    let nodes = spf.tree.root.all();
    policy::names(facts, spf, &nodes, findings);
    root(config, facts, spf, findings);
    for (at, node) in nodes.iter().enumerate() {
        let whose = if at == 0 { "SPF".to_owned() } else { format!("SPF of {}", node.domain) };
        of_record(facts, node, &whose, at == 0, findings);
        for looked in &node.looked {
            of_term(facts, node, looked, findings);
        }
    }
    if spf.tree.root.record().is_some() {
        limits(config, &spf.tree, findings);
    }
    policy::judge(config, spf, &nodes, findings);
    over_time(config, facts, findings);
}

/// Whether the domain has a record of its own.
fn root(config: &Config, facts: &Facts, spf: &Spf, findings: &mut Vec<Finding>) {
    let root = &spf.tree.root;
    match root.published() {
        Some(Published::Missing { name_exists: false }) => {
            let no_domain = |mx: &Mx| matches!(mx.answer, MxAnswer::NoDomain(_));
            if !facts.mx.as_ref().is_some_and(no_domain) {
                let alias = root.policy().and_then(|policy| policy.alias.as_ref());
                findings.push(no_such_domain(alias));
            }
        }
        Some(Published::Missing { .. }) => {
            let text = if config.parked {
                "has no SPF record; a parked domain says v=spf1 -all"
            } else {
                "has no SPF record"
            };
            findings.push(Finding::broken(&rule::SPF_MISSING, text));
        }
        Some(Published::One { text, .. }) => findings.push(Finding::good("spf", text.clone())),
        _ => {}
    }
    if let Some(expected) = &config.expected_record {
        let is = match root.published() {
            // What is not known is told by its own finding.
            None | Some(Published::Failed(_)) => return,
            Some(Published::Several(all)) => all.join(" and "),
            Some(_) => root.text().unwrap_or("nothing").to_owned(),
        };
        if is != *expected {
            let text = format!("SPF record is not the expected one: {is}");
            findings.push(Finding::broken(&rule::SPF_UNEXPECTED, text));
        }
    }
}

/// Whether a record can be evaluated at all.
fn of_record(facts: &Facts, node: &Node, whose: &str, is_root: bool, findings: &mut Vec<Finding>) {
    match &node.found {
        Found::Loop(round) => {
            let text = format!("SPF leads round in a circle: {}", round.join(", "));
            findings.push(Finding::broken(&rule::SPF_LOOP, text));
        }
        Found::NoName(why) if is_root => {
            findings.push(Finding::broken(&rule::SPF_MISSING, format!("can have no SPF: {why}")));
        }
        Found::NoName(why) => {
            let text = format!("SPF leads to what can have no record: {why}");
            findings.push(Finding::broken(&rule::SPF_TARGET_MISSING, text));
        }
        // Told once, with the limits.
        Found::TooMany => {}
        Found::Policy(policy) => {
            if let Some(conflict) = policy.conflict.filter(|_| !is_root) {
                findings.push(alias_conflict(conflict, &node.domain));
            }
            of_published(facts, node, whose, is_root, findings);
        }
    }
}

fn of_published(
    facts: &Facts,
    node: &Node,
    whose: &str,
    is_root: bool,
    findings: &mut Vec<Finding>,
) {
    match node.published() {
        Some(Published::Failed(failure)) => {
            let what = format!("{whose} is not known");
            findings.push(not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, &what));
        }
        Some(Published::Missing { name_exists }) if !is_root => {
            let why = if *name_exists { "has no SPF record" } else { "does not exist" };
            let text = format!("SPF leads to {}, which {why}", node.domain);
            findings.push(Finding::broken(&rule::SPF_TARGET_MISSING, text));
        }
        Some(Published::Several(all)) => {
            let text = format!("{whose}: {} records, and only one may be there", all.len());
            findings.push(Finding::broken(&rule::SPF_SEVERAL, text));
        }
        Some(Published::Wrong { text, errors }) => {
            for error in errors.iter().take(MOST_ERRORS) {
                let part = text.get(error.span.clone()).unwrap_or_default();
                let said = format!("{whose} is wrong at \"{part}\": {}", error.text);
                let finding = Finding::broken(&rule::SPF_SYNTAX, said);
                findings.push(finding.showing(point_at(text, &error.span)));
            }
        }
        _ => {}
    }
}

/// What the DNS says of a term other than an include or redirect.
fn of_term(facts: &Facts, node: &Node, looked: &Looked, findings: &mut Vec<Finding>) {
    let term = format!("{} of {}", looked.term, node.domain);
    if let Some(failure) = &looked.failure {
        findings.push(not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, &term));
    }
    match &looked.seen {
        Seen::Exchangers { count, without, .. } => {
            if *count > MOST_EXCHANGERS {
                let most = MOST_EXCHANGERS;
                let text = format!("SPF {term} leads to {count} MX records, more than {most}");
                findings.push(Finding::broken(&rule::SPF_MX_LIMIT, text));
            }
            for host in without {
                let text = format!("SPF {term} leads to {host}, which has no address");
                findings.push(Finding::broken(&rule::SPF_MX_UNRESOLVABLE, text));
            }
        }
        Seen::NoHost(name) => {
            let text = format!("SPF {term} is about {name}, which has no address");
            findings.push(Finding::broken(&rule::SPF_PTR, text));
        }
        Seen::NoName => {
            let text = format!("SPF {term} is no valid name, so it never matches");
            findings.push(Finding::broken(&rule::SPF_BAD_NAME, text));
        }
        _ => {}
    }
}

/// The processing limits (RFC 7208 section 4.6.4).
fn limits(config: &Config, tree: &Tree, findings: &mut Vec<Finding>) {
    let (lookups, whole) = (tree.root.lookups, tree.is_whole());
    let least = if whole { "" } else { "at least " };
    let needs = plural(lookups, "look-up", "look-ups");
    let text = format!("SPF needs {least}{needs}, of at most {MOST_LOOKUPS}");
    match config.lookups.broken_from(lookups.into(), whole) {
        Some((state, range)) => {
            let which = if state == State::Critical { "critical" } else { "warning" };
            let text = format!("{text} ({which} range {range})");
            findings.push(Finding::broken(&rule::SPF_LOOKUPS, text).graded(state));
        }
        None => findings.push(Finding::good("lookups", text)),
    }
    if tree.cut {
        let text = "not all of SPF was looked at: it has too many records or terms";
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    voids(tree, findings);
}

/// Terms that lead to nothing, for all clients or for those of one family.
fn voids(tree: &Tree, findings: &mut Vec<Finding>) {
    let list = |voids: &[&Void]| {
        let each = voids.iter().map(ToString::to_string);
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
                "SPF: {} terms have no {family} address, and an {family} client may meet {MOST_VOIDS} \
                 at most: {}",
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
                && facts.now.saturating_sub(change.at) < A_DAY
            {
                let added = change.added.iter().map(|it| format!("+{it}"));
                let all = added.chain(change.removed.iter().map(|it| format!("-{it}")));
                let mut shown: Vec<String> = all.collect();
                let more = shown.len().saturating_sub(MOST_NETWORKS);
                shown.truncate(MOST_NETWORKS);
                if more > 0 {
                    shown.push(format!("and {more} more"));
                }
                let ago = span(facts.now.saturating_sub(change.at));
                let text = format!("SPF networks changed {ago} ago: {}", shown.join(" "));
                findings.push(Finding::broken(&rule::SPF_NETWORKS_CHANGED, text));
            }
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
            let age = facts.now.saturating_sub(past.since) as f64;
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
    let what = match root.published() {
        Some(Published::One { .. }) => {
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
        Some(Published::Missing { .. }) => "no SPF",
        Some(Published::Several(_) | Published::Wrong { .. }) => "SPF is wrong",
        _ => "SPF is not known",
    };
    what.to_owned()
}

pub(super) fn metrics(config: &Config, spf: &Spf) -> Vec<Metric> {
    let tree = &spf.tree;
    let Some(text) = tree.root.text() else { return Vec::new() };
    let mut metrics = Vec::new();
    // A part of a policy says nothing about the whole.
    if tree.root.record().is_some() && tree.is_whole() {
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
/// Changed networks that are named.
const MOST_NETWORKS: usize = 8;
/// Seconds for which a change is news.
const A_DAY: i64 = 86_400;
