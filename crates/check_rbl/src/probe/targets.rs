//! The addresses and domains that the options come to.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mailhost_core::deadline::Deadline;
use mailhost_core::dns::{Failure, Known, Lookup, Name, Question, RecordType};
use mailhost_core::mail::spf::{Node, Policies, Published, Tree, walk};
use mailhost_core::mail::{Domain, Mx, MxAnswer, Network};
use mailhost_core::net::{Family, ResolveFault, resolve};

use crate::config::{Chosen, Config, Host};
use crate::facts::Unseen;
use crate::lists::{Kind, Subject};

/// Whom the lists are asked about: a target, and the host that it is an address of.
pub(super) type Wanted = (Subject, Option<String>);

/// Everything that the options name, each once, and what came to nothing.
pub(super) fn find(
    config: &Config,
    known: &mut Known,
    lookup: &mut dyn Lookup,
    deadline: &Deadline,
) -> (Vec<Wanted>, Vec<Unseen>) {
    let mut found = Found::new(config);
    if config.nameservers.is_empty() {
        for host in &config.hosts {
            found.host_of_system(host, deadline);
        }
    }
    let mut policies = Policies::default();
    let asked = known.settle(lookup, |known| {
        let mut found = Found::new(config);
        if !config.nameservers.is_empty() {
            for host in &config.hosts {
                found.host(known, host);
            }
        }
        for domain in &config.domains {
            found.domain(known, domain, &mut policies);
        }
        found
    });
    for (subject, of) in asked.targets {
        found.add(subject, of);
    }
    found.unseen.extend(asked.unseen);
    found.unseen.extend(asked.large);
    let more = found.targets.len().saturating_sub(MOST_TARGETS);
    if more > 0 {
        found.targets.truncate(MOST_TARGETS);
        found.unseen.push(Unseen::TooMany(more));
    }
    (found.targets, found.unseen)
}

struct Found<'a> {
    config: &'a Config,
    targets: Vec<Wanted>,
    seen: BTreeSet<Subject>,
    /// How often something was a target already.
    again: usize,
    unseen: Vec<Unseen>,
    /// The networks of SPF that are too large to be looked at.
    large: Vec<Unseen>,
}

impl<'a> Found<'a> {
    fn new(config: &'a Config) -> Self {
        let (targets, unseen) = (Vec::new(), Vec::new());
        Self { config, targets, seen: BTreeSet::new(), again: 0, unseen, large: Vec::new() }
    }

    /// A host as the system knows it, hosts file and all.
    fn host_of_system(&mut self, host: &Host, deadline: &Deadline) {
        let name = match host {
            Host::Address(address) => return self.address(*address, None, true),
            Host::Name(name) => name,
        };
        match resolve(name, 0, self.config.family, deadline) {
            Ok(addresses) => {
                let more = addresses.len().saturating_sub(2 * MOST_ADDRESSES);
                for address in addresses.into_iter().take(2 * MOST_ADDRESSES) {
                    self.address(address.ip(), Some(name.clone()), false);
                }
                if more > 0 {
                    self.unseen.push(Unseen::TooMany(more));
                }
            }
            Err(ResolveFault::NoAddress) => self.unseen.push(Unseen::NoAddress(name.clone())),
            Err(fault) => self.unseen.push(Unseen::Host(name.clone(), fault)),
        }
    }

    /// A host as the given name servers know it.
    fn host(&mut self, known: &mut Known, host: &Host) {
        let text = match host {
            Host::Address(address) => return self.address(*address, None, true),
            Host::Name(name) => name,
        };
        let Ok(name) = Name::from_text(text) else { return };
        let (mut void, mut more) = (0, 0);
        let mut any = false;
        for kind in self.kinds() {
            let Some(answer) = known.answer(&Question::new(&name, kind)) else { continue };
            if let Some(failure) = answer.failure() {
                self.unseen.push(Unseen::HostFailed(text.clone(), failure.clone()));
            }
            void += usize::from(answer.is_void());
            more += answer.addresses().count().saturating_sub(MOST_ADDRESSES);
            for address in answer.addresses().take(MOST_ADDRESSES) {
                any = true;
                self.address(address, Some(text.clone()), false);
            }
        }
        if !any && void == self.kinds().len() {
            self.unseen.push(Unseen::NoAddress(text.clone()));
        }
        if more > 0 {
            self.unseen.push(Unseen::TooMany(more));
        }
    }

    /// How much came of looking: targets, those that were targets already, and what is no target.
    fn noted(&self) -> usize {
        self.targets.len() + self.again + self.unseen.len()
    }

