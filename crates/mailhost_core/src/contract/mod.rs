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
pub use perfdata::{Metric, MetricSpec, Thresholds, instance_label};
pub use quantity::{QuantityError, Unit, bytes_text, parse_quantity};
pub use range::{Range, RangeError};
pub use register::{REGISTER, rule};
pub use report::{Evidence, Identity, Report};
pub use state::{State, StateError, parse_state};
pub use text::{clean, clean_to, day, hex};
