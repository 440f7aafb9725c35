//! The suite's format: a YAML document for each scenario, with a zone and the tests in it.

use saphyr_parser::ScanError;
use thiserror::Error;

use super::yaml::{Node, documents};

/// A zone, and what is to be found out about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) description: String,
    /// The names in the order of the file.
    pub(super) names: Vec<(String, Vec<Entry>)>,
    pub(super) cases: Vec<Case>,
}

/// One thing that is said about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The type, by its name, has no record; in place of the copy of an SPF record, too.
    None(String),
    /// A record of a type by its name; a TXT or SPF record has any number of strings, an MX record a
    /// preference and a name.
    Record(String, Vec<String>),
    /// There is no answer for the type, or for all types that have no record.
    Timeout(Option<String>),
}

/// One evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) id: String,
    /// The sections it is about, as in `4.3/1`.
    pub(super) spec: String,
    pub(super) helo: String,
    /// The client's address.
    pub(super) host: String,
    /// The envelope sender, which may be empty or no mailbox at all.
    pub(super) sender: String,
    /// The right results, the preferred one first.
    pub(super) results: Vec<String>,
    /// The explanation, or [`DEFAULT`]; not every test is about it.
    pub(super) explanation: Option<String>,
}

/// Stands for an explanation that is not the domain's.
pub(super) const DEFAULT: &str = "DEFAULT";

/// Why the suite cannot be read.
#[derive(Debug, Error)]
pub(super) enum Unreadable {
    #[error("{0}: no {1}")]
    Missing(String, &'static str),
    #[error("{0}: {1:?} is not understood")]
    Entry(String, Node),
    #[error("not YAML")]
    Yaml(#[from] ScanError),
}

/// Reads the whole suite.
pub(super) fn read(text: &str) -> Result<Vec<Scenario>, Unreadable> {
    documents(text)?.iter().map(scenario).collect()
}

fn scenario(document: &Node) -> Result<Scenario, Unreadable> {
    let description = text(document, "a scenario", "description")?;
    let part = |key: &'static str| {
        let missing = || Unreadable::Missing(description.clone(), key);
        Ok::<_, Unreadable>(document.get(key).ok_or_else(missing)?.entries())
    };
    let cases = part("tests")?.iter().map(|(id, test)| case(id, test)).collect::<Result<_, _>>()?;
    let names = part("zonedata")?.iter().map(|(name, said)| {
        let entries = said.elements().iter().map(|node| entry(name, node));
        Ok((name.clone(), entries.collect::<Result<Vec<_>, _>>()?.concat()))
    });
    Ok(Scenario { names: names.collect::<Result<_, Unreadable>>()?, cases, description })
}

fn case(id: &str, test: &Node) -> Result<Case, Unreadable> {
    let results = test.get("result").ok_or_else(|| Unreadable::Missing(id.to_owned(), "result"))?;
    Ok(Case {
        id: id.to_owned(),
        // A test of several sections lists them.
        spec: texts(test.get("spec").ok_or_else(|| Unreadable::Missing(id.to_owned(), "spec"))?)
            .join(", "),
        helo: text(test, id, "helo")?,
        host: text(test, id, "host")?,
        sender: text(test, id, "mailfrom")?,
        results: texts(results),
        explanation: test.get("explanation").and_then(Node::text).map(str::to_owned),
    })
}

/// `TIMEOUT`, or a mapping of types to data; mostly of one.
fn entry(name: &str, node: &Node) -> Result<Vec<Entry>, Unreadable> {
    if node.text() == Some(TIMEOUT) {
        return Ok(vec![Entry::Timeout(None)]);
    }
    let entries = node.entries().iter().map(|(kind, data)| match (kind.as_str(), data.text()) {
        (TIMEOUT, Some(kind)) => Entry::Timeout(Some(kind.to_owned())),
        (_, Some(TIMEOUT)) => Entry::Timeout(Some(kind.clone())),
        (_, Some(NONE)) => Entry::None(kind.clone()),
        _ => Entry::Record(kind.clone(), texts(data)),
    });
    let entries: Vec<Entry> = entries.collect();
    let understood = !entries.is_empty();
    understood.then_some(entries).ok_or_else(|| Unreadable::Entry(name.to_owned(), node.clone()))
}

fn text(node: &Node, of: &str, key: &'static str) -> Result<String, Unreadable> {
    let text = node.get(key).and_then(Node::text).map(str::to_owned);
    text.ok_or_else(|| Unreadable::Missing(of.to_owned(), key))
}

fn texts(node: &Node) -> Vec<String> {
    node.elements().iter().filter_map(Node::text).map(str::to_owned).collect()
}

const NONE: &str = "NONE";
const TIMEOUT: &str = "TIMEOUT";

#[test]
fn ok_a_scenario_is_read() {
    let text = "# A comment.\n---\n\
        description: Two names\n\
        tests:\n\
        \x20 one:\n\
        \x20   spec: 4.5\n\
        \x20   helo: \"[192.0.2.1]\"\n\
        \x20   host: CAFE::1\n\
        \x20   mailfrom: \"\"\n\
        \x20   result: [neutral, pass]\n\
        \x20   explanation: DEFAULT\n\
        zonedata:\n\
        \x20 example.org:\n\
        \x20   - SPF: [v=spf1, ' -all']\n\
        \x20   - TXT: NONE\n\
        \x20   - MX: [10, '']\n\
        \x20   - A: 192.0.2.1\n\
        \x20   - TIMEOUT\n\
        \x20 odd/name.example.org:\n\
        \x20   - SPF: []\n\
        \x20   - A: TIMEOUT\n\
        \x20   - TIMEOUT: AAAA\n";
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let record = |kind: &str, data: &[&str]| Entry::Record(kind.to_owned(), strings(data));
    let timeout = |kind: Option<&str>| Entry::Timeout(kind.map(str::to_owned));
    let expected = Scenario {
        description: "Two names".to_owned(),
        names: vec![
            (
                "example.org".to_owned(),
                vec![
                    record("SPF", &["v=spf1", " -all"]),
                    Entry::None("TXT".to_owned()),
                    record("MX", &["10", ""]),
                    record("A", &["192.0.2.1"]),
                    timeout(None),
                ],
            ),
            (
                "odd/name.example.org".to_owned(),
                vec![record("SPF", &[]), timeout(Some("A")), timeout(Some("AAAA"))],
            ),
        ],
        cases: vec![Case {
            id: "one".to_owned(),
            spec: "4.5".to_owned(),
            helo: "[192.0.2.1]".to_owned(),
            host: "CAFE::1".to_owned(),
            sender: String::new(),
            results: strings(&["neutral", "pass"]),
            explanation: Some(DEFAULT.to_owned()),
        }],
    };
    assert_eq!(read(text).expect("it can be read"), [expected]);
}

#[test]
fn crit_what_is_missing_is_named() {
    let error = |text: &str| read(text).expect_err("it is incomplete").to_string();
    assert_eq!(error("tests: {}\n"), "a scenario: no description");
    assert_eq!(error("description: a\ntests: {}\n"), "a: no zonedata");
    assert_eq!(error("description: a\ntests: {one: {result: pass}}\n"), "one: no spec");
    let odd = "description: a\ntests: {}\nzonedata: {example.org: [LOST]}\n";
    assert_eq!(error(odd), "example.org: Scalar(\"LOST\") is not understood");
}
