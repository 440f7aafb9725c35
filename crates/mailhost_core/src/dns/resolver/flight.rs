//! One question on its way: to which servers, when again, and what came of it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

use super::sockets::{Seat, Sockets};
use super::wire::{self, Reply, Said};
use crate::dns::answer::{Answer, Failure, Fault, Outcome};
use crate::dns::question::Question;

/// A question, from its first datagram to its answer.
#[derive(Debug)]
pub(super) struct Flight {
    question: Question,
    id: u16,
    servers: Vec<Server>,
    channels: Vec<Channel>,
    /// When it takes off; until then, the earliest moment for it.
    started: Instant,
    /// When it was asked first in this stage.
    stage_started: Instant,
    /// How often a datagram was due.
    turn: usize,
    /// When the servers that say nothing are no longer waited for, because another one has failed.
    patience: Option<Instant>,
    stage: Stage,
    /// Whether nothing rests on the answer.
    hurries: bool,
    landed: Option<Answer>,
}

/// How a question is asked, after SERVFAIL once more in other ways.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Plain,
    /// Without validation, to see whether it is what fails.
    Unchecked,
    /// As at first, because it may have been a failure that passed.
    Again,
}

/// One server, as far as this question is concerned.
#[derive(Debug)]
struct Server {
    address: SocketAddr,
    asked: bool,
    fault: Option<(Fault, Option<String>)>,
}

/// The way to one server.
#[derive(Debug)]
struct Channel {
    server: usize,
    line: Line,
}

#[derive(Debug)]
enum Line {
    /// A socket that others use too.
    Udp(Seat),
    Tcp(Connection),
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    to_write: Vec<u8>,
    read: Vec<u8>,
    /// Whether it is waited for to write, if it is waited for.
    watched: Option<bool>,
}

impl Flight {
    /// A question that is asked under an identifier drawn at random.
    pub(super) fn new(
        question: Question,
        id: u16,
        servers: Vec<SocketAddr>,
        not_before: Instant,
    ) -> Self {
        let server = |address| Server { address, asked: false, fault: None };
        Self {
            question,
            id,
            servers: servers.into_iter().map(server).collect(),
            channels: Vec::new(),
            started: not_before,
            stage_started: not_before,
            turn: 0,
            patience: None,
            stage: Stage::Plain,
            hurries: false,
            landed: None,
        }
    }

    /// The same, for something that nothing rests on.
    pub(super) fn in_a_hurry(self) -> Self {
        Self { hurries: true, ..self }
    }

    pub(super) fn has_landed(&self) -> bool {
        self.landed.is_some()
    }

    /// When it may take off.
    pub(super) fn not_before(&self) -> Instant {
        self.started
    }

    /// Whether it has been sent so often that an answer is not likely to come.
    pub(super) fn is_overdue(&self) -> bool {
        self.turn >= PATIENT_TURNS || self.stage != Stage::Plain
    }

    /// Does what is due, and says how many datagrams that sent.
    pub(super) fn go_on(&mut self, now: Instant, sockets: &mut Sockets) -> u64 {
        if self.stage == Stage::Plain && self.turn == 0 {
            (self.started, self.stage_started) = (now, now);
            self.patience = self.hurries.then(|| now + PATIENCE);
        }
        let mut sent = 0;
        while self.landed.is_none() {
            if self.patience.is_some_and(|end| now >= end)
                || self.servers.iter().all(|server| server.fault.is_some())
            {
                self.give_up();
                continue;
            }
            let all_asked = self.servers.iter().all(|it| it.asked || it.fault.is_some());
            let one_failed = self.servers.iter().any(|it| it.fault.is_some());
            // The others get their chance at once, and so does the question without validation.
            let in_a_hurry = (one_failed || self.stage != Stage::Plain) && !all_asked;
            if now < self.due() && !in_a_hurry {
                break;
            }
            let turn = self.turn;
            self.turn += 1;
            if let Some(server) = self.whose_turn(turn) {
                sent += u64::from(self.send(server, sockets));
            }
        }
        sent
    }

