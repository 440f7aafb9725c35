//! Options turned into a configuration that cannot be wrong.

mod choose;
mod keys;
mod targets;
mod zone;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use mailhost_core::contract::{Range, State, Thresholds, Unit};
use mailhost_core::dns::{self, Name};
use mailhost_core::mail::Domain;
use mailhost_core::net::Family;
use mailhost_core::plugin::{Failure, Options as _};

use crate::args::{Args, MinAnswers};
use crate::lists::{Kind, List, Subject};

pub(crate) use targets::Host;
pub(crate) use zone::may_hold_key;

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    /// As the operator would name it.
    pub(crate) target: String,
    pub(crate) hosts: Vec<Host>,
    pub(crate) domains: Vec<Domain>,
    /// Whether the addresses of the domains' mail exchangers are looked at.
    pub(crate) mx: bool,
    /// The same of those that SPF lets send.
    pub(crate) spf_senders: bool,
    pub(crate) family: Family,
    /// Never empty.
    pub(crate) lists: Vec<Chosen>,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) score: Thresholds,
    pub(crate) min_answers: MinAnswers,
    pub(crate) nameservers: Vec<SocketAddr>,
    pub(crate) state_dir: Option<PathBuf>,
    /// Whether every question is shown, at `-vvv`.
    pub(crate) log: bool,
    /// The state of a domain whose servers fail, and of one whose servers say nothing.
    pub(crate) when_unreachable: State,
    pub(crate) when_silent: State,
}

/// A list that is asked.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) list: List,
    /// The list's zone as it is shown: in lower case, without a key.
    pub(crate) name: Rc<str>,
    /// What the names asked about end in: the zone, behind the key if there is one.
    pub(crate) zone: Name,
    pub(crate) key: Option<Key>,
}

impl Chosen {
    /// What the state file calls the test of the list. Of a list with a key it knows nothing: another key
    /// may be answered otherwise.
    pub(crate) fn test_key(&self, kind: Kind) -> Option<String> {
        self.key.is_none().then(|| format!("{} {}", self.name, kind.name()))
    }
}

/// A user's key for a list. It is never shown, so it has no Debug.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// Whether it stands on the command line.
    pub(crate) from_argv: bool,
}

/// Without the key.
impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.list)
    }
}

/// A listing that the operator knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) zone: Name,
    pub(crate) subject: Subject,
}

impl Config {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Failure`] for options that contradict each other or that nothing would come of, and for files
    /// that cannot be used.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        let lists = choose::lists(&args.choice)?;
        let (hosts, domains) = targets::named(&args.target, &lists)?;
        let families = &args.target.families;
        let at_most = |most| Some(Range::at_most(most, Unit::Count));
        Ok(Self {
            target: args.target(),
            hosts,
            domains,
            mx: args.target.mx,
            spf_senders: args.target.spf_senders,
            family: match (families.ipv4, families.ipv6) {
                (true, _) => Family::V4,
                (false, true) => Family::V6,
                (false, false) => Family::Any,
            },
            accepted: targets::accepted(&args.choice.accept, &lists)?,
            lists,
            score: Thresholds {
                warning: args.limits.warning.or(at_most(0.0)),
                critical: args.limits.critical.or(at_most(1.0)),
            },
            min_answers: args.limits.min_answers.unwrap_or(MinAnswers::Percent(50.0)),
            nameservers: args.dns.nameserver.clone(),
            state_dir: args.state.state_dir.clone(),
            log: args.general.verbose >= 3,
            when_unreachable: args.general.state_when_unreachable(),
            when_silent: args.general.state_when_silent(),
        })
    }

    /// A failure without the keys: a server may repeat the question when it says why.
    pub(crate) fn hiding_keys(&self, failure: &dns::Failure) -> dns::Failure {
        let detail = failure.detail.as_ref().map(|detail| self.without_keys(detail));
        dns::Failure { detail, ..failure.clone() }
    }

    /// A text without the keys, which are in the names that keyed lists are asked about.
    pub(crate) fn without_keys(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for key in self.lists.iter().filter_map(|it| it.key.as_ref()) {
            // The DNS may give back what it was asked in letters of another case.
            while let Some(at) = shown.to_ascii_lowercase().find(&key.text) {
                shown.replace_range(at..at + key.text.len(), HIDDEN);
            }
        }
        shown
    }
}

/// Stands for a key.
const HIDDEN: &str = "(key)";
