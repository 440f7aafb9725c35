//! Text: that from the other side made harmless, and our own.

use std::fmt;

/// Turns text from a server, a file or a user into text that any engine, terminal and web page can
/// show: one line, no control or bidirectional characters, no `|`, no start of a tag.
///
/// - white space of any kind becomes one blank, and leading and trailing white space goes;
/// - `|`, which would begin the perfdata, becomes `!`;
/// - `<` and `>` become `(` and `)`, so that no web page reads a tag and an address stays readable;
/// - letters and digits of scripts that run from left to right stay, every other character outside
///   ASCII, and every control character, becomes `?`.
pub fn clean(text: &str) -> String {
    clean_to(text, usize::MAX)
}

/// Cleans text as [`clean`] does and cuts it to at most `limit` characters, the last three of them
/// dots when something was cut. Reads no further than it has to.
pub fn clean_to(text: &str, limit: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(limit));
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        let c = match c {
            '|' => '!',
            '<' => '(',
            '>' => ')',
            '!'..='~' => c,
            _ if c.is_whitespace() => {
                gap = length > 0;
                continue;
            }
            _ if c.is_alphanumeric() && is_plain(c) => c,
            _ => '?',
        };
        if std::mem::take(&mut gap) {
            cleaned.push(' ');
            length += 1;
        }
        cleaned.push(c);
        length += 1;
        if length > limit {
            let kept: String = cleaned.chars().take(limit.saturating_sub(3)).collect();
            return format!("{}...", kept.trim_end());
        }
    }
    cleaned
}

/// At most `limit` characters of a name, its beginning and its end: both tell it from others.
pub(super) fn without_middle(name: &str, limit: usize) -> String {
    let length = name.chars().count();
    if length <= limit {
        return name.to_owned();
    }
    let kept = limit.saturating_sub(3);
    let begin: String = name.chars().take(kept / 2).collect();
    let end: String = name.chars().skip(length - (kept - kept / 2)).collect();
    format!("{begin}...{end}")
}

/// Scripts that run from left to right and have no letters without a shape: what comes before
/// Hebrew, and the Japanese, Chinese and Korean ones.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{58f}' | '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// A number of things with their name: `1 address`, `2 addresses`.
pub fn plural<N>(count: N, one: &str, many: &str) -> String
where
    N: Copy + fmt::Display + From<u8> + PartialEq,
{
    let name = if count == N::from(1) { one } else { many };
    format!("{count} {name}")
}

/// A time in its two largest units: `45s`, `12m 5s`, `3d 4h`.
pub fn span(seconds: f64) -> String {
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

/// Bytes as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

/// A moment given in seconds since 1970, as `HH:MM UTC` on the same day as `now`, else as
/// `YYYY-MM-DD HH:MM UTC`.
pub fn moment(unix_time: i64, now: i64) -> String {
    let minutes = unix_time.rem_euclid(86_400) / 60;
    let clock = format!("{:02}:{:02} UTC", minutes / 60, minutes % 60);
    match day(unix_time) {
        today if today == day(now) => clock,
        another => format!("{another} {clock}"),
    }
}

/// The day of a time given in seconds since 1970, as `YYYY-MM-DD` in UTC.
pub fn day(unix_time: i64) -> String {
    // Counting from 1 March of the year 0 puts the leap day at the end of a year, and 400 years are
    // one whole cycle of the calendar.
    let days = unix_time.div_euclid(86_400) + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_hostile_text_becomes_harmless_and_stays_readable() {
        for (raw, cleaned) in [
            ("220 mail.example.org ESMTP", "220 mail.example.org ESMTP"),
            ("a|b", "a!b"),
            ("<script>x</script>", "(script)x(/script)"),
            ("550 <nobody@example.org>: no", "550 (nobody@example.org): no"),
            ("red \u{1b}[31m\u{7}", "red ?[31m?"),
            ("one\r\ntwo\tthree  four \0", "one two three four ?"),
            ("\u{202e}gro.elpmaxe", "?gro.elpmaxe"),
            ("K\u{f6}ln \u{fffd}", "K\u{f6}ln ?"),
            ("\u{200b}\u{feff}", "??"),
            ("\u{5d0}\u{3164}\u{65e5}", "??\u{65e5}"),
            (" \t ", ""),
        ] {
            assert_eq!(clean(raw), cleaned);
        }
    }

    #[test]
    fn ok_long_text_is_cut_with_dots() {
        assert_eq!(clean_to("short  ", 5), "short");
        assert_eq!(clean_to("longer | text", 8), "longe...");
        assert_eq!(clean_to("\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}", 4), "\u{f6}...");
    }

    #[test]
    fn ok_one_of_a_thing_and_several() {
        assert_eq!(plural(1_u64, "address", "addresses"), "1 address");
        assert_eq!(plural(0_usize, "address", "addresses"), "0 addresses");
        assert_eq!(plural(-1_i64, "day", "days"), "-1 days");
    }

    #[test]
    fn ok_hex_digits() {
        assert_eq!(hex(&[0x00, 0x1f, 0xa0, 0xff]), "001fa0ff");
    }

    #[test]
    fn ok_days_of_the_calendar() {
        for (unix_time, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_772_323_199, "2026-02-28"),
            (1_772_323_200, "2026-03-01"),
            (1_798_761_599, "2026-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(unix_time), text);
        }
    }

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

    proptest! {
        #[test]
        fn cleaning_leaves_nothing_dangerous_and_is_stable(raw in any::<String>()) {
            let once = clean(&raw);
            let dangerous = once.contains(['|', '<', '>', '\n', '\r', '\u{1b}', '\0']);
            prop_assert!(!dangerous);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(clean(&once), once);
        }
    }
}
