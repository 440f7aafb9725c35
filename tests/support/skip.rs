//! The one way to leave a test out.

use std::{
    env,
    fmt::Display,
    io::{self, Write},
};

/// Says loudly that `what` is not tested, and why; with `CI=true` in the environment that is a failure.
///
/// # Panics
/// In CI, where everything a test needs has to be there.
pub fn skip(what: &str, reason: impl Display) {
    let line = format!("SKIPPED {what}: {reason}");
    assert!(env::var_os("CI").is_none_or(|value| value != "true"), "{line} (a failure in CI)");
    announce(&line);
}

/// Writes one line to the real stderr: the test harness hides what the print macros write.
pub fn announce(line: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{line}");
}
