//! What was seen. Plain data; a wrong answer is a variant, not an error.

use std::rc::Rc;

use mailhost_core::dns::{Failure, Name};
use mailhost_core::mail::Network;
use mailhost_core::net::ResolveFault;
use serde::Serialize;

use crate::history::Past;
use crate::lists::{Kind, Reading, Subject};

/// Everything the probe saw.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// When it was, in seconds since 1970.
    pub(crate) now: i64,
    pub(crate) targets: Vec<Target>,
    /// What the lists said of their own test entries.
    pub(crate) tests: Vec<Tested>,
    /// What was to be a target and is none.
    pub(crate) unseen: Vec<Unseen>,
    /// Why the resolver knows nothing at all, if it does not even know the root's name servers.
    pub(crate) resolver: Option<Failure>,
    pub(crate) history: History,
    /// The name servers that were asked; others may be answered otherwise.
    pub(crate) via: String,
    /// The packets that asked, those that were sent again too.
    pub(crate) queries: u64,
    /// The whole run, in seconds.
    pub(crate) time: f64,
    /// Every question with its answer, for `-vvv`; without keys.
    #[serde(skip)]
    pub(crate) log: Vec<String>,
}

/// An address or a domain that lists were asked about.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Target {
    pub(crate) subject: Subject,
    /// The host whose address it is; none where it was given itself.
    pub(crate) of: Option<String>,
    /// What the lists say that know its kind.
    pub(crate) lists: Vec<Look>,
}

/// What one list says of one target.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Look {
    /// Which of the configured lists it is.
    #[serde(skip)]
    pub(crate) list: usize,
    pub(crate) zone: Rc<str>,
    #[serde(flatten)]
    pub(crate) reply: Reply,
    /// What the list says in words (TXT).
    pub(crate) reasons: Vec<String>,
    /// What it comes to, once it is weighed.
    #[serde(flatten)]
    pub(crate) judged: Option<Judged>,
}

/// A verdict, and what it rests on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// Why the list cannot be believed; empty where it can.
    pub(crate) why: String,
}

/// What one list says of one target, as far as it can be believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is on a list on which it is good to be.
    Allowed,
    /// The list lists the world, or nothing, or answers what no list can mean.
    Broken,
    /// The list says something that does not count.
    Information,
    /// It is on the list.
    Listed,
    /// It is not.
    NotListed,
    /// The list says that it should not send mail itself.
    Policy,
    /// The list does not answer this resolver.
    Refused,
    /// The list failed or said nothing in time.
    Unanswered,
}

impl Verdict {
    /// Whether the list can be believed.
    pub(crate) fn is_answer(self) -> bool {
        !matches!(self, Self::Broken | Self::Refused | Self::Unanswered)
    }
}

/// What came back from a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Failed(Failure),
    /// There is no such name, or it has no address.
    Nothing,
    /// An answer to be read.
    Said(Reading),
}

/// How a list did with its test entries of one kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tested {
    #[serde(skip)]
    pub(crate) list: usize,
    pub(crate) zone: Rc<str>,
    pub(crate) kind: Kind,
    /// What it must list.
    pub(crate) listed: Point,
    /// What it must not.
    pub(crate) clean: Point,
}

impl Tested {
    /// Whether it rests on an earlier run, be it in part.
    pub(crate) fn is_remembered(&self) -> bool {
        [&self.listed, &self.clean].iter().any(|point| matches!(point, Point::Remembered(_)))
    }
}

/// What is known of a test entry.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Point {
    /// The list is not known to have one.
    None,
    /// It was well at this time, not long ago, in seconds since 1970.
    Remembered(i64),
    Seen(Reply),
}

/// What was to be a target and is none, or not all of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unseen {
    /// The SPF of a domain lets networks send that are larger than is looked at.
    Networks(String, Vec<Network>),
    /// A domain has no mail exchanger, or a null MX.
    NoExchanger(String),
    /// No mail exchanger of a domain has an address of the family that is wanted.
    NoExchangerAddress(String),
    /// The SPF of a domain names no address, or small network, of the family that is wanted.
    NoSender(String),
    /// A domain has no SPF record that can be read.
    NoSpf(String),
    /// A host has no address, of the family that is wanted.
    NoAddress(String),
    /// A domain does not exist.
    NoDomain(String),
    /// An address that no list can know, and why.
    NotPublic(Subject, Option<String>, &'static str),
    /// The addresses of a host are not known, because the system's resolver does not give them.
    Host(String, ResolveFault),
    /// Those of a mail exchanger.
    Exchanger(String, Name, Failure),
    /// Nor what the mail exchangers of a domain are.
    Mx(String, Failure),
    /// Nor the SPF of a domain, or a part of it.
    Spf(String, Failure),
    /// Nor the addresses of a host of `-H`.
    HostFailed(String, Failure),
    /// There is no list that knows its kind.
    NoList(Kind),
    /// There are so many more.
    TooMany(usize),
}

/// What is known of earlier runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    Known {
        before: Option<Past>,
    },
    /// Why nothing is.
    Unusable(String),
}
