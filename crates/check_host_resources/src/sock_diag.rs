//! The kernel's TCP sockets, asked for through netlink (`sock_diag(7)`): it picks them out itself, which
//! with thousands of connections takes a fraction of the time that reading `/proc/net/tcp` does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mailhost_core::deadline::Deadline;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

use crate::proc::{Socket, Wanted};

/// Why the kernel did not tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SockDiagError {
    /// It refuses, or cannot do it.
    #[error("asking the kernel for sockets: {0}")]
    Failed(#[from] Errno),
    /// It does not answer, or the time is up.
    #[error("asking the kernel for sockets: no answer in time")]
    Late,
    /// It says something that nothing is known of.
    #[error("asking the kernel for sockets: its answer is not what this check knows")]
    NotUnderstood,
}

/// The sockets that are wanted, of IPv4 and IPv6.
///
/// # Errors
/// [`SockDiagError`], as where a container forbids netlink, or the kernel was built without it.
pub(crate) fn sockets(wanted: Wanted, deadline: &Deadline) -> Result<Vec<Socket>, SockDiagError> {
    let mut sockets = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        match dump(wanted, family, deadline, &mut sockets) {
            // A kernel without IPv6.
            Err(SockDiagError::Failed(Errno::NOENT)) if family == AddressFamily::INET6 => {}
            done => done?,
        }
    }
    Ok(sockets)
}

fn dump(
    wanted: Wanted,
    family: AddressFamily,
    deadline: &Deadline,
    sockets: &mut Vec<Socket>,
) -> Result<(), SockDiagError> {
    let kind = SocketType::DGRAM;
    let netlink = Some(netlink::SOCK_DIAG);
    let kernel = socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, netlink)?;
    send(&kernel, &request(wanted, family), SendFlags::empty())?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let left = deadline.remaining().map_err(|_| SockDiagError::Late)?;
        set_socket_timeout(&kernel, Timeout::Recv, Some(left))?;
        let (length, _) = match recv(&kernel, &mut buffer, RecvFlags::empty()) {
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => return Err(SockDiagError::Late),
            said => said?,
        };
        if read(buffer.get(..length).unwrap_or_default(), sockets)? == Progress::Last {
            return Ok(());
        }
    }
}

