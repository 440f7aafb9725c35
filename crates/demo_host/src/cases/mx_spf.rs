//! `check_mx_spf`: from a domain as it should be to the ways in which it loses its mail.
//!
//! Addresses for documentation would be findings, so the hosts have some of 192.31.196.0/24 and
//! 192.175.48.0/24, which belong to nobody: they are for answers about private addresses (RFC 7534,
//! RFC 7535). Nothing is sent to them; all is told by the one DNS server on loopback.

use std::io;

use demo_host::dns::{Behaviour, DnsServer, RecordData, Zone};

use super::{Act, Case, Plugin};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_mx_spf",
    first_try: "-d example.org -v",
    stage,
    acts: &[
        Act { question: "Does mail find its way to the domain?", cases: MX },
        Act { question: "Does SPF say what its owner thinks?", cases: SPF },
        Act { question: "May this client send?", cases: CLIENTS },
        Act { question: "What if it cannot tell?", cases: LIMITS },
    ],
};

const MX: &[Case] = &[
    Case {
        title: "A domain as it should be; -v shows what its SPF is made of",
        args: "-d good.example --nameserver 127.0.0.1:{dns} --state-dir {state} -v",
        expected: State::Ok,
        says: "2 MX hosts, SPF ends in -all with 4 of 10 look-ups",
    },
    Case {
        title: "An MX that is an alias, one without an address, and no name for a third",
        args: "-d untidy.example --only mx --nameserver 127.0.0.1:{dns}",
        expected: State::Warning,
        says: "MX mx1.untidy.example is an alias of host.untidy.example",
    },
    Case {
        title: "Somebody put another mail exchanger in front of ours",
        args: "-d good.example --only mx --expect-mx mx1.good.example --nameserver 127.0.0.1:{dns}",
        expected: State::Critical,
        says: "MX mx2.good.example was not expected",
    },
    Case {
        title: "The domain's own DNS fails, and it is DNSSEC that is wrong",
        args: "-d bogus.example --nameserver 127.0.0.1:{dns}",
        expected: State::Critical,
        says: "because DNSSEC validation fails",
    },
];

const SPF: &[Case] = &[
    Case {
        title: "A blank is missing, so every receiver sees a permanent error",
        args: "-d typo.example --only spf --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "a blank is missing before ~all",
    },
    Case {
        title: "One include too many: mail fails as soon as a receiver counts to eleven",
        args: "-d greedy.example --only spf --nameserver 127.0.0.1:{dns} --state-dir {state} -v",
        expected: State::Critical,
        says: "SPF needs 11 look-ups, of at most 10",
    },
    Case {
        title: "A service is gone, and with it the record that the domain includes",
        args: "-d orphan.example --only spf --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "SPF leads to _spf.gone.example, which does not exist",
    },
    Case {
        title: "Everybody may send in this domain's name",
        args: "-d open.example --only spf --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "SPF lets everybody send: +all of open.example",
    },
    Case {
        title: "A parked domain that says so",
        args: "-d parked.example --parked --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "takes no mail, SPF ends in -all",
    },
];

const CLIENTS: &[Case] = &[
    Case {
        title: "The newsletter service may send for us",
        args: "--ip 192.175.48.77 --sender news@good.example --nameserver 127.0.0.1:{dns}",
        expected: State::Ok,
        says: "spf=pass, 192.175.48.77 as good.example: ip4:192.175.48.64/26 of _a.news.example",
    },
    Case {
        title: "A stranger may not, and is told why",
        args: "--ip 198.51.100.66 --sender boss@good.example --nameserver 127.0.0.1:{dns}",
        expected: State::Critical,
        says: "explanation: 198.51.100.66 is no host of good.example",
    },
    Case {
        title: "Of our own networks, one half was forgotten",
        args: "-d good.example --only spf --covers 192.31.196.0/24 --nameserver 127.0.0.1:{dns} \
               --state-dir {state}",
        expected: State::Critical,
        says: "192.31.196.128 to 192.31.196.255 does not pass",
    },
    Case {
        title: "The DNS of an included record is down: not a fail, but not a pass either",
        args: "--ip 198.51.100.66 --sender a@halfdown.example --nameserver 127.0.0.1:{dns}",
        expected: State::Warning,
        says: "spf=temperror, 198.51.100.66 gets temperror as halfdown.example",
    },
];

