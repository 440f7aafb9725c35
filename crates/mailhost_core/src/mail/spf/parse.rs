//! Reads a record, and finds every error in it before anything is evaluated (RFC 7208 section 4.6).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::str::FromStr;

use super::macro_string::{MacroString, Part, Place, named};
use super::record::{Kind, Mechanism, Qualifier, Record, Term};
use crate::mail::SyntaxError;

/// Reads a record that begins with `v=spf1`.
///
/// # Errors
/// Every place that is wrong, in order; never none.
pub fn parse(text: &str) -> Result<Record, Vec<SyntaxError>> {
    let mut terms: Vec<Term> = Vec::new();
    let mut errors = Vec::new();
    let mut at = VERSION.min(text.len());
    for word in text.get(at..).unwrap_or_default().split(' ') {
        if !word.is_empty() {
            let span = at..at + word.len();
            match term(word).map_err(|errors| blank_missing(word).unwrap_or(errors)) {
                Ok(kind) => terms.push(Term { span, text: word.to_owned(), kind }),
                Err(wrong) => errors.extend(wrong.into_iter().map(|mut error| {
                    error.span = error.span.start + at..error.span.end + at;
                    error
                })),
            }
        }
        at += word.len() + 1;
    }
    errors.extend(repeated(&terms));
    errors.sort_by_key(|error| error.span.start);
    if errors.is_empty() { Ok(Record { terms }) } else { Err(errors) }
}

/// The modifiers that may be there once (section 6).
fn repeated(terms: &[Term]) -> Vec<SyntaxError> {
    let of = |name: &'static str, is: fn(&Kind) -> bool| {
        terms.iter().filter(move |term| is(&term.kind)).skip(1).map(move |term| SyntaxError {
            span: term.span.clone(),
            text: format!("{name}= must be there only once"),
        })
    };
    let exp = of("exp", |kind| matches!(kind, Kind::Exp(_)));
    exp.chain(of("redirect", |kind| matches!(kind, Kind::Redirect(_)))).collect()
}

type Wrong = Vec<SyntaxError>;

fn wrong(span: Range<usize>, text: impl Into<String>) -> Wrong {
    vec![SyntaxError::at(span, text)]
}

/// ```text
/// directive = [ qualifier ] mechanism
/// modifier  = redirect / explanation / unknown-modifier
/// name      = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
/// ```
fn term(word: &str) -> Result<Kind, Wrong> {
    if let Some((at, bad)) = word.char_indices().find(|(_, c)| !matches!(c, '!'..='~')) {
        let blank = if bad.is_ascii() { ": terms are separated by blanks only" } else { "" };
        return Err(wrong(
            at..at + bad.len_utf8(),
            format!("{} must not be in a record{blank}", named(bad)),
        ));
    }
    let (qualifier, rest) = match word.split_at(1) {
        ("+", rest) => (Some(Qualifier::Pass), rest),
        ("-", rest) => (Some(Qualifier::Fail), rest),
        ("?", rest) => (Some(Qualifier::Neutral), rest),
        ("~", rest) => (Some(Qualifier::SoftFail), rest),
        _ => (None, word),
    };
    let start = word.len() - rest.len();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
    let is_named = rest.starts_with(|c: char| c.is_ascii_alphabetic());
    let name = if is_named { &rest[..end] } else { "" };
    let value = rest.get(name.len()..).unwrap_or_default();
    let at = start + name.len();
    if let Some(value) = value.strip_prefix('=').filter(|_| !name.is_empty()) {
        if qualifier.is_some() {
            return Err(wrong(0..1, format!("{name}= is a modifier and takes no qualifier")));
        }
        return modifier(name, value, at + 1);
    }
    let qualifier = qualifier.unwrap_or(Qualifier::Pass);
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "a" => host(value, at, "a").map(|(domain, v4, v6)| Mechanism::A { domain, v4, v6 }),
        "all" => match value {
            "" => Ok(Mechanism::All),
            _ => Err(wrong(at..word.len(), "all takes no value")),
        },
        "exists" => required(value, at, "exists").map(Mechanism::Exists),
        "include" => required(value, at, "include").map(Mechanism::Include),
        "ip4" => {
            network::<_, Ipv6Addr>(value, at, &IPV4).map(|(ip, bits)| Mechanism::Ip4(ip, bits))
        }
        "ip6" => {
            network::<_, Ipv4Addr>(value, at, &IPV6).map(|(ip, bits)| Mechanism::Ip6(ip, bits))
        }
        "mx" => host(value, at, "mx").map(|(domain, v4, v6)| Mechanism::Mx { domain, v4, v6 }),
        "ptr" => optional(value, at, "ptr").map(Mechanism::Ptr),
        _ => Err(wrong(0..word.len(), unknown(name, rest))),
    };
    mechanism.map(|mechanism| Kind::Directive(qualifier, mechanism))
}

