//! The record that says that there is a policy, and when it changes (RFC 8461 section 3.1).

use serde::Serialize;

use crate::mail::field_list::{self, Field, FieldFault, FieldFaultKind, Selected};

/// A record that senders can use.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Record {
    /// What is another one whenever the policy is: 1 to 32 letters and digits.
    pub id: String,
    /// What is odd in it, and not fatal.
    #[serde(skip)]
    pub oddities: Vec<FieldFault>,
}

/// Sorts the texts at `_mta-sts.<domain>`, each with its strings put together. Unless exactly one is
/// a record, senders do as if there were none.
pub fn select(texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    field_list::select(VERSION, texts)
}

impl Record {
    /// Reads a text that begins with `v=STSv1;`.
    ///
    /// # Errors
    /// Everything that is wrong, in order: at least one fault is fatal.
    pub fn parse(text: &str) -> Result<Self, Vec<FieldFault>> {
        let (fields, mut faults) = field_list::read(VERSION, text);
        let mut id = None;
        for field in fields {
            match field.name {
                "id" => match identifier(&field) {
                    Ok(value) => id = Some(value),
                    Err(fault) => faults.push(fault),
                },
                _ => faults.push(field.unknown("MTA-STS", &["id"])),
            }
        }
        if id.is_none() && !faults.iter().any(FieldFault::is_fatal) {
            let missing = "the field id= is missing";
            faults.push(FieldFault::new(FieldFaultKind::Syntax, 0..text.len(), missing));
        }
        faults.sort_by_key(|fault| fault.error.span.start);
        match id.filter(|_| !faults.iter().any(FieldFault::is_fatal)) {
            Some(id) => Ok(Self { id, oddities: faults }),
            None => Err(faults),
        }
    }
}

/// ```text
/// sts-id = %s"id=" 1*32(ALPHA / DIGIT)
/// ```
fn identifier(field: &Field<'_>) -> Result<String, FieldFault> {
    let wrong = |span, says: &str| Err(FieldFault::new(FieldFaultKind::Syntax, span, says));
    if let Some((at, c)) = field.value.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric()) {
        let says = match c {
            '\\' => {
                "a backslash is part of the record: only a zone file has one before a semicolon"
            }
            _ => "id= has letters and digits only",
        };
        let at = field.value_span.start + at;
        return wrong(at..at + c.len_utf8(), says);
    }
    if field.value.len() > LONGEST_ID {
        return wrong(field.value_span.clone(), "id= has at most 32 letters and digits");
    }
    Ok(field.value.to_owned())
}

const VERSION: &str = "v=STSv1";
const LONGEST_ID: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_the_identifier() {
        let long = format!("v=STSv1; id={}", "a".repeat(32));
        for (text, id) in [
            ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
            ("v=STSv1;id=1", "1"),
            ("v=STSv1; x=y; id=2 ; id=3", "2"),
            (&long, &long[12..]),
        ] {
            assert_eq!(Record::parse(text).expect(text).id, id);
        }
        let odd = Record::parse("v=STSv1 ; x=y; id=2; id=3").expect("a record").oddities;
        let kinds: Vec<FieldFaultKind> = odd.iter().map(|fault| fault.kind).collect();
        assert_eq!(
            kinds,
            [FieldFaultKind::Blank, FieldFaultKind::Unknown, FieldFaultKind::Duplicate]
        );
    }

    #[test]
    fn critical_what_no_sender_reads() {
        let long = format!("v=STSv1; id={}", "a".repeat(33));
        for (text, at, says) in [
            ("v=STSv1;", "v=STSv1;", "the field id= is missing"),
            ("v=STSv1; ID=1", "ID", "ID= is no field of MTA-STS; write id= in small letters"),
            ("v=STSv1; id=2016-08-31", "-", "id= has letters and digits only"),
            ("v=STSv1; id=1 2", " ", "id= has letters and digits only"),
            (
                "v=STSv1; id=1\\;",
                "\\",
                "a backslash is part of the record: only a zone file has one before a semicolon",
            ),
            ("v=STSv1; id=", "id=", "id= has no value"),
            ("v=STSv1; id", "id", "a field is a name, the sign = and a value"),
            (&long, &long[12..], "id= has at most 32 letters and digits"),
            // The first one counts, be it wrong.
            ("v=STSv1; id=1_; id=2", "_", "id= has letters and digits only"),
        ] {
            let faults = Record::parse(text).expect_err(text);
            let found = faults.iter().find(|fault| fault.error.text == says).expect(text);
            assert_eq!(&text[found.error.span.clone()], at, "{text}");
            assert!(faults.iter().any(FieldFault::is_fatal), "{text}");
        }
    }

    #[test]
    fn warning_several_records_are_none() {
        let texts = ["v=STSv1; id=2", "v=STSv1; id=1", "v=spf1 -all", "x"];
        let selected = select(texts.iter().map(|text| text.as_bytes().to_vec()));
        assert_eq!(selected.records, ["v=STSv1; id=1", "v=STSv1; id=2"]);
        assert_eq!((selected.spf.len(), selected.others.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_pointed_at(text in "v=STSv1[ ;]{0,2}([ ;]{0,2}[a-zA-Z=_]{0,4}\\PC{0,8}){0,5}") {
            let _ = select([text.clone().into_bytes()].into_iter());
            let faults = match Record::parse(&text) {
                Ok(record) => record.oddities,
                Err(faults) => {
                    prop_assert!(faults.iter().any(FieldFault::is_fatal));
                    faults
                }
            };
            for fault in faults {
                prop_assert!(text.get(fault.error.span).is_some_and(|part| !part.is_empty()));
            }
        }
    }
}
