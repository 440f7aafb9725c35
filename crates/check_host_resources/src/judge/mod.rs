//! Weighs what was seen. Pure: no clock, no file.

mod cpu;
mod disk;
mod disk_io;
mod load;
mod memory;
mod network;
mod open_files;
mod pressure;
mod raid;
mod services;

use mailhost_core::contract::{Finding, Metric, Report, Rule, Thresholds, rule};

use crate::args::Part;
use crate::config::Config;
use crate::facts::{Facts, Seen};
use crate::metrics;

/// What one part comes to.
#[derive(Default)]
struct Verdict {
    findings: Vec<Finding>,
    metrics: Vec<Metric>,
    /// What the first line says of it when all is well.
    summary: Vec<String>,
}

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut verdict = Verdict::default();
    if let Some(seen) = &facts.cpu {
        verdict.take(seen, |cpu, verdict| cpu::judge(config, cpu, verdict));
    }
    if let Some(seen) = &facts.memory {
        verdict.take(seen, |memory, verdict| {
            if config.wants(Part::Memory) {
                memory::judge(config, *memory, verdict);
            }
            if config.wants(Part::Swap) {
                memory::swap(config, *memory, verdict);
            }
        });
    }
    if let Some(seen) = &facts.file_systems {
        verdict.take(seen, |file_systems, verdict| disk::judge(config, file_systems, verdict));
    }
    if let Some(seen) = &facts.load {
        verdict.take(seen, |load, verdict| load::judge(config, load, verdict));
    }
    if let Some(seen) = &facts.network {
        verdict.take(seen, |traffic, verdict| network::judge(config, traffic, verdict));
    }
    if let Some(seen) = &facts.disk_io {
        verdict.take(seen, |disks, verdict| disk_io::judge(config, disks, verdict));
    }
    if let Some(seen) = &facts.raid {
        verdict.take(seen, |arrays, verdict| raid::judge(arrays, verdict));
    }
    if let Some(seen) = &facts.processes {
        verdict.take(seen, |processes, verdict| services::processes(config, processes, verdict));
    }
    if let Some(seen) = &facts.listeners {
        verdict.take(seen, |listeners, verdict| services::ports(config, listeners, verdict));
    }
    if let Some(pressures) = &facts.pressure {
        pressure::judge(config, pressures, &mut verdict);
    }
    if let Some(seen) = &facts.open_files {
        verdict.take(seen, |open_files, verdict| open_files::judge(config, *open_files, verdict));
    }
    verdict.metrics.push(Metric::new(&metrics::TIME, facts.time));
    Report {
        target: String::new(),
        lead: None,
        summary: verdict.summary.join(", "),
        metrics: verdict.metrics,
        evidence: Vec::new(),
        findings: verdict.findings,
        facts,
    }
}

impl Verdict {
    /// Weighs what was seen, or says why it was not.
    fn take<T>(&mut self, seen: &Seen<T>, judge: impl FnOnce(&T, &mut Self)) {
        match seen {
            Seen::Is(value) => judge(value, self),
            Seen::Unreadable(why) => {
                self.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, why.clone()));
            }
        }
    }

    /// Holds a value to its ranges: the sentence is a finding of the rule where it breaks one, and good news
    /// under the topic where it does not.
    fn hold(&mut self, metric: Metric, thresholds: Thresholds, rule: &'static Rule, text: String) {
        let finding = match thresholds.broken_by(metric.value) {
            Some((state, range)) => {
                Finding::broken(rule, format!("{text} (range {range})")).graded(state)
            }
            None => Finding::good(rule.code, text),
        };
        self.findings.push(finding);
        self.metrics.push(metric.held_to(thresholds));
    }
}

/// Bytes as they stand in metrics.
#[expect(clippy::cast_precision_loss, reason = "a graph needs no more than 52 bits")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}
