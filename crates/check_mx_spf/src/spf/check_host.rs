//! `check_host()`: whether one client may send in the name of a domain (RFC 7208 section 4).
//!
//! It looks at what the DNS has said so far and goes on where an answer is missing as if nothing
//! matched, so that all that can be asked at once is; see [`Known::settle`].

use std::fmt;
use std::net::IpAddr;

use mailhost_core::dns::{Answer, Data, Failure, Known, Name, Outcome, Question, RecordType};
use serde::Serialize;

use super::client::Client;
use super::limits::{MOST_EXCHANGERS, MOST_LOOKUPS, MOST_VOIDS};
use super::macro_string::{MacroString, Place};
use super::parse::parse;
use super::record::{Kind, Mechanism, Qualifier, Record};
use super::select::select;
use super::validated::{address_type, addresses, client_names};
use crate::network::Network;

/// The results of `check_host()` (section 2.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}

/// What came of one evaluation, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Evaluation {
    /// The client.
    pub(crate) address: IpAddr,
    /// The domain in whose name it sends.
    pub(crate) domain: String,
    pub(crate) result: SpfResult,
    /// The term that decided, behind the includes and redirects that led to it.
    pub(crate) path: Vec<Step>,
    /// Why there is no other result: of none, temperror and permerror.
    pub(crate) reason: Option<String>,
    /// What the domain has to say to a client that fails (section 6.2).
    pub(crate) explanation: Option<String>,
    /// The terms that needed the DNS.
    pub(crate) lookups: u32,
    pub(crate) voids: Vec<Void>,
}

/// A term of a record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Step {
    pub(crate) domain: String,
    pub(crate) term: String,
}

/// A term for which the DNS has nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Void {
    /// Whose record it is in.
    pub(crate) domain: String,
    pub(crate) term: String,
    /// The name that was asked about.
    pub(crate) name: Name,
}

/// Evaluates the policy of the sender's domain for a client, at a time in seconds since 1970.
pub(crate) fn check_host(known: &mut Known, client: &Client, now: i64) -> Evaluation {
    let mut check = Check { known, client, now, lookups: 0, voids: Vec::new(), path: Vec::new() };
    let domain = client.sender.domain.strip_suffix('.').unwrap_or(&client.sender.domain);
    let verdict = check.policy(domain);
    let (result, reason, explanation) = match verdict {
        Ok(Verdict { result, exp }) => {
            let explains = result == SpfResult::Fail;
            let exp = exp.filter(|_| explains);
            (result, None, exp.and_then(|(of, exp)| check.explain(&of, &exp)))
        }
        Err(Stop::NoPolicy(why)) => (SpfResult::None, Some(why), None),
        Err(Stop::Permanent(why)) => (SpfResult::PermError, Some(why), None),
        Err(Stop::Temporary(why)) => (SpfResult::TempError, Some(why), None),
        // What is returned while answers are missing is thrown away.
        Err(Stop::Pending) => (SpfResult::TempError, None, None),
    };
    let Check { lookups, voids, path, .. } = check;
    let domain = domain.to_owned();
    let address = client.address;
    Evaluation { address, domain, result, path, reason, explanation, lookups, voids }
}

struct Check<'a> {
    known: &'a mut Known,
    client: &'a Client,
    now: i64,
    lookups: u32,
    voids: Vec<Void>,
    path: Vec<Step>,
}

/// The result of a record, and where its explanation is, with the domain of that record.
struct Verdict {
    result: SpfResult,
    exp: Option<(String, MacroString)>,
}

/// What ends an evaluation.
#[derive(Debug)]
enum Stop {
    /// There is no record.
    NoPolicy(String),
    /// An answer is missing.
    Pending,
    Permanent(String),
    Temporary(String),
}

