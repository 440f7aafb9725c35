//! Networks of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use serde::{Serialize, Serializer};

use crate::dns::Name;

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Network {
    /// The lowest of them.
    first: IpAddr,
    /// How many bits are the same: 0 to 32 or 128.
    prefix: u8,
}

impl Network {
    /// The network of an address; a prefix that is too long means the address alone.
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        let width = width(address);
        let prefix = prefix.min(width);
        let mask = !host_bits(width, prefix);
        Self { first: address_of(address, number(address) & mask), prefix }
    }

    /// An address alone.
    pub fn single(address: IpAddr) -> Self {
        Self::new(address, u8::MAX)
    }

    /// Reads `ADDRESS` or `ADDRESS/LENGTH`. An IPv4-mapped IPv6 address is the IPv4 one.
    pub fn parse(text: &str) -> Option<Self> {
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
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// The highest address.
    pub fn last(self) -> IpAddr {
        let hosts = host_bits(width(self.first), self.prefix);
        address_of(self.first, number(self.first) | hosts)
    }

    /// The number of bits that are the same.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether it is one address.
    pub fn is_single(self) -> bool {
        self.prefix == width(self.first)
    }

    /// Whether an address is in it.
    pub fn contains(self, address: IpAddr) -> bool {
        self.covers(Self::single(address))
    }

    /// Whether all of another network is in it.
    pub fn covers(self, other: Self) -> bool {
        self.prefix <= other.prefix && Self::new(other.first, self.prefix) == self
    }

    /// Why nobody on the Internet can send from its addresses or reach them; `None` when it is of the
    /// public Internet, be it in part.
    pub fn not_public(self) -> Option<&'static str> {
        static NETWORKS: LazyLock<Vec<(Network, &str)>> = LazyLock::new(|| {
            let known = SPECIAL.iter();
            known.filter_map(|(text, what)| Some((Network::parse(text)?, *what))).collect()
        });
        let mapped = matches!(self.first, IpAddr::V6(first) if first.to_ipv4_mapped().is_some());
        if mapped {
            return Some("an IPv4 address in IPv6 form");
        }
        let mut inside = NETWORKS.iter().filter(|(special, _)| special.covers(self));
        // Of IPv6 only an eighth is in use (RFC 4291 section 2.4).
        let in_use = self.first.is_ipv4() || GLOBAL_UNICAST.covers(self) || self.prefix < 3;
        inside.next().map(|(_, what)| *what).or((!in_use).then_some("not assigned"))
    }

    /// The last address, from this one on, that is in the network like this one, or outside like it.
    /// `None` where that is so of all that come.
    pub fn same_up_to(self, address: IpAddr) -> Option<IpAddr> {
        if address.is_ipv4() != self.first.is_ipv4() {
            return None;
        }
        if self.contains(address) {
            return Some(self.last());
        }
        (self.first > address).then(|| address_of(address, number(self.first) - 1))
    }

    /// The address right after another one.
    pub fn after(address: IpAddr) -> Option<IpAddr> {
        let next = number(address).checked_add(1)?;
        let last = Self::new(address, 0).last();
        (address != last).then(|| address_of(address, next))
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

/// The address that stands where a name has to be.
pub fn address_in_place_of(name: &Name) -> Option<IpAddr> {
    let text = name.to_string();
    text.trim_start_matches('[').trim_end_matches(']').parse().ok()
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

/// `2000::/3`.
const GLOBAL_UNICAST: Network =
    Network { first: IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), prefix: 3 };
/// Addresses that are not of the public Internet (RFC 6890 and the IANA registries behind it).
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "not an address"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "given up"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "not an address"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "translation"),
    ("100::/64", "discarded"),
    ("2001::/32", "Teredo"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
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
    fn ok_borders_behind_an_address() {
        let same = |text: &str, from: &str| {
            network(text).same_up_to(from.parse().expect("an address")).map(|it| it.to_string())
        };
        assert_eq!(same("192.0.2.0/26", "192.0.2.5").as_deref(), Some("192.0.2.63"));
        assert_eq!(same("192.0.2.64/26", "192.0.2.5").as_deref(), Some("192.0.2.63"));
        assert_eq!(same("192.0.2.0/26", "192.0.2.64"), None);
        assert_eq!(same("2001:db8::/32", "192.0.2.64"), None);
        let after =
            |text: &str| Network::after(text.parse().expect("an address")).map(|it| it.to_string());
        assert_eq!(after("192.0.2.255").as_deref(), Some("192.0.3.0"));
        assert_eq!(
            (after("255.255.255.255"), after("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
            (None, None)
        );
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
        assert_eq!(of("4000::1"), Some("not assigned"));
        assert_eq!(of("::/0"), None);
        assert_eq!(of("192.0.0.0/8"), None);
        let mapped = Network::single("::ffff:10.0.0.1".parse().expect("an address"));
        assert_eq!(mapped.not_public(), Some("an IPv4 address in IPv6 form"));
        assert!(SPECIAL.iter().all(|(text, _)| Network::parse(text).is_some()));
    }
}
