//! Connecting to an address or a Unix socket, under the deadline.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Serialize;
use socket2::{Domain, SockAddr, Socket, Type};

use super::stream::Stream;
use crate::deadline::Deadline;

/// Where to connect to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// A TCP address and port.
    Inet(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Inet(address) => write!(f, "{address}"),
            Endpoint::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why there is no connection.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ConnectFault {
    /// The target, or the way to it, failed otherwise.
    #[error("cannot be connected to: {0}")]
    Failed(String),
    /// This machine would not even try; nothing is known about the target.
    #[error("was not tried: {0}")]
    Local(String),
    /// This machine has no route to the address.
    #[error("cannot be reached: no route from this machine")]
    NoRoute,
    /// Nothing listens there.
    #[error("refuses connections")]
    Refused,
    /// No answer in time.
    #[error("does not answer")]
    TimedOut,
}

/// Connects, from `source` where one is given.
///
/// # Errors
/// [`ConnectFault`].
pub fn connect(
    endpoint: &Endpoint,
    source: Option<IpAddr>,
    deadline: &Deadline,
) -> Result<Stream, ConnectFault> {
    let local = |error: &io::Error| ConnectFault::Local(error_text(error));
    deadline.waiting_for(format!("a connection to {endpoint}"));
    let (domain, address) = match endpoint {
        Endpoint::Inet(address) => (Domain::for_address(*address), SockAddr::from(*address)),
        Endpoint::Unix(path) => (Domain::UNIX, SockAddr::unix(path).map_err(|e| local(&e))?),
    };
    let socket = Socket::new(domain, Type::STREAM, None).map_err(|error| {
        // A kernel without IPv6 has no way to an IPv6 address.
        if error.raw_os_error() == Some(EAFNOSUPPORT) {
            ConnectFault::NoRoute
        } else {
            local(&error)
        }
    })?;
    if let Some(source) = source {
        socket
            .bind(&SockAddr::from(SocketAddr::new(source, 0)))
            .map_err(|error| {
                ConnectFault::Local(format!("source address {source}: {}", error_text(&error)))
            })?;
    }
    let left = deadline.remaining().map_err(|_| ConnectFault::TimedOut)?;
    socket
        .connect_timeout(&address, left)
        .map_err(|error| fault(&error))?;
    if let Endpoint::Inet(_) = endpoint {
        // Without it the first command under TLS waits 40 ms for the ACK of the handshake. A system
        // that has no such option is slower, nothing else.
        let _ = socket.set_tcp_nodelay(true);
    }
    Ok(Stream::new(socket, deadline.clone()))
}

fn fault(error: &io::Error) -> ConnectFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectFault::Refused,
        // A Unix socket whose queue is full says "would block" instead of waiting.
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ConnectFault::TimedOut,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
            ConnectFault::NoRoute
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::AddrInUse => {
            ConnectFault::Local(error_text(error))
        }
        _ => ConnectFault::Failed(error_text(error)),
    }
}

/// The system's words as a lowercase fragment, without the number that Rust appends.
pub fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

/// "Address family not supported by protocol" on Linux.
const EAFNOSUPPORT: i32 = 97;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    use super::*;

    fn deadline() -> Deadline {
        Deadline::start(Duration::from_secs(5))
    }

    #[test]
    fn ok_tcp_and_unix_sockets() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        connect(&Endpoint::Inet(address), None, &deadline()).expect("accepted");
        connect(
            &Endpoint::Inet(address),
            Some("127.0.0.2".parse().expect("good")),
            &deadline(),
        )
        .expect("from another loopback address");
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("lmtp");
        let _listener = UnixListener::bind(&path).expect("socket");
        connect(&Endpoint::Unix(path), None, &deadline()).expect("accepted");
    }

    #[test]
    fn critical_refused_and_missing() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        drop(listener);
        let refused = connect(&Endpoint::Inet(address), None, &deadline()).err();
        assert_eq!(refused, Some(ConnectFault::Refused));
        let missing = connect(
            &Endpoint::Unix("/nonexistent/lmtp".into()),
            None,
            &deadline(),
        )
        .err();
        assert_eq!(
            missing,
            Some(ConnectFault::Failed("no such file or directory".to_owned()))
        );
    }

    #[test]
    fn unknown_a_source_address_that_is_not_ours() {
        let address = Endpoint::Inet("127.0.0.1:9".parse().expect("good"));
        let fault = connect(
            &address,
            Some("192.0.2.1".parse().expect("good")),
            &deadline(),
        )
        .err();
        assert_eq!(
            fault,
            Some(ConnectFault::Local(
                "source address 192.0.2.1: cannot assign requested address".to_owned()
            )),
        );
    }
}
