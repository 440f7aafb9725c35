//! The real program against spools made for it: what it says and what it exits with.
//!
//! A finding that is expected is written as the output writes it, `[STATE] code`; the module
//! `coverage` holds these against the register.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends by panicking"
)]

mod change;
mod command;
mod coverage;
mod directories;
mod hostile;
mod instances;
mod mtas;
mod rights;
mod showq;
mod support;
mod thresholds;
mod usage;
mod walk;
mod wrong_once;
