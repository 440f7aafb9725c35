//! A mail host, a mail domain and a machine that the templates look at, good and bad.

use std::net::SocketAddr;
use std::sync::{LazyLock, Once};

use demo_host::certificates::{Authority, CertificateSpec};
use demo_host::dns::DnsServer;
use demo_host::smtp::{Listen, Script, SmtpServer, Tls};
use demo_host::{Action, blocklists};
use mailhost_tests::{DebianRoot, loopback_address};

/// The servers; they stop with it.
pub(crate) struct Site {
    smtp: SmtpServer,
    closed: SmtpServer,
    submission: SmtpServer,
    // The mail exchangers of the domain: one that works, and both addresses of one that does not.
    exchangers: [SmtpServer; 3],
    dns: DnsServer,
}

impl Site {
    /// Starts them all, and has the root trust who signed their certificates.
    ///
    /// # Panics
    /// When a server cannot listen on loopback, or the root cannot be written to.
    pub(crate) fn start(root: &DebianRoot) -> Site {
        // One for all sites, or each would take the place of the one before.
        static AUTHORITY: LazyLock<Authority> =
            LazyLock::new(|| Authority::new("Example Root").expect("an authority"));
        static TRUSTED: Once = Once::new();
        TRUSTED.call_once(|| {
            let written = AUTHORITY.write_hashed(root.join("/etc/ssl/certs"));
            written.expect("a trusted authority");
        });
        let script = |name: &str| {
            let identity = AUTHORITY.issue(&CertificateSpec::named(name)).expect("a certificate");
            Script { host: name.to_owned(), ..Script::with_starttls(Tls::new(identity)) }
        };
        let closed = |script: Script| Script {
            greeting: Action::reply("554 5.3.2 Closed for repairs"),
            ..script
        };
        let start = |script| SmtpServer::start(script).expect("a server on loopback");
        // All mail exchangers of a domain have the same port.
        let addresses = [loopback_address(), loopback_address(), loopback_address()];
        let [one, other, another] = addresses;
        let start_at = |address, port, script| {
            let at = Listen::At(SocketAddr::from((address, port)));
            SmtpServer::start_on(&at, script).expect("a server on loopback")
        };
        let works = start_at(one, 0, script("mx1.example.org"));
        let shut = [other, another]
            .map(|address| start_at(address, works.port(), closed(script("mx2.example.org"))));
        let [shut, shut_too] = shut;
        let zone = blocklists::well()
            .a("mail.example.org", [192, 31, 196, 11])
            .a("11.196.31.192.bl.spamcop.net", [127, 0, 0, 2])
            .mx("example.org", 10, "mx1.example.org")
            .mx("example.org", 20, "mx2.example.org")
            .a("mx1.example.org", one)
            .a("mx2.example.org", other)
            .a("mx2.example.org", another)
            .txt("example.org", "v=spf1 mx -all")
            .txt("_dmarc.example.org", "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org");
        Site {
            smtp: start(script("mail.example.org")),
            closed: start(closed(script("mail.example.org"))),
            submission: start(Script { require_tls: true, ..script("mail.example.org") }),
            exchangers: [works, shut, shut_too],
            dns: DnsServer::start(&zone).expect("a server on loopback"),
        }
    }

    /// The port of a mail server that is well.
    pub(crate) fn smtp(&self) -> String {
        self.smtp.port().to_string()
    }

    /// The port of one that turns everybody away.
    pub(crate) fn closed(&self) -> String {
        self.closed.port().to_string()
    }

    /// The port of submission.
    pub(crate) fn submission(&self) -> String {
        self.submission.port().to_string()
    }

    /// The port of the mail exchangers of example.org, the second of which is closed.
    pub(crate) fn exchangers(&self) -> String {
        self.exchangers[0].port().to_string()
    }

    /// The resolver.
    pub(crate) fn resolver(&self) -> String {
        self.dns.address().to_string()
    }
}
