//! What was seen. Plain data; a wrong answer is a variant, not an error.

use std::rc::Rc;

use mailhost_core::dns::{AliasConflict, Failure, Name};
use mailhost_core::mail::servers::Server;
use mailhost_core::mail::spf::{self, Evaluation};
use mailhost_core::mail::{Alias, SyntaxError};
use serde::Serialize;

use crate::bimi::BimiRecord;
use crate::dkim::{KeyState, PublicKey, Published};
use crate::dmarc::{Found, ReportUri, Walk};
use crate::history::Past;
use crate::message::{HeaderEnd, Origin, Verified};
use crate::selector::Selector;

/// Everything the probe saw.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    pub(crate) domain: Option<String>,
    /// When it was, in seconds since 1970.
    pub(crate) now: i64,
    /// Why the resolver knows nothing at all.
    pub(crate) resolver: Option<Failure>,
    /// Whether the domain of `-d` is there.
    pub(crate) existence: Option<Existence>,
    pub(crate) dkim: Option<Dkim>,
    pub(crate) dmarc: Option<Dmarc>,
    /// The sender policy of the domain, which decides whether mail can pass by SPF.
    pub(crate) spf: Option<spf::Published>,
    /// The organization's own means to pass, where they count for the domain too.
    pub(crate) organization: Option<Organization>,
    pub(crate) bimi: Option<Bimi>,
    /// What `--message` asks for.
    pub(crate) mail: Option<Mail>,
    /// What `--consistency` asks for, zone by zone.
    pub(crate) servers: Vec<Vec<Server>>,
    /// What it asks for and whose name servers are not known.
    pub(crate) unserved: Vec<String>,
    pub(crate) history: Option<History>,
    /// The packets that asked, those that were sent again too.
    pub(crate) queries: u64,
    /// The whole run, in seconds.
    pub(crate) time: f64,
    /// Every question with its answer, for `-vvv`.
    #[serde(skip)]
    pub(crate) log: Vec<String>,
}

impl Facts {
    /// Whether it is certain that the domain of `-d` is not in the DNS.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.existence, Some(Existence::Missing(_))) && !self.has_something_below()
    }

    /// Whether a record was found below the domain: then it exists, although some old servers deny a
    /// name that only has others below it.
    pub(crate) fn has_something_below(&self) -> bool {
        let step = self.dmarc.as_ref().and_then(|dmarc| dmarc.walk.steps.first());
        let of_dmarc = step.is_some_and(|step| match step.found {
            Found::Failed(_) => false,
            Found::Missing => !step.look_alikes.is_empty() || !step.others.is_empty(),
            Found::One(_) | Found::Several(_) => true,
        });
        let is_key = |key: &Key| {
            let state = key.published.as_ref().map(|published| &published.state);
            let none = matches!(state, Err(_) | Ok(KeyState::Failed(_) | KeyState::Missing));
            !key.selector.foreign && !none
        };
        let of_dkim = self
            .dkim
            .as_ref()
            .is_some_and(|dkim| dkim.below == Below::Something || dkim.keys.iter().any(is_key));
        of_dmarc || of_dkim
    }
}

/// Whether a domain is in the DNS.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Existence {
    Exists,
    Failed(Failure),
    /// It is not; or it is an alias of a name that is not.
    Missing(Option<Name>),
}

/// An organizational domain above the domain of `-d`, for which relaxed alignment lets it speak (RFC
/// 9989 section 4.4).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Organization {
    pub(crate) domain: Name,
    pub(crate) spf: spf::Published,
    pub(crate) below: Below,
}

/// The keys.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Dkim {
    pub(crate) keys: Vec<Key>,
    /// Whether there is anything below the domain's `_domainkey`.
    pub(crate) below: Below,
    /// What a selector of the domain that nobody uses gets, where that is a record.
    pub(crate) wildcard: Option<Rc<Published>>,
}

/// What there is below a domain's `_domainkey`. A server that denies what only has names below it, as
/// some old ones do, makes it look empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Below {
    Failed(Failure),
    Nothing,
    Something,
}

