//! Options turned into a configuration that cannot be wrong.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use mailhost_core::cli::{absolute_path, ip_address};
use mailhost_core::contract::State;
use mailhost_core::mail::Domain;
use mailhost_core::mail::spf::Mailbox;
use mailhost_core::plugin::Failure;

use crate::args::{Args, Part, RequiredPolicy};
use crate::dmarc::Policy;
use crate::selector::{Purpose, Selector};

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) domain: Option<Domain>,
    /// Whether the keys are looked at.
    pub(crate) dkim: bool,
    /// Whether the policy is looked at.
    pub(crate) dmarc: bool,
    pub(crate) parked: bool,
    pub(crate) consistency: bool,
    /// Those that were named.
    pub(crate) selectors: Vec<Selector>,
    /// Files that name more of them.
    pub(crate) key_tables: Vec<PathBuf>,
    pub(crate) guess: bool,
    /// In seconds.
    pub(crate) max_key_age: Option<f64>,
    pub(crate) required_policy: Option<Policy>,
    pub(crate) expected_record: Option<String>,
    /// The selector of the BIMI record, where that is looked at.
    pub(crate) bimi: Option<String>,
    pub(crate) message: Option<Message>,
    pub(crate) nameservers: Vec<SocketAddr>,
    pub(crate) state_dir: Option<PathBuf>,
    /// The state of a domain whose servers fail, and of one whose servers say nothing, where it is not
    /// the usual one.
    pub(crate) when_unreachable: Option<State>,
    pub(crate) when_silent: Option<State>,
}

/// A message that is verified.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// The client that SPF is evaluated for.
    pub(crate) ip: Option<IpAddr>,
    pub(crate) sender: Sender,
    pub(crate) helo: Option<String>,
}

/// Who sent a message, in the envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sender {
    Mailbox(Mailbox),
    /// Nobody, as with bounces.
    Null,
    /// Whom its Return-Path names.
    ReturnPath,
}

impl Config {
    /// Reads the options.
    ///
    /// # Errors
    /// [`Failure::Usage`] for options that contradict each other or that nothing would come of.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        refuse(args)?;
        let domain = args.target.domain.as_deref().map(Domain::parse).transpose()?;
        let looks_at = |part| domain.is_some() && args.target.only.is_none_or(|only| only == part);
        let selectors = match &domain {
            Some(domain) => named(args, domain)?,
            None => Vec::new(),
        };
        Ok(Self {
            dkim: looks_at(Part::Dkim),
            dmarc: looks_at(Part::Dmarc),
            parked: args.target.parked,
            consistency: args.target.consistency,
            selectors,
            key_tables: args.dkim.key_table.clone(),
            guess: args.dkim.guess,
            max_key_age: args.dkim.max_key_age,
            required_policy: args.dmarc.require_policy.map(|required| match required {
                RequiredPolicy::Quarantine => Policy::Quarantine,
                RequiredPolicy::Reject => Policy::Reject,
            }),
            expected_record: args.dmarc.expect_record.clone(),
            bimi: args.dmarc.bimi.clone(),
            message: message(args)?,
            nameservers: args.dns.nameserver.clone(),
            state_dir: args.state.state_dir.clone(),
            when_unreachable: args.general.unreachable_state,
            when_silent: args.general.timeout().state.or(args.general.unreachable_state),
            domain,
        })
    }
}

/// The selectors that were named, with what is expected of them.
fn named(args: &Args, domain: &Domain) -> Result<Vec<Selector>, Failure> {
    let mut selectors = Vec::new();
    for text in &args.dkim.selector {
        add(&mut selectors, selector("--selector", text, domain, Purpose::Signs)?)?;
    }
    for text in &args.dkim.retired {
        add(&mut selectors, selector("--retired", text, domain, Purpose::Retired)?)?;
    }
    for text in &args.dkim.expect_fingerprint {
        let (selector, digits) = of_selector("--expect-fingerprint", text, &mut selectors)?;
        once("--expect-fingerprint", selector, selector.expected.is_some())?;
        selector.expected = Some(fingerprint(digits)?);
    }
    for text in &args.dkim.key_file {
        let (selector, file) = of_selector("--key-file", text, &mut selectors)?;
        once("--key-file", selector, selector.key_file.is_some())?;
        let file = absolute_path(file);
        let file = file.map_err(|why| Failure::usage(format!("--key-file {text}: {why}")))?;
        selector.key_file = Some(file);
    }
    Ok(selectors)
}

