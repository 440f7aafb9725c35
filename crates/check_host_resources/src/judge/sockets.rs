//! What listens, and how many are connected.

use std::collections::BTreeSet;

use mailhost_core::contract::{Finding, Metric, MetricSpec, Rule, plural, rule};

use super::{Verdict, weighed};
use crate::config::{Config, PortLimit};
use crate::facts::{Connections, Listener, Way, float};
use crate::metrics;

pub(super) fn ports(config: &Config, listeners: &[Listener], verdict: &mut Verdict) {
    let open: BTreeSet<u16> = listeners.iter().map(|it| it.port).collect();
    let wanted: BTreeSet<u16> = config.listening.iter().copied().collect();
    let closed: BTreeSet<u16> = wanted.difference(&open).copied().collect();
    if !closed.is_empty() {
        let text = format!("nothing listens on {}", shown(&closed));
        verdict.findings.push(Finding::broken(&rule::PORT_CLOSED, text));
    } else if !wanted.is_empty() {
        let is_open = if wanted.len() == 1 { "is open" } else { "are open" };
        let text = format!("{} {is_open}{}", shown(&wanted), own(&wanted, listeners));
        verdict.findings.push(Finding::good("port", text.clone()));
        verdict.summary.push(text);
    }
    if !wanted.is_empty() {
        verdict.metrics.push(Metric::new(&metrics::PORTS_CLOSED, float(closed.len() as u64)));
    }
    if config.only_listening.is_empty() {
        return;
    }
    let is_stranger =
        |it: &&Listener| it.is_open_to_others() && !config.only_listening.contains(&it.port);
    let strangers: BTreeSet<u16> = listeners.iter().filter(is_stranger).map(|it| it.port).collect();
    verdict.metrics.push(Metric::new(&metrics::PORTS_OPEN, float(strangers.len() as u64)));
    if strangers.is_empty() {
        verdict.findings.push(Finding::good("port", "no other port is open to others"));
        verdict.summary.push("no other port is open to others".to_owned());
    } else {
        let text = format!("others can reach {}, which is not allowed", shown(&strangers));
        verdict.findings.push(Finding::broken(&rule::PORT_OPEN, text));
    }
}

/// Which of these ports others cannot reach.
fn own(wanted: &BTreeSet<u16>, listeners: &[Listener]) -> String {
    let open = listeners.iter().filter(|it| it.is_open_to_others());
    let open: BTreeSet<u16> = open.map(|it| it.port).collect();
    let own: BTreeSet<u16> = wanted.difference(&open).copied().collect();
    if own.is_empty() {
        String::new()
    } else if own.len() == wanted.len() {
        " to this machine alone".to_owned()
    } else {
        format!(", {} to this machine alone", shown(&own))
    }
}

fn shown(ports: &BTreeSet<u16>) -> String {
    let list = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("{} {list}", if ports.len() == 1 { "port" } else { "ports" })
}

pub(super) fn connections(config: &Config, connections: &[Connections], verdict: &mut Verdict) {
    for one in connections {
        let (port, value) = (one.port, float(one.count));
        let count = plural(one.count, "connection", "connections");
        let (limits, rule, spec): (&[PortLimit], &'static Rule, &'static MetricSpec) = match one.way
        {
            Way::In => (&config.established, &rule::CONNECTIONS_IN, &metrics::CONNECTIONS_IN),
            Way::Out => (&config.outgoing, &rule::CONNECTIONS_OUT, &metrics::CONNECTIONS_OUT),
        };
        let (short, long) = match one.way {
            Way::In => (format!("{count} on port {port}"), format!("has {count}")),
            Way::Out => {
                (format!("{count} to port {port} of others"), format!("has {count} to others"))
            }
        };
        verdict.summary.push(short);
        let limit = limits.iter().find(|limit| limit.port == port);
        let thresholds = limit.map(|limit| limit.thresholds).unwrap_or_default();
        let finding = weighed(value, thresholds, rule, long);
        verdict.findings.push(finding.about(&format!("port {port}")));
        let metric = Metric::new(spec, value).of(&port.to_string());
        verdict.metrics.push(metric.held_to(thresholds));
    }
}
