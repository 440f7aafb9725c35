//! Lists that the plugin knows by name: what their codes mean, and how they refuse.

use super::world::{Case, LISTED, NOTHING, available, hold_against};
use crate::rbldnsd::{RblZone, Rbldnsd};

#[test]
fn critical_all_codes_of_a_list_are_told() {
    hold_known(&[
        Case {
            words: "-H 192.31.196.7 -s zen.spamhaus.org",
            verdict: "CRITICAL - 192.31.196.7 is listed by zen.spamhaus.org: SBL: source of spam, XBL: \
                      infected or taken over, PBL: should not send ma...",
            findings: &["[CRITICAL] address-listed"],
            lines: &[
                "[CRITICAL] address-listed: 192.31.196.7 is listed by zen.spamhaus.org: SBL: source of \
                 spam, XBL: infected or taken over, PBL: should not send mail to others' servers itself",
                "    \"https://www.spamhaus.org/sbl/query/192.31.196.7\"",
                "    \"https://www.spamhaus.org/query/ip/192.31.196.7\"",
                "    see https://check.spamhaus.org/",
            ],
            counts: "score=2 listed=1 lists=1 answered=1",
        },
        Case {
            words: "-d bad.example -s multi.surbl.org",
            verdict: "CRITICAL - bad.example is listed by multi.surbl.org: PH: phishing, ABUSE: spam \
                      and other abuse",
            findings: &["[CRITICAL] domain-listed"],
            lines: &["    \"Listed: bad.example\"", "    see https://surbl.org/surbl-analysis"],
            counts: "score=2 listed=1 lists=1 answered=1",
        },
    ]);
}

