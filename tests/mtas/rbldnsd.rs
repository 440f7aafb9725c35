//! rbldnsd as Debian packages it: the authority for block lists, as most of the public ones run it.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use hickory_proto::{op::ResponseCode, rr::RecordType};
use mailhost_tests::{Daemon, DebianRoot, Unavailable, loopback_address};

use crate::dns_client::ask;

/// A block list, or a part of one: zones with the same origin are one list, made of several data sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RblZone<'a> {
    /// Its name without a last dot.
    pub(crate) origin: &'a str,
    /// The type of its data: `ip4set`, `ip4trie`, `ip6trie`, `dnset`, `generic` and others.
    pub(crate) dataset: &'a str,
    /// The lines of its data file; the server adds the start of the zone and its name server.
    pub(crate) data: &'a str,
}

/// A running server; it stops when this is dropped.
pub(crate) struct Rbldnsd {
    address: SocketAddr,
    // Stops before the root it runs in goes.
    _daemon: Daemon,
    _root: DebianRoot,
}

impl Rbldnsd {
    /// Starts a server for the zones, at port 53 of an address of its own.
    ///
    /// It answers over UDP only, and TCP connections are refused; records that do not fit into a datagram
    /// it leaves out without a sign of it (TC). What is not below one of its origins it refuses to answer
    /// (REFUSED). Names between an origin and a listed address do not exist for
    /// it (NXDOMAIN), although RFC 8020 says that they do. Its records live for 35 minutes, their
    /// absence for one.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not, and when it takes offence at a line: with its output.
    pub(crate) fn start(zones: &[RblZone<'_>]) -> Result<Rbldnsd, Unavailable> {
        let root = DebianRoot::prepare("rbldnsd", &["rbldnsd"])?;
        let address = SocketAddr::from((loopback_address(), PORT));
        // A name server of the machine may have taken the port for all addresses.
        UdpSocket::bind(address).map_err(|source| Unavailable::Io {
            doing: "bind port 53 of a loopback address".to_owned(),
            source,
        })?;
        let arguments = write(&root, zones).unwrap_or_else(|error| panic!("{DATA}: {error}"));
        let own = format!("{}/{}", address.ip(), address.port());
        let mut command = root.command("rbldnsd");
        // It becomes the package's user by itself, after it has bound the port.
        command.args(["-n", "-b", &own, "-w", DATA]).args(arguments);
        let output = root.join("/var/log/rbldnsd.out");
        let daemon = Daemon::start("rbldnsd", &mut command, &output)
            .and_then(|mut daemon| {
                let answers = || zones.iter().all(|zone| is_served(address, zone.origin));
                daemon.wait_until("its zones", START_LIMIT, answers)?;
                Ok(daemon)
            })
            .unwrap_or_else(|error| panic!("{error}"));
        // It goes on without a line that it cannot read.
        let said = daemon.output();
        assert!(!said.contains("rbldnsd: file "), "{said}");
        Ok(Rbldnsd { address, _daemon: daemon, _root: root })
    }

    /// Where it answers, over UDP only.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Writes a file for each zone, and gives what the command line says of it.
fn write(root: &DebianRoot, zones: &[RblZone<'_>]) -> io::Result<Vec<String>> {
    let one = |(number, zone): (usize, &RblZone<'_>)| {
        let RblZone { origin, dataset, data } = zone;
        root.write(&format!("{DATA}/{number}"), [HEAD, data].concat(), 0o644)?;
        Ok(format!("{origin}:{dataset}:{number}"))
    };
    zones.iter().enumerate().map(one).collect()
}

fn is_served(server: SocketAddr, origin: &str) -> bool {
    let message = ask(server, origin, RecordType::SOA, false);
    message.is_ok_and(|message| message.metadata.response_code == ResponseCode::NoError)
}

const PORT: u16 = 53;
const DATA: &str = "/var/lib/rbldns";
/// Without the first line what is not listed could not be cached.
const HEAD: &str = "\
$SOA 60 localhost. hostmaster.localhost. 0 3600 600 86400 60
$NS 60 localhost
";
const START_LIMIT: Duration = Duration::from_secs(30);
