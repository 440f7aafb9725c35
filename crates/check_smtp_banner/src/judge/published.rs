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
        match (&published.records[..], &published.look_alikes[..]) {
            ([record], look_alikes) => {
                findings.extend(look_alikes.iter().map(|it| {
                    let text =
                        format!("beside the {name} record is one that looks like it: {}", it.why);
                    Finding::broken(self.odd, text).showing([it.text.clone()])
                }));
                return Some(record);
            }
            ([], []) => {
                let text = format!("has no {name} record at {at}");
                findings.push(Finding::broken(self.missing, text));
            }
            ([], [like, ..]) => {
                let text =
                    format!("has no {name} record, only one that looks like it: {}", like.why);
                findings.push(Finding::broken(self.missing, text).showing([like.text.clone()]));
            }
            (several, _) => {
                let text =
                    format!("has {} {name} records, and senders use none of them", several.len());
                findings.push(Finding::broken(self.several, text).showing(several));
            }
        }
        None
    }

    /// What is wrong in a record.
    pub(super) fn fault(&self, record: &str, fault: &FieldFault) -> Finding {
        let rule = if fault.is_fatal() { self.syntax } else { self.odd };
        let text = format!("{} record: {}", self.name, fault.error.text);
        let finding = Finding::broken(rule, text).showing(point_at(record, &fault.error.span));
        // The grammar has room for fields that come later.
        let is_harmless = fault.kind == FieldFaultKind::Unknown;
        if is_harmless { finding.graded(State::Ok) } else { finding }
    }
}
