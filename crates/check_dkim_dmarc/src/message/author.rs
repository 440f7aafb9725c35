//! Whom a message says it is from.

use std::collections::HashSet;
use std::fmt;

use mailhost_core::dns::Name;
use mailhost_core::mail::SyntaxError;
use serde::Serialize;

use super::Message;
use super::address::{Domain, Mailbox, is_closed, is_null_path, mailboxes};

/// What the header says about where a message comes from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Origin {
    pub(crate) author: Author,
    /// Those of Date, From and Message-ID that are not there.
    pub(crate) missing: Vec<&'static str>,
    /// Those of them that are there more than once, which RFC 5322 section 3.6 forbids.
    pub(crate) repeated: Vec<&'static str>,
    /// The first Return-Path, which the last mail server adds (RFC 5321 section 4.4).
    pub(crate) return_path: Option<ReturnPath>,
}

/// The domain that DMARC looks at (RFC 9989), or why there is none.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    /// A From that breaks the grammar, with one address in angle brackets, which most receivers take.
    Bracketed { domain: Name, error: SyntaxError },
    /// An address in the place of the domain: no domain answers for it.
    Literal(String),
    /// A header of so many fields that not all were read: there may be another From.
    LongHeader { fields: usize },
    /// No From at all.
    Missing,
    /// A From without any mailbox.
    Nobody,
    /// The domain is not in its ASCII form, without which nothing can be looked up.
    NotAscii(String),
    /// One mailbox.
    One(Name),
    /// Several mailboxes of one domain.
    Same { domain: Name, mailboxes: usize },
    /// Mailboxes of several domains, at most [`MOST_DOMAINS`] of them told: what DMARC says about this
    /// is left to each receiver (RFC 9989 section 11.5).
    Several { domains: Vec<Name>, count: usize },
    /// More than one From field.
    SeveralFields(usize),
    /// A From that cannot be read.
    Unreadable { text: String, error: SyntaxError },
}

/// Where errors go.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReturnPath {
    /// To a mailbox, whose domain is checked with SPF.
    Mailbox { mailbox: String, domain: Name },
    /// Nowhere: the message is itself about an error (RFC 5321 section 4.5.5).
    Null,
    /// Nobody can tell.
    Unreadable(String),
}

impl Origin {
    /// Looks at a message.
    pub(crate) fn of(message: &Message<'_>) -> Self {
        let count = |name: &&&'static str| message.named(name).count();
        // How often a field is there is not known when not all were read.
        let all_read = message.left_out == 0;
        let fields = |good: fn(usize) -> bool| {
            REQUIRED.iter().filter(|name| all_read && good(count(name))).copied().collect()
        };
        Self {
            author: Author::of(message),
            missing: fields(|count| count == 0),
            repeated: fields(|count| count > 1),
            return_path: message.named("Return-Path").next().map(|it| ReturnPath::read(&it.text())),
        }
    }
}

impl Author {
    fn of(message: &Message<'_>) -> Self {
        if message.left_out > 0 {
            return Self::LongHeader { fields: message.fields.len() + message.left_out };
        }
        let mut fields = message.named("From");
        match (fields.next(), fields.count()) {
            (None, _) => Self::Missing,
            (Some(field), 0) => Self::read(field.text()),
            (Some(_), more) => Self::SeveralFields(more + 1),
        }
    }

    fn read(text: String) -> Self {
        match mailboxes(&text) {
            Ok(mailboxes) => Self::among(mailboxes),
            Err(error) => match bracketed(&text) {
                Some(domain) => Self::Bracketed { domain, error },
                None => Self::Unreadable { text, error },
            },
        }
    }

    fn among(mailboxes: Vec<Mailbox>) -> Self {
        let count = mailboxes.len();
        let mut seen = HashSet::new();
        let mut domains = Vec::new();
        for mailbox in mailboxes {
            match mailbox.domain {
                Domain::Literal(text) => return Self::Literal(text),
                Domain::NotAscii(text) => return Self::NotAscii(text),
                Domain::Name(name) => {
                    if seen.insert(name.clone()) && domains.len() < MOST_DOMAINS {
                        domains.push(name);
                    }
                }
            }
        }
        match (domains.pop(), seen.len()) {
            (None, _) => Self::Nobody,
            (Some(domain), 1) if count == 1 => Self::One(domain),
            (Some(domain), 1) => Self::Same { domain, mailboxes: count },
            (Some(last), count) => {
                domains.push(last);
                Self::Several { domains, count }
            }
        }
    }

