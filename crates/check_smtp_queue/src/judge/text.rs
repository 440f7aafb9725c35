//! Numbers as people read them.

use mailhost_core::contract::{Finding, Range, Rule, State, plural};

/// A finding whose text ends with the range that is broken.
pub(super) fn outside(rule: &'static Rule, text: &str, state: State, range: Range) -> Finding {
    let level = state.to_string().to_lowercase();
    Finding::broken(rule, format!("{text} ({level} range {})", range.with_unit())).graded(state)
}

/// `1 message`, `2 messages`.
pub(super) fn messages(count: u64) -> String {
    plural(count, "message", "messages")
}
