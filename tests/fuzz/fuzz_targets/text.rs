//! Cleaning: whatever comes in, what goes out can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::contract::{clean, clean_to};

fuzz_target!(|bytes: &[u8]| {
    let raw = String::from_utf8_lossy(bytes);
    let cleaned = clean(&raw);
    let harmless =
        |c: char| c == ' ' || c.is_alphanumeric() || (c.is_ascii_graphic() && !"|<>".contains(c));
    assert!(cleaned.chars().all(harmless), "{cleaned:?}");
    assert_eq!(cleaned.trim(), cleaned);
    assert_eq!(clean(&cleaned), cleaned);
    for limit in [3, 20, 120] {
        let cut = clean_to(&raw, limit);
        assert!(cut.chars().count() <= limit, "{cut:?}");
        let kept = cut.strip_suffix("...").unwrap_or(&cut);
        assert!(cleaned.starts_with(kept), "{cut:?} of {cleaned:?}");
        assert!(cut == cleaned || cut.ends_with("..."), "{cut:?}");
    }
});
