//! What the lists would say that `check_rbl` asks without being told which.

use crate::dns::Zone;

/// A zone in which each of them lists its own test entry and nobody else.
pub fn well() -> Zone {
    let entry = |zone: Zone, list: &&str| zone.a(&format!("2.0.0.127.{list}"), [127, 0, 0, 2]);
    let zone = IPV4.iter().fold(Zone::new(), entry);
    TEST_DOMAINS.iter().fold(zone, |zone, (name, code)| zone.a(name, *code))
}

/// The lists of IPv4 addresses.
pub const IPV4: &[&str] = &[
    "zen.spamhaus.org",
    "bl.spamcop.net",
    "psbl.surriel.com",
    "bl.mailspike.net",
    "dnsbl-1.uceprotect.net",
    "dnsbl-2.uceprotect.net",
    "dnsbl-3.uceprotect.net",
    "all.s5h.net",
    "bl.nordspam.com",
    "dnsbl.dronebl.org",
    "bl.spameatingmonkey.net",
    "bl.blocklist.de",
    "bip.virusfree.cz",
    "dnsrbl.swinog.ch",
];

/// The test entries of the lists of domains.
const TEST_DOMAINS: &[(&str, [u8; 4])] = &[
    ("dbltest.com.dbl.spamhaus.org", [127, 0, 1, 2]),
    ("test.surbl.org.multi.surbl.org", [127, 0, 0, 254]),
    ("test.uribl.com.multi.uribl.com", [127, 0, 0, 14]),
    ("test.dbl.nordspam.com", [127, 0, 0, 2]),
    ("_DNSBL_.test.uribl.spameatingmonkey.net", [127, 0, 0, 2]),
];
