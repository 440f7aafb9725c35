//! The DMARC record, where it may be by mistake, and where its reports go.

use mailhost_core::dns::{Known, Name, Question, RecordType};
use mailhost_core::mail::Alias;

use super::destinations;
use crate::dmarc::{Found, record_name, select, walk};
use crate::facts::Dmarc;

/// Looks at the record of a domain.
pub(super) fn look(known: &mut Known, domain: &Name) -> Dmarc {
    let walk = walk(known, domain);
    let name = record_name(domain);
    let alias = name.as_ref().map(|name| Alias::at(known, name)).unwrap_or_default();
    let at_domain = records(known, domain);
    let missing = walk.steps.first().is_some_and(|step| step.found == Found::Missing);
    let doubled = name.filter(|_| missing).and_then(|name| name.under(domain).ok());
    let at_doubled = doubled.map(|name| records(known, &name)).unwrap_or_default();
    let (destinations, more_destinations) = destinations::look(known, &walk);
    Dmarc { walk, alias, at_domain, at_doubled, destinations, more_destinations }
}

/// The DMARC records at a name.
fn records(known: &mut Known, name: &Name) -> Vec<String> {
    let answer = known.answer(&Question::new(name, RecordType::Txt));
    answer.map(|answer| select(answer.texts()).records).unwrap_or_default()
}