/// What is meant by a word that is no term.
fn unknown(name: &str, word: &str) -> String {
    let address = word.split('/').next().unwrap_or_default();
    if address.parse::<Ipv4Addr>().is_ok() {
        return format!("an address is written ip4:{word}");
    }
    if address.parse::<Ipv6Addr>().is_ok() {
        return format!("an address is written ip6:{word}");
    }
    match name.to_ascii_lowercase().as_str() {
        "redirect" | "exp" => format!("{name} is followed by = and a domain"),
        "ip" | "ipv4" => "the mechanism is called ip4".to_owned(),
        "ipv6" => "the mechanism is called ip6".to_owned(),
        "" => "this is neither a mechanism nor a modifier".to_owned(),
        _ => format!("\"{name}\" is no mechanism of SPF"),
    }
}

fn modifier(name: &str, value: &str, at: usize) -> Result<Kind, Wrong> {
    match name.to_ascii_lowercase().as_str() {
        "exp" => domain_spec(value, at, "exp=").map(Kind::Exp),
        "redirect" => domain_spec(value, at, "redirect=").map(Kind::Redirect),
        _ => {
            MacroString::parse(value, Place::Record).map_err(|errors| moved(errors, at))?;
            Ok(Kind::Unknown { name: name.to_owned(), value: value.to_owned() })
        }
    }
}

/// `":" domain-spec`, which has to be there.
fn required(value: &str, at: usize, name: &str) -> Result<MacroString, Wrong> {
    match value.strip_prefix(':') {
        Some(domain) => domain_spec(domain, at + 1, name),
        None if value.is_empty() => {
            Err(wrong(0..at, format!("{name} is followed by a colon and a domain")))
        }
        None => Err(wrong(at..at + value.len(), format!("{name} takes no prefix length"))),
    }
}

/// `[ ":" domain-spec ]`.
fn optional(value: &str, at: usize, name: &str) -> Result<Option<MacroString>, Wrong> {
    if value.is_empty() { Ok(None) } else { required(value, at, name).map(Some) }
}

/// ```text
/// A  = "a"  [ ":" domain-spec ] [ dual-cidr-length ]
/// MX = "mx" [ ":" domain-spec ] [ dual-cidr-length ]
/// ```
fn host(value: &str, at: usize, name: &str) -> Result<(Option<MacroString>, u8, u8), Wrong> {
    let (rest, v6) = match value.rfind("//") {
        // A domain may hold slashes, so only what can be a length at the end is one.
        Some(slashes) if is_number(&value[slashes + 2..]) => {
            let place = at + slashes + 2;
            (&value[..slashes], prefix(&value[slashes + 2..], place, 128)?)
        }
        _ => (value, 128),
    };
    let (rest, v4) = match rest.rfind('/') {
        Some(slash) if is_number(&rest[slash + 1..]) => {
            (&rest[..slash], prefix(&rest[slash + 1..], at + slash + 1, 32)?)
        }
        _ => (rest, 32),
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((None, v4, v6)),
        None => Err(wrong(at..at + rest.len(), "a prefix length is a number behind / or //")),
        Some(domain) => Ok((Some(domain_spec(domain, at + 1, name)?), v4, v6)),
    }
}

/// ```text
/// IP4 = "ip4" ":" ip4-network [ ip4-cidr-length ]
/// IP6 = "ip6" ":" ip6-network [ ip6-cidr-length ]
/// ```
///
/// `Other` is the other family's address.
fn network<Own: FromStr, Other: FromStr>(
    value: &str,
    at: usize,
    family: &Family,
) -> Result<(Own, u8), Wrong> {
    let (address, length) = address(value, at, family.name)?;
    let span = at + 1..at + 1 + address.len();
    let Ok(read) = address.parse() else {
        let why = if address.parse::<Other>().is_ok() {
            format!("this is an {} address: write {}", family.other.1, family.other.0)
        } else {
            no_address(address, family.title)
        };
        return Err(wrong(span, why));
    };
    let width = family.width;
    let length = length.map_or(Ok(width), |(length, at)| prefix(length, at, width))?;
    Ok((read, length))
}

