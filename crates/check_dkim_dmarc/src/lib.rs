//! Will the world believe mail from this domain?
//!
//! Options become a [`Config`]; the probe reads files, asks the DNS and fills [`Facts`]; judge weighs
//! them. `dkim` and `dmarc` know the records and what they mean, `message` verifies signatures; `tag_list`
//! is the way in which all of them are written.

mod args;
mod bimi;
mod config;
mod dkim;
mod dmarc;
mod facts;
#[doc(hidden)]
pub mod formats;
mod history;
mod judge;
mod key_table;
mod local_key;
mod message;
mod metrics;
mod probe;
mod providers;
mod selector;
mod tag_list;

use mailhost_core::contract::{Identity, Report};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::Failure;

pub use args::Args;
pub use config::Config;
pub use facts::Facts;
pub use metrics::METRICS;

/// The plugin's short name.
pub const NAME: &str = "dkim_dmarc";

/// The plugin, as its state files know it.
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other, a file cannot be read or it is not known whom
/// to ask.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let facts = probe::probe(&config, deadline)?;
    Ok(judge::judge(&config, facts))
}
