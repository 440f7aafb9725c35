//! Ports on loopback where nobody serves: one that refuses, and one that never answers.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

use crate::runtime::{bound_address, loopback_socket};

/// More connections than a full accept queue and a few half-open ones can hold.
const FILLING: usize = 4;

/// A port that refuses every connection, for as long as this lives.
///
/// It is bound but does not listen, so that no other process can be given it meanwhile.
#[derive(Debug)]
pub struct RefusedPort {
    address: SocketAddr,
    _bound: Socket,
}

/// Takes a port of 127.0.0.1 that refuses connections.
///
/// # Errors
/// When no socket can be bound.
pub fn refused_port() -> io::Result<RefusedPort> {
    let bound = loopback_socket(false, Type::STREAM, 0)?;
    Ok(RefusedPort { address: bound_address(&bound)?, _bound: bound })
}

impl RefusedPort {
    /// The port's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port's number.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// A port that never answers: a connect to it waits until the client gives up, as behind a
/// firewall that drops packets.
///
/// Its accept queue has one place, which is taken. This works the way Linux drops connection
/// requests to a full queue.
#[derive(Debug)]
pub struct UnansweredPort {
    address: SocketAddr,
    _listening: Socket,
    _waiting: Vec<Socket>,
}

/// Takes a port of 127.0.0.1 where connections are not answered.
///
/// # Errors
/// When no socket can be bound.
pub fn unanswered_port() -> io::Result<UnansweredPort> {
    let listening = loopback_socket(false, Type::STREAM, 0)?;
    listening.listen(0)?;
    let address = bound_address(&listening)?;
    let mut waiting = Vec::new();
    for _ in 0..FILLING {
        let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        client.set_nonblocking(true)?;
        // Those that fit are connected and the others stay under way; neither is an error.
        drop(client.connect(&address.into()));
        waiting.push(client);
    }
    Ok(UnansweredPort { address, _listening: listening, _waiting: waiting })
}

impl UnansweredPort {
    /// The port's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port's number.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[test]
    fn crit_a_refused_port_refuses() {
        let refused = refused_port().unwrap();
        let error = TcpStream::connect(refused.address()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(refused.port(), refused.address().port());
    }

    #[test]
    fn crit_an_unanswered_port_does_not_answer() {
        let unanswered = unanswered_port().unwrap();
        let limit = Duration::from_millis(100);
        let error = TcpStream::connect_timeout(&unanswered.address(), limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(unanswered.port(), unanswered.address().port());
    }
}
