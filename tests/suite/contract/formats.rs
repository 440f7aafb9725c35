//! The three formats, verbosity, and what the operator may change.

use serde_json::{Map, Value};

use mailhost_tests::Run;

use crate::parser::prometheus::Samples;
use crate::parser::{json, prometheus};
use crate::subjects::{PLUGINS, Subject, shipped, shown, with};

/// Holds a run to the rules of JSON.
pub(super) fn holds_json(subject: &Subject, run: &Run, what: &str) -> Map<String, Value> {
    subject.quiet(run, what);
    let object = json::read(&run.stdout, run.code)
        .unwrap_or_else(|fault| panic!("{} {what}: {fault}\n{run:#?}", subject.binary()));
    assert_eq!(
        object["plugin"],
        subject.name(),
        "{} {what}",
        subject.binary()
    );
    let facts = &object["facts"];
    let is_object = facts.is_object() || facts.is_null();
    assert!(is_object || !subject.is_shipped(), "{what}: {facts}");
    object
}

/// Holds a run to the rules of Prometheus' text.
pub(super) fn holds_prometheus(subject: &Subject, run: &Run, what: &str) -> Samples {
    subject.quiet(run, what);
    let samples = prometheus::read(&run.stdout)
        .unwrap_or_else(|fault| panic!("{} {what}: {fault}\n{run:#?}", subject.binary()));
    let prefix = subject.name().replacen("check_", "mailhost_", 1);
    let state = format!("{prefix}_state");
    let mut states = samples.iter().filter(|((name, _), _)| *name == state);
    let only = states.next().map(|(_, value)| *value);
    assert_eq!(
        (only, states.next()),
        (Some(f64::from(run.code)), None),
        "{what}"
    );
    for (name, labels) in samples.keys() {
        assert!(name.starts_with(&prefix), "{name} of {}", subject.binary());
        assert!(
            labels.contains_key("target"),
            "{name} of {}",
            subject.binary()
        );
    }
    samples
}

#[test]
fn ok_and_critical_are_the_same_in_every_format() {
    for subject in PLUGINS {
        for (line, state) in [(subject.good(), "OK"), (subject.critical(), "CRITICAL")] {
            let output = subject.says(&line);
            assert_eq!(output.state, state, "{} {}", subject.binary(), shown(&line));
            let line_of = |format| with(line.clone(), &["--output", format]);
            let object = holds_json(subject, &subject.run(&line_of("json")), "json");
            assert_eq!(object["state"], state);
            let metrics = json::list(&object, "metrics").expect("read before");
            let labels: Vec<&str> = metrics
                .iter()
                .filter_map(|it| it["label"].as_str())
                .collect();
            assert_eq!(
                labels,
                output.labels(),
                "{} {}",
                subject.binary(),
                shown(&line)
            );
            let samples = holds_prometheus(subject, &subject.run(&line_of("prometheus")), "prom");
            let findings = samples
                .keys()
                .filter(|(name, _)| name.ends_with("_finding"))
                .count();
            let metrics = samples.len() - 1 - findings;
            assert_eq!(
                metrics,
                labels.len(),
                "{} {}",
                subject.binary(),
                shown(&line)
            );
            assert_eq!(findings > 0, state == "CRITICAL", "{}", subject.binary());
        }
    }
}

#[test]
fn critical_has_the_labels_of_ok() {
    for subject in shipped() {
        let (good, bad) = (
            subject.says(&subject.good()),
            subject.says(&subject.critical()),
        );
        assert_eq!(good.labels(), bad.labels(), "{}", subject.binary());
        assert!(!good.labels().is_empty(), "{}", subject.binary());
        assert!(
            good.perfdata.iter().all(|item| item.value >= 0.0),
            "{good:?}"
        );
    }
}

#[test]
fn ok_json_tells_the_version_that_the_program_tells() {
    for subject in PLUGINS {
        let run = subject.run(&with(subject.good(), &["--output=json"]));
        let object = holds_json(subject, &run, "--output=json");
        let version = subject.run(&["--version"]).stdout;
        let known = version.split_whitespace().nth(1);
        // A shipped plugin and its core have one version.
        assert_eq!(object["version"].as_str(), known, "{}", subject.binary());
    }
}