    /// When [`Self::go_on`] has something to do again.
    pub(super) fn next_event(&self) -> Instant {
        self.patience.map_or(self.due(), |end| end.min(self.due()))
    }

    /// Has its connections waited for, under a number of its own.
    pub(super) fn watch(&mut self, sockets: &Sockets, number: usize) {
        for channel in &mut self.channels {
            let Line::Tcp(connection) = &mut channel.line else { continue };
            let to_write = !connection.to_write.is_empty();
            if connection.watched == Some(to_write) {
                continue;
            }
            let watched = sockets.watch(number, &connection.stream, to_write, connection.watched);
            // What cannot be waited for does not come.
            connection.watched = watched.is_ok().then_some(to_write);
        }
    }

    /// Takes in a datagram that has come to a socket.
    pub(super) fn receive(&mut self, socket: usize, message: &[u8]) {
        let Some(at) = self.channel_at(socket) else { return };
        let server = self.channels[at].server;
        match wire::read(message, &self.question, self.id()) {
            // Somebody else's, or an old one; the right one may still come.
            None => {}
            Some(Reply::Said(said)) => self.answered(server, said),
            Some(Reply::Failed(fault, detail)) => self.fail(server, fault, detail),
            Some(Reply::Truncated) => self.turn_to_tcp(at),
        }
    }

    /// Takes in that a socket reports an error.
    pub(super) fn lose(&mut self, socket: usize, error: &io::Error) {
        if let Some(at) = self.channel_at(socket) {
            self.fail(self.channels[at].server, Fault::Unreachable, Some(plain(error)));
        }
    }

    /// Takes in what its connections have.
    pub(super) fn receive_over_tcp(&mut self) {
        // From the last to the first, because one that failed is taken out.
        for at in (0..self.channels.len()).rev() {
            let id = self.id();
            let Some(channel) = self.channels.get_mut(at) else { continue };
            let server = channel.server;
            let Line::Tcp(connection) = &mut channel.line else { continue };
            match exchange(connection) {
                Ok(Some(message)) => match wire::read(&message, &self.question, id) {
                    Some(Reply::Said(said)) => self.answered(server, said),
                    Some(Reply::Failed(fault, detail)) => self.fail(server, fault, detail),
                    None | Some(Reply::Truncated) => self.fail(server, Fault::Truncated, None),
                },
                Ok(None) => {}
                Err(error) if again(&error) => {}
                Err(_) => self.fail(server, Fault::Truncated, None),
            }
        }
    }

    /// What came of it.
    pub(super) fn land(mut self) -> Answer {
        if self.landed.is_none() && (self.turn > 0 || self.stage != Stage::Plain) {
            self.conclude();
        }
        let nothing = || Answer::of(Outcome::Failed(Failure::of(Fault::NotAsked)));
        self.landed.take().unwrap_or_else(nothing)
    }

    /// The channel over a shared socket, as long as an answer is wanted.
    fn channel_at(&self, socket: usize) -> Option<usize> {
        let over = |it: &Channel| matches!(&it.line, Line::Udp(seat) if seat.socket == socket);
        self.channels.iter().position(over).filter(|_| self.landed.is_none())
    }

    /// The identifier, which is another one when the question is asked once more: an answer to an earlier
    /// one may still come.
    fn id(&self) -> u16 {
        match self.stage {
            Stage::Plain => self.id,
            Stage::Unchecked => !self.id,
            Stage::Again => self.id ^ 0xff,
        }
    }

    fn due(&self) -> Instant {
        let last = SCHEDULE.len() - 1;
        let step = SCHEDULE.get(self.turn).copied().unwrap_or_else(|| {
            let more = u32::try_from(self.turn - last).unwrap_or(u32::MAX);
            SCHEDULE[last].saturating_add(LATER.saturating_mul(more))
        });
        self.stage_started + step
    }

