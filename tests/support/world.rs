//! Something good and something bad for each plugin to look at, from inside a root: servers on loopback, a
//! spool, a machine.

use std::process::Command;
use std::time::Duration;

use demo_host::Action;
use demo_host::dns::{DnsServer, Zone};
use demo_host::smtp::{Script, SmtpServer};
use demo_host::spool::{Message, Spool};

use crate::DebianRoot;

/// The servers, which stop with it.
#[derive(Debug)]
pub struct World {
    well: SmtpServer,
    closed: SmtpServer,
    dns: DnsServer,
}

impl World {
    /// Starts the servers, and puts a spool and a machine's measurements into the root.
    ///
    /// # Panics
    /// When a server cannot listen on loopback, or the root cannot be written to.
    pub fn around(root: &DebianRoot) -> Self {
        let spool = Spool::new().expect("a spool");
        // As old as that, its age has two words for a while.
        let message = Message { age: Duration::from_mins(90), ..Message::default() };
        spool.add(3, &message).expect("a message");
        let copied = Command::new("cp").arg("-r").arg(spool.path()).arg(root.join(SPOOL)).status();
        assert!(copied.expect("cp runs").success());
        // Every engine's user has to see it.
        let opened = Command::new("chmod").args(["-R", "a+rX"]).arg(root.join(SPOOL)).status();
        assert!(opened.expect("chmod runs").success());
        // Nothing is mounted in a root.
        root.write("/proc/loadavg", "0.10 0.10 0.10 1/100 100\n", 0o644).expect("a load");
        root.write("/proc/stat", "cpu  9 0 9 99 0 0 0 0 0 0\ncpu0 9 0 9 99 0 0 0 0 0 0\n", 0o644)
            .expect("a processor");
        let closed =
            Script { greeting: Action::reply("554 5.3.2 Closed for repairs"), ..Script::default() };
        Self {
            well: SmtpServer::start(Script::default()).expect("a server on loopback"),
            closed: SmtpServer::start(closed).expect("a server on loopback"),
            dns: DnsServer::start(&zone()).expect("a server on loopback"),
        }
    }

    /// A command line of the plugin that ends OK.
    ///
    /// # Panics
    /// When there is no such plugin.
    pub fn good(&self, plugin: &str) -> Vec<String> {
        let (dns, port) = (self.dns.address(), self.well.port());
        words(&match plugin {
            "check_smtp_banner" => format!("-H 127.0.0.1 -p {port}"),
            "check_smtp_queue" => format!("--queue-directory {SPOOL} --state-dir {NO_STATE}"),
            "check_mx_spf" => format!("-d good.example --nameserver {dns}"),
            "check_dkim_dmarc" => format!("-d good.example --only dmarc --nameserver {dns}"),
            "check_rbl" => {
                format!("-H 192.31.196.7 -s good.example --nameserver {dns} --state-dir {NO_STATE}")
            }
            // However much the machine has to do, where its /proc is to be seen.
            "check_host_resources" => {
                "--only load --load-warning 1000 --load-critical 1000".to_owned()
            }
            _ => panic!("nobody knows what {plugin} looks at"),
        })
    }

    /// A command line of the plugin that ends CRITICAL.
    ///
    /// # Panics
    /// When there is no such plugin.
    pub fn bad(&self, plugin: &str) -> Vec<String> {
        let (dns, port) = (self.dns.address(), self.closed.port());
        words(&match plugin {
            "check_smtp_banner" => format!("-H 127.0.0.1 -p {port}"),
            "check_smtp_queue" => {
                format!("--queue-directory {SPOOL} -w 1 -c 2 --state-dir {NO_STATE}")
            }
            "check_mx_spf" => format!("-d bad.example --nameserver {dns}"),
            "check_dkim_dmarc" => format!("-d bad.example --selector s1 --nameserver {dns}"),
            "check_rbl" => {
                format!(
                    "-H 192.31.196.11 -s good.example -w 0 -c 0 --nameserver {dns} --state-dir {NO_STATE}"
                )
            }
            // A machine that has nothing to do, where there has to be something.
            "check_host_resources" => {
                "--only load --load-warning 1000 --load-critical 1000 --load1-critical 1000:"
                    .to_owned()
            }
            _ => panic!("nobody knows what {plugin} looks at"),
        })
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// A domain that is well with a blocklist below the same name, and one that is not.
fn zone() -> Zone {
    Zone::new()
        .mx("good.example", 10, "mx.good.example")
        .a("mx.good.example", [192, 31, 196, 25])
        .ptr("25.196.31.192.in-addr.arpa", "mx.good.example")
        .a("2.0.0.127.good.example", [127, 0, 0, 2])
        .a("11.196.31.192.good.example", [127, 0, 0, 2])
        .txt("good.example", "v=spf1 mx -all")
        .txt("_dmarc.good.example", "v=DMARC1; p=reject; rua=mailto:dmarc@good.example")
        .mx("bad.example", 10, "gone.bad.example")
        .txt("bad.example", "v=spf1 mx~all")
        .txt("_dmarc.bad.example", "v=DMARC1; p=rejcet")
}

const SPOOL: &str = "/srv/spool";
/// Where no run can keep what the next one would tell of.
const NO_STATE: &str = "/nonexistent/state";
