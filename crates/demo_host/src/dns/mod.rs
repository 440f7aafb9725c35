//! A DNS server with a zone, which answers like a resolver: over UDP and TCP, with EDNS.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, recvfrom};
use socket2::{Socket, Type};

use crate::runtime::{
    Halt, Journal, Peer, Worker, accept_loop, bound_address, bound_socket, listen,
};

mod message;
mod name;
mod record;
mod zone;

#[cfg(test)]
mod tests;

pub use record::{RecordData, RecordType};
pub use zone::{Behaviour, Zone};

use message::{Code, ExtendedError, Question, Reply, Role, format_error};
use zone::{Found, Table};

/// How often a port is looked for that is free for TCP and for UDP.
const ATTEMPTS: usize = 64;

/// "DNSSEC bogus" among the extended errors (RFC 8914 section 4.7).
const BOGUS: u16 = 6;

/// A running server; dropping it ends its threads and frees its port.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    journal: Arc<Journal<Query>>,
    workers: Vec<Worker>,
    /// Bound and not listening: as long as it is there, connections are refused.
    refusing: Option<Socket>,
}

/// One question as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The name without a last dot, in the case it was asked in.
    pub name: String,
    /// The type.
    pub kind: RecordType,
    /// Whether it came over TCP.
    pub tcp: bool,
    /// The message's identifier.
    pub id: u16,
    /// Whether recursion was desired (RD).
    pub recursion_desired: bool,
    /// Whether checking was disabled (CD).
    pub checking_disabled: bool,
    /// Whether DNSSEC records were asked for (DO).
    pub dnssec_ok: bool,
    /// The datagram size the client can take, if it speaks EDNS, in bytes.
    pub edns_payload: Option<u16>,
}

