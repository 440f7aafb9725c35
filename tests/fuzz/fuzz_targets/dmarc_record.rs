//! DMARC records, which are looked for at every name above a domain.

#![no_main]

use check_dkim_dmarc::formats::dmarc_record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let odd = dmarc_record(&format!("v=DMARC1; {text}"));
    // Everything that is odd is a part of the text.
    assert!(odd.iter().all(|part| !part.is_empty()), "{odd:?}");
});
