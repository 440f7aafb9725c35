//! What the DNS did not say, and who is to blame.

use std::collections::BTreeSet;

use crate::contract::{Finding, Rule, State, rule};
use crate::dns::{Failure, Fault, Known, Name, Question, RecordType};

/// Why the resolver knows nothing: asked only when it failed at something, about the name servers of
/// the top-level domain of a name, or those of the root. Where it does not know these either, the
/// name is not to blame.
///
/// To be called after all that the run wants to know, so that it sees what failed.
pub fn resolver_failure(known: &mut Known, name: Option<&Name>) -> Option<Failure> {
    let failed =
        known.all().any(|(question, answer)| question.at.is_none() && answer.failure().is_some());
    if !failed {
        return None;
    }
    let top = name.and_then(|name| Name::from_labels(name.labels().last().into_iter()).ok());
    let top = top.unwrap_or_else(Name::root);
    let answer = known.answer(&Question::new(&top, RecordType::Ns))?;
    answer.failure().filter(|failure| failure.fault != Fault::NotAsked).cloned()
}

/// The finding of something that the DNS did not say: `rule`, or what is behind it. `resolver` is
/// what [`resolver_failure`] saw, `what` the beginning of the sentence.
pub fn not_said(
    resolver: Option<&Failure>,
    rule: &'static Rule,
    failure: &Failure,
    what: &str,
) -> Finding {
    let text = format!("{what}: {failure}");
    if failure.fault == Fault::NotAsked {
        return Finding::broken(
            &rule::NOT_LOOKED_AT,
            "not all was asked: the questions or the time of this run are used up",
        );
    }
    if resolver.is_some() {
        return Finding::broken(&rule::RESOLVER_FAILED, text);
    }
    if failure.fault == Fault::Bogus {
        let state = rule.usual;
        return Finding::broken(&rule::DNSSEC_BOGUS, text).graded(state);
    }
    Finding::broken(rule, text)
}

/// Gives a finding of [`not_said`] the state that the operator wants for a DNS that is silent, or that
/// fails in another way. One that is not critical keeps its own: it says less than the operator thought of.
#[must_use]
pub fn graded_by(
    finding: Finding,
    failure: &Failure,
    when_silent: State,
    when_unreachable: State,
) -> Finding {
    if finding.state != State::Critical {
        return finding;
    }
    let silent = failure.fault == Fault::Timeout;
    finding.graded(if silent { when_silent } else { when_unreachable })
}

/// Leaves every finding there once. A resolver that knows nothing fails at everything, and a record
/// that is included twice is wrong twice.
pub fn once(findings: &mut Vec<Finding>) {
    let mut said = BTreeSet::new();
    findings.retain(|finding| {
        let told = (finding.subject.clone(), finding.text.clone());
        let resolver = finding.code == rule::RESOLVER_FAILED.code;
        said.insert((finding.code, if resolver { (None, String::new()) } else { told }))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Zone;

    fn name(text: &str) -> Name {
        Name::from_text(text).expect("a name")
    }

    /// What is behind a failing name, when these fail too.
    fn behind(failing: &[&str]) -> Option<Fault> {
        let zone = Zone::default().txt("d.example", "x").txt("other.test", "x");
        let mut zone = failing.iter().fold(zone, |zone, name| zone.fails(name, Fault::ServFail));
        let domain = name("d.example");
        let failure = Known::up_to(10).settle(&mut zone, |known| {
            known.answer(&Question::new(&domain, RecordType::Txt));
            resolver_failure(known, Some(&domain))
        });
        failure.map(|failure| failure.fault)
    }

    #[test]
    fn ok_a_resolver_that_knows_the_top_is_not_to_blame() {
        assert_eq!(behind(&[]), None);
        assert_eq!(behind(&["example"]), None);
        assert_eq!(behind(&["d.example"]), None);
    }

    #[test]
    fn unknown_a_resolver_that_does_not_is() {
        assert_eq!(behind(&["d.example", "example"]), Some(Fault::ServFail));
    }

    #[test]
    fn ok_what_is_behind_a_failure_decides_what_it_is() {
        let found = |resolver: Option<&Failure>, fault| {
            let failure = Failure::of(fault);
            let finding = not_said(resolver, &rule::SPF_DNS_FAILED, &failure, "SPF is not known");
            (finding.code, finding.state)
        };
        let resolver = Failure::of(Fault::Timeout);
        assert_eq!(found(None, Fault::Timeout), ("spf-dns-failed", State::Warning));
        assert_eq!(found(None, Fault::Bogus), ("dnssec-bogus", State::Warning));
        assert_eq!(found(None, Fault::NotAsked), ("not-looked-at", State::Unknown));
        assert_eq!(found(Some(&resolver), Fault::Timeout), ("resolver-failed", State::Unknown));
    }

    #[test]
    fn warning_as_the_operator_wants_what_is_critical() {
        let found = |rule, fault| {
            let failure = Failure::of(fault);
            let finding = not_said(None, rule, &failure, "MX is not known");
            graded_by(finding, &failure, State::Warning, State::Unknown).state
        };
        assert_eq!(found(&rule::MX_DNS_FAILED, Fault::Timeout), State::Warning);
        assert_eq!(found(&rule::MX_DNS_FAILED, Fault::ServFail), State::Unknown);
        assert_eq!(found(&rule::SPF_DNS_FAILED, Fault::ServFail), State::Warning);
    }

    #[test]
    fn ok_what_is_said_twice_is_said_once() {
        let broken = |rule, text: &str| Finding::broken(rule, text);
        let mut findings = vec![
            broken(&rule::RESOLVER_FAILED, "MX is not known: no answer in time"),
            broken(&rule::RESOLVER_FAILED, "SPF is not known: no answer in time"),
            broken(&rule::RESOLVER_FAILED, "gets no result: no answer in time").about("192.0.2.1"),
            broken(&rule::SPF_MISSING, "has no SPF record"),
            broken(&rule::SPF_MISSING, "has no SPF record"),
            broken(&rule::SPF_MISSING, "has no SPF record").about("192.0.2.1"),
        ];
        once(&mut findings);
        let codes: Vec<&str> = findings.iter().map(|it| it.code).collect();
        assert_eq!(codes, ["resolver-failed", "spf-missing", "spf-missing"]);
    }
}