impl DnsServer {
    /// Starts a server on a port of 127.0.0.1 that is free for UDP and for TCP.
    ///
    /// # Errors
    /// When nothing can be bound, or a name in the zone is not one.
    pub fn start(zone: &Zone) -> io::Result<Self> {
        Self::start_at(zone, (Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Starts a server at an address of this machine, such as 127.53.7.9:53, which needs the right
    /// to bind a well-known port; port 0 stands for any that is free for UDP and for TCP.
    ///
    /// # Errors
    /// When the address cannot be bound, or a name in the zone is not one.
    pub fn start_at(zone: &Zone, address: SocketAddr) -> io::Result<Self> {
        let halt = Arc::new(Halt::default());
        let (tcp, udp) = bind(address)?;
        let address = bound_address(&tcp)?;
        let udp = Arc::new(udp);
        halt.watch(&udp);
        let journal = Arc::new(Journal::default());
        let desk = Arc::new(Desk {
            table: Table::new(zone)?,
            journal: Arc::clone(&journal),
            halt: Arc::clone(&halt),
        });
        let over_udp = Worker::start(&halt, {
            let desk = Arc::clone(&desk);
            let socket = UdpSocket::from(udp.try_clone()?);
            move || {
                desk.serve_udp(&socket);
                // Only as long as it lives can it be shut down to wake the wait above.
                drop(udp);
            }
        })?;
        let mut server = Self { address, journal, workers: vec![over_udp], refusing: None };
        if zone.udp_only {
            server.refusing = Some(tcp);
            return Ok(server);
        }
        let tcp = listen(tcp, &halt)?;
        server.workers.push(Worker::start(&halt, move || {
            accept_loop(&tcp, &desk.halt, |socket| {
                // The error is how a client goes away.
                drop(desk.serve_tcp(Peer(socket)));
            });
        })?);
        Ok(server)
    }

    /// The address, for UDP and for TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The questions up to now, in the order they came.
    pub fn queries(&self) -> Vec<Query> {
        self.journal.read()
    }
}

/// What the server's threads share.
#[derive(Debug)]
struct Desk {
    table: Table,
    journal: Arc<Journal<Query>>,
    halt: Arc<Halt>,
}

/// An answer that is put off.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Late {
    due: Instant,
    answer: Vec<u8>,
    client: SocketAddr,
}

/// What is done about a question.
enum Answer {
    /// The connection ends; a datagram is ignored.
    HangUp,
    /// A message is sent after a time.
    Message(Duration, Vec<u8>),
    /// Nothing.
    Silence,
}

impl Desk {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut late = BinaryHeap::new();
        while !self.halt.stopped() {
            while late.peek().is_some_and(|Reverse(Late { due, .. })| *due <= Instant::now()) {
                if let Some(Reverse(Late { answer, client, .. })) = late.pop() {
                    drop(socket.send_to(&answer, client));
                }
            }
            let next = late.peek().map(|Reverse(Late { due, .. })| *due);
            let time = next.map(|due| due.saturating_duration_since(Instant::now()));
            let time = time.and_then(|time| Timespec::try_from(time).ok());
            // A signal that interrupts it only makes the next round come earlier.
            let _ = poll(&mut [PollFd::new(socket, PollFlags::IN)], time.as_ref());
            self.take_questions(socket, &mut late);
        }
    }

    /// Answers the questions that are there, or puts the answer off.
    fn take_questions(&self, socket: &UdpSocket, late: &mut BinaryHeap<Reverse<Late>>) {
        let mut buffer = [0; 4096];
        // The standard library's function panics where there is no sender, which is so of the end of a
        // socket that is shut down. A client that has gone reports itself here, too (ECONNREFUSED).
        while let Ok((length, _, Some(client))) = recvfrom(socket, &mut buffer, RecvFlags::DONTWAIT)
        {
            let Ok(client) = SocketAddr::try_from(client) else { continue };
            let message = buffer.get(..length).unwrap_or_default();
            let Answer::Message(delay, answer) = self.answer(message, false) else {
                continue;
            };
            if delay.is_zero() {
                drop(socket.send_to(&answer, client));
            } else {
                late.push(Reverse(Late { due: Instant::now() + delay, answer, client }));
            }
        }
    }

    fn serve_tcp(&self, mut peer: Peer) -> io::Result<()> {
        loop {
            let mut length = [0; 2];
            peer.read_exact(&mut length)?;
            let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
            peer.read_exact(&mut message)?;
            let (delay, answer) = match self.answer(&message, true) {
                Answer::HangUp => return Ok(()),
                Answer::Message(delay, answer) => (delay, answer),
                Answer::Silence => continue,
            };
            if !self.halt.pause(delay) {
                return Ok(());
            }
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            let mut framed = length.to_be_bytes().to_vec();
            framed.extend(answer);
            peer.write_all(&framed)?;
        }
    }

    fn answer(&self, message: &[u8], tcp: bool) -> Answer {
        let Some(question) = Question::read(message) else {
            let reply = format_error(message);
            return reply.map_or(Answer::Silence, |reply| Answer::Message(Duration::ZERO, reply));
        };
        let query = Query::new(&question, tcp);
        let asked_before = self.journal.count(|known| known.repeats(&query));
        self.journal.open(query);
        if let Err(code) = question.acceptable() {
            return Answer::Message(Duration::ZERO, self.failure(code).write(&question, tcp));
        }
        let mut found = self.table.find(&question.name, question.kind);
        let behaviour = found.behaviour.take().unwrap_or(Behaviour::Usual);
        let refusal = self.refuse(&behaviour, &question, tcp, asked_before);
        refusal.unwrap_or_else(|| self.behave(behaviour, found, &question, tcp))
    }

    /// What is done where the server does not say what is asked of it.
    fn refuse(
        &self,
        how: &Behaviour,
        question: &Question,
        tcp: bool,
        asked_before: usize,
    ) -> Option<Answer> {
        match how {
            Behaviour::FailFirst(count) if asked_before < *count => {
                let failure = self.failure(Code::ServFail).write(question, tcp);
                Some(Answer::Message(Duration::ZERO, failure))
            }
            Behaviour::Garbage => {
                let mut bytes = question.id.to_be_bytes().to_vec();
                bytes.extend([0xff; 21]);
                Some(Answer::Message(Duration::ZERO, bytes))
            }
            Behaviour::LoseFirst(count) => {
                (!tcp && asked_before < *count).then_some(Answer::Silence)
            }
            Behaviour::Truncated
            | Behaviour::TruncatedThenClosed
            | Behaviour::TruncatedThenSilence
                if !tcp =>
            {
                Some(Answer::Message(
                    Duration::ZERO,
                    self.failure(Code::NoError).truncated(question),
                ))
            }
            Behaviour::TruncatedThenClosed => Some(Answer::HangUp),
            Behaviour::Silence | Behaviour::TruncatedThenSilence => Some(Answer::Silence),
            _ => None,
        }
    }

    /// Says what the table says, more or less.
    fn behave(&self, how: Behaviour, mut found: Found, question: &Question, tcp: bool) -> Answer {
        let mut delay = Duration::ZERO;
        let reply = match how {
            Behaviour::Bogus if !question.checking_disabled() => {
                let extended_error = Some(ExtendedError { code: BOGUS, text: String::new() });
                Reply { extended_error, ..self.failure(Code::ServFail) }
            }
            Behaviour::BogusUntold if !question.checking_disabled() => self.failure(Code::ServFail),
            Behaviour::Delay(longer) => {
                delay = longer;
                self.reply(found, question)
            }
            Behaviour::ExtendedError { code, text, servfail } => {
                let failure = servfail.then(|| self.failure(Code::ServFail));
                let reply = failure.unwrap_or_else(|| self.reply(found, question));
                Reply { extended_error: Some(ExtendedError { code, text }), ..reply }
            }
            Behaviour::Referral => Reply { role: Role::Bystander, ..self.failure(Code::NoError) },
            Behaviour::Refused => self.failure(Code::Refused),
            Behaviour::ServFail => self.failure(Code::ServFail),
            Behaviour::Stray { instead, .. } => {
                if instead {
                    found.answers.clear();
                }
                found.answers.splice(..0, found.stray.drain(..));
                (found.exists, found.complete) = (true, true);
                self.reply(found, question)
            }
            Behaviour::Unsigned => Reply { authenticated: false, ..self.reply(found, question) },
            Behaviour::WrongId => {
                let other = question.with_id(question.id.wrapping_add(1));
                return Answer::Message(delay, self.reply(found, &other).write(&other, tcp));
            }
            Behaviour::WrongQuestion => {
                let other = question.about(question.name.wildcard());
                return Answer::Message(delay, self.reply(found, question).write(&other, tcp));
            }
            // Those that do not apply to this question, and those that the table has seen to.
            _ => self.reply(found, question),
        };
        Answer::Message(delay, reply.write(question, tcp))
    }

    fn reply(&self, found: Found, question: &Question) -> Reply {
        let code = if found.exists { Code::NoError } else { Code::NxDomain };
        // RFC 2308: what does not exist is told with the start of its zone.
        let authority = if found.complete { None } else { self.table.soa(&question.name) };
        let authenticated = self.table.authenticated;
        Reply { answers: found.answers, authority, authenticated, ..self.failure(code) }
    }

    /// A reply that holds nothing.
    fn failure(&self, code: Code) -> Reply {
        Reply { role: self.table.role, ..Reply::empty(code) }
    }
}

impl Query {
    fn new(question: &Question, tcp: bool) -> Self {
        Self {
            name: question.name.to_string(),
            kind: question.kind,
            tcp,
            id: question.id,
            recursion_desired: question.recursion_desired(),
            checking_disabled: question.checking_disabled(),
            dnssec_ok: question.edns.is_some_and(|edns| edns.dnssec_ok),
            edns_payload: question.edns.map(|edns| edns.payload),
        }
    }

    fn repeats(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.tcp == other.tcp
            && self.name.eq_ignore_ascii_case(&other.name)
    }
}

fn bind(address: SocketAddr) -> io::Result<(Socket, Socket)> {
    for _ in 0..ATTEMPTS {
        let tcp = bound_socket(address, Type::STREAM)?;
        match bound_socket(bound_address(&tcp)?, Type::DGRAM) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && address.port() == 0 => {}
            udp => return Ok((tcp, udp?)),
        }
    }
    Err(ErrorKind::AddrInUse.into())
}
