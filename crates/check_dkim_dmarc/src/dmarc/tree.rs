//! The tree walk: which record counts for a domain, and which domain stands for its organization (RFC
//! 9989 section 4.10).

use std::rc::Rc;

use mailhost_core::dns::{
    AliasConflict, Answer, Failure, Known, Name, Outcome, Question, RecordType,
};
use serde::Serialize;

use super::policy::Mode;
use super::record::{Psd, Record};
use super::select::{LookAlike, Other, select};

/// What was seen on the way from a domain up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Walk {
    /// The domain where it begins.
    pub(crate) start: Name,
    /// The names that were looked at, the domain itself first; the last is where the walk ends.
    pub(crate) steps: Vec<Step>,
}

/// What there is at one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    /// Without the `_dmarc` in front.
    pub(crate) domain: Name,
    pub(crate) found: Found,
    pub(crate) look_alikes: Vec<LookAlike>,
    pub(crate) others: Vec<Other>,
    /// The alias under which the texts really are, if any.
    pub(crate) alias: Option<Name>,
    /// Whether that, or the name itself, is there at all.
    pub(crate) exists: bool,
    /// An alias that is in the way of them.
    pub(crate) conflict: Option<AliasConflict>,
}

/// The record of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Found {
    /// The DNS did not say.
    Failed(Failure),
    Missing,
    One(Box<Record>),
    /// More than one, which count as none.
    Several(Vec<String>),
}

/// The record that counts for a domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ruling<'a> {
    pub(crate) record: &'a Record,
    /// Where it is.
    pub(crate) domain: &'a Name,
    /// Whether it is the domain's own.
    pub(crate) own: bool,
    /// Whether it is that of a public suffix above the organization, which has none.
    pub(crate) of_public_suffix: bool,
}

/// Looks at every name from a domain up. All are asked at once, as many as the walk may take at most;
/// what lies behind its end is left out.
pub(crate) fn walk(known: &mut Known, domain: &Name) -> Walk {
    let names = names(domain);
    let asked = names.into_iter().map(|name| {
        let answer = match record_name(&name) {
            Some(record) => known.answer(&Question::new(&record, RecordType::Txt)),
            // A name that is too long to have a record has none.
            None => Some(Rc::new(Answer::of(Outcome::NxDomain))),
        };
        (name, answer)
    });
    let mut steps = Vec::new();
    let mut ended = false;
    // All of it, so that all are asked for.
    for (name, answer) in asked {
        let Some(answer) = answer.filter(|_| !ended) else { continue };
        let step = Step::read(name, &answer);
        ended = step.record().is_some_and(|record| record.psd != Psd::Unknown);
        steps.push(step);
    }
    Walk { start: domain.clone(), steps }
}

/// The name below which a domain has its record; `None` where that is too long to be one.
pub(crate) fn record_name(domain: &Name) -> Option<Name> {
    Name::from_text("_dmarc").and_then(|first| first.under(domain)).ok()
}

/// The domains of a walk: the first, and then those with at most seven labels.
fn names(domain: &Name) -> Vec<Name> {
    let above = std::iter::successors(domain.parent(), Name::parent);
    let above = above.filter(|name| !name.is_root() && name.labels().count() <= MOST_LABELS_ABOVE);
    std::iter::once(domain.clone()).chain(above).collect()
}

impl Walk {
    /// The record that counts for the domain where the walk began (section 4.10.1).
    ///
    /// # Errors
    /// What the DNS did not say, where that leaves it open.
    pub(crate) fn ruling(&self) -> Result<Option<Ruling<'_>>, &Failure> {
        let Some(first) = self.steps.first() else { return Ok(None) };
        match &first.found {
            Found::Failed(failure) => return Err(failure),
            Found::One(record) => {
                let domain = &first.domain;
                return Ok(Some(Ruling { record, domain, own: true, of_public_suffix: false }));
            }
            Found::Missing | Found::Several(_) => {}
        }
        let organization = self.organizational_domain()?;
        let with_record = || self.steps.iter().filter_map(|step| Some((step, step.record()?)));
        let of_organization = with_record().find(|(step, _)| step.domain == organization);
        let of_suffix = || with_record().find(|(_, record)| record.psd == Psd::Yes);
        Ok(of_organization.or_else(of_suffix).map(|(step, record)| Ruling {
            record,
            domain: &step.domain,
            own: false,
            of_public_suffix: step.domain != organization,
        }))
    }

    /// The domain that stands for the organization (section 4.10.2).
    ///
    /// # Errors
    /// What the DNS did not say: there may be a record that settles it.
    pub(crate) fn organizational_domain(&self) -> Result<Name, &Failure> {
        let mut shortest = None;
        for (at, step) in self.steps.iter().enumerate() {
            let record = match &step.found {
                Found::Failed(failure) => return Err(failure),
                Found::Missing | Found::Several(_) => continue,
                Found::One(record) => record,
            };
            match record.psd {
                Psd::No => return Ok(step.domain.clone()),
                Psd::Yes if at > 0 => return Ok(self.one_label_below(&step.domain)),
                Psd::Unknown | Psd::Yes => shortest = Some(step.domain.clone()),
            }
        }
        Ok(shortest.unwrap_or_else(|| self.start.clone()))
    }

    /// Whether what speaks for the domain of another walk speaks for this one's too (section 4.4).
    ///
    /// # Errors
    /// What the DNS did not say, where that leaves it open.
    pub(crate) fn is_aligned<'a>(
        &'a self,
        other: &'a Self,
        mode: Mode,
    ) -> Result<bool, &'a Failure> {
        if self.start == other.start {
            return Ok(true);
        }
        match mode {
            Mode::Strict => Ok(false),
            Mode::Relaxed => Ok(self.organizational_domain()? == other.organizational_domain()?),
        }
    }

    /// The name between the start and a name above it that has one label more than that.
    fn one_label_below(&self, above: &Name) -> Name {
        let count = above.labels().count() + 1;
        let mut name = self.start.clone();
        while name.labels().count() > count {
            let Some(parent) = name.parent() else { break };
            name = parent;
        }
        name
    }
}

impl Step {
    fn read(domain: Name, answer: &Answer) -> Self {
        let selected = select(answer.texts());
        let mut records = selected.records;
        let found = match (answer.failure(), records.len()) {
            (Some(failure), _) => Found::Failed(failure.clone()),
            (None, 0) => Found::Missing,
            (None, 1) => Found::One(Box::new(Record::parse(&records.remove(0)))),
            (None, _) => Found::Several(records),
        };
        Self {
            domain,
            found,
            look_alikes: selected.look_alikes,
            others: selected.others,
            alias: answer.aliases.last().cloned(),
            exists: answer.outcome != Outcome::NxDomain,
            conflict: answer.conflict,
        }
    }

    /// The record, where there is exactly one.
    pub(crate) fn record(&self) -> Option<&Record> {
        match &self.found {
            Found::One(record) => Some(record),
            _ => None,
        }
    }
}

/// Labels of the longest name that is looked at above a domain, so that a walk takes eight questions at
/// most.
const MOST_LABELS_ABOVE: usize = 7;

#[cfg(test)]
mod tests;
