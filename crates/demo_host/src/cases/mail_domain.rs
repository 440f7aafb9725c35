//! Whole domains for `check_smtp_banner`: one in good order, one half down, and one whose certificate
//! was changed without its TLSA record.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use demo_host::Action;
use demo_host::certificates::{Authority, CertificateSpec, Identity};
use demo_host::dns::{DnsServer, RecordData, Zone};
use demo_host::https::{Answer, HttpsServer};
use demo_host::smtp::{Listen, Script, SmtpServer, Tls};
use openssl::sha::sha256;

use super::Case;
use crate::stage::Stage;
use crate::state::State;

pub(super) const CASES: &[Case] = &[
    Case {
        title: "Every mail exchanger, DANE, MTA-STS and TLS-RPT: all is well",
        args: "-d example.org -p {domain} --nameserver {resolver} --dane --mta-sts --tls-rpt \
               --mta-sts-address {policy} --ca-file ca.pem --state-dir {state}",
        expected: State::Ok,
        says: "3 of 3 mail exchangers greet, certificate expires in 40 days, DANE, MTA-STS enforce, \
               TLS-RPT",
    },
    Case {
        title: "One of two mail exchangers is down, and one is enough for the night",
        args: "-d example.net -p {domain} --nameserver {resolver} -S --quorum 1",
        expected: State::Warning,
        says: "mx2.example.net greets with 554",
    },
    Case {
        title: "The certificate is new, its TLSA record is not: senders keep the mail",
        args: "-d example.com -p {domain} --nameserver {resolver} --dane",
        expected: State::Critical,
        says: "dane-mismatch",
    },
];

/// Starts the servers of all three domains.
pub(super) fn start(stage: &mut Stage, authority: &Authority) -> io::Result<()> {
    let mut world = World { port: 0, hosts: 0, zone: Zone { authenticated: true, ..Zone::new() } };
    for (at, days) in [(1, 90), (2, 40), (3, 90)] {
        let name = format!("mx{at}.example.org");
        let identity = world.host(stage, authority, &name, days, None)?;
        world.vouch(&name, &identity)?;
    }
    let closed = Action::reply("554 5.3.2 Closed for repairs");
    for (at, greeting) in [(1, None), (2, Some(closed))] {
        world.host(stage, authority, &format!("mx{at}.example.net"), 90, greeting)?;
    }
    let old = authority.issue(&CertificateSpec::named("mx1.example.com"))?;
    world.host(stage, authority, "mx1.example.com", 90, None)?;
    world.vouch("mx1.example.com", &old)?;

    let zone = world.zone.txt("_mta-sts.example.org", "v=STSv1; id=20261128");
    let zone = zone.txt("_smtp._tls.example.org", "v=TLSRPTv1; rua=mailto:tls@example.org");
    let dns = DnsServer::start(&zone)?;
    stage.hold("resolver", &dns.address(), dns);
    stage.hold("domain", &world.port, ());
    let web = Tls::new(authority.issue(&CertificateSpec::named("mta-sts.example.org"))?);
    let policy = "version: STSv1\nmode: enforce\nmx: *.example.org\nmax_age: 1209600\n";
    let server = HttpsServer::start(&web, Answer::text(policy))?;
    stage.hold("policy", &server.address(), server);
    let kept = stage.directory().join("state");
    std::fs::create_dir(&kept)?;
    stage.hold("state", &kept.display(), ());
    Ok(())
}

/// Mail exchangers, each at an address of its own and all at the same port, and what the DNS says of
/// them.
struct World {
    port: u16,
    hosts: u8,
    zone: Zone,
}

impl World {
    /// Starts a mail exchanger of the domain behind the first label of its name.
    fn host(
        &mut self,
        stage: &mut Stage,
        authority: &Authority,
        name: &str,
        not_after_days: i64,
        greeting: Option<Action>,
    ) -> io::Result<Identity> {
        self.hosts += 1;
        let address = Ipv4Addr::new(127, 82, 0, self.hosts);
        let spec = CertificateSpec { not_after_days, ..CertificateSpec::named(name) };
        let identity = authority.issue(&spec)?;
        let script = Script::with_starttls(Tls::new(identity.clone()));
        let greeting = greeting.unwrap_or_else(|| script.greeting.clone());
        let script = Script { host: name.into(), greeting, ..script };
        let listen = Listen::At(SocketAddr::from((address, self.port)));
        let server = SmtpServer::start_on(&listen, script)?;
        self.port = server.port();
        stage.keep(server);
        let domain = name.split_once('.').map_or(name, |(_, domain)| domain);
        let zone = std::mem::take(&mut self.zone).mx(domain, u16::from(self.hosts) * 10, name);
        self.zone = zone.a(name, address);
        Ok(identity)
    }

    /// Publishes the digest of a key.
    fn vouch(&mut self, host: &str, identity: &Identity) -> io::Result<()> {
        let key = identity.certificate.public_key()?.public_key_to_der()?;
        let record = RecordData::Tlsa(3, 1, 1, sha256(&key).to_vec());
        let at = format!("_{}._tcp.{host}", self.port);
        self.zone = std::mem::take(&mut self.zone).record(&at, record);
        Ok(())
    }
}
