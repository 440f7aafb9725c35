//! Making text from the other side harmless.

/// Turns text from a server, a file or a user into text that any engine, terminal and web page can
/// show: one line, no control or bidirectional characters, no `|`, no start of a tag.
///
/// - white space of any kind becomes one blank, and leading and trailing white space goes;
/// - `|`, which would begin the perfdata, becomes `!`;
/// - `<` and `>` become `(` and `)`, so that no web page reads a tag and an address stays readable;
/// - letters and digits of every script stay, every other character outside ASCII, and every
///   control character, becomes `?`.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '|' => '!',
            '<' => '(',
            '>' => ')',
            ' '..='~' => c,
            _ if c.is_whitespace() => ' ',
            _ if c.is_alphanumeric() => c,
            _ => '?',
        };
        if c != ' ' || !(cleaned.is_empty() || cleaned.ends_with(' ')) {
            cleaned.push(c);
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// Cuts text to at most `limit` characters, the last three of them dots when something was cut.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
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
            (
                "550 <nobody@example.org>: no",
                "550 (nobody@example.org): no",
            ),
            ("red \u{1b}[31m\u{7}", "red ?[31m?"),
            ("one\r\ntwo\tthree  four \0", "one two three four ?"),
            ("\u{202e}gro.elpmaxe", "?gro.elpmaxe"),
            ("K\u{f6}ln \u{fffd}", "K\u{f6}ln ?"),
            ("\u{200b}\u{feff}", "??"),
            (" \t ", ""),
        ] {
            assert_eq!(clean(raw), cleaned);
        }
    }

    #[test]
    fn ok_long_text_is_cut_with_dots() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("longer text", 8), "longe...");
        assert_eq!(shorten("\u{f6}\u{f6}\u{f6}\u{f6}\u{f6}", 4), "\u{f6}...");
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
