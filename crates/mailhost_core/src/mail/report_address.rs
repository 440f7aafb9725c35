//! The addresses of reports, as DMARC and TLS-RPT write them in `rua=`.

/// The scheme of an address and what follows its colon (RFC 3986 section 3.1).
///
/// # Errors
/// Why it has no scheme, as a sentence about it.
pub fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let is_scheme = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_alphabetic())
            && it.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).ok_or_else(|| {
        let hint = if text.contains('@') { "; write mailto: in front" } else { "" };
        format!("it has no scheme{hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_scheme_is_what_a_letter_begins() {
        assert_eq!(split_scheme("mailto:a@example.org"), Ok(("mailto", "a@example.org")));
        assert_eq!(split_scheme("x-1.b+c:"), Ok(("x-1.b+c", "")));
        for (text, why) in [
            ("", "it is empty"),
            ("example.org", "it has no scheme"),
            ("1a:b", "it has no scheme"),
            (":b", "it has no scheme"),
            ("a@example.org", "it has no scheme; write mailto: in front"),
            ("a@b:c", "it has no scheme; write mailto: in front"),
        ] {
            assert_eq!(split_scheme(text), Err(why.to_owned()), "{text}");
        }
    }
}
