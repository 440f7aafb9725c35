//! Unbound as Debian packages it: a validating resolver whose DNS is one server of the tests and nothing
//! else.

use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hickory_proto::rr::RecordType;
use mailhost_tests::{Daemon, DebianRoot, Unavailable, free_port};

use crate::{dns_client::ask, knot::Knot};

/// A running resolver; it stops when this is dropped.
pub(crate) struct Unbound {
    address: SocketAddr,
    // Stops before the root it runs in goes.
    _daemon: Daemon,
    _root: DebianRoot,
}

impl Unbound {
    /// Starts a resolver that asks `knot` for the root, and has what `anchors` says for zones to be
    /// signed with: delegation signer records, one in each line.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with its output.
    pub(crate) fn start(knot: &Knot, anchors: &str) -> Result<Unbound, Unavailable> {
        Self::with_stubs(knot.address(), &[ROOT], anchors)
    }

    /// Starts a resolver that asks `server`, which is at port 53, for these zones and all below them. No
    /// other name can be resolved (SERVFAIL), and nothing is signed.
    ///
    /// # Errors
    /// As [`start`](Unbound::start).
    ///
    /// # Panics
    /// As [`start`](Unbound::start).
    pub(crate) fn of_blocklists(
        server: SocketAddr,
        zones: &[&str],
    ) -> Result<Unbound, Unavailable> {
        // The server refuses what is in none of its zones. Without a stub for the root the resolver would
        // first try its built-in servers of the real one, in vain.
        Self::with_stubs(server, &[&[ROOT], zones].concat(), "")
    }

    /// Where it answers, over UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn with_stubs(
        server: SocketAddr,
        zones: &[&str],
        anchors: &str,
    ) -> Result<Unbound, Unavailable> {
        let root = DebianRoot::prepare("unbound", &["unbound"])?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let content = configuration(address, server.ip(), zones, anchors);
        root.write(CONFIGURATION, content, 0o644).expect("write the configuration");
        let mut command = root.command("unbound");
        let output = root.join("/var/log/unbound.out");
        let daemon =
            Daemon::start("unbound", command.args(["-d", "-p", "-c", CONFIGURATION]), &output)
                .and_then(|mut daemon| {
                    let answers = || ask(address, ROOT, RecordType::SOA, false).is_ok();
                    daemon.wait_until("an answer", START_LIMIT, answers)?;
                    Ok(daemon)
                })
                .unwrap_or_else(|error| panic!("{error}"));
        Ok(Unbound { address, _daemon: daemon, _root: root })
    }
}

/// Nothing it asks can leave the machine: the kernel sends nothing from a loopback address to any other
/// than a loopback address, and the only root it knows is on one.
fn configuration(address: SocketAddr, server: IpAddr, zones: &[&str], anchors: &str) -> String {
    let mut text = format!(
        "server:
  interface: {ip}
  port: {port}
  access-control: 127.0.0.0/8 allow
  outgoing-interface: 127.0.0.1
  do-not-query-localhost: no
  do-ip6: no
  chroot: \"\"
  username: \"\"
  directory: /etc/unbound
  use-syslog: no
  num-threads: 1
  module-config: \"validator iterator\"
  unblock-lan-zones: yes
  insecure-lan-zones: yes
",
        ip = address.ip(),
        port = address.port(),
    );
    for anchor in anchors.lines() {
        writeln!(text, "  trust-anchor: \"{anchor}\"").expect("a string takes everything");
    }
    text.push_str("remote-control:\n  control-enable: no\n");
    for zone in zones {
        let stub = format!("  name: \"{zone}\"\n  stub-addr: {server}\n  stub-prime: no");
        writeln!(text, "stub-zone:\n{stub}").expect("a string takes everything");
    }
    text
}

const ROOT: &str = ".";
const CONFIGURATION: &str = "/etc/unbound/mailhost.conf";
const START_LIMIT: Duration = Duration::from_secs(30);
