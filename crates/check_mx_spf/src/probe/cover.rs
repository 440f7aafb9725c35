//! Whether all that has to pass does.

use mailhost_core::dns::{Known, Name};

use super::mx;
use crate::config::Config;
use crate::facts::{Covered, Gap};
use crate::network::Network;
use crate::spf::{Client, Mailbox, SpfResult, Tree, check_host, walk};

/// Evaluates the policies of all identities for all that `--covers` and `--covers-mx` name.
pub(super) fn look(
    known: &mut Known,
    config: &Config,
    tree: Option<&Tree>,
    now: i64,
) -> Vec<Covered> {
    let mut wanted: Vec<(Network, Option<Name>)> =
        config.covered.iter().map(|network| (*network, None)).collect();
    if let Some(domain) = config.domain.as_ref().filter(|_| config.covers_mx) {
        for host in mx::look(known, &domain.name).hosts {
            for address in host.addresses {
                wanted.push((Network::single(address.address), Some(host.name.clone())));
            }
        }
    }
    let mut covers = Vec::new();
    for (sender, helo) in config.identities() {
        let of_domain = config.domain.as_ref().is_some_and(|it| it.text == sender.domain);
        let boundaries: Vec<Network> = match tree.filter(|_| of_domain) {
            _ if wanted.iter().all(|(network, _)| network.is_single()) => Vec::new(),
            Some(tree) => tree.networks.iter().map(|it| it.network).collect(),
            None => walk(known, &sender.domain).networks.iter().map(|it| it.network).collect(),
        };
        for (network, host) in &wanted {
            let failing = gaps(known, *network, &boundaries, (&sender, &helo), now);
            let domain = sender.domain.clone();
            covers.push(Covered { network: *network, host: host.clone(), domain, failing });
        }
    }
    covers
}

/// The parts of a network that do not pass. Between the borders of the networks that a policy names,
/// it says the same of every address, unless it looks an address up by name; so one of each part is
/// evaluated.
fn gaps(
    known: &mut Known,
    network: Network,
    boundaries: &[Network],
    (sender, helo): (&Mailbox, &str),
    now: i64,
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for (first, last) in network.cut_by(boundaries).into_iter().take(MOST_PARTS) {
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
const MOST_PARTS: usize = 256;
