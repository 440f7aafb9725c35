//! The resolver's client: asks the machine's name servers, or one server, over UDP and TCP.
//!
//! It is built on hickory-proto and sockets, not on hickory-resolver, because what the verdicts rest
//! on is not to be had from that: which server said what, an answer without validation (CD) to tell
//! wrong DNSSEC from a dead server, one server asked for what itself knows, and the moments of
//! resending. A cold resolver drops a client that does not resend.

mod flight;
mod system;
mod wire;

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event};
use rustix::process::{Resource, getrlimit};

use super::answer::Answer;
use super::lookup::Lookup;
use super::name::Name;
use super::question::Question;
use crate::deadline::Deadline;
use flight::Flight;

/// Asks the DNS.
#[derive(Debug)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
    deadline: Deadline,
    datagrams: u64,
    /// The part of the time left that a batch leaves to those after it: this many of them are all.
    parts: u32,
    /// What is waited for, where the questions themselves must not be shown.
    subject: Option<&'static str>,
    paced: Vec<Pace>,
}

/// Names whose servers do not want to be asked too quickly.
#[derive(Clone, Debug)]
struct Pace {
    zone: Name,
    gap: Duration,
    /// When the next question may go out.
    next: Instant,
}

/// The system's name servers are not known.
#[derive(Debug, thiserror::Error)]
#[error("reading {path}: {source}")]
pub struct ResolverError {
    path: String,
    source: io::Error,
}

impl Resolver {
    /// A client of these servers, or of the system's when there are none, that keeps to a deadline.
    ///
    /// # Errors
    /// [`ResolverError`] when `/etc/resolv.conf` is there and cannot be read.
    pub fn new(given: &[SocketAddr], deadline: &Deadline) -> Result<Self, ResolverError> {
        let servers = match given {
            [] => system::name_servers("/etc/resolv.conf")?,
            given => given.to_vec(),
        };
        Ok(Self {
            servers,
            deadline: deadline.clone(),
            datagrams: 0,
            parts: 2,
            subject: None,
            paced: Vec::new(),
        })
    }

    /// From now on a batch of questions takes all but `1 / parts` of the time that is left, which at
    /// first is half of it: for a chain of questions whose length is known.
    pub fn keep_back(&mut self, parts: u32) {
        self.parts = parts.max(1);
    }

    /// From now on the watchdog calls what is waited for by this noun and not by the question, in
    /// which there may be a secret.
    pub fn call_it(&mut self, subject: &'static str) {
        self.subject = Some(subject);
    }

    /// From now on two questions about names of a zone are this far apart. What is sent again is not
    /// counted: it goes to a resolver, which is asking for it already.
    pub fn pace(&mut self, zone: &Name, gap: Duration) {
        self.paced.push(Pace { zone: zone.clone(), gap, next: Instant::now() });
    }

    /// How many questions went out, those that were repeated or went to another server too.
    pub fn sent(&self) -> u64 {
        self.datagrams
    }
}

/// Leaves a part of the time, half of it unless told otherwise, so that something is left for what
/// follows from the answers, however deep it goes.
impl Lookup for Resolver {
    fn ask(&mut self, questions: &[Question]) -> Vec<Answer> {
        self.deadline.waiting_for(match (self.subject, questions) {
            (Some(subject), _) => Cow::Borrowed(subject),
            (None, [question]) => format!("an answer to {question}").into(),
            (None, _) => format!("answers to {} questions to the DNS", questions.len()).into(),
        });
        let left = self.deadline.remaining().unwrap_or_default();
        let started = Instant::now();
        let end = started + left.saturating_sub(left / self.parts);
        let mut flights: Vec<Flight> = questions
            .iter()
            .map(|question| {
                let servers = question.at.map_or_else(|| self.servers.clone(), |at| vec![at]);
                Flight::new(question.clone(), servers, self.not_before(question, started))
            })
            .collect();
        let Ok(epoll) = epoll::create(CreateFlags::CLOEXEC) else {
            // No file can be opened, so no socket either.
            return flights.into_iter().map(Flight::land).collect();
        };
        let mut events = Vec::with_capacity(EVENTS);
        let sockets_each = self.servers.len().max(1);
        let most_in_the_air = (most_sockets() / sockets_each).max(1);
        loop {
            let now = Instant::now();
            if now >= end {
                break;
            }
            let mut next = end;
            let (mut in_the_air, mut waiting) = (0, false);
            for (at, flight) in flights.iter_mut().enumerate().filter(|(_, it)| !it.has_landed()) {
                if in_the_air >= most_in_the_air {
                    break;
                }
                if flight.not_before() > now {
                    waiting = true;
                    next = next.min(flight.not_before());
                    continue;
                }
                self.datagrams += flight.go_on(now);
                if !flight.has_landed() {
                    flight.watch(&epoll, at as u64);
                    in_the_air += 1;
                    next = next.min(flight.next_event());
                }
            }
            if in_the_air == 0 && !waiting {
                break;
            }
            let time = next.saturating_duration_since(now);
            wait_and_receive(&epoll, &mut events, &mut flights, time);
        }
        let answers: Vec<Answer> = flights.into_iter().map(Flight::land).collect();
        self.prefer_who_answered(&answers);
        self.deadline.waiting_for("what the DNS said to be weighed");
        answers
    }
}

impl Resolver {
    /// When a question may go out, which takes its turn.
    fn not_before(&mut self, question: &Question, now: Instant) -> Instant {
        let Some(pace) = self.paced.iter_mut().find(|pace| question.name.is_within(&pace.zone))
        else {
            return now;
        };
        let turn = pace.next.max(now);
        pace.next = turn + pace.gap;
        turn
    }

    /// Puts a server that answered before one that did not, so that a dead one costs its time once
    /// and not at every step.
    fn prefer_who_answered(&mut self, answers: &[Answer]) {
        let answered = |server: &SocketAddr| answers.iter().any(|it| it.server == Some(*server));
        if self.servers.iter().any(answered) {
            self.servers.sort_by_key(|server| !answered(server));
        }
    }
}

/// Waits until a socket has something or the time is up, and takes in what is there.
fn wait_and_receive(
    epoll: &OwnedFd,
    events: &mut Vec<Event>,
    flights: &mut [Flight],
    time: Duration,
) {
    // Rounded up: a wait that ends too early would only be repeated.
    let time = time + Duration::from_micros(50);
    let limit = Timespec::try_from(time).ok();
    events.clear();
    // When a signal interrupts it, the caller looks at the clock and comes back.
    if epoll::wait(epoll, spare_capacity(events), limit.as_ref()).is_err() {
        return;
    }
    for event in events.iter() {
        let flight = usize::try_from(event.data.u64()).ok().and_then(|at| flights.get_mut(at));
        if let Some(flight) = flight {
            flight.receive();
        }
    }
}

/// Sockets at the same time: a question needs one for each server that it goes to, and most processes
/// may have 1024 files open, some 256.
fn most_sockets() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    limit.saturating_sub(OTHER_FILES).min(MOST_SOCKETS)
}

/// Sockets that are looked at after one wait.
const EVENTS: usize = 64;
/// As many as a resolver takes in at once.
const MOST_SOCKETS: usize = 400;
/// Files that are open for other reasons, or will be.
const OTHER_FILES: usize = 32;

#[cfg(test)]
mod tests;
