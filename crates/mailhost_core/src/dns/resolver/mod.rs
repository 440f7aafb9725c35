//! The resolver's client: asks the machine's name servers, or one server, over UDP and TCP.
//!
//! It is built on hickory-proto and sockets, not on hickory-resolver, because what the verdicts rest
//! on is not to be had from that: which server said what, an answer without validation (CD) to tell
//! wrong DNSSEC from a dead server, one server asked for what itself knows, and the moments of
//! resending. A cold resolver drops a client that does not resend.

mod flight;
mod sockets;
mod system;
mod wire;

pub(super) use wire::{Reply, Said, read};

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};
use rustix::rand::{GetRandomFlags, getrandom};

use super::answer::{Answer, Failure, Fault, Outcome};
use super::lookup::Lookup;
use super::name::Name;
use super::question::{Question, RecordType};
use crate::deadline::Deadline;
use flight::{DATAGRAM, Flight, again};
use sockets::{Ready, Sockets};

/// Asks the DNS.
#[derive(Debug)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
    deadline: Deadline,
    datagrams: u64,
    /// The part of the time left that a batch leaves to those after it: this many of them are all.
    parts: u32,
    /// The types of records that nothing rests on.
    optional: Vec<RecordType>,
    /// What is waited for, where the questions themselves must not be shown.
    subject: Option<&'static str>,
    paced: Vec<Pace>,
}

/// Names whose servers do not want to be asked too quickly.
#[derive(Clone, Debug)]
struct Pace {
    zones: Vec<Name>,
    span: Duration,
    /// When the last questions go out, as many as may within the span; the oldest first.
    turns: VecDeque<Instant>,
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
            // Some firewalls drop questions of a type that they do not know.
            optional: vec![RecordType::Spf],
            subject: None,
            paced: Vec::new(),
        })
    }

    /// From now on a batch of questions takes all but `1 / parts` of the time that is left, which at
    /// first is half of it: for a chain of questions whose length is known.
    pub fn keep_back(&mut self, parts: u32) {
        self.parts = parts.max(1);
    }

    /// From now on nothing rests on records of this type: they are not waited for longer than a second.
    pub fn hurry_for(&mut self, kind: RecordType) {
        self.optional.push(kind);
    }

    /// From now on the watchdog calls what is waited for by this noun and not by the question, in
    /// which there may be a secret.
    pub fn call_it(&mut self, subject: &'static str) {
        self.subject = Some(subject);
    }

    /// From now on at most so many questions about names of these zones together go out within a span of
    /// time. What is sent again is not counted: it goes to a resolver, which is asking for it already.
    pub fn pace(&mut self, zones: Vec<Name>, questions: usize, span: Duration) {
        let long_ago = Instant::now().checked_sub(span).unwrap_or_else(Instant::now);
        let turns = std::iter::repeat_n(long_ago, questions.max(1)).collect();
        self.paced.push(Pace { zones, span, turns });
    }

    /// The servers that are asked, the first one first.
    pub fn servers(&self) -> &[SocketAddr] {
        &self.servers
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
        let (Ok(mut sockets), Ok(ids)) = (Sockets::new(), identifiers(questions.len())) else {
            // Where no file can be opened, there can be no socket either.
            let none = |_| Answer::of(Outcome::Failed(Failure::of(Fault::NotAsked)));
            return questions.iter().map(none).collect();
        };
        let mut flights: Vec<Flight> = questions
            .iter()
            .zip(ids)
            .map(|(question, id)| {
                let servers = question.at.map_or_else(|| self.servers.clone(), |at| vec![at]);
                let not_before = self.not_before(question, started);
                let flight = Flight::new(question.clone(), id, servers, not_before);
                if self.optional.contains(&question.kind) { flight.in_a_hurry() } else { flight }
            })
            .collect();
        self.fly(&mut flights, &mut sockets, end);
        let answers: Vec<Answer> = flights.into_iter().map(Flight::land).collect();
        self.prefer_who_answered(&answers);
        self.deadline.waiting_for("what the DNS said to be weighed");
        answers
    }
}

