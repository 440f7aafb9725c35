//! The real program against a DNS server on loopback: what it says and what it exits with.
//!
//! A finding that is expected is written as the output writes it, `[STATE] code`; the module
//! `coverage` holds these against the register.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

mod coverage;
mod keys;
mod lists;
mod resolver;
mod score;
mod state;
mod support;
mod targets;
mod usage;
mod verdicts;
