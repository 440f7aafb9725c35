//! The argument of MAIL and RCPT: an address in angle brackets and parameters (RFC 5321 section
//! 4.1.2).

/// A parsed `FROM:<address> parameters` or `TO:<address> parameters`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path<'a> {
    pub(super) address: &'a str,
    parameters: &'a str,
}

impl<'a> Path<'a> {
    /// Parses what follows the verb; `keyword` is `FROM:` or `TO:`. Strict, as the grammar is: no
    /// space before the bracket.
    pub(super) fn parse(keyword: &str, arguments: &'a str) -> Option<Self> {
        let (given, rest) = arguments.split_at_checked(keyword.len())?;
        if !given.eq_ignore_ascii_case(keyword) {
            return None;
        }
        let (address, parameters) = split_bracket(rest.strip_prefix('<')?)?;
        let separated = parameters.is_empty() || parameters.starts_with(' ');
        separated.then_some(Self { address, parameters })
    }

    /// The value of the parameter `name`.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.parameters.split_ascii_whitespace().filter_map(|p| p.split_once('='));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether the address is what a script's pattern means: `*`, `@domain` or a whole address.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        pattern == "*"
            || pattern.eq_ignore_ascii_case(self.address)
            || pattern.strip_prefix('@').is_some_and(|wanted| {
                self.split().1.is_some_and(|domain| domain.eq_ignore_ascii_case(wanted))
            })
    }

    /// Whether the address belongs to one of `domains`, or to no domain at all, and does not ask to
    /// be sent on by way of its local part (`user%elsewhere@here` and its kin).
    pub(super) fn is_in(&self, domains: &[String]) -> bool {
        let (local, domain) = self.split();
        !local.contains(['%', '!', '@'])
            && domain.is_none_or(|domain| {
                domains.iter().any(|local_domain| local_domain.eq_ignore_ascii_case(domain))
            })
    }

    fn split(&self) -> (&'a str, Option<&'a str>) {
        match self.address.rsplit_once('@') {
            Some((local, domain)) => (local, Some(domain)),
            None => (self.address, None),
        }
    }
}

/// Splits at the closing bracket, which may be quoted in a local part.
fn split_bracket(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (place, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let (address, rest) = text.split_at(place);
                return Some((address, rest.strip_prefix('>')?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_addresses_and_parameters_are_parsed() {
        let path = Path::parse("FROM:", "from:<a@example.org> BODY=8BITMIME size=42").unwrap();
        assert_eq!(path.address, "a@example.org");
        assert_eq!(path.parameter("SIZE"), Some("42"));
        assert_eq!(path.parameter("RET"), None);
        assert_eq!(Path::parse("FROM:", "FROM:<>").unwrap().address, "");
        let quoted = Path::parse("TO:", "TO:<\"a>\\\"b\"@example.org>").unwrap();
        assert_eq!(quoted.address, "\"a>\\\"b\"@example.org");
    }

    #[test]
    fn crit_a_loose_spelling_is_refused() {
        let loose =
            ["FROM: <a@example.org>", "FROM:a@example.org", "FROM:<a", "FROM:<a>SIZE=1", ""];
        for arguments in loose {
            assert_eq!(Path::parse("FROM:", arguments), None, "{arguments}");
        }
    }

    #[test]
    fn ok_recipients_match_by_address_domain_or_star() {
        let path = Path::parse("TO:", "TO:<Who@Example.ORG>").unwrap();
        for pattern in ["who@example.org", "@example.org", "*"] {
            assert!(path.matches(pattern), "{pattern}");
        }
        assert!(!path.matches("@example.net"));
        assert!(path.is_in(&["example.org".into()]));
    }

    #[test]
    fn crit_a_local_part_that_relays_is_not_local() {
        let local = ["example.org".into()];
        for address in ["who%example.net", "\"who@example.net\"", "example.net!who"] {
            let arguments = format!("TO:<{address}@example.org>");
            assert!(!Path::parse("TO:", &arguments).unwrap().is_in(&local), "{address}");
        }
        assert!(Path::parse("TO:", "TO:<postmaster>").unwrap().is_in(&local));
    }
}