    /// The domain, where there is exactly one.
    pub(crate) fn domain(&self) -> Option<&Name> {
        match self {
            Self::Bracketed { domain, .. } | Self::One(domain) | Self::Same { domain, .. } => {
                Some(domain)
            }
            _ => None,
        }
    }
}

/// As a sentence without an end.
impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bracketed { domain, error } => write!(
                f,
                "From breaks the grammar: {}; most receivers take the address of {domain} in its angle \
                 brackets",
                error.text
            ),
            Self::Literal(text) => write!(f, "From has {text} in place of a domain"),
            Self::LongHeader { fields } => {
                write!(f, "the header has {fields} fields, and not all were read")
            }
            Self::Missing => f.write_str("there is no From"),
            Self::Nobody => f.write_str("From has no mailbox in it"),
            Self::NotAscii(text) => {
                write!(f, "From has the domain {text}, which needs its ASCII form (xn--...)")
            }
            Self::One(domain) => write!(f, "From has a mailbox of {domain}"),
            Self::Same { domain, mailboxes } => {
                write!(f, "From has {mailboxes} mailboxes of {domain}")
            }
            Self::Several { domains, count } => {
                let names: Vec<String> = domains.iter().map(ToString::to_string).collect();
                let more = if *count > names.len() { ", ..." } else { "" };
                write!(f, "From has mailboxes of {count} domains: {}{more}", names.join(", "))
            }
            Self::SeveralFields(count) => write!(f, "there are {count} From fields"),
            Self::Unreadable { error, .. } => write!(f, "From cannot be read: {}", error.text),
        }
    }
}

/// The domain of the only address in angle brackets at the end of a text. What stands before it may be
/// anything but another author, and must not make a quotation or a comment of it.
fn bracketed(text: &str) -> Option<Name> {
    let (before, rest) = text.split_once('<')?;
    let inside = rest.strip_suffix('>')?;
    if inside.contains(['<', '>', ',', ':', ';']) || !is_closed(before) {
        return None;
    }
    let domain = match mailboxes(inside).ok()?.pop()?.domain {
        Domain::Name(domain) => domain,
        Domain::Literal(_) | Domain::NotAscii(_) => return None,
    };
    let end = format!("@{}", domain.to_string().to_ascii_lowercase());
    let mut addresses = before.split([' ', '\t', ',', ';', ':']).filter(|word| word.contains('@'));
    let other = addresses.find(|word| !word.to_ascii_lowercase().ends_with(&end));
    other.is_none().then_some(domain)
}

impl ReturnPath {
    fn read(text: &str) -> Self {
        if is_null_path(text) {
            return Self::Null;
        }
        let mut mailboxes = mailboxes(text).unwrap_or_default();
        match (mailboxes.pop(), mailboxes.len()) {
            (Some(Mailbox { text: mailbox, domain: Domain::Name(domain) }), 0) => {
                Self::Mailbox { mailbox, domain }
            }
            _ => Self::Unreadable(text.to_owned()),
        }
    }
}

const REQUIRED: [&str; 3] = ["Date", "From", "Message-ID"];

