//! Memory and swap.

use mailhost_core::contract::{Finding, Metric, bytes_text, plural, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::{MemoryErrors, MemoryLimit, float, percent};
use crate::metrics;
use crate::proc::Memory;

pub(super) fn judge(config: &Config, memory: Memory, verdict: &mut Verdict) {
    let used = memory.total.saturating_sub(memory.available);
    let Some(share) = percent(used, memory.total) else { return };
    verdict.summary.push(format!("memory {share:.0}%"));
    let text = format!(
        "memory {share:.1}% in use, {} of {} available",
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

/// What the control groups of this process let it have, where that is less than the machine has.
pub(super) fn limit(config: &Config, limit: MemoryLimit, verdict: &mut Verdict) {
    let Some(share) = percent(limit.used, limit.limit) else { return };
    let text = format!(
        "memory {share:.1}% in use of the {} that this control group may have",
        bytes_text(limit.limit)
    );
    verdict.summary.push(format!("control group {share:.0}%"));
    let metric = Metric::new(&metrics::MEMORY_LIMIT_USED, share);
    verdict.hold(metric, config.memory, &rule::MEMORY_LIMIT, text);
    verdict.metrics.push(Metric::new(&metrics::MEMORY_LIMIT, float(limit.limit)));
}

/// What memory with a code for errors (ECC) tells.
pub(super) fn errors(errors: MemoryErrors, verdict: &mut Verdict) {
    let MemoryErrors { corrected, uncorrected } = errors;
    let count = |number, what: &str| {
        let what = plural(number, &format!("{what} error"), &format!("{what} errors"));
        format!("the memory has had {what} since the start")
    };
    if uncorrected > 0 {
        let text = count(uncorrected, "uncorrected");
        verdict.findings.push(Finding::broken(&rule::MEMORY_UNCORRECTED, text));
    }
    if corrected > 0 {
        let text = count(corrected, "corrected");
        verdict.findings.push(Finding::broken(&rule::MEMORY_CORRECTED, text));
    }
    if (corrected, uncorrected) == (0, 0) {
        let text = "no errors of the memory since the start";
        verdict.findings.push(Finding::good("memory-errors", text));
    }
    verdict.metrics.push(Metric::new(&metrics::ECC_CORRECTED, float(corrected)));
    verdict.metrics.push(Metric::new(&metrics::ECC_UNCORRECTED, float(uncorrected)));
}

/// A machine without swap is as it should be.
pub(super) fn swap(config: &Config, memory: Memory, verdict: &mut Verdict) {
    let used = memory.swap_total.saturating_sub(memory.swap_free);
    let Some(share) = percent(used, memory.swap_total) else {
        verdict.findings.push(Finding::good("swap-usage", "no swap"));
        verdict.summary.push("no swap".to_owned());
        return;
    };
    verdict.summary.push(format!("swap {share:.0}%"));
    let (used, total) = (bytes_text(used), bytes_text(memory.swap_total));
    let text = format!("swap {share:.1}% in use, {used} of {total}");
    verdict.hold(Metric::new(&metrics::SWAP_USED, share), config.swap, &rule::SWAP_USAGE, text);
}
