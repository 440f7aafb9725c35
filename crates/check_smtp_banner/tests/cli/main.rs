//! The real program against scripted servers: what it says, what it exits with, and what the server
//! saw of it.
//!
//! A finding that is expected is written as the output writes it, `[STATE] code`; the module
//! `coverage` holds these against the register.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

mod auth;
mod certificate;
mod chain;
mod commands;
mod connect;
mod coverage;
mod dane;
mod domain;
mod ehlo;
mod envelope;
mod greeting;
mod hostile;
mod macros;
mod mta_sts;
mod output;
mod relay;
mod resources;
mod secrecy;
mod starttls;
mod support;
mod thresholds;
mod tls_rpt;
mod unreached;
mod usage;
