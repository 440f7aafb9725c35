//! The PROXY protocol's header, which a load balancer puts in front of a connection.
//!
//! Source: HAProxy's "The PROXY protocol, versions 1 and 2".

use std::net::{IpAddr, SocketAddr};

/// The two forms of the header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProxyVersion {
    /// One line of text (section 2.1).
    V1,
    /// Binary (section 2.2).
    V2,
}

/// The header that says the connection came from `source` to `destination`.
///
/// Without addresses, or with addresses of two families, it says that the origin is unknown
/// (version 1) or the sender itself (version 2), which every receiver must accept.
pub fn proxy_header(version: ProxyVersion, ends: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    let ends = ends.filter(|(source, destination)| source.is_ipv4() == destination.is_ipv4());
    match version {
        ProxyVersion::V1 => text(ends).into_bytes(),
        ProxyVersion::V2 => binary(ends),
    }
}

fn text(ends: Option<(SocketAddr, SocketAddr)>) -> String {
    let Some((source, destination)) = ends else {
        return "PROXY UNKNOWN\r\n".to_owned();
    };
    format!(
        "PROXY {} {} {} {} {}\r\n",
        if source.is_ipv4() { "TCP4" } else { "TCP6" },
        source.ip(),
        destination.ip(),
        source.port(),
        destination.port(),
    )
}

fn binary(ends: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    let mut header = SIGNATURE.to_vec();
    let Some((source, destination)) = ends else {
        header.extend([LOCAL, 0, 0, 0]);
        return header;
    };
    let mut addresses = Vec::with_capacity(36);
    for end in [source, destination] {
        match end.ip() {
            IpAddr::V4(ip) => addresses.extend(ip.octets()),
            IpAddr::V6(ip) => addresses.extend(ip.octets()),
        }
    }
    addresses.extend(source.port().to_be_bytes());
    addresses.extend(destination.port().to_be_bytes());
    let (family, length) = if source.is_ipv4() { (TCP_OVER_IPV4, 12) } else { (TCP_OVER_IPV6, 36) };
    header.extend([PROXY, family, 0, length]);
    header.extend(addresses);
    header
}

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, command LOCAL: the proxy speaks for itself.
const LOCAL: u8 = 0x20;
/// Version 2, command PROXY.
const PROXY: u8 = 0x21;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(ends: [&str; 2]) -> (SocketAddr, SocketAddr) {
        ends.map(|end| end.parse().expect("address")).into()
    }

    #[test]
    fn ok_version_1_is_a_line() {
        for (ends, line) in [
            (
                Some(parse(["192.0.2.1:4000", "198.51.100.1:25"])),
                "PROXY TCP4 192.0.2.1 198.51.100.1 4000 25\r\n",
            ),
            (
                Some(parse(["[2001:db8::1]:1", "[2001:db8::2]:25"])),
                "PROXY TCP6 2001:db8::1 2001:db8::2 1 25\r\n",
            ),
            (Some(parse(["[2001:db8::1]:1", "192.0.2.1:25"])), "PROXY UNKNOWN\r\n"),
            (None, "PROXY UNKNOWN\r\n"),
        ] {
            assert_eq!(proxy_header(ProxyVersion::V1, ends), line.as_bytes());
        }
    }

    #[test]
    fn ok_version_2_is_binary() {
        let header =
            proxy_header(ProxyVersion::V2, Some(parse(["192.0.2.1:4000", "198.51.100.1:25"])));
        assert_eq!(header[..12], *SIGNATURE);
        assert_eq!(header[12..16], [0x21, 0x11, 0, 12]);
        assert_eq!(header[16..], [192, 0, 2, 1, 198, 51, 100, 1, 0x0f, 0xa0, 0, 25]);
        let header =
            proxy_header(ProxyVersion::V2, Some(parse(["[2001:db8::1]:1", "[2001:db8::2]:25"])));
        assert_eq!((header.len(), header[15]), (16 + 36, 36));
        assert_eq!(proxy_header(ProxyVersion::V2, None)[12..], [0x20, 0, 0, 0]);
    }
}