#[test]
fn ok_codes_that_are_no_listing() {
    hold_known(&[
        Case {
            words: "-H 192.31.196.8 -s zen.spamhaus.org -v",
            verdict: "OK - 192.31.196.8 is on none of 1 list; policy listing at zen.spamhaus.org",
            findings: &["[OK] listing-policy", "[OK] not-listed"],
            lines: &[
                "[OK] listing-policy: 192.31.196.8 has a policy listing at zen.spamhaus.org: PBL: \
                 should not send mail to others' servers itself",
                "    \"https://www.spamhaus.org/query/ip/192.31.196.8\"",
            ],
            counts: "lists=1 answered=1",
        },
        Case {
            words: "-H 192.31.196.9 -H 2620:4f:8000::9 -s zen.spamhaus.org",
            verdict: "OK - 2 targets are on none of 1 list",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
        Case {
            words: "-d good.example -s multi.surbl.org",
            verdict: "OK - good.example is on none of 1 list",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
    ]);
}

#[test]
fn ok_an_allow_list() {
    hold_known(&[
        Case {
            words: "-H 192.31.196.9 -s zen.spamhaus.org --allow-list list.dnswl.org -v",
            verdict: "OK - 192.31.196.9 is on none of 1 list",
            findings: &["[OK] allow-list", "[OK] not-listed"],
            lines: &[
                "[OK] allow-list: 192.31.196.9 is on the allow list list.dnswl.org: trust: medium",
            ],
            counts: "lists=1 answered=1 allow_listed=1",
        },
        Case {
            words: "-H 2620:4f:8000::9 -s zen.spamhaus.org --allow-list list.dnswl.org -v",
            verdict: "OK - 2620:4f:8000::9 is on none of 1 list",
            findings: &["[OK] allow-list", "[OK] not-listed"],
            lines: &[
                "[OK] allow-list: 2620:4f:8000::9 is on the allow list list.dnswl.org: trust: high",
            ],
            counts: "lists=1 answered=1 allow_listed=1",
        },
        Case {
            words: "-H 192.31.196.8 -s multi.surbl.org -s zen.spamhaus.org --allow-list list.dnswl.org",
            verdict: "OK - 192.31.196.8 is on none of 1 list; policy listing at zen.spamhaus.org",
            counts: "lists=1 answered=1",
            ..NOTHING
        },
        // The resolver asks too often.
        Case {
            words: "-H 192.31.196.10 -s zen.spamhaus.org --allow-list list.dnswl.org -v",
            verdict: "OK - 192.31.196.10 is on none of 1 list",
            findings: &["[OK] not-listed", "[OK] list-refused"],
            lines: &[
                "[OK] list-refused: list.dnswl.org refuses to answer: the resolver asked too often",
            ],
            counts: "lists=1 answered=1",
        },
    ]);
}

#[test]
fn unknown_and_ok_a_list_that_refuses_the_resolver() {
    let list = |origin, data| RblZone { origin, dataset: "ip4trie", data };
    let zones = [
        list("zen.spamhaus.org", "0/0 :127.255.255.254:Error: open resolver\n"),
        list("psbl.surriel.com", "127.0.0.2\n"),
        list("bl.spamcop.net", "127.0.0.2\n192.31.196.7\n"),
    ];
    let Some(lists) = available(Rbldnsd::start(&zones)) else { return };
    let why = "list-refused: zen.spamhaus.org refuses to answer: the question came through a public \
               resolver, or one whose address has no name (rDNS)";
    let (unknown, ok) = (format!("[UNKNOWN] {why}"), format!("[OK] {why}"));
    hold_against(
        &lists,
        &zones,
        &[
            Case {
                words: "-H 192.31.196.7 -s zen.spamhaus.org -v",
                verdict: "UNKNOWN - 192.31.196.7 only 0 of 1 list can be believed: zen.spamhaus.org \
                          refuses (+1 more)",
                findings: &["[UNKNOWN] answers-too-few", "[UNKNOWN] list-refused"],
                lines: &[&unknown],
                counts: "lists=1 refused=1",
            },
            Case {
                words: "-H 192.31.196.7 -s zen.spamhaus.org -s psbl.surriel.com -v",
                verdict: "OK - 192.31.196.7 is on none of 1 list; zen.spamhaus.org refuses",
                findings: &["[OK] not-listed", "[OK] list-refused"],
                lines: &[&ok],
                counts: "lists=2 answered=1 refused=1",
            },
            Case {
                words: "-H 192.31.196.7 -s zen.spamhaus.org -s psbl.surriel.com -s bl.spamcop.net",
                verdict: "WARNING - 192.31.196.7 is listed by bl.spamcop.net: reported as a source of spam",
                lines: &["    see https://www.spamcop.net/bl.shtml"],
                counts: "score=1 listed=1 lists=3 answered=2 refused=1",
                ..LISTED
            },
        ],
    );
}

/// All that are asked when none is named, each of every kind.
#[test]
fn ok_and_warning_the_usual_lists() {
    let datasets = [
        ("ip4set", "127.0.0.2\n"),
        ("ip6trie", "::ffff:7f00:2\n"),
        ("dnset", "test\ndbltest.com\ntest.surbl.org\ntest.uribl.com\n_dnsbl_.test\n"),
    ];
    let mut zones: Vec<RblZone<'_>> = USUAL
        .iter()
        .flat_map(|origin| datasets.map(|(dataset, data)| RblZone { origin, dataset, data }))
        .collect();
    zones.push(RblZone { origin: "all.s5h.net", dataset: "ip6trie", data: "2620:4f:8000::7\n" });
    zones.sort_by_key(|zone| zone.origin);
    let Some(lists) = available(Rbldnsd::start(&zones)) else { return };
    hold_against(
        &lists,
        &zones,
        &[
            Case {
                words: "-H 192.31.196.7 -H 2620:4f:8000::8 -d d.example",
                verdict: "OK - 3 targets are on none of 20 lists",
                counts: "lists=20 answered=20",
                ..NOTHING
            },
            Case {
                words: "-H 2620:4f:8000::7",
                verdict: "WARNING - 2620:4f:8000::7 is listed by all.s5h.net: answers 127.0.0.2",
                counts: "score=1 listed=1 lists=5 answered=5",
                ..LISTED
            },
        ],
    );
}

/// Holds all cases against lists that say what the real ones say of their entries.
#[track_caller]
fn hold_known(cases: &[Case<'_>]) {
    if let Some(lists) = available(Rbldnsd::start(&KNOWN)) {
        hold_against(&lists, &KNOWN, cases);
    }
}

const KNOWN: [RblZone<'static>; 5] = [
    RblZone { origin: "zen.spamhaus.org", dataset: "ip4set", data: ZEN },
    RblZone { origin: "zen.spamhaus.org", dataset: "ip6trie", data: "" },
    RblZone { origin: "list.dnswl.org", dataset: "ip4set", data: DNSWL },
    RblZone {
        origin: "list.dnswl.org",
        dataset: "ip6trie",
        data: "::2 :127.0.10.0\n2620:4f:8000::9 :127.0.5.3\n",
    },
    RblZone { origin: "multi.surbl.org", dataset: "dnset", data: SURBL },
];
/// Its own test entry is on all its parts.
const ZEN: &str = "\
127.0.0.2 :127.0.0.2:https://www.spamhaus.org/sbl/query/$
127.0.0.2 :127.0.0.4:https://www.spamhaus.org/query/ip/$
127.0.0.2 :127.0.0.10:https://www.spamhaus.org/query/ip/$
192.31.196.7 :127.0.0.2:https://www.spamhaus.org/sbl/query/$
192.31.196.7 :127.0.0.4:https://www.spamhaus.org/query/ip/$
192.31.196.7 :127.0.0.10:https://www.spamhaus.org/query/ip/$
192.31.196.8 :127.0.0.10:https://www.spamhaus.org/query/ip/$
";
const DNSWL: &str = "\
127.0.0.2 :127.0.10.0:Test
192.31.196.9 :127.0.5.2:example.org https://dnswl.org/s/?s=1
192.31.196.10 :127.0.0.255:Rate limit exceeded
";
const SURBL: &str = "\
test.surbl.org :127.0.0.254:Test
.bad.example :127.0.0.72:Listed: $
";
/// Those of addresses and those of domains.
const USUAL: [&str; 20] = [
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
    "bl.ipv6.spameatingmonkey.net",
    "bl.blocklist.de",
    "bip.virusfree.cz",
    "dnsrbl.swinog.ch",
    "dbl.spamhaus.org",
    "multi.surbl.org",
    "multi.uribl.com",
    "dbl.nordspam.com",
    "uribl.spameatingmonkey.net",
];
