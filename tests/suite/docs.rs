//! The docs say what the code does: their generated parts are written from it, and the command
//! lines in them are read by it. `UPDATE_DOCS=1` rewrites instead of comparing.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mailhost_core::contract::{MetricSpec, REGISTER, Rule};
use mailhost_core::plugin::parse;

/// What the docs need to know of a plugin. A new plugin is one row.
pub(crate) struct Documented {
    pub(crate) name: &'static str,
    pub(crate) metrics: &'static [&'static MetricSpec],
    /// Reads a command line and gives the complaint, if there is one. `--help` is a complaint too:
    /// it is where its text comes from.
    complaint: fn(Vec<OsString>) -> Option<String>,
}

pub(crate) const PLUGINS: &[Documented] = &[
    Documented {
        name: check_dkim_dmarc::NAME,
        metrics: check_dkim_dmarc::METRICS,
        complaint: |args| {
            parse::<check_dkim_dmarc::Args>(args).err().map(|error| error.to_string())
        },
    },
    Documented {
        name: check_host_resources::NAME,
        metrics: check_host_resources::METRICS,
        complaint: |args| {
            parse::<check_host_resources::Args>(args).err().map(|error| error.to_string())
        },
    },
    Documented {
        name: check_mx_spf::NAME,
        metrics: check_mx_spf::METRICS,
        complaint: |args| parse::<check_mx_spf::Args>(args).err().map(|error| error.to_string()),
    },
    Documented {
        name: check_rbl::NAME,
        metrics: check_rbl::METRICS,
        complaint: |args| parse::<check_rbl::Args>(args).err().map(|error| error.to_string()),
    },
    Documented {
        name: check_smtp_banner::NAME,
        metrics: check_smtp_banner::METRICS,
        complaint: |args| {
            parse::<check_smtp_banner::Args>(args).err().map(|error| error.to_string())
        },
    },
    Documented {
        name: check_smtp_queue::NAME,
        metrics: check_smtp_queue::METRICS,
        complaint: |args| {
            parse::<check_smtp_queue::Args>(args).err().map(|error| error.to_string())
        },
    },
];

#[test]
fn generated_parts_are_up_to_date() {
    let mut stale = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("readable page");
        let fresh = regenerate(&text);
        if fresh != text && std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&page, fresh).expect("writable page");
        } else if fresh != text {
            stale.push(page);
        }
    }
    assert!(stale.is_empty(), "run with UPDATE_DOCS=1: {stale:?}");
}

#[test]
fn every_command_line_in_the_docs_is_understood() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("readable page");
        for line in text.lines() {
            let listed = listed(line).map(|command| format!("    {command}"));
            let Some((plugin, args)) = command_line(listed.as_deref().unwrap_or(line)) else {
                continue;
            };
            seen += 1;
            let complaint = (plugin.complaint)(args);
            assert_eq!(complaint, None, "{}: {line}", page.display());
        }
    }
    assert!(seen >= 9, "only {seen} command lines were found");
}

/// In the sample hosts and commands that the packages bring: `mailhost_rbl!-H ...` of Nagios, and
/// `check_rbl -H ...` of NRPE and of the list for Prometheus, also where it is commented out.
#[test]
fn every_command_line_of_the_packages_is_understood() {
    let mut seen = 0;
    for file in [
        "packaging/nagios/example.cfg",
        "packaging/nrpe/mailhost.cfg",
        "packaging/prometheus/textfile.conf",
    ] {
        let text = fs::read_to_string(root().join(file)).expect("readable file");
        for line in text.lines() {
            let nagios = line.split_once(" mailhost_").map(|(_, rest)| rest.replacen('!', " ", 1));
            let nrpe = line.split_once("=@PLUGINS@/check_").map(|(_, rest)| rest.to_owned());
            let command = nagios.or(nrpe).map(|command| format!("check_{command}"));
            let Some(command) = command.or_else(|| listed(line)) else {
                continue;
            };
            let (plugin, args) = command_line(&format!("    {command}")).expect("a plugin");
            assert_eq!((plugin.complaint)(args), None, "{file}: {line}");
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} command lines were found");
}

#[test]
fn every_option_that_the_prose_names_exists() {
    // Also one that --help does not list by itself: --QUEUE-warning stands for many.
    let known = |option: &str| {
        PLUGINS.iter().any(|plugin| {
            let args = vec![format!("check_{}", plugin.name).into(), option.into()];
            !(plugin.complaint)(args).is_some_and(|text| text.contains("unexpected argument"))
        })
    };
    for page in pages() {
        let text = fs::read_to_string(&page).expect("readable page");
        for option in options_in(&text) {
            assert!(
                known(&option) || FOREIGN.contains(&option.as_str()),
                "{}: {option}",
                page.display()
            );
        }
    }
}

#[test]
fn every_plugin_has_a_page_and_every_page_the_same_headings() {
    const HEADINGS: &[&str] = &[
        "Fact sheet",
        "Examples",
        "States",
        "Performance data",
        "Threshold examples",
        "Nagios",
        "Icinga 2",
        "Zabbix",
        "Troubleshooting",
        "Options",
        "See also",
    ];
    for plugin in PLUGINS {
        let page = root().join(format!("docs/plugins/check_{}.md", plugin.name));
        let text = fs::read_to_string(&page).expect("a page for each plugin");
        assert!(text.contains("**Alerts when**"), "{}", page.display());
        for heading in HEADINGS {
            assert!(text.contains(&format!("\n## {heading}\n")), "{}: {heading}", page.display());
        }
    }
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("readable page");
        let directory = page.parent().expect("a page lies in a directory");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") {
                assert!(directory.join(path).exists(), "{}: {link}", page.display());
            }
        }
    }
}

