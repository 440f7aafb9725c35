//! The demonstration: every plugin against the embedded mail host, good and bad.
//!
//! `cargo run -p demo_host` is the first command of the README. It builds the plugins, or takes
//! them from `MAILHOST_BIN_DIR`, runs the [`cases`] one after the other, and fails when one of them
//! ends otherwise than expected, so that what a newcomer reads is also a test.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

mod binaries;
mod cases;
mod page;
mod run;
mod stage;
mod state;

use binaries::BinariesError;
use cases::PLUGINS;
use page::Page;

fn main() -> ExitCode {
    let mut page = Page::on_stdout();
    match demonstrate(&mut page) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // Whoever reads through `head` has seen enough, and did not ask why.
        Err(DemoError::Page(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            // Without a stderr there is nobody left to tell.
            drop(writeln!(io::stderr(), "demo_host: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Why the demonstration could not be given.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error(transparent)]
    Binaries(#[from] BinariesError),
    #[error("writing the page: {0}")]
    Page(#[from] io::Error),
    #[error("running {plugin}: {error}")]
    Run { plugin: &'static str, error: io::Error },
    #[error("setting the stage for {plugin}: {error}")]
    Stage { plugin: &'static str, error: io::Error },
}

/// Runs every case, and counts those that surprised.
fn demonstrate(page: &mut Page<impl Write>) -> Result<usize, DemoError> {
    let binaries = binaries::directory()?;
    for plugin in PLUGINS {
        binaries::require(&binaries, plugin.name)?;
    }
    let start = Instant::now();
    page.introduction()?;
    let mut ends = Vec::new();
    let mut surprises = Vec::new();
    for plugin in PLUGINS {
        show(plugin, &binaries, page, &mut ends, &mut surprises)?;
    }
    page.conclusion(&ends, start.elapsed(), &surprises)?;
    if surprises.is_empty() {
        page.farewell(&binaries, PLUGINS)?;
    }
    Ok(surprises.len())
}

/// Runs the cases of one plugin.
fn show(
    plugin: &cases::Plugin,
    binaries: &Path,
    page: &mut Page<impl Write>,
    ends: &mut Vec<Option<state::State>>,
    surprises: &mut Vec<String>,
) -> Result<(), DemoError> {
    let unset = |error| DemoError::Stage { plugin: plugin.name, error };
    let stage = (plugin.stage)().map_err(unset)?;
    for act in plugin.acts {
        page.act(act.question)?;
        for case in act.cases {
            page.case(ends.len() + 1, case.title)?;
            let args = stage.fill(case.args).map_err(unset)?;
            page.command(plugin.name, &args)?;
            let outcome = run::run(&binaries.join(plugin.name), &args, stage.directory())
                .map_err(|error| DemoError::Run { plugin: plugin.name, error })?;
            page.outcome(&outcome)?;
            ends.push(outcome.state());
            surprises.extend(
                case.surprise(&outcome)
                    .map(|what| format!("case {}, \"{}\": {what}", ends.len(), case.title)),
            );
        }
    }
    Ok(())
}
