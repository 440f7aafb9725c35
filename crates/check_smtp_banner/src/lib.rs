//! Is the mail server's door open, quick, encrypted and honest?
//!
//! Options become a [`Config`]; the probe holds one SMTP dialogue on each address and fills
//! [`Facts`]; judge weighs them. It never sends a message: no DATA, ever.

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
pub const NAME: &str = "smtp_banner";

/// The plugin, as its state files know it.
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other or a file cannot be used; nothing has been
/// sent then.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let facts = probe::probe(&config, deadline)?;
    Ok(judge::judge(&config, facts))
}
