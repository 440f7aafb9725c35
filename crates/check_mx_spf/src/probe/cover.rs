//! Whether all that has to pass does.

use std::net::IpAddr;

use mailhost_core::dns::{Known, Name};
use mailhost_core::mail::spf::{Client, Evaluation, Policies, SpfResult, check_host};
use mailhost_core::mail::{Domain, MxAnswer, Network};

use super::mx;
use crate::config::Config;
use crate::facts::{Covered, Gap, Unseen};

/// What came of `--covers` and `--covers-mx`: the verdicts, and what was not seen.
pub(super) type Coverage = (Vec<Covered>, Vec<Unseen>);

/// Evaluates the policies of all identities for all that `--covers` and `--covers-mx` name.
pub(super) fn look(
    known: &mut Known,
    policies: &mut Policies,
    config: &Config,
    now: i64,
) -> Coverage {
    let mut wanted: Vec<(Network, Option<Name>)> =
        config.covered.iter().map(|network| (*network, None)).collect();
    let mut unseen = Vec::new();
    if let Some(domain) = config.domain.as_ref().filter(|_| config.covers_mx) {
        exchangers(known, domain, &mut wanted, &mut unseen);
    }
    let mut covers = Vec::new();
    for (sender, helo) in config.identities() {
        for (network, host) in &wanted {
            let mut evaluate = |address| {
                let client = Client { address, sender: sender.clone(), helo: helo.clone() };
                let evaluation = check_host(known, policies, &client, now);
                (evaluation, known.is_waiting())
            };
            let failing = sweep(*network, &mut evaluate, &mut unseen);
            let domain = sender.domain.clone();
            covers.push(Covered { network: *network, host: host.clone(), domain, failing });
        }
    }
    (covers, unseen)
}

/// Adds the addresses of the mail exchangers, and says which are not known.
fn exchangers(
    known: &mut Known,
    domain: &Domain,
    wanted: &mut Vec<(Network, Option<Name>)>,
    unseen: &mut Vec<Unseen>,
) {
    let mx = mx::look(known, &domain.name);
    if let MxAnswer::Failed(failure) = mx.answer {
        unseen.push(Unseen::Exchangers(failure));
        return;
    }
    let hosts = mx.hosts.into_iter().filter(|host| !host.name.is_root());
    let mut any = false;
    for host in hosts {
        any = true;
        if let Some(failure) = host.failure {
            unseen.push(Unseen::Host(host.name.clone(), failure));
        } else if !host.looked_at || host.more_addresses > 0 {
            unseen.push(Unseen::HostSkipped(host.name.clone()));
        } else if host.addresses.is_empty() {
            unseen.push(Unseen::NoAddress(host.name.clone()));
        }
        for address in host.addresses {
            wanted.push((Network::single(address.address), Some(host.name.clone())));
        }
    }
    if !any {
        unseen.push(Unseen::NoExchanger);
    }
}

/// The parts of a network that do not pass. An evaluation holds up to the next border of a network
/// that it met, unless it asked the DNS about the address; so one of each part is enough.
fn sweep(
    network: Network,
    evaluate: &mut dyn FnMut(IpAddr) -> (Evaluation, bool),
    unseen: &mut Vec<Unseen>,
) -> Vec<Gap> {
    let mut failing: Vec<Gap> = Vec::new();
    let mut next = Some(network.first());
    for _ in 0..MOST_PARTS {
        let Some(first) = next.filter(|first| network.contains(*first)) else {
            return failing;
        };
        let (evaluation, waiting) = evaluate(first);
        if waiting {
            // It will be evaluated again, and the other parts with it.
            return failing;
        }
        let last = evaluation.same_up_to.min(network.last());
        next = Network::after(last);
        if evaluation.by_address && first != last {
            let domain = evaluation.domain.clone();
            unseen.push(Unseen::ByAddress { first, last, domain });
        }
        if evaluation.result == SpfResult::Pass {
            continue;
        }
        match failing.last_mut() {
            Some(before)
                if before.evaluation.result == evaluation.result
                    && Network::after(before.last) == Some(first) =>
            {
                before.last = last;
            }
            _ => failing.push(Gap { first, last, evaluation }),
        }
    }
    let rest = next.filter(|next| network.contains(*next));
    unseen.extend(rest.map(|up_to| Unseen::Parts { network, up_to }));
    failing
}

/// Parts of a network that are evaluated; nobody's own network is cut into more.
const MOST_PARTS: usize = 1000;
