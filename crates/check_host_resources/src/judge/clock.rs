//! The clock.

use mailhost_core::contract::{Finding, Metric, rule};

use super::Verdict;
use crate::config::Config;
use crate::facts::Clock;
use crate::metrics;

pub(super) fn judge(config: &Config, clock: Clock, verdict: &mut Verdict) {
    let Clock { is_synchronised, offset, estimated_error, largest_error } = clock;
    // Without a program that keeps it right nobody knows how wrong it is.
    if !is_synchronised {
        let text = "the clock is not synchronised: nobody knows how wrong it is";
        verdict.findings.push(Finding::broken(&rule::CLOCK_UNSYNCHRONISED, text));
        verdict.summary.push("clock not synchronised".to_owned());
        return;
    }
    // ntpd and systemd-timesyncd let the kernel take the offset away; chronyd does that itself and tells the
    // kernel only its estimate.
    let off = offset.abs().max(estimated_error);
    let text = format!(
        "the clock is synchronised and about {:.1} ms off, {:.0} ms at the most",
        off * 1e3,
        largest_error * 1e3
    );
    verdict.summary.push(format!("clock {:.1} ms off", off * 1e3));
    verdict.hold(Metric::new(&metrics::CLOCK_OFFSET, off), config.clock, &rule::CLOCK_OFFSET, text);
    verdict.metrics.push(Metric::new(&metrics::CLOCK_ERROR, largest_error));
}

#[cfg(test)]
mod tests {
    use mailhost_core::plugin::parse;

    use super::*;
    use crate::args::Args;

    fn of(clock: Clock) -> (String, Vec<String>) {
        let args: Args = parse(["check_host_resources".into()]).expect("options");
        let config = Config::new(&args).expect("a configuration");
        let mut verdict = Verdict::default();
        judge(&config, clock, &mut verdict);
        let finding = &verdict.findings[0];
        let said = format!("[{}] {}", finding.state, finding.code);
        (said, verdict.metrics.iter().map(Metric::label).collect())
    }

    #[test]
    fn warning_a_clock_that_is_wrong_or_left_alone() {
        let good = Clock {
            is_synchronised: true,
            offset: -0.002,
            estimated_error: 0.001,
            largest_error: 0.03,
        };
        let labels = || vec!["clock_offset".to_owned(), "clock_error".to_owned()];
        let said = |text: &str, labels: Vec<String>| (text.to_owned(), labels);
        assert_eq!(of(good), said("[OK] clock-offset", labels()));
        let off = Clock { offset: -0.4, ..good };
        assert_eq!(of(off), said("[WARNING] clock-offset", labels()));
        let estimated = Clock { estimated_error: 0.4, ..good };
        assert_eq!(of(estimated), said("[WARNING] clock-offset", labels()));
        let alone = Clock { is_synchronised: false, ..good };
        assert_eq!(of(alone), said("[WARNING] clock-unsynchronised", Vec::new()));
    }
}
