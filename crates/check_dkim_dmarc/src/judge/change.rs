//! What changed since earlier runs.

use mailhost_core::contract::{Finding, State, day, rule};

use crate::config::Config;
use crate::facts::{Facts, History};
use crate::history::{self, A_DAY, RECORD, Seen};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let past = match &facts.history {
        Some(History::Known(past)) => past,
        Some(History::Unusable(why)) => {
            let state = if config.max_key_age.is_some() { State::Unknown } else { State::Ok };
            let text = format!("nothing is known of earlier runs: {why}");
            findings.push(Finding::broken(&rule::STATE_UNUSABLE, text).graded(state));
            return;
        }
        None => return,
    };
    for what in history::seen(facts).keys() {
        if let Some(seen) = past.0.get(what) {
            one(config, facts, what, seen, findings);
        }
    }
}

fn one(config: &Config, facts: &Facts, what: &str, seen: &Seen, findings: &mut Vec<Finding>) {
    let is_key = what != RECORD;
    let age = facts.now.saturating_sub(seen.since);
    if let Some(before) = seen.before.as_ref().filter(|_| age < A_DAY) {
        let rule = if is_key { &rule::DKIM_KEY_CHANGED } else { &rule::DMARC_RECORD_CHANGED };
        let named = |value: &str| if value.is_empty() { "nothing" } else { value }.to_owned();
        let text = format!("{what} was changed within a day: it was {}", named(before));
        findings.push(Finding::broken(rule, text));
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
    let age = age as f64;
    if is_key && !seen.value.is_empty() && config.max_key_age.is_some_and(|most| age > most) {
        let text = format!("{what} has not changed since {}", day(seen.since));
        findings.push(Finding::broken(&rule::DKIM_KEY_OLD, text));
        return;
    }
    let text = if age > 0.0 {
        format!("{what} seen unchanged since {}", day(seen.since))
    } else {
        format!("{what} seen like this for the first time")
    };
    findings.push(Finding::good("history", text));
}
