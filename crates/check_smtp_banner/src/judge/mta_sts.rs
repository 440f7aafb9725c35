//! MTA-STS: whether senders get a policy, and whether the mail exchangers keep to it (RFC 8461).

use mailhost_core::contract::{Finding, Metric, Rule, State, day, rule};
use mailhost_core::dns::{Failure, Name};
use mailhost_core::mail::mta_sts::{
    Mode, Policy, PolicyFault, PolicyFaultKind, Record, is_plain_text,
};
use mailhost_core::mail::point_at;
use mailhost_core::tls::{TlsFacts, Trust};

use super::certificate::span;
use super::published::{Kind, MOST_FAULTS};
use crate::config::Config;
use crate::facts::{Door, FetchFault, History, Host, MailDomain, MtaSts, WebAnswer};
use crate::history::Past;
use crate::metrics::{MTA_STS_MAX_AGE, MTA_STS_MODE};

/// What is wrong with the record and the policy; what is with the hosts is judged beside them.
pub(super) fn judge(
    config: &Config,
    domain: &MailDomain,
    sts: &MtaSts,
    now: i64,
    resolver: Option<&Failure>,
    findings: &mut Vec<Finding>,
) {
    let mut found = Vec::new();
    let record = KIND.only(&sts.record, resolver, &mut found);
    if let Some(text) = record {
        let faults = Record::parse(text).map_or_else(|faults| faults, |record| record.oddities);
        found.extend(KIND.faults(text, &faults));
    }
    match &sts.policy {
        Some(Ok(answer)) => {
            found.extend(expiry(config, answer, now));
            answered(answer, &mut found);
        }
        Some(Err(fault)) => found.push(unfetched(fault, resolver)),
        None => {}
    }
    if sts.in_force().is_none() {
        missed(sts, now, &mut found);
    }
    findings.extend(found);
    if let Some(policy) = sts.in_force() {
        contents(domain, policy, findings);
    }
    over_time(sts, now, findings);
}

/// A domain without a policy gets its mail all the same. One that senders were told to enforce is
/// another thing: those that hold it still keep to it, and all others are no longer protected.
fn missed(sts: &MtaSts, now: i64, findings: &mut [Finding]) {
    let Some(past) = past(sts).filter(|past| past.enforced_until > now) else {
        return;
    };
    for finding in findings.iter_mut().filter(|it| LOSSES.iter().any(|rule| it.code == rule.code)) {
        if finding.state == State::Warning {
            finding.state = State::Critical;
            let until = day(past.enforced_until);
            finding.text = format!("{}; senders may enforce it until {until}", finding.text);
        }
    }
}

fn unfetched(fault: &FetchFault, resolver: Option<&Failure>) -> Finding {
    let finding = Finding::broken(
        &rule::MTA_STS_UNFETCHED,
        format!("MTA-STS policy cannot be fetched: {fault}"),
    );
    match fault {
        FetchFault::Local(_) => Finding::broken(&rule::LOCAL_FAILURE, finding.text),
        FetchFault::Dns(_) if resolver.is_some() => {
            Finding::broken(&rule::RESOLVER_FAILED, finding.text)
        }
        _ => finding,
    }
}

/// The web server's certificate, before senders refuse it.
fn expiry(config: &Config, answer: &WebAnswer, now: i64) -> Option<Finding> {
    let left = answer.valid_until - now;
    #[expect(clippy::cast_precision_loss, reason = "seconds of a lifetime are exact in f64")]
    let (state, _) = config.tls.policy()?.left.broken_by(left as f64)?;
    let text = format!(
        "certificate of the web server with the MTA-STS policy expires in {} ({})",
        span(left),
        day(answer.valid_until)
    );
    Some(Finding::broken(&rule::CERT_EXPIRES_SOON, text).graded(state))
}

