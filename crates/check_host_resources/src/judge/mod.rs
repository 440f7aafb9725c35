//! Weighs what was seen. Pure: no clock, no file.

mod clock;
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
mod sockets;
mod units;

use mailhost_core::contract::{Finding, Metric, Report, Rule, State, Thresholds, rule, span};

use crate::args::Part;
use crate::config::{Config, Watch};
use crate::facts::{Facts, Seen, Watched};
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
    history(config, &facts, &mut verdict);
    // Of what is as bad the first line has the first: what stops mail stands before what makes it slow.
    storage(config, &facts, &mut verdict);
    services(config, &facts, &mut verdict);
    memory(config, &facts, &mut verdict);
    kernel(config, &facts, &mut verdict);
    work(config, &facts, &mut verdict);
    if verdict.findings.is_empty() {
        let text = "nothing that was asked for is there to be looked at";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
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

/// Whether earlier runs are known, where they are asked about.
fn history(config: &Config, facts: &Facts, verdict: &mut Verdict) {
    if let Some(why) = &facts.history_unusable {
        let state = if config.judges_history() { State::Unknown } else { State::Ok };
        let text = format!("nothing is known of earlier runs: {why}");
        verdict.findings.push(Finding::broken(&rule::STATE_UNUSABLE, text).graded(state));
    }
    let Some(Watched { seconds, is_enough }) = facts.watched else { return };
    let over = span_text(seconds);
    let text = match config.watch {
        Watch::Now => return,
        Watch::SinceLastRun => format!("watched for {over}"),
        Watch::Sustained(_) if is_enough => format!("watched for {over}"),
        Watch::Sustained(window) => {
            let window = span(window);
            format!("watched for {over} so far: shown, and not judged before it is {window}")
        }
    };
    verdict.findings.push(Finding::good("watched", text));
}

/// Half a second as well as half a day.
fn span_text(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1}s") } else { span(seconds.round()) }
}

/// Where mail is kept.
fn storage(config: &Config, facts: &Facts, verdict: &mut Verdict) {
    if let Some(seen) = &facts.file_systems {
        verdict.take(seen, |file_systems, verdict| disk::judge(config, file_systems, verdict));
    }
    if let Some(seen) = &facts.raid {
        verdict.take(seen, |arrays, verdict| raid::judge(arrays, verdict));
    }
}

fn memory(config: &Config, facts: &Facts, verdict: &mut Verdict) {
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
    for seen in &facts.memory_limits {
        verdict.take(seen, |limit, verdict| memory::limit(config, *limit, verdict));
    }
    if let Some(seen) = &facts.memory_errors {
        verdict.take(seen, |errors, verdict| memory::errors(*errors, verdict));
    }
}

/// What the kernel keeps for all.
fn kernel(config: &Config, facts: &Facts, verdict: &mut Verdict) {
    if let Some(seen) = &facts.open_files {
        verdict.take(seen, |open_files, verdict| open_files::judge(config, *open_files, verdict));
    }
    if let Some(seen) = &facts.clock {
        verdict.take(seen, |clock, verdict| clock::judge(config, *clock, verdict));
    }
}

/// How much there is to do.
fn work(config: &Config, facts: &Facts, verdict: &mut Verdict) {
    // What has not been watched for long enough is held to no range.
    let is_enough = facts.watched.is_none_or(|watched| watched.is_enough);
    let watched = if is_enough { config } else { &config.without_ranges() };
    if let Some(seen) = &facts.cpu {
        verdict.take(seen, |cpu, verdict| cpu::judge(watched, cpu, verdict));
    }
    if let Some(seen) = &facts.load {
        verdict.take(seen, |load, verdict| load::judge(config, load, verdict));
    }
    if let Some(pressures) = &facts.pressure {
        pressure::judge(config, pressures, verdict);
    }
    if let Some(seen) = &facts.network {
        verdict.take(seen, |traffic, verdict| network::judge(watched, traffic, verdict));
    }
    if let Some(seen) = &facts.disk_io {
        verdict.take(seen, |disks, verdict| disk_io::judge(watched, disks, verdict));
    }
    if let Some(Watched { seconds, .. }) = facts.watched
        && config.watch != Watch::Now
    {
        verdict.summary.push(format!("over {}", span_text(seconds)));
    }
}

/// The mail services on it.
fn services(config: &Config, facts: &Facts, verdict: &mut Verdict) {
    if let Some(seen) = &facts.units {
        verdict.take(seen, |units, verdict| units::judge(units, verdict));
    }
    if let Some(seen) = &facts.processes {
        verdict.take(seen, |processes, verdict| {
            services::processes(config, processes, &facts.growth, verdict);
        });
    }
    if let Some(seen) = &facts.listeners {
        verdict.take(seen, |listeners, verdict| sockets::ports(config, listeners, verdict));
    }
    if let Some(seen) = &facts.connections {
        verdict.take(seen, |these, verdict| sockets::connections(config, these, verdict));
    }
}

impl Verdict {
    /// Weighs what was seen, or says why it was not.
    fn take<T>(&mut self, seen: &Seen<T>, judge: impl FnOnce(&T, &mut Self)) {
        match seen {
            Ok(value) => judge(value, self),
            Err(why) => {
                // Two parts may need the same file.
                if self.findings.iter().all(|it| it.text != *why) {
                    self.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, why.clone()));
                }
            }
        }
    }

    /// Holds a value to its ranges: the sentence is a finding of the rule where it breaks one, and good news
    /// where it does not.
    fn hold(&mut self, metric: Metric, thresholds: Thresholds, rule: &'static Rule, text: String) {
        self.findings.push(weighed(metric.value, thresholds, rule, text));
        self.metrics.push(metric.held_to(thresholds));
    }

    /// The same of one of several: the sentence goes on from its name.
    fn hold_of(
        &mut self,
        subject: &str,
        metric: Metric,
        thresholds: Thresholds,
        rule: &'static Rule,
        text: String,
    ) {
        let metric = metric.of(subject);
        self.findings.push(weighed(metric.value, thresholds, rule, text).about(subject));
        self.metrics.push(metric.held_to(thresholds));
    }
}

fn weighed(value: f64, thresholds: Thresholds, rule: &'static Rule, text: String) -> Finding {
    match thresholds.broken_by(value) {
        Some((state, range)) => {
            Finding::broken(rule, format!("{text} (range {})", range.with_unit())).graded(state)
        }
        None => Finding::good(rule.code, text),
    }
}
