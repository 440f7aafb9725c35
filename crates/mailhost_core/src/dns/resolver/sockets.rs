//! The sockets of all questions that are on their way, and what they wait for.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use socket2::{Domain, Socket, Type};

/// UDP sockets that several questions share, and one wait for these and for the connections.
pub(super) struct Sockets {
    epoll: OwnedFd,
    shared: Vec<Shared>,
    events: Vec<Event>,
    /// What sockets reported when something was to be sent, which is news to all who use them.
    errors: Vec<(usize, io::Error)>,
}

/// A socket to one server.
#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    socket: UdpSocket,
    /// Shared by the questions that use it.
    seats: Rc<()>,
}

/// A question's part in a shared socket, which it gives back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    /// The socket's number.
    pub(super) socket: usize,
    /// Held, not used.
    _place: Rc<()>,
}

/// Something that has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ready {
    /// To the connection of the flight of this number.
    Connection(usize),
    /// To this shared socket.
    Shared(usize),
}

impl Sockets {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let events = Vec::with_capacity(EVENTS);
        Ok(Self { epoll, shared: Vec::new(), events, errors: Vec::new() })
    }

    /// A place at a socket to a server.
    pub(super) fn join(&mut self, server: SocketAddr) -> io::Result<Seat> {
        let has_room =
            |it: &Shared| it.server == server && Rc::strong_count(&it.seats) <= QUESTIONS;
        let socket = match self.shared.iter().rposition(has_room) {
            Some(socket) => socket,
            None => self.open(server)?,
        };
        Ok(Seat { socket, _place: Rc::clone(&self.shared[socket].seats) })
    }

    fn open(&mut self, server: SocketAddr) -> io::Result<usize> {
        // Connected: the port, which the kernel draws at random, is a second secret beside the
        // identifier, strangers' datagrams do not get in, and an error comes back.
        let kind = Type::DGRAM.nonblocking();
        let socket = Socket::new(Domain::for_address(server), kind, None)?;
        socket.connect(&server.into())?;
        let number = self.shared.len();
        let data = EventData::new_u64(SHARED | number as u64);
        epoll::add(&self.epoll, &socket, data, EventFlags::IN)?;
        self.shared.push(Shared { server, socket: socket.into(), seats: Rc::new(()) });
        Ok(number)
    }

    pub(super) fn send(&mut self, socket: usize, message: &[u8]) -> io::Result<()> {
        let sent = self.shared[socket].socket.send(message).map(drop);
        if let Err(error) = &sent
            && error.kind() == io::ErrorKind::ConnectionRefused
        {
            self.errors.push((socket, io::ErrorKind::ConnectionRefused.into()));
        }
        sent
    }

    /// The errors that were met since they were last taken.
    pub(super) fn take_errors(&mut self) -> Vec<(usize, io::Error)> {
        std::mem::take(&mut self.errors)
    }

    pub(super) fn receive(&self, socket: usize, buffer: &mut [u8]) -> io::Result<usize> {
        self.shared[socket].socket.recv(buffer)
    }

    /// Has a flight's connection waited for: until it can be written to, or until something comes.
    pub(super) fn watch(
        &self,
        flight: usize,
        stream: &TcpStream,
        to_write: bool,
        before: Option<bool>,
    ) -> io::Result<()> {
        let wanted = if to_write { EventFlags::OUT } else { EventFlags::IN };
        let data = EventData::new_u64(flight as u64);
        match before {
            Some(_) => epoll::modify(&self.epoll, stream.as_fd(), data, wanted)?,
            None => epoll::add(&self.epoll, stream.as_fd(), data, wanted)?,
        }
        Ok(())
    }

    /// Waits until something comes or the time is up.
    pub(super) fn wait(&mut self, time: Duration) -> Vec<Ready> {
        // Rounded up: a wait that ends too early would only be repeated.
        let time = time + Duration::from_micros(50);
        let limit = Timespec::try_from(time).ok();
        self.events.clear();
        // When a signal interrupts it, the caller looks at the clock and comes back.
        if epoll::wait(&self.epoll, spare_capacity(&mut self.events), limit.as_ref()).is_err() {
            return Vec::new();
        }
        let ready = |event: &Event| {
            let data = event.data.u64();
            let number = usize::try_from(data & !SHARED).unwrap_or(usize::MAX);
            if data & SHARED == 0 { Ready::Connection(number) } else { Ready::Shared(number) }
        };
        self.events.iter().map(ready).collect()
    }
}

/// In the data of an event: it is about a shared socket.
const SHARED: u64 = 1 << 63;
/// Questions of one socket: a good many of them, and less than its buffer has room for answers.
const QUESTIONS: usize = 16;
/// Sockets that are looked at after one wait.
const EVENTS: usize = 64;
