//! `check_rbl`: from a host that is on no list to lists that cannot be believed.
//!
//! No real list is asked: the one DNS server on loopback tells what they would say. Addresses for
//! documentation can be on no list, so the hosts have some of 192.31.196.0/24, which belong to nobody
//! (RFC 7535).

use std::fs;
use std::io;

use demo_host::blocklists::{self, IPV4};
use demo_host::dns::{Behaviour, DnsServer, Zone};

use super::{Act, Case, Plugin};
use crate::stage::Stage;
use crate::state::State;

pub(super) const PLUGIN: Plugin = Plugin {
    name: "check_rbl",
    first_try: "-H 192.0.2.25 -v",
    stage,
    acts: &[
        Act { question: "Is the host on a blocklist?", cases: LISTED },
        Act { question: "Is what the lists say to be believed?", cases: BELIEVED },
    ],
};

const LISTED: &[Case] = &[
    Case {
        title: "On none of the lists that it asks when told nothing else",
        args: "-H 192.31.196.7 --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "192.31.196.7 is on none of 14 lists",
    },
    Case {
        title: "One list; its own words and where to turn to stand below",
        args: "-H 192.31.196.11 --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Warning,
        says: "is listed by bl.spamcop.net: reported as a source of spam",
    },
    Case {
        title: "Three lists, one of which many receivers go by",
        args: "-H 192.31.196.13 --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Critical,
        says: "is listed by 3 lists: zen.spamhaus.org, bl.spamcop.net, psbl.surriel.com (score 4",
    },
    Case {
        title: "A listing that is known and tolerated is said all the same",
        args: "-H 192.31.196.11 -w 1 -c 2 --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "has 1 listing, tolerated by -w 1: bl.spamcop.net",
    },
    Case {
        title: "The domain and all addresses of its mail exchangers",
        args: "-d good.example --mx --nameserver 127.0.0.1:{dns} --state-dir {state}",
        expected: State::Ok,
        says: "3 targets are on none of 19 lists",
    },
];

const BELIEVED: &[Case] = &[
    Case {
        title: "Spamhaus refuses, because the resolver is a public one: that is no listing",
        args: "-H 192.31.196.7 --nameserver 127.0.0.1:{public} --state-dir {state} -v",
        expected: State::Ok,
        says: "is on none of 13 lists; zen.spamhaus.org refuses",
    },
    Case {
        title: "Where there is no other list, nothing is known",
        args: "-H 192.31.196.7 -s zen.spamhaus.org --nameserver 127.0.0.1:{public} --state-dir {state}",
        expected: State::Unknown,
        says: "only 0 of 1 list can be believed: zen.spamhaus.org refuses",
    },
    Case {
        title: "A list is dead, its domain sold, and lists the world",
        args: "-H 192.31.196.7 --with rbl.example --nameserver 127.0.0.1:{dns} --state-dir {state} -v",
        expected: State::Ok,
        says: "[OK] list-broken: rbl.example is broken: the entry that must not be listed is listed too",
    },
    Case {
        title: "Half of the lists are silent",
        args: "-H 192.31.196.7 --nameserver 127.0.0.1:{half} --state-dir {state} -t 1",
        expected: State::Ok,
        says: "is on none of 7 lists; no answer from 7",
    },
    Case {
        title: "A resolver that gives an address for every name",
        args: "-H 192.31.196.7 --nameserver 127.0.0.1:{liar} --state-dir {state}",
        expected: State::Unknown,
        says: "the resolver invents addresses",
    },
    Case {
        title: "A list that is no more is not asked at all",
        args: "-H 192.31.196.7 --with dnsbl.sorbs.net --nameserver 127.0.0.1:{dns}",
        expected: State::Unknown,
        says: "dnsbl.sorbs.net ended in 2024: it was emptied",
    },
];

fn stage() -> io::Result<Stage> {
    let mut stage = Stage::new()?;
    let lists = well();
    let public = Zone::new().a("*.zen.spamhaus.org", [127, 255, 255, 254]);
    let public =
        Zone { records: [public.records, lists.records.clone()].concat(), ..lists.clone() };
    let zen = "zen.spamhaus.org";
    let public = public
        .behave(&format!("2.0.0.127.{zen}"), Behaviour::NxDomain)
        .a(&format!("1.0.0.127.{zen}"), [127, 255, 255, 254]);
    let silent = |zone: Zone, list: &&str| zone.behave(&format!("*.{list}"), Behaviour::Silence);
    let half = IPV4.iter().skip(1).step_by(2).fold(lists.clone(), silent);
    let liar = Zone::new().a("*", [198, 51, 100, 80]);
    for (name, zone) in [("dns", &lists), ("public", &public), ("half", &half), ("liar", &liar)] {
        let server = DnsServer::start(zone)?;
        let port = server.address().port();
        stage.hold(name, &port, server);
    }
    let kept = stage.directory().join("state");
    fs::create_dir(&kept)?;
    stage.hold("state", &kept.display(), ());
    Ok(stage)
}

/// The lists as they should be, and who is on them.
fn well() -> Zone {
    let cop = "11.196.31.192.bl.spamcop.net";
    blocklists::well()
        .a(cop, [127, 0, 0, 2])
        .txt(cop, "Blocked - see https://www.spamcop.net/bl.shtml?192.31.196.11")
        .a("13.196.31.192.zen.spamhaus.org", [127, 0, 0, 2])
        .a("13.196.31.192.zen.spamhaus.org", [127, 0, 0, 4])
        .a("13.196.31.192.bl.spamcop.net", [127, 0, 0, 2])
        .a("13.196.31.192.psbl.surriel.com", [127, 0, 0, 2])
        .a("*.rbl.example", [127, 0, 0, 2])
        .mx("good.example", 10, "mx1.good.example")
        .mx("good.example", 20, "mx2.good.example")
        .a("mx1.good.example", [192, 31, 196, 25])
        .a("mx2.good.example", [192, 31, 196, 26])
}
