//! All input and output: resolves, connects, and holds one dialogue on each address.

mod dane;
mod dialogue;
mod domain;
mod host;
mod mta_sts;
mod policy;

use std::net::SocketAddr;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use mailhost_core::deadline::Deadline;
use mailhost_core::net::{ConnectFault, Endpoint, Stream, connect, resolve, reverse};
use mailhost_core::plugin::Failure;
use mailhost_core::tls::{Certificate, Inspector, PeerName};

use crate::config::{Config, Place};
use crate::facts::{Dane, Door, Facts};

/// Looks at the target.
///
/// # Errors
/// [`Failure`], when TLS cannot be set up here; nothing has been sent then.
pub(crate) fn probe(config: &Config, deadline: &Deadline) -> Result<Facts, Failure> {
    let inspector = config.tls.policy().map(|policy| {
        Inspector::new(policy.peer.clone(), policy.ca_file.as_deref())
            .map_err(|error| Failure::Unable(error.to_string()))
    });
    let inspector = inspector.transpose()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut facts = Facts {
        now: i64::try_from(now).unwrap_or(i64::MAX),
        addresses: None,
        dns: None,
        doors: Vec::new(),
        domain: None,
        resolver: None,
        dane: None,
        questions: Vec::new(),
        time: 0.0,
    };
    let start = Instant::now();
    let visit =
        Visit { config, inspector: inspector.as_ref(), dane: None, deadline, patience: deadline };
    match &config.place {
        Place::Domain(wanted) => {
            domain::look(wanted, &visit, &mut facts)?;
        }
        Place::Socket(path) => {
            facts.doors.push(visit.to(&Endpoint::Unix(path.clone())));
        }
        Place::Host { name, port, family } => {
            let found = if config.dane {
                host::ask(name, *port, *family, &visit, &mut facts)?
            } else {
                let (found, time) = timed(|| resolve(name, *port, *family, deadline));
                facts.dns = Some(time);
                found
            };
            // Senders with DANE ask for the certificate of the name that the records are for.
            let target = facts.dane.as_ref().and_then(|dane| dane.target.clone());
            let of_target = visit.inspector.zip(target);
            let of_target = of_target.map(|(it, name)| it.for_peer(PeerName::Dns(name)));
            let dane = facts.dane.as_ref();
            let visit = Visit { inspector: of_target.as_ref().or(visit.inspector), dane, ..visit };
            let endpoints: Vec<Endpoint> =
                found.iter().flatten().copied().map(Endpoint::Inet).collect();
            facts.doors = if config.all_addresses {
                let visits: Vec<_> = endpoints.iter().map(|endpoint| (&visit, endpoint)).collect();
                visit_all(&visits)
            } else {
                visit_first(&endpoints, &visit)
            };
            facts.addresses = Some(
                found.map(|found| found.iter().map(|address| address.ip().to_string()).collect()),
            );
        }
    }
    facts.time = start.elapsed().as_secs_f64();
    hold_against_dane(&mut facts);
    // The process ends soon, and taking a TLS context apart is work.
    std::mem::forget(inspector);
    if config.verbose > 0 {
        let hosts = facts.domain.iter_mut().flat_map(|domain| &mut domain.hosts);
        for door in hosts.flat_map(|host| &mut host.doors).chain(&mut facts.doors) {
            look_up_ptr(door, deadline);
        }
    }
    Ok(facts)
}

fn hold_against_dane(facts: &mut Facts) {
    let hosts = facts.domain.iter_mut().flat_map(|domain| &mut domain.hosts);
    let of_hosts = hosts.map(|host| (&host.dane, &mut host.doors));
    for (dane, doors) in of_hosts.chain([(&facts.dane, &mut facts.doors)]) {
        let Some(dane) = dane else { continue };
        for door in doors {
            dane::hold(dane, door);
        }
    }
}

/// The name of the address, after the clock has stopped.
fn look_up_ptr(door: &mut Door, deadline: &Deadline) {
    if door.is_connected() {
        let address = door.address.parse().ok().map(|address: SocketAddr| address.ip());
        let address = address.filter(|address| !address.is_loopback());
        door.ptr = address.map(|address| reverse(address, deadline));
    }
}

