//! The BIMI record: the domain's, or else its organization's.

use mailhost_core::dns::{Answer, Known, Name, Question, RecordType};
use mailhost_core::mail::{Alias, Domain};

use crate::bimi::BimiRecord;
use crate::facts::{Bimi, BimiFound, Dmarc};

/// Looks at the record of a selector.
pub(super) fn look(known: &mut Known, domain: &Domain, selector: &str, dmarc: &Dmarc) -> Bimi {
    let own = at(known, &domain.name, selector);
    let missing = matches!(&own, Some(own) if own.found == BimiFound::Missing);
    let above = match dmarc.walk.organizational_domain() {
        Ok(above) if missing && above != domain.name => at(known, &above, selector),
        // Where it is not known whose record would count, it is not known that there is none.
        Err(failure) if missing => {
            let found = BimiFound::Undecided(failure.clone());
            Some(Bimi { found, ..nothing(&domain.name, selector) })
        }
        _ => None,
    };
    let counts = above.filter(|above| above.found != BimiFound::Missing).or(own);
    let at_domain = texts(known, &domain.name);
    Bimi {
        at_domain: at_domain.into_iter().filter(|text| BimiRecord::is_meant(text)).collect(),
        ..counts.unwrap_or_else(|| nothing(&domain.name, selector))
    }
}

fn nothing(domain: &Name, selector: &str) -> Bimi {
    Bimi {
        selector: selector.to_owned(),
        domain: domain.clone(),
        found: BimiFound::Missing,
        spf: Vec::new(),
        others: Vec::new(),
        conflict: None,
        at_domain: Vec::new(),
    }
}

/// What there is at one domain; `None` while the answer is missing.
fn at(known: &mut Known, domain: &Name, selector: &str) -> Option<Bimi> {
    let name = Name::from_text(format!("{selector}._bimi")).and_then(|first| first.under(domain));
    let Ok(name) = name else { return Some(nothing(domain, selector)) };
    let conflict = Alias::at(known, &name).conflict;
    let answer = known.answer(&Question::new(&name, RecordType::Txt))?;
    let (mut records, others): (Vec<String>, Vec<String>) =
        decoded(&answer).into_iter().partition(|text| BimiRecord::is_meant(text));
    let is_spf = |text: &String| text.to_ascii_lowercase().starts_with("v=spf1");
    let (spf, others) = others.into_iter().partition(is_spf);
    let found = match (answer.failure(), records.len()) {
        (Some(failure), _) => BimiFound::Failed(failure.clone()),
        (None, 0) => BimiFound::Missing,
        (None, 1) => {
            let text = records.remove(0);
            match BimiRecord::parse(&text) {
                Ok(record) => BimiFound::One { text, record },
                Err(errors) => BimiFound::Wrong { text, errors },
            }
        }
        (None, _) => BimiFound::Several(records),
    };
    Some(Bimi { found, spf, others, conflict, ..nothing(domain, selector) })
}

fn texts(known: &mut Known, name: &Name) -> Vec<String> {
    let answer = known.answer(&Question::new(name, RecordType::Txt));
    answer.map(|answer| decoded(&answer)).unwrap_or_default()
}

fn decoded(answer: &Answer) -> Vec<String> {
    answer.texts().map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}
