//! Exim's header files, which the documentation says may look otherwise in the next release.

#![no_main]

use check_smtp_queue::formats::exim_header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((sender, recipients)) = exim_header(bytes) {
        assert!(!sender.contains(&b'\n'));
        assert!(recipients.iter().all(|recipient| !recipient.contains('\n')));
        // What a message says behind its envelope changes nothing.
        let longer = [bytes, b"-frozen 1\nXX\n1\nx@example.org\n"].concat();
        assert_eq!(exim_header(&longer), Ok((sender, recipients)));
    }
});