const LIMITS: &[Case] = &[
    Case {
        title: "Our own resolver is down: that says nothing about the domain",
        args: "-d good.example --nameserver 127.0.0.1:{refused}",
        expected: State::Unknown,
        says: "[UNKNOWN] resolver-failed",
    },
    Case {
        title: "A mailbox is no domain",
        args: "-d postmaster@good.example",
        expected: State::Unknown,
        says: "write good.example",
    },
    Case {
        title: "An evaluation as JSON, with the term that decided",
        args: "--ip 192.175.48.77 --sender news@good.example --nameserver 127.0.0.1:{dns} \
               --output json",
        expected: State::Ok,
        says: "\"result\":\"pass\"",
    },
];

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    let server = DnsServer::start(&others(broken(good(Zone::new()))))?;
    let port = server.address().port();
    stage.hold("dns", &port, server);
    stage.refused("refused")?;
    let kept = stage.directory().join("state");
    std::fs::create_dir(&kept)?;
    stage.hold("state", &kept.display(), ());
    Ok(stage)
}

fn good(zone: Zone) -> Zone {
    zone.mx("good.example", 10, "mx1.good.example")
        .mx("good.example", 20, "mx2.good.example")
        .a("mx1.good.example", [192, 31, 196, 25])
        .a("mx2.good.example", [192, 175, 48, 25])
        .ptr("25.196.31.192.in-addr.arpa", "mx1.good.example")
        .ptr("25.48.175.192.in-addr.arpa", "mx2.good.example")
        .record("good.example", RecordData::Ns("ns1.good.example".into()))
        .record("good.example", RecordData::Ns("ns.elsewhere.example".into()))
        .txt(
            "good.example",
            "v=spf1 mx ip4:192.31.196.0/25 include:_spf.news.example exp=why.good.example -all",
        )
        .txt("why.good.example", "%{i} is no host of %{d}")
        .txt("_spf.news.example", "v=spf1 include:_a.news.example include:_b.news.example -all")
        .txt("_a.news.example", "v=spf1 ip4:192.175.48.64/26 -all")
        .txt("_b.news.example", "v=spf1 ip4:192.175.48.128/26 -all")
}

fn broken(zone: Zone) -> Zone {
    zone.mx("untidy.example", 10, "mx1.untidy.example")
        .mx("untidy.example", 20, "mx2.untidy.example")
        .mx("untidy.example", 30, "mx3.untidy.example")
        .cname("mx1.untidy.example", "host.untidy.example")
        .a("host.untidy.example", [192, 31, 196, 26])
        .ptr("26.196.31.192.in-addr.arpa", "host.untidy.example")
        .a("mx3.untidy.example", [192, 175, 48, 26])
        .behave("bogus.example", Behaviour::Bogus)
        .txt("typo.example", "v=spf1 mx ip4:192.31.196.25~all")
        .txt(
            "greedy.example",
            "v=spf1 a mx include:_spf.news.example include:_spf.shop.example -all",
        )
        .mx("greedy.example", 10, "mx1.good.example")
        .a("greedy.example", [192, 31, 196, 80])
        .txt(
            "_spf.shop.example",
            "v=spf1 a:a.shop.example a:b.shop.example a:c.shop.example a:d.shop.example \
             a:e.shop.example -all",
        )
        .a("*.shop.example", [192, 175, 48, 90])
        .txt("orphan.example", "v=spf1 include:_spf.gone.example -all")
        .txt("open.example", "v=spf1 mx +all")
        .mx("open.example", 10, "mx1.good.example")
}

fn others(zone: Zone) -> Zone {
    zone.mx("parked.example", 0, ".")
        .txt("parked.example", "v=spf1 -all")
        .txt("halfdown.example", "v=spf1 include:_spf.down.example -all")
        .behave("_spf.down.example", Behaviour::ServFail)
}
