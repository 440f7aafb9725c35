//! The RAID arrays of the kernel.

use mailhost_core::contract::{Finding, Metric, plural, rule};

use super::Verdict;
use crate::facts::float;
use crate::metrics;
use crate::proc::Array;

pub(super) fn judge(arrays: &[Array], verdict: &mut Verdict) {
    for array in arrays {
        let name = &array.name;
        let at_work = array.at_work.as_ref().map_or(String::new(), |work| format!(", {work} runs"));
        let finding = match array.disks {
            _ if array.is_container => Finding::good("raid", "holds other arrays"),
            _ if !array.active => {
                Finding::broken(&rule::RAID_INACTIVE, format!("is not active{at_work}"))
            }
            Some((wanted, working)) if array.is_degraded() => {
                let text = format!("has {working} of {wanted} disks{at_work}");
                Finding::broken(&rule::RAID_DEGRADED, text)
            }
            _ => Finding::good("raid", format!("has all its disks{at_work}")),
        };
        verdict.findings.push(finding.about(name));
        if let Some((wanted, working)) = array.disks {
            let missing = float(wanted.saturating_sub(working).into());
            verdict.metrics.push(Metric::new(&metrics::RAID_MISSING, missing).of(name));
        }
    }
    if arrays.is_empty() {
        verdict.findings.push(Finding::good("raid", "no RAID array"));
        verdict.summary.push("no RAID array".to_owned());
    } else {
        verdict.summary.push(plural(arrays.len(), "RAID array", "RAID arrays"));
    }
}
