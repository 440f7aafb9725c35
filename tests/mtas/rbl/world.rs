//! The lists, the resolver before them, and what the plugin says of them.
//!
//! The addresses that are looked up belong to nobody (RFC 7534, RFC 7535), because those for
//! documentation cannot be on a list. They are names in answers only; nothing is sent to them.

use std::{net::SocketAddr, path::Path, sync::LazyLock};

use mailhost_tests::{Plugin, Run, Unavailable, skip};

use crate::{
    rbldnsd::{RblZone, Rbldnsd},
    unbound::{Stub, Unbound},
};

/// The lists that most tests share.
pub(super) fn lists() -> Option<&'static Rbldnsd> {
    static LISTS: LazyLock<Option<Rbldnsd>> = LazyLock::new(|| available(Rbldnsd::start(&ZONES)));
    LISTS.as_ref()
}

/// What this machine can run; where it cannot, the tests are skipped.
pub(super) fn available<T>(started: Result<T, Unavailable>) -> Option<T> {
    started.inspect_err(|reason| skip("mtas/rbl", reason)).ok()
}

/// A resolver that knows the lists of these servers, the first of which refuses what it does not have, and
/// nothing else yet.
pub(super) fn resolver_of(servers: &[Stub<'_>]) -> Option<Unbound> {
    available(Unbound::of_blocklists(servers))
}

/// What the plugin has to say when it is asked something.
pub(super) struct Case<'a> {
    pub(super) words: &'a str,
    pub(super) verdict: &'a str,
    pub(super) findings: &'a [&'a str],
    /// Whole lines after the first.
    pub(super) lines: &'a [&'a str],
    /// What it counts, as far as that is not 0.
    pub(super) counts: &'a str,
}

impl Case<'_> {
    /// Holds a run that knows of no other; `how` tells in what way the lists are asked.
    #[track_caller]
    pub(super) fn hold(&self, how: &str, server: SocketAddr) -> Run {
        let state = tempfile::tempdir().expect("a directory");
        let run = check(server, self.words, state.path());
        let context = format!("{how}: {}\n{}", self.words, run.stdout);
        assert_eq!(run.verdict(), self.verdict, "{context}");
        assert_eq!(run.findings(), self.findings, "{context}");
        assert_eq!(counts(&run), self.counts, "{context}");
        run.ends_as(self.verdict.split(' ').next().unwrap_or_default());
        for line in self.lines {
            run.shows(line);
        }
        run
    }
}

