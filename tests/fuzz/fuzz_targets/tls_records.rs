//! The records of MTA-STS and TLS-RPT, which anybody can publish.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailhost_core::mail::field_list::FieldFault;
use mailhost_core::mail::{mta_sts, tls_rpt};

fuzz_target!(|text: &str| {
    let record = format!("v=STSv1{text}");
    let is_record = !mta_sts::select([record.clone().into_bytes()].into_iter()).records.is_empty();
    let read = mta_sts::Record::parse(&record);
    assert!(is_record || read.is_err());
    check(&record, read.map(|record| record.oddities));

    let record = format!("v=TLSRPTv1;{text}");
    let read = tls_rpt::Record::parse(&record);
    assert!(read.as_ref().map_or(true, |record| !record.destinations.is_empty()));
    check(&record, read.map(|record| record.oddities));
});

fn check(text: &str, read: Result<Vec<FieldFault>, Vec<FieldFault>>) {
    assert_eq!(read.is_err(), read.as_ref().is_err_and(|all| all.iter().any(FieldFault::is_fatal)));
    for fault in read.unwrap_or_else(|faults| faults) {
        // Every fault points at a part of the text.
        let part = text.get(fault.error.span.clone());
        assert!(part.is_some_and(|part| !part.is_empty()), "{fault:?}");
    }
}
