//! Who sends, where it goes, and why it waits.

use mailhost_core::contract::{Evidence, Finding, Metric, Rule, Thresholds, rule};

use super::sums::seen;
use super::text::{messages, outside};
use crate::config::{Config, is_set};
use crate::facts::{Detail, Facts, Share};
use crate::metrics::{NULL_SENDERS, NULL_SHARE, TOP_DESTINATION, TOP_SENDER};

/// Adds a finding for a sender or a destination domain above its limit, and for what could not be
/// looked at.
pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    if config.top.is_none() {
        return;
    }
    let limits = &config.limits;
    let exact = is_whole(facts);
    if let Some(detail) = &facts.detail {
        let sender = detail.senders.first();
        findings.extend(above(sender, limits.sender, &rule::SENDER_THRESHOLD, "from", exact));
        let domain = detail.destinations.first();
        let rule = &rule::DESTINATION_THRESHOLD;
        findings.extend(above(domain, limits.destination, rule, "for", exact));
        let share = share_of_null(detail);
        let text =
            format!("{} of {} without a sender, {share:.0} %", detail.null_senders, detail.read);
        findings.push(Finding::good("null-senders", text));
    }
    if is_set(limits.sender) || is_set(limits.destination) {
        findings.extend(not_told(facts).map(|why| {
            let text = format!("senders and destinations were not looked at: {why}");
            Finding::broken(&rule::NOT_LOOKED_AT, text)
        }));
    }
}

/// Whether all messages of all mail systems were read.
fn is_whole(facts: &Facts) -> bool {
    facts.systems.iter().all(|system| {
        let whole = |view: &crate::facts::View| view.stopped_after.is_none();
        system.tells_detail() && system.view.as_ref().is_ok_and(whole)
    })
}

fn above(
    first: Option<&Share>,
    thresholds: Thresholds,
    rule: &'static Rule,
    word: &str,
    exact: bool,
) -> Option<Finding> {
    let first = first?;
    let value = count(first.count);
    let (state, range) = thresholds.broken_from(value, exact)?;
    let least = if exact { "" } else { "at least " };
    let text = format!("{least}{} {word} {}", messages(first.count), first.name);
    let finding = outside(rule, &text, state, range);
    let why = first.reason.as_ref().map(|reason| format!(": {reason}"));
    Some(Finding { text: finding.text + &why.unwrap_or_default(), ..finding })
}

/// What `--top` asks for; it is shown without `-v`, because the operator asked.
pub(super) fn evidence(config: &Config, facts: &Facts) -> Vec<Evidence> {
    if config.shown == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(detail) = &facts.detail {
        for (kind, shares) in [
            ("sender", &detail.senders),
            ("destination", &detail.destinations),
            ("reason", &detail.reasons),
        ] {
            lines.extend(shares.iter().take(config.shown).map(|share| {
                let reason = share.reason.as_ref().map_or(String::new(), |it| format!(" - {it}"));
                format!("{kind} {} x {}{reason}", share.count, share.name)
            }));
        }
        if detail.null_senders > 0 {
            let (number, share) = (detail.null_senders, share_of_null(detail));
            lines.push(format!("no sender {number} ({share:.0} %), bounces and reports"));
        }
    }
    let not_told = not_told(facts);
    lines.extend(not_told.map(|why| format!("senders and destinations were not looked at: {why}")));
    lines.into_iter().map(|text| Evidence { level: 0, text }).collect()
}

/// Every metric of it.
pub(super) fn metrics(config: &Config, facts: &Facts) -> Vec<Metric> {
    let Some(detail) = &facts.detail else { return Vec::new() };
    let first = |shares: &[Share]| count(shares.first().map_or(0, |share| share.count));
    vec![
        Metric::new(&NULL_SENDERS, count(detail.null_senders)),
        Metric::new(&NULL_SHARE, share_of_null(detail)),
        Metric::new(&TOP_SENDER, first(&detail.senders)).held_to(config.limits.sender),
        Metric::new(&TOP_DESTINATION, first(&detail.destinations))
            .held_to(config.limits.destination),
    ]
}

/// Why it is not known of all messages, for each queue that could be looked at.
fn not_told(facts: &Facts) -> impl Iterator<Item = String> {
    seen(facts).filter_map(|(system, view)| {
        let why = match (&view.no_detail, view.stopped_after) {
            (Some(why), _) => why.clone(),
            (None, Some(after)) => format!("stopped after {after:.1} s"),
            (None, None) => return None,
        };
        let one_of_many = facts.systems.len() > 1;
        Some(if one_of_many { format!("{}: {why}", system.name) } else { why })
    })
}

fn share_of_null(detail: &Detail) -> f64 {
    if detail.read == 0 { 0.0 } else { 100.0 * count(detail.null_senders) / count(detail.read) }
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 messages")]
fn count(count: u64) -> f64 {
    count as f64
}
