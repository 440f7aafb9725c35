//! A whole domain: whether mail can get to it, and what is wrong with any of its hosts.

use mailhost_core::contract::{Finding, Metric, Rule, State, plural, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::{MxAnswer, graded_by, no_such_domain, not_said};

use super::{certificate, dane, mta_sts, of_door, times, tls_rpt};
use crate::config::{Config, Place};
use crate::facts::{Door, Facts, Host, MailDomain, MtaSts};
use crate::metrics::{CERT_LEFT, DANE_OK};

/// Judges the domain. Whether as many hosts as `--quorum` wants take the mail, so that what is wrong with the others
/// is no more than a WARNING.
pub(super) fn judge(
    config: &Config,
    facts: &Facts,
    domain: &MailDomain,
    findings: &mut Vec<Finding>,
) -> bool {
    let resolver = facts.resolver.as_ref();
    // A door that is shut comes before what is promised of those behind it.
    let is_there = exchangers(config, facts, domain, findings);
    let mut is_enough = false;
    if is_there {
        is_enough = hosts(config, facts, domain, findings);
    } else if let Some(wanted) = quorum(config).filter(|_| !is_deaf(findings)) {
        let text = format!("no mail exchanger works, {} wanted", plural(wanted, "is", "are"));
        findings.push(Finding::broken(&rule::MX_QUORUM, text));
    }
    if let Some(sts) = &domain.mta_sts {
        mta_sts::judge(config, domain, sts, facts.now, resolver, findings);
    }
    if let Some(published) = &domain.tls_rpt {
        tls_rpt::judge(published, resolver, findings);
    }
    is_enough
}

/// Judges the hosts. Whether as many as are wanted take the mail.
fn hosts(config: &Config, facts: &Facts, domain: &MailDomain, findings: &mut Vec<Finding>) -> bool {
    let of_hosts: Vec<OfHost> =
        domain.hosts.iter().map(|host| OfHost::judge(config, facts, domain, host)).collect();
    let working = of_hosts.iter().filter(|of_host| of_host.works).count();
    let unseen = of_hosts.iter().filter(|of_host| of_host.unseen).count();
    let quorum = quorum(config);
    if let Some(wanted) = quorum.filter(|wanted| working < *wanted) {
        let text = format!(
            "{working} of {} work, {} wanted",
            plural(of_hosts.len(), "mail exchanger", "mail exchangers"),
            plural(wanted, "is", "are"),
        );
        // Those that were not looked at may well work.
        let is_known = working + unseen < wanted;
        let rule = if is_known { &rule::MX_QUORUM } else { &rule::NOT_LOOKED_AT };
        findings.push(Finding::broken(rule, text));
    }
    // As many as are wanted take the mail.
    let is_milder = quorum.is_some_and(|wanted| working >= wanted);
    for of_host in of_hosts {
        for mut finding in of_host.findings {
            // Whoever can abuse a host does not care for the others.
            let is_danger = DANGERS.iter().any(|rule| rule.code == finding.code);
            if is_milder && finding.state == State::Critical && !is_danger {
                finding.state = State::Warning;
            }
            findings.push(finding);
        }
    }
    is_milder
}

/// What the DNS says of the exchangers. Whether there are any.
fn exchangers(
    config: &Config,
    facts: &Facts,
    domain: &MailDomain,
    findings: &mut Vec<Finding>,
) -> bool {
    match &domain.mx {
        MxAnswer::Failed(failure) => {
            findings.push(not_known(config, facts, failure, "MX is not known"));
        }
        MxAnswer::NoDomain(alias) => findings.push(no_such_domain(alias.as_ref())),
        MxAnswer::Implicit if domain.hosts.iter().all(has_nothing) => {
            let text = "has neither an MX record nor an address: it cannot get mail";
            findings.push(Finding::broken(&rule::MX_MISSING, text));
            return false;
        }
        MxAnswer::Implicit => {
            let text = "has no MX, so its own address takes its mail";
            findings.push(Finding::broken(&rule::MX_IMPLICIT, text));
        }
        MxAnswer::Records if domain.hosts.is_empty() => {
            let text = "has a null MX: it takes no mail";
            findings.push(Finding::broken(&rule::MX_NULL, text));
        }
        MxAnswer::Records if domain.has_null => {
            let text = "has a null MX beside others";
            findings.push(Finding::broken(&rule::MX_NULL_NOT_ALONE, text));
        }
        MxAnswer::Records => {}
    }
    !domain.hosts.is_empty()
}

/// Whether our own resolver does not answer: then nobody knows whether the mail exchangers work.
fn is_deaf(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.code == rule::RESOLVER_FAILED.code)
}