impl Check<'_> {
    /// Evaluates the record of a domain.
    fn policy(&mut self, domain: &str) -> Result<Verdict, Stop> {
        let record = self.record(domain)?;
        for (_, term, qualifier, mechanism) in record.directives() {
            if mechanism.looks_up() {
                self.count()?;
            }
            let depth = self.path.len();
            self.path.push(Step { domain: domain.to_owned(), term: term.text.clone() });
            let matched = match self.matches(domain, &term.text, mechanism) {
                Err(Stop::Pending) => false,
                matched => matched?,
            };
            if matched {
                let exp = exp(&record).map(|exp| (domain.to_owned(), exp));
                return Ok(Verdict { result: qualifier.into(), exp });
            }
            self.path.truncate(depth);
        }
        let Some((at, target)) = record.redirect() else {
            return Ok(Verdict { result: SpfResult::Neutral, exp: None });
        };
        self.count()?;
        let term = record.terms.get(at).map(|term| term.text.clone()).unwrap_or_default();
        self.path.push(Step { domain: domain.to_owned(), term: term.clone() });
        let target = self.expand(target, domain)?;
        match self.policy(&target) {
            // Section 6.1.
            Err(Stop::NoPolicy(why)) => {
                Err(Stop::Permanent(format!("{term} leads to no record: {why}")))
            }
            verdict => verdict,
        }
    }

    /// The record of a domain (sections 4.3 to 4.6).
    fn record(&mut self, domain: &str) -> Result<Record, Stop> {
        let name = policy_name(domain).map_err(Stop::NoPolicy)?;
        let answer = self.ask(&name, RecordType::Txt)?;
        if let Some(failure) = answer.failure() {
            return Err(temporary(&name, RecordType::Txt, failure));
        }
        let mut records = select(answer.texts()).records;
        match (records.pop(), records.len()) {
            (None, _) if answer.outcome == Outcome::NxDomain => {
                Err(Stop::NoPolicy(format!("{name} does not exist")))
            }
            (None, _) => Err(Stop::NoPolicy(format!("{name} has no SPF record"))),
            (Some(text), 0) => parse(&text).map_err(|errors| {
                let first = errors.into_iter().next().map(|error| error.text).unwrap_or_default();
                Stop::Permanent(format!("the record of {name} is wrong: {first}"))
            }),
            (Some(_), more) => Err(Stop::Permanent(format!("{name} has {} SPF records", more + 1))),
        }
    }

    fn matches(&mut self, domain: &str, term: &str, mechanism: &Mechanism) -> Result<bool, Stop> {
        let address = self.client.address;
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(network, prefix) => {
                Ok(Network::new((*network).into(), *prefix).contains(address))
            }
            // Also a mapped one: the client's address is the IPv4 one then.
            Mechanism::Ip6(network, prefix) => {
                Ok(Network::new((*network).into(), *prefix).contains(address))
            }
            Mechanism::Include(target) => self.included(domain, target, term),
            Mechanism::A { domain: target, v4, v6 } => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                let answer = self.addresses_of(&name)?;
                self.note_void(domain, term, &name, &answer)?;
                Ok(holds(&answer, address, *v4, *v6))
            }
            Mechanism::Mx { domain: target, v4, v6 } => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                self.exchangers(domain, term, &name, (*v4, *v6))
            }
            Mechanism::Ptr(target) => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                let names = client_names(self.known, address);
                if names.pending {
                    return Err(Stop::Pending);
                }
                if names.void {
                    self.push_void(domain, term, &Name::reverse(address))?;
                }
                Ok(names.validated.iter().any(|it| it.is_within(&name)))
            }
            Mechanism::Exists(target) => {
                let Some(name) = self.target(Some(target), domain)? else { return Ok(false) };
                // IPv4 whatever the client speaks (section 5.7).
                let answer = self.ask(&name, RecordType::A)?;
                if let Some(failure) = answer.failure() {
                    return Err(temporary(&name, RecordType::A, failure));
                }
                self.note_void(domain, term, &name, &answer)?;
                Ok(!answer.records().is_empty())
            }
        }
    }

    /// Section 5.2.
    fn included(&mut self, domain: &str, target: &MacroString, term: &str) -> Result<bool, Stop> {
        let target = self.expand(target, domain)?;
        match self.policy(&target) {
            Ok(verdict) => Ok(verdict.result == SpfResult::Pass),
            Err(Stop::NoPolicy(why)) => {
                Err(Stop::Permanent(format!("{term} leads to no record: {why}")))
            }
            Err(stop) => Err(stop),
        }
    }

    /// Section 5.4. There is no implicit MX here.
    fn exchangers(
        &mut self,
        domain: &str,
        term: &str,
        name: &Name,
        (v4, v6): (u8, u8),
    ) -> Result<bool, Stop> {
        let answer = self.ask(name, RecordType::Mx)?;
        if let Some(failure) = answer.failure() {
            return Err(temporary(name, RecordType::Mx, failure));
        }
        self.note_void(domain, term, name, &answer)?;
        if answer.records().len() > MOST_EXCHANGERS {
            let text = format!("{term} has {} MX records, more than 10", answer.records().len());
            return Err(Stop::Permanent(text));
        }
        let mut pending = false;
        let mut failed = None;
        for record in answer.records() {
            let Data::Mx(_, exchange) = &record.data else { continue };
            if exchange.is_root() {
                continue;
            }
            match self.addresses_of(exchange) {
                Ok(answer) if holds(&answer, self.client.address, v4, v6) => return Ok(true),
                Ok(_) => {}
                Err(Stop::Pending) => pending = true,
                Err(stop) => failed = failed.or(Some(stop)),
            }
        }
        match failed {
            _ if pending => Err(Stop::Pending),
            Some(stop) => Err(stop),
            None => Ok(false),
        }
    }

    /// The name that a mechanism is about: the domain itself where it names none. `None` for what can
    /// be no name, which matches nothing (section 4.8).
    fn target(&mut self, spec: Option<&MacroString>, domain: &str) -> Result<Option<Name>, Stop> {
        let text = match spec {
            Some(spec) => self.expand(spec, domain)?,
            None => domain.to_owned(),
        };
        Ok(Name::from_text(&text).ok())
    }

    /// Expands macros, and cuts what is too long for a name from the left (section 7.3).
    fn expand(&mut self, spec: &MacroString, domain: &str) -> Result<String, Stop> {
        let expanded = self.expand_whole(spec, domain)?;
        let mut text = expanded.strip_suffix('.').unwrap_or(&expanded);
        while text.len() > LONGEST_NAME {
            text = text.split_once('.').map_or("", |(_, rest)| rest);
        }
        Ok(text.to_owned())
    }

    fn expand_whole(&mut self, spec: &MacroString, domain: &str) -> Result<String, Stop> {
        // The names of a client are looked up only where they are wanted.
        let validated = if spec.letters().any(|letter| letter == 'p') {
            let names = client_names(self.known, self.client.address);
            if names.pending {
                return Err(Stop::Pending);
            }
            validated_name(&names.validated, domain)
        } else {
            String::new()
        };
        let client = self.client;
        let sender = &client.sender;
        Ok(spec.expand(|letter| match letter {
            's' => sender.to_string(),
            'l' => sender.local_part.clone(),
            'o' => sender.domain.clone(),
            'd' => domain.to_owned(),
            'i' => dotted(client.address),
            'p' => validated.clone(),
            'v' => if client.address.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            'h' => client.helo.clone(),
            'c' => client.address.to_string(),
            'r' => "unknown".to_owned(),
            't' => self.now.to_string(),
            _ => String::new(),
        }))
    }

    /// What a domain says to those that fail; whatever is wrong with it, there is nothing then.
    fn explain(&mut self, domain: &str, exp: &MacroString) -> Option<String> {
        let target = self.expand(exp, domain).ok()?;
        let answer = self.ask(&Name::from_text(&target).ok()?, RecordType::Txt).ok()?;
        let texts: Vec<Vec<u8>> = answer.texts().collect();
        let [text] = texts.as_slice() else { return None };
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
        let text = MacroString::parse(text, Place::Explanation).ok()?;
        self.expand_whole(&text, domain).ok()
    }

    fn addresses_of(&mut self, name: &Name) -> Result<std::rc::Rc<Answer>, Stop> {
        let kind = address_type(self.client.address);
        let answer = self.ask(name, kind)?;
        match answer.failure() {
            Some(failure) => Err(temporary(name, kind, failure)),
            None => Ok(answer),
        }
    }

    fn ask(&mut self, name: &Name, kind: RecordType) -> Result<std::rc::Rc<Answer>, Stop> {
        self.known.answer(&Question::new(name, kind)).ok_or(Stop::Pending)
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > MOST_LOOKUPS {
            return Err(Stop::Permanent("more than 10 terms need the DNS".to_owned()));
        }
        Ok(())
    }

    fn note_void(
        &mut self,
        domain: &str,
        term: &str,
        name: &Name,
        answer: &Answer,
    ) -> Result<(), Stop> {
        if answer.is_void() { self.push_void(domain, term, name) } else { Ok(()) }
    }

    fn push_void(&mut self, domain: &str, term: &str, name: &Name) -> Result<(), Stop> {
        let (domain, term) = (domain.to_owned(), term.to_owned());
        self.voids.push(Void { domain, term, name: name.clone() });
        if self.voids.len() > MOST_VOIDS {
            return Err(Stop::Permanent("more than 2 terms lead to nothing in the DNS".to_owned()));
        }
        Ok(())
    }
}

