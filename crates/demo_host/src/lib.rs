//! An embedded mail host on loopback, scripted, good and bad.
//!
//! It is what the tests of every plugin talk to, and what the demonstration shows: an SMTP or LMTP
//! server ([`smtp`]), a DNS server ([`dns`]), certificates of every quality ([`certificates`]) and
//! ports that refuse or never answer ([`ports`]). Each server is plain data handed to `start`, runs
//! on its own threads, and is gone with all of them when its handle is dropped.
//!
//! Nothing here judges a client: servers record what they were told, and tests read the record.

pub mod action;
pub mod certificates;
pub mod dns;
pub mod ports;
mod runtime;
pub mod smtp;

pub use action::Action;
