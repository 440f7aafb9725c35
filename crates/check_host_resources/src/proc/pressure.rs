//! `/proc/pressure/*`: the part of the time in which something waited (PSI).

use serde::Serialize;

/// The part of the time in which at least one process waited, in percent, over so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Pressure {
    pub(crate) avg10: f64,
    pub(crate) avg60: f64,
    pub(crate) avg300: f64,
}

impl Pressure {
    /// Reads the line `some` of a file.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
        let field = |name: &str| {
            let value = line.split_whitespace().find_map(|field| field.strip_prefix(name))?;
            value.parse().ok().filter(|value| (0.0..=100.0).contains(value))
        };
        Some(Self { avg10: field("avg10=")?, avg60: field("avg60=")?, avg300: field("avg300=")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_three_averages() {
        let text = "some avg10=97.93 avg60=96.59 avg300=70.16 total=377857026\n\
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        let pressure = Pressure { avg10: 97.93, avg60: 96.59, avg300: 70.16 };
        assert_eq!(Pressure::parse(text), Some(pressure));
        for text in ["", "full avg10=1", "some avg10=1 avg60=2", "some avg10=nan avg60=1 avg300=1"]
        {
            assert_eq!(Pressure::parse(text), None, "{text}");
        }
    }
}
