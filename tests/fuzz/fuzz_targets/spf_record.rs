//! SPF records, which anybody can publish for any domain that a policy includes.

#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use mailhost_core::mail::spf::parse;

fuzz_target!(|text: &str| {
    let text = format!("v=spf1 {text}");
    match parse(&text) {
        Ok(record) => {
            // What is written is read the same.
            let written = record.to_string();
            let again = parse(&written).map(|record| record.to_string());
            assert_eq!(again.as_ref(), Ok(&written));
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            // Every error points at a part of the text.
            let points =
                |span: &Range<usize>| text.get(span.clone()).is_some_and(|it| !it.is_empty());
            assert!(errors.iter().all(|error| points(&error.span)), "{errors:?}");
        }
    }
});
