//! Records of Brand Indicators for Message Identification (draft 14 of the BIMI specification, section
//! 4.3): what can be told of them without fetching anything.

use std::net::{Ipv4Addr, Ipv6Addr};

use mailhost_core::dns::Name;
use mailhost_core::mail::SyntaxError;
use serde::Serialize;

use crate::tag_list::{self, Tag};

/// A record that receivers can use.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct BimiRecord {
    /// Where the picture is; `None` where the domain declines to have one.
    pub(crate) location: Option<String>,
    /// Where the mark certificate is.
    pub(crate) evidence: Option<String>,
    /// Tags that nobody knows.
    pub(crate) unknown: Vec<String>,
}

impl BimiRecord {
    /// Whether a text is meant to be one.
    pub(crate) fn is_meant(text: &str) -> bool {
        let start: String = text.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        start.eq_ignore_ascii_case("v=bimi1")
    }

    /// Reads a record.
    ///
    /// # Errors
    /// Every place that is wrong, in order; never none.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<SyntaxError>> {
        let (tags, mut errors) = tag_list::read(text);
        let mut record = Self::default();
        let mut has_location = false;
        for (at, tag) in tags.iter().enumerate() {
            let read = match tag.name {
                "a" => uri(tag, true).map(|uri| record.evidence = uri),
                "avp" if ["brand", "personal"].contains(&tag.value) => Ok(()),
                "avp" => Err(wrong(tag, "avp= is brand or personal")),
                "l" => {
                    has_location = true;
                    uri(tag, false).map(|uri| record.location = uri)
                }
                "lps" => prefixes(tag),
                "v" if at == 0 && tag.value == "BIMI1" => Ok(()),
                "v" => Err(wrong(tag, "the record begins with v=BIMI1, in capitals")),
                _ => {
                    record.unknown.push(tag.name.to_owned());
                    Ok(())
                }
            };
            errors.extend(read.err());
        }
        if !has_location && errors.is_empty() {
            let missing = "the tag l= is missing; without a value it declines";
            errors.push(SyntaxError::at(0..text.len(), missing));
        }
        errors.sort_by_key(|error| error.span.start);
        if errors.is_empty() { Ok(record) } else { Err(errors) }
    }
}

fn wrong(tag: &Tag<'_>, text: &str) -> SyntaxError {
    SyntaxError::at(tag.value_span.clone(), text)
}

