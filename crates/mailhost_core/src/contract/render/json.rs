//! One JSON object, for Zabbix and everything else that reads JSON.

use serde::Serialize;
use serde_json::{Value, json as object};

use super::LARGEST_OUTPUT;
use crate::contract::quantity::decimal;
use crate::contract::report::{Identity, Report};
use crate::contract::state::State;
use crate::contract::text::{clean, clean_to};

/// The report as one line of JSON.
///
/// State and code are in it because Zabbix ignores exit codes. It stays below 60 kB by dropping
/// detail, and says so in `dropped`: facts first, then good news, then the mildest findings where they
/// take more than half of it, then the last metrics.
pub fn json<F: Serialize>(plugin: Identity, report: &Report<F>) -> String {
    let mut facts = serde_json::to_value(&report.facts).unwrap_or(Value::Null);
    clean_all(&mut facts);
    if !facts.is_object() {
        facts = object!({});
    }
    let worst_first = report.findings_worst_first();
    // Good news stands behind the rest.
    let bad = worst_first.iter().filter(|finding| finding.state != State::Ok).count();
    let findings: Vec<Value> = worst_first
        .into_iter()
        .map(|finding| {
            object!({
                "code": finding.code,
                "state": finding.state.to_string(),
                "subject": finding.subject.as_deref().map(clean),
                "text": clean_to(&finding.text, TEXT),
                "action": finding.rule.map(|rule| rule.action),
                "moved_from": finding.moved_from.map(|state| state.to_string()),
            })
        })
        .collect();
    let metrics: Vec<Value> = report
        .metrics
        .iter()
        .filter(|metric| metric.value.is_finite())
        .map(|metric| {
            let range =
                |range: Option<_>| range.map(|range: crate::contract::Range| range.to_string());
            object!({
                "label": metric.label(),
                "instance": metric.instance.as_deref().map(clean),
                "value": number(&metric.value_text()),
                "unit": metric.spec.unit.symbol(),
                "warning": range(metric.thresholds.warning),
                "critical": range(metric.thresholds.critical),
                "min": metric.spec.min.map(|min| number(&decimal(min, 6))),
                "max": metric.max.map(|max| number(&decimal(max, 6))),
            })
        })
        .collect();
    let half = fitting(&findings, LARGEST_OUTPUT / 2).min(bad);
    let [findings, metrics] = [findings, metrics].map(Value::Array);
    let mut whole = object!({
        "plugin": plugin.binary(),
        "version": env!("CARGO_PKG_VERSION"),
        "target": clean(&report.target),
        "state": report.state().to_string(),
        "code": report.state().exit_code(),
        "summary": report.headline_within(TEXT),
    });
    // Moved in: the macro would copy them, and the facts can be large.
    for (name, part) in [("findings", findings), ("metrics", metrics), ("facts", facts)] {
        whole[name] = part;
    }
    let mut text = whole.to_string();
    let mut dropped = Vec::new();
    if text.len() > LARGEST_OUTPUT {
        dropped.push("facts");
        whole["facts"] = object!({});
        whole["dropped"] = object!(dropped);
        text = whole.to_string();
    }
    for (list, least) in [("findings", bad), ("findings", half), ("metrics", 0)] {
        if text.len() > LARGEST_OUTPUT {
            if !dropped.contains(&list) {
                dropped.push(list);
                whole["dropped"] = object!(dropped);
            }
            let excess = whole.to_string().len() - LARGEST_OUTPUT;
            if let Some(list) = whole[list].as_array_mut() {
                shorten(list, least, excess);
            }
            text = whole.to_string();
        }
    }
    text.push('\n');
    text
}

/// How many of a list take no more than so many bytes.
fn fitting(list: &[Value], most: usize) -> usize {
    let mut taken = 0;
    let fits = |it: &&Value| {
        taken += it.to_string().len() + 1;
        taken <= most
    };
    list.iter().take_while(fits).count()
}

/// Takes so many bytes from the end of a list, or as many as there are behind the first `least`.
fn shorten(list: &mut Vec<Value>, least: usize, excess: usize) {
    let mut taken = 0;
    while taken < excess && list.len() > least {
        // The comma goes with it.
        taken += list.pop().map_or(0, |last| last.to_string().len() + 1);
    }
}

/// A number exactly as perfdata shows it: `serde_json` would write 0.000002 as 2e-6.
fn number(text: &str) -> Value {
    text.parse().map_or(Value::Null, Value::Number)
}

