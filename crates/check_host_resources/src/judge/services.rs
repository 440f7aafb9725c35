//! The processes of the mail services.

use std::collections::BTreeMap;

use mailhost_core::contract::{
    Finding, Metric, MetricSpec, Thresholds, bytes_text, plural, rule, span,
};

use super::{Verdict, weighed};
use crate::config::{Config, Measure, WantedProcess};
use crate::facts::{float, percent};
use crate::metrics;
use crate::proc::Process;

pub(super) fn processes(
    config: &Config,
    processes: &[Process],
    growth: &BTreeMap<String, f64>,
    verdict: &mut Verdict,
) {
    for wanted in &config.processes {
        let these = processes.iter().filter(|it| it.is_called(&wanted.name));
        // One that has ended and that nobody has taken note of does no work.
        let (zombies, running): (Vec<&Process>, Vec<&Process>) =
            these.partition(|it| it.is_zombie());
        let unclear = processes.iter().filter(|it| it.may_be_called(&wanted.name)).count();
        if unclear > 0 {
            let text = format!(
                "cannot be told from {}: only root sees the files of others' programs; give its name, \
                 not its path",
                plural(unclear, "process of that name", "processes of that name"),
            );
            verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text).about(&wanted.name));
            continue;
        }
        let group = Group { wanted, running, zombies: zombies.len() as u64 };
        group.count(verdict);
        group.share(verdict);
        group.measures(growth.get(&wanted.name).copied(), verdict);
    }
}

/// The processes of one name.
struct Group<'a> {
    wanted: &'a WantedProcess,
    running: Vec<&'a Process>,
    /// How many have ended.
    zombies: u64,
}

