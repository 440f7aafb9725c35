//! Messages with signatures, which anybody can send.

#![no_main]

use check_dkim_dmarc::formats::message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The key of no private key that the fuzzer has: nothing can pass.
    let (all, passed) = message(bytes, KEY);
    assert!(all <= 20 && passed == 0);
});

const KEY: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