/// Whether a host is known to have no address.
fn has_nothing(host: &Host) -> bool {
    host.doors.is_empty() && host.failure.is_none()
}

fn not_known(config: &Config, facts: &Facts, failure: &Failure, what: &str) -> Finding {
    let finding = not_said(facts.resolver.as_ref(), &rule::MX_DNS_FAILED, failure, what);
    graded_by(finding, failure, config.when_silent, config.when_unreachable)
}

/// What is said of a host.
struct OfHost {
    /// Whether it takes mail on one of its addresses.
    works: bool,
    /// Whether that is not known, because this run did not look at it.
    unseen: bool,
    findings: Vec<Finding>,
}

impl OfHost {
    fn judge(config: &Config, facts: &Facts, domain: &MailDomain, host: &Host) -> Self {
        let policy = domain.mta_sts.as_ref().and_then(MtaSts::in_force);
        let mut findings = Vec::new();
        let unseen = match host.more_addresses {
            _ if !host.looked_at => Some("was not looked at: there are very many".to_owned()),
            0 => None,
            more => {
                let addresses = plural(more, "address", "addresses");
                Some(format!("has {addresses} more, which were not looked at"))
            }
        };
        findings.extend(unseen.map(|text| Finding::broken(&rule::NOT_LOOKED_AT, text)));
        if let Some(failure) = &host.failure {
            let finding = not_known(config, facts, failure, "its address is not known");
            // The address of the other family is, and is looked at.
            let milder = !host.doors.is_empty() && finding.state == State::Critical;
            findings.push(if milder { finding.graded(State::Warning) } else { finding });
        } else if host.doors.is_empty() && host.looked_at {
            let text = if host.other_family {
                "has no address of the family that is wanted here"
            } else {
                "has no address"
            };
            let finding = Finding::broken(&rule::MX_UNRESOLVABLE, text);
            findings.push(finding.graded(State::Critical));
        }
        let resolver = facts.resolver.as_ref();
        let dane = host.dane.iter().filter(|_| !host.doors.is_empty());
        findings.extend(dane.flat_map(|dane| dane::records(dane, resolver)));
        let of_policy = policy.and_then(|policy| mta_sts::host(policy, host));
        // Mail does not get to a host of which senders know nothing, or that they must not use.
        let blocks = |it: &Finding| config.state_of(it) == State::Critical;
        let is_usable = !findings.iter().chain(&of_policy).any(blocks);
        let mut findings: Vec<Finding> =
            findings.into_iter().map(|finding| finding.about(&host.name)).collect();
        let mut works = false;
        // What this machine has no way to says nothing where it has one to others.
        let mut all = domain.hosts.iter().flat_map(|host| &host.doors);
        let reached = all.any(Door::is_connected);
        for door in &host.doors {
            let mut about = of_door(config, facts.now, door, reached);
            about.extend(host.dane.iter().flat_map(|dane| dane::certificates(dane, door)));
            about.extend(policy.and_then(|policy| mta_sts::certificate(policy, door, facts.now)));
            let is_bad =
                |it: &Finding| matches!(config.state_of(it), State::Critical | State::Unknown);
            works |= door.takes_mail() && !about.iter().any(is_bad);
            let subject = match host.doors.len() {
                1 => host.name.clone(),
                _ => format!("{} at {}", host.name, door.address),
            };
            findings.extend(about.into_iter().map(|finding| finding.about(&subject)));
        }
        findings.extend(of_policy.map(|finding| finding.about(&host.name)));
        // Where something is not known and nothing is wrong, it may well work.
        let states = || findings.iter().map(|it| config.state_of(it));
        let is_unclear = states().any(|it| it == State::Unknown);
        let unseen = !host.looked_at || (is_unclear && states().all(|it| it != State::Critical));
        Self { works: works && is_usable, unseen, findings }
    }
}

fn quorum(config: &Config) -> Option<usize> {
    match &config.place {
        Place::Domain(wanted) => wanted.quorum,
        Place::Host { .. } | Place::Socket(_) => None,
    }
}

