//! What to do, once it is certain that it can be done.

mod login;
mod refuse;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use mailhost_core::cli::ip_address;
use mailhost_core::contract::{Finding, Overrides, Range, State, Thresholds, Unit};
use mailhost_core::file;
use mailhost_core::mail::Domain;
use mailhost_core::net::{Family, ProxyVersion};
use mailhost_core::plugin::{Failure, Options as _};
use mailhost_core::smtp::{Credentials, Mechanism};
use mailhost_core::tls::{PeerName, TlsFacts, TlsVersion, Trust};
use regex_lite::{Regex, RegexBuilder};

use self::login::login;
use self::refuse::{host_name, refuse_contradictions};
use crate::IDENTITY;
use crate::args::{Args, Days, NAME_OF_HOST};

/// A check that makes sense.
#[derive(Debug)]
pub struct Config {
    /// The target as the operator would name it.
    pub(crate) target: String,
    pub(crate) place: Place,
    /// The name servers to ask; the system's without any.
    pub(crate) nameservers: Vec<SocketAddr>,
    pub(crate) all_addresses: bool,
    pub(crate) source: Option<IpAddr>,
    pub(crate) attempts: u32,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) lmtp: bool,
    /// The name to say in EHLO, if one was given.
    pub(crate) fqdn: Option<String>,
    pub(crate) expect: Option<String>,
    pub(crate) expect_fqdn: Option<String>,
    pub(crate) required_keywords: Vec<String>,
    pub(crate) forbidden_keywords: Vec<String>,
    pub(crate) tls: TlsUse,
    pub(crate) tls_required: bool,
    /// Whether certificates are held against TLSA records.
    pub(crate) dane: bool,
    pub(crate) login: Option<Login>,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) commands: Vec<(String, Option<Regex>)>,
    /// Sender and recipient of the attempt to relay.
    pub(crate) relay: Option<[String; 2]>,
    pub(crate) ignore_quit_failure: bool,
    pub(crate) limits: Limits,
    pub(crate) when_unreachable: State,
    /// No connection in time.
    pub(crate) when_unanswered: State,
    /// No reply in time.
    pub(crate) when_silent: State,
    /// Seconds that the whole run may take, for messages.
    pub(crate) time_limit: f64,
    pub(crate) verbose: u8,
    /// What the operator says of findings.
    overrides: Overrides,
}

/// Where the server is, or the servers are.
#[derive(Debug)]
pub(crate) enum Place {
    Domain(MailDomain),
    Host { name: String, port: u16, family: Family },
    Socket(PathBuf),
}

/// A domain whose mail exchangers are checked.
#[derive(Debug)]
pub(crate) struct MailDomain {
    pub(crate) domain: Domain,
    pub(crate) port: u16,
    pub(crate) family: Family,
    /// How many of them have to work; all without it.
    pub(crate) quorum: Option<usize>,
    pub(crate) mta_sts: Option<MtaSts>,
    /// Whether the record that says where reports go is looked at.
    pub(crate) tls_rpt: bool,
}

impl MailDomain {
    /// Whether an address is of a family that is wanted.
    pub(crate) fn takes(&self, address: IpAddr) -> bool {
        match self.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        }
    }
}

/// How a domain's policy is got.
#[derive(Debug)]
pub(crate) struct MtaSts {
    /// Where it is fetched from; otherwise from where the DNS says.
    pub(crate) address: Option<SocketAddr>,
    /// The directory of the state file; the usual one without it.
    pub(crate) state_dir: Option<PathBuf>,
}

/// The PROXY header to send.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) version: ProxyVersion,
    /// The client to name; ourselves when absent.
    pub(crate) source: Option<SocketAddr>,
}

/// How TLS comes about, and what it is held to.
#[derive(Debug)]
pub(crate) enum TlsUse {
    Implicit(CertificatePolicy),
    None,
    Starttls(CertificatePolicy),
}

impl TlsUse {
    pub(crate) fn policy(&self) -> Option<&CertificatePolicy> {
        match self {
            TlsUse::Implicit(policy) | TlsUse::Starttls(policy) => Some(policy),
            TlsUse::None => None,
        }
    }
}

/// What a certificate and the TLS around it are held to.
#[derive(Debug)]
pub(crate) struct CertificatePolicy {
    /// The name it has to be for.
    pub(crate) peer: PeerName,
    pub(crate) ca_file: Option<PathBuf>,
    /// On the time left, in seconds.
    pub(crate) left: Thresholds,
    /// The state of an untrusted chain or a wrong name.
    pub(crate) mistrust: State,
    pub(crate) tls_min: TlsVersion,
    pub(crate) pin: Option<String>,
}

