//! Which of the texts at a name is the DMARC record (RFC 9989 section 4.10).

use serde::Serialize;

/// The texts of a name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Selected {
    pub(crate) records: Vec<String>,
    pub(crate) look_alikes: Vec<LookAlike>,
    pub(crate) others: Vec<Other>,
}

/// A text that looks like a record, and that no receiver takes for one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct LookAlike {
    pub(crate) text: String,
    /// What keeps it from being one, as the end of a sentence.
    pub(crate) why: &'static str,
}

/// A text that has nothing to do with DMARC.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Other {
    Spf(String),
    Text(String),
}

impl Other {
    /// The text of an SPF record.
    pub(crate) fn spf(&self) -> Option<&String> {
        match self {
            Self::Spf(text) => Some(text),
            Self::Text(_) => None,
        }
    }
}

/// Sorts the texts of a name, each with its strings put together.
pub(crate) fn select(texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    let mut selected = Selected::default();
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        let lower = text.to_ascii_lowercase();
        let start = lower.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        if is_record(&text) {
            selected.records.push(text);
        } else if let Some(why) = look_alike(&text, start) {
            selected.look_alikes.push(LookAlike { text, why });
        } else if start.starts_with("v=spf1") {
            selected.others.push(Other::Spf(text));
        } else {
            selected.others.push(Other::Text(text));
        }
    }
    // Servers give them in any order, which is no change.
    selected.records.sort();
    selected
}

/// ```text
/// dmarc-record  = dmarc-version *(dmarc-sep dmarc-tag) [dmarc-sep]
/// dmarc-version = "v" equals %s"DMARC1"
/// ```
fn is_record(text: &str) -> bool {
    let blank = |c: char| c == ' ' || c == '\t';
    let version = text.split(';').next().unwrap_or_default();
    let value = version.strip_prefix(['v', 'V']).map(|rest| rest.trim_start_matches(blank));
    let value = value.and_then(|rest| rest.strip_prefix('='));
    value.is_some_and(|value| value.trim_matches(blank) == "DMARC1")
}

/// Why a text is no record that wants to be one; `start` is its beginning in small letters, without
/// white space and quotes.
fn look_alike(text: &str, start: &str) -> Option<&'static str> {
    let version: String = start.chars().filter(|c| !c.is_whitespace()).take(9).collect();
    if !version.starts_with("v=dmarc") {
        let tagged = start.contains("v=dmarc1") || start.starts_with("dmarc1");
        let policy = start.starts_with("p=none")
            || start.starts_with("p=quarantine")
            || start.starts_with("p=reject");
        return (tagged || policy).then_some("it does not begin with v=DMARC1");
    }
    Some(if text.starts_with(char::is_whitespace) {
        "a blank stands before it"
    } else if text.starts_with(['"', '\'']) {
        "a quotation mark is part of it"
    } else if version.starts_with("v=dmarc1") && !text.contains("DMARC1") {
        "DMARC1 is written in capitals"
    } else if version == "v=dmarc1\\" {
        "a backslash stands behind DMARC1"
    } else if version.starts_with("v=dmarc1") {
        "a semicolon is missing behind DMARC1"
    } else {
        "its version is not DMARC1"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(text: &str) -> Selected {
        select([text.as_bytes().to_vec()].into_iter())
    }

    #[test]
    fn ok_records_are_told_from_other_texts() {
        for text in ["v=DMARC1", "v=DMARC1;p=none", "v = DMARC1 ; p=none", "V=DMARC1; p=none"] {
            assert_eq!(selected(text).records, [text]);
        }
        assert_eq!(selected("v=spf1 -all").others, [Other::Spf("v=spf1 -all".to_owned())]);
        assert_eq!(selected("x=y").others, [Other::Text("x=y".to_owned())]);
        assert_eq!(selected("").others, [Other::Text(String::new())]);
    }

    #[test]
    fn warning_look_alikes_are_noticed() {
        for (text, why) in [
            (" v=DMARC1; p=none", "a blank stands before it"),
            ("\"v=DMARC1; p=none\"", "a quotation mark is part of it"),
            ("v=dmarc1; p=none", "DMARC1 is written in capitals"),
            ("v=DMARC1 p=none", "a semicolon is missing behind DMARC1"),
            ("v=DMARC1\\; p=none", "a backslash stands behind DMARC1"),
            ("v=DMARC1, p=none", "a semicolon is missing behind DMARC1"),
            ("v=DMARC2; p=none", "its version is not DMARC1"),
            ("p=reject; v=DMARC1", "it does not begin with v=DMARC1"),
            ("p=none; rua=mailto:a@example.org", "it does not begin with v=DMARC1"),
            ("DMARC1; p=none", "it does not begin with v=DMARC1"),
        ] {
            let look_alike = LookAlike { text: text.to_owned(), why };
            assert_eq!(selected(text).look_alikes, [look_alike], "{text}");
        }
    }
}
