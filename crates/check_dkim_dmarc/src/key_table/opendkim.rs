//! OpenDKIM: its table of keys (`KeyTable` of opendkim.conf(5)) and its options for a single key.

use std::path::PathBuf;

use super::Entry;

/// `NAME DOMAIN:SELECTOR:KEY`, where `%` is the domain that signs, in the path too, and the key may stand there
/// itself.
pub(super) fn table(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (_, value, None) = (words.next()?, words.next()?, words.next()) else { return None };
        let mut parts = value.splitn(3, ':');
        let (domain, selector, key) = (parts.next()?, parts.next()?, parts.next()?);
        let domain = (domain != "%").then(|| domain.to_owned());
        let is_there = !selector.is_empty() && !key.is_empty();
        let key = key.starts_with('/').then(|| key.to_owned());
        is_there.then(|| Entry { domain, selector: selector.to_owned(), key })
    };
    let all: Option<Vec<Entry>> = lines(text).map(entry).collect();
    all.unwrap_or_default()
}

/// The lines of a text without comments, which may stand behind something, and without empty lines.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty())
}

/// The file that `KeyTable` names, or its value where that is none: a table may be in a database too.
pub(super) fn table_of(text: &str) -> Option<Result<PathBuf, String>> {
    let table = option(text, "KeyTable")?;
    let path = ["refile:", "file:"].iter().find_map(|kind| table.strip_prefix(kind));
    let path = path.unwrap_or(table);
    Some(if path.starts_with('/') { Ok(PathBuf::from(path)) } else { Err(table.to_owned()) })
}

/// The value of an option: the last one counts. What has a sign before it or a semicolon behind it is of
/// another program's file.
fn option<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let values = lines(text).filter_map(|line| {
        let (option, value) = line.split_once(char::is_whitespace)?;
        let value = value.trim();
        let is_other = value.starts_with(['=', ':', '{', '"']) || value.ends_with(';');
        (option.eq_ignore_ascii_case(name) && !is_other).then_some(value)
    });
    values.last()
}

/// `Selector`, with `Domain` and `KeyFile`.
pub(super) fn options(text: &str) -> Vec<Entry> {
    let value = |name: &str| option(text, name);
    let Some(selector) = value("Selector") else { return Vec::new() };
    let key = value("KeyFile").map(ToOwned::to_owned);
    let entry =
        |domain: Option<String>| Entry { domain, selector: selector.to_owned(), key: key.clone() };
    match value("Domain") {
        // Of a file or a database, which says which domains.
        None => vec![entry(None)],
        Some(domains) if domains.contains([':', '/']) || domains == "*" => vec![entry(None)],
        Some(domains) => {
            domains.split(',').map(|domain| entry(Some(domain.trim().to_owned()))).collect()
        }
    }
}
