//! SMTP replies, whatever a server sends and however it is cut into packets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::smtp::parse_reply;

fuzz_target!(|bytes: &[u8]| {
    let whole = parse_reply(bytes);
    match &whole {
        Ok(Some((reply, taken))) => {
            assert!((200..600).contains(&reply.code) && !reply.lines.is_empty());
            assert!(bytes[..*taken].ends_with(b"\n"));
            // Nothing that follows a reply changes it.
            assert_eq!(parse_reply(&bytes[..*taken]), whole);
        }
        Ok(None) => assert!(bytes.len() <= 65_536, "more is wanted without end"),
        Err(fault) => {
            // A server that has gone wrong is not put right by more bytes.
            let longer = [bytes, b"250 OK\r\n"].concat();
            assert!(parse_reply(&longer).is_err(), "{fault}");
        }
    }
    // A reader that sees the bytes come one after the other never sees another reply.
    let step = bytes.len() / 64 + 1;
    for cut in (0..bytes.len()).step_by(step) {
        match parse_reply(&bytes[..cut]) {
            Ok(None) => {}
            early => {
                let same = early == whole || (early.is_err() && whole.is_err());
                assert!(same, "{early:?} at {cut}, then {whole:?}");
            }
        }
    }
});