/// Cleans every text of the facts, writes numbers plainly, and leaves out what is absent.
fn clean_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(list) => list.iter_mut().for_each(clean_all),
        // Rust's words for an outcome mean nothing to who reads JSON.
        Value::Object(map) if map.len() == 1 && map.contains_key("Ok") => {
            *value = map.remove("Ok").unwrap_or_default();
            clean_all(value);
        }
        Value::Object(map) if map.len() == 1 && map.contains_key("Err") => {
            let mut fault = map.remove("Err").unwrap_or_default();
            clean_all(&mut fault);
            *value = object!({ "fault": fault });
        }
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(clean_all);
        }
        Value::Number(plain) => {
            if let Some(fraction) = plain.as_f64().filter(|_| !plain.is_i64() && !plain.is_u64()) {
                *value = number(&decimal(fraction, 6));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Characters of one text.
const TEXT: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::finding::Finding;
    use crate::contract::perfdata::{Metric, Thresholds};
    use crate::contract::quantity::Unit;
    use crate::contract::range::Range;
    use crate::contract::rule;
    use crate::contract::sample::{PLUGIN, TIME};

    fn report<F>(findings: usize, metrics: usize, facts: F) -> Report<F> {
        let warning = Range::parse("1", Unit::Seconds).ok();
        let metric = || Metric::new(&TIME, 0.25).held_to(Thresholds { warning, critical: None });
        Report {
            target: "mail.example.org:25".to_owned(),
            lead: None,
            summary: String::new(),
            findings: (0..findings)
                .map(|_| Finding::broken(&rule::CERT_EXPIRED, "x|".repeat(700)))
                .collect(),
            metrics: (0..metrics).map(|_| metric()).collect(),
            evidence: Vec::new(),
            facts,
        }
    }

    #[test]
    fn critical_everything_is_in_the_object() {
        let text = json(PLUGIN, &report(1, 1, object!({ "greeting": ["220 <x>\u{1b}"] })));
        let value: Value = serde_json::from_str(&text).expect("valid");
        assert_eq!(value["plugin"], "check_smtp_banner");
        assert_eq!((&value["state"], &value["code"]), (&object!("CRITICAL"), &object!(2)));
        assert_eq!(value["findings"][0]["code"], "cert-expired");
        assert_eq!(value["findings"][0]["text"].as_str().map(str::len), Some(TEXT));
        assert_eq!(
            value["metrics"][0],
            object!({
                "label": "time", "instance": null, "value": number("0.25"), "unit": "s", "warning": "1",
                "critical": null, "min": 0, "max": null,
            }),
        );
        assert_eq!(value["facts"]["greeting"][0], "220 (x)?");
        assert!(value.get("dropped").is_none());
    }

    #[test]
    fn critical_good_news_and_metrics_go_before_what_is_wrong() {
        let long = |finding: Finding| Finding { text: "x".repeat(500), ..finding };
        let mut report = report(0, 500, ());
        let good = std::iter::repeat_with(|| long(Finding::good("greeting", ""))).take(100);
        report.findings = good.collect();
        let broken = || long(Finding::broken(&rule::CERT_EXPIRED, ""));
        report.findings.extend(std::iter::repeat_with(broken).take(40));
        let value: Value = serde_json::from_str(&json(PLUGIN, &report)).expect("valid");
        let (findings, metrics) = (value["findings"].as_array(), value["metrics"].as_array());
        assert_eq!(findings.map(Vec::len), Some(40));
        assert!(metrics.is_some_and(|it| (1..500).contains(&it.len())), "{metrics:?}");
        assert_eq!(value["dropped"], object!(["facts", "findings", "metrics"]));
        let size = json(PLUGIN, &report).len();
        assert!((LARGEST_OUTPUT - 700..=LARGEST_OUTPUT + 1).contains(&size), "{size}");
    }

    #[test]
    fn critical_outcomes_of_facts_are_the_value_or_the_fault() {
        let (good, bad): (Result<u8, &str>, Result<u8, &str>) = (Ok(7), Err("refused|"));
        let text = json(PLUGIN, &report(1, 0, object!({ "good": good, "bad": [bad] })));
        let value: Value = serde_json::from_str(&text).expect("valid");
        assert_eq!(value["facts"], object!({ "good": 7, "bad": [{ "fault": "refused!" }] }));
    }

    #[test]
    fn critical_detail_is_dropped_never_validity() {
        for (findings, facts) in [(1, "f".repeat(100_000)), (500, String::new())] {
            let text = json(PLUGIN, &report(findings, 500, object!({ "said": facts })));
            assert!(text.len() <= LARGEST_OUTPUT + 1, "{}", text.len());
            let value: Value = serde_json::from_str(&text).expect("valid");
            assert_eq!(value["state"], "CRITICAL");
            assert_eq!(value["dropped"][0], "facts");
        }
    }
}
