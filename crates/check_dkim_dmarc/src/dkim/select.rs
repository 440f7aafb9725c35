//! Which of the texts at a selector's name are key records.

use crate::tag_list;

/// The texts of a name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Selected {
    /// Those that are key records, right or wrong.
    pub(crate) records: Vec<String>,
    /// The others.
    pub(crate) others: Vec<String>,
}

/// Sorts the texts of a name, each with its strings put together. A key record begins with a tag of
/// key records or has a key: every tag but the key may be missing (RFC 6376 section 3.6.1).
pub(crate) fn select(texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    let mut selected = Selected::default();
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        let (tags, _) = tag_list::read(&text);
        let is_key = match tags.first() {
            Some(tag) if tag.name.eq_ignore_ascii_case("v") => {
                tag.value.to_ascii_lowercase().starts_with("dkim")
            }
            Some(tag) => ["g", "h", "k", "n", "p", "s", "t"].contains(&tag.name),
            None => false,
        };
        let is_key = is_key || tags.iter().any(|tag| tag.name == "p" && tag.value.len() > 20);
        if is_key { selected.records.push(text) } else { selected.others.push(text) }
    }
    // Servers give them in any order, which is no change.
    selected.records.sort();
    selected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_key_records_are_told_from_other_texts() {
        for (text, is_key) in [
            ("v=DKIM1; k=rsa; p=abc", true),
            ("v=dkim1; p=abc", true),
            ("k=rsa; p=abc", true),
            ("p=", true),
            ("p=MIGfMA0GCSqGSIb3DQEBAQUAA", true),
            ("x=y; p=MIGfMA0GCSqGSIb3DQEBAQUAA", true),
            ("v=spf1 mx -all", false),
            ("v=DMARC1; p=none", false),
            ("google-site-verification=x", false),
            ("", false),
        ] {
            let selected = select([text.as_bytes().to_vec()].into_iter());
            assert_eq!(selected.records.len(), usize::from(is_key), "{text}");
            assert_eq!(selected.others.len(), usize::from(!is_key), "{text}");
        }
    }
}