/// One selector.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    pub(crate) selector: Selector,
    /// What there is at its name, or why it can be none.
    pub(crate) published: Result<Rc<Published>, String>,
    pub(crate) below: Below,
    /// What a selector that nobody uses gets, where that is a record: then every selector gets one.
    pub(crate) wildcard: Option<Rc<Published>>,
    /// The public part of the local key, or why it is not known.
    pub(crate) local: Option<Result<PublicKey, String>>,
    /// The way up from its domain, where that is another than the one of `-d`.
    pub(crate) walk: Option<Walk>,
}

impl Key {
    pub(crate) fn state(&self) -> Option<&KeyState> {
        self.published.as_ref().ok().map(|published| &published.state)
    }

    /// Whether it gets what every other selector gets.
    pub(crate) fn is_wildcard(&self) -> bool {
        let wildcard = self.wildcard.as_ref().map(|published| &published.state);
        wildcard.is_some() && wildcard == self.state()
    }
}

/// The DMARC record and what belongs to it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Dmarc {
    pub(crate) walk: Walk,
    /// An alias where the domain's own record is.
    pub(crate) alias: Alias,
    /// Records at the domain itself, where nobody looks for them.
    pub(crate) at_domain: Vec<String>,
    /// Records below the domain with the domain written twice, as happens in zone files.
    pub(crate) at_doubled: Vec<String>,
    /// Where reports go.
    pub(crate) destinations: Vec<Destination>,
    /// Those that were not looked at, where they are very many.
    pub(crate) more_destinations: usize,
}

/// A place for reports.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Destination {
    pub(crate) uri: ReportUri,
    pub(crate) authorised: Authorised,
    pub(crate) mail: TakesMail,
}

/// Whether a place for reports wants them (RFC 9990 section 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Authorised {
    Failed(Failure),
    /// It does not say so at this name, where there is perhaps another text.
    No {
        name: Name,
        instead: Option<String>,
    },
    /// It is of the same organization.
    Same,
    Yes,
}

/// Whether a domain takes mail.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TakesMail {
    Failed(Failure),
    /// It does not exist.
    NoDomain,
    /// It has neither an MX record nor an address.
    NoHost,
    /// It says that it takes none (RFC 7505).
    Null,
    Yes,
}

/// The BIMI record.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bimi {
    pub(crate) selector: String,
    /// The domain whose record counts: the domain itself, or its organizational domain.
    pub(crate) domain: Name,
    pub(crate) found: BimiFound,
    /// Texts of SPF at its name.
    pub(crate) spf: Vec<String>,
    /// Other texts there.
    pub(crate) others: Vec<String>,
    pub(crate) conflict: Option<AliasConflict>,
    /// Records at the domain itself, where nobody looks for them.
    pub(crate) at_domain: Vec<String>,
}

/// What there is of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BimiFound {
    Failed(Failure),
    Missing,
    One {
        text: String,
        record: BimiRecord,
    },
    Several(Vec<String>),
    /// The domain has none, and whether that of another counts the DNS did not say.
    Undecided(Failure),
    Wrong {
        text: String,
        errors: Vec<SyntaxError>,
    },
}

/// A message.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    /// Whom it says it is from.
    pub(crate) origin: Origin,
    pub(crate) header_end: HeaderEnd,
    /// Its signatures from the top.
    pub(crate) signatures: Vec<Identified<Verified>>,
    /// Those that were not looked at, of very many.
    pub(crate) more_signatures: usize,
    pub(crate) spf: MailSpf,
    /// Whether the author's domain is there.
    pub(crate) existence: Option<Existence>,
    /// The way up from the author's domain, where there is one.
    pub(crate) walk: Option<Walk>,
}

/// A result that speaks for a domain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Identified<T> {
    #[serde(flatten)]
    pub(crate) value: T,
    /// The way up from that domain, where it can be told.
    pub(crate) walk: Option<Walk>,
}

/// What SPF says of a message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailSpf {
    Evaluated(Box<Identified<Evaluation>>),
    /// No sender was given, and the message does not tell one.
    NoReturnPath,
    /// The client is not known.
    NotAsked,
    /// The sender is the null one, and the name in HELO is not known.
    NullSender,
}

/// What is known of earlier runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum History {
    Known(Past),
    /// Why nothing is.
    Unusable(String),
}
