//! Command lines that cannot be meant.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::formats::{holds_json, holds_prometheus};
use super::help::{HelpOption, options};
use crate::subjects::{PLUGINS, Subject, shown, with};

#[test]
fn unknown_bad_usage_is_one_line_and_code_3() {
    for subject in PLUGINS {
        for bad in bad_usages() {
            for line in [
                bad.clone(),
                with(subject.good(), &bad),
                with(bad.clone(), &subject.good()),
            ] {
                refuses(subject, &line);
            }
        }
    }
}

#[test]
fn unknown_bad_usage_keeps_the_format_that_was_asked_for() {
    for subject in PLUGINS {
        for bad in bad_usages() {
            let line = with(subject.good(), &bad);
            for json in [&["--output", "json"][..], &["--output=json"]] {
                let line = with(json.iter().map(OsString::from).collect(), &line);
                let object = holds_json(subject, &subject.run(&line), &shown(&line));
                assert_eq!(object["state"], "UNKNOWN", "{}", shown(&line));
            }
            let line = with(vec!["--output=prometheus".into()], &line);
            let run = subject.run(&line);
            holds_prometheus(subject, &run, &shown(&line));
            assert_eq!(run.code, 3, "{}", shown(&line));
        }
    }
}

#[test]
fn unknown_nothing_at_all_on_the_command_line_says_what_is_missing() {
    for subject in PLUGINS {
        let output = subject.says(&[] as &[&str]);
        // Not every plugin needs an option, but none may take silence for good news unasked.
        if output.state == "UNKNOWN" {
            assert!(
                output.text.contains("--"),
                "{} says {:?}",
                subject.binary(),
                output.text
            );
        }
    }
}

/// An engine that does not know a macro hands over an empty argument.
#[test]
fn unknown_an_empty_macro_is_refused_by_every_option() {
    for subject in PLUGINS {
        for option in options(subject)
            .iter()
            .filter(|option| option.value.is_some())
        {
            // An option that means something by an empty value says so.
            if option.text.contains("\"\"") {
                subject.says(&given(subject, option, "", false));
                continue;
            }
            for joined in [false, true] {
                refuses(subject, &given(subject, option, "", joined));
            }
            if option.value.as_deref() == Some("RANGE") {
                for blank in [" ", "\t", "@", "in:", "-10", "20:10", "1,5", "10:~"] {
                    refuses(subject, &given(subject, option, blank, false));
                }
            }
        }
    }
}

#[test]
fn unknown_an_option_without_its_value_is_refused() {
    for subject in PLUGINS {
        let optional = |option: &&HelpOption| option.value.is_some() && option.long != "sni";
        for option in options(subject).iter().filter(optional) {
            if subject
                .run(&["--help"])
                .stdout
                .contains(&format!("--{} [<", option.long))
            {
                continue;
            }
            let line = with(
                without(subject.good(), option),
                &[format!("--{}", option.long)],
            );
            refuses(subject, &line);
        }
    }
}

#[test]
fn unknown_hostile_arguments_do_not_come_back_raw() {
    let hostile = "a|b=1\u{1b}[31m<script>\r\n\u{202e}\u{200b}";
    for subject in PLUGINS {
        for option in options(subject)
            .iter()
            .filter(|option| option.value.is_some())
        {
            for format in ["nagios", "json", "prometheus"] {
                let line = given(subject, option, hostile, true);
                let line = with(vec![format!("--output={format}").into()], &line);
                let run = subject.run(&line);
                match format {
                    "json" => drop(holds_json(subject, &run, &shown(&line))),
                    "prometheus" => drop(holds_prometheus(subject, &run, &shown(&line))),
                    _ => drop(subject.read(&run, &shown(&line))),
                }
            }
        }
    }
}

/// The good command line with another value for one option.
fn given(subject: &Subject, option: &HelpOption, value: &str, joined: bool) -> Vec<OsString> {
    let name = format!("--{}", option.long);
    let line = without(subject.good(), option);
    if joined {
        with(line, &[format!("{name}={value}")])
    } else {
        with(line, &[&name, value])
    }
}

/// A command line without one option and its value.
fn without(line: Vec<OsString>, option: &HelpOption) -> Vec<OsString> {
    let long = OsString::from(format!("--{}", option.long));
    let short = option
        .short
        .map(|short| OsString::from(format!("-{short}")));
    let is_it = |word: &OsString| *word == long || Some(word) == short.as_ref();
    let mut kept = Vec::new();
    let mut words = line.into_iter();
    while let Some(word) = words.next() {
        if is_it(&word) {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept
}

fn refuses(subject: &Subject, line: &[OsString]) {
    let run = subject.run(line);
    let output = subject.read(&run, &shown(line));
    assert_eq!(
        output.state,
        "UNKNOWN",
        "{} {}\n{run:#?}",
        subject.binary(),
        shown(line)
    );
    assert_eq!(
        run.stdout.lines().count(),
        1,
        "{} {}",
        subject.binary(),
        shown(line)
    );
}

fn bad_usages() -> Vec<Vec<OsString>> {
    let bad = [
        &["--no-such-option"][..],
        &["--no-such-option=1"],
        &["positional"],
        &[""],
        &["--", "positional"],
        &["-"],
        &["--output"],
        &["--output=xml"],
        &["--output="],
        &["-t", "0"],
        &["-t", "-1"],
        &["-t", "ten"],
        &["-t", "nan"],
        &["-t", "inf"],
        &["-t", "1e9"],
        &["-t", "10:bad"],
        &["-t", "10:"],
        &["-t", ":ok"],
        &["-t5", "-t5"],
        &["--ignore", "no-such-code"],
        &["--severity", "no-such-code=ok"],
        &["--severity", "time-threshold"],
        &["--severity", "time-threshold=fine"],
        &["--unreachable-state", "down"],
        &["--extra-opts=@section"],
        &["--no-perfdata=yes"],
        &["-\u{e9}"],
        &["--\u{202e}"],
        &["--a|b<i>\u{1b}"],
    ];
    let mut bad: Vec<Vec<OsString>> = bad
        .iter()
        .map(|words| words.iter().map(OsString::from).collect())
        .collect();
    for raw in [
        &b"\xff\xfe"[..],
        b"--ignore=\xff",
        b"--\xff",
        b"-\xff",
        b"-t\xff",
    ] {
        bad.push(vec![OsStr::from_bytes(raw).to_owned()]);
    }
    bad.push(vec!["x".repeat(100_000).into()]);
    bad
}