/// Judges what the web server says.
fn answered(answer: &WebAnswer, findings: &mut Vec<Finding>) {
    let unfetched = |text| Finding::broken(&rule::MTA_STS_UNFETCHED, text);
    match (answer.status, &answer.location) {
        (200, _) => {}
        (300..=399, Some(to)) => {
            let status = answer.status;
            let text = format!(
                "MTA-STS policy cannot be fetched: the web server redirects ({status}) to {to}, and \
                 senders do not follow"
            );
            return findings.push(unfetched(text));
        }
        (status, _) => {
            let text =
                format!("MTA-STS policy cannot be fetched: the web server says {status}, not 200");
            return findings.push(unfetched(text));
        }
    }
    if !answer.content_type.as_deref().is_some_and(is_plain_text) {
        let found = match &answer.content_type {
            Some(other) => format!("is sent as {other}, not as text/plain"),
            None => "is sent without a content type, not as text/plain".to_owned(),
        };
        let text = format!("MTA-STS policy {found}");
        findings.push(Finding::broken(&rule::MTA_STS_CONTENT_TYPE, text));
    }
    let faults = match &answer.policy {
        Some(Ok(policy)) => &policy.oddities,
        Some(Err(faults)) => faults,
        None => return,
    };
    findings.extend(faults.iter().take(MOST_FAULTS).map(fault));
}

/// Something that is wrong in the policy.
fn fault(fault: &PolicyFault) -> Finding {
    let rule: &Rule =
        if fault.kind.is_fatal() { &rule::MTA_STS_POLICY } else { &rule::MTA_STS_ODD };
    let place = fault.place.as_ref();
    let line = place.map_or(String::new(), |place| format!(", line {}", place.line));
    let finding = Finding::broken(rule, format!("MTA-STS policy{line}: {}", fault.text));
    let finding = match place {
        Some(place) if !place.content.is_empty() => {
            finding.showing(point_at(&place.content, &place.span))
        }
        _ => finding,
    };
    let is_harmless = matches!(fault.kind, PolicyFaultKind::UnknownKey);
    if is_harmless { finding.graded(State::Ok) } else { finding }
}

/// Judges what a policy says that senders can read.
fn contents(domain: &MailDomain, policy: &Policy, findings: &mut Vec<Finding>) {
    let what = mode(policy.mode);
    if policy.mode != Mode::Enforce {
        let text = format!("MTA-STS policy has the mode {what}, so that nothing is enforced");
        findings.push(Finding::broken(&rule::MTA_STS_NOT_ENFORCED, text));
    }
    if policy.mode == Mode::None {
        return;
    }
    let age = i64::from(policy.max_age);
    let text = format!("MTA-STS policy may be kept for {} only (max_age {age})", span(age));
    if age < A_DAY {
        findings.push(Finding::broken(&rule::MTA_STS_MAX_AGE_SHORT, text));
    } else if age < 7 * A_DAY {
        findings.push(Finding::broken(&rule::MTA_STS_MAX_AGE_SHORT, text).graded(State::Ok));
    }
    let names: Vec<Name> =
        domain.hosts.iter().filter_map(|host| Name::from_text(&host.name).ok()).collect();
    let unused = policy.mx.iter().filter(|it| !names.iter().any(|name| it.matches(name)));
    for pattern in unused.take(MOST_FAULTS) {
        let text = format!("MTA-STS policy allows {pattern}, which is no mail exchanger");
        findings.push(Finding::broken(&rule::MTA_STS_MX_UNUSED, text));
    }
}

/// Judges whether a host keeps to the policy.
pub(super) fn host(policy: &Policy, host: &Host) -> Option<Finding> {
    let name = Name::from_text(&host.name).ok();
    if policy.mode == Mode::None || name.is_some_and(|name| policy.covers(&name).is_some()) {
        return None;
    }
    let text = format!("is no mail exchanger that the MTA-STS policy allows ({})", some(policy));
    Some(Finding::broken(&rule::MTA_STS_MX, text).graded(state(policy)))
}

