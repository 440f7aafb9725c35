//! The units of systemd.

use mailhost_core::contract::{Finding, Metric, State, plural, rule, span};

use super::Verdict;
use crate::facts::{Restarted, UnitSeen, float};
use crate::metrics;
use crate::systemctl::Unit;

pub(super) fn judge(units: &[UnitSeen], verdict: &mut Verdict) {
    for seen in units {
        let Unit { name, load, active, sub, result, restarts } = &seen.unit;
        let lately = seen.restarted.filter(|it| it.times >= MANY);
        let often = if *restarts == 0 {
            String::new()
        } else {
            format!(", started again {} by systemd", plural(*restarts, "time", "times"))
        };
        // Of an end that nobody complains of there is no reason.
        let why = match result.as_str() {
            "" | "success" => String::new(),
            why => format!(": {why}"),
        };
        let finding = match (load.as_str(), active.as_str(), sub.as_str()) {
            ("not-found", ..) => Finding::broken(&rule::UNIT_UNKNOWN, "does not exist"),
            ("masked", "inactive", _) => {
                Finding::broken(&rule::UNIT_FAILED, "is masked, so that it cannot be started")
            }
            ("bad-setting" | "error", ..) => {
                Finding::broken(&rule::UNIT_FAILED, format!("cannot be loaded: {load}"))
            }
            (_, "failed", _) => {
                Finding::broken(&rule::UNIT_FAILED, format!("has failed{why}{often}"))
            }
            (_, "activating", "auto-restart" | "auto-restart-queued") => {
                let what = if why.is_empty() { "ends" } else { "fails" };
                let text = format!("{what} again and again{why}{often}");
                Finding::broken(&rule::UNIT_RESTARTS, text).graded(State::Critical)
            }
            (_, state, _) if runs(state) => {
                if let Some(Restarted { times, seconds }) = lately {
                    let (times, within) = (plural(times, "time", "times"), span(seconds));
                    let text = format!("was started again {times} within {within} by systemd");
                    Finding::broken(&rule::UNIT_RESTARTS, text)
                } else {
                    verdict.summary.push(format!("{name} {sub}"));
                    let exited = sub == "exited";
                    let hint = if exited { ", so nothing of it runs any more" } else { "" };
                    Finding::good("unit", format!("is {active} ({sub}){hint}{often}"))
                }
            }
            _ => Finding::broken(&rule::UNIT_STOPPED, format!("does not run: {active} ({sub})")),
        };
        verdict.findings.push(finding.about(name));
        let runs = float(runs(active).into());
        verdict.metrics.push(Metric::new(&metrics::UNIT_ACTIVE, runs).of(name));
        verdict.metrics.push(Metric::new(&metrics::UNIT_RESTARTS, float(*restarts)).of(name));
    }
}

/// Whether a unit works in this state, also while it reads its configuration again.
fn runs(active: &str) -> bool {
    matches!(active, "active" | "reloading" | "refreshing")
}

/// Times that systemd starts a unit again within about an hour, from which on it is told.
const MANY: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// The finding about a unit in a state.
    fn of(load: &str, active: &str, sub: &str, restarted: Option<(u64, f64)>) -> String {
        let unit = Unit {
            name: "postfix@-.service".to_owned(),
            load: load.to_owned(),
            active: active.to_owned(),
            sub: sub.to_owned(),
            result: "exit-code".to_owned(),
            restarts: restarted.map_or(0, |(count, _)| count),
        };
        let restarted = restarted.map(|(times, seconds)| Restarted { times, seconds });
        let mut verdict = Verdict::default();
        judge(&[UnitSeen { unit, restarted }], &mut verdict);
        let finding = &verdict.findings[0];
        format!("{} {}: {}", finding.state, finding.code, finding.text)
    }

    #[test]
    fn critical_units_that_do_not_run() {
        for (load, active, sub, restarted, said) in [
            ("loaded", "active", "running", None, "OK unit: is active (running)"),
            (
                "loaded",
                "active",
                "exited",
                None,
                "OK unit: is active (exited), so nothing of it runs any more",
            ),
            (
                "loaded",
                "active",
                "running",
                Some((2, 600.0)),
                "OK unit: is active (running), started again 2 times by systemd",
            ),
            (
                "loaded",
                "active",
                "running",
                Some((3, 600.0)),
                "WARNING unit-restarts: was started again 3 times within 10m by systemd",
            ),
            (
                "loaded",
                "inactive",
                "dead",
                None,
                "WARNING unit-stopped: does not run: inactive (dead)",
            ),
            (
                "loaded",
                "activating",
                "start",
                None,
                "WARNING unit-stopped: does not run: activating (start)",
            ),
            (
                "loaded",
                "activating",
                "auto-restart",
                Some((4, 60.0)),
                "CRITICAL unit-restarts: fails again and again: exit-code, started \
                 again 4 times by systemd",
            ),
            ("loaded", "refreshing", "refresh", None, "OK unit: is refreshing (refresh)"),
            ("loaded", "failed", "failed", None, "CRITICAL unit-failed: has failed: exit-code"),
            (
                "masked",
                "inactive",
                "dead",
                None,
                "CRITICAL unit-failed: is masked, so that it cannot be started",
            ),
            (
                "bad-setting",
                "inactive",
                "dead",
                None,
                "CRITICAL unit-failed: cannot be loaded: bad-setting",
            ),
            ("not-found", "inactive", "dead", None, "CRITICAL unit-unknown: does not exist"),
        ] {
            assert_eq!(of(load, active, sub, restarted), said);
        }
    }
}
