//! What an audit sees: the tree of records.

use std::net::IpAddr;
use std::rc::Rc;

use serde::Serialize;

use super::evaluation::Void;
use super::policies::{Policy, Published};
use super::record::{Qualifier, Record};
use crate::dns::{Failure, Name};
use crate::mail::Network;

/// All that a domain's policy consists of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tree {
    /// The domain's own record.
    pub root: Node,
    /// The terms that have nothing in the DNS, whoever the client is.
    pub voids: Vec<Void>,
    /// Those that have no IPv4 address, for clients that come over IPv4.
    pub voids_ipv4: Vec<Void>,
    /// The same for IPv6.
    pub voids_ipv6: Vec<Void>,
    /// The networks from which the domain may send.
    pub networks: Vec<Passing>,
    /// The terms that match everybody, and say nothing about them.
    pub neutral: Vec<String>,
    /// Whether there is more than was looked at.
    pub cut: bool,
}

/// A network from which the domain may send, and the term that says so.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Passing {
    /// The addresses that pass.
    pub network: Network,
    /// Whose record the term is in.
    pub domain: Rc<str>,
    /// As it is written there.
    pub term: Rc<str>,
    /// The term's place in its record.
    pub index: usize,
    /// Whether the term is in the domain's own record, or in one that it redirects to.
    pub own: bool,
}

/// The record of one domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// The domain.
    pub domain: String,
    /// Whether it is the domain's own policy, or one that it redirects to, and not an included one.
    pub own: bool,
    /// What a pass of this record is for the domain: `None` where it is nothing.
    #[serde(skip)]
    pub means: Option<Qualifier>,
    /// The record itself, or why there is none to look at.
    pub found: Found,
    /// The number of terms of this record and those below it that need the DNS.
    pub lookups: u32,
    /// What became of each of its own.
    pub looked: Vec<Looked>,
}

/// What there is of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It leads back to a record that leads to it: from there to here.
    Loop(Vec<String>),
    /// Its name can be none, and why.
    NoName(String),
    /// This.
    Policy(Rc<Policy>),
    /// Not looked at any more.
    TooMany,
}

/// A term that needs the DNS, and what that says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Looked {
    /// As it is written in the record.
    pub term: String,
    /// What the DNS says.
    pub seen: Seen,
    /// What besides is not known.
    pub failure: Option<Failure>,
}

/// What the DNS says of a term.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// It depends on the client.
    Depends,
    /// Something, which is all that `exists` asks.
    Exists,
    /// Mail exchangers.
    Exchangers {
        /// The number of MX records.
        count: usize,
        /// Those of the first ten that have no address.
        without: Vec<Name>,
        /// The addresses of these ten.
        addresses: Vec<IpAddr>,
    },
    /// A host without address, which is nothing to a term that compares names (`ptr`).
    NoHost(Name),
    /// Its name can be none.
    NoName,
    /// Nothing.
    Nothing,
    /// Not known.
    Unknown,
    /// The record of an include or a redirect.
    Record(Box<Node>),
}

impl Tree {
    /// Whether all of it was seen, so that its numbers are exact.
    pub fn is_whole(&self) -> bool {
        !self.cut && !self.root.all().iter().any(|node| node.has_failed())
    }
}

impl Node {
    /// Adds what was seen of a term.
    pub(super) fn note(&mut self, term: &str, seen: Seen, failure: Option<Failure>) {
        if let Seen::Record(below) = &seen {
            self.lookups += below.lookups;
        }
        self.looked.push(Looked { term: term.to_owned(), seen, failure });
    }

    /// This record and all below it, this one first.
    pub fn all(&self) -> Vec<&Self> {
        let mut nodes = vec![self];
        for looked in &self.looked {
            if let Seen::Record(below) = &looked.seen {
                nodes.extend(below.all());
            }
        }
        nodes
    }

    /// Whether something about this record alone is not known.
    fn has_failed(&self) -> bool {
        let failed = |looked: &Looked| looked.failure.is_some();
        matches!(self.published(), Some(Published::Failed(_))) || self.looked.iter().any(failed)
    }

    /// What there is at its name, if that was looked at.
    pub fn policy(&self) -> Option<&Policy> {
        match &self.found {
            Found::Policy(policy) => Some(policy),
            _ => None,
        }
    }

    /// What was published at its name.
    pub fn published(&self) -> Option<&Published> {
        self.policy().map(|policy| &policy.published)
    }

    /// The record, where it is right.
    pub fn record(&self) -> Option<&Record> {
        self.policy().and_then(Policy::record)
    }

    /// The text of the record, right or wrong.
    pub fn text(&self) -> Option<&str> {
        match self.published()? {
            Published::One { text, .. } | Published::Wrong { text, .. } => Some(text),
            _ => None,
        }
    }
}
