//! What the policy says: whom it lets send, and what in it has no effect.

use std::collections::{BTreeMap, BTreeSet};

use mailhost_core::contract::{Finding, State, plural, rule};
use mailhost_core::mail::spf::{
    Kind, LookAlike, Mechanism, Node, Passing, Qualifier, Record, Seen,
};
use mailhost_core::mail::{Network, not_said};

use crate::config::Config;
use crate::facts::{Explanation, Facts, Spf};

pub(super) fn judge(config: &Config, spf: &Spf, nodes: &[&Node], findings: &mut Vec<Finding>) {
    if spf.tree.root.record().is_none() {
        return;
    }
    strangers(nodes, findings);
    findings.extend(spf.tree.neutral.iter().map(|of| neutral(of)));
    for node in nodes {
        if let Some(record) = node.record() {
            if node.own {
                own(node, record, findings);
            }
            reports(node, record, findings);
        }
    }
    includes(nodes, findings);
    networks(&spf.tree.networks, findings);
    parked(config, spf, nodes, findings);
}

/// What the policy says of clients that nothing names.
fn strangers(nodes: &[&Node], findings: &mut Vec<Finding>) {
    for node in nodes {
        let Some(record) = node.record() else { continue };
        let Some((at, Qualifier::Pass)) = record.all() else { continue };
        let of = format!("{} of {}", record.terms[at].text, node.domain);
        match node.means {
            Some(Qualifier::Pass) => {
                let text = format!("SPF lets everybody send: {of}");
                findings.push(Finding::broken(&rule::SPF_ALLOWS_ALL, text));
            }
            Some(Qualifier::Neutral) => {
                findings.push(neutral(&of));
            }
            _ => {}
        }
    }
    let Some(last) = nodes.iter().rfind(|node| node.own) else { return };
    let Some(record) = last.record() else { return };
    match record.all() {
        Some((_, Qualifier::Neutral)) => {
            let text = format!("SPF is neutral about strangers: ?all of {}", last.domain);
            findings.push(Finding::broken(&rule::SPF_NEUTRAL_ALL, text));
        }
        None if record.redirect().is_none() => {
            let text = format!("SPF of {} has neither all nor redirect=", last.domain);
            findings.push(Finding::broken(&rule::SPF_NO_ALL, text));
        }
        _ => {}
    }
}

fn neutral(of: &str) -> Finding {
    let text = format!("SPF is neutral about everybody, by way of {of}");
    Finding::broken(&rule::SPF_NEUTRAL_ALL, text)
}

/// Terms of the domain's own records that should not be there.
fn own(node: &Node, record: &Record, findings: &mut Vec<Finding>) {
    let whose = &node.domain;
    if let Some((all, _)) = record.all() {
        let behind = record.terms.iter().skip(all + 1);
        let behind: Vec<&str> = behind
            .filter(|term| matches!(term.kind, Kind::Directive(..)))
            .map(|term| term.text.as_str())
            .collect();
        if !behind.is_empty() {
            let text = format!("SPF of {whose} has terms behind all: {}", behind.join(" "));
            findings.push(Finding::broken(&rule::SPF_AFTER_ALL, text));
        }
    }
    for term in &record.terms {
        match &term.kind {
            Kind::Redirect(_) if record.all().is_some() => {
                let text = format!("SPF of {whose}: {} has no effect beside all", term.text);
                findings.push(Finding::broken(&rule::SPF_REDIRECT_IGNORED, text));
            }
            Kind::Directive(_, Mechanism::Ptr(_)) => {
                let text = format!("SPF of {whose} uses {}", term.text);
                findings.push(Finding::broken(&rule::SPF_PTR, text));
            }
            Kind::Unknown { name, .. } if !is_report(name) => {
                let text = format!("SPF of {whose}: {} is no modifier of SPF", term.text);
                findings.push(Finding::broken(&rule::SPF_UNKNOWN_MODIFIER, text));
            }
            _ => {}
        }
    }
}

/// The modifiers of RFC 6652.
fn reports(node: &Node, record: &Record, findings: &mut Vec<Finding>) {
    let modifiers: Vec<(String, &str)> = record
        .terms
        .iter()
        .filter_map(|term| match &term.kind {
            Kind::Unknown { name, value } if is_report(name) => {
                Some((name.to_ascii_lowercase(), value.as_str()))
            }
            _ => None,
        })
        .collect();
    let has_ra = modifiers.iter().any(|(name, _)| name == "ra");
    for (at, (name, value)) in modifiers.iter().enumerate() {
        let again = modifiers[..at].iter().any(|(before, _)| before == name);
        let why = if again {
            "is there more than once"
        } else if value.is_empty() {
            "has no value"
        } else if !is_report_value(name, value) {
            "has a wrong value"
        } else if !node.own {
            "has no effect in an included record"
        } else if name != "ra" && !has_ra {
            "has no effect without ra="
        } else {
            continue;
        };
        let text = format!("SPF of {}: {name}={value} {why}", node.domain);
        let finding = Finding::broken(&rule::SPF_REPORT_MODIFIER, text);
        // Of others' records it is good to know and not ours to mend.
        findings.push(if node.own { finding } else { finding.graded(State::Ok) });
    }
}

