//! The options.

use clap::{Parser, ValueEnum};
use mailhost_core::cli::{Dns, General, StateDirectory, count, time_above_zero};
use mailhost_core::contract::Range;
use mailhost_core::plugin::Options;

/// Is a mail domain's MX right, and does its SPF say what its owner thinks?
///
/// Alerts when the domain has no mail exchanger that can be reached, when its DNS fails, when the MX
/// records, the names of their addresses or the SPF record break a rule, when SPF needs too many
/// look-ups, lets everybody pass, or does not say of a client what was expected.
#[derive(Debug, Parser)]
#[command(name = "check_mx_spf", version)]
pub struct Args {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) mx: Mx,
    #[command(flatten)]
    pub(crate) policy: Policy,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
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
        let target = &self.target;
        target.domain.clone().or_else(|| self.client.ip.clone()).unwrap_or_default()
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Mail domain; a name in another script in its ASCII form (xn--...).
    #[arg(short, long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,

    /// Look at this part only: mx or spf.
    #[arg(long, value_name = "PART", hide_possible_values = true)]
    pub(crate) only: Option<Part>,

    /// The domain neither sends nor takes mail, and has to say so: v=spf1 -all, and no MX or a null
    /// MX.
    #[arg(long)]
    pub(crate) parked: bool,

    /// Ask every name server of the domain, and compare what they say.
    #[arg(long)]
    pub(crate) consistency: bool,
}

/// The parts of the check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// The mail exchangers.
    Mx,
    /// The sender policy.
    Spf,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "MX")]
pub(crate) struct Mx {
    /// A mail exchanger that has to be there, with its preference and an address if given; others
    /// than the expected ones must not. Repeatable.
    #[arg(long, value_name = "[PREF:]HOST[=IP]")]
    pub(crate) expect_mx: Vec<String>,

    /// Number of mail exchangers: WARNING outside this range, such as 2: for two or more.
    #[arg(long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) mx_count: Option<Range>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "SPF")]
pub(crate) struct Policy {
    /// Terms that need the DNS: WARNING outside this range [default: 9].
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,

    /// Terms that need the DNS: CRITICAL outside this range [default: 10].
    #[arg(short, long, value_name = "RANGE", value_parser = count, allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,

    /// The record has to be exactly this.
    #[arg(long, value_name = "TEXT", value_parser = mailhost_core::cli::text)]
    pub(crate) expect_record: Option<String>,

    /// WARNING when the record has not changed for longer, such as 400d.
    #[arg(long, value_name = "TIME", value_parser = time_above_zero)]
    pub(crate) max_record_age: Option<f64>,

    /// Addresses or networks that must pass, with commas between them, for the domain and for the
    /// name of --helo. Repeatable.
    #[arg(long, value_name = "IP[/LEN],...")]
    pub(crate) covers: Vec<String>,

    /// Every address of every mail exchanger must pass.
    #[arg(long)]
    pub(crate) covers_mx: bool,

    /// Addresses that must not pass, with commas between them. Repeatable.
    #[arg(long, value_name = "IP,...")]
    pub(crate) forbid_ip: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "One client")]
pub(crate) struct ClientOptions {
    /// Evaluate SPF for mail from this address, and show the result as spf=RESULT.
    #[arg(long, value_name = "IP")]
    pub(crate) ip: Option<String>,

    /// Who sends; empty for the null sender [default: postmaster at the domain of -d].
    #[arg(long, value_name = "MAILBOX", requires = "ip", allow_hyphen_values = true)]
    pub(crate) sender: Option<String>,

    /// The name in HELO or EHLO [default: the sender's domain].
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) helo: Option<String>,

    /// The result that is right: pass, fail, softfail, neutral, none, temperror or permerror; any
    /// other is CRITICAL.
    #[arg(long, value_name = "RESULT", requires = "ip")]
    pub(crate) expect_result: Option<String>,
}
