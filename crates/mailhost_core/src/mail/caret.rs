//! Points at a part of a text that does not fit into a line.

use std::ops::Range;

/// The surroundings of a part of a text, and below it a line of carets that points at the part. The
/// part is given in bytes; what is not ASCII, and blanks, become one character that can be counted.
pub fn point_at(text: &str, span: &Range<usize>) -> [String; 2] {
    let index = |byte: usize| text.char_indices().take_while(|(at, _)| *at < byte).count();
    let (start, end) = (index(span.start), index(span.end));
    let from = start.saturating_sub(BEFORE);
    let from = if from <= DOTS.len() { 0 } else { from };
    let width = (end - start).clamp(1, WIDTH - BEFORE);
    let all: Vec<char> = text.chars().collect();
    let to = all.len().min(from + WIDTH);
    let plain = |at: usize| match all.get(at) {
        // One of several blanks would be lost on the way, and the carets would point elsewhere.
        Some(' ') if at == 0 || all.get(at - 1) == Some(&' ') || at + 1 == to => '_',
        Some(c) if c.is_ascii_graphic() || *c == ' ' => *c,
        _ => '?',
    };
    let shown: String = (from..to).map(plain).collect();
    let before = if from > 0 { DOTS } else { "" };
    let after = if to < all.len() { DOTS } else { "" };
    let indent = before.len() + start - from;
    [format!("{before}{shown}{after}"), format!("{}{}", ".".repeat(indent), "^".repeat(width))]
}

/// Characters of the text that are shown.
const WIDTH: usize = 72;
/// Of those, the ones before the part.
const BEFORE: usize = 30;
/// Where something is left out.
const DOTS: &str = "...";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_short_text_is_shown_whole() {
        assert_eq!(point_at("v=spf1 moo -all", &(7..10)), ["v=spf1 moo -all", ".......^^^"]);
        assert_eq!(point_at("v=spf1 \u{fc}a", &(7..9)), ["v=spf1 ?a", ".......^"]);
    }

    #[test]
    fn ok_of_a_long_text_the_surroundings() {
        let text = format!("v=spf1 {}moo {}", "ip4:192.0.2.1 ".repeat(20), "mx ".repeat(40));
        let [shown, carets] = point_at(&text, &(287..290));
        assert!(shown.starts_with("...") && shown.ends_with("...") && shown.len() == 78);
        assert_eq!(&shown[carets.len() - 3..carets.len()], "moo");
    }

    #[test]
    fn ok_a_part_at_the_end() {
        let [shown, carets] = point_at("v=spf1 %{d", &(7..9));
        assert_eq!((shown.as_str(), carets.as_str()), ("v=spf1 %{d", ".......^^"));
        assert_eq!(point_at("", &(0..0))[1], "^");
    }
}
