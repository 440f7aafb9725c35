//! Unbound as Debian packages it: a validating resolver whose DNS is servers of the tests and nothing else.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use hickory_proto::rr::RecordType;
use mailhost_tests::{Daemon, DebianRoot, Unavailable, free_port};

use crate::{dns_client::ask, knot::Knot};

/// A server, and the zones that it is asked for.
pub(crate) type Stub<'a> = (SocketAddr, &'a [&'a str]);

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
        Self::with_stubs(&[(knot.address(), &[ROOT])], anchors)
    }

    /// Starts a resolver that asks each of these servers, which are at port 53, for its zones and all
    /// below them. No other name can be resolved (SERVFAIL), and nothing is signed.
    ///
    /// The first server is the one that is asked for everything else, and has to refuse it.
    ///
    /// # Errors
    /// As [`start`](Unbound::start).
    ///
    /// # Panics
    /// As [`start`](Unbound::start).
    pub(crate) fn of_blocklists(servers: &[Stub<'_>]) -> Result<Unbound, Unavailable> {
        // Without a stub for the root the resolver would first try its built-in servers of the real one,
        // in vain.
        let root = servers.first().map(|(server, _)| (*server, &[ROOT][..]));
        Self::with_stubs(&root.into_iter().chain(servers.iter().copied()).collect::<Vec<_>>(), "")
    }

    /// Where it answers, over UDP and TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn with_stubs(stubs: &[Stub<'_>], anchors: &str) -> Result<Unbound, Unavailable> {
        let root = DebianRoot::prepare("unbound", &["unbound"])?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let content = configuration(address, stubs, anchors);
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
fn configuration(address: SocketAddr, stubs: &[Stub<'_>], anchors: &str) -> String {
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
    for (server, zones) in stubs {
        for zone in *zones {
            let server = server.ip();
            let stub = format!("  name: \"{zone}\"\n  stub-addr: {server}\n  stub-prime: no");
            writeln!(text, "stub-zone:\n{stub}").expect("a string takes everything");
        }
    }
    text
}

const ROOT: &str = ".";
const CONFIGURATION: &str = "/etc/unbound/mailhost.conf";
const START_LIMIT: Duration = Duration::from_secs(30);
