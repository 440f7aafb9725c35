//! Metrics: what they are called, what they measure and how they stand in perfdata.

use super::quantity::{Unit, decimal};
use super::range::Range;
use super::state::State;

/// What a metric is, the same in every run. Each plugin has a table of these; `docs/perfdata.md` is
/// generated from the tables, and the names in them never change.
#[derive(Debug)]
pub struct MetricSpec {
    /// The label in perfdata and JSON, `[a-z0-9_]`, unique within the plugin.
    pub name: &'static str,
    /// What it measures.
    pub unit: Unit,
    /// The smallest value possible.
    pub min: Option<f64>,
    /// The largest value possible, where it is always the same.
    pub max: Option<f64>,
    /// A sentence fragment for the docs and for Prometheus' HELP line.
    pub meaning: &'static str,
}

/// The ranges that were given for one metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Outside this range the value is a WARNING.
    pub warning: Option<Range>,
    /// Outside this range the value is CRITICAL.
    pub critical: Option<Range>,
}

impl Thresholds {
    /// The worst range this value breaks, with the state that follows.
    pub fn broken_by(&self, value: f64) -> Option<(State, Range)> {
        self.worst(|range| range.alerts(value))
    }

    /// The worst range that `breaks` finds broken, with the state that follows: for a value of which
    /// only a bound is known.
    pub fn worst(&self, breaks: impl Fn(&Range) -> bool) -> Option<(State, Range)> {
        let critical = self.critical.filter(&breaks).map(|range| (State::Critical, range));
        critical.or_else(|| self.warning.filter(&breaks).map(|range| (State::Warning, range)))
    }

    /// The worst range that this value breaks; where it is not `exact` but the least that it can be,
    /// that any value from there on breaks.
    pub fn broken_from(&self, value: f64, exact: bool) -> Option<(State, Range)> {
        self.worst(|range| if exact { range.alerts(value) } else { range.alerts_from(value) })
    }
}

/// One measured value.
#[derive(Clone, Debug)]
pub struct Metric {
    /// What it is.
    pub spec: &'static MetricSpec,
    /// Of which host, mount, queue and so on, by its full name; `None` where there is only one.
    pub instance: Option<String>,
    /// The value in the base unit of the spec.
    pub value: f64,
    /// The ranges it is held to.
    pub thresholds: Thresholds,
    /// The largest value possible, where only this run knows it.
    pub max: Option<f64>,
}

impl Metric {
    /// A metric without instance or thresholds.
    pub fn new(spec: &'static MetricSpec, value: f64) -> Self {
        Self { spec, instance: None, value, thresholds: Thresholds::default(), max: spec.max }
    }

    /// The same metric held to these ranges.
    #[must_use]
    pub fn held_to(self, thresholds: Thresholds) -> Self {
        Self { thresholds, ..self }
    }

    /// The same metric of a named instance.
    #[must_use]
    pub fn of(self, instance: &str) -> Self {
        Self { instance: Some(instance.to_owned()), ..self }
    }

    /// The label: the name of the spec, with the instance in front where there is one.
    pub fn label(&self) -> String {
        match &self.instance {
            Some(instance) => instance_label(instance, self.spec.name),
            None => self.spec.name.to_owned(),
        }
    }

    /// The value as text, without its unit.
    pub(crate) fn value_text(&self) -> String {
        let places = match self.spec.unit {
            Unit::Bytes => 0,
            Unit::Count => 3,
            Unit::Percent => 2,
            Unit::Seconds => 6,
        };
        decimal(self.value, places)
    }

    /// `label=value[unit];warn;crit;min;max`, without the semicolons that nothing follows.
    pub(crate) fn perfdata(&self) -> String {
        let mut text = self.label();
        text.push('=');
        text.push_str(&self.value_text());
        text.push_str(self.spec.unit.symbol());
        let range = |range: Option<Range>| range.map(|range| range.to_string());
        let bound = |value: Option<f64>| value.map(|value| decimal(value, 6));
        let Thresholds { warning, critical } = self.thresholds;
        let mut semicolons = 0;
        for field in [range(warning), range(critical), bound(self.spec.min), bound(self.max)] {
            semicolons += 1;
            if let Some(field) = field {
                text.extend(std::iter::repeat_n(';', semicolons));
                text.push_str(&field);
                semicolons = 0;
            }
        }
        text
    }
}

/// The label of one instance's metric: `<instance>_<metric>`.
///
/// The instance part is the name itself when that is already a label of at most 10 characters;
/// otherwise its first 5 characters as a label, `_`, and 4 hex digits of a fixed hash. It depends
/// on the name alone, and is told apart within the 19 characters that old consumers keep.
pub fn instance_label(name: &str, metric: &str) -> String {
    let slug = slug(name);
    if slug == name && (1..=10).contains(&name.len()) {
        return format!("{name}_{metric}");
    }
    let head = slug.get(..5).unwrap_or(&slug).trim_end_matches('_');
    let head = if head.is_empty() { "x" } else { head };
    format!("{head}_{:04x}_{metric}", fixed_hash(name.as_bytes()))
}

/// Lower-case ASCII letters and digits; everything between them becomes one `_`.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if slug.ends_with('_') || slug.is_empty() => {}
            _ => slug.push('_'),
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

/// FNV-1a of 32 bits, folded to 16. It must never change: graphs hang on the labels.
fn fixed_hash(bytes: &[u8]) -> u32 {
    let hash = bytes
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) ^ (hash & 0xffff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::sample::TIME;

    #[test]
    fn ok_perfdata_is_plain_and_ends_where_it_ends() {
        let range = |text| Range::parse(text, Unit::Seconds).ok();
        let plain = Metric::new(&TIME, 0.041_234_567);
        assert_eq!(plain.perfdata(), "time=0.041235s;;;0");
        let held = plain.of("mx1").held_to(Thresholds { warning: range("~:1"), critical: None });
        assert_eq!(held.perfdata(), "mx1_time=0.041235s;~:1;;0");
    }

    #[test]
    fn ok_labels_of_instances_are_short_stable_and_unlike() {
        for (name, label) in [
            ("mx1", "mx1_time"),
            ("deferred", "deferred_time"),
            ("/", "x_bd52_time"),
            ("/var/spool", "var_s_50ec_time"),
            ("mx1.example.org", "mx1_e_322f_time"),
            ("mx1.example.net", "mx1_e_e5db_time"),
            ("MX1", "mx1_c378_time"),
        ] {
            assert_eq!(instance_label(name, "time"), label, "{name}");
        }
    }

    #[test]
    fn thresholds_critical_goes_before_warning() {
        let range = |text| Range::parse(text, Unit::Count).ok();
        let held = Thresholds { warning: range("5"), critical: range("10") };
        assert_eq!(held.broken_by(5.0), None);
        assert_eq!(held.broken_by(7.0).map(|(state, _)| state), Some(State::Warning));
        assert_eq!(held.broken_by(11.0).map(|(state, _)| state), Some(State::Critical));
    }

    proptest! {
        #[test]
        fn every_instance_label_is_legal_and_short(name in any::<String>()) {
            let label = instance_label(&name, "m");
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            prop_assert!(label.chars().all(legal), "{}", label);
            prop_assert!(label.len() <= 12, "{}", label);
        }
    }
}
