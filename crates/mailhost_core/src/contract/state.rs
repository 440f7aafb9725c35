//! The four states of a check.

/// The state of a check or of one finding.
///
/// Ordered from best to worst: OK < UNKNOWN < WARNING < CRITICAL. The exit codes are 0, 1, 2 and 3
/// for OK, WARNING, CRITICAL and UNKNOWN (Monitoring Plugins guidelines, "Plugin Return Codes").
pub use nagiosplugin::ServiceState as State;

/// A state's name that is none of the four.
#[derive(Debug, thiserror::Error)]
#[error("not a state; write ok, warning, critical or unknown")]
pub struct StateError;

/// Reads a state by its name, in any case: `ok`, `warning`, `critical` or `unknown`.
///
/// # Errors
/// [`StateError`] for anything else.
pub fn parse_state(text: &str) -> Result<State, StateError> {
    text.parse().map_err(|_| StateError)
}
