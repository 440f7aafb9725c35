//! Names of files that are the number of an inode, as Courier and qmail give names.

/// Whether this is such a name, or that of one of the directories among which they are split.
pub(crate) fn is_number(name: &[u8]) -> bool {
    (1..=DIGITS).contains(&name.len()) && name.iter().all(u8::is_ascii_digit)
}

/// Of the greatest number that an inode can have.
const DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_numbers_and_what_is_none() {
        for name in ["0", "661157", "18446744073709551615"] {
            assert!(is_number(name.as_bytes()), "{name}");
        }
        for name in ["", ".", "-1", "+1", " 1", "12x", "1.2", "184467440737095516150"] {
            assert!(!is_number(name.as_bytes()), "{name}");
        }
    }
}
