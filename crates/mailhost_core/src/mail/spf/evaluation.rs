//! What comes of an evaluation.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use super::record::Qualifier;
use crate::dns::{Failure, Name};

/// The results of `check_host()` (RFC 7208 section 2.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpfResult {
    /// There is no policy (section 2.6.1).
    None,
    /// The policy says nothing about the client (section 2.6.2).
    Neutral,
    /// The client may send (section 2.6.3).
    Pass,
    /// It may not (section 2.6.4).
    Fail,
    /// It most likely may not (section 2.6.5).
    SoftFail,
    /// The DNS did not say; it may later (section 2.6.6).
    TempError,
    /// The policy cannot be evaluated, and somebody has to mend it (section 2.6.7).
    PermError,
}

/// What came of one evaluation, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Evaluation {
    /// The client.
    pub address: IpAddr,
    /// The domain in whose name it sends.
    pub domain: String,
    /// What a receiver would say.
    pub result: SpfResult,
    /// The term that decided, behind the includes and redirects that led to it.
    pub path: Vec<Step>,
    /// Why there is no other result: of none, temperror and permerror.
    pub reason: Option<String>,
    /// What the DNS did not say: of temperror.
    pub failure: Option<Failure>,
    /// What the domain has to say to a client that fails (section 6.2).
    pub explanation: Option<String>,
    /// The number of terms that needed the DNS, of which ten may (section 4.6.4).
    pub lookups: u32,
    /// Those of them for which it has nothing.
    pub voids: Vec<Void>,
    /// Whether a term asked the DNS about the address itself, so that a neighbour's result can be
    /// another one.
    pub by_address: bool,
    /// The last address behind this one with which every term met would have gone the same way; the
    /// last of all where none is about networks.
    #[serde(skip)]
    pub same_up_to: IpAddr,
}

/// A term of a record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Step {
    /// Whose record it is in.
    pub domain: String,
    /// As it is written there.
    pub term: String,
}

/// A term for which the DNS has nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Void {
    /// Whose record it is in.
    pub domain: String,
    /// As it is written there.
    pub term: String,
    /// The name that was asked about.
    pub name: Name,
}

impl SpfResult {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Neutral,
        Self::Pass,
        Self::Fail,
        Self::SoftFail,
        Self::TempError,
        Self::PermError,
    ];

    /// As it is written in a Received-SPF field (section 9.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

impl From<Qualifier> for SpfResult {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Fail => Self::Fail,
            Qualifier::Neutral => Self::Neutral,
            Qualifier::Pass => Self::Pass,
            Qualifier::SoftFail => Self::SoftFail,
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Void {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.term, self.domain)
    }
}
