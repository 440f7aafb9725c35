//! Texts with macros, and what a stranger's sender or HELO name makes of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::mail::spf::{MacroString, Place};

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    if let Some((written, expanded)) = expansion(text, value) {
        assert_eq!(expansion(&written, value), Some((written.clone(), expanded.clone())));
        // Nothing but the value can bring in what is not ASCII.
        assert!(!value.is_ascii() || expanded.is_ascii());
        // Each macro gives its value once, each byte of it at most three times as long.
        assert!(expanded.len() <= text.len() * (3 * value.len() + 3));
    }
});

/// The text as it is read, and expanded with a value for all of its macros.
fn expansion(text: &str, value: &str) -> Option<(String, String)> {
    let read = MacroString::parse(text, Place::Explanation).ok()?;
    Some((read.to_string(), read.expand(|_| value.to_owned())))
}
