//! Patterns of answers, written as in Postfix's `postscreen_dnsbl_sites`.

use std::net::Ipv4Addr;

/// Four parts, each a number or a choice of numbers and ranges: `127.0.0.[2;4..7]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern([Vec<(u8, u8)>; 4]);

impl Pattern {
    /// Reads a pattern; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = if let Some(choice) = rest.strip_prefix('[') {
                let (choice, after) = choice.split_once(']')?;
                (choices(choice)?, after)
            } else {
                let (number, after) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
                let number = octet(number)?;
                (vec![(number, number)], after)
            };
            parts.push(part);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return parts.try_into().ok().map(Self),
                None => return None,
            }
        }
    }

    /// Whether an address fits.
    pub(crate) fn fits(&self, address: Ipv4Addr) -> bool {
        let fits = |(choices, octet): (&Vec<(u8, u8)>, u8)| {
            choices.iter().any(|(first, last)| (*first..=*last).contains(&octet))
        };
        self.0.iter().zip(address.octets()).all(fits)
    }
}

fn choices(text: &str) -> Option<Vec<(u8, u8)>> {
    let range = |text: &str| {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let range = (octet(first)?, octet(last)?);
        (range.0 <= range.1).then_some(range)
    };
    text.split(';').map(range).collect()
}

fn octet(text: &str) -> Option<u8> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, address: &str) -> bool {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        pattern.fits(address.parse().expect("an address"))
    }

    #[test]
    fn ok_patterns() {
        assert!(fits("127.0.0.2", "127.0.0.2") && !fits("127.0.0.2", "127.0.0.3"));
        assert!(fits("127.0.0.[4..7]", "127.0.0.7") && !fits("127.0.0.[4..7]", "127.0.0.8"));
        assert!(fits("127.0.[2..9;20].[0;3]", "127.0.20.3"));
        assert!(!fits("127.0.[2..9;20].[0;3]", "127.0.10.3"));
    }

    #[test]
    fn unknown_what_is_no_pattern() {
        for text in [
            "",
            "127",
            "127.0.0",
            "127.0.0.2.3",
            "127.0.0.256",
            "127.0.0.",
            "127.0.0.[2",
            "127.0.0.[]",
            "127.0.0.[7..4]",
            "127.0.0.[2]x",
            "127.0.0.+2",
            "127.0.0.[2,3]",
            "::1",
        ] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ok_every_address_fits_itself_and_no_text_is_too_odd(octets: [u8; 4], odd in ".*") {
            let address = Ipv4Addr::from(octets);
            prop_assert!(fits(&address.to_string(), &address.to_string()));
            let _ = Pattern::parse(&odd);
        }
    }
}
