//! What the packages bring for Prometheus: alarms, and a dashboard. They name metrics that there are, and
//! Prometheus understands them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mailhost_core::contract::Unit;
use mailhost_tests::skip;
use regex_lite::Regex;
use serde_json::{Value, json};

use crate::docs::PLUGINS;
use crate::promtool::promtool;

#[test]
fn ok_promtool_understands_the_alarms_and_they_fire_and_recover() {
    let promtool = match promtool() {
        Ok(promtool) => promtool,
        Err(reason) => return skip("suite/alarms", reason),
    };
    for (what, file) in [("check", "mailhost.rules.yml"), ("test", "mailhost.rules.test.yml")] {
        let judged = Command::new(&promtool).args([what, "rules"]).arg(packaged(file)).output();
        let judged = judged.expect("promtool runs");
        assert!(judged.status.success(), "{what} {file}: {judged:?}");
    }
}

/// An alarm without a test may never have fired.
#[test]
fn ok_every_alarm_has_a_case_that_fires_and_one_that_does_not() {
    let (rules, tests) = (read("mailhost.rules.yml"), read("mailhost.rules.test.yml"));
    let mut seen = 0;
    for alarm in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        seen += 1;
        assert!(tests.contains(&format!("alertname: {alarm}\n")), "{alarm} never fires");
        let quiet = format!("alertname: {alarm}, exp_alerts: []");
        assert!(tests.contains(&quiet), "{alarm} always fires");
        let rest = rules.split_once(&format!("- alert: {alarm}\n")).expect("it was there").1;
        let rule = rest.split("- alert: ").next().expect("a beginning");
        for wanted in ["severity: ", "summary: ", "action: "] {
            assert!(rule.contains(wanted), "{alarm} has no {wanted}");
        }
    }
    assert_eq!(seen, 15);
}

#[test]
fn ok_the_alarms_name_metrics_that_there_are() {
    hold_names(&read("mailhost.rules.yml"));
}

#[test]
fn ok_the_dashboard_asks_for_metrics_that_there_are_and_prometheus_understands_it() {
    let dashboard: Value = serde_json::from_str(&read("mailhost.json")).expect("JSON");
    assert_eq!(dashboard["time"]["from"], "now-30d");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut rules = Vec::new();
    for target in targets {
        let expression = target["expr"].as_str().expect("an expression");
        hold_names(expression);
        // What Grafana puts in when all are chosen.
        let expression = expression.replace("$instance", ".*").replace("$check", ".*");
        assert!(!expression.contains('$'), "{expression}");
        rules.push(json!({"record": format!("panel:{}", rules.len()), "expr": expression}));
    }
    assert!(rules.len() >= 25, "only {} expressions", rules.len());
    let ids: BTreeSet<i64> =
        panels.iter().map(|panel| panel["id"].as_i64().expect("an id")).collect();
    assert_eq!(ids.len(), panels.len(), "two panels have one id");
    for variable in dashboard["templating"]["list"].as_array().expect("variables") {
        hold_names(variable["query"].as_str().expect("a query"));
    }
    let promtool = match promtool() {
        Ok(promtool) => promtool,
        Err(reason) => return skip("suite/dashboard", reason),
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("rules.yml");
    let text = json!({"groups": [{"name": "dashboard", "rules": rules}]}).to_string();
    fs::write(&file, text).expect("a file");
    let judged = Command::new(&promtool).args(["check", "rules"]).arg(&file).output();
    let judged = judged.expect("promtool runs");
    assert!(judged.status.success(), "{judged:?}");
}

/// Holds every metric that a text names, and every pattern of names, to be one that there is.
#[track_caller]
fn hold_names(text: &str) {
    let known = names();
    let pattern = Regex::new(r#"__name__=~['"]([^'"]+)['"]"#).expect("a pattern");
    for found in pattern.captures_iter(text) {
        let whole = Regex::new(&format!("^(?:{})$", &found[1])).expect("a pattern in the text");
        assert!(known.iter().any(|name| whole.is_match(name)), "{} is no metric", &found[1]);
        // All that it lists, not some of it.
        if let Some((before, rest)) = found[1].split_once('(') {
            let (choices, after) = rest.split_once(')').expect("a bracket that ends");
            for choice in choices.split('|') {
                let name = format!("{before}{choice}{after}");
                assert!(known.contains(&name), "{name} is no metric");
            }
        }
    }
    let text = pattern.replace_all(text, "");
    // The results lie in files whose names look like metrics.
    let files = Regex::new(r#"file=~"[^"]+""#).expect("a pattern");
    let text = files.replace_all(&text, "");
    let named = Regex::new(r"\b(?:mailhost|node_textfile)_[a-z0-9_]+\b").expect("a pattern");
    for found in named.find_iter(&text) {
        let name = found.as_str();
        assert!(known.contains(name), "{name} is no metric");
    }
}

/// What `node_exporter` serves of all plugins, of the script that runs them, and of its textfile collector.
fn names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = [
        "mailhost_check_answered",
        "mailhost_check_interval_seconds",
        "mailhost_textfile_bad_lines",
        "node_textfile_mtime_seconds",
        "node_textfile_scrape_error",
    ]
    .map(str::to_owned)
    .into();
    for plugin in PLUGINS {
        for own in ["state", "finding"] {
            names.insert(format!("mailhost_{}_{own}", plugin.name));
        }
        for metric in plugin.metrics {
            let suffix = match metric.unit {
                Unit::Bytes => "_bytes",
                Unit::Count => "",
                Unit::Percent => "_ratio",
                Unit::Seconds => "_seconds",
            };
            let suffix = if metric.name.ends_with(suffix) { "" } else { suffix };
            names.insert(format!("mailhost_{}_{}{suffix}", plugin.name, metric.name));
        }
    }
    names
}

fn read(file: &str) -> String {
    fs::read_to_string(packaged(file)).expect("a file of the packages")
}

fn packaged(file: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    workspace.join("packaging/prometheus").join(file)
}