#[test]
fn ok_verbosity_adds_good_news_and_then_evidence() {
    for subject in PLUGINS {
        for line in [subject.good(), subject.critical()] {
            let at = |level: &str| subject.says(&with(line.clone(), &[level]));
            let plain = subject.says(&line);
            assert!(
                plain.findings.iter().all(|it| it.state != "OK"),
                "{plain:?}"
            );
            let levels = [plain, at("-v"), at("-vv"), at("-vvv")];
            let [_, one, ..] = &levels;
            assert!(one.findings.iter().any(|it| it.state == "OK"), "{one:?}");
            for pair in levels.windows(2) {
                let (less, more) = (&pair[0], &pair[1]);
                let codes = |it: &crate::parser::nagios::Output| {
                    let codes: Vec<_> = it.findings.iter().map(|it| it.code.clone()).collect();
                    codes
                };
                assert!(codes(more).starts_with(&codes(less)), "{less:?} {more:?}");
                assert!(
                    more.evidence.len() >= less.evidence.len(),
                    "{less:?} {more:?}"
                );
                assert_eq!(less.labels(), more.labels());
            }
        }
    }
}

#[test]
fn ok_no_perfdata_takes_away_the_perfdata_and_nothing_else() {
    for subject in PLUGINS {
        for line in [subject.good(), subject.critical()] {
            let (full, short) = (
                subject.says(&line),
                subject.says(&with(line, &["--no-perfdata"])),
            );
            assert!(
                short.perfdata.is_empty() && !full.perfdata.is_empty(),
                "{short:?}"
            );
            assert_eq!(
                (full.state, full.findings.len()),
                (short.state, short.findings.len())
            );
        }
    }
}

#[test]
fn ok_the_operator_has_the_last_word_on_a_finding() {
    for subject in PLUGINS {
        let critical = subject.critical();
        let codes: Vec<String> = subject
            .says(&critical)
            .findings
            .into_iter()
            .map(|it| it.code)
            .collect();
        assert!(!codes.is_empty(), "{}", subject.binary());
        let all = |option: &str, suffix: &str| {
            let words = codes
                .iter()
                .flat_map(|code| [option.to_owned(), format!("{code}{suffix}")]);
            with(critical.clone(), &words.collect::<Vec<_>>())
        };
        let ignored = all("--ignore", "");
        assert_eq!(subject.says(&ignored).state, "OK", "{}", subject.binary());
        let shown_still = subject.says(&with(ignored, &["-v"])).findings;
        for code in &codes {
            let found = shown_still.iter().find(|it| it.code == *code);
            let text = found.map_or("", |it| it.text.as_str());
            assert!(text.ends_with("(moved from CRITICAL)"), "{code}: {text:?}");
        }
        for (word, state) in [
            ("ok", "OK"),
            ("warning", "WARNING"),
            ("unknown", "UNKNOWN"),
            ("CRITICAL", "CRITICAL"),
        ] {
            let moved = all("--severity", &format!("={word}"));
            assert_eq!(subject.says(&moved).state, state, "{}", subject.binary());
            let run = subject.run(&with(moved, &["--output=json"]));
            assert_eq!(holds_json(subject, &run, word)["state"], state);
        }
    }
}

/// Whatever a server says, in every format and at every level.
#[test]
fn critical_a_server_that_means_harm_gets_nothing_through() {
    for subject in shipped() {
        for server in ["hostile", "endless_line", "endless_lines", "refused"] {
            let Some(line) = subject.against_server(server) else {
                continue;
            };
            let line = with(line, &["-t", "2"]);
            for level in ["-v", "-vv", "-vvv"] {
                let output = subject.says(&with(line.clone(), &[level]));
                assert!(
                    server == "hostile" || output.state == "CRITICAL",
                    "{output:?}"
                );
            }
            let run = |format| subject.run(&with(line.clone(), &["-vvv", "--output", format]));
            holds_json(subject, &run("json"), server);
            holds_prometheus(subject, &run("prometheus"), server);
        }
    }
}
