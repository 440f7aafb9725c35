//! The mail services: whether they run, and what they listen on.

use std::collections::BTreeSet;

use mailhost_core::contract::{Finding, Metric, State, Thresholds, bytes_text, plural, rule};

use super::{Verdict, float};
use crate::config::Config;
use crate::metrics;
use crate::proc::{Listener, Process};

pub(super) fn processes(config: &Config, processes: &[Process], verdict: &mut Verdict) {
    for wanted in &config.processes {
        let name = &wanted.name;
        let these: Vec<&Process> = processes.iter().filter(|it| it.is_called(name)).collect();
        // One that has ended and that nobody has taken note of does no work.
        let (ended, running): (Vec<&Process>, Vec<&Process>) =
            these.into_iter().partition(|it| it.state == 'Z');
        let waiting = running.iter().filter(|it| it.state == 'D').count();
        let resident = running.iter().map(|it| it.resident).fold(0, u64::saturating_add);
        let count = float(running.len() as u64);
        let odd = [(waiting, "waiting for a disk"), (ended.len(), "ended (zombies)")].into_iter();
        let odd = odd.filter(|(number, _)| *number > 0);
        let odd: String = odd.map(|(number, what)| format!(", {number} {what}")).collect();
        let text = format!(
            "{} of {name}, {} of memory{odd}",
            plural(running.len(), "process", "processes"),
            bytes_text(resident)
        );
        let range = wanted.count;
        let thresholds = Thresholds { warning: None, critical: Some(range) };
        let metric = Metric::new(&metrics::PROCESSES, count).of(name);
        verdict.hold(metric, thresholds, &rule::PROCESS_COUNT, text);
        verdict.metrics.push(Metric::new(&metrics::PROCESS_MEMORY, float(resident)).of(name));
        verdict.summary.push(format!("{} {name}", running.len()));
    }
}

pub(super) fn ports(config: &Config, listeners: &[Listener], verdict: &mut Verdict) {
    let open: BTreeSet<u16> = listeners.iter().map(|it| it.port).collect();
    let wanted: BTreeSet<u16> = config.listening.iter().copied().collect();
    let closed: Vec<String> = wanted.difference(&open).map(ToString::to_string).collect();
    let shown = |ports: &BTreeSet<u16>| {
        ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    if !closed.is_empty() {
        let text = format!("nothing listens on port {}", closed.join(", "));
        verdict.findings.push(Finding::broken(&rule::PORT_CLOSED, text));
    } else if !wanted.is_empty() {
        let text = format!("ports {} are open", shown(&wanted));
        verdict.findings.push(Finding::good("port", text.clone()));
        verdict.summary.push(text);
    }
    if config.only_listening.is_empty() {
        return;
    }
    let strangers: BTreeSet<u16> = listeners
        .iter()
        .filter(|it| it.is_open_to_others() && !config.only_listening.contains(&it.port))
        .map(|it| it.port)
        .collect();
    verdict.findings.push(if strangers.is_empty() {
        Finding::good("port", "no other port is open to others")
    } else {
        let text = format!("others can reach port {}, which is not allowed", shown(&strangers));
        Finding::broken(&rule::PORT_OPEN, text).graded(State::Critical)
    });
}
