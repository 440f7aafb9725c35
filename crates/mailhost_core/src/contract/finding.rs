//! Findings: what a check noticed, under a code that an operator can move.

use std::collections::BTreeMap;

use super::register::REGISTER;
use super::report::Identity;
use super::state::{State, parse_state};

/// A rule that can be broken; one row of the register.
#[derive(Debug)]
pub struct Rule {
    /// The stable code, the object first: `cert-expired`.
    pub code: &'static str,
    /// The state it has unless something moves it.
    pub usual: State,
    /// When the state is another than the usual one without the operator's `--severity`; empty when
    /// never.
    pub varies: &'static str,
    /// The plugins that can find it.
    pub plugins: &'static [&'static str],
    /// What it means when it fires.
    pub meaning: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

/// Something noticed, good or bad.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's code, or for good news its topic.
    pub code: &'static str,
    /// How bad it is.
    pub state: State,
    /// Which of several targets it is about.
    pub subject: Option<String>,
    /// The sentence with the evidence. May hold text from the other side; rendering cleans it.
    pub text: String,
    /// What does not fit into the sentence, such as a record and below it a caret that points at the
    /// mistake. For people: JSON has it in the facts. May hold text from the other side.
    pub lines: Vec<String>,
    /// The rule that is broken; `None` for good news.
    pub rule: Option<&'static Rule>,
    /// The state before the operator moved it.
    pub moved_from: Option<State>,
}

impl Finding {
    /// Good news under a topic, shown at `-v`.
    pub fn good(topic: &'static str, text: impl Into<String>) -> Self {
        Self {
            code: topic,
            state: State::Ok,
            subject: None,
            text: text.into(),
            lines: Vec::new(),
            rule: None,
            moved_from: None,
        }
    }

    /// A broken rule in its usual state.
    pub fn broken(rule: &'static Rule, text: impl Into<String>) -> Self {
        Self { state: rule.usual, rule: Some(rule), ..Self::good(rule.code, text) }
    }

    /// The same finding in a state that the circumstances give it.
    #[must_use]
    pub fn graded(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// The same finding with lines that show what the sentence is about.
    #[must_use]
    pub fn showing(self, lines: impl Into<Vec<String>>) -> Self {
        Self { lines: lines.into(), ..self }
    }

    /// The same finding about one of several targets.
    #[must_use]
    pub fn about(self, subject: &str) -> Self {
        Self { subject: Some(subject.to_owned()), ..self }
    }
}

/// The operator's word on single codes: `--ignore` and `--severity`.
#[derive(Clone, Debug, Default)]
pub struct Overrides(BTreeMap<String, State>);

/// An override that cannot be meant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OverrideError {
    /// `--severity` without `CODE=STATE` form or with an unknown state.
    #[error("\"{0}\" for --severity is not CODE=ok, CODE=warning, CODE=critical or CODE=unknown")]
    NotAnAssignment(String),
    /// No rule of this plugin has the code.
    #[error("no finding of {plugin} has the code \"{code}\"; docs/findings.md lists them")]
    UnknownCode {
        /// The code as given.
        code: String,
        /// The plugin's binary.
        plugin: String,
    },
}

impl Overrides {
    /// Reads the values of `--ignore` and `--severity`; the latter wins where both name a code.
    ///
    /// # Errors
    /// [`OverrideError`] for a code this plugin never gives and for a state that is none.
    pub fn parse(
        plugin: Identity,
        ignored: &[String],
        severities: &[String],
    ) -> Result<Self, OverrideError> {
        let known = |code: &str| {
            let ours = |rule: &&&Rule| rule.code == code && rule.plugins.contains(&plugin.name);
            if REGISTER.iter().any(|rule| ours(&rule)) {
                return Ok(code.to_owned());
            }
            Err(OverrideError::UnknownCode { code: code.to_owned(), plugin: plugin.binary() })
        };
        let mut overrides = BTreeMap::new();
        for code in ignored {
            overrides.insert(known(code)?, State::Ok);
        }
        for assignment in severities {
            let malformed = || OverrideError::NotAnAssignment(assignment.clone());
            let (code, state) = assignment.split_once('=').ok_or_else(malformed)?;
            overrides.insert(known(code)?, parse_state(state).map_err(|_| malformed())?);
        }
        Ok(Self(overrides))
    }

    /// Moves the findings that the operator named. Good news is never moved.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|finding| finding.rule.is_some()) {
            if let Some(state) = self.0.get(finding.code).filter(|state| **state != finding.state) {
                finding.moved_from = Some(finding.state);
                finding.state = *state;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rule;

    const BANNER: Identity = Identity { name: "smtp_banner" };

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn ok_an_ignored_finding_stays_with_the_state_it_had() {
        let overrides = Overrides::parse(BANNER, &texts(&["cert-expired"]), &[]).expect("known");
        let mut findings =
            [Finding::broken(&rule::CERT_EXPIRED, "old"), Finding::good("cert-expired", "odd")];
        overrides.apply(&mut findings);
        assert_eq!((findings[0].state, findings[0].moved_from), (State::Ok, Some(State::Critical)));
        assert_eq!((findings[1].state, findings[1].moved_from), (State::Ok, None));
    }

    #[test]
    fn warning_severity_moves_and_wins_over_ignore() {
        let overrides =
            Overrides::parse(BANNER, &texts(&["cert-expired"]), &texts(&["cert-expired=warning"]))
                .expect("known");
        let mut findings = [Finding::broken(&rule::CERT_EXPIRED, "old")];
        overrides.apply(&mut findings);
        assert_eq!(findings[0].state, State::Warning);
    }

    #[test]
    fn unknown_codes_and_states_are_refused() {
        for (ignored, severities, message) in [
            (
                &["cert-expierd"][..],
                &[][..],
                "no finding of check_smtp_banner has the code \"cert-expierd\"; docs/findings.md \
                 lists them",
            ),
            (
                &[],
                &["cert-expired"],
                "\"cert-expired\" for --severity is not CODE=ok, CODE=warning, CODE=critical or \
                 CODE=unknown",
            ),
            (
                &[],
                &["cert-expired=fine"],
                "\"cert-expired=fine\" for --severity is not CODE=ok, CODE=warning, CODE=critical \
                 or CODE=unknown",
            ),
        ] {
            let error =
                Overrides::parse(BANNER, &texts(ignored), &texts(severities)).expect_err("refused");
            assert_eq!(error.to_string(), message);
        }
    }
}
