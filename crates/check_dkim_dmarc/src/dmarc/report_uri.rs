//! Where reports are sent to (RFC 9989 section 4.6).

use mailhost_core::dns::Name;
use mailhost_core::mail::split_scheme;
use serde::Serialize;

use super::record::{Oddity, OddityKind};
use crate::tag_list::Tag;

/// A mailbox that gets reports. Other addresses are nobody's duty.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct ReportUri {
    /// `rua` or `ruf`.
    pub(crate) tag: &'static str,
    pub(crate) mailbox: String,
    /// The part of the mailbox behind the at-sign.
    pub(crate) domain: Name,
}

/// Reads a list of addresses: the mailboxes, and whether any can be an address at all. Notes what is odd
/// about them.
pub(super) fn read(
    name: &'static str,
    tag: &Tag<'_>,
    oddities: &mut Vec<Oddity>,
) -> (Vec<ReportUri>, bool) {
    let mut uris = Vec::new();
    let mut any = false;
    let mut count = 0;
    for (part, span) in tag.parts(',') {
        count += 1;
        let mut odd = |kind, text: String| oddities.push(Oddity::new(kind, span.clone(), text));
        let read = uri(part);
        any |= read.is_ok();
        match read {
            Ok(Uri::Mailbox { mailbox, domain, sized }) => {
                if sized {
                    odd(
                        OddityKind::UriSize,
                        format!("{name}= has a size limit, which nobody heeds"),
                    );
                }
                uris.push(ReportUri { tag: name, mailbox, domain });
            }
            Ok(Uri::Other(scheme)) => {
                let text =
                    format!("{name}= has an address of {scheme}:, and only mailto: has to work");
                odd(OddityKind::UriScheme, text);
            }
            Err(why) => odd(OddityKind::Uri, format!("{name}= has no usable address here: {why}")),
        }
    }
    if count > MOST_URIS {
        let text =
            format!("{name}= has {count} addresses, and receivers need heed only {MOST_URIS}");
        oddities.push(Oddity::new(OddityKind::UriCount, tag.value_span.clone(), text));
    }
    (uris, any)
}

enum Uri {
    Mailbox {
        mailbox: String,
        domain: Name,
        sized: bool,
    },
    /// Its scheme.
    Other(String),
}

fn uri(text: &str) -> Result<Uri, String> {
    let (scheme, rest) = split_scheme(text)?;
    if let Some(bad) = text.chars().find(|c| c.is_whitespace() || !c.is_ascii_graphic()) {
        let what = if bad.is_ascii() { "a blank" } else { "a character that is not ASCII" };
        return Err(format!("{what} is in it"));
    }
    if !scheme.eq_ignore_ascii_case("mailto") {
        if rest.is_empty() {
            return Err("nothing follows its scheme".to_owned());
        }
        return Ok(Uri::Other(scheme.to_ascii_lowercase()));
    }
    mailbox(rest)
}

/// Reads what follows `mailto:`.
fn mailbox(rest: &str) -> Result<Uri, String> {
    let (rest, size) = match rest.split_once('!') {
        Some((rest, size)) => (rest, Some(size)),
        None => (rest, None),
    };
    if let Some(size) = size {
        let digits = size.strip_suffix(|c: char| "kmgtKMGT".contains(c)).unwrap_or(size);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("an exclamation mark in it is written %21".to_owned());
        }
    }
    let mailbox = rest.split('?').next().unwrap_or_default();
    let Some((local_part, domain)) = mailbox.rsplit_once('@') else {
        return Err("it is no mailbox".to_owned());
    };
    if local_part.is_empty() || local_part.starts_with('/') {
        return Err("nothing usable stands before its at-sign".to_owned());
    }
    let name = Name::from_text(domain).ok().filter(Name::is_hostname);
    let domain = name.ok_or_else(|| format!("\"{domain}\" is no domain"))?;
    Ok(Uri::Mailbox { mailbox: mailbox.to_owned(), domain, sized: size.is_some() })
}

/// Receivers have to send reports to so many (RFC 7489 section 6.2).
const MOST_URIS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        uri(text).map(|uri| match uri {
            Uri::Mailbox { mailbox, domain, sized } => format!("{mailbox} at {domain} {sized}"),
            Uri::Other(scheme) => scheme,
        })
    }

    #[test]
    fn ok_addresses_of_reports() {
        for (text, says) in [
            ("mailto:a@example.org", "a@example.org at example.org false"),
            ("MAILTO:a@Example.org", "a@Example.org at Example.org false"),
            ("mailto:a+b@example.org?subject=x", "a+b@example.org at example.org false"),
            ("mailto:a@example.org!10m", "a@example.org at example.org true"),
            ("mailto:a@example.org!50", "a@example.org at example.org true"),
            ("https://example.org/report", "https"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(says), "{text}");
        }
    }

    #[test]
    fn warning_what_is_no_address() {
        for (text, says) in [
            ("", "it is empty"),
            ("a@example.org", "it has no scheme; write mailto: in front"),
            ("example.org", "it has no scheme"),
            ("mailto:a", "it is no mailbox"),
            ("mailto:", "it is no mailbox"),
            ("mailto:@example.org", "nothing usable stands before its at-sign"),
            ("mailto://a@example.org", "nothing usable stands before its at-sign"),
            ("mailto:a@", "\"\" is no domain"),
            ("mailto:a@-x.org", "\"-x.org\" is no domain"),
            ("mailto:a b@example.org", "a blank is in it"),
            ("mailto:a@example.org!big", "an exclamation mark in it is written %21"),
            ("https:", "nothing follows its scheme"),
        ] {
            assert_eq!(shown(text), Err(says.to_owned()), "{text}");
        }
    }
}