impl Resolver {
    /// Sees to the flights until all have landed or the time is up.
    fn fly(&mut self, flights: &mut [Flight], sockets: &mut Sockets, end: Instant) {
        let most = most_in_the_air();
        loop {
            let now = Instant::now();
            if now >= end {
                return;
            }
            let Some(next) = self.go_on(flights, sockets, most, now) else { return };
            let errors = sockets.take_errors();
            for (socket, error) in &errors {
                for flight in &mut *flights {
                    flight.lose(*socket, error);
                }
            }
            if !errors.is_empty() {
                // These flights have something to do at once.
                continue;
            }
            for ready in sockets.wait(next.min(end).saturating_duration_since(now)) {
                match ready {
                    Ready::Connection(flight) => flights[flight].receive_over_tcp(),
                    Ready::Shared(socket) => receive(sockets, socket, flights),
                }
            }
        }
    }

    /// Lets all do what is due, and says when something is due again; `None` when all have landed.
    fn go_on(
        &mut self,
        flights: &mut [Flight],
        sockets: &mut Sockets,
        most: usize,
        now: Instant,
    ) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        let mut in_the_air = 0;
        for (at, flight) in flights.iter_mut().enumerate().filter(|(_, it)| !it.has_landed()) {
            if in_the_air >= most {
                break;
            }
            let mut due = flight.not_before();
            if due <= now {
                self.datagrams += flight.go_on(now, sockets);
                if flight.has_landed() {
                    continue;
                }
                flight.watch(sockets, at);
                // What has been silent for long does not keep others on the ground.
                in_the_air += usize::from(!flight.is_overdue());
                due = flight.next_event();
            }
            next = Some(next.map_or(due, |next| next.min(due)));
        }
        next
    }

    /// When a question may go out, which takes its turn.
    fn not_before(&mut self, question: &Question, now: Instant) -> Instant {
        let is_paced =
            |pace: &&mut Pace| pace.zones.iter().any(|zone| question.name.is_within(zone));
        let Some(pace) = self.paced.iter_mut().find(is_paced) else { return now };
        let oldest = pace.turns.pop_front().unwrap_or(now);
        let turn = (oldest + pace.span).max(now);
        pace.turns.push_back(turn);
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

/// Identifiers drawn at random, one for each question.
fn identifiers(number: usize) -> rustix::io::Result<Vec<u16>> {
    let mut bytes = vec![0; 2 * number];
    let mut drawn = 0;
    while drawn < bytes.len() {
        drawn += getrandom(&mut bytes[drawn..], GetRandomFlags::empty())?;
    }
    Ok(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
}

/// Hands what a socket has to the flights that it may be for: by the identifier, which several may have.
fn receive(sockets: &Sockets, socket: usize, flights: &mut [Flight]) {
    let mut buffer = [0; DATAGRAM];
    // Others have their turn too, and the clock.
    for _ in 0..DATAGRAMS {
        match sockets.receive(socket, &mut buffer) {
            Ok(length) => {
                let message = buffer.get(..length).unwrap_or_default();
                for flight in &mut *flights {
                    flight.receive(socket, message);
                }
            }
            Err(error) if again(&error) => break,
            Err(error) => {
                for flight in flights {
                    flight.lose(socket, &error);
                }
                break;
            }
        }
    }
}

/// Questions at the same time. Many share a socket, but each may need a connection of its own, and most
/// processes may have 1024 files open, some 256.
fn most_in_the_air() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let files = limit.saturating_sub(OTHER_FILES);
    files.saturating_mul(QUESTIONS_A_FILE).clamp(1, MOST_IN_THE_AIR)
}

/// As many as a resolver takes in at once.
const MOST_IN_THE_AIR: usize = 400;
/// Fewer than share a socket, so that some may turn to TCP.
const QUESTIONS_A_FILE: usize = 4;
/// Files that are open for other reasons, or will be.
const OTHER_FILES: usize = 16;
/// Datagrams of one socket that are taken in after one wait.
const DATAGRAMS: u32 = 64;

#[cfg(test)]
mod tests;