/// The name under which a domain's record is, or why there can be none (section 4.3).
fn policy_name(domain: &str) -> Result<Name, String> {
    if domain.is_empty() {
        return Err("there is no domain".to_owned());
    }
    let name = Name::from_text(domain).map_err(|why| format!("{domain} is no domain: {why}"))?;
    if domain.starts_with('[') || name.labels().count() < 2 {
        return Err(format!("{domain} is no domain with a dot in it"));
    }
    Ok(name)
}

fn exp(record: &Record) -> Option<MacroString> {
    record.terms.iter().find_map(|term| match &term.kind {
        Kind::Exp(target) => Some(target.clone()),
        _ => None,
    })
}

fn holds(answer: &Answer, client: IpAddr, v4: u8, v6: u8) -> bool {
    addresses(answer).any(|address| {
        let prefix = if address.is_ipv4() { v4 } else { v6 };
        Network::new(address, prefix).contains(client)
    })
}

/// The domain itself where it is among the names, else one below it, else any (section 7.3).
fn validated_name(names: &[Name], domain: &str) -> String {
    let domain = Name::from_text(domain).ok();
    let is_it = |name: &&Name| domain.as_ref() == Some(*name);
    let is_below = |name: &&Name| domain.as_ref().is_some_and(|domain| name.is_within(domain));
    let best = names.iter().find(is_it).or_else(|| names.iter().find(is_below));
    best.or(names.first()).map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// An address as `%{i}` writes it: IPv6 as nibbles, in the case that other implementations use.
fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
            let nibbles: Vec<String> = nibbles.map(|nibble| format!("{nibble:X}")).collect();
            nibbles.join(".")
        }
    }
}

fn temporary(name: &Name, kind: RecordType, failure: &Failure) -> Stop {
    Stop::Temporary(format!("{kind} {name}: {failure}"))
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

impl SpfResult {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::None,
        Self::Neutral,
        Self::Pass,
        Self::Fail,
        Self::SoftFail,
        Self::TempError,
        Self::PermError,
    ];

    /// As it is written in a Received-SPF field (section 9.1).
    pub(crate) fn name(self) -> &'static str {
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

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Characters of the longest name in text.
const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests;
