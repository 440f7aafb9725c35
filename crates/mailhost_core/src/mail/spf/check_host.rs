//! `check_host()`: whether one client may send in the name of a domain (RFC 7208 section 4).
//!
//! It looks at what the DNS has said so far and goes on where an answer is missing as if nothing
//! matched, so that all that can be asked at once is; see [`Known::settle`].

mod expansion;

use std::net::IpAddr;
use std::rc::Rc;

use super::client::Client;
use super::evaluation::{Evaluation, SpfResult, Step, Void};
use super::limits::{MOST_EXCHANGERS, MOST_LOOKUPS, MOST_VOIDS};
use super::macro_string::MacroString;
use super::policies::{Policies, Policy, Published};
use super::record::{Mechanism, Record, Term};
use super::target::policy_name;
use super::validated::client_names;
use crate::dns::{Answer, Data, Failure, Known, Name, Question, RecordType};
use crate::mail::Network;

/// Evaluates the policy of the sender's domain for a client, at a time in seconds since 1970. What it
/// says counts once nothing is missing any more; see [`Known::settle`].
pub fn check_host(
    known: &mut Known,
    policies: &mut Policies,
    client: &Client,
    now: i64,
) -> Evaluation {
    let domain = client.sender.domain.strip_suffix('.').unwrap_or(&client.sender.domain);
    let mut check = Check {
        known,
        policies,
        client,
        now,
        lookups: 0,
        voids: Vec::new(),
        path: Vec::new(),
        by_address: false,
        same_up_to: Network::new(client.address, 0).last(),
    };
    let verdict = check.policy(domain);
    let explanation = match &verdict {
        Ok(Verdict { result: SpfResult::Fail, exp: Some((of, exp)) }) => check.explain(of, exp),
        _ => None,
    };
    let (result, reason, failure) = match verdict {
        Ok(verdict) => (verdict.result, None, None),
        Err(Stop::NoPolicy(why)) => (SpfResult::None, Some(why), None),
        Err(Stop::Permanent(why)) => (SpfResult::PermError, Some(why), None),
        Err(Stop::Temporary(why, failure)) => (SpfResult::TempError, Some(why), Some(failure)),
        // What is returned while answers are missing is thrown away.
        Err(Stop::Pending) => (SpfResult::TempError, None, None),
    };
    let Check { lookups, voids, path, by_address, same_up_to, .. } = check;
    Evaluation {
        address: client.address,
        domain: domain.to_owned(),
        result,
        path,
        reason,
        failure,
        explanation,
        lookups,
        voids,
        by_address,
        same_up_to,
    }
}

struct Check<'a> {
    known: &'a mut Known,
    policies: &'a mut Policies,
    client: &'a Client,
    now: i64,
    lookups: u32,
    voids: Vec<Void>,
    path: Vec<Step>,
    by_address: bool,
    same_up_to: IpAddr,
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
    Temporary(String, Failure),
}

