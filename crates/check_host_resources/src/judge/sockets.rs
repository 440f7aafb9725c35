//! What listens, and how many are connected.

use std::collections::BTreeSet;

use mailhost_core::contract::{Finding, Metric, MetricSpec, Rule, plural, rule};

use super::{Verdict, float};
use crate::config::{Config, PortLimit};
use crate::facts::{Connections, Listener, Way};
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
        let text = format!("{} {is_open}", shown(&wanted));
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

fn shown(ports: &BTreeSet<u16>) -> String {
    let list = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("{} {list}", if ports.len() == 1 { "port" } else { "ports" })
}

pub(super) fn connections(config: &Config, connections: &[Connections], verdict: &mut Verdict) {
    for one in connections {
        let (limits, rule, spec, name): (&[PortLimit], &'static Rule, &'static MetricSpec, _) =
            match one.way {
                Way::In => {
                    let name = format!("on port {}", one.port);
                    (&config.established, &rule::CONNECTIONS_IN, &metrics::CONNECTIONS_IN, name)
                }
                Way::Out => {
                    let name = format!("to port {} of others", one.port);
                    (&config.outgoing, &rule::CONNECTIONS_OUT, &metrics::CONNECTIONS_OUT, name)
                }
            };
        let limit = limits.iter().find(|limit| limit.port == one.port);
        let thresholds = limit.map(|limit| limit.thresholds).unwrap_or_default();
        let text = format!("{} {name}", plural(one.count, "connection", "connections"));
        verdict.summary.push(text.clone());
        let metric = Metric::new(spec, float(one.count)).of(&one.port.to_string());
        verdict.hold(metric, thresholds, rule, text);
    }
}
