//! Memory and swap.

use mailhost_core::contract::{Finding, Metric, State, bytes_text, plural, rule};

use super::{Verdict, float};
use crate::config::Config;
use crate::facts::{MemoryErrors, MemoryLimit, percent};
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

/// What the control groups of this process let it have, where that is less than the machine has.
pub(super) fn limit(config: &Config, limit: MemoryLimit, verdict: &mut Verdict) {
    let Some(share) = percent(limit.used, limit.limit) else { return };
    let text = format!(
        "{share:.0}% in use of the {} that this control group may have",
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
    let text = format!(
        "the memory has had {} that were corrected and {uncorrected} that could not be, since the start",
        plural(corrected, "error", "errors")
    );
    verdict.findings.push(match (corrected, uncorrected) {
        (0, 0) => Finding::good("memory-errors", "no errors of the memory since the start"),
        (_, 0) => Finding::broken(&rule::MEMORY_ERRORS, text),
        _ => Finding::broken(&rule::MEMORY_ERRORS, text).graded(State::Critical),
    });
    verdict.metrics.push(Metric::new(&metrics::ECC_CORRECTED, float(corrected)));
    verdict.metrics.push(Metric::new(&metrics::ECC_UNCORRECTED, float(uncorrected)));
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
