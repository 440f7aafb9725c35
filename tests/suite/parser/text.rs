//! Which text may be shown at all, and which number.

use super::Judged;

/// Refuses text that an engine, a terminal or a web page could take for more than text.
pub(crate) fn harmless(text: &str) -> Judged<()> {
    for (at, c) in text.char_indices() {
        if c.is_control() || (c.is_whitespace() && c != ' ') || is_unseen(c) {
            return Err(format!("{c:?} in {text:?}"));
        }
        let next = text[at..].chars().nth(1);
        if c == '<' && next.is_some_and(|next| next.is_alphabetic() || "/!?".contains(next)) {
            return Err(format!("a tag in {text:?}"));
        }
    }
    Ok(())
}

/// A finite plain decimal: `-?digits[.digits]`.
pub(crate) fn decimal(text: &str) -> Judged<f64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let plain = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    text.parse::<f64>()
        .ok()
        .filter(|value| plain && value.is_finite())
        .ok_or_else(|| format!("{text:?} is not a finite plain decimal"))
}

/// Unicode's format characters (bidirectional marks and zero widths among them), private use,
/// noncharacters and the sign for bytes that were no UTF-8.
fn is_unseen(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x115F | 0x1160 | 0x17B4 | 0x17B5
        | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
        | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0x1D173..=0x1D17A
        | 0xE_0000..=0x10_FFFF)
        || (u32::from(c) & 0xFFFE) == 0xFFFE
        || c == char::REPLACEMENT_CHARACTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_text_of_every_script_and_comparisons_are_harmless() {
        for text in ["K\u{f6}ln", "\u{90f5}\u{4ef6}", "5 < 6", "a ? b", ""] {
            assert_eq!(harmless(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn critical_what_hides_or_acts_is_found() {
        for text in [
            "\u{1b}[31m",
            "\t",
            "a\u{202e}b",
            "\u{200b}",
            "\u{feff}",
            "<b>",
            "</b>",
            "<!--",
            "\u{fffd}",
            "\u{7f}",
            "\u{85}",
            "\u{a0}",
            "\u{ad}",
            "\u{e000}",
            "\u{3164}",
        ] {
            assert!(harmless(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn critical_only_plain_decimals_are_numbers() {
        assert_eq!(decimal("-0.25"), Ok(-0.25));
        for text in [
            "", "-", "1e3", "nan", "inf", "U", "+1", ".5", "5.", "1,5", " 1", "0x10",
        ] {
            assert!(decimal(text).is_err(), "{text:?}");
        }
    }
}