/// The first line when all is well. Where there is not room for it, the certificate is no host's.
pub(super) fn summary(config: &Config, domain: &MailDomain, facts: &Facts) -> String {
    let greets = |host: &&Host| host.doors.iter().any(|door| matches!(door.greeting, Some(Ok(_))));
    let greeting = format!(
        "{} {} of {} greet",
        config.target,
        domain.hosts.iter().filter(greets).count(),
        plural(domain.hosts.len(), "mail exchanger", "mail exchangers"),
    );
    let left = domain
        .hosts
        .iter()
        .filter_map(|host| Some((certificate::shortest_left(&host.doors, facts.now)?, host)));
    let soonest = left.min_by_key(|(left, _)| *left).filter(|(left, _)| *left > 0);
    let line = |named: bool| {
        let expiry = soonest.map(|(left, host)| {
            let of = if named { format!(" of {}", host.name) } else { String::new() };
            format!("certificate{of} expires in {}", certificate::span(left))
        });
        let mut parts = vec![greeting.clone()];
        parts.extend(expiry);
        parts.extend(promises(domain));
        parts.push(times::text(facts.time));
        parts.join(", ")
    };
    let whole = line(true);
    if whole.chars().count() > LONGEST_SUMMARY { line(false) } else { whole }
}

/// What the domain promises of TLS, and keeps.
fn promises(domain: &MailDomain) -> Vec<String> {
    let vouched = |host: &Host| {
        let mut doors = host.doors.iter();
        doors.len() > 0 && doors.all(|door| dane::vouches(host.dane.as_ref(), door))
    };
    let is_vouched = !domain.hosts.is_empty() && domain.hosts.iter().all(vouched);
    let policy = domain.mta_sts.as_ref().and_then(MtaSts::in_force);
    let reports = domain.tls_rpt.as_ref().is_some_and(tls_rpt::is_usable);
    [
        is_vouched.then(|| "DANE".to_owned()),
        policy.map(|policy| format!("MTA-STS {}", mta_sts::mode(policy.mode))),
        reports.then(|| "TLS-RPT".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the domain says of TLS, whole.
pub(super) fn published(domain: &MailDomain) -> Vec<String> {
    let records = domain.mta_sts.iter().map(|sts| &sts.record).chain(&domain.tls_rpt);
    let line = |at: &str, text: &str| format!("{at} TXT \"{text}\"");
    let texts = records.flat_map(|it| it.records.iter().map(|text| line(&it.at, text)));
    let policy = domain.mta_sts.as_ref().and_then(MtaSts::in_force).map(|policy| {
        let hosts: Vec<String> = policy.mx.iter().map(ToString::to_string).collect();
        let (mode, age) = (mta_sts::mode(policy.mode), policy.max_age);
        format!("MTA-STS policy: mode {mode}, max_age {age}, mx {}", hosts.join(" "))
    });
    texts.chain(policy).collect()
}

/// The metrics of each host: of its addresses the worst value.
pub(super) fn metrics(config: &Config, now: i64, domain: &MailDomain) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = domain.mta_sts.iter().flat_map(mta_sts::metrics).collect();
    for host in &domain.hosts {
        let mut of_host: Vec<Metric> = Vec::new();
        let of_door = |door| {
            let vouched = dane::metric(host.dane.as_ref(), door);
            times::of_door(config, now, door).into_iter().chain(vouched)
        };
        for metric in host.doors.iter().flat_map(of_door) {
            match of_host.iter_mut().find(|it| it.spec.name == metric.spec.name) {
                Some(known) => known.value = worse(&metric, known.value),
                None => of_host.push(metric),
            }
        }
        metrics.extend(of_host.into_iter().map(|metric| metric.of(&host.name)));
    }
    metrics
}

/// Of time that is left and of what is good the least is the worst, of time that was taken the most.
fn worse(metric: &Metric, known: f64) -> f64 {
    if [CERT_LEFT.name, DANE_OK.name].contains(&metric.spec.name) {
        known.min(metric.value)
    } else {
        known.max(metric.value)
    }
}

/// Characters that are shown of a first line.
const LONGEST_SUMMARY: usize = 120;
/// What is CRITICAL however many others take the mail.
const DANGERS: &[&Rule] = &[&rule::OPEN_RELAY, &rule::STARTTLS_INJECTION];
