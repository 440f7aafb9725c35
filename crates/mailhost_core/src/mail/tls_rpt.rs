//! TLS-RPT (RFC 8460 section 3): the record that says where senders report to about TLS.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use super::field_list::{self, Field, FieldFault, FieldFaultKind, Selected};
use super::split_scheme;
use crate::dns::Name;

/// A record that senders can use.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Record {
    /// Where reports are sent to; never empty.
    pub destinations: Vec<Destination>,
    /// What is odd in it, and not fatal.
    #[serde(skip)]
    pub oddities: Vec<FieldFault>,
}

/// Where reports are sent to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A web server that takes them, by its address (URI).
    Https(String),
    /// A mailbox.
    Mailbox(String),
}

/// Sorts the texts at `_smtp._tls.<domain>`, each with its strings put together. Unless exactly one
/// is a record, senders do as if there were none.
pub fn select(texts: impl Iterator<Item = Vec<u8>>) -> Selected {
    field_list::select(VERSION, texts)
}

impl Record {
    /// Reads a text that begins with `v=TLSRPTv1;`.
    ///
    /// # Errors
    /// Everything that is wrong, in order: at least one fault is fatal.
    pub fn parse(text: &str) -> Result<Self, Vec<FieldFault>> {
        let (fields, mut faults) = field_list::read(VERSION, text);
        let mut destinations = None;
        for field in fields {
            match field.name {
                "rua" => destinations = Some(read(&field, &mut faults)),
                _ => faults.push(field.unknown("TLS-RPT", &["rua"])),
            }
        }
        let is_fatal = |faults: &[FieldFault]| faults.iter().any(FieldFault::is_fatal);
        if destinations.is_none() && !is_fatal(&faults) {
            let missing = "the field rua= is missing";
            faults.push(FieldFault::new(FieldFaultKind::Syntax, 0..text.len(), missing));
        }
        faults.sort_by_key(|fault| fault.error.span.start);
        match destinations.filter(|_| !is_fatal(&faults)) {
            Some(destinations) => Ok(Self { destinations, oddities: faults }),
            None => Err(faults),
        }
    }
}

/// ```text
/// tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)
/// ```
fn read(field: &Field<'_>, faults: &mut Vec<FieldFault>) -> Vec<Destination> {
    let mut destinations = Vec::new();
    for (part, span) in field.parts() {
        match destination(part) {
            Ok(destination) => destinations.push(destination),
            Err(why) => {
                let text = format!("rua= has no usable address here: {why}");
                faults.push(FieldFault::new(FieldFaultKind::Address, span, text));
            }
        }
    }
    if destinations.is_empty() {
        let text = "rua= has no address that reports can be sent to";
        faults.push(FieldFault::new(FieldFaultKind::Syntax, field.value_span.clone(), text));
    }
    destinations
}

fn destination(text: &str) -> Result<Destination, String> {
    let (scheme, rest) = split_scheme(text)?;
    if let Some(bad) = text.chars().find(|c| !matches!(c, '!'..='~') || "!\"<>\\^`{|}".contains(*c))
    {
        return Err(misplaced(bad));
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => https(text, rest),
        "mailto" => mailbox(rest),
        other => Err(format!("reports go to mailto: and https:, not to {other}:")),
    }
}

/// What is wrong with a character that an address (RFC 3986) must not have; an exclamation mark is
/// one of them here.
fn misplaced(c: char) -> String {
    match c {
        ' ' | '\t' => "a blank is in it".to_owned(),
        // DMARC had sizes behind it, and many records are made from those.
        '!' => "an exclamation mark in it is written %21, and there is no size limit".to_owned(),
        _ if !c.is_ascii() => "a character that is not ASCII is in it".to_owned(),
        _ if c.is_ascii_control() => "a control character is in it".to_owned(),
        _ => format!("\"{c}\" in it is written %{:02X}", u32::from(c)),
    }
}

