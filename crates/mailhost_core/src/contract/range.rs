//! Threshold ranges in the Monitoring Plugins' own notation.

use std::fmt;

use super::quantity::{QuantityError, Unit, decimal, parse_quantity, scaled_bytes};

/// The values that do not alert, or with `@` those that do. Both ends belong to the range.
///
/// | text | alerts when the value is |
/// |---|---|
/// | `10` | below 0 or above 10 |
/// | `10:` | below 10 |
/// | `:10` | below 0 or above 10 |
/// | `~:10` | above 10 |
/// | `10:20` | below 10 or above 20 |
/// | `@10:20` | 10 to 20 |
///
/// Where an agent forbids `~` and `@`, `-inf` stands for `~`, and `in:` in front for `@`. Source:
/// Monitoring Plugins guidelines, "Threshold and Ranges".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    unit: Unit,
    start: f64,
    end: f64,
    alert_inside: bool,
}

/// Why a text is not a range.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RangeError {
    /// A negative number alone, which the notation reads as "0 to less than 0".
    #[error(
        "\"{0}\" alone holds no value; write {0}:0 to allow {0} to 0, or ~:{0} to allow {0} and less"
    )]
    BareNegative(String),
    /// A bound is not a number of this metric's unit.
    #[error(transparent)]
    Bound(#[from] QuantityError),
    /// Nothing, or only blanks: most likely an empty macro.
    #[error("an empty range; leave the option out, or write one such as 10 or 5:10")]
    Empty,
    /// The start lies above the end.
    #[error("\"{given}\" starts above its end; \"{meant}\" was probably meant")]
    Reversed {
        /// The text as given.
        given: String,
        /// The text with its bounds exchanged.
        meant: String,
    },
}

impl Range {
    /// Reads a range whose bounds are of `unit`.
    ///
    /// # Errors
    /// [`RangeError`], whose text says what to write instead.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, RangeError> {
        let (alert_inside, bounds) = match text.strip_prefix('@').or(text.strip_prefix("in:")) {
            Some(bounds) => (true, bounds),
            None => (false, text),
        };
        if bounds.trim().is_empty() {
            return Err(RangeError::Empty);
        }
        let bound = |text| parse_quantity(text, unit);
        let (start, end) = match bounds.split_once(':') {
            None if bounds.starts_with('-') && bound(bounds)? < 0.0 => {
                return Err(RangeError::BareNegative(bounds.to_owned()));
            }
            None => (0.0, bound(bounds)?),
            Some((start, end)) => {
                let start = match start {
                    "" => 0.0,
                    "~" | "-inf" => f64::NEG_INFINITY,
                    _ => bound(start)?,
                };
                (start, if end.is_empty() { f64::INFINITY } else { bound(end)? })
            }
        };
        if start > end {
            return Err(reversed(text, bounds));
        }
        Ok(Self { unit, start, end, alert_inside })
    }

    /// `value:`, which alerts below the value.
    pub fn at_least(value: f64, unit: Unit) -> Self {
        Self { unit, start: value, end: f64::INFINITY, alert_inside: false }
    }

    /// `value`, which alerts above the value and below 0.
    pub fn at_most(value: f64, unit: Unit) -> Self {
        Self { unit, start: 0.0, end: value, alert_inside: false }
    }

    /// The range with the unit at each bound, as a person would write it: `0.2s`, `10s:20s`, `10GB:`.
    pub fn with_unit(&self) -> String {
        self.text(|value| match self.unit {
            Unit::Bytes => bytes(value),
            Unit::Seconds => LARGER_TIMES
                .iter()
                .find(|(_, seconds)| value >= *seconds && value % seconds == 0.0)
                .map_or_else(
                    || decimal(value, PLACES) + "s",
                    |(name, seconds)| decimal(value / seconds, 0) + name,
                ),
            unit => decimal(value, PLACES) + unit.symbol(),
        })
    }

    fn text(&self, bound: impl Fn(f64) -> String) -> String {
        let sign = if self.alert_inside { "@" } else { "" };
        let start = match self.start {
            f64::NEG_INFINITY => "~:".to_owned(),
            // Not asked of the number: one that is nearly 0 is written as 0.
            start if decimal(start, PLACES) == "0" && self.end != f64::INFINITY => String::new(),
            start => bound(start) + ":",
        };
        let end = if self.end == f64::INFINITY { String::new() } else { bound(self.end) };
        format!("{sign}{start}{end}")
    }

    /// Whether this value breaks the threshold.
    pub fn alerts(&self, value: f64) -> bool {
        let inside = self.start <= value && value <= self.end;
        inside == self.alert_inside
    }

    /// Whether this value and every greater one breaks the threshold: what can be said when only
    /// the least that a value can be is known.
    pub fn alerts_from(&self, least: f64) -> bool {
        if self.alert_inside {
            self.start <= least && self.end == f64::INFINITY
        } else {
            least > self.end
        }
    }

    /// Whether any value from 0 to this one keeps the range.
    pub fn can_be_kept_up_to(&self, most: f64) -> bool {
        if self.alert_inside {
            self.start > 0.0 || most > self.end
        } else {
            self.start <= most && self.end >= 0.0
        }
    }

    /// Whether this value or a greater one can break the threshold at all.
    pub fn can_alert_from(&self, least: f64) -> bool {
        if self.alert_inside {
            least <= self.end
        } else {
            least < self.start || self.end < f64::INFINITY
        }
    }
}

