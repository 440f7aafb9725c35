//! The options.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use mailhost_core::cli::{Dns, General, StateDirectory, absolute_path, text, time_above_zero};
use mailhost_core::plugin::Options;

/// Will the world believe mail from this domain?
///
/// Alerts when a DKIM key is missing, wrong, too short or not the one that signs, when the DMARC record
/// is missing, breaks a rule, asks for less than wanted or sends reports where nobody takes them, when
/// mail of the domain cannot pass at all, and when a message does not pass.
#[derive(Debug, Parser)]
#[command(name = "check_dkim_dmarc", version)]
pub struct Args {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) dkim: Dkim,
    #[command(flatten)]
    pub(crate) dmarc: Dmarc,
    #[command(flatten)]
    pub(crate) message: Message,
    #[command(flatten)]
    pub(crate) dns: Dns,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
    #[command(flatten)]
    pub(crate) general: General,
}

impl Options for Args {
    fn general(&self) -> &General {
        &self.general
    }

    fn target(&self) -> String {
        self.target.domain.clone().unwrap_or_default()
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Mail domain; a name in another script in its ASCII form (xn--...).
    #[arg(short, long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,

    /// Look at this part only: dkim or dmarc.
    #[arg(long, value_name = "PART", hide_possible_values = true)]
    pub(crate) only: Option<Part>,

    /// The domain sends no mail, and has to say so: p=reject for itself and all below it.
    #[arg(long)]
    pub(crate) parked: bool,

    /// Ask every name server of the domain, and compare what they say.
    #[arg(long)]
    pub(crate) consistency: bool,

    #[arg(short, long, value_name = "RANGE", hide = true, allow_hyphen_values = true)]
    pub(crate) warning: Option<String>,

    #[arg(short, long, value_name = "RANGE", hide = true, allow_hyphen_values = true)]
    pub(crate) critical: Option<String>,
}

/// The parts of the check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// The keys that signatures are verified with.
    Dkim,
    /// What receivers are asked to do with mail that fails.
    Dmarc,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "DKIM")]
pub(crate) struct Dkim {
    /// A selector that signs mail of the domain, or of another one. Repeatable.
    #[arg(long, value_name = "SELECTOR[@DOMAIN]", value_parser = text)]
    pub(crate) selector: Vec<String>,

    /// Find selectors and local keys in this file: OpenDKIM's KeyTable or options, rspamd's settings of
    /// DKIM signing or selector map, or Exim's configuration. Repeatable.
    #[arg(long, value_name = "FILE", value_parser = absolute_path)]
    pub(crate) key_table: Vec<PathBuf>,

    /// Try the selectors that well-known services use; one that is missing is no fault.
    #[arg(long)]
    pub(crate) guess: bool,

    /// A selector that no longer signs: its key must be gone or revoked. Repeatable.
    #[arg(long, value_name = "SELECTOR[@DOMAIN]", value_parser = text)]
    pub(crate) retired: Vec<String>,

    /// The published key must have this SHA-256 fingerprint, as -v shows it. Repeatable.
    #[arg(long, value_name = "[SELECTOR=]HEX", value_parser = text)]
    pub(crate) expect_fingerprint: Vec<String>,

    /// The published key must be the one in this file, private or public. Repeatable.
    #[arg(long, value_name = "[SELECTOR=]FILE", value_parser = text)]
    pub(crate) key_file: Vec<String>,

    /// WARNING when a key has not changed for longer, such as 400d.
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) max_key_age: Option<f64>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "DMARC")]
pub(crate) struct Dmarc {
    /// The policy in force must be at least this: quarantine or reject.
    #[arg(long, value_name = "POLICY", hide_possible_values = true)]
    pub(crate) require_policy: Option<RequiredPolicy>,

    /// The record has to be exactly this.
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub(crate) expect_record: Option<String>,

    /// Look at the BIMI record too [selector: default].
    #[arg(
        long,
        value_name = "SELECTOR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "default",
        value_parser = text
    )]
    pub(crate) bimi: Option<String>,
}

/// The policies that can be required.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum RequiredPolicy {
    /// Mail that fails is taken for suspicious.
    Quarantine,
    /// Mail that fails is refused.
    Reject,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "One message")]
pub(crate) struct Message {
    /// Verify the signatures of this message, and show its result as dmarc=RESULT; - reads it from
    /// standard input.
    #[arg(id = "message", long, value_name = "FILE", value_parser = file_or_stdin)]
    pub(crate) file: Option<PathBuf>,

    /// Evaluate SPF for the message as if it came from this address.
    #[arg(long, value_name = "IP", requires = "message")]
    pub(crate) ip: Option<String>,

    /// Who sent it, in the envelope; empty for the null sender [default: its Return-Path].
    #[arg(long, value_name = "MAILBOX", requires = "ip", allow_hyphen_values = true)]
    pub(crate) envelope_from: Option<String>,

    /// The name in HELO or EHLO [default: the sender's domain].
    #[arg(long, value_name = "NAME", requires = "ip", allow_hyphen_values = true)]
    pub(crate) helo: Option<String>,
}

fn file_or_stdin(text: &str) -> Result<PathBuf, String> {
    if text == "-" { Ok(PathBuf::from(text)) } else { absolute_path(text) }
}