/// Reads what follows `https:`.
fn https(text: &str, rest: &str) -> Result<Destination, String> {
    let Some(rest) = rest.strip_prefix("//") else {
        return Err("https: is followed by two slashes and a host".to_owned());
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    // Within the brackets of an IPv6 address colons are its own.
    let end = place.find(']').map_or(0, |at| at + 1);
    let colon = place.get(end..).and_then(|rest| rest.find(':')).map(|at| at + end);
    let (host, port) = place.split_at(colon.unwrap_or(place.len()));
    if !is_host(host) || !is_port(port) {
        return Err(format!("\"{authority}\" is no host"));
    }
    Ok(Destination::Https(text.to_owned()))
}

fn is_host(text: &str) -> bool {
    if let Some(address) = text.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|it| it.parse::<Ipv6Addr>().is_ok());
    }
    text.parse::<Ipv4Addr>().is_ok() || Name::from_text(text).is_ok_and(|name| name.is_hostname())
}

/// Whether it is nothing, or a colon that nothing or a number follows (RFC 3986 section 3.2.3).
fn is_port(text: &str) -> bool {
    let port = text.strip_prefix(':').unwrap_or_default();
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

/// Reads what follows `mailto:` (RFC 6068).
fn mailbox(rest: &str) -> Result<Destination, String> {
    let mailbox = rest.split('?').next().unwrap_or_default();
    let Some((local_part, domain)) = mailbox.rsplit_once('@') else {
        return Err("it is no mailbox".to_owned());
    };
    if local_part.is_empty() || local_part.starts_with('/') {
        return Err("nothing usable stands before its at-sign".to_owned());
    }
    if !Name::from_text(domain).is_ok_and(|name| name.is_hostname()) {
        return Err(format!("\"{domain}\" is no domain"));
    }
    Ok(Destination::Mailbox(mailbox.to_owned()))
}

const VERSION: &str = "v=TLSRPTv1";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(faults: &[FieldFault], text: &str) -> Vec<String> {
        let one =
            |it: &FieldFault| format!("\"{}\" {}", &text[it.error.span.clone()], it.error.text);
        faults.iter().map(one).collect()
    }

    #[test]
    fn ok_records_are_read() {
        let mailbox = |text: &str| Destination::Mailbox(text.to_owned());
        let https = |text: &str| Destination::Https(text.to_owned());
        for (text, destinations) in [
            ("v=TLSRPTv1; rua=mailto:a@example.org", vec![mailbox("a@example.org")]),
            ("v=TLSRPTv1;rua=MAILTO:a+b@Example.org?subject=x;", vec![mailbox("a+b@Example.org")]),
            (
                "v=TLSRPTv1; rua=https://example.org/v1/tlsrpt , mailto:a@example.org",
                vec![https("https://example.org/v1/tlsrpt"), mailbox("a@example.org")],
            ),
            (
                "v=TLSRPTv1; rua=https://[2001:db8::1]:8443/x,HTTPS://192.0.2.1,https://u@a.example:/",
                vec![
                    https("https://[2001:db8::1]:8443/x"),
                    https("HTTPS://192.0.2.1"),
                    https("https://u@a.example:/"),
                ],
            ),
        ] {
            let record = Record::parse(text).expect(text);
            assert_eq!((record.destinations, record.oddities), (destinations, vec![]), "{text}");
        }
    }

    #[test]
    fn warning_what_senders_ignore() {
        for (text, fault) in [
            (
                "v=TLSRPTv1; rua=mailto:a@example.org,http://a.example/",
                "\"http://a.example/\" rua= has no usable address here: reports go to mailto: and https:, not to http:",
            ),
            ("v=TLSRPTv1; rua=mailto:a@example.org; x=y", "\"x\" x= is no field of TLS-RPT"),
            (
                "v=TLSRPTv1; rua=mailto:a@example.org; ruf=mailto:b@example.org",
                "\"ruf\" ruf= is no field of TLS-RPT",
            ),
            (
                "v=TLSRPTv1; rua=mailto:a@example.org; rua=mailto:b@example.org",
                "\"rua\" rua= is there again, and only the first counts",
            ),
            (
                "v=TLSRPTv1 ;rua=mailto:a@example.org",
                "\" \" some senders look for v=TLSRPTv1; without a blank, and see no record",
            ),
        ] {
            let record = Record::parse(text).expect(text);
            assert_eq!(shown(&record.oddities, text), [fault], "{text}");
            assert_eq!(record.destinations, [Destination::Mailbox("a@example.org".to_owned())]);
        }
    }

    #[test]
    fn critical_what_no_sender_reads() {
        for (text, fault) in [
            ("v=TLSRPTv1;", "\"v=TLSRPTv1;\" the field rua= is missing"),
            ("v=TLSRPTv1; rua=", "\"rua=\" rua= has no value"),
            (
                "v=TLSRPTv1; RUA=mailto:a@example.org",
                "\"RUA\" RUA= is no field of TLS-RPT; write rua= in small letters",
            ),
            (
                "v=TLSRPTv1; rua:mailto:a@example.org",
                "\"rua:mailto:a@example.org\" a field is a name, the sign = and a value",
            ),
            (
                "v=TLSRPTv1; rua=mailto:a@example.org; x=a=b",
                "\"=\" the sign = must not be in a value: is a semicolon missing?",
            ),
            (
                "v=TLSRPTv1; rua=a@example.org",
                "\"a@example.org\" rua= has no usable address here: it has no scheme; write mailto: in front",
            ),
        ] {
            let faults = Record::parse(text).expect_err(text);
            assert!(shown(&faults, text).contains(&fault.to_owned()), "{text}");
            assert!(faults.iter().any(FieldFault::is_fatal), "{text}");
        }
        let faults = Record::parse("v=TLSRPTv1; rua=a").expect_err("no address");
        let kinds: Vec<FieldFaultKind> = faults.iter().map(|fault| fault.kind).collect();
        assert_eq!(kinds, [FieldFaultKind::Address, FieldFaultKind::Syntax]);
    }

    #[test]
    fn warning_what_is_no_address() {
        for (text, says) in [
            ("", "it is empty"),
            ("example.org", "it has no scheme"),
            ("mailto:a", "it is no mailbox"),
            ("mailto:@example.org", "nothing usable stands before its at-sign"),
            ("mailto://a@example.org", "nothing usable stands before its at-sign"),
            ("mailto:a@-x.org", "\"-x.org\" is no domain"),
            ("mailto:a b@example.org", "a blank is in it"),
            ("mailto:a@b\u{fc}.example", "a character that is not ASCII is in it"),
            ("mailto:a\u{1}@example.org", "a control character is in it"),
            (
                "mailto:a@example.org!10m",
                "an exclamation mark in it is written %21, and there is no size limit",
            ),
            ("https://a.example/{x}", "\"{\" in it is written %7B"),
            ("https:a.example", "https: is followed by two slashes and a host"),
            ("https://", "\"\" is no host"),
            ("https://a_b.example/", "\"a_b.example\" is no host"),
            ("https://a.example:x/", "\"a.example:x\" is no host"),
            ("https://a.example:99999/", "\"a.example:99999\" is no host"),
            ("https://[::1]x/", "\"[::1]x\" is no host"),
            ("https://[::x]/", "\"[::x]\" is no host"),
            ("ftp://a.example/", "reports go to mailto: and https:, not to ftp:"),
        ] {
            assert_eq!(destination(text), Err(says.to_owned()), "{text}");
        }
    }

    #[test]
    fn ok_records_are_told_from_other_texts() {
        let texts =
            ["v=TLSRPTv1; rua=mailto:a@example.org", "v=TLSRPT1; rua=x", "v=spf1 -all", "x"];
        let selected = select(texts.iter().map(|text| text.as_bytes().to_vec()));
        assert_eq!(selected.records, texts[..1]);
        assert_eq!(selected.look_alikes[0].why, "its version is not TLSRPTv1");
        assert_eq!((selected.spf.len(), selected.others.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_pointed_at(
            text in "v=TLSRPTv1;( ?(rua=)?(mailto:|https://)?[a-z@.,!:\\[\\]]{0,12}\\PC{0,6};?){0,4}"
        ) {
            let faults = match Record::parse(&text) {
                Ok(record) => {
                    prop_assert!(!record.destinations.is_empty());
                    record.oddities
                }
                Err(faults) => {
                    prop_assert!(faults.iter().any(FieldFault::is_fatal));
                    faults
                }
            };
            for fault in faults {
                prop_assert!(text.get(fault.error.span).is_some_and(|part| !part.is_empty()));
            }
        }
    }
}
