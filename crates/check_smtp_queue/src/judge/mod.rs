//! Weighs what was seen. Pure: no clock, no socket, no file.

mod apart;
mod change;
mod limits;
mod people;
mod spool;
mod sums;
mod text;

use mailhost_core::contract::{Evidence, Finding, Metric, Report, bytes_text, rule, span};

use crate::args::{Quantity, Subject};
use crate::config::{Config, subjects};
use crate::facts::{Facts, Obstacle, Seen, System, View};
use crate::metrics::{self, TIME};
use crate::queue::Queue;
use sums::{Sum, seen};

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut findings = Vec::new();
    for system in &facts.systems {
        of_system(config, &facts, system, &mut findings);
    }
    limits::judge(config, &facts, &mut findings);
    apart::judge(config, &facts, &mut findings);
    people::judge(config, &facts, &mut findings);
    change::judge(config, &facts, &mut findings);
    good(&facts, &mut findings);
    Report {
        target: target(&facts),
        lead: None,
        summary: summary(config, &facts),
        metrics: metrics(config, &facts),
        evidence: evidence(config, &facts),
        findings,
        facts,
    }
}

/// Whether a mail system runs, could be looked at, and has room.
fn of_system(config: &Config, facts: &Facts, system: &System, findings: &mut Vec<Finding>) {
    let mut found: Vec<Finding> = whether_it_runs(config, system).into_iter().collect();
    found.extend(match &system.view {
        Ok(view) => not_looked_at(view),
        Err(Obstacle::Down(_) | Obstacle::Silent(_)) => None,
        Err(obstacle @ Obstacle::Denied(_)) => Some(Finding::broken(
            &rule::QUEUE_DENIED,
            format!("queue is closed to this user: {obstacle}"),
        )),
        Err(obstacle @ Obstacle::Late) => {
            Some(Finding::broken(&rule::COUNT_STOPPED, format!("queue: {obstacle}")))
        }
        Err(obstacle) => {
            Some(Finding::broken(&rule::QUEUE_UNREADABLE, format!("queue: {obstacle}")))
        }
    });
    spool::judge(system, &mut found);
    findings.extend(about(facts, system, found));
}

/// The same findings with the name of their mail system, where there is more than one.
fn about(facts: &Facts, system: &System, findings: Vec<Finding>) -> Vec<Finding> {
    if facts.systems.len() < 2 {
        return findings;
    }
    findings.into_iter().map(|finding| finding.about(&system.name)).collect()
}

/// That a mail system is down or silent, by its process or by what any way to it has shown.
fn whether_it_runs(config: &Config, system: &System) -> Option<Finding> {
    let beside = match &system.view {
        Ok(view) => view.trouble.as_ref(),
        Err(obstacle) => Some(obstacle),
    };
    let mut down = (system.running == Some(false)).then_some("it does not run");
    let mut silent = None;
    for obstacle in system.tried.iter().map(|(_, obstacle)| obstacle).chain(beside) {
        match obstacle {
            Obstacle::Down(text) => down = Some(text),
            Obstacle::Silent(text) => silent = Some(text),
            _ => {}
        }
    }
    if let Some(why) = down {
        let finding = Finding::broken(&rule::MTA_DOWN, format!("is down: {why}"));
        return Some(finding.graded(config.when_unreachable));
    }
    let text = format!("does not answer in time: {}", silent?);
    Some(Finding::broken(&rule::MTA_SILENT, text).graded(config.when_silent))
}

/// The first queue of which some messages were not looked at: they may be any number.
fn not_looked_at(view: &View) -> Option<Finding> {
    let mut in_total = view.queues.iter().filter(|(queue, _)| queue.is_in_total() && !view.whole);
    let (queue, why) = in_total.find_map(|(queue, seen)| match seen {
        Seen::NotLookedAt(why) => Some((queue, why)),
        Seen::Tally(_) => None,
    })?;
    let text = format!("{} was not looked at: {why}", queue.name());
    Some(Finding::broken(&rule::NOT_LOOKED_AT, text))
}

