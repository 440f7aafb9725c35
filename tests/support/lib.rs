//! What the test suites share: throw-away Debian roots, guarded server processes, the plugins under
//! test and the one way to skip.
//!
//! Nothing here knows a real mail server or a single plugin; those belong to the suites.

#![expect(
    clippy::panic,
    reason = "test support: a missing plugin and a skip in CI must fail the test loudly"
)]

pub mod account;
pub mod cache;
pub mod debian_root;
mod dns_plugin;
mod keeper;
pub mod plugin;
pub mod ports;
pub mod process;
pub mod run;
pub mod skip;

pub use account::Account;
pub use debian_root::{DebianRoot, Unavailable};
pub use dns_plugin::{Authority, DnsPlugin};
pub use plugin::Plugin;
pub use ports::{free_port, loopback_address};
pub use process::{Daemon, DaemonError};
pub use run::Run;
pub use skip::{announce, skip};