/// The first patterns of many.
fn some(policy: &Policy) -> String {
    let mut shown: Vec<String> = policy.mx.iter().take(3).map(ToString::to_string).collect();
    if policy.mx.len() > shown.len() {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

/// Judges whether what an address shows is what the policy wants (section 4.2).
pub(super) fn certificate(policy: &Policy, door: &Door, now: i64) -> Option<Finding> {
    if policy.mode == Mode::None {
        return None;
    }
    let mode = mode(policy.mode);
    let fault = match &door.tls {
        Some(Ok(tls)) if tls.trust == Trust::NoRoots => {
            let text = "certificate cannot be verified here: this machine has no trusted roots";
            return Some(Finding::broken(&rule::LOCAL_FAILURE, text));
        }
        Some(Ok(tls)) => wrong(tls, now)?,
        Some(Err(_)) => "there is no TLS".to_owned(),
        // It did not get so far for a reason that is told.
        None => {
            door.offered_in_clear.as_ref()?;
            "there is no TLS".to_owned()
        }
    };
    let text = format!("is not what MTA-STS ({mode}) wants: {fault}");
    Some(Finding::broken(&rule::MTA_STS_CERT, text).graded(state(policy)))
}

/// What is wrong with a certificate, in the eyes of senders.
fn wrong(tls: &TlsFacts, now: i64) -> Option<String> {
    let leaf = tls.chain.first();
    if leaf.is_some_and(|leaf| leaf.not_after <= now) {
        return Some("its certificate has expired".to_owned());
    }
    if tls.path_outdated || leaf.is_some_and(|leaf| leaf.not_before > now) {
        return Some("a certificate is not valid now".to_owned());
    }
    match &tls.trust {
        Trust::Untrusted(reason) => Some(format!("its certificate is not trusted, {reason}")),
        _ if tls.name_matches == Some(false) => {
            Some("its certificate is for another name".to_owned())
        }
        _ => None,
    }
}

/// What it means not to keep to a policy.
fn state(policy: &Policy) -> State {
    if policy.mode == Mode::Enforce { State::Critical } else { State::Warning }
}

fn over_time(sts: &MtaSts, now: i64, findings: &mut Vec<Finding>) {
    let past = match &sts.history {
        Some(History::Known(past)) if sts.in_force().is_some() => past,
        Some(History::Unusable(why)) => {
            let text = format!("nothing is known of earlier runs: {why}");
            findings.push(Finding::broken(&rule::STATE_UNUSABLE, text));
            return;
        }
        _ => return,
    };
    if past.is_stale() {
        let text = format!(
            "MTA-STS policy was changed and the id {} was not: senders that hold the old one keep it",
            past.id
        );
        findings.push(Finding::broken(&rule::MTA_STS_ID_STALE, text));
    }
    let since = match (past.is_new, past.since < now) {
        (true, _) => format!("changed on {}", day(past.since)),
        (false, true) => format!("seen unchanged since {}", day(past.since)),
        (false, false) => "seen for the first time".to_owned(),
    };
    findings.push(Finding::good("mta-sts", format!("id {}, {since}", past.id)));
}

fn past(sts: &MtaSts) -> Option<&Past> {
    match &sts.history {
        Some(History::Known(past)) => Some(past),
        Some(History::Unusable(_)) | None => None,
    }
}

/// As it is written in a policy.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::None => "none",
        Mode::Testing => "testing",
    }
}

pub(super) fn metrics(sts: &MtaSts) -> Vec<Metric> {
    let Some(policy) = sts.in_force() else {
        return Vec::new();
    };
    let mode = match policy.mode {
        Mode::Enforce => 2.0,
        Mode::None => 0.0,
        Mode::Testing => 1.0,
    };
    vec![Metric::new(&MTA_STS_MODE, mode), Metric::new(&MTA_STS_MAX_AGE, f64::from(policy.max_age))]
}

const KIND: Kind = Kind {
    name: "MTA-STS",
    dns_failed: &rule::MTA_STS_DNS_FAILED,
    missing: &rule::MTA_STS_MISSING,
    odd: &rule::MTA_STS_ODD,
    several: &rule::MTA_STS_SEVERAL,
    syntax: &rule::MTA_STS_SYNTAX,
};
/// Rules with which there is no policy for senders.
const LOSSES: &[&Rule] = &[
    &rule::MTA_STS_DNS_FAILED,
    &rule::MTA_STS_MISSING,
    &rule::MTA_STS_POLICY,
    &rule::MTA_STS_SEVERAL,
    &rule::MTA_STS_SYNTAX,
    &rule::MTA_STS_UNFETCHED,
];
/// Seconds.
const A_DAY: i64 = 86_400;
