//! What waits for the processor, for memory and for disks.

use mailhost_core::contract::{Metric, MetricSpec, rule};

use super::{Verdict, weighed};
use crate::config::Config;
use crate::facts::Pressures;
use crate::metrics;
use crate::proc::Pressure;

pub(super) fn judge(config: &Config, pressures: &Pressures, verdict: &mut Verdict) {
    for (name, seen, metrics) in [
        ("processors", &pressures.cpu, &metrics::CPU_PRESSURE),
        ("memory", &pressures.memory, &metrics::MEMORY_PRESSURE),
        ("disks", &pressures.io, &metrics::IO_PRESSURE),
    ] {
        verdict.take(seen, |pressure, verdict| one(config, name, *pressure, metrics, verdict));
    }
}

fn one(
    config: &Config,
    name: &str,
    pressure: Pressure,
    [ten, sixty, most]: &'static [MetricSpec; 3],
    verdict: &mut Verdict,
) {
    let Pressure { avg10, avg60, avg300 } = pressure;
    let text = format!(
        "kept something waiting {avg300:.1}% of the last 5 minutes ({avg60:.1}% of the last one)"
    );
    verdict.metrics.push(Metric::new(ten, avg10));
    verdict.metrics.push(Metric::new(sixty, avg60));
    verdict.summary.push(format!("{name} waited for {avg300:.0}%"));
    let finding = weighed(avg300, config.pressure, &rule::PRESSURE, text).about(name);
    verdict.findings.push(finding);
    verdict.metrics.push(Metric::new(most, avg300).held_to(config.pressure));
}
