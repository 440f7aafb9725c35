//! Whose mail is judged: one client with what it says of itself.

use std::net::IpAddr;

/// A client and the identity that it uses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    /// Its address. An IPv4-mapped IPv6 address is the IPv4 one (RFC 7208 section 5).
    pub address: IpAddr,
    /// Whom the mail is from.
    pub sender: Mailbox,
    /// The name in its HELO or EHLO, as it was said.
    pub helo: String,
}

/// A mailbox, as it was said: nothing about it has to be right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mailbox {
    /// What stands before the last at-sign.
    pub local_part: String,
    /// What stands behind it: whose policy is evaluated.
    pub domain: String,
}

impl Client {
    /// A client that says `helo`. The null sender stands for postmaster at the HELO name (section
    /// 2.4).
    pub fn new(address: IpAddr, sender: Option<Mailbox>, helo: &str) -> Self {
        let sender = sender.unwrap_or_else(|| Mailbox::postmaster(helo));
        Self { address: address.to_canonical(), sender, helo: helo.to_owned() }
    }
}

impl Mailbox {
    /// The person in charge of a domain.
    pub fn postmaster(domain: &str) -> Self {
        Self { local_part: POSTMASTER.to_owned(), domain: domain.to_owned() }
    }

    /// Splits at the last at-sign; without a local part it is the postmaster's (section 4.3). The
    /// null sender, empty or `<>`, is none.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('<').and_then(|it| it.strip_suffix('>')).unwrap_or(text);
        match bare.rsplit_once('@') {
            _ if bare.is_empty() => None,
            Some(("", domain)) => Some(Self::postmaster(domain)),
            Some((local_part, domain)) => {
                Some(Self { local_part: local_part.to_owned(), domain: domain.to_owned() })
            }
            None => Some(Self::postmaster(bare)),
        }
    }
}

impl std::fmt::Display for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local_part, self.domain)
    }
}

const POSTMASTER: &str = "postmaster";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_whoever_is_said_to_send_becomes_a_mailbox() {
        for (sender, mailbox) in [
            ("a@example.org", "a@example.org"),
            ("<a@example.org>", "a@example.org"),
            ("", "postmaster@mx.example.net"),
            ("<>", "postmaster@mx.example.net"),
            ("@example.org", "postmaster@example.org"),
            ("example.org", "postmaster@example.org"),
            ("a@b@[192.0.2.1]", "a@b@[192.0.2.1]"),
        ] {
            let address = IpAddr::from([192, 0, 2, 1]);
            let client = Client::new(address, Mailbox::parse(sender), "mx.example.net");
            assert_eq!(client.sender.to_string(), mailbox, "{sender}");
        }
        let mapped = Client::new("::FFFF:192.0.2.1".parse().expect("an address"), None, "");
        assert_eq!(mapped.address.to_string(), "192.0.2.1");
    }
}