/// A login to try.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) mechanism: Option<Mechanism>,
    pub(crate) credentials: Credentials,
    pub(crate) from_argv: bool,
}

/// An envelope to try.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) size: Option<u64>,
}

/// The ranges of every metric that has some.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) time: Thresholds,
    pub(crate) dns: Thresholds,
    pub(crate) connect: Thresholds,
    pub(crate) greeting: Thresholds,
    pub(crate) ehlo: Thresholds,
    pub(crate) tls: Thresholds,
    pub(crate) auth: Thresholds,
    pub(crate) mail: Thresholds,
    pub(crate) rcpt: Thresholds,
    pub(crate) loss: Thresholds,
}

impl Config {
    /// Makes sense of the options, and reads the password.
    ///
    /// # Errors
    /// [`Failure`], which says what to write instead.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        let place = place(args)?;
        refuse_contradictions(args, &place)?;
        let dialogue = &args.dialogue;
        let sender = dialogue.from.clone();
        Ok(Self {
            target: args.target(),
            all_addresses: args.target.all_addresses || matches!(place, Place::Domain(_)),
            nameservers: args.dns.nameserver.clone(),
            source: args.way.source_address,
            attempts: args.way.attempts.unwrap_or(1),
            proxy: args.target.proxy.then(|| Proxy {
                version: args.way.proxy_version.unwrap_or(ProxyVersion::V1),
                source: args.way.proxy_source,
            }),
            lmtp: args.target.lmtp,
            fqdn: dialogue.fqdn.clone(),
            expect: dialogue.expect.clone(),
            expect_fqdn: dialogue.expect_fqdn.clone(),
            required_keywords: dialogue.require_keyword.clone(),
            forbidden_keywords: dialogue.forbid_keyword.clone(),
            tls: match (args.starttls(), args.tls.implicit) {
                (_, true) => TlsUse::Implicit(policy(args, &place)?),
                (true, false) => TlsUse::Starttls(policy(args, &place)?),
                (false, false) => TlsUse::None,
            },
            tls_required: args.tls_limits.required,
            dane: args.domain.dane,
            login: login(args)?,
            envelope: dialogue.asks_mail().then(|| Envelope {
                sender: sender.clone().unwrap_or_default(),
                recipients: dialogue.rcpt.clone(),
                size: dialogue.size,
            }),
            commands: commands(&dialogue.command, &dialogue.response)?,
            relay: dialogue
                .open_relay
                .clone()
                .map(|recipient| [sender.unwrap_or_else(|| FOREIGN_SENDER.to_owned()), recipient]),
            ignore_quit_failure: dialogue.ignore_quit_failure,
            limits: limits(args),
            when_unreachable: args.general.state_when_unreachable(),
            when_unanswered: args.general.state_when_unanswered(),
            when_silent: args.general.state_when_silent(),
            time_limit: args.general.timeout().limit.as_secs_f64(),
            verbose: args.general.verbose,
            overrides: Overrides::parse(IDENTITY, &args.general.ignore, &args.general.severity)
                .map_err(|error| Failure::Usage(error.to_string()))?,
            place,
        })
    }

    /// The state that a finding has in the eyes of the operator.
    pub(crate) fn state_of(&self, finding: &Finding) -> State {
        let mut one = [finding.clone()];
        self.overrides.apply(&mut one);
        one[0].state
    }

    /// The command that asks for the extensions.
    pub(crate) fn hello_verb(&self) -> &'static str {
        if self.lmtp { "LHLO" } else { "EHLO" }
    }
}

impl CertificatePolicy {
    /// Whether a password must not be given to this server: its certificate will not do, and the
    /// operator has not said that it does by its digest.
    pub(crate) fn withholds_secrets_from(&self, tls: &TlsFacts) -> bool {
        let trusted =
            tls.trust == Trust::Trusted && tls.name_matches != Some(false) && !tls.path_outdated;
        match (&self.pin, tls.chain.first()) {
            (Some(pin), Some(leaf)) => !leaf.has_sha256(pin),
            (Some(_), None) => true,
            (None, _) => self.mistrust != State::Ok && !trusted,
        }
    }
}