/// A message of netlink's header, `struct inet_diag_req_v2`, and where one port is wanted a program of four
/// steps that lets only that pass (`inet_diag_bc_op`).
fn request(wanted: Wanted, family: AddressFamily) -> Vec<u8> {
    let mut body = Vec::with_capacity(LONGEST_REQUEST);
    body.extend([u8::try_from(family.as_raw()).unwrap_or_default(), IPPROTO_TCP, 0, 0]);
    body.extend(wanted.states().to_ne_bytes());
    // No single socket is meant.
    body.extend([0; SOCKET_ID]);
    if let Some((at_least, at_most, port)) = match wanted {
        Wanted::Listening => None,
        Wanted::Local(port) => Some((SOURCE_AT_LEAST, SOURCE_AT_MOST, port)),
        Wanted::Remote(port) => Some((DESTINATION_AT_LEAST, DESTINATION_AT_MOST, port)),
    } {
        let step = |code: u8, yes: u8, no: u16| [&[code, yes][..], &no.to_ne_bytes()].concat();
        let program = [
            // Four bytes behind its end it lets nothing pass.
            step(at_least, 8, 20),
            step(0, 0, port),
            step(at_most, 8, 12),
            step(0, 0, port),
        ]
        .concat();
        body.extend(attribute_length(program.len()).to_ne_bytes());
        body.extend(INET_DIAG_REQ_BYTECODE.to_ne_bytes());
        body.extend(program);
    }
    let length = u32::try_from(HEADER + body.len()).unwrap_or_default();
    let mut message = Vec::with_capacity(LONGEST_REQUEST);
    message.extend(length.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(REQUEST_ALL.to_ne_bytes());
    // Number of the message, and of the sender; the kernel fills in the latter.
    message.extend([0; 8]);
    message.extend(body);
    message
}

fn attribute_length(program: usize) -> u16 {
    u16::try_from(4 + program).unwrap_or_default()
}

/// Whether more follows.
#[derive(Debug, Eq, PartialEq)]
enum Progress {
    Last,
    More,
}

/// Reads the messages of one datagram.
fn read(mut datagram: &[u8], sockets: &mut Vec<Socket>) -> Result<Progress, SockDiagError> {
    while !datagram.is_empty() {
        let not_understood = || SockDiagError::NotUnderstood;
        let length = u32::from_ne_bytes(array(datagram, 0).ok_or_else(not_understood)?);
        let kind = u16::from_ne_bytes(array(datagram, 4).ok_or_else(not_understood)?);
        let length = usize::try_from(length).map_err(|_| not_understood())?;
        let body = datagram.get(HEADER..length).ok_or_else(not_understood)?;
        match kind {
            // With it the kernel says whether it has told all.
            NLMSG_DONE => match array(body, 0).map(i32::from_ne_bytes) {
                Some(code) if code < 0 => {
                    return Err(Errno::from_raw_os_error(code.saturating_neg()).into());
                }
                _ => return Ok(Progress::Last),
            },
            NLMSG_ERROR => {
                let code = i32::from_ne_bytes(array(body, 0).ok_or_else(not_understood)?);
                return Err(Errno::from_raw_os_error(code.saturating_neg()).into());
            }
            SOCK_DIAG_BY_FAMILY => sockets.push(socket(body).ok_or_else(not_understood)?),
            _ => return Err(not_understood()),
        }
        // Messages begin at multiples of four.
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(Progress::More)
}

/// Reads the front of `struct inet_diag_msg`: family, state, two bytes, both ports, both addresses.
fn socket(body: &[u8]) -> Option<Socket> {
    let (family, state) = (*body.first()?, *body.get(1)?);
    let port = |at| array(body, at).map(u16::from_be_bytes);
    let address = |at| -> Option<IpAddr> {
        if AddressFamily::from_raw(family.into()) == AddressFamily::INET {
            array::<4>(body, at).map(|it| Ipv4Addr::from(it).into())
        } else {
            array::<16>(body, at).map(|it| Ipv6Addr::from(it).into())
        }
    };
    Some(Socket {
        state,
        local: SocketAddr::new(address(8)?, port(4)?),
        remote: SocketAddr::new(address(24)?, port(6)?),
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Bytes of netlink's header.
const HEADER: usize = 16;
/// Bytes of `struct inet_diag_sockid`.
const SOCKET_ID: usize = 48;
/// Bytes.
const LONGEST_REQUEST: usize = 92;
/// Bytes; the kernel sends up to 32 KiB at once.
const BUFFER: usize = 64 * 1024;
const IPPROTO_TCP: u8 = 6;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST` and `NLM_F_DUMP`.
const REQUEST_ALL: u16 = 0x301;
const INET_DIAG_REQ_BYTECODE: u16 = 1;
/// `INET_DIAG_BC_S_GE` and its kin.
const SOURCE_AT_LEAST: u8 = 2;
const SOURCE_AT_MOST: u8 = 3;
const DESTINATION_AT_LEAST: u8 = 4;
const DESTINATION_AT_MOST: u8 = 5;

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn ask(wanted: Wanted) -> Vec<Socket> {
        sockets(wanted, &Deadline::start(Duration::from_secs(5))).expect("the kernel answers")
    }

    #[test]
    fn ok_the_kernel_picks_sockets_out_by_port() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        assert!(ask(Wanted::Listening).iter().any(|it| it.local.port() == port));
        assert_eq!(ask(Wanted::Local(port)), []);
        let client = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let (_server, _) = listener.accept().expect("a connection");
        let own = client.local_addr().expect("an address");
        // Two ends of the same connection.
        let at = |local, remote| Socket { state: 1, local, remote };
        let there = client.peer_addr().expect("an address");
        assert_eq!(ask(Wanted::Local(port)), [at(there, own)]);
        assert_eq!(ask(Wanted::Remote(port)), [at(own, there)]);
    }

    #[test]
    fn unknown_what_the_kernel_refuses_or_never_said() {
        let error = |code: i32| {
            let mut message = 20_u32.to_ne_bytes().to_vec();
            message.extend(NLMSG_ERROR.to_ne_bytes());
            message.extend([0; 10]);
            message.extend(code.to_ne_bytes());
            message
        };
        let said = |bytes: &[u8]| read(bytes, &mut Vec::new()).map_err(|it| it.to_string());
        let refused = "asking the kernel for sockets: Operation not permitted (os error 1)";
        assert_eq!(said(&error(-1)), Err(refused.to_owned()));
        let odd = "asking the kernel for sockets: its answer is not what this check knows";
        assert_eq!(said(&[1, 2, 3]), Err(odd.to_owned()));
        assert_eq!(said(&[0; 16]), Err(odd.to_owned()));
        assert_eq!(said(&[]), Ok(Progress::More));
        // A dump that came to its end, and one that did not.
        let done = |code: i32| {
            let mut message = error(code);
            message[4..6].copy_from_slice(&NLMSG_DONE.to_ne_bytes());
            message
        };
        assert_eq!(said(&done(0)), Ok(Progress::Last));
        let short = "asking the kernel for sockets: Cannot allocate memory (os error 12)";
        assert_eq!(said(&done(-12)), Err(short.to_owned()));
    }

    proptest! {
        #[test]
        fn ok_any_bytes_can_be_read(bytes: Vec<u8>) {
            let _ = read(&bytes, &mut Vec::new());
        }
    }
}
