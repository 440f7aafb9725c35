//! The mail domain that an operator names with `-d`.

use std::net::IpAddr;

use crate::contract::{Finding, rule};
use crate::dns::Name;
use crate::plugin::Failure;

/// A mail domain.
#[derive(Clone, Debug)]
pub struct Domain {
    /// As it was given, without a dot at the end.
    pub text: String,
    /// Its name in the DNS; never the root.
    pub name: Name,
}

impl Domain {
    /// Reads the value of `-d`: letters, digits, hyphens, underscores and dots.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what is no mail domain: an empty macro, a name that is not in its ASCII
    /// form (RFC 5890 section 2.3.2.1), an address or a mailbox, and what can be no name.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if text.trim().is_empty() {
            return Err(Failure::usage("-d is empty; leave it out or fill the macro"));
        }
        if !text.is_ascii() {
            return Err(Failure::usage(format!(
                "write the domain {text} in its ASCII form (xn--...)"
            )));
        }
        let wrong = |why: &str| Failure::usage(format!("\"{text}\" is no mail domain: {why}"));
        if let Some((_, domain)) = text.rsplit_once('@') {
            return Err(wrong(&format!("write {domain}")));
        }
        if text.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)) {
            return Err(wrong("it holds other characters than letters, digits, hyphens and dots"));
        }
        if text.parse::<IpAddr>().is_ok() {
            return Err(wrong("it is an address"));
        }
        let name = Name::from_text(text).map_err(|error| wrong(&error.to_string()))?;
        if name.is_root() {
            return Err(wrong("it is the root of the DNS"));
        }
        Ok(Self { text: text.strip_suffix('.').unwrap_or(text).to_owned(), name })
    }
}

/// The finding of a domain that is not there, or is an alias of one that is not.
pub fn no_such_domain(alias: Option<&Name>) -> Finding {
    let text = match alias {
        Some(target) => format!("is an alias of {target}, which does not exist in the DNS"),
        None => "does not exist in the DNS".to_owned(),
    };
    Finding::broken(&rule::DOMAIN_NOT_FOUND, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_a_domain_keeps_its_text_but_for_the_last_dot() {
        let domain = Domain::parse("_Spf.Example.org.").expect("a domain");
        assert_eq!(domain.text, "_Spf.Example.org");
        assert_eq!(Some(domain.name), Name::from_text("_spf.example.org").ok());
    }

    #[test]
    fn unknown_what_is_no_domain_is_bad_usage() {
        for text in ["", " ", "m\u{fc}ller.example", "a@b.example", "a/b", "192.0.2.1", "a..b", "."]
        {
            assert!(matches!(Domain::parse(text), Err(Failure::Usage(_))), "{text}");
        }
    }
}
