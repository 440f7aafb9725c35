//! The options. Their long names and letters mean what `check_smtp` means by them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;

use clap::Parser;
use mailhost_core::cli::{
    Dns, General, Network, StateDirectory, ip_address, percent, seconds, text,
};
use mailhost_core::contract::{Range, Unit, parse_quantity};
use mailhost_core::net::ProxyVersion;
use mailhost_core::plugin::{self, Options};
use mailhost_core::smtp::Mechanism;
use mailhost_core::tls::TlsVersion;

/// Is the mail server's door open, quick, encrypted and honest?
///
/// Alerts when the server cannot be connected to, does not greet with 220, refuses what it is asked
/// (EHLO, STARTTLS, AUTH, MAIL, RCPT), shows a certificate that is expired or about to, or takes
/// longer than allowed. Never sends a message.
#[derive(Debug, Parser)]
#[command(name = "check_smtp_banner", version)]
pub struct Args {
    #[command(flatten)]
    pub(crate) network: Network,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    pub(crate) domain: MailDomain,
    #[command(flatten)]
    pub(crate) dialogue: Dialogue,
    #[command(flatten)]
    pub(crate) login: Login,
    #[command(flatten)]
    pub(crate) tls: Tls,
    #[command(flatten)]
    pub(crate) tls_limits: TlsLimits,
    #[command(flatten)]
    pub(crate) whole: Whole,
    #[command(flatten)]
    pub(crate) thresholds: Thresholds,
    #[command(flatten)]
    pub(crate) dns: Dns,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
    #[command(flatten)]
    pub(crate) general: General,
}

/// The options that most checks do with: clap takes a thousand instructions and more for each that it
/// knows. Reading anew with all of them takes more, so [`needs_all`] knows most of the others too.
#[derive(Debug, Parser)]
#[command(name = "check_smtp_banner", version)]
struct OfOneHost {
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    dialogue: Dialogue,
    #[command(flatten)]
    login: Login,
    #[command(flatten)]
    tls: Tls,
    #[command(flatten)]
    whole: Whole,
    #[command(flatten)]
    general: General,
}

impl From<OfOneHost> for Args {
    fn from(given: OfOneHost) -> Self {
        let OfOneHost { network, target, dialogue, login, tls, whole, general } = given;
        Self {
            network,
            target,
            way: Way::default(),
            domain: MailDomain::default(),
            dialogue,
            login,
            tls,
            tls_limits: TlsLimits::default(),
            whole,
            thresholds: Thresholds::default(),
            dns: Dns { nameserver: Vec::new() },
            state: StateDirectory { state_dir: None },
            general,
        }
    }
}

