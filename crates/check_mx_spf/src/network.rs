//! Networks of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Serialize, Serializer};

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Network {
    /// The lowest of them.
    first: IpAddr,
    /// How many bits are the same: 0 to 32 or 128.
    prefix: u8,
}

impl Network {
    /// The network of an address; a prefix that is too long means the address alone.
    pub(crate) fn new(address: IpAddr, prefix: u8) -> Self {
        let width = width(address);
        let prefix = prefix.min(width);
        let mask = !host_bits(width, prefix);
        Self { first: address_of(address, number(address) & mask), prefix }
    }

    /// An address alone.
    pub(crate) fn single(address: IpAddr) -> Self {
        Self::new(address, u8::MAX)
    }

    /// Reads `ADDRESS` or `ADDRESS/LENGTH`. An IPv4-mapped IPv6 address is the IPv4 one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let Some(prefix) = prefix else {
            return Some(Self::single(address.to_canonical()));
        };
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|it| digits && *it <= width(address))?;
        match address.to_canonical() {
            IpAddr::V4(mapped) if address.is_ipv6() => {
                Some(Self::new(mapped.into(), prefix.checked_sub(96)?))
            }
            address => Some(Self::new(address, prefix)),
        }
    }

    /// The lowest address.
    pub(crate) fn first(self) -> IpAddr {
        self.first
    }

    /// The highest address.
    pub(crate) fn last(self) -> IpAddr {
        let hosts = host_bits(width(self.first), self.prefix);
        address_of(self.first, number(self.first) | hosts)
    }

    /// The number of bits that are the same.
    pub(crate) fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether it is one address.
    pub(crate) fn is_single(self) -> bool {
        self.prefix == width(self.first)
    }

    /// Whether an address is in it.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        self.covers(Self::single(address))
    }

    /// Whether all of another network is in it.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.prefix <= other.prefix && Self::new(other.first, self.prefix) == self
    }

    /// Why nobody on the Internet can send from its addresses or reach them; `None` when it is of the
    /// public Internet, be it in part.
    pub(crate) fn not_public(self) -> Option<&'static str> {
        let special = SPECIAL.iter();
        let mut inside =
            special.filter(|(text, _)| Self::parse(text).is_some_and(|it| it.covers(self)));
        inside.next().map(|(_, what)| *what)
    }

    /// Whether one address comes right after another.
    pub(crate) fn follows(before: IpAddr, after: IpAddr) -> bool {
        before.is_ipv4() == after.is_ipv4() && number(before).checked_add(1) == Some(number(after))
    }

    /// The parts that these networks cut it into, each as its first and last address.
    pub(crate) fn cut_by(self, networks: &[Self]) -> Vec<(IpAddr, IpAddr)> {
        let end = number(self.last());
        let inside = networks.iter().filter(|it| self.covers(**it));
        let mut starts = vec![number(self.first)];
        for network in inside {
            starts.push(number(network.first));
            let next = number(network.last()).checked_add(1);
            starts.extend(next.filter(|next| *next <= end));
        }
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([end]);
        let of = |number| address_of(self.first, number);
        starts.iter().zip(ends).map(|(first, last)| (of(*first), of(last))).collect()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.is_single() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn host_bits(width: u8, prefix: u8) -> u128 {
    let bits = u32::from(width - prefix);
    1_u128.checked_shl(bits).map_or(u128::MAX, |power| power - 1)
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// The address of this number, of the same family as another one.
fn address_of(family: IpAddr, number: u128) -> IpAddr {
    match family {
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

/// Addresses that are not of the public Internet (RFC 6890 and the IANA registries behind it).
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "not an address"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.2.0/24", "documentation"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "not an address"),
    ("::1/128", "loopback"),
    ("100::/64", "discarded"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).expect("a network")
    }

    #[test]
    fn ok_networks_are_read_and_written() {
        for (text, shown) in [
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::1/32", "2001:db8::/32"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:192.0.2.1/120", "192.0.2.0/24"),
        ] {
            assert_eq!(network(text).to_string(), shown, "{text}");
        }
        for text in ["", "x", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/+8", "::1/129", "192.0.2"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ok_what_is_in_a_network() {
        let contains = |text: &str, address: &str| {
            network(text).contains(address.parse().expect("an address"))
        };
        assert!(
            contains("192.0.2.0/25", "192.0.2.127") && !contains("192.0.2.0/25", "192.0.2.128")
        );
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("::/0", "2001:db8::1"));
        assert!(network("192.0.2.0/24").covers(network("192.0.2.128/25")));
        assert!(!network("192.0.2.128/25").covers(network("192.0.2.0/24")));
    }

    #[test]
    fn ok_a_network_is_cut_where_others_begin_and_end() {
        let others = [network("192.0.2.0/26"), network("192.0.2.200"), network("10.0.0.0/8")];
        let parts = network("192.0.2.0/24").cut_by(&others);
        let shown: Vec<String> = parts.iter().map(|(a, b)| format!("{a}-{b}")).collect();
        assert_eq!(
            shown,
            [
                "192.0.2.0-192.0.2.63",
                "192.0.2.64-192.0.2.199",
                "192.0.2.200-192.0.2.200",
                "192.0.2.201-192.0.2.255"
            ]
        );
        assert_eq!(network("::/0").cut_by(&[]).len(), 1);
    }

    #[test]
    fn ok_public_addresses_are_told_from_others() {
        let of = |text: &str| network(text).not_public();
        assert_eq!(of("10.1.2.3"), Some("private"));
        assert_eq!(of("::1"), Some("loopback"));
        assert_eq!(of("198.51.100.7"), Some("documentation"));
        assert_eq!(of("8.8.8.8"), None);
        assert_eq!(of("2a00:1450::1"), None);
        assert_eq!(of("192.168.4.0/24"), Some("private"));
        assert_eq!(of("192.0.0.0/8"), None);
        assert!(SPECIAL.iter().all(|(text, _)| Network::parse(text).is_some()));
    }
}
