//! What an SPF record says (RFC 7208 section 12), and how it is written.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::macro_string::MacroString;
use crate::mail::Network;

/// A record without errors.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Its terms, in their order.
    pub terms: Vec<Term>,
}

/// One term.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Term {
    /// Where it stands in the record, in bytes.
    pub span: Range<usize>,
    /// As it is written there.
    pub text: String,
    /// What it says.
    pub kind: Kind,
}

/// What a term is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A mechanism with the result it has when it matches.
    Directive(Qualifier, Mechanism),
    /// Where the explanation of a fail is (section 6.2).
    Exp(MacroString),
    /// Whose record goes on (section 6.1).
    Redirect(MacroString),
    /// A modifier that RFC 7208 does not know (section 6).
    Unknown {
        /// What stands before the equals sign, in the case in which it was written.
        name: String,
        /// What stands behind it.
        value: String,
    },
}

/// The result of a mechanism that matches (section 4.6.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Qualifier {
    /// `-`.
    Fail,
    /// `?`.
    Neutral,
    /// `+`, or nothing.
    Pass,
    /// `~`.
    SoftFail,
}

/// A mechanism (section 5). Where it may do without a domain, `None` is that of the record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mechanism {
    /// An address of a host (section 5.3).
    A {
        /// The host.
        domain: Option<MacroString>,
        /// Bits of an IPv4 address that have to agree, 0 to 32.
        v4: u8,
        /// Bits of an IPv6 address that have to agree, 0 to 128.
        v6: u8,
    },
    /// Everybody (section 5.1).
    All,
    /// Whether a name has an IPv4 address, whatever it is (section 5.7).
    Exists(MacroString),
    /// Whether another domain's record passes (section 5.2).
    Include(MacroString),
    /// An IPv4 network by its address and prefix length in bits (section 5.6).
    Ip4(Ipv4Addr, u8),
    /// The same of IPv6.
    Ip6(Ipv6Addr, u8),
    /// An address of a domain's mail exchangers (section 5.4).
    Mx {
        /// The domain.
        domain: Option<MacroString>,
        /// Bits of an IPv4 address that have to agree, 0 to 32.
        v4: u8,
        /// Bits of an IPv6 address that have to agree, 0 to 128.
        v6: u8,
    },
    /// A name of the client at or below a domain; not to be used any more (section 5.5).
    Ptr(Option<MacroString>),
}

impl Record {
    /// The target of the redirect that takes effect: not where there is an "all" (section 6.1).
    pub fn redirect(&self) -> Option<(usize, &MacroString)> {
        if self.all().is_some() {
            return None;
        }
        self.terms.iter().enumerate().find_map(|(at, term)| match &term.kind {
            Kind::Redirect(target) => Some((at, target)),
            _ => None,
        })
    }

    /// Where the explanation of a fail is.
    pub fn explanation(&self) -> Option<&MacroString> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Exp(target) => Some(target),
            _ => None,
        })
    }

    /// The first "all", which ends the evaluation, with its place among the terms.
    pub fn all(&self) -> Option<(usize, Qualifier)> {
        self.terms.iter().enumerate().find_map(|(at, term)| match term.kind {
            Kind::Directive(qualifier, Mechanism::All) => Some((at, qualifier)),
            _ => None,
        })
    }

    /// The terms with their places that can take effect: mechanisms up to the first "all".
    pub fn directives(&self) -> impl Iterator<Item = (usize, &Term, Qualifier, &Mechanism)> {
        let end = self.all().map_or(self.terms.len(), |(at, _)| at + 1);
        self.terms.iter().enumerate().take(end).filter_map(|(at, term)| match &term.kind {
            Kind::Directive(qualifier, mechanism) => Some((at, term, *qualifier, mechanism)),
            _ => None,
        })
    }
}

impl Mechanism {
    /// The network that it names itself.
    pub fn network(&self) -> Option<Network> {
        match self {
            Self::Ip4(address, prefix) => Some(Network::new((*address).into(), *prefix)),
            Self::Ip6(address, prefix) => Some(Network::new((*address).into(), *prefix)),
            _ => None,
        }
    }

    /// Whether it needs the DNS, and so counts towards the limit.
    pub fn looks_up(&self) -> bool {
        !matches!(self, Self::All | Self::Ip4(..) | Self::Ip6(..))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        self.terms.iter().try_for_each(|term| write!(f, " {}", term.kind))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(Qualifier::Pass, mechanism) => write!(f, "{mechanism}"),
            Self::Directive(Qualifier::Fail, mechanism) => write!(f, "-{mechanism}"),
            Self::Directive(Qualifier::Neutral, mechanism) => write!(f, "?{mechanism}"),
            Self::Directive(Qualifier::SoftFail, mechanism) => write!(f, "~{mechanism}"),
            Self::Exp(domain) => write!(f, "exp={domain}"),
            Self::Redirect(domain) => write!(f, "redirect={domain}"),
            Self::Unknown { name, value } => write!(f, "{name}={value}"),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |f: &mut fmt::Formatter<'_>, name, domain: &Option<MacroString>, v4, v6| {
            f.write_str(name)?;
            if let Some(domain) = domain {
                write!(f, ":{domain}")?;
            }
            if v4 < 32 {
                write!(f, "/{v4}")?;
            }
            if v6 < 128 { write!(f, "//{v6}") } else { Ok(()) }
        };
        match self {
            Self::A { domain, v4, v6 } => host(f, "a", domain, *v4, *v6),
            Self::All => f.write_str("all"),
            Self::Exists(domain) => write!(f, "exists:{domain}"),
            Self::Include(domain) => write!(f, "include:{domain}"),
            Self::Ip4(address, 32) => write!(f, "ip4:{address}"),
            Self::Ip4(address, prefix) => write!(f, "ip4:{address}/{prefix}"),
            Self::Ip6(address, 128) => write!(f, "ip6:{address}"),
            Self::Ip6(address, prefix) => write!(f, "ip6:{address}/{prefix}"),
            Self::Mx { domain, v4, v6 } => host(f, "mx", domain, *v4, *v6),
            Self::Ptr(None) => f.write_str("ptr"),
            Self::Ptr(Some(domain)) => write!(f, "ptr:{domain}"),
        }
    }
}
