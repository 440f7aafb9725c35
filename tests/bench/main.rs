//! What a check costs, beside the plugin it replaces: same machine, same server, same run.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for developers: it prints, and stops at the first thing that is wrong"
)]

mod dmarc;
mod dns;
mod host;
mod measure;
mod rbl;
mod smtp_banner;
mod smtp_queue;
mod spf;
/// The real server is the one of the mtas tests.
#[path = "../mtas"]
#[allow(dead_code, reason = "they use more of it")]
mod mtas {
    pub(crate) mod certificates;
    pub(crate) mod dialogue;
    pub(crate) mod message;
    pub(crate) mod postfix;
}

use std::{env, path::PathBuf, process::ExitCode};

use mailhost_tests::{DebianRoot, Unavailable, skip};

use measure::Tools;
use mtas::{certificates, dialogue, message};

fn main() -> ExitCode {
    if !env::args().any(|argument| argument == "--bench") {
        // cargo test --all-targets also comes here, and nothing is measured there.
        return ExitCode::SUCCESS;
    }
    let wanted = |name: &str| {
        let mut names =
            env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|argument| argument == name)
    };
    if let Err(reason) = run(wanted) {
        skip("bench", reason);
    }
    ExitCode::SUCCESS
}

fn run(wanted: impl Fn(&str) -> bool) -> Result<(), Unavailable> {
    let peers = DebianRoot::prepare("bench", &["monitoring-plugins-basic", "time"])?;
    let tools = Tools { time: peers.join("/usr/bin/time") };
    if wanted("smtp_banner") {
        smtp_banner::run(&tools, &peers)?;
    }
    if wanted("smtp_queue") {
        smtp_queue::run(&tools)?;
    }
    if wanted("spf") {
        spf::run(&tools)?;
    }
    if wanted("dmarc") {
        dmarc::run(&tools)?;
    }
    if wanted("rbl") {
        rbl::run(&tools)?;
    }
    if wanted("host") {
        host::run(&tools, &peers)?;
    }
    Ok(())
}

/// One of our plugins, as it is shipped.
fn ours(name: &str) -> PathBuf {
    let bin = env::var_os("MAILHOST_BIN_DIR").expect("MAILHOST_BIN_DIR is set by tests/bench/run");
    PathBuf::from(bin).join(name)
}
