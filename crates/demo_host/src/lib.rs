//! An embedded mail host on loopback, scripted, good and bad.
//!
//! It is what the tests of every plugin talk to, and what the demonstration shows: an SMTP or LMTP
//! server ([`smtp`]), a DNS server ([`dns`]), a web server ([`https`]), a mail queue on disk ([`spool`]), certificates of
//! every quality ([`certificates`]) and ports that refuse or never answer ([`ports`]). Each server
//! is plain data handed to `start`, runs on its own threads, and is gone with all of them when its
//! handle is dropped.
//!
//! Nothing here judges a client: servers record what they were told, and tests read the record.
//!
//! ```
//! use demo_host::certificates::{Authority, CertificateSpec};
//! use demo_host::dns::{DnsServer, Zone};
//! use demo_host::smtp::{Script, SmtpServer, Tls};
//!
//! # fn main() -> std::io::Result<()> {
//! let authority = Authority::new("Example Root")?;
//! let expired = CertificateSpec { not_after_days: -3, ..CertificateSpec::default() };
//! let tls = Tls::new(authority.issue(&expired)?);
//! let mail = SmtpServer::start(Script::with_starttls(tls))?;
//! let dns = DnsServer::start(&Zone::new().mx("example.org", 10, "mail.example.org"))?;
//! // A plugin is run here against `mail.port()` and `dns.address()`; then:
//! assert!(mail.sessions().is_empty() && dns.queries().is_empty());
//! # Ok(())
//! # }
//! ```

pub mod action;
pub mod blocklists;
pub mod certificates;
pub mod dkim;
pub mod dns;
pub mod https;
pub mod ports;
mod runtime;
pub mod smtp;
pub mod spool;

pub use action::Action;
