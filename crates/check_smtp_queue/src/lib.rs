//! Is the mail host moving mail, and if not, what is stuck and why?
//!
//! Options become a [`Config`]; the probe finds the mail systems of this machine, looks at their
//! queues in the best way that the user may, and fills [`Facts`]; judge weighs them. Nothing is
//! opened for writing but the state file, which the rates over time are made from.

mod args;
mod calendar;
mod config;
mod courier;
mod detail;
mod exim;
mod facts;
#[doc(hidden)]
pub mod formats;
mod history;
mod inode;
mod judge;
mod ledger;
mod message;
mod metrics;
mod nullmailer;
mod opensmtpd;
mod postfix;
mod probe;
mod qmail;
mod queue;
mod sendmail;

use mailhost_core::contract::{Identity, Report};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::Failure;

pub use args::Args;
pub use config::Config;
pub use facts::Facts;
pub use metrics::METRICS;

/// The plugin's short name.
pub const NAME: &str = "smtp_queue";

/// The plugin, as its state files know it.
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other or no mail system is found.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let facts = probe::probe(&config, deadline)?;
    Ok(judge::judge(&config, facts))
}