/// The canonical text in base units, as perfdata carries it.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(|value| decimal(value, PLACES)))
    }
}

fn reversed(given: &str, bounds: &str) -> RangeError {
    let (start, end) = bounds.split_once(':').unwrap_or(("0", bounds));
    let sign = &given[..given.len() - bounds.len()];
    let start = if start.is_empty() { "0" } else { start };
    RangeError::Reversed { given: given.to_owned(), meant: format!("{sign}{end}:{start}") }
}

/// Bytes in a larger unit, where that says the same to one in a million.
fn bytes(value: f64) -> String {
    let scaled = scaled_bytes(value, "");
    let says = parse_quantity(&scaled, Unit::Bytes).unwrap_or_default();
    let is_same = (says - value).abs() <= value.abs() / 1e6;
    if is_same { scaled } else { decimal(value, PLACES) + "B" }
}

/// Finer than any clock here, and coarse enough to hide the noise of binary fractions.
const PLACES: usize = 9;

/// What a number of seconds is written in where that leaves no rest.
const LARGER_TIMES: [(&str, f64); 3] = [("d", 86_400.0), ("h", 3600.0), ("m", 60.0)];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_every_form_alerts_where_the_guidelines_say() {
        for (text, canonical, quiet, alerting) in [
            ("10", "10", vec![0.0, 10.0], vec![-0.1, 10.1]),
            ("10:", "10:", vec![10.0, 1e9], vec![9.9]),
            (":10", "10", vec![0.0, 10.0], vec![-1.0, 11.0]),
            (":", "0:", vec![0.0, 5.0], vec![-1.0]),
            ("~:10", "~:10", vec![-1e9, 10.0], vec![10.1]),
            ("-inf:10", "~:10", vec![-1e9, 10.0], vec![10.1]),
            ("~:", "~:", vec![-1e9, 1e9], vec![]),
            ("10:20", "10:20", vec![10.0, 20.0], vec![9.0, 21.0]),
            ("@10:20", "@10:20", vec![9.9, 20.1], vec![10.0, 20.0]),
            ("in:10:20", "@10:20", vec![9.9, 20.1], vec![10.0, 20.0]),
            ("in:-inf:20", "@~:20", vec![20.1], vec![20.0, -5.0]),
            ("@10", "@10", vec![-1.0, 10.1], vec![0.0, 10.0]),
            ("-10:0", "-10:0", vec![-10.0, 0.0], vec![-10.1, 0.1]),
            ("-20:-10", "-20:-10", vec![-15.0], vec![0.0]),
            ("0", "0", vec![0.0], vec![1.0]),
            ("-0", "0", vec![0.0], vec![1.0]),
            ("-0.00000000001:1", "1", vec![0.0, 1.0], vec![-1.0]),
        ] {
            let range = Range::parse(text, Unit::Count).expect(text);
            assert_eq!(range.to_string(), canonical, "{text}");
            for value in quiet {
                assert!(!range.alerts(value), "{text} is quiet at {value}");
            }
            for value in alerting {
                assert!(range.alerts(value), "{text} alerts at {value}");
            }
        }
    }

    #[test]
    fn ok_each_bound_has_its_own_unit() {
        let text = |text, unit| Range::parse(text, unit).expect(text).to_string();
        assert_eq!(text("200ms:1m", Unit::Seconds), "0.2:60");
        assert_eq!(text("1KiB:1MB", Unit::Bytes), "1024:1000000");
        assert_eq!(text("80%", Unit::Percent), "80");
    }

    #[test]
    fn ok_at_least_is_what_it_is_written_as() {
        let written = Range::parse("14d:", Unit::Seconds).expect("well formed");
        assert_eq!(Range::at_least(1_209_600.0, Unit::Seconds), written);
    }

    #[test]
    fn ok_at_most_is_what_it_is_written_as() {
        let written = Range::parse("1000", Unit::Count).expect("well formed");
        assert_eq!(Range::at_most(1000.0, Unit::Count), written);
    }

    #[test]
    fn ok_a_least_value_alerts_where_every_greater_one_does() {
        for (text, least, alerts, can_alert) in [
            ("10", 10.0, false, true),
            ("10", 11.0, true, true),
            ("10:", 5.0, false, true),
            ("10:", 10.0, false, false),
            ("10:20", 21.0, true, true),
            ("10:20", 5.0, false, true),
            ("@10:", 10.0, true, true),
            ("@10:", 9.0, false, true),
            ("@10:20", 15.0, false, true),
            ("@10:20", 21.0, false, false),
            ("~:", 5.0, false, false),
        ] {
            let range = Range::parse(text, Unit::Count).expect(text);
            assert_eq!(range.alerts_from(least), alerts, "{text} from {least}");
            assert_eq!(range.can_alert_from(least), can_alert, "{text} from {least}");
        }
    }

    #[test]
    fn ok_what_could_have_been_kept() {
        for (text, most, can) in [
            ("50:", 49.0, false),
            ("50:", 50.0, true),
            ("10:200", 3000.0, true),
            ("10:200", 9.0, false),
            ("~:200", 1000.0, true),
            ("@0:5", 5.0, false),
            ("@0:5", 6.0, true),
        ] {
            let range = Range::parse(text, Unit::Count).expect(text);
            assert_eq!(range.can_be_kept_up_to(most), can, "{text} up to {most}");
        }
    }

    #[test]
    fn ok_a_person_reads_the_unit_at_each_bound() {
        for (text, unit, said) in [
            ("200ms", Unit::Seconds, "0.2s"),
            ("@10:1m", Unit::Seconds, "@10s:1m"),
            ("5:", Unit::Seconds, "5s:"),
            ("~:40", Unit::Percent, "~:40%"),
            ("10:20", Unit::Count, "10:20"),
        ] {
            assert_eq!(Range::parse(text, unit).expect(text).with_unit(), said);
        }
    }

    #[test]
    fn unknown_what_cannot_be_meant_is_refused_with_what_can() {
        for (text, message) in [
            ("", "an empty range; leave the option out, or write one such as 10 or 5:10"),
            ("  ", "an empty range; leave the option out, or write one such as 10 or 5:10"),
            ("@", "an empty range; leave the option out, or write one such as 10 or 5:10"),
            (
                "-10",
                "\"-10\" alone holds no value; write -10:0 to allow -10 to 0, or ~:-10 to allow \
                 -10 and less",
            ),
            ("20:10", "\"20:10\" starts above its end; \"10:20\" was probably meant"),
            ("@20:10", "\"@20:10\" starts above its end; \"@10:20\" was probably meant"),
            (":-5", "\":-5\" starts above its end; \"-5:0\" was probably meant"),
            ("1:2:3", "\"2:3\" has the unit \":3\", but this is a plain number"),
            ("1,5", "\"1,5\" has the unit \",5\", but this is a plain number"),
            ("10:~", "\"~\" is not a number such as 10 or 0.5"),
            ("5GB", "\"5GB\" has the unit \"GB\", but this is a plain number"),
        ] {
            let error = Range::parse(text, Unit::Count).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn no_text_at_all_panics(text in ".{0,40}") {
            let _ = Range::parse(&text, Unit::Seconds);
        }

        #[test]
        fn what_is_printed_reads_back_as_the_same(
            start in -1e6..1e6f64, width in 0.0..1e6f64, inside: bool,
        ) {
            let round = |value: f64| (value * 1e3).round() / 1e3;
            let text = format!(
                "{}{}:{}", if inside { "@" } else { "" }, round(start), round(start) + round(width),
            );
            let printed = Range::parse(&text, Unit::Count).expect("well formed").to_string();
            let again = Range::parse(&printed, Unit::Count).expect("canonical form parses");
            prop_assert_eq!(printed, again.to_string());
        }

        #[test]
        fn the_inverted_range_alerts_exactly_where_the_plain_one_does_not(
            start in -100.0..100.0f64, width in 0.0..100.0f64, value in -300.0..300.0f64,
        ) {
            let bounds = format!("{start:.3}:{:.3}", start + width);
            let plain = Range::parse(&bounds, Unit::Count);
            prop_assume!(plain.is_ok());
            let inverted = Range::parse(&format!("@{bounds}"), Unit::Count).expect("as the plain");
            prop_assert_ne!(plain.expect("checked").alerts(value), inverted.alerts(value));
        }
    }
}