/// Options that nothing would come of.
fn refuse(args: &Args) -> Result<(), Failure> {
    let target = &args.target;
    for (option, given) in [("-w", &target.warning), ("-c", &target.critical)] {
        if given.is_some() {
            return Err(Failure::usage(format!(
                "{option} has no number to hold here; there are --require-policy, --max-key-age and \
                 --severity"
            )));
        }
    }
    let (of_dkim, of_dmarc) = (of_dkim(args), of_dmarc(args));
    let of_both = [("--only", target.only.is_some()), ("--consistency", target.consistency)];
    let given = |options: &[(&'static str, bool)]| {
        options.iter().find(|(_, given)| *given).map(|(option, _)| *option)
    };
    if target.domain.is_none() {
        if args.message.file.is_none() {
            return Err(Failure::usage(
                "the domain is missing: give -d, or a message with --message",
            ));
        }
        if let Some(option) = given(&[&of_both[..], &of_dkim, &of_dmarc].concat()) {
            return Err(Failure::usage(format!("{option} needs a domain: give -d")));
        }
    }
    if let Some(option) = given(&of_dkim).filter(|_| target.only == Some(Part::Dmarc)) {
        return Err(Failure::usage(format!(
            "{option} is about DKIM, which --only dmarc leaves out"
        )));
    }
    if let Some(option) = given(&of_dmarc).filter(|_| target.only == Some(Part::Dkim)) {
        return Err(Failure::usage(format!(
            "{option} is about DMARC, which --only dkim leaves out"
        )));
    }
    if args.dkim.max_key_age.is_some() && !of_dkim[..3].iter().any(|(_, given)| *given) {
        return Err(Failure::usage(
            "--max-key-age needs selectors: give --selector, --key-table or --guess",
        ));
    }
    if let Some(selector) = args.dmarc.bimi.as_ref().filter(|selector| !is_selector(selector)) {
        return Err(Failure::usage(format!("\"{selector}\" for --bimi is not SELECTOR")));
    }
    Ok(())
}

/// Which options about DKIM are given; those that name selectors first.
fn of_dkim(args: &Args) -> [(&'static str, bool); 7] {
    let dkim = &args.dkim;
    [
        ("--selector", !dkim.selector.is_empty()),
        ("--key-table", !dkim.key_table.is_empty()),
        ("--guess", dkim.guess),
        ("--retired", !dkim.retired.is_empty()),
        ("--expect-fingerprint", !dkim.expect_fingerprint.is_empty()),
        ("--key-file", !dkim.key_file.is_empty()),
        ("--max-key-age", dkim.max_key_age.is_some()),
    ]
}

/// Which options about DMARC are given.
fn of_dmarc(args: &Args) -> [(&'static str, bool); 4] {
    let dmarc = &args.dmarc;
    [
        ("--require-policy", dmarc.require_policy.is_some()),
        ("--expect-record", dmarc.expect_record.is_some()),
        ("--bimi", dmarc.bimi.is_some()),
        ("--parked", args.target.parked),
    ]
}

/// Reads `SELECTOR[@DOMAIN]`.
fn selector(option: &str, text: &str, of: &Domain, purpose: Purpose) -> Result<Selector, Failure> {
    let wrong =
        || Failure::usage(format!("\"{text}\" for {option} is not SELECTOR or SELECTOR@DOMAIN"));
    let (name, domain) = match text.split_once('@') {
        Some((name, domain)) => (name, Domain::parse(domain).map_err(|_| wrong())?.name),
        None => (text, of.name.clone()),
    };
    if !is_selector(name) {
        return Err(wrong());
    }
    let foreign = domain != of.name;
    Ok(Selector { domain, foreign, ..Selector::new(name, of, purpose) })
}

/// Whether a text can be a selector: one or more labels (RFC 6376 section 3.1), of characters that
/// somebody could have chosen.
pub(crate) fn is_selector(text: &str) -> bool {
    text.split('.').all(|label| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        inner && label.len() <= 63 && edge(label.chars().next()) && edge(label.chars().last())
    })
}

fn add(selectors: &mut Vec<Selector>, more: Selector) -> Result<(), Failure> {
    match selectors.iter().find(|it| it.is_same(&more)) {
        Some(before) if before.purpose != more.purpose => Err(Failure::usage(format!(
            "{} is given with --selector and with --retired",
            more.text()
        ))),
        Some(_) => Ok(()),
        None => {
            selectors.push(more);
            Ok(())
        }
    }
}

/// The selector that `[SELECTOR=]VALUE` is about, and the value.
fn of_selector<'a, 'b>(
    option: &str,
    text: &'a str,
    selectors: &'b mut [Selector],
) -> Result<(&'b mut Selector, &'a str), Failure> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) if !name.starts_with('/') => (Some(name), value),
        _ => (None, text),
    };
    let mut signing: Vec<&mut Selector> = selectors
        .iter_mut()
        .filter(|it| it.purpose == Purpose::Signs)
        .filter(|it| name.is_none_or(|name| it.text().eq_ignore_ascii_case(name)))
        .collect();
    match (signing.pop(), signing.is_empty(), name) {
        (Some(selector), true, _) => Ok((selector, value)),
        (None, _, Some(name)) => Err(Failure::usage(format!(
            "{option} is about the selector {name}, which --selector does not name"
        ))),
        (None, _, None) => {
            Err(Failure::usage(format!("{option} needs the selector: give it with --selector")))
        }
        _ => Err(Failure::usage(format!("{option} has to say which selector: SELECTOR=..."))),
    }
}

/// A selector has one key, so that two that are expected contradict each other.
fn once(option: &str, selector: &Selector, before: bool) -> Result<(), Failure> {
    if before {
        let selector = selector.text();
        return Err(Failure::usage(format!("{option} is given twice for the selector {selector}")));
    }
    Ok(())
}

fn fingerprint(text: &str) -> Result<String, Failure> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::usage(format!(
            "\"{text}\" for --expect-fingerprint is not a SHA-256 digest of 64 hex digits"
        )));
    }
    Ok(digits.to_ascii_lowercase())
}

fn message(args: &Args) -> Result<Option<Message>, Failure> {
    let options = &args.message;
    let Some(file) = options.file.clone() else { return Ok(None) };
    let address = |text: &String| {
        let read = ip_address(text).map(|address| address.to_canonical());
        read.map_err(|_| Failure::usage(format!("\"{text}\" for --ip is not an IP address")))
    };
    let sender = match options.envelope_from.as_deref().map(Mailbox::parse) {
        Some(Some(mailbox)) => Sender::Mailbox(mailbox),
        Some(None) => Sender::Null,
        None => Sender::ReturnPath,
    };
    if sender == Sender::Null && options.helo.is_none() {
        return Err(Failure::usage(
            "the null sender has no domain; give the name in HELO with --helo",
        ));
    }
    let ip = options.ip.as_ref().map(address).transpose()?;
    Ok(Some(Message { file, ip, sender, helo: options.helo.clone() }))
}
