//! What to do, once it is certain that it can be done.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use mailhost_core::cli::ip_address;
use mailhost_core::contract::{Range, State, Thresholds, Unit};
use mailhost_core::net::{Family, ProxyVersion};
use mailhost_core::plugin::Failure;
use mailhost_core::smtp::{Credentials, Mechanism};
use mailhost_core::tls::{PeerName, TlsFacts, TlsVersion, Trust};
use regex_lite::{Regex, RegexBuilder};

use crate::args::{Args, Days, NAME_OF_HOST};
use crate::files::{open, read_password};

/// A check that makes sense.
#[derive(Debug)]
pub struct Config {
    pub(crate) place: Place,
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
    pub(crate) policy: CertificatePolicy,
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
}

/// Where the server is.
#[derive(Debug)]
pub(crate) enum Place {
    Host { name: String, port: u16, family: Family },
    Socket(PathBuf),
}

/// The PROXY header to send.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) version: ProxyVersion,
    /// The client to name; ourselves when absent.
    pub(crate) source: Option<SocketAddr>,
}

/// How TLS comes about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TlsUse {
    Implicit,
    None,
    Starttls,
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
        let tls = match (args.tls.starttls, args.tls.implicit) {
            (_, true) => TlsUse::Implicit,
            (true, false) => TlsUse::Starttls,
            (false, false) => TlsUse::None,
        };
        let place = place(args)?;
        refuse_contradictions(args, tls, &place)?;
        let dialogue = &args.dialogue;
        let asks_envelope =
            dialogue.from.is_some() || !dialogue.rcpt.is_empty() || dialogue.size.is_some();
        let sender = dialogue.from.clone();
        Ok(Self {
            all_addresses: args.target.all_addresses,
            source: args.target.source_address,
            attempts: args.target.attempts.unwrap_or(1),
            proxy: args.target.proxy.then(|| Proxy {
                version: args.target.proxy_version.unwrap_or(ProxyVersion::V1),
                source: args.target.proxy_source,
            }),
            lmtp: args.target.lmtp,
            fqdn: dialogue.fqdn.clone(),
            expect: dialogue.expect.clone(),
            expect_fqdn: dialogue.expect_fqdn.clone(),
            required_keywords: dialogue.require_keyword.clone(),
            forbidden_keywords: dialogue.forbid_keyword.clone(),
            tls,
            tls_required: args.tls.required,
            policy: policy(args, tls, &place)?,
            login: login(args)?,
            envelope: asks_envelope.then(|| Envelope {
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
            place,
        })
    }

    /// The target as the operator would name it.
    pub(crate) fn target(&self) -> String {
        match &self.place {
            Place::Host { name, port, .. } => host_and_port(name, *port),
            Place::Socket(path) => path.display().to_string(),
        }
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
        let trusted = tls.trust == Trust::Trusted && tls.name_matches != Some(false);
        match (&self.pin, tls.chain.first()) {
            (Some(pin), Some(leaf)) => !leaf.has_sha256(pin),
            (Some(_), None) => true,
            (None, _) => self.mistrust != State::Ok && !trusted,
        }
    }
}

/// The target of these options, as the operator would name it.
pub(crate) fn target(args: &Args) -> String {
    let host = &args.network.hostname;
    if host.starts_with('/') { host.clone() } else { host_and_port(host, port(args)) }
}

fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// 25 for SMTP, 465 where TLS begins with the first byte; for LMTP 24, because RFC 2033 section 5
/// keeps it away from 25.
fn port(args: &Args) -> u16 {
    let usual = match (args.tls.implicit, args.target.lmtp) {
        (true, _) => 465,
        (false, true) => 24,
        (false, false) => 25,
    };
    args.network.port.unwrap_or(usual)
}

fn usage(text: impl Into<String>) -> Failure {
    Failure::Usage(text.into())
}

