//! The header of the PROXY protocol as `HAProxy` specifies it, versions 1 and 2, as a server reads it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::smtp::session::ProxyHeader;

/// The longest version 1 header with its CRLF, in bytes (section 2.1 of the specification).
const V1_LIMIT: usize = 107;

/// What a version 2 header begins with (section 2.2).
const V2_SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// A version of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyVersion {
    /// One line of text.
    V1,
    /// A binary block.
    V2,
}

impl ProxyVersion {
    /// Reads a header byte by byte, and not one byte more; anything else is an error.
    pub(super) fn read(self, mut next: impl FnMut() -> io::Result<u8>) -> io::Result<ProxyHeader> {
        let mut bytes = Vec::new();
        match self {
            Self::V1 => {
                while !bytes.ends_with(b"\r\n") {
                    bytes.push(next()?);
                    if bytes.len() > V1_LIMIT {
                        return Err(malformed());
                    }
                }
                let addresses = parse_v1(&bytes).ok_or_else(malformed)?;
                Ok(ProxyHeader { bytes, addresses })
            }
            Self::V2 => {
                for _ in 0..16 {
                    bytes.push(next()?);
                }
                let length = match bytes.as_slice() {
                    [head @ .., high, low] if head.starts_with(&V2_SIGNATURE) => {
                        u16::from_be_bytes([*high, *low])
                    }
                    _ => return Err(malformed()),
                };
                for _ in 0..length {
                    bytes.push(next()?);
                }
                let addresses = parse_v2(&bytes).ok_or_else(malformed)?;
                Ok(ProxyHeader { bytes, addresses })
            }
        }
    }
}

/// Source and destination, if the header names them.
type Addresses = Option<(SocketAddr, SocketAddr)>;

fn parse_v1(bytes: &[u8]) -> Option<Addresses> {
    let line = str::from_utf8(bytes).ok()?.strip_suffix("\r\n")?;
    let fields: Vec<&str> = line.strip_prefix("PROXY ")?.split(' ').collect();
    match fields.as_slice() {
        ["UNKNOWN", ..] => Some(None),
        [family @ ("TCP4" | "TCP6"), source, destination, source_port, destination_port] => {
            let source: IpAddr = source.parse().ok()?;
            let destination: IpAddr = destination.parse().ok()?;
            if [source, destination].iter().any(|ip| ip.is_ipv4() != (*family == "TCP4")) {
                return None;
            }
            let source_port: u16 = source_port.parse().ok()?;
            let destination_port: u16 = destination_port.parse().ok()?;
            Some(Some(((source, source_port).into(), (destination, destination_port).into())))
        }
        _ => None,
    }
}

fn parse_v2(bytes: &[u8]) -> Option<Addresses> {
    let rest = bytes.strip_prefix(&V2_SIGNATURE)?;
    let (&[command, family, _, _], block) = rest.split_first_chunk::<4>()?;
    match (command, family) {
        // LOCAL: the proxy speaks for itself, whatever the addresses say.
        (0x20, _) | (0x21, 0x00) => Some(None),
        (0x21, 0x11) => {
            let (source, rest) = block.split_first_chunk::<4>()?;
            let (destination, rest) = rest.split_first_chunk::<4>()?;
            let ports = ports(rest)?;
            let source = (Ipv4Addr::from(*source), ports.0).into();
            Some(Some((source, (Ipv4Addr::from(*destination), ports.1).into())))
        }
        (0x21, 0x21) => {
            let (source, rest) = block.split_first_chunk::<16>()?;
            let (destination, rest) = rest.split_first_chunk::<16>()?;
            let ports = ports(rest)?;
            let source = (Ipv6Addr::from(*source), ports.0).into();
            Some(Some((source, (Ipv6Addr::from(*destination), ports.1).into())))
        }
        _ => None,
    }
}

fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
    let ([a, b, c, d], _) = bytes.split_first_chunk::<4>()?;
    Some((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])))
}

fn malformed() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "this is not the PROXY header that was expected")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_version_1_is_read_to_its_line_end() {
        let header = read(ProxyVersion::V1, b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 25\r\nEHLO");
        let header = header.unwrap();
        assert!(header.bytes.ends_with(b" 25\r\n"));
        let addresses = header.addresses.unwrap();
        assert_eq!(addresses.0, "192.0.2.1:4711".parse().unwrap());
        assert_eq!(addresses.1, "192.0.2.2:25".parse().unwrap());
        let unknown = read(ProxyVersion::V1, b"PROXY UNKNOWN\r\n").unwrap();
        assert_eq!(unknown.addresses, None);
    }

    #[test]
    fn ok_version_2_is_read_to_its_length() {
        let mut bytes = V2_SIGNATURE.to_vec();
        bytes.extend([0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0, 80, 0, 25]);
        let header = read(ProxyVersion::V2, &bytes).unwrap();
        let addresses = header.addresses.unwrap();
        assert_eq!(addresses.0, "192.0.2.1:80".parse().unwrap());
        assert_eq!(addresses.1, "192.0.2.2:25".parse().unwrap());

        let mut bytes = V2_SIGNATURE.to_vec();
        bytes.extend([0x21, 0x21, 0, 36]);
        bytes.extend("2001:db8::1".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend("2001:db8::2".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend([0, 80, 0, 25]);
        let header = read(ProxyVersion::V2, &bytes).unwrap();
        assert_eq!(header.addresses.unwrap().0, "[2001:db8::1]:80".parse().unwrap());

        let mut bytes = V2_SIGNATURE.to_vec();
        bytes.extend([0x20, 0, 0, 0]);
        assert_eq!(read(ProxyVersion::V2, &bytes).unwrap().addresses, None);
    }

    #[test]
    fn crit_other_bytes_are_refused() {
        let crossed = b"PROXY TCP4 2001:db8::1 192.0.2.2 4711 25\r\n";
        for bytes in [&b"EHLO client.example.org\r\n"[..], b"PROXY TCP4 one two\r\n", crossed] {
            assert!(read(ProxyVersion::V1, bytes).is_err());
        }
        assert!(read(ProxyVersion::V1, &[b'x'; 200]).is_err());
        assert!(read(ProxyVersion::V2, b"EHLO client.example.org\r\n").is_err());
    }

    fn read(version: ProxyVersion, bytes: &[u8]) -> io::Result<ProxyHeader> {
        let mut bytes = bytes.iter();
        version.read(|| bytes.next().copied().ok_or_else(malformed))
    }
}
