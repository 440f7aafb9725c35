//! Numbers as people read them.

use mailhost_core::contract::{Finding, Range, Rule, State, plural};

/// A time in its two largest units: `45s`, `12m 5s`, `3d 4h`.
pub(super) fn span(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10^12")]
    let seconds = seconds.clamp(0.0, 1e12) as u64;
    let units = [
        ("d", seconds / 86_400),
        ("h", seconds / 3600 % 24),
        ("m", seconds / 60 % 60),
        ("s", seconds % 60),
    ];
    let first = units.iter().position(|(_, count)| *count > 0).unwrap_or(units.len() - 1);
    let shown = units[first..].iter().take(2).enumerate();
    let shown = shown.filter(|(at, (_, count))| *at == 0 || *count > 0);
    shown.map(|(_, (unit, count))| format!("{count}{unit}")).collect::<Vec<_>>().join(" ")
}

/// A finding whose text ends with the range that is broken.
pub(super) fn outside(rule: &'static Rule, text: &str, state: State, range: Range) -> Finding {
    let level = state.to_string().to_lowercase();
    Finding::broken(rule, format!("{text} ({level} range {})", range.with_unit())).graded(state)
}

/// `1 message`, `2 messages`.
pub(super) fn messages(count: u64) -> String {
    plural(count, "message", "messages")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_spans_in_two_units() {
        for (seconds, text) in [
            (0.0, "0s"),
            (45.9, "45s"),
            (60.0, "1m"),
            (725.0, "12m 5s"),
            (3600.0, "1h"),
            (3661.0, "1h 1m"),
            (273_600.0, "3d 4h"),
            (86_460.0, "1d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