/// What is shown at `-v`: each queue, and how it was looked at.
fn good(facts: &Facts, findings: &mut Vec<Finding>) {
    for (system, view) in seen(facts) {
        let mut of_system =
            vec![Finding::good("way", format!("looked at {} by {}", system.directory, view.way))];
        if system.running.is_none() && system.expected {
            let text = "whether it runs cannot be told by this user";
            of_system.push(Finding::good("running", text));
        }
        for queue in Queue::ALL {
            let text = match view.queues.get(&queue) {
                Some(Seen::Tally(tally)) => {
                    let sum = Sum {
                        tally: tally.clone(),
                        stopped_after: view.stopped_after,
                        ..Sum::default()
                    };
                    state_of(&sum, facts.now)
                }
                Some(Seen::NotLookedAt(why)) => format!("not looked at: {why}"),
                None => continue,
            };
            of_system.push(Finding::good(queue.name(), text));
        }
        findings.extend(about(facts, system, of_system));
    }
}

/// A number of messages with all that is known of them.
fn state_of(sum: &Sum, now: i64) -> String {
    let least = if sum.is_exact() { "" } else { "at least " };
    let mut parts = vec![format!("{least}{}", text::messages(sum.tally.count))];
    if sum.tally.count > 0 {
        parts.extend(sum.age(now).map(|age| format!("oldest {}", span(age))));
        parts.extend(sum.bytes().map(|_| bytes_text(sum.tally.bytes)));
    }
    parts.join(", ")
}

/// What `--top` asks for, which ways were tried in vain, and how long it took.
fn evidence(config: &Config, facts: &Facts) -> Vec<Evidence> {
    let mut evidence = people::evidence(config, facts);
    for system in &facts.systems {
        let name = &system.name;
        evidence.extend(system.tried.iter().map(|(way, obstacle)| Evidence {
            level: 2,
            text: format!("{name}: no {way}: {obstacle}"),
        }));
        let text = format!("{name}: looked at in {:.6} s", system.time);
        evidence.push(Evidence { level: 3, text });
    }
    evidence
}

/// The names of the mail systems, or how many there are.
fn target(facts: &Facts) -> String {
    let names: Vec<&str> = facts.systems.iter().map(|system| system.name.as_str()).collect();
    if names.len() > 3 { format!("{} mail systems", names.len()) } else { names.join(", ") }
}

/// The first line when all is well: how many messages wait where, and for how long.
fn summary(config: &Config, facts: &Facts) -> String {
    let target = target(facts);
    let Some(total) = Sum::of(facts, Subject::Total) else {
        return format!("{target} queue was not looked at");
    };
    let mut parts = vec![if total.tally.count == 0 && total.is_exact() {
        format!("{target} queue is empty")
    } else {
        let least = if total.is_exact() { "" } else { "at least " };
        let each = subjects().filter_map(|subject| match subject {
            Subject::One(queue) => {
                let count = Sum::of(facts, subject)?.tally.count;
                (count > 0).then(|| format!("{count} {}", queue.name()))
            }
            _ => None,
        });
        let each: Vec<String> = each.filter(|text| !text.ends_with(" queue")).collect();
        let each = if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) };
        format!("{target} {least}{}{each}", text::messages(total.tally.count))
    }];
    if let Some(age) = total.age(facts.now).filter(|_| total.tally.count > 0) {
        parts.push(format!("oldest {}", span(age)));
    }
    parts.extend(apart::tolerated(config, facts));
    parts.extend(change::summary(config, facts));
    parts.join(", ")
}

/// Every metric whose value is known.
fn metrics(config: &Config, facts: &Facts) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for subject in subjects() {
        let Some(sum) = Sum::of(facts, subject).filter(Sum::is_shown) else { continue };
        let age = sum.age(facts.now);
        for (quantity, value) in [
            (Quantity::Count, Some(sum.count())),
            (Quantity::Age, age),
            (Quantity::Bytes, sum.bytes()),
        ] {
            let spec = metrics::of(subject, quantity);
            let thresholds = config.limits.of(subject, quantity);
            metrics.extend(value.map(|value| Metric::new(spec, value).held_to(thresholds)));
        }
    }
    if facts.systems.len() > 1 {
        for (system, view) in seen(facts) {
            #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 files")]
            let count = view.total() as f64;
            let metric = Metric::new(metrics::of(Subject::Total, Quantity::Count), count);
            metrics.push(metric.of(&system.name));
        }
    }
    metrics.extend(people::metrics(config, facts));
    metrics.extend(change::metrics(config, facts));
    metrics.extend(spool::metric(facts));
    metrics.push(Metric::new(&TIME, facts.time));
    metrics
}

#[cfg(test)]
mod tests;
