//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

const fn metric(name: &'static str, unit: Unit, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit, min: Some(0.0), max: None, meaning }
}

pub(crate) static LOOKUPS: MetricSpec =
    metric("lookups", Unit::Count, "Terms of the SPF policy that need the DNS, of 10 that may");
pub(crate) static VOID_LOOKUPS: MetricSpec = metric(
    "void_lookups",
    Unit::Count,
    "Those of them for which the DNS has nothing, of 2 that may",
);
pub(crate) static MX_HOSTS: MetricSpec =
    metric("mx_hosts", Unit::Count, "Mail exchangers, those that stand for no mail left out");
pub(crate) static ADDRESSES: MetricSpec =
    metric("addresses", Unit::Count, "Different addresses of the mail exchangers");
pub(crate) static NETWORKS: MetricSpec =
    metric("networks", Unit::Count, "Different networks that SPF lets send");
pub(crate) static RECORD_BYTES: MetricSpec =
    metric("record_bytes", Unit::Bytes, "Length of the domain's own SPF record");
pub(crate) static DNS_QUERIES: MetricSpec =
    metric("dns_queries", Unit::Count, "Questions sent to the DNS, those sent again too");
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[
    &LOOKUPS,
    &VOID_LOOKUPS,
    &MX_HOSTS,
    &ADDRESSES,
    &NETWORKS,
    &RECORD_BYTES,
    &DNS_QUERIES,
    &TIME,
];
