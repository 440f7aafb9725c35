//! The packages, as a stranger meets them: in throw-away roots, beside what else is there, and under
//! the eyes of the tools that judge packages.
//!
//! They are made once, by `packaging/build`; `tests/run` says where they are.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod beside;
mod contents;
mod installing;
mod lint;
mod rpm;
mod state;
mod systemctl;
