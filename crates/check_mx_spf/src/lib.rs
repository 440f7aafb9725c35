//! Is a mail domain's MX right, and does its SPF say what its owner thinks?
//!
//! Options become a [`Config`]; the probe asks the DNS and fills [`Facts`]; judge weighs them. SPF is
//! looked at in two ways: [`spf::walk`] audits all records of a policy without any client, and
//! [`spf::check_host`] evaluates it for one, as a receiver would.
//!
//! [`spf::walk`]: mailhost_core::mail::spf::walk
//! [`spf::check_host`]: mailhost_core::mail::spf::check_host

mod args;
mod config;
mod facts;
mod history;
mod judge;
mod metrics;
mod probe;

use mailhost_core::contract::{Identity, Report};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::Failure;

pub use args::Args;
pub use config::Config;
pub use facts::Facts;
pub use metrics::METRICS;

/// The plugin's short name.
pub const NAME: &str = "mx_spf";

/// The plugin, as its state files know it.
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other or it is not known whom to ask.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let facts = probe::probe(&config, deadline)?;
    Ok(judge::judge(&config, facts))
}
