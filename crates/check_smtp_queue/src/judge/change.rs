//! What changed since an earlier run.

use mailhost_core::contract::{Finding, Metric, Range, State, Thresholds, rule, span};

use super::sums::Sum;
use super::text::outside;
use crate::args::Subject;
use crate::config::{Config, is_set};
use crate::facts::Facts;
use crate::history::{Change, Processed, Rates};
use crate::metrics::{DRAIN, GROWTH, RATE};

/// Adds a finding for every rate outside its range, and says why there is none.
pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let limits = &config.limits;
    let asked = is_set(limits.rate) || is_set(limits.growth);
    if let Some(fault) = &facts.state_fault {
        let text = format!("no rates: {fault}");
        let state = if asked { State::Unknown } else { rule::STATE_UNUSABLE.usual };
        findings.push(Finding::broken(&rule::STATE_UNUSABLE, text).graded(state));
    }
    match &facts.change {
        Change::Known(rates) => {
            findings.push(Finding::good("rates", text(rates)));
            of_rates(config, facts, rates, findings);
        }
        // A mail system of which nothing was seen has a finding of its own.
        Change::Incomplete if asked && facts.systems.iter().all(|it| it.view.is_ok()) => {
            let text = "no rates: not all messages were counted";
            findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        }
        Change::Incomplete => {
            findings.push(Finding::good("rates", "no rates: not all messages were counted"));
        }
        Change::FirstRun | Change::TooSoon if facts.state_fault.is_some() => {}
        Change::FirstRun => findings.push(Finding::good("rates", FIRST_RUN)),
        Change::TooSoon => findings.push(Finding::good("rates", TOO_SOON)),
    }
}

fn of_rates(config: &Config, facts: &Facts, rates: &Rates, findings: &mut Vec<Finding>) {
    let limits = &config.limits;
    let is_empty = Sum::of(facts, Subject::Total).is_some_and(|sum| sum.tally.count == 0);
    match rates.processed {
        Processed::Known { rate, least, most } if !is_empty => {
            let said = format!("processes {rate:.1} messages a minute");
            // A queue with one message in it cannot process fifty: a range that nothing could have
            // kept says nothing.
            let could_be_kept = |range: &Range| range.can_be_kept_up_to(rates.possible.max(most));
            let thresholds = Thresholds {
                warning: limits.rate.warning.filter(could_be_kept),
                critical: limits.rate.critical.filter(could_be_kept),
            };
            // It breaks wherever it lies between its bounds.
            let broken = thresholds.worst(|range| range.alerts(least) && range.alerts(most));
            findings.extend(
                broken.map(|(state, range)| outside(&rule::RATE_THRESHOLD, &said, state, range)),
            );
        }
        Processed::Untold if is_set(limits.rate) && !is_empty => {
            let text = "no rate: this way tells the number of messages, but not which they are";
            findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        }
        _ => {}
    }
    let said = format!("queue grows by {:.1} messages a minute", rates.growth);
    let broken = limits.growth.broken_by(rates.growth);
    findings
        .extend(broken.map(|(state, range)| outside(&rule::GROWTH_THRESHOLD, &said, state, range)));
}

/// What the first line says of it when all is well.
pub(super) fn summary(config: &Config, facts: &Facts) -> Option<String> {
    let asked = is_set(config.limits.rate) || is_set(config.limits.growth);
    match &facts.change {
        Change::FirstRun if asked => Some(FIRST_RUN.to_owned()),
        Change::TooSoon if asked => Some(TOO_SOON.to_owned()),
        Change::Known(rates) => {
            let drain = rates.drain.filter(|drain| *drain > 0.0)?;
            Some(format!("empty in {}", span(drain)))
        }
        _ => None,
    }
}

/// Every metric of it.
pub(super) fn metrics(config: &Config, facts: &Facts) -> Vec<Metric> {
    let Change::Known(rates) = &facts.change else { return Vec::new() };
    let mut metrics = Vec::new();
    if let Processed::Known { rate, .. } = rates.processed {
        metrics.push(Metric::new(&RATE, rate).held_to(config.limits.rate));
    }
    metrics.push(Metric::new(&GROWTH, rates.growth).held_to(config.limits.growth));
    metrics.extend(rates.drain.map(|drain| Metric::new(&DRAIN, drain)));
    metrics
}

fn text(rates: &Rates) -> String {
    let processed = match rates.processed {
        Processed::Known { rate, least, most } if most > least => {
            format!("{rate:.1} messages a minute processed ({least:.1} to {most:.1}), ")
        }
        Processed::Known { rate, .. } => format!("{rate:.1} messages a minute processed, "),
        Processed::Idle | Processed::Untold => String::new(),
    };
    let drain = rates.drain.filter(|drain| *drain > 0.0);
    let drain = drain.map_or(String::new(), |drain| format!(", empty in {}", span(drain)));
    format!(
        "{processed}grows by {:.1} a minute{drain}, in the last {}",
        rates.growth,
        span(rates.seconds)
    )
}

const FIRST_RUN: &str = "first run, no rates yet";
const TOO_SOON: &str = "first run was less than 30 s ago, no rates yet";