    /// The server that a turn belongs to: one after the other, those that have not failed.
    fn whose_turn(&self, turn: usize) -> Option<usize> {
        let fresh = self.servers.iter().position(|it| !it.asked && it.fault.is_none());
        fresh.or_else(|| {
            let open: Vec<usize> =
                (0..self.servers.len()).filter(|at| self.servers[*at].fault.is_none()).collect();
            open.get(turn % open.len().max(1)).copied()
        })
    }

    /// Sends the question to a server, for the first time or again, and says whether it went out.
    fn send(&mut self, server: usize, sockets: &mut Sockets) -> bool {
        self.servers[server].asked = true;
        let open = self.channels.iter().find(|it| it.server == server);
        let socket = match open.map(|channel| &channel.line) {
            Some(Line::Udp(seat)) => Ok(seat.socket),
            // It is to answer over TCP.
            Some(Line::Tcp(_)) => return false,
            None => sockets.join(self.servers[server].address).map(|seat| {
                let socket = seat.socket;
                self.channels.push(Channel { server, line: Line::Udp(seat) });
                socket
            }),
        };
        let message = wire::write(&self.question, self.id(), self.stage == Stage::Unchecked);
        let result = socket.and_then(|socket| sockets.send(socket, &message));
        match result {
            Ok(()) => return true,
            // It counts as lost on the way, and is sent again.
            Err(error) if again(&error) || is_shortage(&error) => {}
            Err(error) => self.fail(server, Fault::Unreachable, Some(plain(&error))),
        }
        false
    }

    fn turn_to_tcp(&mut self, at: usize) {
        let id = self.id();
        let Some(channel) = self.channels.get_mut(at) else { return };
        let server = channel.server;
        let address = self.servers[server].address;
        let connect = || -> io::Result<TcpStream> {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            match socket.connect(&address.into()) {
                Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
                _ => Ok(socket.into()),
            }
        };
        match connect() {
            Ok(stream) => {
                let message = wire::write(&self.question, id, self.stage == Stage::Unchecked);
                let length = u16::try_from(message.len()).unwrap_or_default();
                let to_write = [&length.to_be_bytes()[..], &message].concat();
                let read = Vec::new();
                channel.line = Line::Tcp(Connection { stream, to_write, read, watched: None });
            }
            Err(_) => self.fail(server, Fault::Truncated, None),
        }
    }

    fn answered(&mut self, server: usize, said: Said) {
        if self.stage == Stage::Unchecked {
            // It answers as soon as it need not validate, or as soon as it is asked again.
            self.servers[server].fault = None;
            let address = self.servers[server].address;
            self.ask_again(Stage::Again, |it| it.address == address);
            return;
        }
        let Said { outcome, aliases, conflict, authoritative, authentic } = said;
        self.landed = Some(Answer {
            outcome,
            aliases,
            conflict,
            authoritative,
            authentic,
            server: Some(self.servers[server].address),
            time: self.started.elapsed(),
        });
        self.channels.clear();
    }

    fn fail(&mut self, server: usize, fault: Fault, detail: Option<String>) {
        self.channels.retain(|channel| channel.server != server);
        let known = &mut self.servers[server].fault;
        if known.as_ref().is_none_or(|(before, _)| *before <= fault) {
            *known = Some((fault, detail));
        }
        // A resolver that failed has tried for itself; the others need not take all the time there is.
        if fault >= Fault::ServFail {
            self.patience.get_or_insert(Instant::now() + PATIENCE);
        }
    }

    /// After the last chance: asks once more without validation where a server failed, or concludes.
    fn give_up(&mut self) {
        let failed = |server: &Server| matches!(server.fault, Some((Fault::ServFail, _)));
        let at_a_resolver = self.question.at.is_none();
        let last = self.stage != Stage::Plain || self.hurries || !at_a_resolver;
        if last || !self.servers.iter().any(failed) {
            self.conclude();
        } else {
            self.ask_again(Stage::Unchecked, failed);
        }
    }