fn place(args: &Args) -> Result<Place, Failure> {
    let network = &args.network;
    if network.hostname.starts_with('/') {
        if network.port.is_some() || network.ipv4 || network.ipv6 || args.target.all_addresses {
            return Err(usage(
                "a Unix socket has no port and no address: leave out -p, -4, -6 and --all-addresses",
            ));
        }
        return Ok(Place::Socket(PathBuf::from(&network.hostname)));
    }
    refuse_bad_host(&network.hostname)?;
    let name = network.hostname.trim_end_matches('.');
    let family = match (network.ipv4, network.ipv6, args.target.source_address) {
        (true, _, Some(IpAddr::V6(_))) | (_, true, Some(IpAddr::V4(_))) => {
            return Err(usage("--source-address is of the other family than -4 or -6 asks for"));
        }
        // From an address of one family there is no way to one of the other.
        (true, ..) | (_, false, Some(IpAddr::V4(_))) => Family::V4,
        (_, true, _) | (false, _, Some(IpAddr::V6(_))) => Family::V6,
        (false, false, None) => Family::Any,
    };
    Ok(Place::Host { name: name.to_owned(), port: port(args), family })
}

fn refuse_bad_host(given: &str) -> Result<(), Failure> {
    let name = given.trim_end_matches('.');
    let is_address = ip_address(name.split('%').next().unwrap_or(name)).is_ok();
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if is_address || (!name.is_empty() && name.chars().all(is_legal)) {
        return Ok(());
    }
    let hint = if name.contains(':') {
        "; a port goes with -p"
    } else if name.is_ascii() {
        ""
    } else {
        "; write an international name in its ASCII form (xn--...)"
    };
    let what = "for -H is not a host name, an address or an absolute path";
    Err(usage(format!("\"{given}\" {what}{hint}")))
}

fn refuse_contradictions(args: &Args, tls: TlsUse, place: &Place) -> Result<(), Failure> {
    let Args { target, dialogue, login, thresholds: limit, tls: on, .. } = args;
    let pair = |warning: Option<Range>, critical: Option<Range>| warning.or(critical).is_some();
    let asks_mail = dialogue.from.is_some() || !dialogue.rcpt.is_empty() || dialogue.size.is_some();
    let socket = matches!(place, Place::Socket(_));
    let nameless = socket && on.sni.as_deref().is_none_or(|name| name == NAME_OF_HOST);
    let without_tls = (tls == TlsUse::None, "needs TLS: add -S (STARTTLS) or --tls");
    let without_login = (login.user.is_none(), "needs a login: add -U");
    let without_mail = (!asks_mail, "needs -f, --rcpt or --size");
    let on_socket = (socket, "means nothing on a Unix socket");
    for (option, given, (refused, why)) in [
        ("-D", on.certificate.is_some(), without_tls),
        ("--verify", on.verify, without_tls),
        ("--verify", on.verify, (nameless, "needs a name on a Unix socket: add --sni NAME")),
        ("--ca-file", on.ca_file.is_some(), without_tls),
        ("--sni", on.sni.is_some(), without_tls),
        ("--tls-min", on.min.is_some(), without_tls),
        ("--pin", on.pin.is_some(), without_tls),
        ("--tls-required", on.required, (tls != TlsUse::Starttls, "needs -S (STARTTLS)")),
        ("--tls-warning", pair(limit.tls_warning, limit.tls_critical), without_tls),
        ("--auth-warning", pair(limit.auth_warning, limit.auth_critical), without_login),
        ("--mail-warning", pair(limit.mail_warning, limit.mail_critical), without_mail),
        (
            "--rcpt-warning",
            pair(limit.rcpt_warning, limit.rcpt_critical),
            (dialogue.rcpt.is_empty(), "needs --rcpt"),
        ),
        (
            "--loss-warning",
            pair(limit.loss_warning, limit.loss_critical),
            (target.attempts.is_none_or(|attempts| attempts < 2), "needs --attempts of 2 or more"),
        ),
        ("--dns-warning", pair(limit.dns_warning, limit.dns_critical), on_socket),
        ("--source-address", target.source_address.is_some(), on_socket),
        ("--proxy-source", target.proxy_source.is_some(), on_socket),
        (
            "--open-relay",
            dialogue.open_relay.is_some(),
            (login.user.is_some(), "asks as a stranger and -U logs in: make two checks of them"),
        ),
    ] {
        if given && refused {
            return Err(usage(format!("the option {option} {why}")));
        }
    }
    Ok(())
}

