//! What was seen. Plain data; a wrong answer is a variant, not an error.

use std::net::IpAddr;

use mailhost_core::dns::{Failure, Name, RecordType};
use mailhost_core::mail::servers::{Server, Zone};
use mailhost_core::mail::spf::{Evaluation, Tree};
use mailhost_core::mail::{Alias, MxAnswer, Network};
use serde::Serialize;

use crate::history::Past;

/// Everything the probe saw.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    pub(crate) domain: Option<String>,
    /// When it was, in seconds since 1970.
    pub(crate) now: i64,
    /// Why the resolver knows nothing at all, if it does not even know the root's name servers.
    pub(crate) resolver: Option<Failure>,
    /// An alias where the domain's own records are, if there is one.
    pub(crate) alias: Alias,
    pub(crate) mx: Option<Mx>,
    pub(crate) spf: Option<Spf>,
    /// What `--ip` asks for.
    pub(crate) evaluation: Option<Evaluation>,
    /// What `--covers` and `--covers-mx` ask for.
    pub(crate) covers: Vec<Covered>,
    /// What they ask for and was not seen.
    pub(crate) not_covered: Vec<Unseen>,
    /// What `--forbid-ip` asks for.
    pub(crate) forbidden: Vec<Evaluation>,
    pub(crate) zone: Option<Zone>,
    /// What `--consistency` asks for.
    pub(crate) servers: Vec<Server>,
    pub(crate) history: Option<History>,
    /// The packets that asked, those that were sent again too.
    pub(crate) queries: u64,
    /// The whole run, in seconds.
    pub(crate) time: f64,
    /// Every question with its answer, for `-vvv`.
    #[serde(skip)]
    pub(crate) log: Vec<String>,
}

/// The mail exchangers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mx {
    pub(crate) answer: MxAnswer,
    /// How long the records may be kept, in seconds; what is left of it, unless a server of the zone
    /// itself was asked.
    pub(crate) ttl: Option<u32>,
    /// Whether it was.
    pub(crate) authoritative: bool,
    /// In the order of their preference. The domain itself, where it stands in for them (RFC 5321
    /// section 5.1).
    pub(crate) hosts: Vec<Host>,
}

/// One mail exchanger.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Host {
    pub(crate) preference: u16,
    pub(crate) name: Name,
    /// What its name is an alias of.
    pub(crate) alias: Option<Name>,
    pub(crate) addresses: Vec<Address>,
    /// Why an address family is not known.
    pub(crate) failure: Option<Failure>,
    /// Which of them are not.
    pub(crate) unknown: Vec<RecordType>,
    /// Whether its addresses were looked for: not of the last ones of very many hosts.
    pub(crate) looked_at: bool,
    /// Addresses that it has besides, when they are very many.
    pub(crate) more_addresses: usize,
}

/// One address of a mail exchanger.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Address {
    pub(crate) address: IpAddr,
    pub(crate) reverse: Reverse,
}

/// What the name of an address says (RFC 1912 section 2.1).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reverse {
    /// It leads back to the address.
    Confirmed(Name),
    Failed(Failure),
    Missing,
    /// It leads elsewhere, or nowhere.
    Unconfirmed(Vec<Name>),
}

/// The sender policy.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spf {
    pub(crate) tree: Tree,
    /// Whether there is a record of SPF's own type 99.
    pub(crate) type_99: bool,
    /// What is wrong with the place that `exp` names.
    pub(crate) explanation: Option<Explanation>,
}

/// Why an explanation cannot be used (RFC 7208 section 6.2).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Explanation {
    /// The DNS did not say.
    Failed(Name, Failure),
    /// There is no text at its name.
    Missing(Name),
    /// The text at its name is not ASCII.
    NotAscii(Name),
    /// What it names can be no name.
    NoName(String),
    /// There are so many texts at its name.
    Several(Name, usize),
    /// The text at its name breaks the grammar of macros, and how.
    Wrong(Name, String),
}

/// Whether a network may send in a name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Covered {
    pub(crate) network: Network,
    /// The mail exchanger whose address it is, with `--covers-mx`.
    pub(crate) host: Option<Name>,
    pub(crate) domain: String,
    /// Those parts of it that do not pass.
    pub(crate) failing: Vec<Gap>,
}

/// Addresses that do not pass, from the first to the last, and what happens to them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Gap {
    pub(crate) first: IpAddr,
    pub(crate) last: IpAddr,
    pub(crate) evaluation: Evaluation,
}

/// What `--covers` and `--covers-mx` ask for and was not seen.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unseen {
    /// The policy of a domain asks the DNS about each address, and only the first of these was
    /// evaluated.
    ByAddress { first: IpAddr, last: IpAddr, domain: String },
    /// What the mail exchangers are is not known.
    Exchangers(Failure),
    /// The addresses of one are not known.
    Host(Name, Failure),
    /// Nor those of this one, of very many.
    HostSkipped(Name),
    /// One has no address.
    NoAddress(Name),
    /// There is none.
    NoExchanger,
    /// The policy cuts a network into very many parts, of which the last were not evaluated.
    Parts { network: Network, up_to: IpAddr },
}

/// What is known of earlier runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    Known(Past),
    /// Why nothing is.
    Unusable(String),
}
