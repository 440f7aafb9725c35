//! The Monitoring Plugins' format: one line that says it all, then the findings.

use super::LARGEST_OUTPUT;
use crate::contract::report::{Identity, Report};
use crate::contract::state::State;
use crate::contract::text::clean_to;

/// `NAME STATE - headline | perfdata`, then the findings, worst first.
///
/// `verbose` counts the `-v`: 1 adds the good findings, 2 and 3 the evidence of that level. All
/// perfdata is on the first line, behind the only `|` of the whole output.
pub fn nagios<F>(plugin: Identity, report: &Report<F>, verbose: u8, perfdata: bool) -> String {
    let headline = report.headline_within(HEADLINE);
    let mut output = format!("{} {} - {headline}", plugin.title(), report.state());
    if perfdata {
        let finite = report.metrics.iter().filter(|metric| metric.value.is_finite());
        for (at, metric) in finite.enumerate() {
            output.push_str(if at == 0 { " | " } else { " " });
            output.push_str(&metric.perfdata());
        }
    }
    output.push('\n');
    let mut lines = Vec::new();
    for finding in report.findings_worst_first() {
        if finding.state == State::Ok && verbose == 0 {
            continue;
        }
        let subject =
            finding.subject.as_ref().map_or(String::new(), |subject| format!("{subject} "));
        let moved =
            finding.moved_from.map_or(String::new(), |from| format!(" (moved from {from})"));
        let text = clean_to(&format!("{subject}{}", finding.text), LINE);
        lines.push(format!("[{}] {}: {text}{moved}", finding.state, finding.code));
        lines.extend(finding.lines.iter().map(|line| format!("    {}", clean_to(line, LINE))));
        if let Some(rule) = finding.rule.filter(|_| finding.state != State::Ok) {
            lines.push(format!("    {}", rule.action));
        }
    }
    for evidence in report.evidence.iter().filter(|evidence| evidence.level <= verbose) {
        lines.push(format!("  {}", clean_to(&evidence.text, LINE)));
    }
    // However long the first line is, what is wrong has its place.
    let most = LARGEST_OUTPUT.max(output.len() + ROOM);
    for line in lines {
        if output.len() + line.len() > most {
            output.push_str("... more was left out\n");
            break;
        }
        output.push_str(&line);
        output.push('\n');
    }
    output
}

/// Characters of the headline, so that the line can be read on a telephone at night.
const HEADLINE: usize = 120;
/// Bytes that the findings have at the least.
const ROOM: usize = 16_384;
/// Characters of any other line.
const LINE: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::finding::Finding;
    use crate::contract::perfdata::Metric;
    use crate::contract::report::Evidence;
    use crate::contract::rule;
    use crate::contract::sample::{PLUGIN, TIME};

    fn sample() -> Report<()> {
        Report {
            target: "mail.example.org:25".to_owned(),
            lead: None,
            summary: "220 mail.example.org ESMTP".to_owned(),
            findings: vec![
                Finding::good("greeting", "220 a|b"),
                Finding::broken(&rule::CERT_EXPIRED, "certificate \u{1b}[31mexpired")
                    .showing(["a|b".to_owned(), "..^".to_owned()]),
            ],
            metrics: vec![Metric::new(&TIME, 0.5), Metric::new(&TIME, f64::NAN)],
            evidence: vec![Evidence { level: 2, text: "S: 220 <x>".to_owned() }],
            facts: (),
        }
    }

    #[test]
    fn critical_the_first_line_says_it_and_the_finding_says_what_to_do() {
        assert_eq!(
            nagios(PLUGIN, &sample(), 0, true),
            format!(
                "SMTP BANNER CRITICAL - mail.example.org:25 certificate ?[31mexpired | \
                 time=0.5s;;;0\n\
                 [CRITICAL] cert-expired: certificate ?[31mexpired\n    a!b\n    ..^\n    {}\n",
                rule::CERT_EXPIRED.action,
            ),
        );
    }

    #[test]
    fn critical_verbosity_adds_good_news_and_evidence() {
        let output = nagios(PLUGIN, &sample(), 2, false);
        assert!(output.ends_with("[OK] greeting: 220 a!b\n  S: 220 (x)\n"), "{output}");
        assert!(!output.contains('|'));
        assert!(!nagios(PLUGIN, &sample(), 1, false).contains("S: 220"));
    }

    #[test]
    fn unknown_a_flood_of_evidence_is_cut() {
        let line = || Evidence { level: 2, text: "x".repeat(1000) };
        let report =
            Report { evidence: std::iter::repeat_with(line).take(500).collect(), ..sample() };
        let output = nagios(PLUGIN, &report, 2, true);
        assert!(output.len() <= LARGEST_OUTPUT + 100);
        assert!(output.ends_with("... more was left out\n"));
    }
}
