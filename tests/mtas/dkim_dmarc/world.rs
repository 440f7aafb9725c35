//! The mail host, and the name servers behind which its keys are.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::LazyLock,
};

use demo_host::dns::{self, Behaviour, DnsServer, RecordData};
use mailhost_tests::{Account, Plugin, Run, Unavailable, loopback_address, skip};
use regex_lite::Regex;

use super::zones::{self, Keys, Texts};
use crate::{
    knot::{Knot, Zone},
    opendkim::{KEYS, Letter, Signer},
    unbound::Unbound,
};

/// Everything that the tests share.
pub(super) struct World {
    pub(super) signer: Signer,
    _knot: Knot,
    _stranger: DnsServer,
    unbound: Unbound,
    pub(super) keys: Keys,
}

/// The one of this process.
pub(super) fn world() -> Option<&'static World> {
    static WORLD: LazyLock<Option<World>> =
        LazyLock::new(|| World::start().inspect_err(|reason| skip("mtas/opendkim", reason)).ok());
    WORLD.as_ref()
}

impl World {
    fn start() -> Result<Self, Unavailable> {
        let signer = Signer::start()?;
        let keys = Keys::of(&signer);
        let Texts { own, provider, weak, wild, broken, mixed } = Texts::of(&keys);
        let stranger = loopback_address();
        let apart = zones::apart(&keys, stranger);
        let stranger = stranger_of(stranger, &keys.other.record)?;
        let zone = |origin, records, signed| Zone { origin, records, signed };
        let zones = [
            zone("apart.example", &apart, false),
            zone("example.org", &own, true),
            zone("bogus._domainkey.example.org", "@ TXT x\n", true),
            zone("provider.example", &provider, false),
            zone("weak.example", &weak, false),
            zone("broken.example", &broken, false),
            zone("parked.example", zones::PARKED, false),
            zone("wild.example", &wild, false),
            zone("mixed.example", &mixed, false),
            zone("_dmarc.mixed.example", "@ TXT \"v=DMARC1; p=reject\"\n", true),
        ];
        let knot = Knot::start(&zones, &["lame.example"])?;
        // It is the authority of all that there is.
        signer.set_resolver(knot.address());
        let right = knot.signers("example.org");
        let wrong = |name| right.replace("example.org", name);
        let anchors =
            [wrong("bogus._domainkey.example.org"), wrong("_dmarc.mixed.example"), right.clone()];
        let unbound = Unbound::start(&knot, &anchors.concat())?;
        let table = SELECTORS.map(|selector| {
            let file = if MADE.contains(&selector) { selector } else { "s2048" };
            format!("{selector} example.org:{selector}:{KEYS}/{file}.private\n")
        });
        let authors = SELECTORS.map(|selector| {
            format!("{selector}@example.org {selector}\n{selector}@sub.example.org {selector}:@%\n")
        });
        signer.write_tables(&table.concat(), &authors.concat());
        Ok(Self { signer, _knot: knot, _stranger: stranger, unbound, keys })
    }

    pub(super) fn resolver(&self) -> SocketAddr {
        self.unbound.address()
    }

    /// Lets OpenDKIM sign one author's letter with these options.
    pub(super) fn sign(&self, options: &str, author: &str) -> String {
        let options = format!("{}{options}", Signer::TABLES);
        self.signer.sign(&options, &[Letter::of(author)]).remove(0)
    }

    /// Runs the plugin on a message.
    pub(super) fn verify(&self, message: &str, words: &[&str]) -> Run {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("message");
        fs::write(&file, message).expect("write a message");
        let file = file.to_str().expect("a path in UTF-8");
        self.check(&[&["--message", file], words].concat())
    }

    /// Runs the plugin; it remembers nothing of another run.
    pub(super) fn check(&self, words: &[&str]) -> Run {
        self.finish(Plugin::named(PLUGIN).args(words))
    }

    /// Runs the plugin on the mail host, as somebody there.
    pub(super) fn check_as(&self, account: Account, words: &[&str]) -> Run {
        self.finish(self.signer.root().plugin(account, PLUGIN).args(words))
    }

    fn finish(&self, plugin: Plugin) -> Run {
        let resolver = self.resolver().to_string();
        let run = plugin.args(["--nameserver", &resolver, "--state-dir", NO_STATE]).run().held();
        Run { stdout: normalised(&run.stdout), ..run }
    }
}

/// Holds a run against its first line and all lines of findings.
#[track_caller]
pub(super) fn told(run: &Run, verdict: &str, lines: &[impl AsRef<str>]) {
    let codes = lines.iter().map(|line| line.as_ref().split(": ").next().unwrap_or_default());
    run.says(verdict, &codes.collect::<Vec<_>>());
    for line in lines {
        run.shows(line.as_ref());
    }
}

/// The text without what is different in each run, and without what is said about its state.
fn normalised(text: &str) -> String {
    let patterns = [
        (r"127\.0\.0\.1:\d+", "RESOLVER"),
        (r"\b127\.53\.\d+\.\d+", "ADDRESS"),
        (r"\d{4}-\d\d-\d\d", "DATE"),
        (r"\b[0-9a-f]{64}\b", "HASH"),
        (r"SHA-256 [0-9a-f]+\.\.\.", "SHA-256 HASH..."),
    ];
    let text = patterns.iter().fold(text.to_owned(), |text, (pattern, with)| {
        let pattern = Regex::new(pattern).expect("a pattern of this file");
        pattern.replace_all(&text, *with).into_owned()
    });
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with("[OK] state-unusable: ")).collect()
}

/// The third name server of apart.example, which has missed the latest key.
fn stranger_of(address: Ipv4Addr, record: &str) -> Result<DnsServer, Unavailable> {
    let soa = RecordData::Soa {
        primary: "ns1.apart.example".to_owned(),
        contact: "hostmaster.apart.example".to_owned(),
        serial: 1,
        minimum: 60,
    };
    let zone = dns::Zone { authoritative: true, ..dns::Zone::new() }
        .record("apart.example", soa)
        .txt("apart.example", "v=spf1 ip4:192.0.2.32 -all")
        .txt("_dmarc.apart.example", "v=DMARC1; p=reject; rua=mailto:dmarc@apart.example")
        .mx("apart.example", 10, "mail.apart.example")
        .a("mail.apart.example", [192, 0, 2, 32])
        .txt("s1._domainkey.apart.example", record)
        .a("ns3.apart.example", address)
        // Where the others are it does not know.
        .behave("ns1.apart.example", Behaviour::Refused)
        .behave("ns2.apart.example", Behaviour::Refused);
    let zone = ["ns1", "ns2", "ns3"].iter().fold(zone, |zone, name| {
        zone.record("apart.example", RecordData::Ns(format!("{name}.apart.example")))
    });
    // A name server of the machine may have taken the port for all addresses.
    DnsServer::start_at(&zone, (address, 53).into()).map_err(|source| Unavailable::Io {
        doing: "bind port 53 of a loopback address".to_owned(),
        source,
    })
}

/// Each is also the name of an author, at example.org and at sub.example.org, whose mail is signed with
/// it. For sub.example.org the signature says so with `i=`.
const SELECTORS: [&str; 17] = [
    "alias", "bare", "bogus", "gone", "lame", "other", "pem", "replaced", "revoked", "s1024",
    "s2048", "service", "several", "shorter", "strict", "testing", "wide",
];
/// Those with a key of their own.
const MADE: [&str; 6] = ["other", "pem", "s1024", "s2048", "strict", "testing"];
/// Nobody can make a directory there.
const NO_STATE: &str = "/dev/null/state";
const PLUGIN: &str = "check_dkim_dmarc";
