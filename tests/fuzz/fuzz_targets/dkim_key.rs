//! Key records of DKIM, which anybody can publish for a domain whose messages are verified.

#![no_main]

use check_dkim_dmarc::formats::key_record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Every error points at a part of the text.
    let wrong = key_record(text);
    assert!(wrong.iter().all(|part| text.is_empty() || !part.is_empty()), "{wrong:?}");
});
