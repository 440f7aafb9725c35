//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

const fn metric(name: &'static str, unit: Unit, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit, min: Some(0.0), max: None, meaning }
}

pub(crate) static POLICY: MetricSpec = MetricSpec {
    max: Some(2.0),
    ..metric("policy", Unit::Count, "The DMARC policy in force: 0 none, 1 quarantine, 2 reject")
};
pub(crate) static SELECTORS_OK: MetricSpec =
    metric("selectors_ok", Unit::Count, "Selectors with a key that receivers can verify with");
pub(crate) static KEY_LENGTH: MetricSpec =
    metric("key_length", Unit::Count, "Bits of the shortest RSA key");
pub(crate) static DNS_QUERIES: MetricSpec =
    metric("dns_queries", Unit::Count, "Questions sent to the DNS, those sent again too");
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[&POLICY, &SELECTORS_OK, &KEY_LENGTH, &DNS_QUERIES, &TIME];
