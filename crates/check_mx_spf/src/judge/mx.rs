//! The mail exchangers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mailhost_core::contract::{Evidence, Finding, Metric, State, plural, rule};
use mailhost_core::dns::{Failure, Name, RecordType};
use mailhost_core::mail::spf::MOST_EXCHANGERS;
use mailhost_core::mail::{
    MxAnswer, Network, address_in_place_of, graded_by, no_such_domain, not_said,
};

use super::count;
use crate::config::{Config, ExpectedMx};
use crate::facts::{Address, Facts, Host, Mx, Reverse};
use crate::metrics;

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(mx) = &facts.mx else { return };
    match &mx.answer {
        MxAnswer::Failed(failure) => {
            findings.push(not_known(config, facts, failure, "MX is not known"));
            return;
        }
        MxAnswer::NoDomain(alias) => {
            findings.push(no_such_domain(alias.as_ref()));
            return;
        }
        MxAnswer::Implicit => implicit(config, facts, mx, findings),
        MxAnswer::Records => records(config, facts, mx, findings),
    }
    expected(config, mx, findings);
    number(config, mx, findings);
}

/// That the DNS does not say where mail goes.
fn not_known(config: &Config, facts: &Facts, failure: &Failure, what: &str) -> Finding {
    let finding = not_said(facts.resolver.as_ref(), &rule::MX_DNS_FAILED, failure, what);
    graded_by(finding, failure, config.when_silent, config.when_unreachable)
}

/// Section 5.1 of RFC 5321: without MX the domain's own address takes its mail.
fn implicit(config: &Config, facts: &Facts, mx: &Mx, findings: &mut Vec<Finding>) {
    let has_address = mx.hosts.iter().any(|host| !host.addresses.is_empty());
    let failure = mx.hosts.iter().find_map(|host| host.failure.as_ref());
    match failure {
        Some(failure) if !has_address => {
            let what = "has no MX, and its own address is not known";
            findings.push(not_known(config, facts, failure, what));
        }
        _ if !has_address && config.parked => {
            findings.push(Finding::good("mx", "no MX and no address, as a parked domain"));
        }
        _ if !has_address => {
            let text = "has neither an MX record nor an address: it cannot get mail";
            findings.push(Finding::broken(&rule::MX_MISSING, text));
        }
        _ if config.parked => {
            let text = "has no null MX, so its own address takes its mail";
            findings.push(Finding::broken(&rule::MX_PARKED, text));
        }
        _ => {
            let text = "has no MX, so its own address takes its mail";
            findings.push(Finding::broken(&rule::MX_IMPLICIT, text));
            addresses(facts, mx, findings);
        }
    }
}

fn records(config: &Config, facts: &Facts, mx: &Mx, findings: &mut Vec<Finding>) {
    let nulls: Vec<&Host> = mx.hosts.iter().filter(|host| host.name.is_root()).collect();
    let hosts: Vec<&Host> = exchangers(mx).collect();
    if let Some(null) = nulls.iter().find(|null| null.preference != 0) {
        let text = format!("the null MX has the preference {}, not 0", null.preference);
        findings.push(Finding::broken(&rule::MX_NULL_PREFERENCE, text));
    }
    if !nulls.is_empty() && (!hosts.is_empty() || nulls.len() > 1) {
        let text =
            format!("has a null MX beside {}", plural(mx.hosts.len() - 1, "other", "others"));
        findings.push(Finding::broken(&rule::MX_NULL_NOT_ALONE, text));
    }
    if hosts.is_empty() {
        let text = "has a null MX: it takes no mail";
        findings.push(if config.parked {
            Finding::good("mx", text)
        } else {
            Finding::broken(&rule::MX_NULL, text)
        });
        return;
    }
    if config.parked {
        let text = format!("is parked and has the MX {}", hosts[0].name);
        findings.push(Finding::broken(&rule::MX_PARKED, text));
    }
    usable(config, facts, &hosts, findings);
    for host in &hosts {
        of_name(host, findings);
    }
    duplicates(&hosts, findings);
    addresses(facts, mx, findings);
    redundancy(facts, &hosts, findings);
    // A resolver tells what is left, which is little now and then.
    let shortest = if mx.authoritative { SHORT_TTL } else { 0 };
    if let Some(ttl) = mx.ttl.filter(|ttl| !(shortest..=LONG_TTL).contains(ttl)) {
        let text = format!("the MX records may be kept for {ttl} s");
        findings.push(Finding::broken(&rule::MX_TTL, text));
    }
    let shown: Vec<String> =
        hosts.iter().map(|host| format!("{} {}", host.preference, host.name)).collect();
    let ttl = mx.ttl.map_or(String::new(), |ttl| format!(", TTL {ttl} s"));
    findings.push(Finding::good("mx", format!("{}{ttl}", shown.join(", "))));
}

