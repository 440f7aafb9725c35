//! What the disks do.

use mailhost_core::contract::{Finding, Metric, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::DiskIo;
use crate::metrics;

pub(super) fn judge(config: &Config, disks: &[DiskIo], verdict: &mut Verdict) {
    if disks.is_empty() {
        let text = "there is no disk to be seen";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        return;
    }
    for one in disks {
        let took = one.waited.map_or_else(
            || "nothing read or written".to_owned(),
            |seconds| format!("{:.1} ms for a read or write", seconds * 1e3),
        );
        let text = format!("{:.1}% busy, {took}", one.busy);
        let metric = Metric::new(&metrics::DISK_BUSY, one.busy);
        verdict.hold_of(&one.disk, metric, config.disk_busy, &rule::DISK_BUSY, text);
        if let Some(seconds) = one.waited {
            let text = format!("takes {:.1} ms for a read or write", seconds * 1e3);
            let metric = Metric::new(&metrics::DISK_AWAIT, seconds);
            verdict.hold_of(&one.disk, metric, config.disk_await, &rule::DISK_AWAIT, text);
        }
    }
    let busiest = disks.iter().map(|one| one.busy).fold(0.0, f64::max);
    verdict.summary.push(format!("disks {busiest:.0}% busy"));
}
