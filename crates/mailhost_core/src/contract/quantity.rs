//! Numbers with a unit, as people write them on a command line and as perfdata wants them.

use serde::Serialize;

/// What a number measures. Values are always held in the base unit named here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// A plain number of things.
    Count,
    /// Percent, 0 to 100.
    Percent,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// The unit of measurement printed in perfdata: `B`, `%`, `s` or nothing.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Bytes => "B",
            Unit::Count => "",
            Unit::Percent => "%",
            Unit::Seconds => "s",
        }
    }

    /// The units a person may write, each with the factor to the base unit. A number without a
    /// unit is in the base unit.
    fn spellings(self) -> &'static [(&'static str, f64)] {
        const KIB: f64 = 1024.0;
        match self {
            Unit::Bytes => &[
                ("B", 1.0),
                ("kB", 1e3),
                ("MB", 1e6),
                ("GB", 1e9),
                ("TB", 1e12),
                ("KiB", KIB),
                ("MiB", KIB * KIB),
                ("GiB", KIB * KIB * KIB),
                ("TiB", KIB * KIB * KIB * KIB),
            ],
            Unit::Count => &[],
            Unit::Percent => &[("%", 1.0)],
            Unit::Seconds => {
                &[("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)]
            }
        }
    }
}

/// Why a text is not a number of the wanted unit.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// No digits where a number should stand.
    #[error("\"{0}\" is not a number such as 10 or 0.5")]
    NotANumber(String),
    /// More than any metric can reach.
    #[error("\"{0}\" is too large")]
    TooLarge(String),
    /// A unit that this metric does not have.
    #[error("\"{text}\" has the unit \"{unit}\", but this {expected}")]
    WrongUnit {
        /// The whole text.
        text: String,
        /// The part that was taken for a unit.
        unit: String,
        /// What is possible instead.
        expected: String,
    },
}

/// Reads `-?digits[.digits][unit]` and gives the value in the base unit.
///
/// # Errors
/// [`QuantityError`] for anything else, and for magnitudes above 10^15.
pub fn parse_quantity(text: &str, unit: Unit) -> Result<f64, QuantityError> {
    let split = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && *c == '-')))
        .map_or(text.len(), |(at, _)| at);
    let (number, suffix) = text.split_at(split);
    let (whole, fraction) = match number.strip_prefix('-').unwrap_or(number).split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number.strip_prefix('-').unwrap_or(number), None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err(QuantityError::NotANumber(text.to_owned()));
    }
    let value: f64 = number.parse().map_err(|_| QuantityError::NotANumber(text.to_owned()))?;
    let factor = match suffix {
        "" => 1.0,
        _ => unit
            .spellings()
            .iter()
            .find(|(spelling, _)| *spelling == suffix)
            .map(|(_, factor)| *factor)
            .ok_or_else(|| wrong_unit(text, suffix, unit))?,
    };
    let value = value * factor;
    if value.abs() > LARGEST {
        return Err(QuantityError::TooLarge(text.to_owned()));
    }
    Ok(value)
}

/// Bytes as a person reads them, in the largest unit of thousands: "10.24 MB".
pub fn bytes_text(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    let value = bytes as f64;
    scaled_bytes(value, " ")
}

/// Bytes in the largest unit of thousands, with this between number and unit.
pub(crate) fn scaled_bytes(value: f64, gap: &str) -> String {
    let mut spellings = Unit::Bytes.spellings().iter().take(5).rev();
    let found = spellings.find(|(_, factor)| value.abs() >= *factor);
    let (unit, factor) = found.copied().unwrap_or(("B", 1.0));
    format!("{}{gap}{unit}", decimal(value / factor, 2))
}

/// Writes a number as a plain decimal: at most `places` digits after the point, no trailing zeros,
/// never an exponent.
pub(crate) fn decimal(value: f64, places: usize) -> String {
    if value.fract() == 0.0 && value.abs() <= LARGEST {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 10^15")]
        return (value as i64).to_string();
    }
    let mut text = format!("{value:.places$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" {
        text.remove(0);
    }
    text
}

fn wrong_unit(text: &str, suffix: &str, unit: Unit) -> QuantityError {
    let spellings: Vec<&str> = unit.spellings().iter().map(|(spelling, _)| *spelling).collect();
    let expected = match spellings.as_slice() {
        [] => "is a plain number".to_owned(),
        [one] => format!("takes {one} or no unit"),
        many => format!("takes one of {}", many.join(" ")),
    };
    QuantityError::WrongUnit { text: text.to_owned(), unit: suffix.to_owned(), expected }
}

/// Beyond this, `f64` no longer tells every whole number from the next.
const LARGEST: f64 = 1e15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_units_are_turned_into_the_base_unit() {
        for (text, unit, value) in [
            ("10", Unit::Seconds, 10.0),
            ("250ms", Unit::Seconds, 0.25),
            ("1.5h", Unit::Seconds, 5400.0),
            ("2d", Unit::Seconds, 172_800.0),
            ("-3m", Unit::Seconds, -180.0),
            ("10GB", Unit::Bytes, 1e10),
            ("1KiB", Unit::Bytes, 1024.0),
            ("80%", Unit::Percent, 80.0),
            ("0", Unit::Count, 0.0),
        ] {
            assert_eq!(parse_quantity(text, unit), Ok(value), "{text}");
        }
    }

    #[test]
    fn unknown_what_is_not_a_number_of_the_unit_is_refused() {
        for (text, unit, message) in [
            ("", Unit::Count, "\"\" is not a number such as 10 or 0.5"),
            ("-", Unit::Count, "\"-\" is not a number such as 10 or 0.5"),
            (".5", Unit::Count, "\".5\" is not a number such as 10 or 0.5"),
            ("5.", Unit::Count, "\"5.\" is not a number such as 10 or 0.5"),
            ("1.2.3", Unit::Count, "\"1.2.3\" is not a number such as 10 or 0.5"),
            ("ten", Unit::Count, "\"ten\" is not a number such as 10 or 0.5"),
            ("1e3", Unit::Count, "\"1e3\" has the unit \"e3\", but this is a plain number"),
            ("5GB", Unit::Count, "\"5GB\" has the unit \"GB\", but this is a plain number"),
            ("5s", Unit::Percent, "\"5s\" has the unit \"s\", but this takes % or no unit"),
            ("5 s", Unit::Seconds, "\"5 s\" has the unit \" s\", but this takes one of ms s m h d"),
            ("inf", Unit::Count, "\"inf\" is not a number such as 10 or 0.5"),
            ("9999999999999999", Unit::Count, "\"9999999999999999\" is too large"),
        ] {
            let error = parse_quantity(text, unit).expect_err(text);
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn ok_bytes_in_the_largest_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (10_240_000, "10.24 MB"),
            (50_000_000, "50 MB"),
            (u64::MAX, "18446744.07 TB"),
        ] {
            assert_eq!(bytes_text(bytes), text);
        }
    }

    #[test]
    fn ok_decimals_are_plain() {
        for (value, places, text) in [
            (0.1 + 0.2, 6, "0.3"),
            (10.0, 6, "10"),
            (100.0, 0, "100"),
            (-0.000_000_1, 6, "0"),
            (1e15, 6, "1000000000000000"),
            (0.041_2, 6, "0.0412"),
        ] {
            assert_eq!(decimal(value, places), text);
        }
    }
}
