//! What a blocklist answers, from the bytes on.

#![no_main]

use check_rbl::formats::answer;
use libfuzzer_sys::fuzz_target;

/// One with patterns, one with bits, one that is judged by the RFC alone and one that it is good to be on.
const ZONES: &[&str] = &["zen.spamhaus.org", "multi.uribl.com", "all.s5h.net", "list.dnswl.org"];

fuzz_target!(|input: (u8, &[u8])| {
    let (zone, bytes) = input;
    let zone = ZONES[usize::from(zone) % ZONES.len()];
    if let Some(addresses) = answer(bytes, zone) {
        // Nothing else is a listing (RFC 5782 section 2.1), and nothing of this a refusal.
        assert!(
            !addresses.is_empty() && addresses.iter().all(|it| it.is_loopback()),
            "{addresses:?}"
        );
        let refuses = |octets: [u8; 4]| octets[1..3] == [255, 255] || octets == [127, 0, 0, 1];
        assert!(!addresses.iter().any(|it| refuses(it.octets())), "{zone}: {addresses:?}");
    }
});
