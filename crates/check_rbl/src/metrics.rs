//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

const fn metric(name: &'static str, unit: Unit, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit, min: Some(0.0), max: None, meaning }
}

pub(crate) static SCORE: MetricSpec = metric(
    "score",
    Unit::Count,
    "Weights of the lists that list the target, those of one operator once; of several targets the \
     highest, and for each under its name",
);
pub(crate) static LISTED: MetricSpec = metric(
    "listed",
    Unit::Count,
    "Lists that list a target and count; for each of several targets under its name",
);
pub(crate) static LISTS: MetricSpec =
    metric("lists", Unit::Count, "Lists that were asked: the sum of the next four");
pub(crate) static ANSWERED: MetricSpec =
    metric("answered", Unit::Count, "Those of them whose answers can all be believed");
pub(crate) static REFUSED: MetricSpec =
    metric("refused", Unit::Count, "Those that do not answer this resolver");
pub(crate) static BROKEN: MetricSpec = metric(
    "broken",
    Unit::Count,
    "Those that list the world or nothing, or answer what no list can mean",
);
pub(crate) static UNANSWERED: MetricSpec =
    metric("unanswered", Unit::Count, "Those that failed or said nothing in time");
pub(crate) static ALLOW_LISTED: MetricSpec =
    metric("allow_listed", Unit::Count, "Allow lists that have a target");
pub(crate) static DNS_QUERIES: MetricSpec =
    metric("dns_queries", Unit::Count, "Questions sent to the DNS, those sent again too");
pub(crate) static TIME: MetricSpec = metric("time", Unit::Seconds, "The whole run");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[
    &SCORE,
    &LISTED,
    &LISTS,
    &ANSWERED,
    &REFUSED,
    &BROKEN,
    &UNANSWERED,
    &ALLOW_LISTED,
    &DNS_QUERIES,
    &TIME,
];
