//! Is the machine itself what holds the mail up?
//!
//! Options become a [`Config`]; the probe reads what the kernel says below `/proc` and `/sys`, asks it for
//! the room on each file system and for sockets, and fills [`Facts`], together with what earlier runs have
//! seen where that is asked about; judge weighs them. Files are read below a root directory, which is `/` but
//! in tests.

mod args;
mod config;
mod facts;
mod history;
mod judge;
mod metrics;
mod probe;
mod proc;
mod sock_diag;
mod systemctl;
#[cfg(test)]
mod tests;

use std::path::Path;

use mailhost_core::contract::{Identity, Report};
use mailhost_core::deadline::Deadline;
use mailhost_core::plugin::Failure;

pub use args::Args;
pub use config::Config;
pub use facts::Facts;
pub use metrics::METRICS;

/// The plugin's short name.
pub const NAME: &str = "host_resources";
const IDENTITY: Identity = Identity { name: NAME };

/// The whole check.
///
/// # Errors
/// [`Failure`], when the options contradict each other.
pub fn check(args: &Args, deadline: &Deadline) -> Result<Report<Facts>, Failure> {
    let config = Config::new(args)?;
    let facts = probe::probe(&config, Path::new("/"), deadline);
    Ok(judge::judge(&config, facts))
}