impl Check<'_> {
    /// Evaluates the record of a domain.
    fn policy(&mut self, domain: &str) -> Result<Verdict, Stop> {
        let policy = self.read(domain)?;
        let record = record(domain, &policy)?;
        for (_, term, qualifier, mechanism) in record.directives() {
            if self.term(domain, term, mechanism)? {
                let exp = record.explanation().map(|exp| (domain.to_owned(), exp.clone()));
                return Ok(Verdict { result: qualifier.into(), exp });
            }
        }
        let Some((at, target)) = record.redirect() else {
            return Ok(Verdict { result: SpfResult::Neutral, exp: None });
        };
        self.count()?;
        let term = &record.terms[at];
        self.path.push(step(domain, term));
        let target = self.expand(target, domain)?;
        // Section 6.1.
        self.policy(&target).map_err(|stop| required(stop, term))
    }

    /// Whether a term matches. The path holds it then, and also when it ends the evaluation.
    fn term(&mut self, domain: &str, term: &Term, mechanism: &Mechanism) -> Result<bool, Stop> {
        let depth = self.path.len();
        if mechanism.looks_up() {
            self.path.push(step(domain, term));
            self.count()?;
        }
        match self.matches(domain, term, mechanism) {
            Ok(true) => {
                if !mechanism.looks_up() {
                    self.path.push(step(domain, term));
                }
                Ok(true)
            }
            Ok(false) | Err(Stop::Pending) => {
                self.path.truncate(depth);
                Ok(false)
            }
            Err(stop) => Err(stop),
        }
    }

    /// What there is at a domain (sections 4.3 to 4.6).
    fn read(&mut self, domain: &str) -> Result<Rc<Policy>, Stop> {
        let name = policy_name(domain).map_err(Stop::NoPolicy)?;
        self.policies.at(self.known, &name).ok_or(Stop::Pending)
    }

    fn matches(&mut self, domain: &str, term: &Term, mechanism: &Mechanism) -> Result<bool, Stop> {
        let address = self.client.address;
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip4(..) | Mechanism::Ip6(..) => {
                Ok(mechanism.network().is_some_and(|network| self.is_in(network)))
            }
            Mechanism::Include(target) => self.included(domain, target, term),
            Mechanism::A { domain: target, v4, v6 } => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                let answer = self.addresses_of(&name)?;
                self.note_void(domain, term, &name, &answer)?;
                Ok(self.holds(&answer, *v4, *v6))
            }
            Mechanism::Mx { domain: target, v4, v6 } => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                self.exchangers(domain, term, &name, (*v4, *v6))
            }
            Mechanism::Ptr(target) => {
                let Some(name) = self.target(target.as_ref(), domain)? else { return Ok(false) };
                self.by_address = true;
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
    fn included(&mut self, domain: &str, target: &MacroString, term: &Term) -> Result<bool, Stop> {
        let target = self.expand(target, domain)?;
        let verdict = self.policy(&target).map_err(|stop| required(stop, term))?;
        Ok(verdict.result == SpfResult::Pass)
    }

    /// Section 5.4. There is no implicit MX here.
    fn exchangers(
        &mut self,
        domain: &str,
        term: &Term,
        name: &Name,
        (v4, v6): (u8, u8),
    ) -> Result<bool, Stop> {
        let answer = self.ask(name, RecordType::Mx)?;
        if let Some(failure) = answer.failure() {
            return Err(temporary(name, RecordType::Mx, failure));
        }
        self.note_void(domain, term, name, &answer)?;
        if answer.records().len() > MOST_EXCHANGERS {
            let (text, number) = (&term.text, answer.records().len());
            let why = format!("{text} has {number} MX records, more than {MOST_EXCHANGERS}");
            return Err(Stop::Permanent(why));
        }
        let mut exchangers: Vec<(u16, &Name)> = answer
            .records()
            .iter()
            .filter_map(|record| match &record.data {
                Data::Mx(preference, exchange) if !exchange.is_root() => {
                    Some((*preference, exchange))
                }
                _ => None,
            })
            .collect();
        exchangers.sort();
        // All are asked at once, but what counts is what they would say one after the other.
        let answers: Vec<_> = exchangers
            .iter()
            .map(|(_, exchange)| (*exchange, self.addresses_of(exchange)))
            .collect();
        if answers.iter().any(|(_, answer)| matches!(answer, Err(Stop::Pending))) {
            return Err(Stop::Pending);
        }
        let mut counted = false;
        for (exchange, answer) in answers {
            let answer = answer?;
            if self.holds(&answer, v4, v6) {
                return Ok(true);
            }
            if !counted && answer.is_void() {
                counted = true;
                self.push_void(domain, term, exchange)?;
            }
        }
        Ok(false)
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

    fn addresses_of(&mut self, name: &Name) -> Result<Rc<Answer>, Stop> {
        let kind = RecordType::of_address(self.client.address);
        let answer = self.ask(name, kind)?;
        match answer.failure() {
            Some(failure) => Err(temporary(name, kind, failure)),
            None => Ok(answer),
        }
    }

    fn ask(&mut self, name: &Name, kind: RecordType) -> Result<Rc<Answer>, Stop> {
        self.known.answer(&Question::new(name, kind)).ok_or(Stop::Pending)
    }

    /// Whether one of the addresses, with those that begin like it, is the client's. All are looked
    /// at, because each is a border.
    fn holds(&mut self, answer: &Answer, v4: u8, v6: u8) -> bool {
        let mut held = false;
        for address in answer.addresses() {
            let prefix = if address.is_ipv4() { v4 } else { v6 };
            held |= self.is_in(Network::new(address, prefix));
        }
        held
    }

    /// Whether the client is in a network, whose borders are noted.
    fn is_in(&mut self, network: Network) -> bool {
        let address = self.client.address;
        if let Some(border) = network.same_up_to(address) {
            self.same_up_to = self.same_up_to.min(border);
        }
        network.contains(address)
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > MOST_LOOKUPS {
            let why = format!("more than {MOST_LOOKUPS} terms need the DNS");
            return Err(Stop::Permanent(why));
        }
        Ok(())
    }

    fn note_void(
        &mut self,
        domain: &str,
        term: &Term,
        name: &Name,
        answer: &Answer,
    ) -> Result<(), Stop> {
        if answer.is_void() { self.push_void(domain, term, name) } else { Ok(()) }
    }

    fn push_void(&mut self, domain: &str, term: &Term, name: &Name) -> Result<(), Stop> {
        let (domain, term) = (domain.to_owned(), term.text.clone());
        self.voids.push(Void { domain, term, name: name.clone() });
        if self.voids.len() > MOST_VOIDS {
            let each: Vec<String> = self.voids.iter().map(ToString::to_string).collect();
            let why = format!(
                "more than {MOST_VOIDS} terms lead to nothing in the DNS for this client: {}",
                each.join(", ")
            );
            return Err(Stop::Permanent(why));
        }
        Ok(())
    }
}

/// The record of a domain, or what follows from there being none.
fn record<'a>(domain: &str, policy: &'a Policy) -> Result<&'a Record, Stop> {
    match &policy.published {
        Published::One { record, .. } => Ok(record),
        Published::Failed(failure) => {
            Err(Stop::Temporary(format!("TXT {domain}: {failure}"), failure.clone()))
        }
        Published::Missing { name_exists: false } => {
            Err(Stop::NoPolicy(format!("{domain} does not exist")))
        }
        Published::Missing { .. } => Err(Stop::NoPolicy(format!("{domain} has no SPF record"))),
        Published::Several(all) => {
            Err(Stop::Permanent(format!("{domain} has {} SPF records", all.len())))
        }
        Published::Wrong { errors, .. } => {
            let first = errors.first().map(|error| error.text.as_str()).unwrap_or_default();
            Err(Stop::Permanent(format!("the record of {domain} is wrong: {first}")))
        }
    }
}

/// Where a record is named, there has to be one (sections 5.2 and 6.1).
fn required(stop: Stop, term: &Term) -> Stop {
    match stop {
        Stop::NoPolicy(why) => Stop::Permanent(format!("{} needs a record, but {why}", term.text)),
        stop => stop,
    }
}

fn step(domain: &str, term: &Term) -> Step {
    Step { domain: domain.to_owned(), term: term.text.clone() }
}

fn temporary(name: &Name, kind: RecordType, failure: &Failure) -> Stop {
    Stop::Temporary(format!("{kind} {name}: {failure}"), failure.clone())
}

#[cfg(test)]
mod tests;
