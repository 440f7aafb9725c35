//! Weighs what was seen. Pure: no clock, no socket, no file.

mod certificate;
mod dane;
mod dialogue;
mod domain;
mod envelope;
mod mta_sts;
mod published;
mod times;
mod tls_rpt;

use mailhost_core::contract::{Evidence, Finding, Report, State, clean_to, rule};
use mailhost_core::net::{ConnectFault, Family, ResolveFault};

use crate::config::{Config, Place};
use crate::facts::{Door, Facts};

/// The verdict on everything seen.
pub(crate) fn judge(config: &Config, facts: Facts) -> Report<Facts> {
    let mut findings = Vec::new();
    if config.login.as_ref().is_some_and(|login| login.from_argv) {
        findings.push(Finding::broken(
            &rule::PASSWORD_IN_ARGV,
            "the password stands on the command line",
        ));
    }
    if let Some(Err(fault)) = &facts.addresses {
        findings.push(unresolved(config, fault));
    }
    let reached = facts.doors.iter().any(Door::is_connected);
    for door in &facts.doors {
        let mut about_door = of_door(config, facts.now, door, reached);
        about_door.extend(facts.dane.iter().flat_map(|dane| dane::certificates(dane, door)));
        let one_of_many = facts.doors.len() > 1 || config.all_addresses;
        findings.extend(about_door.into_iter().map(|finding| {
            if one_of_many { finding.about(&subject(config, door)) } else { finding }
        }));
    }
    if let Some(dane) = facts.dane.as_ref().filter(|_| !facts.doors.is_empty()) {
        findings.extend(dane::records(dane, facts.resolver.as_ref()));
    }
    let domain = facts.domain.as_ref();
    let is_enough = domain.is_some_and(|it| domain::judge(config, &facts, it, &mut findings));
    let metrics = times::metrics(config, &facts);
    let others = findings.len();
    times::judge(config, &facts, &metrics, &mut findings);
    for finding in findings.iter_mut().skip(others).filter(|it| is_enough && it.subject.is_some()) {
        finding.state = finding.state.min(State::Warning);
    }
    Report {
        target: config.target.clone(),
        lead: None,
        summary: summary(config, &facts),
        metrics,
        evidence: if config.verbose > 1 { evidence(&facts) } else { Vec::new() },
        findings,
        facts,
    }
}

/// Judges one address; `reached` tells whether any of them was.
fn of_door(config: &Config, now: i64, door: &Door, reached: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    match door.fault() {
        Some(fault) => findings.push(unconnected(config, fault, reached)),
        None => dialogue::judge(config, now, door, &mut findings),
    }
    findings
}

fn unresolved(config: &Config, fault: &ResolveFault) -> Finding {
    let (name, family) = match &config.place {
        Place::Host { name, family: Family::V4, .. } => (name.as_str(), " of IPv4"),
        Place::Host { name, family: Family::V6, .. } => (name.as_str(), " of IPv6"),
        Place::Host { name, family: Family::Any, .. } => (name.as_str(), ""),
        // Of these nothing is resolved in this way.
        Place::Domain(_) | Place::Socket(_) => ("", ""),
    };
    let (rule, of_family) = match fault {
        ResolveFault::NoAddress => (&rule::NAME_NOT_FOUND, family),
        ResolveFault::NoSuchName => (&rule::NAME_NOT_FOUND, ""),
        ResolveFault::ResolverFailed(_) | ResolveFault::TimedOut => (&rule::RESOLVER_FAILED, ""),
    };
    Finding::broken(rule, format!("{name} {fault}{of_family}")).about("host")
}

/// What an address that could not be connected to means, alone or beside one that could.
fn unconnected(config: &Config, fault: &ConnectFault, another_works: bool) -> Finding {
    let text = fault.to_string();
    let beside = another_works && !config.all_addresses;
    match fault {
        // Nothing is known about the address, and another one was looked at.
        ConnectFault::NoRoute if another_works => {
            Finding::broken(&rule::ADDRESS_UNREACHABLE, text).graded(State::Ok)
        }
        ConnectFault::Local(_) if beside => {
            Finding::broken(&rule::ADDRESS_UNREACHABLE, text).graded(State::Ok)
        }
        ConnectFault::Local(_) => Finding::broken(&rule::LOCAL_FAILURE, text),
        _ if beside => Finding::broken(&rule::ADDRESS_UNREACHABLE, text),
        ConnectFault::TimedOut(_) => {
            Finding::broken(&rule::CONNECT_TIMEOUT, text).graded(config.when_unanswered)
        }
        ConnectFault::Refused => {
            Finding::broken(&rule::CONNECT_REFUSED, text).graded(config.when_unreachable)
        }
        ConnectFault::Failed(_) | ConnectFault::NoRoute => {
            Finding::broken(&rule::CONNECT_FAILED, text).graded(config.when_unreachable)
        }
    }
}

