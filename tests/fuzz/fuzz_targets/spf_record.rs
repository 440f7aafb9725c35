//! SPF records, which anybody can publish for any domain that a policy includes.

#![no_main]

use check_mx_spf::formats::record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let text = format!("v=spf1 {text}");
    match record(&text) {
        // What is written is read the same.
        Ok(written) => assert_eq!(record(&written).as_ref(), Ok(&written)),
        Err(wrong) => {
            assert!(!wrong.is_empty());
            // Every error points at a part of the text.
            assert!(wrong.iter().all(|part| !part.is_empty()), "{wrong:?}");
        }
    }
});
