//! What an engine has kept of a check, held against what the plugin says when it is run by hand.

use mailhost_tests::Run;

/// One check as an engine shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// 0 to 3.
    pub(crate) state: i32,
    /// The first line, without the performance data.
    pub(crate) headline: String,
    /// The other lines, each ended by a newline, as far as the engine keeps them.
    pub(crate) details: String,
    /// The performance data as it was in the output, blanks between.
    pub(crate) perfdata: String,
}

impl Recorded {
    /// What a run by hand said, taken apart as an engine does it.
    pub(crate) fn of(run: &Run) -> Self {
        let (first, details) = run.stdout.split_once('\n').unwrap_or((&run.stdout, ""));
        let (headline, perfdata) = first.split_once(" | ").unwrap_or((first, ""));
        Self {
            state: run.code,
            headline: headline.to_owned(),
            details: details.to_owned(),
            perfdata: perfdata.to_owned(),
        }
    }

    /// Holds the engine to have lost nothing: all is the same but for what is measured anew in each run.
    ///
    /// # Panics
    /// When it has.
    #[track_caller]
    pub(crate) fn agrees_with(&self, by_hand: &Self) {
        assert_eq!(self.without_measurements(), by_hand.without_measurements());
    }

    fn without_measurements(&self) -> Self {
        let metric = |metric: &str| {
            // The label may have digits, which do not change, and so do the ranges behind the value.
            let (label, data) = metric.split_once('=').unwrap_or((metric, ""));
            let (value, ranges) = data.split_once(';').unwrap_or((data, ""));
            format!("{label}={};{ranges}", blurred(value))
        };
        Self {
            state: self.state,
            headline: blurred(&self.headline),
            details: blurred(&self.details),
            perfdata: self.perfdata.split(' ').map(metric).collect::<Vec<_>>().join(" "),
        }
    }
}

/// The text with `#` in the place of every number.
pub(crate) fn blurred(text: &str) -> String {
    let mut blurred = String::new();
    for c in text.chars() {
        let is_number = c.is_ascii_digit() || (c == '.' && blurred.ends_with('#'));
        if !is_number {
            blurred.push(c);
        } else if !blurred.ends_with('#') {
            blurred.push('#');
        }
    }
    blurred
}

#[test]
fn ok_only_measurements_may_differ() {
    let recorded = |perfdata: &str| Recorded {
        state: 2,
        headline: "X CRITICAL - slow, 12.5 ms".to_owned(),
        details: "[CRITICAL] slow: 12.5 ms\n".to_owned(),
        perfdata: perfdata.to_owned(),
    };
    let whole = recorded("a1_time=0.5s;1;;0 b=3;;;0");
    whole.agrees_with(&recorded("a1_time=0.25s;1;;0 b=14;;;0"));
    for other in [
        "a1_time=0.5s;1;;0",
        "a2_time=0.5s;1;;0 b=3;;;0",
        "a1_time=0.5;1;;0 b=3;;;0",
        "a1_time=0.5s;2;;0 b=3;;;0",
    ] {
        let lost = std::panic::catch_unwind(|| whole.agrees_with(&recorded(other)));
        assert!(lost.is_err(), "{other}");
    }
}
