//! A plugin that does everything wrong, as the subject of the contract suite: it panics, hangs,
//! floods, finds nothing, and speaks hostile text. It is never packaged.

use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use mailhost_core::cli::{Dns, General, StateDirectory};
use mailhost_core::contract::{
    Evidence, Finding, Metric, MetricSpec, Range, Report, Thresholds, Unit, rule,
};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::{self, Failure, run};

fn main() {
    run("smtp_banner", misbehave)
}

/// Misbehaves on request.
#[derive(Debug, Parser)]
#[command(name = "misbehaving", version)]
struct Options {
    /// What to do wrong.
    #[arg(long)]
    act: Act,
    /// Alert outside this range of seconds.
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    #[arg(value_parser = mailhost_core::cli::seconds)]
    warning: Option<Range>,
    #[command(flatten)]
    dns: Dns,
    #[command(flatten)]
    state: StateDirectory,
    #[command(flatten)]
    general: General,
}

impl plugin::Options for Options {
    fn general(&self) -> &General {
        &self.general
    }

    fn target(&self) -> String {
        "mail.example.org".to_owned()
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Act {
    Flood,
    Good,
    Hang,
    Hostile,
    Nothing,
    NotANumber,
    Overflow,
    Panic,
    Unable,
    Usage,
}

static TIME: MetricSpec = MetricSpec {
    name: "time",
    unit: Unit::Seconds,
    min: Some(0.0),
    max: None,
    meaning: "Seconds that nothing took",
};

const HOSTILE: &str = "a|b \u{1b}[31m<script>alert(1)</script>\r\nsecond\0\u{202e}line";

#[expect(clippy::panic, reason = "panicking is what is asked for")]
fn misbehave(options: &Options, deadline: &Deadline) -> Result<Report<String>, Failure> {
    let thresholds = Thresholds { warning: options.warning, critical: None };
    let mut report = Report {
        target: "mail.example.org".to_owned(),
        lead: None,
        summary: "nothing is wrong".to_owned(),
        findings: vec![Finding::good("greeting", "220 mail.example.org")],
        metrics: vec![Metric::new(&TIME, 0.25).held_to(thresholds)],
        evidence: Vec::new(),
        facts: String::new(),
    };
    if let Some((state, range)) = thresholds.broken_by(0.25) {
        let text = format!("took 0.25 s, outside {range}");
        report.findings.push(Finding::broken(&rule::TIME_THRESHOLD, text).graded(state));
    }
    match options.act {
        Act::Flood => {
            let flood = "flood ".repeat(20_000);
            report.facts.clone_from(&flood);
            report.findings =
                (0..2000).map(|_| Finding::broken(&rule::CERT_EXPIRED, &flood)).collect();
            report.evidence =
                (0..2000).map(|_| Evidence { level: 2, text: flood.clone() }).collect();
        }
        Act::Good => {}
        Act::Hang => {
            deadline.waiting_for("nothing in particular");
            loop {
                thread::sleep(Duration::from_secs(1));
            }
        }
        Act::Hostile => {
            HOSTILE.clone_into(&mut report.target);
            HOSTILE.clone_into(&mut report.facts);
            report.findings.push(Finding::broken(&rule::GREETING_REFUSED, HOSTILE).about(HOSTILE));
            report.evidence.push(Evidence { level: 2, text: HOSTILE.to_owned() });
            report.metrics.push(Metric::new(&TIME, 1.0).of(HOSTILE));
        }
        Act::Nothing => report.findings.clear(),
        Act::NotANumber => report.metrics = vec![Metric::new(&TIME, f64::NAN)],
        Act::Overflow => report.metrics = vec![Metric::new(&TIME, f64::MAX)],
        Act::Panic => panic!("{HOSTILE}"),
        Act::Unable => return Err(Failure::Unable(HOSTILE.to_owned())),
        Act::Usage => return Err(Failure::Usage("--act usage is no use".to_owned())),
    }
    Ok(report)
}
