//! What the processors did.

use mailhost_core::contract::{Finding, Metric, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::{Cpu, percent};
use crate::metrics;

pub(super) fn judge(config: &Config, cpu: &Cpu, verdict: &mut Verdict) {
    let times = cpu.times;
    let share = |part| percent(part, times.total());
    let (Some(used), Some(iowait), Some(steal)) =
        (share(times.used), share(times.iowait), share(times.steal))
    else {
        let text = "the processors' counters stood still: watch them longer with --interval";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        return;
    };
    verdict.summary.push(format!("CPU {used:.0}%"));
    let text = format!("processors {used:.1}% in use");
    verdict.hold(Metric::new(&metrics::CPU_USED, used), config.cpu, &rule::CPU_USAGE, text);
    let text = format!("processors wait {iowait:.1}% of the time for disks");
    verdict.hold(Metric::new(&metrics::CPU_IOWAIT, iowait), config.iowait, &rule::CPU_IOWAIT, text);
    let text = format!("the host gives {steal:.1}% of the processors' time to others");
    verdict.hold(Metric::new(&metrics::CPU_STEAL, steal), config.steal, &rule::CPU_STEAL, text);
}