/// Every address at the same time, so that a silent one costs the others nothing.
fn visit_all(visits: &[(&Visit, &Endpoint)]) -> Vec<Door> {
    let (made, left_out) = visits.split_at(visits.len().min(MAX_ADDRESSES));
    let mut doors: Vec<Door> = thread::scope(|scope| {
        let mut threads = Vec::with_capacity(made.len());
        for &(visit, endpoint) in made {
            threads.push(thread::Builder::new().spawn_scoped(scope, move || visit.to(endpoint)));
        }
        let ended = made.iter().zip(threads).map(|((_, endpoint), thread)| match thread {
            // A visit that panics ends the whole process through the hook.
            Ok(thread) => thread.join().unwrap_or_default(),
            Err(error) => untried(endpoint, &format!("starting a thread: {error}")),
        });
        ended.collect()
    });
    let too_many = format!("more than {MAX_ADDRESSES} addresses");
    doors.extend(left_out.iter().map(|(_, endpoint)| untried(endpoint, &too_many)));
    doors
}

fn untried(endpoint: &Endpoint, why: &str) -> Door {
    let attempts = vec![Err(ConnectFault::Local(why.to_owned()))];
    Door { address: endpoint.to_string(), attempts, ..Door::default() }
}

/// One address after the other until one accepts, as a client does. Each has its share of the time
/// that is left to accept, so that a silent first one leaves some for the second.
fn visit_first(endpoints: &[Endpoint], visit: &Visit) -> Vec<Door> {
    let deadline = visit.deadline;
    let mut doors = Vec::new();
    let mut left = u32::try_from(endpoints.len()).unwrap_or(u32::MAX);
    for endpoint in endpoints {
        let share = if left > 1 { deadline.share(left) } else { deadline.clone() };
        left -= 1;
        let door = Visit { patience: &share, ..*visit }.to(endpoint);
        let connected = door.is_connected();
        doors.push(door);
        if connected {
            break;
        }
    }
    doors
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = act();
    (result, start.elapsed().as_secs_f64())
}

/// A visit to one address.
#[derive(Clone, Copy)]
struct Visit<'a> {
    config: &'a Config,
    inspector: Option<&'a Inspector>,
    /// What the DNS says of the host's certificates, where that is asked for.
    dane: Option<&'a Dane>,
    deadline: &'a Deadline,
    /// By when there has to be a connection.
    patience: &'a Deadline,
}

impl Visit<'_> {
    fn to(&self, endpoint: &Endpoint) -> Door {
        let mut door = Door { address: endpoint.to_string(), ..Door::default() };
        let start = Instant::now();
        if let Some(stream) = self.connect(endpoint, &mut door) {
            dialogue::hold(self.config, self.inspector, stream, &mut door);
        }
        door.times.total = start.elapsed().as_secs_f64();
        if self.dane.is_some_and(dane::is_of_use) {
            match self.other_chain(endpoint, &door) {
                Ok(chain) => door.other_chain = chain,
                Err(why) => door.other_unseen = Some(why),
            }
        }
        door
    }

    /// The certificate of the other kind of key, over a connection of its own; empty where there is none,
    /// as a handshake that fails tells.
    ///
    /// # Errors
    /// Why it did not come to a handshake.
    fn other_chain(&self, endpoint: &Endpoint, door: &Door) -> Result<Vec<Certificate>, String> {
        let (Some(Ok(tls)), Some(inspector)) = (&door.tls, self.inspector) else {
            return Ok(Vec::new());
        };
        let Some(inspector) =
            dane::other_kind(&tls.chain).and_then(|kind| inspector.for_keys(kind).ok())
        else {
            return Ok(Vec::new());
        };
        let stream = connect(endpoint, self.config.source, self.deadline)
            .map_err(|fault| format!("a second connection {fault}"))?;
        let chain = dialogue::chain(self.config, &inspector, stream);
        std::mem::forget(inspector);
        chain.ok_or_else(|| "a second connection did not get as far as TLS".to_owned())
    }

    /// Connects as often as asked, and keeps the last connection that came about.
    fn connect(&self, endpoint: &Endpoint, door: &mut Door) -> Option<Stream> {
        let mut kept = None;
        let attempts = self.config.attempts;
        for attempt in 0..attempts {
            let deadline = match attempts - attempt {
                1 if kept.is_none() => self.patience.clone(),
                // One more share than attempts: the dialogue needs time too.
                left => self.patience.share(left + 1),
            };
            let (result, time) = timed(|| connect(endpoint, self.config.source, &deadline));
            door.attempts.push(result.map(|stream| {
                kept = Some(stream.with_deadline(self.deadline.clone()));
                time
            }));
            if matches!(door.attempts.last(), Some(Err(ConnectFault::Local(_)))) {
                break;
            }
        }
        kept
    }
}

/// More would be a flood of connections, not a look.
const MAX_ADDRESSES: usize = 64;
