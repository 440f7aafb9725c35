//! Real mail servers from Debian packages, each in a throw-away root on loopback ports.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod certificates;
mod dialogue;
mod postfix;
mod postfix_tests;
mod smtp_banner;
