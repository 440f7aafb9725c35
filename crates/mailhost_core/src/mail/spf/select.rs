//! Which of the texts at a name is the SPF record (RFC 7208 section 4.5).

use serde::Serialize;

/// The texts that begin as a record does, and those that look as if they wanted to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selected {
    /// Those that begin with `v=spf1`, right or wrong; bytes that are not UTF-8 were replaced.
    pub records: Vec<String>,
    /// Those that only look like it.
    pub look_alikes: Vec<LookAlike>,
    /// Other texts that are not UTF-8, which some readers stumble over.
    pub undecodable: usize,
}

/// A text that no receiver takes for a record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LookAlike {
    /// A record of Sender ID, which nobody reads any more (RFC 6686).
    SenderId(String),
    /// Its version is not exactly `v=spf1`, followed by a blank or nothing.
    Version(String),
}

/// Sorts the texts of a name, each with its strings put together without blanks (section 3.3).
pub fn select(texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    let mut selected = Selected::default();
    for text in texts {
        let shown = String::from_utf8_lossy(&text).into_owned();
        let version = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        if version.eq_ignore_ascii_case(b"v=spf1") {
            selected.records.push(shown);
            continue;
        }
        let start = shown.trim_start().to_ascii_lowercase();
        let start = start.trim_start_matches(['"', '\'']);
        if start.starts_with("spf2.0") {
            selected.look_alikes.push(LookAlike::SenderId(shown));
        } else if start.starts_with("v=spf")
            || start.starts_with("v = spf")
            || start.starts_with("spf1 ")
        {
            selected.look_alikes.push(LookAlike::Version(shown));
        } else if std::str::from_utf8(&text).is_err() {
            selected.undecodable += 1;
        }
    }
    selected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(texts: &[&str]) -> (Vec<String>, usize) {
        let selected = select(texts.iter().map(|text| text.as_bytes().to_vec()));
        (selected.records, selected.look_alikes.len())
    }

    #[test]
    fn ok_records_are_told_from_other_texts() {
        assert_eq!(selected(&["v=spf1", "V=SPF1 -all", "x=y"]).0, ["v=spf1", "V=SPF1 -all"]);
        assert_eq!(selected(&["v=spf1\u{a0}-all", "v=spf1\t-all"]), (vec![], 2));
    }

    #[test]
    fn warning_look_alikes_are_noticed() {
        for text in [
            "v=spf10 -all",
            " v=spf1 -all",
            "\"v=spf1 -all\"",
            "v=spf2 -all",
            "spf2.0/pra -all",
            "v = spf1 a",
        ] {
            assert_eq!(selected(&[text]), (vec![], 1), "{text}");
        }
        assert_eq!(select([b"\xff\xfe".to_vec()].into_iter()).undecodable, 1);
    }
}