fn is_report(name: &str) -> bool {
    ["ra", "rp", "rr"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// RFC 6652 section 3: a local part, a percentage, kinds of results with colons between them.
fn is_report_value(name: &str, value: &str) -> bool {
    match name {
        "ra" => !value.contains('@'),
        "rp" => {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            digits && value.parse::<u8>().is_ok_and(|percent| percent <= 100)
        }
        _ => value.split(':').all(|kind| {
            ["all", "e", "f", "s", "n"].iter().any(|known| known.eq_ignore_ascii_case(kind))
        }),
    }
}

/// The same record included more than once. What such a record includes is not counted again.
fn includes(nodes: &[&Node], findings: &mut Vec<Finding>) {
    let mut times: BTreeMap<String, BTreeSet<(String, usize)>> = BTreeMap::new();
    for node in nodes {
        for (at, looked) in node.looked.iter().enumerate() {
            if let Seen::Record(below) = &looked.seen
                && below.record().is_some()
            {
                let from = (node.domain.to_ascii_lowercase(), at);
                times.entry(below.domain.to_ascii_lowercase()).or_default().insert(from);
            }
        }
    }
    for (domain, times) in times.into_iter().filter(|(_, times)| times.len() > 1) {
        let text = format!("SPF includes {domain} {} times", times.len());
        findings.push(Finding::broken(&rule::SPF_DUPLICATE_INCLUDE, text));
    }
}

fn networks(networks: &[Passing], findings: &mut Vec<Finding>) {
    for passing in networks {
        let Passing { network, domain, term, own, .. } = passing;
        let (all, widest) = if network.first().is_ipv4() {
            (EVERYBODY_IPV4, WIDE_IPV4)
        } else {
            (EVERYBODY_IPV6, WIDE_IPV6)
        };
        let of = format!("{term} of {domain}");
        if network.prefix() < all {
            let text = format!("SPF lets everybody send: {of}");
            findings.push(Finding::broken(&rule::SPF_ALLOWS_ALL, text));
            continue;
        }
        let mut found = Vec::new();
        if network.prefix() < widest {
            let text = format!("SPF lets many send: {network} by {of}");
            found.push(Finding::broken(&rule::SPF_WIDE_NETWORK, text));
        }
        if let Some(what) = network.not_public() {
            let text = format!("SPF names {network} by {of}, which is not public ({what})");
            found.push(Finding::broken(&rule::SPF_NOT_PUBLIC, text));
        }
        let theirs = |finding: Finding| if *own { finding } else { finding.graded(State::Ok) };
        findings.extend(found.into_iter().map(theirs));
    }
    together(networks, findings);
    overlaps(networks, findings);
}

/// Networks that are each small enough, and together are nearly everybody.
fn together(networks: &[Passing], findings: &mut Vec<Finding>) {
    let mut ipv4: Vec<Network> =
        networks.iter().map(|it| it.network).filter(|it| it.first().is_ipv4()).collect();
    ipv4.retain(|network| network.prefix() >= EVERYBODY_IPV4);
    ipv4.sort_by_key(|network| (network.first(), network.prefix()));
    let mut around: Option<Network> = None;
    let mut addresses: u64 = 0;
    for network in ipv4 {
        if around.is_some_and(|outer| outer.covers(network)) {
            continue;
        }
        addresses += 1 << (32 - network.prefix());
        around = Some(network);
    }
    if addresses >= HALF_OF_IPV4 {
        let text = "SPF lets everybody send: its networks are half of IPv4 and more";
        findings.push(Finding::broken(&rule::SPF_ALLOWS_ALL, text));
    }
}

/// Networks of the domain's own records that lie in others of them.
fn overlaps(networks: &[Passing], findings: &mut Vec<Finding>) {
    let mut own: Vec<&Passing> = networks.iter().filter(|it| it.own).collect();
    // Of networks that begin alike the widest comes first, so each lies in the last one before it that
    // reaches so far, or in none.
    own.sort_by_key(|it| (it.network.first(), it.network.prefix(), &it.domain, it.index));
    let mut around: Vec<&Passing> = Vec::new();
    for one in own {
        while around.last().is_some_and(|outer| !outer.network.covers(one.network)) {
            around.pop();
        }
        // Two addresses of one host in one term are no mistake of the record's.
        let same_term =
            |other: &&&Passing| (&other.domain, other.index) == (&one.domain, one.index);
        if let Some(outer) = around.last().filter(|outer| !same_term(outer)) {
            let text = format!("SPF: {} of {} is also in {}", one.network, one.term, outer.term);
            findings.push(Finding::broken(&rule::SPF_OVERLAP, text));
        }
        around.push(one);
    }
}

/// What is at the domain's own name, and at those it redirects to.
pub(super) fn names(facts: &Facts, spf: &Spf, nodes: &[&Node], findings: &mut Vec<Finding>) {
    for node in nodes.iter().filter(|node| node.own) {
        let Some(policy) = node.policy() else { continue };
        look_alikes(&policy.look_alikes, findings);
        if policy.undecodable > 0 {
            let number = policy.undecodable;
            let records =
                plural(number, "TXT record at the name is", "TXT records at the name are");
            findings.push(Finding::broken(&rule::SPF_UNDECODABLE, format!("{records} not UTF-8")));
        }
        let Some(text) = node.text() else { continue };
        if text.len() > LONG {
            let long = format!("SPF record of {} has {} bytes", node.domain, text.len());
            let finding = Finding::broken(&rule::SPF_TOO_LONG, long);
            findings.push(if text.len() > VERY_LONG { finding } else { finding.graded(State::Ok) });
        }
        let kept = format!("the texts of {} may be kept for {} s", node.domain, policy.ttl);
        findings.push(Finding::good("spf-ttl", kept));
    }
    if spf.type_99 {
        let text = "has an SPF record of type 99 too";
        findings.push(Finding::broken(&rule::SPF_OBSOLETE_TYPE, text));
    }
    findings.extend(spf.explanation.as_ref().map(|why| explanation(facts, why)));
}

fn explanation(facts: &Facts, why: &Explanation) -> Finding {
    let text = match why {
        Explanation::Failed(name, failure) => {
            let what = format!("SPF: the text of exp={name} is not known");
            return not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, &what);
        }
        Explanation::Missing(name) => format!("exp={name} leads to no text"),
        Explanation::NotAscii(name) => format!("the text at {name} is not ASCII"),
        Explanation::NoName(text) => format!("exp={text} is no domain name"),
        Explanation::Several(name, number) => format!("exp={name} leads to {number} texts"),
        Explanation::Wrong(name, how) => format!("the text at {name} is wrong: {how}"),
    };
    Finding::broken(&rule::SPF_EXP_UNUSABLE, format!("SPF: {text}"))
}

fn parked(config: &Config, spf: &Spf, nodes: &[&Node], findings: &mut Vec<Finding>) {
    if config.parked && !lets_nobody_send(nodes) {
        let text = spf.tree.root.text().unwrap_or_default();
        let text = format!("is parked, and its SPF record is not v=spf1 -all: {text}");
        findings.push(Finding::broken(&rule::SPF_NOT_PARKED, text));
    }
}

/// Whether the policy is -all and nothing else, at the domain itself or where it redirects to.
fn lets_nobody_send(nodes: &[&Node]) -> bool {
    let own = nodes.iter().filter(|node| node.own);
    let records: Vec<&Record> = own.filter_map(|node| node.record()).collect();
    let only_fails = |record: &&Record| {
        let fails = |kind: &Kind| matches!(kind, Kind::Directive(Qualifier::Fail, Mechanism::All));
        record.directives().all(|(_, term, ..)| fails(&term.kind))
    };
    records.iter().all(only_fails) && records.last().is_some_and(|last| last.all().is_some())
}

/// Texts that somebody may have meant as a record.
fn look_alikes(all: &[LookAlike], findings: &mut Vec<Finding>) {
    findings.extend(all.iter().map(|alike| match alike {
        LookAlike::SenderId(text) => {
            Finding::broken(&rule::SPF_SENDER_ID, format!("has a record of Sender ID: {text}"))
        }
        LookAlike::Version(text) => {
            let text = format!("has a text that only looks like an SPF record: {text}");
            Finding::broken(&rule::SPF_LOOK_ALIKE, text)
        }
    }));
}

/// Bits; networks with fewer hold so many that it makes no difference whether all are meant.
const EVERYBODY_IPV4: u8 = 8;
const EVERYBODY_IPV6: u8 = 16;
/// Addresses.
const HALF_OF_IPV4: u64 = 1 << 31;
/// Bits; a network with fewer is wider than any one sender needs.
const WIDE_IPV4: u8 = 16;
const WIDE_IPV6: u8 = 32;
/// Bytes of a record that fit into a plain datagram with all else (RFC 7208 section 3.4).
const LONG: usize = 450;
/// Bytes of a plain datagram.
const VERY_LONG: usize = 512;
