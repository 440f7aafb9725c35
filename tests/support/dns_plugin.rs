//! Plugins that ask the DNS, run on a zone of the demonstration's server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use demo_host::dns::{DnsServer, Zone};

use crate::{Plugin, Run, loopback_address, skip};

/// The binary of such a plugin.
#[derive(Clone, Copy, Debug)]
pub struct DnsPlugin(pub &'static str);

impl DnsPlugin {
    /// Runs it in a zone with these words, and without a place for its state unless they name one. The
    /// server's address, which is another one each time, reads `DNS` in the output.
    ///
    /// # Panics
    /// When there can be no such server, and as [`Run::held`].
    pub fn run(self, zone: &Zone, words: &str) -> Run {
        let server = DnsServer::start(zone).unwrap_or_else(|error| panic!("a server: {error}"));
        let run = self.ask(&server, words);
        Run { stdout: run.stdout.replace(&server.address().to_string(), "DNS"), ..run }
    }

    /// Runs it with a server.
    ///
    /// # Panics
    /// As [`Run::held`].
    pub fn ask(self, server: &DnsServer, words: &str) -> Run {
        let server = server.address().to_string();
        let state =
            if words.contains("--state-dir") { "" } else { "--state-dir /nonexistent/state" };
        self.bare(&format!("{words} --nameserver {server} {state}"))
    }

    /// Runs it on `d.example` with `--consistency` and a resolver that knows this zone, and calls two
    /// name servers `first` and `second` in the output.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn compare(self, zone: &Zone, servers: &[Ipv4Addr], words: &str) -> Run {
        let resolver = DnsServer::start(zone).unwrap_or_else(|error| panic!("a server: {error}"));
        let said = self.ask(&resolver, &format!("-d d.example --consistency {words}"));
        let mut stdout = said.stdout;
        for (address, name) in servers.iter().zip(["first", "second"]) {
            stdout = stdout.replace(&address.to_string(), name);
        }
        Run { stdout, ..said }
    }

    /// Runs it with these words alone; `''` is an empty one, and `_` in a record a blank.
    ///
    /// # Panics
    /// As [`Run::held`].
    pub fn bare(self, words: &str) -> Run {
        let words = words.split_whitespace().map(|word| match word {
            "''" => String::new(),
            word if word.starts_with("v=") => word.replace('_', " "),
            word => word.to_owned(),
        });
        Plugin::at(Path::new(self.0)).args(words).env_clear().run().held()
    }
}

/// A name server that plugins ask itself, at the port that only root can listen at.
#[derive(Debug)]
pub struct Authority {
    /// Where it listens.
    pub address: Ipv4Addr,
    _server: DnsServer,
}

impl Authority {
    /// Serves a zone. Where that is not possible, the suite is skipped by this name.
    pub fn start(zone: &Zone, suite: &str) -> Option<Self> {
        let address = loopback_address();
        let zone = Zone { authoritative: true, ..zone.clone() };
        match DnsServer::start_at(&zone, SocketAddr::from((address, 53))) {
            Ok(server) => Some(Self { address, _server: server }),
            Err(error) => {
                skip(suite, format!("no name server at port 53: {error}"));
                None
            }
        }
    }
}
