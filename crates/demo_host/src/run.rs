//! Running a plugin as an engine does: no stdin, both outputs caught, the exit code kept.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::state::State;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// None when a signal ended the plugin.
    pub(crate) code: Option<i32>,
}

impl Outcome {
    /// The state, when the exit code is one.
    pub(crate) fn state(&self) -> Option<State> {
        self.code.and_then(State::of_code)
    }
}

/// Runs `program` in `directory`, so that files there need no path on the command line.
pub(crate) fn run(program: &Path, args: &[String], directory: &Path) -> io::Result<Outcome> {
    let output = Command::new(program)
        .args(args)
        .current_dir(directory)
        .env_remove("MAILHOST_PASSWORD")
        .stdin(Stdio::null())
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Outcome {
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        code: output.status.code(),
    })
}