/// Whether a word is likely to be an option that is not among the few.
fn needs_all(word: &OsStr) -> bool {
    let word = word.as_encoded_bytes();
    let is_one = |option: &&str| word.starts_with(option.as_bytes());
    let is_of_a_stage = |end: &[u8]| word.get(2..).is_some_and(|rest| contains(rest, end));
    word.starts_with(b"-d")
        || word.starts_with(b"--")
            && (OF_ALL.iter().any(is_one)
                || is_of_a_stage(b"-warning")
                || is_of_a_stage(b"-critical"))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

impl Options for Args {
    fn quickly(args: &[OsString]) -> Option<Self> {
        // Nobody writes so many, and they would be in memory twice.
        if args.len() > MANY_WORDS || args.iter().any(|word| needs_all(word)) {
            return None;
        }
        let given: OfOneHost = plugin::parse(args.iter().cloned()).ok()?;
        given.network.hostname.is_some().then(|| given.into())
    }

    fn general(&self) -> &General {
        &self.general
    }

    fn target(&self) -> String {
        let Some(host) = &self.network.hostname else {
            return self.domain.domain.clone().unwrap_or_default();
        };
        let port = self.port();
        if host.starts_with('/') {
            host.clone()
        } else if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }
}

impl Args {
    /// Whether STARTTLS is to be used: DANE and MTA-STS are about nothing else.
    pub(crate) fn starttls(&self) -> bool {
        let wanted = self.domain.dane || self.domain.mta_sts;
        self.tls.starttls || (wanted && !self.tls.implicit)
    }

    /// 25 for SMTP, 465 where TLS begins with the first byte; for LMTP 24, because RFC 2033 section
    /// 5 keeps it away from 25.
    pub(crate) fn port(&self) -> u16 {
        let usual = match (self.tls.implicit, self.target.lmtp) {
            (true, _) => 465,
            (false, true) => 24,
            (false, false) => 25,
        };
        self.network.port.unwrap_or(usual)
    }
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// Check every address of the host; the worst counts.
    #[arg(long)]
    pub(crate) all_addresses: bool,

    /// Speak LMTP (LHLO) instead of SMTP.
    #[arg(short = 'L', long)]
    pub(crate) lmtp: bool,

    /// Send a PROXY protocol header first.
    #[arg(short = 'r', long)]
    pub(crate) proxy: bool,
}

/// How the host is connected to, where that matters.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Target")]
pub(crate) struct Way {
    /// Connect from this address.
    #[arg(long, value_name = "IP", value_parser = ip_address)]
    pub(crate) source_address: Option<IpAddr>,

    /// Connect this often, and report loss and round-trip times; the last is used [default: 1].
    #[arg(long, value_name = "N", value_parser = attempts)]
    pub(crate) attempts: Option<u32>,

    /// Version of that header, 1 or 2 [default: 1].
    #[arg(long, value_name = "N", value_parser = proxy_version, requires = "proxy")]
    pub(crate) proxy_version: Option<ProxyVersion>,

    /// Client address to give in that header [default: our own].
    #[arg(long, value_name = "IP[:PORT]", value_parser = proxy_source, requires = "proxy")]
    pub(crate) proxy_source: Option<SocketAddr>,
}

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Domain")]
pub(crate) struct MailDomain {
    /// Check every mail exchanger of this domain on every address, instead of one host; a name in
    /// another script in its ASCII form (xn--...).
    #[arg(short, long, value_name = "DOMAIN", conflicts_with = "hostname")]
    pub(crate) domain: Option<String>,

    /// How many mail exchangers have to work: fewer are CRITICAL, and what is wrong with the others is
    /// a WARNING [default: all].
    #[arg(long, value_name = "NUMBER", value_parser = quorum)]
    pub(crate) quorum: Option<NonZeroUsize>,

    /// Hold the certificates against TLSA records, as senders with DANE do. With -H too; means -S
    /// unless --tls.
    #[arg(long)]
    pub(crate) dane: bool,

    /// Look at the domain's MTA-STS policy, and hold its mail exchangers against it; means -S unless
    /// --tls.
    #[arg(long)]
    pub(crate) mta_sts: bool,

    /// Fetch the policy from this address [default: that of mta-sts.DOMAIN, port 443].
    #[arg(long, value_name = "IP[:PORT]", value_parser = web_address, requires = "mta_sts")]
    pub(crate) mta_sts_address: Option<SocketAddr>,

    /// Look at the record that says where reports on TLS go.
    #[arg(long)]
    pub(crate) tls_rpt: bool,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Dialogue")]
pub(crate) struct Dialogue {
    /// Text that the first line of the greeting must contain.
    #[arg(short, long, value_name = "TEXT", value_parser = text)]
    pub(crate) expect: Option<String>,

    /// Host name that the greeting must begin with.
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub(crate) expect_fqdn: Option<String>,

    /// Name to say in EHLO [default: this machine's full name, or its address].
    #[arg(short = 'F', long, value_name = "NAME", value_parser = word)]
    pub(crate) fqdn: Option<String>,

    /// Keyword that the EHLO reply must have. Repeatable.
    #[arg(long, value_name = "KEYWORD", value_parser = word)]
    pub(crate) require_keyword: Vec<String>,

    /// Keyword that the EHLO reply must not have. Repeatable.
    #[arg(long, value_name = "KEYWORD", value_parser = word)]
    pub(crate) forbid_keyword: Vec<String>,

    /// Say MAIL FROM with this address (<> is the null sender).
    #[arg(short, long, value_name = "ADDRESS", value_parser = sender)]
    pub(crate) from: Option<String>,

    /// Ask whether this recipient would be taken. Repeatable.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) rcpt: Vec<String>,

    /// Ask whether a message of this size would be taken (bytes, or with kB MB MiB ...).
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) size: Option<u64>,

    /// Ask whether strangers' mail to strangers is taken from here; it must not be.
    #[arg(long, value_name = "ADDRESS", value_parser = address, num_args = 0..=1)]
    #[arg(default_missing_value = FOREIGN_RECIPIENT)]
    pub(crate) open_relay: Option<String>,

    /// Send this command after MAIL and RCPT. Repeatable.
    #[arg(short = 'C', long, value_name = "COMMAND", value_parser = command)]
    pub(crate) command: Vec<String>,

    /// Regular expression for the reply to the -C of the same place. Repeatable.
    #[arg(short = 'R', long, value_name = "REGEX", value_parser = expression)]
    pub(crate) response: Vec<String>,

    /// Do not mind an unanswered QUIT.
    #[arg(short = 'q', long)]
    pub(crate) ignore_quit_failure: bool,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Login")]
pub(crate) struct Login {
    /// plain, login, cram-md5 or xoauth2 [default: the best offered].
    #[arg(short = 'A', long, value_name = "MECHANISM", alias = "authtype")]
    #[arg(value_parser = mechanism, requires = "user")]
    pub(crate) auth: Option<Mechanism>,

    /// User to log in as.
    #[arg(short = 'U', long, value_name = "NAME", alias = "authuser", value_parser = text)]
    pub(crate) user: Option<String>,

    /// File whose first line is the password (xoauth2: the access token).
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with = "password")]
    pub(crate) password_file: Option<PathBuf>,

    /// The password itself: seen by every local user. Better a file, or the environment's
    /// `MAILHOST_PASSWORD`.
    #[arg(short = 'P', long, value_name = "PASSWORD", alias = "authpass")]
    #[arg(value_parser = text, requires = "user", allow_hyphen_values = true)]
    pub(crate) password: Option<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "TLS")]