impl Group<'_> {
    /// How many there are.
    fn count(&self, verdict: &mut Verdict) {
        let name = &self.wanted.name;
        let number = self.running.len() as u64;
        let resident = self.running.iter().map(|it| it.resident).fold(0, u64::saturating_add);
        let odd = [(self.waiting(), "waiting for a disk"), (self.zombies, "ended (zombie)")];
        let odd = odd.into_iter().filter(|(number, _)| *number > 0);
        let odd: String = odd.map(|(number, what)| format!(", {number} {what}")).collect();
        let text = if number == 0 {
            format!("does not run{odd}")
        } else {
            format!("has {}, {} of memory{odd}", processes_text(number), bytes_text(resident))
        };
        let metric = Metric::new(&metrics::PROCESSES, float(number));
        if number == 0 && self.wanted.count.is_none() {
            // A limit of a name that is written wrong would never alert.
            let text =
                "has no process that its limits could be held to: name it with --process too";
            verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text).about(name));
            verdict.metrics.push(metric.of(name));
            return;
        }
        let thresholds = Thresholds { warning: None, critical: self.wanted.count };
        verdict.hold_of(name, metric, thresholds, &rule::PROCESS_COUNT, text);
        verdict.summary.push(format!("{number} {name}"));
        for (spec, value) in [
            (&metrics::RSS, resident),
            (&metrics::BLOCKED, self.waiting()),
            (&metrics::ZOMBIES, self.zombies),
        ] {
            verdict.metrics.push(Metric::new(spec, float(value)).of(name));
        }
    }

    /// How many there are of as many as the service allows.
    fn share(&self, verdict: &mut Verdict) {
        let Some((most, thresholds)) = self.wanted.most else { return };
        let number = self.running.len() as u64;
        let Some(share) = percent(number, most.into()) else { return };
        let text = format!("has {number} of at most {most} processes, {share:.1}%");
        let metric = Metric::new(&metrics::SHARE, share);
        verdict.hold_of(&self.wanted.name, metric, thresholds, &rule::PROCESS_SHARE, text);
    }

    /// What they use, and what of it is held to a range.
    fn measures(&self, growth: Option<f64>, verdict: &mut Verdict) {
        for (measure, spec) in [
            (Measure::Rss, &metrics::RSS_MAX),
            (Measure::Vsz, &metrics::VSZ_MAX),
            (Measure::Threads, &metrics::THREADS),
            (Measure::Age, &metrics::AGE),
        ] {
            self.each(measure, spec, verdict);
        }
        if let Some(thresholds) = self.limit(Measure::Uninterruptible) {
            let waiting = self.waiting();
            let text = format!("has {} waiting for a disk", processes_text(waiting));
            self.hold(float(waiting), thresholds, text, verdict);
        }
        if let Some(thresholds) = self.limit(Measure::Zombies) {
            let zombies = self.zombies;
            let text = format!("has {} ended, of which nobody took note", processes_text(zombies));
            self.hold(float(zombies), thresholds, text, verdict);
        }
        self.growth(growth, verdict);
    }

    /// A number that each process has: all are held to the range. Told is the worst of them, and of those that
    /// are as bad the largest.
    fn each(&self, measure: Measure, spec: &'static MetricSpec, verdict: &mut Verdict) {
        let name = &self.wanted.name;
        let limit = self.limit(measure);
        let thresholds = limit.unwrap_or_default();
        let known = self.running.iter().filter_map(|it| Some((*it, measured(measure, it)?)));
        let state = |value: f64| thresholds.broken_by(value).map(|(state, _)| state);
        let told = known.max_by(|(_, one), (_, other)| {
            state(*one).cmp(&state(*other)).then(one.total_cmp(other))
        });
        let Some((process, value)) = told else {
            if !self.running.is_empty() && limit.is_some() {
                let text = "has processes of which the age is not known: this container has a time of its own";
                verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text).about(name));
            }
            return;
        };
        verdict.metrics.push(Metric::new(spec, value).of(name).held_to(thresholds));
        if limit.is_some() {
            self.hold(value, thresholds, about(measure, process), verdict);
        }
    }

    /// How fast the memory of all of them grows.
    fn growth(&self, growth: Option<f64>, verdict: &mut Verdict) {
        let name = &self.wanted.name;
        let limit = self.limit(Measure::RssGrowth);
        match (growth, limit) {
            (Some(growth), limit) => {
                let thresholds = limit.unwrap_or_default();
                let metric = Metric::new(&metrics::GROWTH, growth).of(name);
                verdict.metrics.push(metric.held_to(thresholds));
                if limit.is_some() {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "at least 0"
                    )]
                    let bytes = bytes_text(growth.max(0.0) as u64);
                    let text = format!("has memory that grows by {bytes} an hour");
                    self.hold(growth.max(0.0), thresholds, text, verdict);
                }
            }
            (None, Some(_)) => {
                let text =
                    "was watched too short to say how its memory grows: that takes half an hour";
                verdict.findings.push(Finding::good("process-limit", text).about(name));
            }
            (None, None) => {}
        }
    }

    fn limit(&self, measure: Measure) -> Option<Thresholds> {
        self.wanted.limits.iter().find(|(it, _)| *it == measure).map(|(_, thresholds)| *thresholds)
    }

    fn hold(&self, value: f64, thresholds: Thresholds, text: String, verdict: &mut Verdict) {
        let finding = weighed(value, thresholds, &rule::PROCESS_LIMIT, text);
        verdict.findings.push(finding.about(&self.wanted.name));
    }

    /// How many wait in the kernel.
    fn waiting(&self) -> u64 {
        self.running.iter().filter(|it| it.state == 'D').count() as u64
    }
}

/// What is measured of a process; none where that is not known.
fn measured(measure: Measure, process: &Process) -> Option<f64> {
    match measure {
        Measure::Age => process.age,
        Measure::Rss => Some(float(process.resident)),
        Measure::Threads => Some(float(process.threads)),
        _ => Some(float(process.addresses)),
    }
}

/// The same in words.
fn about(measure: Measure, process: &Process) -> String {
    let what = match measure {
        Measure::Age => format!("was started {} ago", span(process.age.unwrap_or_default())),
        Measure::Rss => format!("has {} of memory", bytes_text(process.resident)),
        Measure::Threads => format!("has {}", plural(process.threads, "thread", "threads")),
        _ => format!("has {} of addresses", bytes_text(process.addresses)),
    };
    format!("process {} {what}", process.pid)
}

fn processes_text(number: u64) -> String {
    plural(number, "process", "processes")
}
