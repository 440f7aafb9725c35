//! Memory and swap.

use mailhost_core::contract::{Finding, Metric, bytes_text, rule};

use super::{Verdict, float};
use crate::config::Config;
use crate::facts::percent;
use crate::metrics;
use crate::proc::Memory;

pub(super) fn judge(config: &Config, memory: Memory, verdict: &mut Verdict) {
    let used = memory.total.saturating_sub(memory.available);
    let Some(share) = percent(used, memory.total) else { return };
    verdict.summary.push(format!("memory {share:.0}%"));
    let text = format!(
        "memory {share:.0}% in use, {} of {} available",
        bytes_text(memory.available),
        bytes_text(memory.total)
    );
    let metric = Metric::new(&metrics::MEMORY_USED, share);
    verdict.hold(metric, config.memory, &rule::MEMORY_USAGE, text);
    verdict.metrics.push(Metric {
        max: Some(float(memory.total)),
        ..Metric::new(&metrics::MEMORY_AVAILABLE, float(memory.available))
    });
}

/// A machine without swap is as it should be.
pub(super) fn swap(config: &Config, memory: Memory, verdict: &mut Verdict) {
    let used = memory.swap_total.saturating_sub(memory.swap_free);
    let Some(share) = percent(used, memory.swap_total) else {
        verdict.findings.push(Finding::good("swap-usage", "no swap"));
        return;
    };
    verdict.summary.push(format!("swap {share:.0}%"));
    let (used, total) = (bytes_text(used), bytes_text(memory.swap_total));
    let text = format!("swap {share:.0}% in use, {used} of {total}");
    verdict.hold(Metric::new(&metrics::SWAP_USED, share), config.swap, &rule::SWAP_USAGE, text);
}
