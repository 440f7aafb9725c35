//! The list of Postfix's showq, whatever comes over the socket and however it is cut into pieces.

#![no_main]

use check_smtp_queue::formats::showq;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = showq(bytes, 0);
    let step = bytes.len() / 64 + 1;
    for cut in (0..bytes.len()).step_by(step) {
        assert_eq!(showq(bytes, cut), whole, "cut at {cut}");
        // A whole list ends nowhere but at its end.
        assert!(whole.is_err() || showq(&bytes[..cut], 0).is_err(), "ends at {cut}");
    }
});
