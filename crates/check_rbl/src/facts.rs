//! What was seen. Plain data; a wrong answer is a variant, not an error.

use std::rc::Rc;

use mailhost_core::dns::{Failure, Name};
use mailhost_core::mail::Network;
use mailhost_core::net::ResolveFault;
use serde::Serialize;

use crate::history::Past;
use crate::judge::Judged;
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
    /// What judge makes of it.
    #[serde(flatten)]
    pub(crate) judged: Option<Judged>,
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
    /// The SPF of a domain lets nobody send, or only by what depends on the client.
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
