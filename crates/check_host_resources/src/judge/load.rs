//! How many processes wait.

use mailhost_core::contract::{Metric, plural, rule};

use super::{Verdict, float};
use crate::config::Config;
use crate::facts::Load;
use crate::metrics;

pub(super) fn judge(config: &Config, load: &Load, verdict: &mut Verdict) {
    let average = load.average;
    let each = average.fifteen / float(load.processors as u64);
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
    verdict.hold(Metric::new(&metrics::CORE_LOAD15, each), config.load, &rule::LOAD_HIGH, text);
}
