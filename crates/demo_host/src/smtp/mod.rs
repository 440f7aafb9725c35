//! An SMTP or LMTP server with a script.
//!
//! It reads before it answers, serves every connection on a thread of its own, and records what it
//! was told. It never takes a message.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::SslContext;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::runtime::{
    Halt, Journal, Peer, Worker, accept_loop, bound_address, listen, loopback_socket,
};

mod auth;
mod connection;
mod dialogue;
mod path;
mod proxy;
mod script;
mod session;
mod tls;

#[cfg(test)]
mod tests;

pub use auth::{Account, Auth};
pub use proxy::ProxyVersion;
pub use script::{Override, Script, StartTls};
pub use session::{ProxyHeader, Session};
pub use tls::{Tls, TlsVersion};

use connection::Connection;
use dialogue::Dialogue;
use session::Record;

/// How long [`SmtpServer::ended_sessions`] waits at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// This address and port, or a free port of the address where it is 0.
    At(SocketAddr),
    /// A free port of 127.0.0.1.
    Ipv4,
    /// A free port of `::1`, where the machine has it.
    Ipv6,
    /// A unix socket at this path, which must not exist yet and is removed at the end.
    Unix(PathBuf),
}

/// A running server; dropping it ends its threads and frees its port.
///
/// ```
/// use std::io::{BufRead, BufReader};
/// use std::net::TcpStream;
///
/// use demo_host::smtp::{Script, SmtpServer};
///
/// let server = SmtpServer::start(Script::default()).unwrap();
/// let mut client = BufReader::new(TcpStream::connect(server.address()).unwrap());
/// let mut greeting = String::new();
/// client.read_line(&mut greeting).unwrap();
/// assert_eq!(greeting, "220 mail.example.org ESMTP\r\n");
/// ```
#[derive(Debug)]
pub struct SmtpServer {
    place: Place,
    journal: Arc<Journal<Session>>,
    _worker: Worker,
}

#[derive(Debug)]
enum Place {
    Port(SocketAddr),
    Path(PathBuf),
}

impl SmtpServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When nothing can be bound, the TLS settings are refused by OpenSSL, or the script wants
    /// implicit TLS without them.
    pub fn start(script: Script) -> io::Result<Self> {
        Self::start_on(&Listen::Ipv4, script)
    }

    /// Starts a server where `listen` says.
    ///
    /// # Errors
    /// As for [`SmtpServer::start`].
    pub fn start_on(listen_on: &Listen, script: Script) -> io::Result<Self> {
        let context = script.tls.as_ref().map(Tls::context).transpose()?;
        if script.implicit_tls && context.is_none() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "implicit TLS needs an identity"));
        }
        let halt = Arc::new(Halt::default());
        let (socket, place) = bind(listen_on)?;
        let listener = listen(socket, &halt)?;
        let journal = Arc::new(Journal::default());
        let worker = Worker::start(&halt, {
            let (halt, journal) = (Arc::clone(&halt), Arc::clone(&journal));
            move || {
                accept_loop(&listener, &halt, |socket| {
                    serve(Peer(socket), &halt, &journal, &script, context.as_ref());
                });
            }
        })?;
        Ok(Self { place, journal, _worker: worker })
    }

    /// The port; 0 for a server on a unix socket.
    pub fn port(&self) -> u16 {
        self.socket_address().map_or(0, |address| address.port())
    }

    /// `address:port` as a client connects to it; the path of a server on a unix socket.
    pub fn address(&self) -> String {
        match &self.place {
            Place::Path(path) => path.display().to_string(),
            Place::Port(address) => address.to_string(),
        }
    }

    /// The internet address; none for a server on a unix socket.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        match &self.place {
            Place::Path(_) => None,
            Place::Port(address) => Some(*address),
        }
    }

    /// The path of a server on a unix socket.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Path(path) => Some(path),
            Place::Port(_) => None,
        }
    }

    /// The record of all connections up to now, in the order they were served.
    pub fn sessions(&self) -> Vec<Session> {
        self.journal.read()
    }

    /// The same once at least `count` connections have been made and none is open any more; after
    /// ten seconds, whatever there is.
    pub fn ended_sessions(&self, count: usize) -> Vec<Session> {
        self.journal.await_until(PATIENCE, |sessions| {
            sessions.len() >= count && sessions.iter().all(|session| session.ended)
        })
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        if let Place::Path(path) = &self.place {
            // Gone already is as good.
            drop(fs::remove_file(path));
        }
    }
}

fn bind(listen_on: &Listen) -> io::Result<(Socket, Place)> {
    let ipv6 = match listen_on {
        Listen::At(address) => {
            let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
            // The sessions of a server that was here before may still be ending.
            socket.set_reuse_address(true)?;
            socket.bind(&SockAddr::from(*address))?;
            let place = Place::Port(bound_address(&socket)?);
            return Ok((socket, place));
        }
        Listen::Ipv4 => false,
        Listen::Ipv6 => true,
        Listen::Unix(path) => {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&SockAddr::unix(path)?)?;
            return Ok((socket, Place::Path(path.clone())));
        }
    };
    let socket = loopback_socket(ipv6, Type::STREAM, 0)?;
    let place = Place::Port(bound_address(&socket)?);
    Ok((socket, place))
}

fn serve(
    peer: Peer,
    halt: &Halt,
    journal: &Journal<Session>,
    script: &Script,
    context: Option<&SslContext>,
) {
    let record = Record { journal, place: journal.open(Session::default()) };
    let connection = Connection::new(peer, halt, record);
    // The error is how every conversation ends; what happened is in the record.
    drop(Dialogue::new(connection, script, context).run());
    record.note(|session| session.ended = true);
}