/// The text with everything between its marks written anew.
fn regenerate(text: &str) -> String {
    let mut fresh = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (before, marked) = rest.split_at(at);
        let (mark, after) = marked.split_once('\n').expect("a mark ends its line");
        let (_, after) = after.split_once(END).expect("every mark has its end");
        let subject = mark.trim_start_matches(MARK).trim_end_matches(" -->");
        let _ = write!(fresh, "{before}{mark}\n{}{END}", generated(subject));
        rest = after;
    }
    fresh + rest
}

fn generated(subject: &str) -> String {
    let plugin = |name: &str| {
        let found = PLUGINS
            .iter()
            .find(|plugin| subject.ends_with(&format!(" of {name}")) && plugin.name == name);
        found.or_else(|| {
            PLUGINS.iter().find(|plugin| subject.ends_with(&format!("check_{}", plugin.name)))
        })
    };
    let named = PLUGINS.iter().find_map(|it| plugin(it.name));
    match (subject.split(' ').next(), named) {
        (Some("findings"), Some(plugin)) => states(plugin),
        (Some("findings"), None) => findings(),
        (Some("metrics"), Some(plugin)) => metrics(plugin),
        (Some("metrics"), None) => PLUGINS
            .iter()
            .map(|plugin| format!("## check_{}\n\n{}", plugin.name, metrics(plugin)))
            .collect::<Vec<_>>()
            .join("\n"),
        (Some("help"), Some(plugin)) => format!("```text\n{}```\n", help(plugin)),
        _ => panic!("nobody generates \"{subject}\""),
    }
}

fn help(plugin: &Documented) -> String {
    let args = vec![format!("check_{}", plugin.name).into(), "--help".into()];
    let text = (plugin.complaint)(args).expect("--help has a text");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn states(plugin: &Documented) -> String {
    let mut table = "| code | state | when |\n|---|---|---|\n".to_owned();
    for rule in REGISTER.iter().filter(|rule| rule.plugins.contains(&plugin.name)) {
        let _ = writeln!(table, "| `{}` | {} | {} |", rule.code, state(rule), rule.meaning);
    }
    table
}

fn findings() -> String {
    let mut text = String::new();
    for rule in REGISTER {
        let plugins: Vec<String> =
            rule.plugins.iter().map(|name| format!("check_{name}")).collect();
        let _ = write!(
            text,
            "### `{}`\n\n{}. {}\n\n{} Found by {}.\n\n",
            rule.code,
            state(rule),
            rule.meaning,
            rule.action,
            plugins.join(", "),
        );
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn state(rule: &Rule) -> String {
    match rule.varies {
        "" => rule.usual.to_string(),
        varies => format!("{} ({varies})", rule.usual),
    }
}

fn metrics(plugin: &Documented) -> String {
    let mut table = "| label | unit | min | max | meaning |\n|---|---|---|---|---|\n".to_owned();
    let bound = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for spec in plugin.metrics {
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} |",
            spec.name,
            spec.unit.symbol(),
            bound(spec.min),
            bound(spec.max),
            spec.meaning,
        );
    }
    table
}

/// A command line of one of our plugins in an indented block, as the shell would split it.
fn command_line(line: &str) -> Option<(&'static Documented, Vec<OsString>)> {
    let line = line.strip_prefix("    ")?;
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let mut words = split(line).into_iter();
    let program = words.next()?;
    let plugin = PLUGINS.iter().find(|plugin| program == format!("check_{}", plugin.name))?;
    Some((plugin, std::iter::once(program).chain(words).map(OsString::from).collect()))
}

/// What a line of the list for Prometheus runs: `rbl 30m check_rbl ...`, also where it is commented out.
fn listed(line: &str) -> Option<String> {
    let mut words = line.trim_start_matches(['#', ' ']).split_whitespace();
    let is_interval = |word: &str| {
        let digits = word.trim_end_matches(['s', 'm', 'h']);
        digits.len() + 1 == word.len() && digits.parse::<u32>().is_ok()
    };
    words.nth(1).filter(|word| is_interval(word))?;
    line.find("check_").and_then(|at| line.get(at..)).map(str::to_owned)
}

/// Words between blanks, with single and double quotes.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.trim().chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("never empty").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Long options in running text and code of a page.
fn options_in(text: &str) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("--") {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let name: String = text[at + 2..]
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
            .collect();
        let is_option = matches!(before, ' ' | '`' | '(' | '\n') && name.len() > 1;
        if is_option && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') {
            options.push(format!("--{name}"));
        }
    }
    options
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    for directory in ["docs", "docs/plugins"] {
        for entry in fs::read_dir(root().join(directory)).expect("docs").map_while(Result::ok) {
            if entry.path().extension().is_some_and(|extension| extension == "md") {
                pages.push(entry.path());
            }
        }
    }
    pages.sort();
    pages
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the workspace")
}

const MARK: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";
/// Options of other programs, and those that the text says are refused.
const FOREIGN: &[&str] = &[
    "--alertmanager",
    "--cluster",
    "--collector",
    "--comment",
    "--duration",
    "--extra-opts",
    "--ignore-certificate-expiration",
    "--test",
    "--bins",
    "--check-reproducible",
    "--now",
    "--release",
    "--storage",
    "--workspace",
];
