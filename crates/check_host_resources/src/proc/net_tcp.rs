//! `/proc/net/tcp` and `/proc/net/tcp6`: the sockets that listen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

/// A socket that takes connections.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Listener {
    pub(crate) port: u16,
    /// Unspecified where it takes those to all addresses.
    pub(crate) address: IpAddr,
}

impl Listener {
    /// Whether others than this machine can reach it.
    pub(crate) fn is_open_to_others(self) -> bool {
        !self.address.to_canonical().is_loopback()
    }
}

/// The listening ones; `None` when a line is none of such a file.
pub(crate) fn listeners(text: &str) -> Option<Vec<Listener>> {
    let mut lines = text.lines();
    lines.next().filter(|line| line.contains("local_address"))?;
    let mut listeners = Vec::new();
    for line in lines {
        let mut fields = line.split_whitespace();
        let (local, state) = (fields.nth(1)?, fields.nth(1)?);
        if state == LISTEN {
            let (address, port) = local.split_once(':')?;
            let port = u16::from_str_radix(port, 16).ok()?;
            listeners.push(Listener { port, address: self::address(address)? });
        }
    }
    Some(listeners)
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

/// `TCP_LISTEN` of the kernel.
const LISTEN: &str = "0A";

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "  sl  local_address rem_address   st tx_queue\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn ok_what_listens_and_where() {
        let text = format!(
            "{HEADING}   0: 00000000:0019 00000000:0000 0A 0\n   1: 0100007F:024B 00000000:0000 0A 0\n   \
             2: 0100007F:0019 0200007F:1234 01 0\n"
        );
        let seen = listeners(&text).expect("it");
        let of: Vec<String> = seen
            .iter()
            .map(|it| format!("{} {} {}", it.port, it.address, it.is_open_to_others()))
            .collect();
        assert_eq!(of, ["25 0.0.0.0 true", "587 127.0.0.1 false"]);
        let text = format!(
            "{HEADING}   0: 00000000000000000000000000000000:0019 0:0 0A 0\n   \
             1: 00000000000000000000000001000000:0FA0 0:0 0A 0\n"
        );
        let seen = listeners(&text).expect("it");
        assert_eq!(seen[0].address.to_string(), "::");
        assert!(!seen[1].is_open_to_others(), "{:?}", seen[1]);
    }

    #[test]
    fn unknown_what_is_no_such_file() {
        for text in ["", "x\n", &format!("{HEADING}x\n"), &format!("{HEADING}0: 00:19 0:0 0A\n")] {
            assert_eq!(listeners(text), None, "{text}");
        }
    }
}
