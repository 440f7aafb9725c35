//! The contract suite: what DESIGN section 4 promises, held against every plugin.
//!
//! A new plugin joins with one line in [`subjects::PLUGINS`]. What only a plugin that misbehaves on
//! purpose can show is asked of the core's example `misbehaving`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod contract;
mod demo;
mod docs;
mod linkage;
mod parser;
mod prometheus;
mod promtool;
mod stage;
mod subjects;
mod workspace;
