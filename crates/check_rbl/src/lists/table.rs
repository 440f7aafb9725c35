//! The table of lists: the one that is built in, and files like it.

use std::collections::BTreeSet;

use mailhost_core::cli::ip_address;
use mailhost_core::dns::Name;
use serde::Deserialize;

use super::{AnswerCode, Code, HEAVIEST, Kind, Limit, List, Means, Pattern, Points, Subject};

/// The table that is built in.
pub(crate) static TABLE: &str = include_str!("lists.toml");

/// The lists of the table that is built in.
pub(crate) fn compiled() -> Vec<List> {
    // A test holds the table to the same rules as a file.
    read(TABLE).unwrap_or_default()
}

/// Reads a table.
///
/// # Errors
/// What is wrong with it and where, as a fragment.
pub(crate) fn read(text: &str) -> Result<Vec<List>, String> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        format!("line {line}: {}", error.message())
    })?;
    let lists: Vec<List> = table.list.into_iter().map(Row::into_list).collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    match lists.iter().find(|list| !seen.insert(&list.zone)) {
        Some(list) => Err(format!("{} is there twice", list.zone)),
        None if lists.is_empty() => Err("there is no list in it".to_owned()),
        None => Ok(lists),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    list: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    zone: String,
    operator: Option<String>,
    asked: Vec<Kind>,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    allow: bool,
    weight: Option<f64>,
    #[serde(default)]
    codes: Vec<CodeRow>,
    other: Option<Means>,
    #[serde(default)]
    tests: Tests,
    limit: Option<Limit>,
    /// For people.
    #[expect(dead_code, reason = "it is read so that it is a number")]
    per_day: Option<u32>,
    key: Option<String>,
    removal: Option<String>,
    /// For people.
    #[expect(dead_code, reason = "it is read so that it is a text")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    answer: Option<String>,
    bit: Option<u8>,
    #[serde(rename = "as")]
    means: Option<Means>,
    meaning: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    #[serde(default)]
    ipv4: PointsRow,
    #[serde(default)]
    ipv6: PointsRow,
    #[serde(default)]
    domain: PointsRow,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PointsRow {
    listed: Option<String>,
    clean: Option<String>,
}

impl Row {
    fn into_list(self) -> Result<List, String> {
        let wrong = |what: String| format!("{}: {what}", self.zone);
        let zone = Name::from_text(&self.zone)
            .ok()
            .filter(|zone| !zone.is_root() && self.zone.chars().all(is_of_name))
            .ok_or_else(|| wrong("that is no zone".to_owned()))?;
        if self.asked.is_empty() {
            return Err(wrong("asked is empty".to_owned()));
        }
        let weight = self.weight.unwrap_or(1.0);
        if !(0.0..=HEAVIEST).contains(&weight) {
            return Err(wrong(format!("weight is not 0 to {HEAVIEST}")));
        }
        let fits = |limit: &Limit| limit.questions > 0 && (0.0..=60.0).contains(&limit.seconds);
        if self.limit.as_ref().is_some_and(|limit| !fits(limit)) {
            return Err(wrong("limit is not some questions in at most 60 seconds".to_owned()));
        }
        let other = self.other.unwrap_or(Means::Listed);
        if !matches!(other, Means::Listed | Means::Information) {
            return Err(wrong("other is not listed or information".to_owned()));
        }
        let codes = self.codes.into_iter().map(CodeRow::into_code);
        let codes = codes.collect::<Result<_, _>>().map_err(&wrong)?;
        let tests = self.asked.iter().map(|kind| Ok((*kind, self.tests.points(*kind)?)));
        let tests = tests.collect::<Result<_, _>>().map_err(&wrong)?;
        let operator = self.operator.unwrap_or_else(|| self.zone.to_ascii_lowercase());
        Ok(List {
            zone,
            operator,
            asked: self.asked,
            default: self.default,
            allow: self.allow,
            weight,
            codes,
            other,
            tests,
            limit: self.limit,
            key: self.key,
            removal: self.removal,
        })
    }
}

impl CodeRow {
    fn into_code(self) -> Result<Code, String> {
        let answer = match (&self.answer, self.bit) {
            (Some(text), None) => {
                let pattern = Pattern::parse(text);
                AnswerCode::Pattern(pattern.ok_or(format!("\"{text}\" is no answer"))?)
            }
            (None, Some(bit)) if bit.is_power_of_two() => AnswerCode::Bit(bit),
            (None, Some(bit)) => return Err(format!("{bit} is no bit")),
            _ => return Err("a code has either answer or bit".to_owned()),
        };
        let means = self.means.unwrap_or(Means::Listed);
        if means == Means::Impossible {
            return Err("a code cannot be impossible".to_owned());
        }
        Ok(Code { answer, means, meaning: self.meaning })
    }
}

impl Tests {
    fn points(&self, kind: Kind) -> Result<Points, String> {
        match kind {
            Kind::Ipv4 => self.ipv4.points(kind),
            Kind::Ipv6 => self.ipv6.points(kind),
            Kind::Domain => self.domain.points(kind),
        }
    }
}

impl PointsRow {
    fn points(&self, kind: Kind) -> Result<Points, String> {
        let usual = kind.usual_points();
        let point = |given: &Option<String>, usual| match given.as_deref() {
            None => Ok(usual),
            Some("") => Ok(None),
            Some(text) => subject(kind, text).map(Some),
        };
        Ok(Points {
            listed: point(&self.listed, usual.listed)?,
            clean: point(&self.clean, usual.clean)?,
        })
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

fn subject(kind: Kind, text: &str) -> Result<Subject, String> {
    let subject = if kind == Kind::Domain {
        Name::from_text(text).ok().map(Subject::Domain)
    } else {
        ip_address(text).ok().map(Subject::Address)
    };
    subject
        .filter(|it| it.kind() == kind)
        .ok_or_else(|| format!("\"{text}\" is none of the {}", kind.plural()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::dead;

    #[test]
    fn ok_the_table_that_is_built_in() {
        let lists = read(TABLE).expect("a table");
        let asked = |kind| lists.iter().filter(|it| it.default && it.knows(kind)).count();
        assert_eq!((asked(Kind::Ipv4), asked(Kind::Ipv6), asked(Kind::Domain)), (14, 5, 5));
        for list in &lists {
            assert!(dead(&list.zone).is_none(), "{} is dead", list.zone);
            assert!(!(list.default && (list.allow || list.key.is_some())), "{}", list.zone);
            assert!(
                list.key.as_ref().is_none_or(|it| it.starts_with("MAILHOST_")),
                "{}",
                list.zone
            );
        }
        let zen = lists.iter().find(|it| it.operator == "Spamhaus").expect("one of them");
        assert!(zen.points(Kind::Ipv4).listed.is_some() && zen.points(Kind::Ipv6).listed.is_none());
    }

    #[test]
    fn unknown_tables_that_are_wrong() {
        let row =
            |more: &str| format!("[[list]]\nzone = \"rbl.example\"\nasked = [\"ipv4\"]\n{more}");
        for (text, message) in [
            (String::new(), "there is no list in it"),
            (
                "[[list]]\nzone = 5".to_owned(),
                "line 2: invalid type: integer `5`, expected a string",
            ),
            (row("weigth = 2"), "line 4: unknown field `weigth`"),
            (row("weight = -1"), "rbl.example: weight is not 0 to 1000"),
            (row("weight = nan"), "rbl.example: weight is not 0 to 1000"),
            (
                row("limit = { questions = 0, seconds = 1.0 }"),
                "rbl.example: limit is not some questions in at most 60 seconds",
            ),
            (
                row("limit = { questions = 1, seconds = -1.0 }"),
                "rbl.example: limit is not some questions in at most 60 seconds",
            ),
            (row("other = \"refused\""), "rbl.example: other is not listed or information"),
            (row("codes = [{ meaning = \"x\" }]"), "rbl.example: a code has either answer or bit"),
            (row("codes = [{ bit = 3, meaning = \"x\" }]"), "rbl.example: 3 is no bit"),
            (
                row("codes = [{ answer = \"127.0.0\", meaning = \"x\" }]"),
                "rbl.example: \"127.0.0\" is no answer",
            ),
            (
                row("tests = { ipv4 = { listed = \"::1\" } }"),
                "rbl.example: \"::1\" is none of the IPv4 addresses",
            ),
            (row("") + &row(""), "rbl.example is there twice"),
            ("[[list]]\nzone = \".\"\nasked = [\"ipv4\"]".to_owned(), ".: that is no zone"),
            ("[[list]]\nzone = \"a.example\"\nasked = []".to_owned(), "a.example: asked is empty"),
        ] {
            let error = read(&text).expect_err(&text);
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
