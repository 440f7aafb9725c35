//! Threshold ranges: what is read prints as what reads the same, and alerts where it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::contract::{Range, Unit};

fuzz_target!(|text: &str| {
    for unit in [Unit::Bytes, Unit::Count, Unit::Percent, Unit::Seconds] {
        let range = match Range::parse(text, unit) {
            Ok(range) => range,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        let printed = range.to_string();
        let again = match Range::parse(&printed, unit) {
            Ok(again) => again,
            Err(error) => panic!("{text:?} prints as {printed:?}: {error}"),
        };
        assert_eq!(again.to_string(), printed, "{text:?}");
        let inverted = match text.strip_prefix('@') {
            Some(bounds) => Range::parse(bounds, unit),
            None if text.starts_with("in:") => continue,
            None => Range::parse(&format!("@{text}"), unit),
        };
        // "-10" alone is refused, "@-10" for another reason: only pairs can be compared.
        let Ok(inverted) = inverted else { continue };
        for value in [-1e16, -1.0, 0.0, 0.5, 10.0, 1e9, 1e16] {
            assert_ne!(range.alerts(value), inverted.alerts(value), "{text:?} at {value}");
        }
    }
});
