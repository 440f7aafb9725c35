//! Exim: the options of its smtp transports (chapter 58 of its specification), and the macros by which
//! Debian's configuration sets them.

use super::{Entry, lines};

/// `dkim_selector` or `DKIM_SELECTOR`, with the domain and the key, transport by transport. What has to be
/// expanded depends on the message.
pub(super) fn options(text: &str) -> Vec<Entry> {
    let text = text.replace("\\\n", " ");
    let lines: Vec<&str> = lines(&text).collect();
    let mut macros: Vec<_> =
        lines.iter().filter_map(|line| setting(line)).filter(|(name, _)| is_macro(name)).collect();
    // The last setting counts, and a longer name is not a shorter one with something behind it.
    macros.reverse();
    macros.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let transports = lines.split(|line| line.ends_with(':') && !line.contains('='));
    transports.flat_map(|lines| of_transport(lines, &macros)).collect()
}

/// A name and its value. Macros are set anew with two signs, and values may be quoted.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let value = value.strip_prefix('=').unwrap_or(value).trim();
    Some((name.trim(), value.trim_matches('"')))
}

/// Macros begin with a capital (chapter 6.4 of the specification).
fn is_macro(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(inner)
}

/// A value with its macros put in; none where there is one that another file sets, as with Debian's.
fn filled(value: &str, macros: &[(&str, &str)]) -> Option<String> {
    let mut filled = value.to_owned();
    for _ in 0..DEEPEST {
        for (name, value) in macros.iter().filter(|(name, value)| !value.contains(name)) {
            if filled.len() < LONGEST {
                filled = filled.replace(name, value);
            }
        }
    }
    let is_unset = is_macro(&filled) && filled.contains('_') && filled == filled.to_uppercase();
    (!is_unset).then_some(filled)
}

fn of_transport(lines: &[&str], macros: &[(&str, &str)]) -> Vec<Entry> {
    let values = |wanted: &'static str| {
        lines.iter().filter_map(move |line| {
            let (name, value) = setting(line)?;
            name.eq_ignore_ascii_case(wanted).then(|| filled(value, macros))?
        })
    };
    let selectors: Vec<String> = values("dkim_selector")
        .filter(|it| !it.contains('$'))
        .flat_map(|value| list(&value))
        .collect();
    let domains: Vec<Option<String>> = match values("dkim_domain").find(|it| !it.contains('$')) {
        Some(domains) => list(&domains).into_iter().map(Some).collect(),
        None => vec![None],
    };
    // Of several, it depends on more than the file which is used.
    let mut keys = values("dkim_private_key");
    let key = keys.next().filter(|_| keys.next().is_none());
    let mut entries = Vec::new();
    for domain in domains {
        for selector in &selectors {
            entries.push(Entry {
                domain: domain.clone(),
                selector: selector.clone(),
                key: key.clone(),
            });
        }
    }
    entries
}

/// The parts of a list, whose separator a sign at its beginning may set (chapter 6.21).
fn list(value: &str) -> Vec<String> {
    let (separator, rest) = match value.strip_prefix('<').and_then(|rest| rest.chars().next()) {
        Some(separator) => (separator, &value[1 + separator.len_utf8()..]),
        None => (':', value),
    };
    let parts = rest.split(separator).map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// How far macros are in each other.
const DEEPEST: usize = 4;
/// Bytes of a value.
const LONGEST: usize = 10_000;
