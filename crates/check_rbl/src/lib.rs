//! Is a mail host on a blocklist, and is what the lists answer to be believed?
//!
//! Options become a [`Config`]; the probe finds the addresses and domains that the options name, asks
//! every list about each of them and about its own test entries, all at once, and fills [`Facts`];
//! judge weighs them: an answer counts only where the list does what it has to with its test entries.
//! What could be believed is kept for the next run.
//!
//! What an answer of a list means stands in the table of lists, which is a file of its own.

mod args;
mod config;
mod facts;
pub mod formats;
mod history;
mod judge;
mod lists;
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
pub const NAME: &str = "rbl";

/// The plugin, as its state files know it.
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other, a file cannot be read or it is not known whom
/// to ask.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let mut facts = probe::probe(&config, deadline)?;
    judge::weigh(&config, &mut facts);
    history::keep(&config, &mut facts, deadline);
    Ok(judge::judge(&config, facts))
}