fn subject(config: &Config, door: &Door) -> String {
    format!("{} at {}", config.target, door.address)
}

/// The first line when all is well: who greets, how it is secured, how long it took.
fn summary(config: &Config, facts: &Facts) -> String {
    if let Some(domain) = &facts.domain {
        return domain::summary(config, domain, facts);
    }
    let target = &config.target;
    let greeted = facts.doors.iter().filter(|door| matches!(door.greeting, Some(Ok(_)))).count();
    let last = facts.doors.last();
    let greeting = last.and_then(|door| door.greeting.as_ref()).and_then(|it| it.as_ref().ok());
    let mut parts = vec![match greeting {
        _ if config.all_addresses && facts.doors.len() > 1 => {
            format!("{target} {greeted} of {} addresses answer", facts.doors.len())
        }
        Some(greeting) => {
            let greeting = format!("{} {}", greeting.code, greeting.first_line());
            format!("{target} {}", clean_to(&greeting, SUMMARY_GREETING))
        }
        None => format!("{target} did not greet"),
    }];
    if let Some(Ok(tls)) = last.and_then(|door| door.tls.as_ref()) {
        parts.push(tls.version.to_string());
        if let Some(left) =
            certificate::shortest_left(&facts.doors, facts.now).filter(|left| *left > 0)
        {
            parts.push(format!("certificate expires in {}", certificate::span(left)));
        }
    }
    if facts.doors.iter().any(|door| dane::vouches(facts.dane.as_ref(), door)) {
        parts.push("DANE".to_owned());
    }
    let relay = last.and_then(|door| door.relay.as_ref());
    if relay.is_some_and(|relay| relay.refusal().is_some()) {
        parts.push("relays nothing".to_owned());
    }
    if let Some(lost) = last.map(times::lost).filter(|lost| *lost > 0 && config.attempts > 1) {
        parts.push(format!("{lost} of {} connections lost", config.attempts));
    }
    parts.push(times::text(facts.time));
    parts.join(", ")
}

/// Every address, of one host or of many.
fn all_doors(facts: &Facts) -> impl Iterator<Item = &Door> {
    let hosts = facts.domain.iter().flat_map(|domain| &domain.hosts);
    hosts.flat_map(|host| &host.doors).chain(&facts.doors)
}

fn evidence(facts: &Facts) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if let (Some(Ok(addresses)), Some(time)) = (&facts.addresses, facts.dns) {
        let text = format!("addresses: {}, in {time:.6} s", addresses.join(", "));
        evidence.push(Evidence { level: 3, text });
    }
    let at = |level: u8| move |text: String| Evidence { level, text };
    evidence.extend(facts.questions.iter().cloned().map(at(3)));
    let hosts = facts.domain.iter().flat_map(|domain| &domain.hosts);
    let records = hosts.filter_map(|host| host.dane.as_ref()).chain(&facts.dane);
    evidence.extend(records.flat_map(dane::lines).map(at(2)));
    evidence.extend(facts.domain.iter().flat_map(domain::published).map(at(2)));
    for door in all_doors(facts) {
        evidence.push(Evidence { level: 2, text: format!("{}:", door.address) });
        evidence.extend(door.dialogue.iter().map(|line| Evidence { level: 2, text: line.clone() }));
        let digests = certificate::digests(door);
        evidence.extend(digests.map(|text| Evidence { level: 2, text }));
        evidence.push(Evidence { level: 3, text: times::line(door) });
    }
    evidence
}

/// Characters of the greeting that leave room for the rest of the line.
const SUMMARY_GREETING: usize = 50;

#[cfg(test)]
mod tests;
