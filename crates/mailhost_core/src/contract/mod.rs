//! The contract with the engines: states, ranges, metrics, findings, reports and how they print.

mod finding;
mod perfdata;
mod quantity;
mod range;
mod register;
pub mod render;
mod report;
mod state;
mod text;

pub use finding::{Finding, OverrideError, Overrides, Rule};
pub(crate) use perfdata::slug;
pub use perfdata::{Metric, MetricSpec, Thresholds, instance_label};
pub use quantity::{QuantityError, Unit, bytes_text, parse_quantity};
pub use range::{Range, RangeError};
pub use register::{REGISTER, rule};
pub use report::{Evidence, Identity, Report};
pub use state::{State, StateError, parse_state};
pub use text::{clean, clean_to, day, hex, moment, plural, span};

/// What the tests of several renderings say something about.
#[cfg(test)]
mod sample {
    use super::{Identity, MetricSpec, Unit};

    pub(super) const PLUGIN: Identity = Identity { name: "smtp_banner" };
    pub(super) const TIME: MetricSpec = MetricSpec {
        name: "time",
        unit: Unit::Seconds,
        min: Some(0.0),
        max: None,
        meaning: "The whole run",
    };
}
