//! What was seen. Plain data; a wrong answer is a variant, not an error.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use mailhost_core::dns::{AliasConflict, Failure, Name};
use serde::Serialize;

use crate::history::Past;
use crate::network::Network;
use crate::spf::{Evaluation, Tree};

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
    /// What they ask for and could not be told, as sentences.
    pub(crate) not_covered: Vec<String>,
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

/// A domain that is an alias.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Alias {
    pub(crate) target: Option<Name>,
    pub(crate) conflict: Option<AliasConflict>,
}

/// The mail exchangers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mx {
    pub(crate) answer: MxAnswer,
    /// How long the records may be kept, in seconds.
    pub(crate) ttl: Option<u32>,
    /// In the order of their preference. The domain itself, where it stands in for them (RFC 5321
    /// section 5.1).
    pub(crate) hosts: Vec<Host>,
}

/// What the DNS says of a domain's mail exchangers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MxAnswer {
    Failed(Failure),
    /// There is no MX record; the domain's own address counts.
    Implicit,
    /// The domain does not exist.
    NoDomain,
    Records,
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
    /// Whether its addresses were looked for: not of the last ones of very many hosts.
    pub(crate) looked_at: bool,
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
    pub(crate) explanation: Option<String>,
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

/// The zone that the domain is in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Zone {
    pub(crate) name: Name,
    pub(crate) servers: Vec<Name>,
}

/// One name server of the zone, at one address.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Server {
    pub(crate) name: Name,
    /// None when its address is not known.
    pub(crate) address: Option<SocketAddr>,
    /// The zone's serial number there.
    pub(crate) serial: Option<u32>,
    /// What it says of each kind of record, or why it says nothing.
    pub(crate) says: BTreeMap<String, Result<Vec<String>, String>>,
    /// Why it is no server of this zone.
    pub(crate) fault: Option<String>,
}

/// What is known of earlier runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    Known(Past),
    /// Why nothing is.
    Unusable(String),
}
