//! Knot as Debian packages it: the authority for a small DNS of its own, from the root down.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use demo_host::dns::{Behaviour, DnsServer};
use hickory_proto::{op::ResponseCode, rr::RecordType};
use mailhost_tests::{Account, Daemon, DebianRoot, Unavailable, loopback_address};

use crate::dns_client::ask;

/// A zone, which the root delegates to the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone<'a> {
    /// Its name without a last dot.
    pub(crate) origin: &'a str,
    /// Lines of a zone file, with names below the origin; the server adds the start of the zone and
    /// its own two names, `ns1` and `ns2`.
    pub(crate) records: &'a str,
    /// Whether it is signed.
    pub(crate) signed: bool,
}

/// A running server; it stops when this is dropped.
pub(crate) struct Knot {
    address: SocketAddr,
    // Stops before the root it runs in goes.
    _daemon: Daemon,
    root: DebianRoot,
    _stranger: DnsServer,
}

impl Knot {
    /// Starts a server for the zones; `lame` are names that the root delegates to another one, which
    /// refuses to answer because it knows nothing about them.
    ///
    /// It has two addresses of its own, and the other one has one, all on port 53, because a delegation
    /// cannot name a port.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with its output.
    pub(crate) fn start(zones: &[Zone<'_>], lame: &[&str]) -> Result<Knot, Unavailable> {
        let root = DebianRoot::prepare("knot", &["knot"])?;
        let own = [loopback_address(), loopback_address()];
        let refusing = demo_host::dns::Zone::new().behave("*", Behaviour::Refused);
        let other = loopback_address();
        // A name server of the machine may have taken the port for all addresses.
        let stranger = DnsServer::start_at(&refusing, (other, PORT).into()).map_err(|source| {
            Unavailable::Io { doing: "bind port 53 of a loopback address".to_owned(), source }
        })?;
        let write = |path: &str, content: String| {
            root.write(path, content, 0o644).unwrap_or_else(|error| panic!("{path}: {error}"));
        };
        write(CONFIGURATION, configuration(own, zones));
        write(&zone_file("."), root_zone(own, zones, other, lame));
        for zone in zones {
            let origin = format!("{}.", zone.origin);
            write(&zone_file(zone.origin), [&head(&origin, own), zone.records].concat());
        }
        let address = SocketAddr::from((own[0], PORT));
        let mut command = root.command("knotd");
        let output = root.join("/var/log/knot.out");
        let daemon = Daemon::start("knot", command.args(["-c", CONFIGURATION]), &output)
            .and_then(|mut daemon| {
                let loaded = || zones.iter().all(|zone| is_loaded(address, zone));
                daemon.wait_until("its zones", START_LIMIT, loaded)?;
                Ok(daemon)
            })
            .unwrap_or_else(|error| panic!("{error}"));
        Ok(Knot { address, _daemon: daemon, root, _stranger: stranger })
    }

    /// The first of its addresses; it answers over UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The delegation signer records of a signed zone, one in each line.
    ///
    /// # Panics
    /// When there are none.
    pub(crate) fn signers(&self, origin: &str) -> String {
        let mut command = self.root.command_as(Account::user("knot"), "keymgr");
        let output =
            command.args(["-c", CONFIGURATION, origin, "ds"]).output().expect("run keymgr");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(" DS "), "{output:?}");
        said
    }
}

/// Its zone files are written here and not by it: a signed zone stays in its memory.
fn configuration([first, second]: [Ipv4Addr; 2], zones: &[Zone<'_>]) -> String {
    let mut text = format!(
        "server:
  listen: [ {first}@{PORT}, {second}@{PORT} ]
  rundir: /var/lib/knot
  user: knot:knot
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1

log:
- target: stderr
  any: info

template:
- id: default
  storage: {ZONES}
  file: \"%s.zone\"
  zonefile-sync: -1

zone:
- domain: .
  file: root.zone
"
    );
    for zone in zones {
        let signing = if zone.signed { "on" } else { "off" };
        writeln!(text, "- domain: {}\n  dnssec-signing: {signing}", zone.origin)
            .expect("a string takes everything");
    }
    text
}

fn root_zone(own: [Ipv4Addr; 2], zones: &[Zone<'_>], other: Ipv4Addr, lame: &[&str]) -> String {
    let delegations = zones.iter().map(|zone| servers(&format!("{}.", zone.origin), &own));
    let others = lame.iter().map(|origin| servers(&format!("{origin}."), &[other]));
    [head(".", own)].into_iter().chain(delegations).chain(others).collect()
}

/// How every zone begins; `origin` ends in a dot.
fn head(origin: &str, own: [Ipv4Addr; 2]) -> String {
    let start = "@ SOA ns1 hostmaster 1 3600 600 86400 60";
    format!("$ORIGIN {origin}\n$TTL 300\n{start}\n{}", servers(origin, &own))
}

/// The name servers of a zone and their addresses, for itself and for the zone above.
fn servers(origin: &str, addresses: &[Ipv4Addr]) -> String {
    let lines = addresses.iter().zip(1..).map(|(address, number)| {
        let name = format!("ns{number}.{}", origin.trim_start_matches('.'));
        format!("{origin} NS {name}\n{name} A {address}\n")
    });
    lines.collect()
}

/// Whether a zone is served, and signed if it is to be.
fn is_loaded(server: SocketAddr, zone: &Zone<'_>) -> bool {
    let kind = if zone.signed { RecordType::DNSKEY } else { RecordType::SOA };
    let message = ask(server, zone.origin, kind, false);
    message.is_ok_and(|message| {
        message.metadata.response_code == ResponseCode::NoError && !message.answers.is_empty()
    })
}

fn zone_file(origin: &str) -> String {
    let name = if origin == "." { "root" } else { origin };
    format!("{ZONES}/{name}.zone")
}

const PORT: u16 = 53;
const CONFIGURATION: &str = "/etc/knot/mailhost.conf";
const ZONES: &str = "/etc/knot/zones";
const START_LIMIT: Duration = Duration::from_secs(30);