    /// A domain, and the addresses that are asked for with it.
    fn domain(&mut self, known: &mut Known, domain: &Domain, policies: &mut Policies) {
        let has_domains = |it: &Chosen| it.list.knows(Kind::Domain);
        if self.config.lists.iter().any(has_domains) {
            self.add(Subject::Domain(domain.name.clone()), None);
        }
        let text = || domain.text.clone();
        if self.config.mx {
            let before = self.noted();
            self.exchangers(known, domain);
            if self.noted() == before {
                self.unseen.push(Unseen::NoExchangerAddress(text()));
            }
        }
        if self.config.spf_senders {
            let tree = walk(known, policies, &domain.text);
            let before = self.noted();
            self.senders(domain, &tree);
            if self.noted() == before {
                self.unseen.push(Unseen::NoSender(text()));
            }
        }
    }

    fn exchangers(&mut self, known: &mut Known, domain: &Domain) {
        let mx = Mx::look(known, &domain.name);
        let text = || domain.text.clone();
        match mx.answer {
            MxAnswer::Failed(failure) => return self.unseen.push(Unseen::Mx(text(), failure)),
            MxAnswer::NoDomain(_) => return self.unseen.push(Unseen::NoDomain(text())),
            MxAnswer::Implicit | MxAnswer::Records => {}
        }
        let hosts: Vec<_> = mx.hosts.into_iter().filter(|host| !host.name.is_root()).collect();
        if hosts.is_empty() {
            self.unseen.push(Unseen::NoExchanger(text()));
        }
        let mut more = 0;
        for host in hosts {
            let name = host.name.to_string();
            let wanted = self.kinds();
            let missed = host.unknown.iter().any(|kind| wanted.contains(kind));
            if let Some(failure) = host.failure.filter(|_| missed) {
                self.unseen.push(Unseen::Exchanger(text(), host.name, failure));
            } else if host.addresses.is_empty() && host.looked_at {
                self.unseen.push(Unseen::NoAddress(name.clone()));
            }
            more += if host.looked_at { host.more_addresses } else { 1 };
            for address in host.addresses {
                self.address(address, Some(name.clone()), false);
            }
        }
        if more > 0 {
            self.unseen.push(Unseen::TooMany(more));
        }
    }

    /// What the policy lets send, as far as it is a small network.
    fn senders(&mut self, domain: &Domain, tree: &Tree) {
        let text = || domain.text.clone();
        if let Some(failure) = failure(tree) {
            self.unseen.push(Unseen::Spf(text(), failure));
        } else if tree.root.record().is_none() {
            return self.unseen.push(Unseen::NoSpf(text()));
        }
        let networks: BTreeSet<Network> = tree.networks.iter().map(|it| it.network).collect();
        let (small, large): (Vec<Network>, Vec<Network>) =
            networks.into_iter().partition(|network| is_small(*network));
        if !large.is_empty() {
            self.large.push(Unseen::Networks(text(), large));
        }
        for network in small {
            let mut next = Some(network.first());
            while let Some(address) = next.filter(|it| network.contains(*it)) {
                self.address(address, Some(format!("the SPF of {}", domain.text)), false);
                next = Network::after(address);
            }
        }
    }

    fn kinds(&self) -> Vec<RecordType> {
        match self.config.family {
            Family::Any => vec![RecordType::A, RecordType::Aaaa],
            Family::V4 => vec![RecordType::A],
            Family::V6 => vec![RecordType::Aaaa],
        }
    }

    /// An address, unless it is of a family that is not wanted or no list can know it.
    fn address(&mut self, address: IpAddr, of: Option<String>, given: bool) {
        let address = address.to_canonical();
        let wanted = match self.config.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        if !wanted {
            if given {
                self.unseen.push(Unseen::NoAddress(address.to_string()));
            }
            return;
        }
        let subject = Subject::Address(address);
        // Every list has this one, and it is how an operator sees the alarm ring.
        let is_test = given && Kind::Ipv4.usual_points().listed.as_ref() == Some(&subject);
        match Network::single(address).not_public().filter(|_| !is_test) {
            Some(what) => {
                if self.seen.insert(subject.clone()) {
                    self.unseen.push(Unseen::NotPublic(subject, of, what));
                }
            }
            None => self.add(subject, of),
        }
    }

    fn add(&mut self, subject: Subject, of: Option<String>) {
        if self.seen.insert(subject.clone()) {
            self.targets.push((subject, of));
        } else {
            self.again += 1;
        }
    }
}

/// Whether a network has 16 addresses or less.
fn is_small(network: Network) -> bool {
    let width = if network.first().is_ipv4() { 32 } else { 128 };
    width - network.prefix() <= 4
}

/// What the DNS did not say of a policy, if anything.
fn failure(tree: &Tree) -> Option<Failure> {
    let of = |node: &&Node| match node.published() {
        Some(Published::Failed(failure)) => Some(failure.clone()),
        _ => node.looked.iter().find_map(|looked| looked.failure.clone()),
    };
    tree.root.all().iter().find_map(of)
}

/// Addresses and domains of one run; the questions are so many times the lists.
const MOST_TARGETS: usize = 64;
/// Addresses of one family of one host.
const MOST_ADDRESSES: usize = 16;