/// What is different between the two address families.
struct Family {
    name: &'static str,
    title: &'static str,
    /// The other one's name and title.
    other: (&'static str, &'static str),
    width: u8,
}

const IPV4: Family = Family { name: "ip4", title: "IPv4", other: ("ip6", "IPv6"), width: 32 };
const IPV6: Family = Family { name: "ip6", title: "IPv6", other: ("ip4", "IPv4"), width: 128 };

/// The address behind a colon, and the length behind a slash with its place.
#[expect(clippy::type_complexity, reason = "two parts of a text, one of them with its place")]
fn address<'a>(
    value: &'a str,
    at: usize,
    name: &str,
) -> Result<(&'a str, Option<(&'a str, usize)>), Wrong> {
    let is_there = |value: &&str| !value.is_empty() && !value.starts_with('/');
    let Some(value) = value.strip_prefix(':').filter(is_there) else {
        return Err(wrong(
            0..at + value.len(),
            format!("{name} is followed by a colon and an address"),
        ));
    };
    Ok(match value.split_once('/') {
        Some((address, length)) => (address, Some((length, at + 1 + address.len() + 1))),
        None => (value, None),
    })
}

/// Why a text is no address.
fn no_address(text: &str, family: &str) -> String {
    if text.contains('%') {
        return "there are no macros in addresses".to_owned();
    }
    format!("this is not an {family} address")
}

/// The error of a word that is a term with an "all" and its qualifier glued to it.
fn blank_missing(word: &str) -> Option<Wrong> {
    let lower = word.to_ascii_lowercase();
    let at = lower.strip_suffix("all")?.len().checked_sub(1).filter(|at| *at > 0)?;
    let (before, all) = word.split_at_checked(at)?;
    let meant = all.starts_with(['+', '-', '~', '?']) && term(before).is_ok();
    meant.then(|| wrong(at..word.len(), format!("a blank is missing before {all}")))
}

/// A prefix length: digits without a zero in front, up to the width of the family.
fn prefix(text: &str, at: usize, width: u8) -> Result<u8, Wrong> {
    // Where there is nothing, the slash is pointed at.
    let span = if text.is_empty() { at - 1..at } else { at..at + text.len() };
    if !is_number(text) {
        return Err(wrong(span, "a prefix length is a number"));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(wrong(span, "a prefix length has no zero in front"));
    }
    match text.parse() {
        Ok(length) if length <= width => Ok(length),
        _ => Err(wrong(span, format!("a prefix length here is 0 to {width}"))),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// ```text
/// domain-spec = macro-string domain-end
/// domain-end  = ( "." toplabel [ "." ] ) / macro-expand
/// toplabel    = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
/// ```
fn domain_spec(text: &str, at: usize, name: &str) -> Result<MacroString, Wrong> {
    if text.is_empty() {
        return Err(wrong(0..at, format!("{name} is followed by a domain")));
    }
    let spec = MacroString::parse(text, Place::Record).map_err(|errors| moved(errors, at))?;
    let ends_well = match spec.0.last() {
        Some(Part::Literal(end)) => {
            let end = end.strip_suffix('.').unwrap_or(end);
            end.rsplit_once('.').is_some_and(|(_, top)| is_top_label(top))
        }
        Some(_) => true,
        None => false,
    };
    if ends_well {
        return Ok(spec);
    }
    let span = at..at + text.len();
    if text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok() {
        return Err(wrong(span, format!("{name} takes a name, not an address")));
    }
    if let Some((_, length)) = text.rsplit_once('/').filter(|(_, length)| is_number(length)) {
        let start = span.end - length.len();
        return Err(wrong(start..span.end, format!("{name} takes no such prefix length")));
    }
    Err(wrong(span, "a domain has at least two labels, such as x.example.org, or ends in a macro"))
}

fn is_top_label(label: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    let good = label.starts_with(alphanumeric)
        && label.ends_with(alphanumeric)
        && label.chars().all(|c| alphanumeric(c) || c == '-');
    good && label.contains(|c: char| c.is_ascii_alphabetic() || c == '-')
}

fn moved(errors: Vec<super::macro_string::MacroError>, at: usize) -> Wrong {
    let moved = errors.into_iter().map(|error| SyntaxError {
        span: error.span.start + at..error.span.end + at,
        text: error.text,
    });
    moved.collect()
}

/// The length of `v=spf1`.
const VERSION: usize = 6;

#[cfg(test)]
mod tests;
