//! --help and --version, and what the options are called everywhere.

use crate::subjects::{PLUGINS, Subject};

/// One option as --help shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HelpOption {
    pub(super) short: Option<char>,
    pub(super) long: String,
    /// The name of its value; none for a flag.
    pub(super) value: Option<String>,
    pub(super) value_is_optional: bool,
    pub(super) text: String,
}

/// The options in a plugin's own --help.
pub(super) fn options(subject: &Subject) -> Vec<HelpOption> {
    let help = subject.run(&["--help"]).stdout;
    let mut options: Vec<HelpOption> = Vec::new();
    for line in help.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        if words.starts_with('-') && indent < 8 {
            // The text stands behind two blanks, or below.
            let (names, text) = words.split_once("  ").unwrap_or((words, ""));
            options.push(option(names, text.trim_start()));
        } else if let Some(last) = options.last_mut().filter(|_| indent >= 8) {
            if !last.text.is_empty() {
                last.text.push(' ');
            }
            last.text.push_str(words);
        }
    }
    assert!(options.len() > 5, "{} shows {options:?}", subject.binary());
    options
}

/// `-w, --warning <RANGE>`, with less where there is less.
fn option(line: &str, text: &str) -> HelpOption {
    let (names, value) = match line.find(['<', '[']) {
        Some(at) => (&line[..at], Some(&line[at..])),
        None => (line, None),
    };
    let long = names.split("--").nth(1).unwrap_or_default();
    HelpOption {
        short: names.strip_prefix('-').and_then(|rest| rest.chars().next()).filter(|c| *c != '-'),
        long: long.trim_end_matches(['.', ' ']).to_owned(),
        value_is_optional: value.is_some_and(|value| value.starts_with('[')),
        value: value.map(|value| value.trim_matches(['<', '>', '[', ']']).to_owned()),
        text: text.to_owned(),
    }
}

#[test]
fn unknown_help_and_version_are_on_stdout() {
    for subject in PLUGINS {
        for argument in ["--help", "-h", "--version", "-V"] {
            let run = subject.run(&[argument]);
            subject.quiet(&run, argument);
            assert_eq!(run.code, 3, "{} {argument}", subject.binary());
            for line in run.stdout.lines() {
                let printable = line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                assert!(printable, "{}: {line:?}", subject.binary());
                assert!(line.chars().count() <= 80, "{}: {line:?}", subject.binary());
                assert_eq!(line, line.trim_end(), "{} {argument}", subject.binary());
            }
            assert!(run.stdout.ends_with('\n'), "{} {argument}", subject.binary());
        }
        let version = subject.run(&["--version"]).stdout;
        let mut words = version.split_whitespace();
        let program = subject.binary().trim_start_matches("examples/");
        assert_eq!((words.next(), version.lines().count()), (Some(program), 1));
        let number = words.next().unwrap_or_default();
        assert_eq!((number.split('.').count(), words.next()), (3, None), "{version:?}");
    }
}

#[test]
fn ok_a_letter_means_the_same_everywhere() {
    for subject in PLUGINS {
        for option in options(subject) {
            let reserved = RESERVED
                .iter()
                .find(|(short, long)| Some(*short) == option.short || *long == option.long);
            if let Some((short, long)) = reserved {
                let found = (option.short, option.long.as_str());
                assert_eq!(found, (Some(*short), *long), "{}", subject.binary());
            }
            assert!(!option.text.is_empty(), "{} --{}", subject.binary(), option.long);
        }
    }
}

#[test]
fn ok_what_all_plugins_take_is_the_same_in_all() {
    let of_first = options(&PLUGINS[0]);
    for subject in PLUGINS {
        let options = options(subject);
        for long in GENERAL {
            let named = |option: &&HelpOption| option.long == *long;
            // A plugin may have a time limit of its own.
            let without_default = |option: &HelpOption| HelpOption {
                text: option.text.split(" [default").next().unwrap_or_default().to_owned(),
                ..option.clone()
            };
            let here = options.iter().find(named).map(without_default);
            let there = of_first.iter().find(named).map(without_default);
            assert!(here.is_some(), "{} has no --{long}", subject.binary());
            assert_eq!(here, there, "{} --{long}", subject.binary());
        }
    }
}

const RESERVED: &[(char, &str)] = &[
    ('H', "hostname"),
    ('V', "version"),
    ('c', "critical"),
    ('h', "help"),
    ('p', "port"),
    ('t', "timeout"),
    ('v', "verbose"),
    ('w', "warning"),
    ('4', "ipv4"),
    ('6', "ipv6"),
];

const GENERAL: &[&str] = &[
    "help",
    "ignore",
    "no-perfdata",
    "output",
    "severity",
    "timeout",
    "unreachable-state",
    "verbose",
    "version",
];
