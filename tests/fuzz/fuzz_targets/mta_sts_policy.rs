//! MTA-STS policies, which come from the web server of any domain.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::mail::mta_sts::{LONGEST_AGE, Mode, Policy};

fuzz_target!(|body: &[u8]| {
    let faults = match Policy::parse(body) {
        Ok(policy) => {
            assert!(policy.max_age <= LONGEST_AGE);
            assert!(policy.mode == Mode::None || !policy.mx.is_empty());
            for pattern in &policy.mx {
                // A pattern matches its own name, or one with a label more.
                assert!(pattern.is_wildcard != pattern.matches(&pattern.name), "{pattern}");
            }
            assert!(policy.oddities.iter().all(|fault| !fault.kind.is_fatal()));
            policy.oddities
        }
        Err(faults) => {
            assert!(faults.iter().any(|fault| fault.kind.is_fatal()));
            faults
        }
    };
    for place in faults.into_iter().filter_map(|fault| fault.place) {
        assert!(place.content.get(place.span.clone()).is_some(), "{place:?}");
    }
});
