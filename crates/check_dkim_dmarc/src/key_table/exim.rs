//! Exim: the options of its smtp transport (chapter 58 of its specification), and the macros by which
//! Debian's configuration sets them.

use super::{Entry, lines};

/// `dkim_selector` or `DKIM_SELECTOR`, with the domain and the key. What has to be expanded depends on
/// the message.
pub(super) fn options(text: &str) -> Vec<Entry> {
    let value = |name: &str| {
        lines(text).find_map(|line| {
            let (option, value) = line.split_once('=')?;
            let value = value.trim();
            // One that is a macro's name is set where the macro is.
            let is_macro = value.starts_with("DKIM_");
            (option.trim().eq_ignore_ascii_case(name) && !is_macro).then_some(value)
        })
    };
    let list = |value: &str| -> Vec<String> {
        let parts = value.split(':').map(|part| part.trim().to_owned());
        parts.filter(|part| !part.is_empty()).collect()
    };
    let Some(selectors) = value("dkim_selector").filter(|it| !it.contains('$')) else {
        return Vec::new();
    };
    let domains: Vec<Option<String>> = match value("dkim_domain").filter(|it| !it.contains('$')) {
        Some(domains) => list(domains).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let key = value("dkim_private_key").map(ToOwned::to_owned);
    let mut entries = Vec::new();
    for domain in domains {
        for selector in list(selectors) {
            entries.push(Entry { domain: domain.clone(), selector, key: key.clone() });
        }
    }
    entries
}
