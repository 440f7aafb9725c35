//! Tables of blocklists, which operators write by hand.

#![no_main]

use check_rbl::formats::table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert_ne!(table(text), Some(0));
});
