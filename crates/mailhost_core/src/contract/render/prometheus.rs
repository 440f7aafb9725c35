//! Prometheus' text format, for `node_exporter`'s textfile collector.

use std::fmt::Write as _;

use crate::contract::perfdata::Metric;
use crate::contract::quantity::Unit;
use crate::contract::report::{Identity, Report};
use crate::contract::state::State;
use crate::contract::text::clean;

/// The report as gauges: the state, one for each finding that is not OK, and every metric.
///
/// Percentages become ratios, because Prometheus wants base units. HELP and TYPE stand once for
/// each name, there are no time stamps, and the text ends with a newline: the collector skips a
/// whole file otherwise.
pub fn prometheus<F>(plugin: Identity, report: &Report<F>) -> String {
    let prefix = format!("mailhost_{}", plugin.name);
    let target = escape(&report.target);
    let mut output = format!(
        "# HELP {prefix}_state State of the check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n\
         # TYPE {prefix}_state gauge\n\
         {prefix}_state{{target=\"{target}\"}} {}\n",
        report.state().exit_code(),
    );
    let mut bad: Vec<(&str, String, State)> = report
        .findings
        .iter()
        .filter(|finding| finding.state != State::Ok)
        .map(|finding| {
            let subject = finding.subject.as_deref().unwrap_or(&report.target);
            (finding.code, escape(subject), finding.state)
        })
        .collect();
    // The collector refuses the same series twice: of one finding on one subject the worst counts.
    bad.sort_by(|one, other| (one.0, &one.1, other.2).cmp(&(other.0, &other.1, one.2)));
    bad.dedup_by(|later, earlier| (later.0, &later.1) == (earlier.0, &earlier.1));
    if !bad.is_empty() {
        let _ = write!(
            output,
            "# HELP {prefix}_finding A finding that is not OK, with its state as the value.\n\
             # TYPE {prefix}_finding gauge\n",
        );
        for (code, subject, state) in bad {
            let _ = writeln!(
                output,
                "{prefix}_finding{{target=\"{target}\",subject=\"{subject}\",code=\"{code}\"}} {}",
                state.exit_code(),
            );
        }
    }
    let mut written: Vec<&str> = Vec::new();
    for metric in &report.metrics {
        if written.contains(&metric.spec.name) {
            continue;
        }
        written.push(metric.spec.name);
        family(&mut output, &prefix, &target, metric.spec.name, &report.metrics);
    }
    output
}

/// All samples of one name must stand together. The unit ends the name; a label that ends with it
/// already, such as `send_bytes`, says it once.
fn family(output: &mut String, prefix: &str, target: &str, name: &str, metrics: &[Metric]) {
    let mut instances: Vec<Option<&str>> = Vec::new();
    for metric in metrics.iter().filter(|metric| metric.spec.name == name) {
        let instance = metric.instance.as_deref();
        if !metric.value.is_finite() || instances.contains(&instance) {
            continue;
        }
        let (suffix, value) = match metric.spec.unit {
            Unit::Bytes => ("_bytes", metric.value),
            Unit::Count => ("", metric.value),
            Unit::Percent => ("_ratio", metric.value / 100.0),
            Unit::Seconds => ("_seconds", metric.value),
        };
        let suffix = if name.ends_with(suffix) { "" } else { suffix };
        if instances.is_empty() {
            let _ = write!(
                output,
                "# HELP {prefix}_{name}{suffix} {}.\n# TYPE {prefix}_{name}{suffix} gauge\n",
                metric.spec.meaning,
            );
        }
        instances.push(instance);
        let instance = instance
            .map_or(String::new(), |instance| format!(",instance_name=\"{}\"", escape(instance)));
        let _ = writeln!(
            output,
            "{prefix}_{name}{suffix}{{target=\"{target}\"{instance}}} {}",
            crate::contract::quantity::decimal(value, 9),
        );
    }
}

/// A label's value: cleaned like all text, then escaped.
fn escape(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::finding::Finding;
    use crate::contract::perfdata::MetricSpec;
    use crate::contract::rule;

    const fn spec(name: &'static str, unit: Unit) -> MetricSpec {
        MetricSpec { name, unit, min: None, max: None, meaning: "What it is" }
    }
    static TIME: MetricSpec = spec("time", Unit::Seconds);
    static LOSS: MetricSpec = spec("loss", Unit::Percent);
    static SIZE: MetricSpec = spec("send_bytes", Unit::Bytes);
    static ROOM: MetricSpec = spec("space_free", Unit::Bytes);

    #[test]
    fn ok_a_name_says_its_unit_once() {
        let report = Report {
            target: "a".to_owned(),
            lead: None,
            summary: String::new(),
            findings: vec![Finding::good("send", "1 message")],
            metrics: vec![Metric::new(&SIZE, 700.0), Metric::new(&ROOM, 5.0)],
            evidence: Vec::new(),
            facts: (),
        };
        let text = prometheus(Identity { name: "smtp_queue" }, &report);
        for line in [
            "# TYPE mailhost_smtp_queue_send_bytes gauge",
            "mailhost_smtp_queue_send_bytes{target=\"a\"} 700",
            "# TYPE mailhost_smtp_queue_space_free_bytes gauge",
            "mailhost_smtp_queue_space_free_bytes{target=\"a\"} 5",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        assert!(!text.contains("_bytes_bytes"), "{text}");
    }

    #[test]
    fn critical_families_stand_together_and_nothing_twice() {
        let broken = || Finding::broken(&rule::CERT_EXPIRED, "old");
        let milder = broken().graded(State::Warning);
        let report = Report {
            target: "a\"b\\c".to_owned(),
            lead: None,
            summary: String::new(),
            findings: vec![milder, broken(), broken(), Finding::good("greeting", "220")],
            metrics: vec![
                Metric::new(&TIME, 0.5).of("one"),
                Metric::new(&LOSS, 12.5),
                Metric::new(&TIME, 1.5).of("two"),
                Metric::new(&TIME, 9.0).of("two"),
                Metric::new(&LOSS, f64::INFINITY),
            ],
            evidence: Vec::new(),
            facts: (),
        };
        assert_eq!(
            prometheus(Identity { name: "smtp_banner" }, &report),
            r#"# HELP mailhost_smtp_banner_state State of the check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
# TYPE mailhost_smtp_banner_state gauge
mailhost_smtp_banner_state{target="a\"b\\c"} 2
# HELP mailhost_smtp_banner_finding A finding that is not OK, with its state as the value.
# TYPE mailhost_smtp_banner_finding gauge
mailhost_smtp_banner_finding{target="a\"b\\c",subject="a\"b\\c",code="cert-expired"} 2
# HELP mailhost_smtp_banner_time_seconds What it is.
# TYPE mailhost_smtp_banner_time_seconds gauge
mailhost_smtp_banner_time_seconds{target="a\"b\\c",instance_name="one"} 0.5
mailhost_smtp_banner_time_seconds{target="a\"b\\c",instance_name="two"} 1.5
# HELP mailhost_smtp_banner_loss_ratio What it is.
# TYPE mailhost_smtp_banner_loss_ratio gauge
mailhost_smtp_banner_loss_ratio{target="a\"b\\c"} 0.125
"#,
        );
    }
}