/// Whether there is any host that mail could go to.
fn usable(config: &Config, facts: &Facts, hosts: &[&Host], findings: &mut Vec<Finding>) {
    let any = hosts.iter().any(|host| !host.addresses.is_empty());
    for host in hosts {
        let Some(failure) = &host.failure else { continue };
        let what = format!("the address of MX {} is not known", host.name);
        let finding = not_known(config, facts, failure, &what);
        // Others take the mail meanwhile, or its other address family does.
        let milder = any && finding.state == State::Critical;
        findings.push(if milder { finding.graded(State::Warning) } else { finding });
    }
    let unseen = hosts.iter().filter(|host| !host.looked_at).count();
    if unseen > 0 {
        let text = format!("the addresses of {unseen} more MX hosts were not looked at");
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    for host in hosts.iter().filter(|host| host.more_addresses > 0) {
        let (more, name) = (host.more_addresses, &host.name);
        let text = format!("{more} more addresses of MX {name} were not looked at");
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    let has_ipv4 = |host: &&Host| host.addresses.iter().any(|it| it.address.is_ipv4());
    if any && !hosts.iter().any(|host| has_ipv4(host) || !is_seen(host)) {
        let text = "no MX host has an IPv4 address: many senders have nothing else";
        findings.push(Finding::broken(&rule::MX_ONE_FAMILY, text));
    }
    if !any && unseen == 0 && hosts.iter().all(|host| host.failure.is_none()) {
        let text = "no MX host has an address: mail to it comes back";
        findings.push(Finding::broken(&rule::MX_UNUSABLE, text));
    }
}

fn of_name(host: &Host, findings: &mut Vec<Finding>) {
    let name = &host.name;
    if address_in_place_of(name).is_some() {
        let text = format!("MX {name} is an address, not a host name");
        findings.push(Finding::broken(&rule::MX_IS_ADDRESS, text));
        return;
    }
    let text = name.to_string().to_ascii_lowercase();
    if text.ends_with(".msv1.invalid") {
        let text = format!("MX {name} is left from proving ownership to Microsoft");
        findings.push(Finding::broken(&rule::MX_PLACEHOLDER, text));
        return;
    }
    if name.labels().count() < 2 || text.starts_with("localhost.") {
        let text = format!("MX {name} is another host for everybody who looks for it");
        findings.push(Finding::broken(&rule::MX_SINGLE_LABEL, text));
    } else if !name.is_hostname() {
        let text = format!("MX {name} is no host name");
        findings.push(Finding::broken(&rule::MX_NOT_HOSTNAME, text));
    }
    if let Some(alias) = &host.alias {
        let text = format!("MX {name} is an alias of {alias}");
        findings.push(Finding::broken(&rule::MX_ALIAS, text));
    }
    if host.addresses.is_empty() && host.failure.is_none() && host.looked_at {
        let text = format!("MX {name} has no address");
        findings.push(Finding::broken(&rule::MX_UNRESOLVABLE, text));
    }
}

fn duplicates(hosts: &[&Host], findings: &mut Vec<Finding>) {
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut told: BTreeSet<&Name> = BTreeSet::new();
    for host in hosts {
        if !seen.insert(&host.name) && told.insert(&host.name) {
            let text = format!("MX {} is there more than once", host.name);
            findings.push(Finding::broken(&rule::MX_DUPLICATE, text));
        }
    }
    if hosts.len() > MOST_EXCHANGERS {
        let text = format!("has {} MX records, more than SPF's mx may lead to", hosts.len());
        findings.push(Finding::broken(&rule::MX_TOO_MANY, text));
    }
}

/// The addresses and their names, each once.
fn addresses(facts: &Facts, mx: &Mx, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for host in exchangers(mx) {
        for Address { address, reverse } in &host.addresses {
            if !seen.insert(*address) {
                continue;
            }
            let whose = format!("{address} of {}", host.name);
            if let Some(what) = Network::single(*address).not_public() {
                let text = format!("MX address {whose} is not public ({what})");
                findings.push(Finding::broken(&rule::MX_NOT_PUBLIC, text));
                // Nobody sees its reverse name.
                continue;
            }
            findings.push(match reverse {
                Reverse::Confirmed(name) => Finding::good("ptr", format!("{whose} is {name}")),
                Reverse::Missing => Finding::broken(
                    &rule::PTR_MISSING,
                    format!("address {whose} has no name (PTR)"),
                ),
                Reverse::Unconfirmed(names) => {
                    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                    let text = format!(
                        "the name of address {whose} does not lead back to it: {}",
                        names.join(", ")
                    );
                    Finding::broken(&rule::PTR_UNCONFIRMED, text)
                }
                Reverse::Failed(failure) => {
                    let what = format!("the name of address {whose} is not known");
                    let finding =
                        not_said(facts.resolver.as_ref(), &rule::MX_DNS_FAILED, failure, &what);
                    let state = finding.state.min(State::Warning);
                    finding.graded(state)
                }
            });
        }
    }
}

fn redundancy(facts: &Facts, hosts: &[&Host], findings: &mut Vec<Finding>) {
    let mut low = |text: String| findings.push(Finding::broken(&rule::MX_REDUNDANCY, text));
    let names: BTreeSet<&Name> = hosts.iter().map(|host| &host.name).collect();
    let addresses = hosts.iter().flat_map(|host| &host.addresses);
    let networks: BTreeSet<Network> =
        addresses.map(|it| Network::new(it.address, site(it.address))).collect();
    let of_family = |v4: bool| networks.iter().filter(|it| it.first().is_ipv4() == v4).count();
    if names.len() == 1 {
        low(format!("mail depends on one host, {}", hosts[0].name));
    } else if of_family(true).max(of_family(false)) == 1 && hosts.iter().all(|it| is_seen(it)) {
        let shown: Vec<String> = networks.iter().map(ToString::to_string).collect();
        let one = if shown.len() > 1 { "one network of each family" } else { "one network" };
        low(format!("all MX hosts are in {one}, {}", shown.join(" and ")));
    }
    if let Some(zone) = facts.zone.as_ref().filter(|zone| zone.servers.len() == 1) {
        low(format!("the DNS of {} depends on one name server, {}", zone.name, zone.servers[0]));
    }
}

/// The bits that addresses of one site have in common.
fn site(address: IpAddr) -> u8 {
    if address.is_ipv4() { 24 } else { 48 }
}

fn expected(config: &Config, mx: &Mx, findings: &mut Vec<Finding>) {
    if config.expected_mx.is_empty() {
        return;
    }
    let hosts: Vec<&Host> = match mx.answer {
        MxAnswer::Records => mx.hosts.iter().collect(),
        _ => Vec::new(),
    };
    let mut wrong = Vec::new();
    for wanted in &config.expected_mx {
        let named = hosts.iter().filter(|host| host.name == wanted.host);
        // The same host may be there twice, with two preferences.
        let mut each = named.map(|host| differences(wanted, host)).collect::<Vec<_>>();
        each.sort_by_key(Vec::len);
        match each.into_iter().next() {
            None => wrong.push(format!("{} is missing", wanted.host)),
            Some(differences) => wrong.extend(differences),
        }
    }
    wrong.extend(hosts.iter().filter_map(|host| not_expected(config, mx, host)));
    let open: Vec<String> = config
        .expected_mx
        .iter()
        .filter_map(|wanted| {
            let mut named = mx.hosts.iter().filter(|host| host.name == wanted.host);
            let address = wanted.address.filter(|it| named.any(|host| may_have(host, *it)))?;
            Some(format!("whether {} has the address {address} is not known", wanted.host))
        })
        .collect();
    if !wrong.is_empty() {
        let text = format!("MX {}", wrong.join(", "));
        findings.push(Finding::broken(&rule::MX_UNEXPECTED, text));
    } else if open.is_empty() {
        let text = "the mail exchangers are the expected ones";
        findings.push(Finding::good("expected-mx", text));
    }
    findings.extend(open.into_iter().map(|text| Finding::broken(&rule::NOT_LOOKED_AT, text)));
}

/// That a host is there which nobody named, or is there once more with another preference.
fn not_expected(config: &Config, mx: &Mx, host: &Host) -> Option<String> {
    let named = || config.expected_mx.iter().filter(|wanted| wanted.host == host.name);
    if named().next().is_none() {
        return Some(format!("{} was not expected", host.name));
    }
    // A single one with another preference is told as that.
    let several = mx.hosts.iter().filter(|it| it.name == host.name).count() > 1;
    let fits = named().any(|wanted| wanted.preference.is_none_or(|it| it == host.preference));
    (several && !fits).then(|| format!("{} {} was not expected", host.preference, host.name))
}

fn differences(wanted: &ExpectedMx, host: &Host) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(preference) = wanted.preference.filter(|it| *it != host.preference) {
        wrong.push(format!(
            "{} has the preference {}, not {preference}",
            host.name, host.preference
        ));
    }
    if let Some(address) = wanted.address
        && !has(host, address)
        && !may_have(host, address)
    {
        wrong.push(format!("{} does not have the address {address}", host.name));
    }
    wrong
}

fn has(host: &Host, address: IpAddr) -> bool {
    host.addresses.iter().any(|it| it.address == address)
}

/// Whether an address that was not seen may be there all the same.
fn may_have(host: &Host, address: IpAddr) -> bool {
    let seen = host.looked_at && host.more_addresses == 0;
    !has(host, address) && (!seen || host.unknown.contains(&RecordType::of_address(address)))
}

fn number(config: &Config, mx: &Mx, findings: &mut Vec<Finding>) {
    let hosts = distinct(mx);
    if let Some((state, range)) = config.mx_count.broken_by(count(hosts)) {
        let text = format!("has {} (range {range})", plural(hosts, "MX host", "MX hosts"));
        findings.push(Finding::broken(&rule::MX_COUNT, text).graded(state));
    }
}

pub(super) fn summary(mx: &Mx) -> String {
    match mx.answer {
        MxAnswer::Records if exchangers(mx).next().is_none() => "takes no mail".to_owned(),
        MxAnswer::Records => plural(distinct(mx), "MX host", "MX hosts"),
        MxAnswer::Failed(_) => "MX is not known".to_owned(),
        MxAnswer::Implicit | MxAnswer::NoDomain(_) => "no MX".to_owned(),
    }
}

pub(super) fn metrics(config: &Config, mx: &Mx) -> Vec<Metric> {
    if matches!(mx.answer, MxAnswer::Failed(_)) {
        return Vec::new();
    }
    let mut metrics =
        vec![Metric::new(&metrics::MX_HOSTS, count(distinct(mx))).held_to(config.mx_count)];
    if exchangers(mx).all(is_seen) {
        let addresses: BTreeSet<IpAddr> =
            exchangers(mx).flat_map(|host| &host.addresses).map(|it| it.address).collect();
        metrics.push(Metric::new(&metrics::ADDRESSES, count(addresses.len())));
    }
    metrics
}

/// Whether all of a host's addresses are known.
fn is_seen(host: &Host) -> bool {
    host.failure.is_none() && host.looked_at && host.more_addresses == 0
}

/// Hosts and addresses, for `-vv`.
pub(super) fn evidence(facts: &Facts) -> Vec<Evidence> {
    let hosts = facts.mx.iter().flat_map(exchangers);
    let line = |host: &Host| {
        let addresses: Vec<String> =
            host.addresses.iter().map(|it| it.address.to_string()).collect();
        let text = format!("MX {} {}: {}", host.preference, host.name, addresses.join(", "));
        Evidence { level: 2, text }
    };
    hosts.map(line).collect()
}

/// The different hosts of MX records; the domain itself is none of them.
fn distinct(mx: &Mx) -> usize {
    if mx.answer != MxAnswer::Records {
        return 0;
    }
    exchangers(mx).map(|host| &host.name).collect::<BTreeSet<_>>().len()
}

/// All but the null MX.
fn exchangers(mx: &Mx) -> impl Iterator<Item = &Host> {
    mx.hosts.iter().filter(|host| !host.name.is_root())
}

/// Seconds; below, resolvers ask for nearly every mail.
const SHORT_TTL: u32 = 60;
/// Seconds in a week.
const LONG_TTL: u32 = 604_800;
