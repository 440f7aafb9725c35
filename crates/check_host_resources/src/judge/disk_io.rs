//! What the disks do.

use mailhost_core::contract::{Metric, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::DiskIo;
use crate::metrics;

pub(super) fn judge(config: &Config, disks: &[DiskIo], verdict: &mut Verdict) {
    for one in disks {
        let took = one.waited.map_or_else(
            || "nothing read or written".to_owned(),
            |seconds| format!("{:.1} ms for a read or write", seconds * 1e3),
        );
        let text = format!("{} {:.0}% busy, {took}", one.disk, one.busy);
        let metric = Metric::new(&metrics::DISK_BUSY, one.busy).of(&one.disk);
        verdict.hold(metric, config.disk_busy, &rule::DISK_BUSY, text);
        if let Some(seconds) = one.waited {
            let text = format!("{} takes {:.1} ms for a read or write", one.disk, seconds * 1e3);
            let metric = Metric::new(&metrics::DISK_AWAIT, seconds).of(&one.disk);
            verdict.hold(metric, config.disk_await, &rule::DISK_AWAIT, text);
        }
    }
    let busiest = disks.iter().map(|one| one.busy).fold(0.0, f64::max);
    verdict.summary.push(format!("disks {busiest:.0}% busy"));
}
