//! What goes through the network interfaces.

use mailhost_core::contract::{Finding, Metric, Thresholds, bytes_text, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::Traffic;
use crate::metrics;

pub(super) fn judge(config: &Config, traffic: &[Traffic], verdict: &mut Verdict) {
    if traffic.is_empty() {
        let text = "there is no network interface but the machine's own, or all are new";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        return;
    }
    let (in_all, out_all) = traffic
        .iter()
        .fold((0.0, 0.0), |(received, sent), one| (received + one.received, sent + one.sent));
    verdict.summary.push(format!("network {}/s in, {}/s out", rounded(in_all), rounded(out_all)));
    // Those that are down or made of software have no speed, and others beside them have.
    if config.network != Thresholds::default() && traffic.iter().all(|one| one.link.is_none()) {
        let text = "no interface has a link of known speed that --network-warning could be held to";
        verdict.findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    for one in traffic {
        let name = &one.interface;
        let errors = one.errors;
        let text = format!("has {errors:.1} damaged packets a second");
        let metric = Metric::new(&metrics::NETWORK_ERRORS, errors);
        verdict.hold_of(name, metric, config.network_errors, &rule::NETWORK_ERRORS, text);
        let drops = one.drops;
        let text = format!("has no room for {drops:.1} packets a second");
        let metric = Metric::new(&metrics::NETWORK_DROPS, drops);
        verdict.hold_of(name, metric, config.network_drops, &rule::NETWORK_DROPS, text);
        verdict.metrics.push(Metric::new(&metrics::NETWORK_IN, one.received).of(name));
        verdict.metrics.push(Metric::new(&metrics::NETWORK_OUT, one.sent).of(name));
        if let Some(link) = one.link {
            let used = (one.received.max(one.sent) / link * 100.0).min(100.0);
            let text = format!(
                "has {used:.1}% of its link in use, {} in and {} out a second",
                rounded(one.received),
                rounded(one.sent)
            );
            let metric = Metric::new(&metrics::NETWORK_USED, used);
            verdict.hold_of(name, metric, config.network, &rule::NETWORK_USAGE, text);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative")]
fn rounded(bytes: f64) -> String {
    bytes_text(bytes as u64)
}
