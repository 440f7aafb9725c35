//! The room on the spools.

use mailhost_core::contract::{Finding, Metric, bytes_text, rule};

use crate::facts::{Facts, System};
use crate::metrics::SPACE_FREE;

/// Adds a finding when the mail system cannot accept mail for want of room.
pub(super) fn judge(system: &System, findings: &mut Vec<Finding>) {
    let Some(space) = &system.space else { return };
    let free = bytes_text(space.free);
    match space.needed {
        Some(needed) if space.free < needed => {
            let text = format!(
                "spool has {free} left and needs {} to accept mail ({})",
                bytes_text(needed),
                space.because,
            );
            findings.push(Finding::broken(&rule::SPOOL_SPACE_LOW, text));
        }
        _ => findings.push(Finding::good("space", format!("{free} left on the spool"))),
    }
    if let Some(files) = space.files.filter(|files| *files <= space.files_needed) {
        let text = format!("spool has room for {files} more files (inodes)");
        findings.push(Finding::broken(&rule::SPOOL_SPACE_LOW, text));
    }
}

/// The least room of all spools.
pub(super) fn metric(facts: &Facts) -> Option<Metric> {
    let free = facts.systems.iter().filter_map(|system| Some(system.space.as_ref()?.free)).min()?;
    #[expect(clippy::cast_precision_loss, reason = "a graph shows three digits")]
    let free = free as f64;
    Some(Metric::new(&SPACE_FREE, free))
}
