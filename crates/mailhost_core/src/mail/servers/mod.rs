//! The name servers of a zone: which they are, and whether they say the same.
//!
//! [`zone()`] and [`look`] ask the DNS; [`judge`](judge()) weighs what they saw. Names in different
//! zones have different servers, so each zone is looked at and judged by itself.

mod judge;
mod look;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;

use crate::dns::{Answer, Failure, Name, Question};

pub use judge::judge;
pub use look::{look, zone};

/// A zone with its name servers.
#[derive(Clone, Debug, Serialize)]
pub struct Zone {
    /// The name at its top.
    pub name: Name,
    /// The names of its servers (NS), as the resolver knows them; never none.
    pub servers: Vec<Name>,
}

/// What all servers of a zone have to say the same of.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is, as a sentence names it: `MX`, `DKIM selector s1`. Different for each question.
    pub what: String,
    /// The question, which each server gets.
    pub question: Question,
    /// What has to agree of an answer that is no failure, as a sentence can show it; the order does not
    /// matter. Nothing, where the server says that there is nothing.
    pub records: fn(&Answer) -> Vec<String>,
}

/// One name server of a zone, at one address.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// Its name.
    pub name: Name,
    /// None when its address is not known.
    pub address: Option<SocketAddr>,
    /// The zone's serial number there (SOA).
    pub serial: Option<u32>,
    /// The records that it has of each thing that was wanted, or why it says nothing.
    pub says: BTreeMap<String, Result<Vec<String>, Failure>>,
    /// Why it is no server of this zone.
    pub fault: Option<ServerFault>,
}

/// Why a name server is none of the zone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFault {
    /// It does not answer, or with a failure; or its address is not known.
    Failed(Failure),
    /// It does not hold the zone.
    Lame,
    /// It has no address.
    NoAddress,
}

#[cfg(test)]
mod tests;
