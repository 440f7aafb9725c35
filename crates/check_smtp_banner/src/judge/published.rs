//! Records of a domain that are a version and fields behind it: what is wrong with them in the same way.

use mailhost_core::contract::{Finding, Rule, State};
use mailhost_core::dns::Failure;
use mailhost_core::mail::field_list::{FieldFault, FieldFaultKind};
use mailhost_core::mail::{alias_conflict, not_said, point_at};

use crate::facts::Published;

/// A kind of record, and its rules.
pub(super) struct Kind {
    /// "MTA-STS".
    pub(super) name: &'static str,
    pub(super) dns_failed: &'static Rule,
    pub(super) missing: &'static Rule,
    pub(super) odd: &'static Rule,
    pub(super) several: &'static Rule,
    pub(super) syntax: &'static Rule,
}

impl Kind {
    /// The one record, where there is exactly one; what is wrong otherwise is noted.
    pub(super) fn only<'a>(
        &self,
        published: &'a Published,
        resolver: Option<&Failure>,
        findings: &mut Vec<Finding>,
    ) -> Option<&'a str> {
        let (name, at) = (self.name, &published.at);
        if let Some(conflict) = published.alias.conflict {
            findings.push(alias_conflict(conflict, at));
        }
        if let Some(failure) = &published.failure {
            let what = format!("{name} record is not known");
            findings.push(not_said(resolver, self.dns_failed, failure, &what));
            return None;
        }
        match &published.records[..] {
            [record] => {
                self.beside(published, findings);
                return Some(record);
            }
            [] => findings.push(self.missing(published)),
            several => {
                let text =
                    format!("has {} {name} records, and senders use none of them", several.len());
                findings.push(Finding::broken(self.several, text).showing(several));
            }
        }
        None
    }

    fn missing(&self, published: &Published) -> Finding {
        let (name, at) = (self.name, &published.at);
        let broken = |text: String| Finding::broken(self.missing, text);
        if let [like, ..] = &published.look_alikes[..] {
            let text = format!("has no {name} record, only one that looks like it: {}", like.why);
            return broken(text).showing([like.text.clone()]);
        }
        if published.misplaced {
            return broken(format!("has its {name} record at the domain itself, not at {at}"));
        }
        let text = format!("has no {name} record at {at}");
        match &published.others[..] {
            [] => broken(text),
            // Mostly of a wildcard.
            others => broken(format!("{text}, only other texts")).showing(others),
        }
    }

    /// What is there beside the record.
    fn beside(&self, published: &Published, findings: &mut Vec<Finding>) {
        let name = self.name;
        findings.extend(published.look_alikes.iter().map(|it| {
            let text = format!("beside the {name} record is one that looks like it: {}", it.why);
            Finding::broken(self.odd, text).showing([it.text.clone()])
        }));
        if !published.others.is_empty() {
            let text = format!("beside the {name} record are other texts, which senders pass over");
            let finding = Finding::broken(self.odd, text).graded(State::Ok);
            findings.push(finding.showing(&published.others[..]));
        }
    }

    /// What is wrong in a record: the first faults of very many.
    pub(super) fn faults(&self, record: &str, faults: &[FieldFault]) -> Vec<Finding> {
        faults.iter().take(MOST_FAULTS).map(|fault| self.fault(record, fault)).collect()
    }

    fn fault(&self, record: &str, fault: &FieldFault) -> Finding {
        let rule = if fault.is_fatal() { self.syntax } else { self.odd };
        let text = format!("{} record: {}", self.name, fault.error.text);
        let finding = Finding::broken(rule, text).showing(point_at(record, &fault.error.span));
        // The grammar has room for fields that come later.
        let is_harmless = fault.kind == FieldFaultKind::Unknown;
        if is_harmless { finding.graded(State::Ok) } else { finding }
    }
}

/// Faults of one record or policy that are told.
pub(super) const MOST_FAULTS: usize = 10;