/// An address of https, or nothing.
fn uri(tag: &Tag<'_>, needs_domain: bool) -> Result<Option<String>, SyntaxError> {
    if tag.value.is_empty() {
        return Ok(None);
    }
    let name = tag.name;
    let scheme = tag.value.get(..8).filter(|it| it.eq_ignore_ascii_case("https://"));
    let Some(rest) = scheme.and_then(|scheme| tag.value.get(scheme.len()..)) else {
        return Err(wrong(tag, &format!("{name}= is empty or an address of https:")));
    };
    if let Some((at, c)) = rest.char_indices().find(|(_, c)| ", \t\"<>[]\\^`{|}".contains(*c)) {
        // A host may be an IPv6 address in brackets.
        let of_host = "[]".contains(c) && rest.starts_with('[') && rest.find(']') >= Some(at);
        if !of_host {
            let start = tag.value_span.start + 8 + at;
            let text =
                format!("\"{c}\" must not be in an address; write it as %{:02X}", u32::from(c));
            return Err(SyntaxError::at(start..start + 1, text));
        }
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let of_ipv6 = |host: &str| {
        let inside = host.strip_prefix('[')?.split_once(']')?.0;
        inside.parse::<Ipv6Addr>().ok()
    };
    if host.starts_with('[') {
        if needs_domain || of_ipv6(host).is_none() {
            return Err(wrong(tag, &format!("{name}= has no full domain name in it")));
        }
        return Ok(Some(tag.value.to_owned()));
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_address = host.parse::<Ipv4Addr>().is_ok();
    let named = Name::from_text(host).is_ok_and(|name| name.is_hostname() || is_address);
    let full = named && !is_address && host.contains('.');
    if !named || (needs_domain && !full) {
        return Err(wrong(tag, &format!("{name}= has no full domain name in it")));
    }
    Ok(Some(tag.value.to_owned()))
}

/// ```text
/// local-part-prefix = 1*63( ALPHA / DIGIT / "-" )
/// ```
fn prefixes(tag: &Tag<'_>) -> Result<(), SyntaxError> {
    if tag.value.is_empty() {
        return Ok(());
    }
    for (part, span) in tag.parts(',') {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if part.is_empty() || part.len() > 63 || !part.chars().all(good) {
            let text = "lps= is a list of prefixes of letters, digits and hyphens";
            return Err(SyntaxError::at(span, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_good_records() {
        for (rest, location, evidence) in [
            ("l=https://example.org/logo.svg", Some("https://example.org/logo.svg"), None),
            ("l=;", None, None),
            ("l=; a=", None, None),
            (
                "l=HTTPS://example.org/l; a=https://example.org/vmc.pem;",
                Some("HTTPS://example.org/l"),
                Some("https://example.org/vmc.pem"),
            ),
            ("l=https://192.0.2.1/x", Some("https://192.0.2.1/x"), None),
            ("l=https://[2001:db8::1]:8443/x", Some("https://[2001:db8::1]:8443/x"), None),
            (
                "l=https://a.example:8443/x?y=z#f; avp=personal; lps=",
                Some("https://a.example:8443/x?y=z#f"),
                None,
            ),
            ("l=; lps=news, a-1", None, None),
        ] {
            let record = BimiRecord::parse(&format!("v=BIMI1; {rest}")).expect(rest);
            assert_eq!(
                (record.location.as_deref(), record.evidence.as_deref()),
                (location, evidence)
            );
        }
        let unknown = BimiRecord::parse("v=BIMI1; l=; x=1").expect("a record");
        assert_eq!(unknown.unknown, ["x"]);
    }

    #[test]
    fn warning_wrong_records_are_pointed_at() {
        for (text, at, says) in [
            ("v=BIMI1", "v=BIMI1", "the tag l= is missing; without a value it declines"),
            ("v=bimi1; l=", "bimi1", "the record begins with v=BIMI1, in capitals"),
            ("l=; v=BIMI1", "BIMI1", "the record begins with v=BIMI1, in capitals"),
            (
                "v=BIMI1; l=http://a.example/x",
                "http://a.example/x",
                "l= is empty or an address of https:",
            ),
            ("v=BIMI1; l=https://", "https://", "l= has no full domain name in it"),
            ("v=BIMI1; l=https://[x]/", "https://[x]/", "l= has no full domain name in it"),
            (
                "v=BIMI1; l=https://a.example/x,y",
                ",",
                "\",\" must not be in an address; write it as %2C",
            ),
            (
                "v=BIMI1; l=https://a.example/x y",
                " ",
                "\" \" must not be in an address; write it as %20",
            ),
            (
                "v=BIMI1; l=; a=https://localhost/x",
                "https://localhost/x",
                "a= has no full domain name in it",
            ),
            (
                "v=BIMI1; l=; a=https://192.0.2.1/x",
                "https://192.0.2.1/x",
                "a= has no full domain name in it",
            ),
            (
                "v=BIMI1; l=; a=https://[::1]/x",
                "https://[::1]/x",
                "a= has no full domain name in it",
            ),
            ("v=BIMI1; l=; avp=logo", "logo", "avp= is brand or personal"),
            (
                "v=BIMI1; l=; lps=a_b",
                "a_b",
                "lps= is a list of prefixes of letters, digits and hyphens",
            ),
            (
                "v=BIMI1; l=; lps=a,,b",
                "a,,b",
                "lps= is a list of prefixes of letters, digits and hyphens",
            ),
            ("v=BIMI1; l=; l=", "l", "l= must be there only once"),
            ("v=BIMI1; l", "l", "a tag is a name, the sign = and a value"),
        ] {
            let errors = BimiRecord::parse(text).expect_err(text);
            let first = &errors[0];
            assert_eq!((&text[first.span.clone()], first.text.as_str()), (at, says), "{text}");
        }
    }
}