fn policy(args: &Args, tls: TlsUse, place: &Place) -> Result<CertificatePolicy, Failure> {
    let named = args.tls.sni.as_deref();
    let peer = match (named.filter(|name| *name != NAME_OF_HOST), place) {
        (Some(name), _) => peer_name(name.trim_end_matches('.')),
        (None, Place::Host { name, .. }) => peer_name(name),
        (None, Place::Socket(_)) => PeerName::Nothing,
    };
    let asked = args.tls.certificate.is_some() || args.tls.verify || args.tls.ca_file.is_some();
    let submission = matches!(place, Place::Host { port: 465 | 587, .. });
    let mistrust = if tls == TlsUse::Implicit || submission {
        State::Critical
    } else if asked {
        State::Warning
    } else {
        State::Ok
    };
    if let Some(file) = &args.tls.ca_file {
        open(file)?;
    }
    let days = args.tls.certificate.unwrap_or(Days { warning: 14, critical: 7 });
    let at_least = |days: u32| Range::parse(&format!("{days}d:"), Unit::Seconds).ok();
    Ok(CertificatePolicy {
        peer,
        ca_file: args.tls.ca_file.clone(),
        left: Thresholds { warning: at_least(days.warning), critical: at_least(days.critical) },
        mistrust,
        tls_min: args.tls.min.unwrap_or(TlsVersion::Tls12),
        pin: args.tls.pin.clone(),
    })
}

fn peer_name(name: &str) -> PeerName {
    match ip_address(name) {
        Ok(address) => PeerName::Ip(address),
        Err(_) => PeerName::Dns(name.to_owned()),
    }
}

fn login(args: &Args) -> Result<Option<Login>, Failure> {
    let Some(user) = args.login.user.clone() else {
        return Ok(None);
    };
    let password = match (&args.login.password_file, &args.login.password) {
        (Some(file), _) => read_password(file)?,
        (None, Some(password)) => password.clone(),
        (None, None) => std::env::var("MAILHOST_PASSWORD")
            .ok()
            .filter(|password| !password.is_empty())
            .ok_or_else(|| {
                usage(
                    "-U needs a password: --password-file, or MAILHOST_PASSWORD in the environment",
                )
            })?,
    };
    if [&user, &password].iter().any(|text| text.contains('\0')) {
        return Err(usage("user and password cannot hold a zero byte"));
    }
    Ok(Some(Login {
        mechanism: args.login.auth,
        credentials: Credentials { user, password },
        from_argv: args.login.password.is_some(),
    }))
}

fn commands(
    commands: &[String],
    expected: &[String],
) -> Result<Vec<(String, Option<Regex>)>, Failure> {
    if expected.len() > commands.len() {
        return Err(usage("more -R than -C: each -R is for the -C of the same place"));
    }
    let mut pairs = Vec::with_capacity(commands.len());
    for (at, command) in commands.iter().enumerate() {
        let regex = expected
            .get(at)
            .map(|text| RegexBuilder::new(text).multi_line(true).build())
            .transpose()
            .map_err(|error| usage(format!("\"{}\" for -R: {error}", expected[at])))?;
        pairs.push((command.clone(), regex));
    }
    Ok(pairs)
}

fn limits(args: &Args) -> Limits {
    let given = &args.thresholds;
    let pair = |warning: Option<Range>, critical: Option<Range>| Thresholds { warning, critical };
    Limits {
        time: pair(given.warning, given.critical),
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
