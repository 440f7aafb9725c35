//! Texts with macros, and what a stranger's sender or HELO name makes of them.

#![no_main]

use check_mx_spf::formats::expansion;
use libfuzzer_sys::fuzz_target;

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
