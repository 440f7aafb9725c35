//! Exim: the options of its smtp transports (chapter 58 of its specification), and the macros by which
//! Debian's configuration sets them.

use super::{Entry, lines};

/// `dkim_selector` or `DKIM_SELECTOR`, with the domain and the key, transport by transport. What has to be
/// expanded depends on the message.
pub(super) fn options(text: &str) -> Vec<Entry> {
    let lines: Vec<&str> = lines(text).collect();
    let transports = lines.split(|line| line.ends_with(':') && !line.contains('='));
    transports.flat_map(of_transport).collect()
}

fn of_transport(lines: &[&str]) -> Vec<Entry> {
    let values = |name: &'static str| {
        lines.iter().filter_map(move |line| {
            let (option, value) = line.split_once('=')?;
            let value = value.trim();
            // One that is a macro's name is set where the macro is.
            let is_macro = value.starts_with("DKIM_");
            (option.trim().eq_ignore_ascii_case(name) && !is_macro).then_some(value)
        })
    };
    let selectors: Vec<&str> =
        values("dkim_selector").filter(|it| !it.contains('$')).flat_map(list).collect();
    let domains: Vec<Option<&str>> = match values("dkim_domain").find(|it| !it.contains('$')) {
        Some(domains) => list(domains).map(Some).collect(),
        None => vec![None],
    };
    // Of several, it depends on more than the file which is used.
    let mut keys = values("dkim_private_key");
    let key = keys.next().filter(|_| keys.next().is_none()).map(ToOwned::to_owned);
    let mut entries = Vec::new();
    for domain in domains {
        for selector in &selectors {
            let domain = domain.map(ToOwned::to_owned);
            entries.push(Entry { domain, selector: (*selector).to_owned(), key: key.clone() });
        }
    }
    entries
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(':').map(str::trim).filter(|part| !part.is_empty())
}
