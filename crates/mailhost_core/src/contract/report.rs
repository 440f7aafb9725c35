//! What a check has to say, before it is put into one of the output formats.

use super::finding::Finding;
use super::perfdata::Metric;
use super::state::State;
use super::text::{clean_to, without_middle};

/// Which plugin speaks.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// The plugin's short name, `smtp_banner` for `check_smtp_banner`.
    pub name: &'static str,
}

impl Identity {
    /// The name of the program: `check_smtp_banner`.
    pub fn binary(self) -> String {
        format!("check_{}", self.name)
    }

    /// The name in front of the state: `SMTP BANNER`.
    pub fn title(self) -> String {
        self.name.to_ascii_uppercase().replace('_', " ")
    }
}

/// A line of detail for those who ask for it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The number of `-v` from which it is shown: 2 for dialogue and records, 3 for timings and
    /// queries.
    pub level: u8,
    /// The line. May hold text from the other side; rendering cleans it. Never a secret.
    pub text: String,
}

/// A judged check.
#[derive(Debug)]
pub struct Report<F> {
    /// What was checked, as the operator would name it.
    pub target: String,
    /// What stands in the first line before all else, whatever is found: the answer to a question that
    /// was asked.
    pub lead: Option<String>,
    /// The first line when nothing is wrong; when nothing could be checked, why.
    pub summary: String,
    /// Everything noticed, in the order it was noticed.
    pub findings: Vec<Finding>,
    /// Everything measured.
    pub metrics: Vec<Metric>,
    /// Detail for `-vv` and `-vvv`.
    pub evidence: Vec<Evidence>,
    /// What was seen, for JSON.
    pub facts: F,
}

impl Report<()> {
    /// A report of having found out nothing, which is UNKNOWN.
    pub fn nothing(why: impl Into<String>) -> Self {
        Self {
            target: String::new(),
            lead: None,
            summary: why.into(),
            findings: Vec::new(),
            metrics: Vec::new(),
            evidence: Vec::new(),
            facts: (),
        }
    }
}

impl<F> Report<F> {
    /// The worst state of all findings; UNKNOWN without any, because nothing checked is never OK.
    pub fn state(&self) -> State {
        self.findings.iter().map(|finding| finding.state).max().unwrap_or(State::Unknown)
    }

    /// The most important fact in words: the first of the worst findings, or the summary when
    /// nothing is wrong.
    pub fn headline(&self) -> String {
        let (text, others) = self.headline_and_others(usize::MAX);
        text + &others
    }

    /// The same, cleaned and in at most `limit` characters, of which the count of the others keeps
    /// its part, and so does what is said of a subject with a long name.
    pub(crate) fn headline_within(&self, limit: usize) -> String {
        let (text, others) = self.headline_and_others(limit / 2);
        clean_to(&text, limit.saturating_sub(others.len())) + &others
    }

    /// With at most `longest` characters of the subject.
    fn headline_and_others(&self, longest: usize) -> (String, String) {
        let (text, others) = self.most_important(longest);
        match &self.lead {
            Some(lead) if text.is_empty() => (lead.clone(), others),
            Some(lead) => (format!("{lead}, {text}"), others),
            None => (text, others),
        }
    }

    fn most_important(&self, longest: usize) -> (String, String) {
        let state = self.state();
        let bad = self.findings.iter().filter(|finding| finding.state != State::Ok);
        let Some(worst) = bad.clone().find(|finding| finding.state == state) else {
            let ignored = self.findings.iter().filter(|it| it.moved_from.is_some()).count();
            return match (self.summary.as_str(), ignored) {
                ("", 0) if self.lead.is_none() => ("nothing was checked".to_owned(), String::new()),
                (summary, 0) => (summary.to_owned(), String::new()),
                (summary, _) => {
                    let summary =
                        if summary.is_empty() { "nothing else was checked" } else { summary };
                    (summary.to_owned(), format!(" ({ignored} ignored)"))
                }
            };
        };
        let subject = worst.subject.as_deref().unwrap_or(&self.target);
        let subject = without_middle(subject, longest);
        // What could not be looked at beside something worse is its consequence.
        let counts =
            |finding: &&Finding| state == State::Unknown || finding.state != State::Unknown;
        let more = match bad.filter(counts).count() - 1 {
            0 => String::new(),
            others => format!(" (+{others} more)"),
        };
        (format!("{subject} {}", worst.text).trim_start().to_owned(), more)
    }

    /// The findings, worst first, otherwise in the order they were noticed.
    pub(crate) fn findings_worst_first(&self) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.state));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rule;

    fn report(findings: Vec<Finding>) -> Report<()> {
        Report {
            target: "mail.example.org:25".to_owned(),
            summary: "all is well".to_owned(),
            findings,
            ..Report::nothing("")
        }
    }

    #[test]
    fn unknown_nothing_checked_is_never_ok() {
        assert_eq!(report(vec![]).state(), State::Unknown);
        assert_eq!(Report::nothing("").headline(), "nothing was checked");
    }

    #[test]
    fn ok_good_news_is_summed_up() {
        let report = report(vec![Finding::good("greeting", "220")]);
        assert_eq!((report.state(), report.headline().as_str()), (State::Ok, "all is well"));
    }

    #[test]
    fn critical_the_worst_finding_leads_and_the_others_are_counted() {
        let report = report(vec![
            Finding::broken(&rule::GREETING_NAME, "greets as mx"),
            Finding::broken(&rule::CERT_EXPIRED, "certificate expired"),
            Finding::good("greeting", "220"),
        ]);
        assert_eq!(report.state(), State::Critical);
        assert_eq!(report.headline(), "mail.example.org:25 certificate expired (+1 more)");
        assert_eq!(report.findings_worst_first()[0].code, "cert-expired");
    }

    #[test]
    fn critical_the_answer_to_a_question_stands_before_what_is_wrong() {
        let asked = |findings| Report { lead: Some("spf=pass".to_owned()), ..report(findings) };
        assert_eq!(asked(vec![]).headline(), "spf=pass, all is well");
        let worse = asked(vec![Finding::broken(&rule::CERT_EXPIRED, "certificate expired")]);
        assert_eq!(worse.headline(), "spf=pass, mail.example.org:25 certificate expired");
    }

    #[test]
    fn critical_a_long_subject_leaves_room_for_what_is_wrong() {
        let long = format!("/var/lib/{}/end", "x".repeat(200));
        let report =
            report(vec![Finding::broken(&rule::CERT_EXPIRED, "certificate expired").about(&long)]);
        assert_eq!(
            report.headline_within(60),
            "/var/lib/xxxx...xxxxxxxxxx/end certificate expired"
        );
        assert_eq!(report.headline(), format!("{long} certificate expired"));
    }

    #[test]
    fn critical_the_count_of_the_others_is_never_cut_off() {
        let report = report(vec![
            Finding::broken(&rule::CERT_EXPIRED, "x".repeat(200)),
            Finding::broken(&rule::GREETING_NAME, "greets as mx"),
        ]);
        let headline = report.headline_within(60);
        assert_eq!(headline, format!("mail.example.org:25 {}... (+1 more)", "x".repeat(27)));
    }
}
