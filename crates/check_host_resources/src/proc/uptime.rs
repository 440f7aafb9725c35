//! `/proc/uptime`.

/// Seconds since the machine was started; `None` when the file does not begin with a number of them.
pub(crate) fn uptime(text: &str) -> Option<f64> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_the_first_number() {
        assert_eq!(uptime("8713.52 16800.10\n"), Some(8713.52));
        for text in ["", "x 1", "-1 2", "inf 2"] {
            assert_eq!(uptime(text), None, "{text}");
        }
    }
}