pub(crate) struct Tls {
    /// Go over to TLS with STARTTLS.
    #[arg(short = 'S', long, conflicts_with = "implicit")]
    pub(crate) starttls: bool,

    /// Speak TLS from the first byte on (port 465).
    #[arg(short = 's', long = "tls", alias = "ssl")]
    pub(crate) implicit: bool,

    /// Days a certificate must be valid at least [default with TLS: 14,7].
    #[arg(short = 'D', long, value_name = "WARN[,CRIT]", value_parser = days)]
    pub(crate) certificate: Option<Days>,

    /// Alert on an untrusted chain and a wrong name on every port.
    #[arg(long)]
    pub(crate) verify: bool,

    /// Trust this CA certificate instead of the machine's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Name to send as SNI and to hold the certificate against [default: -H].
    #[arg(long, value_name = "NAME", value_parser = server_name, num_args = 0..=1)]
    #[arg(default_missing_value = NAME_OF_HOST)]
    pub(crate) sni: Option<String>,
}

/// What TLS is held to besides.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsLimits {
    /// Oldest TLS version that will do [default: 1.2].
    #[arg(long = "tls-min", value_name = "VERSION")]
    pub(crate) min: Option<TlsVersion>,

    /// SHA-256 of the certificate or of its public key, in hex.
    #[arg(long, value_name = "SHA256", value_parser = pin)]
    pub(crate) pin: Option<String>,

    /// With -S: MAIL and AUTH before TLS must be refused.
    #[arg(long = "tls-required")]
    pub(crate) required: bool,
}

/// A warning and a critical range for the whole run.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Thresholds (RANGE of time: 0.5, 500ms, 1:5)")]
pub(crate) struct Whole {
    /// The whole run: WARNING outside this range.
    #[arg(short, long, value_name = "RANGE", value_parser = seconds)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) warning: Option<Range>,
    /// The whole run: CRITICAL outside this range.
    #[arg(short, long, value_name = "RANGE", value_parser = seconds)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) critical: Option<Range>,
}

/// The same for each stage. Written out rather than made by a macro: this is where --help comes from.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Thresholds (RANGE of time: 0.5, 500ms, 1:5)")]
pub(crate) struct Thresholds {
    /// Resolving the name: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) dns_warning: Option<Range>,
    /// Resolving the name: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) dns_critical: Option<Range>,
    /// Connecting: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) connect_warning: Option<Range>,
    /// Connecting: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) connect_critical: Option<Range>,
    /// From the connection to the greeting: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) greeting_warning: Option<Range>,
    /// From the connection to the greeting: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) greeting_critical: Option<Range>,
    /// EHLO, both times with STARTTLS: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) ehlo_warning: Option<Range>,
    /// EHLO, both times with STARTTLS: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) ehlo_critical: Option<Range>,
    /// STARTTLS and the handshake: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) tls_warning: Option<Range>,
    /// STARTTLS and the handshake: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) tls_critical: Option<Range>,
    /// Logging in: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) auth_warning: Option<Range>,
    /// Logging in: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) auth_critical: Option<Range>,
    /// MAIL FROM: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) mail_warning: Option<Range>,
    /// MAIL FROM: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) mail_critical: Option<Range>,
    /// All RCPT TO: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) rcpt_warning: Option<Range>,
    /// All RCPT TO: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) rcpt_critical: Option<Range>,
    /// Connection attempts lost, in percent: WARNING outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) loss_warning: Option<Range>,
    /// Connection attempts lost, in percent: CRITICAL outside this range.
    #[arg(long, value_name = "RANGE", value_parser = percent, allow_hyphen_values = true)]
    pub(crate) loss_critical: Option<Range>,
}

impl Dialogue {
    /// Whether an option needs MAIL to be said.
    pub(crate) fn asks_mail(&self) -> bool {
        self.from.is_some() || !self.rcpt.is_empty() || self.size.is_some()
    }
}

/// The value of `-D`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Days {
    pub(crate) warning: u32,
    pub(crate) critical: u32,
}

fn quorum(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write how many have to work, from 1 on".to_owned())
}

fn attempts(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number @ 1..=100) => Ok(number),
        _ => Err("1 to 100 attempts".to_owned()),
    }
}