fn place(args: &Args) -> Result<Place, Failure> {
    let network = &args.network;
    let families = &network.families;
    let host = network.hostname.as_deref();
    if let Some(path) = host.filter(|host| host.starts_with('/')) {
        if network.port.is_some() || families.ipv4 || families.ipv6 || args.target.all_addresses {
            return Err(Failure::usage(
                "a Unix socket has no port and no address: leave out -p, -4, -6 and --all-addresses",
            ));
        }
        return Ok(Place::Socket(PathBuf::from(path)));
    }
    let family = match (families.ipv4, families.ipv6, args.way.source_address) {
        (true, _, Some(IpAddr::V6(_))) | (_, true, Some(IpAddr::V4(_))) => {
            return Err(Failure::usage(
                "--source-address is of the other family than -4 or -6 asks for",
            ));
        }
        // From an address of one family there is no way to one of the other.
        (true, ..) | (_, false, Some(IpAddr::V4(_))) => Family::V4,
        (_, true, _) | (false, _, Some(IpAddr::V6(_))) => Family::V6,
        (false, false, None) => Family::Any,
    };
    let port = args.port();
    Ok(match (host, &args.domain.domain) {
        (Some(host), _) => Place::Host { name: host_name(host)?.to_owned(), port, family },
        (None, None) => {
            return Err(Failure::usage("name a host with -H, or a mail domain with -d"));
        }
        (None, Some(domain)) => Place::Domain(MailDomain {
            domain: Domain::parse(domain)?,
            port,
            family,
            quorum: args.domain.quorum.map(NonZeroUsize::get),
            mta_sts: args.domain.mta_sts.then(|| MtaSts {
                address: args.domain.mta_sts_address,
                state_dir: args.state.state_dir.clone(),
            }),
            tls_rpt: args.domain.tls_rpt,
        }),
    })
}

fn policy(args: &Args, place: &Place) -> Result<CertificatePolicy, Failure> {
    let named = args.tls.sni.as_deref();
    let peer = match (named.filter(|name| *name != NAME_OF_HOST), place) {
        (Some(name), _) => peer_name(name.trim_end_matches('.')),
        (None, Place::Host { name, .. }) => peer_name(name),
        // Each exchanger has its own name.
        (None, Place::Socket(_) | Place::Domain(_)) => PeerName::Nothing,
    };
    let asked = args.tls.certificate.is_some() || args.tls.verify || args.tls.ca_file.is_some();
    let submission = matches!(args.port(), 465 | 587) && !matches!(place, Place::Socket(_));
    let mistrust = if args.tls.implicit || submission {
        State::Critical
    } else if asked {
        State::Warning
    } else {
        State::Ok
    };
    if let Some(file) = &args.tls.ca_file {
        file::open(file)?;
    }
    let days = args.tls.certificate.unwrap_or(Days { warning: 14, critical: 7 });
    let at_least = |days: u32| Some(Range::at_least(f64::from(days) * 86_400.0, Unit::Seconds));
    Ok(CertificatePolicy {
        peer,
        ca_file: args.tls.ca_file.clone(),
        left: Thresholds { warning: at_least(days.warning), critical: at_least(days.critical) },
        mistrust,
        tls_min: args.tls_limits.min.unwrap_or(TlsVersion::Tls12),
        pin: args.tls_limits.pin.clone(),
    })
}

fn peer_name(name: &str) -> PeerName {
    match ip_address(name) {
        Ok(address) => PeerName::Ip(address),
        Err(_) => PeerName::Dns(name.to_owned()),
    }
}

fn commands(
    commands: &[String],
    expected: &[String],
) -> Result<Vec<(String, Option<Regex>)>, Failure> {
    if expected.len() > commands.len() {
        return Err(Failure::usage("more -R than -C: each -R is for the -C of the same place"));
    }
    let mut pairs = Vec::with_capacity(commands.len());
    for (at, command) in commands.iter().enumerate() {
        let regex = expected
            .get(at)
            .map(|text| RegexBuilder::new(text).multi_line(true).size_limit(MAX_REGEX).build())
            .transpose()
            .map_err(|error| Failure::usage(format!("\"{}\" for -R: {error}", expected[at])))?;
        pairs.push((command.clone(), regex));
    }
    Ok(pairs)
}

fn limits(args: &Args) -> Limits {
    let given = &args.thresholds;
    let pair = |warning: Option<Range>, critical: Option<Range>| Thresholds { warning, critical };
    Limits {
        time: pair(args.whole.warning, args.whole.critical),
        dns: pair(given.dns_warning, given.dns_critical),
        connect: pair(given.connect_warning, given.connect_critical),
        greeting: pair(given.greeting_warning, given.greeting_critical),
        ehlo: pair(given.ehlo_warning, given.ehlo_critical),
        tls: pair(given.tls_warning, given.tls_critical),
        auth: pair(given.auth_warning, given.auth_critical),
        mail: pair(given.mail_warning, given.mail_critical),
        rcpt: pair(given.rcpt_warning, given.rcpt_critical),
        loss: pair(given.loss_warning, given.loss_critical),
    }
}

/// Nobody's address in a domain that is kept for examples (RFC 2606).
const FOREIGN_SENDER: &str = "relay-test@example.net";
/// Bytes that a compiled -R may take.
const MAX_REGEX: usize = 1 << 20;
