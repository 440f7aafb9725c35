//! Whether all that has to pass does.

use std::net::IpAddr;

use mailhost_core::dns::{Known, Name};

use super::mx;
use crate::config::{Config, Domain};
use crate::facts::{Covered, Gap, MxAnswer};
use crate::network::Network;
use crate::spf::{Client, Mailbox, SpfResult, Tree, check_host, walk};

/// What came of `--covers` and `--covers-mx`: the verdicts, and what could not be told.
pub(super) type Coverage = (Vec<Covered>, Vec<String>);

/// Evaluates the policies of all identities for all that `--covers` and `--covers-mx` name.
pub(super) fn look(known: &mut Known, config: &Config, tree: Option<&Tree>, now: i64) -> Coverage {
    let mut wanted: Vec<(Network, Option<Name>)> =
        config.covered.iter().map(|network| (*network, None)).collect();
    let mut unknown = Vec::new();
    if let Some(domain) = config.domain.as_ref().filter(|_| config.covers_mx) {
        exchangers(known, domain, &mut wanted, &mut unknown);
    }
    let mut covers = Vec::new();
    for (sender, helo) in config.identities() {
        let of_domain = config.domain.as_ref().is_some_and(|it| it.text == sender.domain);
        let borders: Vec<Network> = match tree.filter(|_| of_domain) {
            _ if wanted.iter().all(|(network, _)| network.is_single()) => Vec::new(),
            Some(tree) => tree.borders.clone(),
            None => walk(known, &sender.domain).borders,
        };
        for (network, host) in &wanted {
            let parts = network.cut_by(&borders);
            if let Some((first, _)) = parts.get(MOST_PARTS) {
                unknown.push(format!(
                    "{network} was looked at up to {first} only: the policy cuts it into {} parts",
                    parts.len()
                ));
            }
            let failing = gaps(known, &parts, (&sender, &helo), now);
            let domain = sender.domain.clone();
            covers.push(Covered { network: *network, host: host.clone(), domain, failing });
        }
    }
    (covers, unknown)
}

/// Adds the addresses of the mail exchangers, and says which are not known.
fn exchangers(
    known: &mut Known,
    domain: &Domain,
    wanted: &mut Vec<(Network, Option<Name>)>,
    unknown: &mut Vec<String>,
) {
    let mx = mx::look(known, &domain.name);
    let before = wanted.len();
    for host in mx.hosts {
        if let Some(failure) = &host.failure {
            unknown.push(format!("whether MX {} passes is not known: {failure}", host.name));
        }
        for address in host.addresses {
            wanted.push((Network::single(address.address), Some(host.name.clone())));
        }
    }
    if wanted.len() == before && unknown.is_empty() {
        unknown.push(match mx.answer {
            MxAnswer::Failed(failure) => format!("whether MX passes is not known: {failure}"),
            _ => "there is no MX address that could pass".to_owned(),
        });
    }
}

/// The parts of a network that do not pass. Between the borders of the networks that a policy names,
/// it says the same of every address, unless it looks an address up by name; so one of each part is
/// evaluated.
fn gaps(
    known: &mut Known,
    parts: &[(IpAddr, IpAddr)],
    (sender, helo): (&Mailbox, &str),
    now: i64,
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for &(first, last) in parts.iter().take(MOST_PARTS) {
        let client = Client { address: first, sender: sender.clone(), helo: helo.to_owned() };
        let evaluation = check_host(known, &client, now);
        if evaluation.result == SpfResult::Pass {
            continue;
        }
        match gaps.last_mut() {
            Some(before)
                if before.evaluation.result == evaluation.result
                    && Network::follows(before.last, first) =>
            {
                before.last = last;
            }
            _ => gaps.push(Gap { first, last, evaluation }),
        }
    }
    gaps
}

/// Parts of a network that are evaluated; nobody's own network is cut into more.
const MOST_PARTS: usize = 1000;
