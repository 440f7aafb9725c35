//! Weighs what was seen. Pure: no clock, no socket, no file.

mod certificate;
mod dialogue;
mod times;

use mailhost_core::contract::{Evidence, Finding, Report, State, rule};
use mailhost_core::net::{ConnectFault, ResolveFault};

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
        let mut about_door = Vec::new();
        match door.attempts.iter().rev().find_map(|attempt| attempt.as_ref().err()) {
            Some(fault) if !door.is_connected() => {
                about_door.push(unconnected(config, fault, reached && !config.all_addresses));
            }
            _ => judge_door(config, facts.now, door, &mut about_door),
        }
        let one_of_many = facts.doors.len() > 1 || config.all_addresses;
        findings.extend(about_door.into_iter().map(|finding| {
            if one_of_many { finding.about(&subject(config, door)) } else { finding }
        }));
    }
    times::judge(config, &facts, &mut findings);
    Report {
        target: config.target(),
        summary: summary(config, &facts),
        metrics: times::metrics(config, &facts),
        evidence: if config.verbose > 1 { evidence(&facts) } else { Vec::new() },
        findings,
        facts,
    }
}

fn judge_door(config: &Config, now: i64, door: &Door, findings: &mut Vec<Finding>) {
    dialogue::judge(config, door, findings);
    match &door.tls {
        Some(Ok(tls)) => certificate::judge(&config.policy, now, tls, findings),
        Some(Err(fault)) => findings.push(dialogue::no_tls(config, fault)),
        None => {}
    }
}

fn unresolved(config: &Config, fault: &ResolveFault) -> Finding {
    let name = match &config.place {
        Place::Host { name, .. } => name.as_str(),
        Place::Socket(_) => "",
    };
    let rule = match fault {
        ResolveFault::NoAddress | ResolveFault::NoSuchName => &rule::NAME_NOT_FOUND,
        ResolveFault::ResolverFailed(_) | ResolveFault::TimedOut => &rule::RESOLVER_FAILED,
    };
    Finding::broken(rule, format!("{name} {fault}")).about("host")
}

/// What an address that could not be connected to means, alone or beside one that could.
fn unconnected(config: &Config, fault: &ConnectFault, another_works: bool) -> Finding {
    let text = match fault {
        ConnectFault::TimedOut if !another_works => {
            format!("does not answer within {} s", config.time_limit)
        }
        _ => fault.to_string(),
    };
    if let ConnectFault::Local(_) = fault {
        return Finding::broken(&rule::LOCAL_FAILURE, text);
    }
    if another_works {
        let finding = Finding::broken(&rule::ADDRESS_UNREACHABLE, text);
        let is_ours = matches!(fault, ConnectFault::NoRoute);
        return if is_ours { finding.graded(State::Ok) } else { finding };
    }
    match fault {
        ConnectFault::TimedOut => {
            Finding::broken(&rule::CONNECT_TIMEOUT, text).graded(config.when_silent)
        }
        ConnectFault::Refused => {
            Finding::broken(&rule::CONNECT_REFUSED, text).graded(config.when_unreachable)
        }
        ConnectFault::Failed(_) | ConnectFault::Local(_) | ConnectFault::NoRoute => {
            Finding::broken(&rule::CONNECT_FAILED, text).graded(config.when_unreachable)
        }
    }
}

fn subject(config: &Config, door: &Door) -> String {
    format!("{} [{}]", config.target(), door.address)
}

/// The first line when all is well: who greets, how it is secured, how long it took.
fn summary(config: &Config, facts: &Facts) -> String {
    let mut parts = Vec::new();
    if config.all_addresses && facts.doors.len() > 1 {
        parts.push(format!("{} all {} addresses answer", config.target(), facts.doors.len()));
    } else if let Some(Ok(greeting)) = facts.doors.last().and_then(|door| door.greeting.as_ref()) {
        let greeting = format!("{} {}", greeting.code, greeting.first_line());
        parts.push(format!(
            "{} {}",
            config.target(),
            mailhost_core::contract::clean_to(&greeting, SUMMARY_GREETING),
        ));
    }
    if let Some(Ok(tls)) = facts.doors.last().and_then(|door| door.tls.as_ref()) {
        parts.push(tls.version.to_string());
        if let Some(left) = certificate::shortest_left(facts) {
            parts.push(format!("certificate valid for {}", certificate::span(left)));
        }
    }
    parts.push(times::text(facts.time));
    parts.join(", ")
}

fn evidence(facts: &Facts) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for door in &facts.doors {
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
