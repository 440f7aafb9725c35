//! The names that terms lead to.

use super::macro_string::MacroString;
use crate::dns::Name;

/// The name under which a domain's record is, or why there can be none (RFC 7208 section 4.3).
pub(super) fn policy_name(domain: &str) -> Result<Name, String> {
    if domain.is_empty() {
        return Err("there is no domain".to_owned());
    }
    let name = Name::from_text(domain).map_err(|why| format!("{domain} is no domain: {why}"))?;
    if domain.ends_with('.') {
        return Err(format!("{domain} is no domain: a part of the name is empty"));
    }
    if domain.starts_with('[') || name.labels().count() < 2 {
        return Err(format!("{domain} is no domain with a dot in it"));
    }
    Ok(name)
}

/// An expanded target without the dot at its end, and without what makes it too long for a name, from
/// the left (section 7.3).
pub(super) fn fitted(expanded: &str) -> String {
    let mut text = expanded.strip_suffix('.').unwrap_or(expanded);
    while text.len() > LONGEST_NAME {
        text = text.split_once('.').map_or("", |(_, rest)| rest);
    }
    text.to_owned()
}

/// Whether a target is another one for another client: not if it is made of the domains alone.
pub(super) fn depends_on_client(target: &MacroString) -> bool {
    target.letters().any(|letter| !matches!(letter, 'd' | 'o'))
}

/// Whether it is another one for another address, of the same family and sender.
pub(super) fn depends_on_address(target: &MacroString) -> bool {
    target.letters().any(|letter| matches!(letter, 'i' | 'p'))
}

/// Characters of the longest name in text.
const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_target_that_is_too_long_loses_labels_from_the_left() {
        let long = format!("{}.example.org.", "abcdefghi.".repeat(25).trim_end_matches('.'));
        let cut = fitted(&long);
        assert!(cut.len() <= 253 && long.starts_with("abcdefghi."), "{cut}");
        assert!(cut.ends_with("abcdefghi.example.org"));
        assert_eq!(fitted("a.example."), "a.example");
        assert_eq!(fitted(&"a".repeat(254)), "");
    }

    #[test]
    fn critical_what_can_have_no_policy() {
        for domain in ["", "org", "[192.0.2.1]", "a..example", "a.example.", "JUMPIN' JUPITER"] {
            assert!(policy_name(domain).is_err(), "{domain}");
        }
        assert!(policy_name("_spf.example").is_ok());
    }
}
