//! The kernel's table of open files.

use mailhost_core::contract::{Metric, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::percent;
use crate::metrics;
use crate::proc::OpenFiles;

pub(super) fn judge(config: &Config, files: OpenFiles, verdict: &mut Verdict) {
    let Some(used) = percent(files.open, files.most) else { return };
    verdict.summary.push(format!("open files {used:.0}%"));
    // Kernels of today have no limit of their own.
    let text = if files.most > NO_LIMIT {
        format!("{} open files, of any number", files.open)
    } else {
        format!("{} of {} open files, {used:.1}%", files.open, files.most)
    };
    let metric = Metric::new(&metrics::OPEN_FILES, used);
    verdict.hold(metric, config.open_files, &rule::OPEN_FILES, text);
}

/// Files that no machine has.
const NO_LIMIT: u64 = 1 << 50;