fn proxy_version(text: &str) -> Result<ProxyVersion, String> {
    match text {
        "1" => Ok(ProxyVersion::V1),
        "2" => Ok(ProxyVersion::V2),
        _ => Err("the PROXY protocol has the versions 1 and 2".to_owned()),
    }
}

fn proxy_source(text: &str) -> Result<SocketAddr, String> {
    text.parse().or_else(|_| ip_address(text).map(|ip| SocketAddr::new(ip, 0)))
}

fn web_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().or_else(|_| ip_address(text).map(|ip| SocketAddr::new(ip, HTTPS)))
}

fn mechanism(text: &str) -> Result<Mechanism, String> {
    [Mechanism::CramMd5, Mechanism::Login, Mechanism::Plain, Mechanism::Xoauth2]
        .into_iter()
        .find(|mechanism| mechanism.to_string().eq_ignore_ascii_case(text))
        .ok_or_else(|| "the mechanisms are plain, login, cram-md5 and xoauth2".to_owned())
}

/// `30`, or `30,10`; the first is the earlier alarm.
fn days(text: &str) -> Result<Days, String> {
    let (warning, critical) = text.split_once(',').unwrap_or((text, "0"));
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|days| *days <= 36_500)
            .ok_or_else(|| format!("\"{text}\" is not a number of days; write 14 or 14,7"))
    };
    let days = Days { warning: number(warning)?, critical: number(critical)? };
    if days.critical > days.warning {
        return Err(format!("the warning comes first: write {critical},{warning}"));
    }
    Ok(days)
}

fn size(text: &str) -> Result<u64, String> {
    let bytes = parse_quantity(text, Unit::Bytes).map_err(|error| error.to_string())?;
    if bytes < 1.0 || bytes.fract() != 0.0 {
        return Err("a size is a whole number of bytes above 0".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, 1 to 1e15")]
    Ok(bytes as u64)
}

/// Something that stands in a command as one word: no blank or control character may break out.
fn word(text: &str) -> Result<String, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("one word of ASCII without blanks is wanted".to_owned());
    }
    if text.len() > MAX_WORD {
        return Err(format!("more than {MAX_WORD} characters"));
    }
    Ok(text.to_owned())
}

/// A name that can stand in a certificate; a leading dot would match every name below it.
fn server_name(text: &str) -> Result<String, String> {
    if text.starts_with('.') {
        return Err("a name does not begin with a dot".to_owned());
    }
    word(text)
}

/// A mail address, with or without its angle brackets.
fn address(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    word(bare).map_err(|why| format!("not a mail address: {why}"))?;
    if bare.contains(['<', '>']) {
        return Err("not a mail address".to_owned());
    }
    Ok(bare.to_owned())
}

/// A mail address, or `<>` for the null sender.
fn sender(text: &str) -> Result<String, String> {
    if text == "<>" { Ok(String::new()) } else { address(text) }
}

/// A command of one line that leaves the dialogue as it is.
fn command(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if text.trim().is_empty() || !is_plain || text.len() > MAX_COMMAND {
        return Err(format!("a command is one line of ASCII of at most {MAX_COMMAND} characters"));
    }
    let verb = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        "DATA" | "BDAT" => Err("this check never sends a message".to_owned()),
        "STARTTLS" => Err("use -S for STARTTLS".to_owned()),
        "AUTH" => Err("use -U to log in: a secret in -C would be shown".to_owned()),
        "QUIT" => Err("QUIT is always said at the end".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Long enough for any reply, and too short to make a regular expression of any size.
fn expression(given: &str) -> Result<String, String> {
    if given.len() > MAX_COMMAND {
        return Err(format!("more than {MAX_COMMAND} characters"));
    }
    text(given)
}

/// 64 hex digits, with or without colons.
fn pin(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a SHA-256 digest has 64 hex digits; -vv shows the server's".to_owned());
    }
    Ok(digits.to_ascii_lowercase())
}

/// Stands for the value of `-H` where `--sni` has none of its own, as in `check_smtp`.
pub(crate) const NAME_OF_HOST: &str = "-H";
/// Nobody's address in a domain that is kept for examples (RFC 2606).
const FOREIGN_RECIPIENT: &str = "relay-test@example.com";
/// The port of web servers with TLS.
const HTTPS: u16 = 443;
/// Characters; a host name has at most 253, a mail address 254.
const MAX_WORD: usize = 255;
/// Characters of a command line without its end (RFC 5321 section 4.5.3.1.4).
const MAX_COMMAND: usize = 510;
/// Beginnings of options that are read with all the others.
const OF_ALL: &[&str] = &[
    "--attempts",
    "--dane",
    "--domain",
    "--pin",
    "--proxy-",
    "--source-address",
    "--tls-min",
    "--tls-required",
];
/// Words of a command line.
const MANY_WORDS: usize = 500;
