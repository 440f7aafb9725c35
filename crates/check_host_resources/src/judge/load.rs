//! How many processes wait.

use mailhost_core::contract::{Finding, Metric, plural, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::{Load, float};
use crate::metrics;

pub(super) fn judge(config: &Config, load: &Load, verdict: &mut Verdict) {
    let average = load.average;
    let processors = float(load.processors as u64);
    let each = average.fifteen / processors;
    verdict.summary.push(format!("load {:.2}", average.fifteen));
    let text = format!(
        "load {:.2}, {:.2}, {:.2} of {}: {each:.2} for each in 15 minutes",
        average.one,
        average.five,
        average.fifteen,
        plural(load.processors, "processor", "processors")
    );
    verdict.metrics.push(Metric::new(&metrics::LOAD1, average.one));
    verdict.metrics.push(Metric::new(&metrics::LOAD5, average.five));
    verdict.metrics.push(Metric::new(&metrics::LOAD15, average.fifteen));
    let [one, five, fifteen] = config.load;
    for (minutes, value, thresholds, spec) in
        [(1, average.one, one, &metrics::CORE_LOAD1), (5, average.five, five, &metrics::CORE_LOAD5)]
    {
        let each = value / processors;
        let metric = Metric::new(spec, each).held_to(thresholds);
        if let Some((state, range)) = thresholds.broken_by(each) {
            let text = format!("{each:.2} for each processor in {minutes} min (range {range})");
            verdict
                .findings
                .push(Finding::broken(&rule::LOAD_HIGH, format!("load {text}")).graded(state));
        }
        verdict.metrics.push(metric);
    }
    verdict.hold(Metric::new(&metrics::CORE_LOAD15, each), fifteen, &rule::LOAD_HIGH, text);
}
