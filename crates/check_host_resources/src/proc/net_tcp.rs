//! `/proc/net/tcp` and `/proc/net/tcp6`: the TCP sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A TCP socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Socket {
    /// The kernel's number of it.
    pub(crate) state: u8,
    /// Unspecified where it takes connections to all addresses.
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

/// Which sockets are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// Those that take connections.
    Listening,
    /// Established ones whose own port is this.
    Local(u16),
    /// Those with this port at the other end, also while they are only being established.
    Remote(u16),
}

impl Wanted {
    /// One bit for each state that is meant.
    pub(crate) fn states(self) -> u32 {
        match self {
            Self::Listening => 1 << LISTEN,
            Self::Local(_) => 1 << ESTABLISHED,
            Self::Remote(_) => 1 << ESTABLISHED | 1 << SYN_SENT,
        }
    }

    /// Whether a socket is one of these.
    pub(crate) fn has(self, socket: &Socket) -> bool {
        let of_state =
            1_u32.checked_shl(socket.state.into()).is_some_and(|bit| bit & self.states() != 0);
        of_state
            && match self {
                Self::Listening => true,
                Self::Local(port) => socket.local.port() == port,
                Self::Remote(port) => socket.remote.port() == port,
            }
    }
}

/// The sockets in a file; `None` when a line is none of such a file.
pub(crate) fn sockets(text: &str) -> Option<Vec<Socket>> {
    let mut lines = text.lines();
    lines.next().filter(|line| line.contains("local_address"))?;
    lines.map(socket).collect()
}

fn socket(line: &str) -> Option<Socket> {
    let mut fields = line.split_whitespace();
    let (local, remote, state) = (fields.nth(1)?, fields.next()?, fields.next()?);
    Some(Socket {
        state: u8::from_str_radix(state, 16).ok()?,
        local: end(local)?,
        remote: end(remote)?,
    })
}

fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    Some(SocketAddr::new(self::address(address)?, u16::from_str_radix(port, 16).ok()?))
}

/// Words of four bytes in the order of this machine.
fn address(hex: &str) -> Option<IpAddr> {
    let words: Option<Vec<[u8; 4]>> = hex
        .as_bytes()
        .chunks(8)
        .map(|word| {
            let word = std::str::from_utf8(word).ok().filter(|word| word.len() == 8)?;
            u32::from_str_radix(word, 16).ok().map(u32::to_ne_bytes)
        })
        .collect();
    let bytes = words?.concat();
    let ipv4 = || <[u8; 4]>::try_from(bytes.as_slice()).ok().map(|it| Ipv4Addr::from(it).into());
    let ipv6 = || <[u8; 16]>::try_from(bytes.as_slice()).ok().map(|it| Ipv6Addr::from(it).into());
    ipv4().or_else(ipv6)
}

/// `TCP_ESTABLISHED` of the kernel.
const ESTABLISHED: u8 = 1;
const SYN_SENT: u8 = 2;
const LISTEN: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "  sl  local_address rem_address   st tx_queue\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn ok_what_listens_and_what_is_connected() {
        let text = format!(
            "{HEADING}   0: 00000000:0019 00000000:0000 0A 0\n   \
             1: 0100007F:024B 00000000:0000 0A 0\n   2: 0100007F:0019 0200007F:1234 01 0\n   \
             3: 0100007F:1235 07030CC6:0019 02 0\n"
        );
        let seen = sockets(&text).expect("it");
        let of = |wanted: Wanted| -> Vec<String> {
            let these = seen.iter().filter(|it| wanted.has(it));
            these.map(|it| format!("{} {}", it.local, it.remote)).collect()
        };
        assert_eq!(of(Wanted::Listening), ["0.0.0.0:25 0.0.0.0:0", "127.0.0.1:587 0.0.0.0:0"]);
        assert_eq!(of(Wanted::Local(25)), ["127.0.0.1:25 127.0.0.2:4660"]);
        assert_eq!(of(Wanted::Remote(25)), ["127.0.0.1:4661 198.12.3.7:25"]);
        let text = format!(
            "{HEADING}   0: 00000000000000000000000000000000:0019 \
             00000000000000000000000001000000:0000 0A 0\n"
        );
        let seen = sockets(&text).expect("it");
        assert_eq!(
            (seen[0].local.to_string().as_str(), seen[0].remote.ip().is_loopback()),
            ("[::]:25", true)
        );
    }

    #[test]
    fn unknown_what_is_no_such_file() {
        for text in ["", "x\n", &format!("{HEADING}x\n"), &format!("{HEADING}0: 00:19 0:0 0A\n")] {
            assert_eq!(sockets(text), None, "{text}");
        }
    }
}
