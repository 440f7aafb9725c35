//! `/proc/loadavg`.

use serde::Serialize;

/// How many processes ran, or waited to, or for a disk, on average over so many minutes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct LoadAverage {
    pub(crate) one: f64,
    pub(crate) five: f64,
    pub(crate) fifteen: f64,
}

impl LoadAverage {
    /// Reads the file; `None` when it does not begin with three numbers.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace();
        let mut next = || {
            let number: f64 = fields.next()?.parse().ok()?;
            (number.is_finite() && number >= 0.0).then_some(number)
        };
        Some(Self { one: next()?, five: next()?, fifteen: next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_three_numbers() {
        let load = LoadAverage::parse("0.52 1.05 2.00 2/345 6789\n");
        assert_eq!(load, Some(LoadAverage { one: 0.52, five: 1.05, fifteen: 2.0 }));
        for text in ["", "0.1 0.2", "0.1 x 0.3", "0.1 -1 0.3", "NaN 1 1"] {
            assert_eq!(LoadAverage::parse(text), None, "{text}");
        }
    }
}