    /// Asks some servers once more; of the others nothing is waited for.
    fn ask_again(&mut self, stage: Stage, whom: impl Fn(&Server) -> bool) {
        self.stage = stage;
        self.channels.clear();
        for server in &mut self.servers {
            if whom(server) {
                server.asked = false;
                server.fault = None;
            } else if server.fault.is_none() {
                server.fault = Some((Fault::Timeout, None));
            }
        }
        self.stage_started = Instant::now();
        self.turn = 0;
        self.patience = Some(self.stage_started + PATIENCE);
    }

    fn conclude(&mut self) {
        for channel in &self.channels {
            if matches!(channel.line, Line::Tcp(_)) {
                self.servers[channel.server].fault = Some((Fault::Truncated, None));
            }
        }
        self.channels.clear();
        let stage = self.stage;
        let silent = if stage == Stage::Plain { Fault::Timeout } else { Fault::ServFail };
        // What a resolver says of an earlier failure says nothing new (RFC 8914 section 4.14).
        let is_new = |detail: &Option<String>| {
            !detail.as_ref().is_some_and(|detail| detail.starts_with("cached error"))
        };
        let fault_of = |server: &Server| match &server.fault {
            // It failed twice, and has answered in between without validation.
            Some((Fault::ServFail, detail)) if stage == Stage::Again && is_new(detail) => {
                (Fault::Bogus, detail.clone())
            }
            Some(fault) => fault.clone(),
            None => (silent, None),
        };
        let (fault, detail) = self
            .servers
            .iter()
            .map(fault_of)
            .max_by_key(|(fault, _)| *fault)
            .unwrap_or((Fault::Timeout, None));
        let asked = self.servers.iter().filter(|server| server.asked);
        let with_it = asked.filter(|server| fault_of(server).0 == fault);
        let servers = with_it.map(|server| server.address).collect();
        let time = self.started.elapsed();
        let outcome = Outcome::Failed(Failure { fault, servers, detail });
        self.landed = Some(Answer { time, ..Answer::of(outcome) });
    }
}

/// Writes and reads as much as goes without waiting; the whole message once it is there.
fn exchange(connection: &mut Connection) -> io::Result<Option<Vec<u8>>> {
    let Connection { stream, to_write, read, .. } = connection;
    if !to_write.is_empty() {
        let written = stream.write(to_write)?;
        to_write.drain(..written);
        return Ok(None);
    }
    let mut buffer = [0; DATAGRAM];
    let length = stream.read(&mut buffer)?;
    if length == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    read.extend(buffer.get(..length).unwrap_or_default());
    let Some((length, rest)) = read.split_first_chunk::<2>() else {
        return Ok(None);
    };
    Ok(rest.get(..usize::from(u16::from_be_bytes(*length))).map(<[u8]>::to_vec))
}

pub(super) fn again(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Whether there is no room for another socket, as long as the other questions have theirs.
fn is_shortage(error: &io::Error) -> bool {
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    shortages.iter().any(|shortage| error.raw_os_error() == Some(shortage.raw_os_error()))
}

/// The system's word without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

/// When the question is sent, counted from the first time; the servers take turns.
const SCHEDULE: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_millis(3500),
];
/// Between all later ones.
const LATER: Duration = Duration::from_secs(2);
/// How often it is sent before it is overdue: again after 0.4 s.
const PATIENT_TURNS: usize = 2;
/// How long other servers are waited for when one has answered that it failed.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most bytes read at once: a datagram is never longer than what was offered (EDNS).
pub(super) const DATAGRAM: usize = 4096;
/// EINPROGRESS: a connection that is being made.
const IN_PROGRESS: i32 = Errno::INPROGRESS.raw_os_error();
