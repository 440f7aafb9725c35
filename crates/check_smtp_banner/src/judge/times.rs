//! How long it took, and the metrics.

use mailhost_core::contract::{Finding, Metric, MetricSpec, Thresholds, rule};

use super::{certificate, dane, domain};
use crate::config::Config;
use crate::facts::{Door, Facts};
use crate::metrics::{
    AUTH, CERT_LEFT, CONNECT, DNS, EHLO, GREETING, LOSS, MAIL, RCPT, RTT_AVG, RTT_MAX, RTT_MIN,
    TIME, TLS,
};

/// Adds a finding for every range that is broken.
pub(super) fn judge(
    config: &Config,
    facts: &Facts,
    metrics: &[Metric],
    findings: &mut Vec<Finding>,
) {
    for metric in metrics {
        // The certificate's time has findings of its own.
        if metric.spec.name == CERT_LEFT.name {
            continue;
        }
        let Some((state, range)) = metric.thresholds.broken_by(metric.value) else {
            continue;
        };
        let rule = if metric.spec.name == LOSS.name {
            &rule::LOSS_THRESHOLD
        } else {
            &rule::TIME_THRESHOLD
        };
        let what = match metric.spec.name {
            "time" => "took".to_owned(),
            "loss" => "loses".to_owned(),
            name => format!("{name} took"),
        };
        let value = match metric.spec.name {
            "loss" => format!("{:.1} % of the connections", metric.value),
            _ => text(metric.value),
        };
        let range = format!("{} range {}", state.to_string().to_lowercase(), range.with_unit());
        let finding = Finding::broken(rule, format!("{what} {value} ({range})")).graded(state);
        findings.push(match &metric.instance {
            Some(host) if facts.domain.is_some() => finding.about(host),
            Some(address) => finding.about(&format!("{} at {address}", config.target)),
            None => finding,
        });
    }
}

/// Every metric whose value is known.
pub(super) fn metrics(config: &Config, facts: &Facts) -> Vec<Metric> {
    let limits = &config.limits;
    let mut metrics = Vec::new();
    metrics.extend(known(&TIME, Some(facts.time), limits.time));
    metrics.extend(known(&DNS, facts.dns, limits.dns));
    // One address after the other is tried until one accepts: the last is the one that counts.
    let first = if config.all_addresses { 0 } else { facts.doors.len().saturating_sub(1) };
    for door in facts.doors.iter().skip(first) {
        let vouched = dane::metric(facts.dane.as_ref(), door);
        let of_door = of_door(config, facts.now, door).into_iter().chain(vouched);
        metrics.extend(
            of_door.map(
                |metric| {
                    if config.all_addresses { metric.of(&door.address) } else { metric }
                },
            ),
        );
    }
    if let Some(domain) = &facts.domain {
        metrics.extend(domain::metrics(config, facts.now, domain));
    }
    metrics
}

/// Every metric of one address whose value is known.
pub(super) fn of_door(config: &Config, now: i64, door: &Door) -> Vec<Metric> {
    let (limits, times) = (&config.limits, &door.times);
    let left = certificate::left(door, now);
    let mut metrics: Vec<Metric> = [
        known(&CONNECT, door.connect_time(), limits.connect),
        known(&GREETING, times.greeting, limits.greeting),
        known(&EHLO, times.ehlo, limits.ehlo),
        known(&TLS, times.tls, limits.tls),
        known(&AUTH, times.auth, limits.auth),
        known(&MAIL, times.mail, limits.mail),
        known(&RCPT, times.rcpt, limits.rcpt),
        #[expect(clippy::cast_precision_loss, reason = "seconds of a lifetime are exact in f64")]
        known(
            &CERT_LEFT,
            left.map(|left| left as f64),
            config.tls.policy().map_or(Thresholds::default(), |policy| policy.left),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if config.attempts > 1 {
        metrics.extend(round_trips(config, door));
    }
    metrics
}

fn known(spec: &'static MetricSpec, value: Option<f64>, held: Thresholds) -> Option<Metric> {
    value.map(|value| Metric::new(spec, value).held_to(held))
}

fn round_trips(config: &Config, door: &Door) -> Vec<Metric> {
    let times: Vec<f64> = door.attempts.iter().filter_map(|it| it.as_ref().ok().copied()).collect();
    #[expect(clippy::cast_precision_loss, reason = "there are at most 100 attempts")]
    let [made, lost, count] =
        [door.attempts.len().max(1), lost(door), times.len()].map(|it| it as f64);
    let mut metrics = vec![Metric::new(&LOSS, 100.0 * lost / made).held_to(config.limits.loss)];
    if count > 0.0 {
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = times.iter().copied().fold(0.0, f64::max);
        metrics.push(Metric::new(&RTT_MIN, least));
        metrics.push(Metric::new(&RTT_AVG, times.iter().sum::<f64>() / count));
        metrics.push(Metric::new(&RTT_MAX, most));
    }
    metrics
}

/// How many attempts to connect failed.
pub(super) fn lost(door: &Door) -> usize {
    door.attempts.iter().filter(|attempt| attempt.is_err()).count()
}

/// A time as a person reads it.
pub(super) fn text(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0} ms", (seconds * 1000.0).max(1.0))
    } else {
        format!("{seconds:.2} s")
    }
}

/// All stages of one address on a line.
pub(super) fn line(door: &Door) -> String {
    let times = &door.times;
    let stages = [
        ("connect", door.connect_time()),
        ("greeting", times.greeting),
        ("ehlo", times.ehlo),
        ("tls", times.tls),
        ("auth", times.auth),
        ("mail", times.mail),
        ("rcpt", times.rcpt),
        ("total", Some(times.total)),
    ];
    let known = stages.iter().filter_map(|(name, time)| Some(format!("{name} {:.6} s", (*time)?)));
    format!("{} {}", door.address, known.collect::<Vec<_>>().join(", "))
}