/// More would only fill the output.
const MOST_DOMAINS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(header: &str) -> Origin {
        Origin::of(&Message::read(format!("{header}\n\n").as_bytes()))
    }

    fn name(text: &str) -> Name {
        Name::from_text(text).expect(text)
    }

    #[test]
    fn ok_the_author_domain() {
        for header in [
            "From: Ann <a@example.org>",
            "FROM : a@Example.ORG",
            "From:\n Ann\n <a@example.org>",
            "To: x@example.net\nfrom: a@example.org (x@example.net)",
        ] {
            assert_eq!(origin(header).author, Author::One(name("example.org")), "{header}");
        }
        let same = origin("From: a@example.org, b@EXAMPLE.org").author;
        assert_eq!(same, Author::Same { domain: name("example.org"), mailboxes: 2 });
        assert_eq!(same.domain(), Some(&name("example.org")));
    }

    #[test]
    fn critical_no_author_domain() {
        for (header, says) in [
            ("To: a@example.org", "there is no From"),
            ("From:", "From has no mailbox in it"),
            ("From: Us:;", "From has no mailbox in it"),
            ("From: a@[192.0.2.1]", "From has [192.0.2.1] in place of a domain"),
            (
                "From: a@b\u{fc}cher.example",
                "From has the domain b\u{fc}cher.example, which needs its ASCII form (xn--...)",
            ),
            (
                "From: a@example.org, b@example.net, c@example.org",
                "From has mailboxes of 2 domains: example.org, example.net",
            ),
            ("From: a@example.org\nFrom: a@example.org", "there are 2 From fields"),
            ("From: root", "From cannot be read: this is no address: it has no @"),
            ("From: \"Ann <a@example.org>", "From cannot be read: what begins here has no end"),
            (
                "From: a@example.org <b@example.org> <c@example.org>",
                "From cannot be read: a comma has to come before this",
            ),
            (
                "From: a@example.net <a@example.org>",
                "From cannot be read: a comma has to come before this",
            ),
            (
                "From: a@example.net, Smith, Inc. <a@example.org>",
                "From cannot be read: this is no address: it has no @",
            ),
            (
                "From: x [j] <a@example.net, b@example.org>",
                "From cannot be read: this has no place here",
            ),
            ("From: x [j] <Us: b@example.org;>", "From cannot be read: this has no place here"),
        ] {
            let author = origin(header).author;
            assert_eq!((author.to_string().as_str(), author.domain()), (says, None), "{header}");
        }
        let many: Vec<String> = (0..12).map(|at| format!("a@{at}.example")).collect();
        let Author::Several { domains, count } =
            origin(&format!("From: {}", many.join(","))).author
        else {
            panic!("several domains");
        };
        assert_eq!((domains.len(), count), (MOST_DOMAINS, 12));
    }

    #[test]
    fn warning_what_most_receivers_read_all_the_same() {
        for (header, why) in [
            ("From: a@example.org <a@example.org>", "a comma has to come before this"),
            ("From: Smith, Inc. <a@example.org>", "this is no address: it has no @"),
            ("From: Ann [home] <a@example.org>", "this has no place here"),
        ] {
            let author = origin(header).author;
            assert_eq!(author.domain(), Some(&name("example.org")), "{header}");
            let says = format!(
                "From breaks the grammar: {why}; most receivers take the address of example.org in its \
                 angle brackets"
            );
            assert_eq!(author.to_string(), says);
        }
    }

    #[test]
    fn critical_a_header_that_is_too_long_to_tell() {
        let many = "X: y\n".repeat(1001);
        let long = origin(&format!("From: a@example.org\n{many}Date: x\nFrom: b@example.net"));
        assert_eq!(long.author.domain(), None);
        assert_eq!(long.author.to_string(), "the header has 1004 fields, and not all were read");
        assert_eq!((long.missing, long.repeated), (vec![], vec![]));
    }

    #[test]
    fn warning_required_fields_are_counted() {
        let none = origin("To: a@example.org");
        assert_eq!((none.missing, none.repeated), (vec!["Date", "From", "Message-ID"], vec![]));
        let two = origin("Date: x\nMessage-Id: a\nMESSAGE-ID: b\nFrom: a@example.org");
        assert_eq!((two.missing, two.repeated), (vec![], vec!["Message-ID"]));
    }

    #[test]
    fn ok_the_first_return_path() {
        let mailbox = |mailbox: &str, domain: &str| {
            Some(ReturnPath::Mailbox { mailbox: mailbox.to_owned(), domain: name(domain) })
        };
        for (header, path) in [
            (
                "Return-Path: <a@example.org>\nReturn-Path: <b@example.net>",
                mailbox("a@example.org", "example.org"),
            ),
            ("return-path: a@example.org", mailbox("a@example.org", "example.org")),
            ("Return-Path: <>", Some(ReturnPath::Null)),
            ("Return-Path: <root>", Some(ReturnPath::Unreadable("<root>".to_owned()))),
            (
                "Return-Path: a@x.example, b@x.example",
                Some(ReturnPath::Unreadable("a@x.example, b@x.example".to_owned())),
            ),
            ("To: x", None),
        ] {
            assert_eq!(origin(header).return_path, path, "{header}");
        }
    }
}
