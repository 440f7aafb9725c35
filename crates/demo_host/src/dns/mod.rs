//! A DNS server with a zone, which answers like a resolver: over UDP and TCP, with EDNS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use socket2::{Socket, Type};

use crate::runtime::{
    Halt, Journal, Peer, Worker, accept_loop, bound_address, listen, loopback_socket,
};

mod message;
mod name;
mod record;
mod zone;

#[cfg(test)]
mod tests;

pub use record::{RecordData, RecordType};
pub use zone::{Behaviour, Zone};

use message::{Code, Question, Reply, format_error};
use zone::Table;

/// How often a port is looked for that is free for TCP and for UDP.
const ATTEMPTS: usize = 64;

/// "DNSSEC bogus" among the extended errors (RFC 8914 section 4.7).
const BOGUS: u16 = 6;

/// A running server; dropping it ends its threads and frees its port.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    journal: Arc<Journal<Query>>,
    _workers: [Worker; 2],
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
        let halt = Arc::new(Halt::default());
        let (tcp, udp) = bind()?;
        let tcp = listen(tcp, &halt)?;
        let udp = Arc::new(udp);
        halt.watch(&udp);
        let address = bound_address(&tcp)?;
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
        let over_tcp = Worker::start(&halt, move || {
            accept_loop(&tcp, &desk.halt, |socket| {
                // The error is how a client goes away.
                drop(desk.serve_tcp(Peer(socket)));
            });
        })?;
        Ok(Self { address, journal, _workers: [over_udp, over_tcp] })
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

/// A message to send, and how long to wait before.
type Answer = (Duration, Vec<u8>);

impl Desk {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        thread::scope(|scope| {
            while !self.halt.stopped() {
                let Ok((length, client)) = socket.recv_from(&mut buffer) else {
                    // A client that has gone reports itself here (ECONNREFUSED).
                    continue;
                };
                let message = buffer.get(..length).unwrap_or_default();
                let Some((delay, answer)) = self.answer(message, false) else {
                    continue;
                };
                if delay.is_zero() {
                    drop(socket.send_to(&answer, client));
                    continue;
                }
                let late = move || {
                    if self.halt.pause(delay) {
                        drop(socket.send_to(&answer, client));
                    }
                };
                // Without a thread the answer is lost, as datagrams may be.
                drop(thread::Builder::new().spawn_scoped(scope, late));
            }
        });
    }

    fn serve_tcp(&self, mut peer: Peer) -> io::Result<()> {
        loop {
            let mut length = [0; 2];
            peer.read_exact(&mut length)?;
            let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
            peer.read_exact(&mut message)?;
            let Some((delay, answer)) = self.answer(&message, true) else {
                continue;
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

    /// The answer to a message, unless there is none.
    fn answer(&self, message: &[u8], tcp: bool) -> Option<Answer> {
        let Some(question) = Question::read(message) else {
            return format_error(message).map(|reply| (Duration::ZERO, reply));
        };
        let query = Query::new(&question, tcp);
        let asked_before = self.journal.count(|known| known.repeats(&query));
        self.journal.open(query);
        if let Err(code) = question.acceptable() {
            return Some((Duration::ZERO, Reply::empty(code).write(&question, tcp)));
        }
        self.behave(&question, tcp, asked_before)
    }

    fn behave(&self, question: &Question, tcp: bool, asked_before: usize) -> Option<Answer> {
        let mut found = self.table.find(&question.name, question.kind);
        let mut delay = Duration::ZERO;
        let failure = |code| Some((Duration::ZERO, Reply::empty(code).write(question, tcp)));
        match found.behaviour.take() {
            Some(Behaviour::Bogus) if !question.checking_disabled() => {
                let extended_error = Some(BOGUS);
                let reply = Reply { extended_error, ..Reply::empty(Code::ServFail) };
                return Some((delay, reply.write(question, tcp)));
            }
            Some(Behaviour::Delay(longer)) => delay = longer,
            Some(Behaviour::Garbage) => {
                let mut bytes = question.id.to_be_bytes().to_vec();
                bytes.extend([0xff; 21]);
                return Some((delay, bytes));
            }
            Some(Behaviour::LoseFirst(count)) if !tcp && asked_before < count => return None,
            Some(Behaviour::Refused) => return failure(Code::Refused),
            Some(Behaviour::ServFail) => return failure(Code::ServFail),
            Some(Behaviour::Silence) => return None,
            Some(Behaviour::Truncated) if !tcp => {
                return Some((delay, Reply::truncated(question)));
            }
            Some(Behaviour::WrongId) => {
                let other = question.with_id(question.id.wrapping_add(1));
                return Some((delay, self.reply(found, &other).write(&other, tcp)));
            }
            // Those that do not apply to this question, and those that the table has seen to.
            _ => {}
        }
        Some((delay, self.reply(found, question).write(question, tcp)))
    }

    fn reply(&self, found: zone::Found, question: &Question) -> Reply {
        let code = if found.exists { Code::NoError } else { Code::NxDomain };
        // RFC 2308: what does not exist is told with the start of its zone.
        let authority = if found.complete { None } else { self.table.soa(&question.name) };
        let authenticated = self.table.authenticated;
        Reply { code, answers: found.answers, authority, authenticated, extended_error: None }
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

fn bind() -> io::Result<(Socket, Socket)> {
    for _ in 0..ATTEMPTS {
        let tcp = loopback_socket(false, Type::STREAM, 0)?;
        let port = bound_address(&tcp)?.port();
        match loopback_socket(false, Type::DGRAM, port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            udp => return Ok((tcp, udp?)),
        }
    }
    Err(ErrorKind::AddrInUse.into())
}