/// Holds all cases against the shared lists.
#[track_caller]
pub(super) fn hold_everywhere(cases: &[Case<'_>]) -> Vec<Run> {
    lists().map(|lists| hold_against(lists, &ZONES, cases)).unwrap_or_default()
}

/// Holds all cases against lists themselves, against a resolver that has just been started, and against
/// the same when it has heard everything before.
#[track_caller]
pub(super) fn hold_against(lists: &Rbldnsd, zones: &[RblZone<'_>], cases: &[Case<'_>]) -> Vec<Run> {
    let Some(resolver) = resolver(lists, zones) else { return Vec::new() };
    let mut runs = Vec::new();
    for (how, server) in
        [("itself", lists.address()), ("cold", resolver.address()), ("warm", resolver.address())]
    {
        runs.extend(cases.iter().map(|case| case.hold(how, server)));
    }
    runs
}

/// Runs the plugin with a name server and a place for what it remembers. The server's address, which is
/// another one each time, reads `SERVER` in the output.
pub(super) fn check(server: SocketAddr, words: &str, state: &Path) -> Run {
    let server = server.to_string();
    let run = Plugin::named("check_rbl")
        .args(words.split_whitespace())
        .args(["--nameserver", &server])
        .args(["--state-dir".as_ref(), state.as_os_str()])
        .env_clear()
        .run()
        .held();
    Run { stdout: run.stdout.replace(&server, "SERVER"), ..run }
}

/// A resolver that knows these lists, and nothing else yet.
fn resolver(lists: &Rbldnsd, zones: &[RblZone<'_>]) -> Option<Unbound> {
    let mut origins: Vec<&str> = zones.iter().map(|zone| zone.origin).collect();
    origins.dedup();
    resolver_of(&[(lists.address(), &origins)])
}

/// The counts of a run that are not 0; not how many questions it took, which is more when an answer is
/// late.
fn counts(run: &Run) -> String {
    let count = |label: &&str| {
        let value = run.metric(label).filter(|value| *value != "0")?;
        Some(format!("{label}={value}"))
    };
    COUNTS.iter().filter_map(count).collect::<Vec<_>>().join(" ")
}

/// What most cases have in common.
pub(super) const NOTHING: Case =
    Case { words: "", verdict: "", findings: &[], lines: &[], counts: "" };
/// The same of an address that one list has, and is asked alone.
pub(super) const LISTED: Case = Case {
    findings: &["[WARNING] address-listed"],
    counts: "score=1 listed=1 lists=1 answered=1",
    ..NOTHING
};

const COUNTS: [&str; 8] =
    ["score", "listed", "lists", "answered", "refused", "broken", "unanswered", "allow_listed"];

/// One list of each kind, some that are not well, and a domain with its mail host.
pub(super) const ZONES: [RblZone<'static>; 14] = [
    RblZone { origin: "set.example", dataset: "ip4set", data: ADDRESSES },
    RblZone { origin: "trie.example", dataset: "ip4trie", data: ADDRESSES },
    RblZone { origin: "six.example", dataset: "ip6trie", data: NETWORKS },
    RblZone { origin: "names.example", dataset: "dnset", data: NAMES },
    RblZone { origin: "both.example", dataset: "ip4set", data: ADDRESSES },
    RblZone { origin: "both.example", dataset: "ip6trie", data: NETWORKS },
    RblZone { origin: "both.example", dataset: "dnset", data: NAMES },
    RblZone { origin: "quiet.example", dataset: "ip4set", data: "127.0.0.2\n" },
    RblZone { origin: "still.example", dataset: "ip4trie", data: "127.0.0.2\n" },
    RblZone { origin: "empty.example", dataset: "ip4set", data: "" },
    RblZone { origin: "old.example", dataset: "ip4set", data: "192.31.196.7\n" },
    RblZone { origin: "world.example", dataset: "ip4trie", data: WORLD },
    RblZone { origin: "long.example", dataset: "ip4set", data: LONG },
    RblZone { origin: "d.example", dataset: "generic", data: DOMAIN },
];
const ADDRESSES: &str = "\
:127.0.0.2:Listed: $
127.0.0.2
192.31.196.7
192.175.48.0/24 :127.0.0.4:Policy, see https://www.example.org/?$
!192.175.48.25
";
const NETWORKS: &str = "\
:127.0.0.2:Listed: $
::ffff:7f00:2
2620:4f:8000::/48
!2620:4f:8000::25
";
const NAMES: &str = "\
:127.0.0.2:Listed: $
test
bad.example
.worse.example :4:
";
const WORLD: &str = "0/0 :127.0.0.2:Everybody\n";
/// A line of a list with a code and the beginning of a reason, which is 217 bytes long.
macro_rules! long {
    ($code:literal) => {
        concat!("192.31.196.7 :", $code, long!(), long!(), long!(), long!(), "\n")
    };
    () => {
        " 23456789 23456789 23456789 23456789 23456789 23456789"
    };
}

/// Six reasons, each nearly as long as one can be: five of them fit into a datagram (1232 bytes).
const LONG: &str = concat!(
    "127.0.0.2\n",
    long!("2:A"),
    long!("3:B"),
    long!("4:C"),
    long!("5:D"),
    long!("6:E"),
    long!("7:F")
);
const DOMAIN: &str = "\
@ MX 10 mail.d.example
mail A 192.31.196.7
clean A 192.31.196.8
";
