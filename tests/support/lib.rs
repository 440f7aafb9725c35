//! What the test suites share: throw-away Debian roots, guarded server processes, the plugins under
//! test and the one way to skip.
//!
//! Nothing here knows how a real mail server or a monitoring engine is run; that belongs to the suites. The
//! names of the engines' packages are in [`packages`], because two suites want the same root of them.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "test support: what goes wrong here must fail the test loudly"
)]

pub mod account;
pub mod cache;
pub mod debian_root;
mod dns_plugin;
mod keeper;
pub mod packages;
pub mod plugin;
pub mod ports;
pub mod process;
pub mod run;
pub mod skip;
pub mod systemd;
pub mod world;

pub use account::Account;
pub use debian_root::{DebianRoot, Unavailable};
pub use dns_plugin::{Authority, DnsPlugin};
pub use plugin::Plugin;
pub use ports::{free_port, loopback_address};
pub use process::{Daemon, DaemonError};
pub use run::Run;
pub use skip::{announce, skip};
pub use systemd::Systemd;
pub use world::World;
