//! Options turned into a configuration that cannot be wrong.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use mailhost_core::cli::ip_address;
use mailhost_core::contract::{Range, State, Thresholds, Unit};
use mailhost_core::dns::Name;
use mailhost_core::mail::spf::{Client, Mailbox, SpfResult};
use mailhost_core::mail::{Domain, Network};
use mailhost_core::plugin::Failure;

use crate::args::{Args, Part};

/// What to look at, and what to make of it.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) domain: Option<Domain>,
    /// Whether the mail exchangers are looked at.
    pub(crate) mx: bool,
    /// Whether the policy is audited.
    pub(crate) spf: bool,
    pub(crate) parked: bool,
    pub(crate) consistency: bool,
    /// Empty when nothing is expected.
    pub(crate) expected_mx: Vec<ExpectedMx>,
    pub(crate) mx_count: Thresholds,
    pub(crate) lookups: Thresholds,
    pub(crate) expected_record: Option<String>,
    /// In seconds.
    pub(crate) max_record_age: Option<f64>,
    /// Whom SPF is evaluated for, and the result that is right.
    pub(crate) client: Option<Client>,
    pub(crate) expected_result: Option<SpfResult>,
    /// What must pass, for each of [`Self::identities`].
    pub(crate) covered: Vec<Network>,
    pub(crate) covers_mx: bool,
    pub(crate) forbidden: Vec<IpAddr>,
    pub(crate) helo: Option<String>,
    pub(crate) nameservers: Vec<SocketAddr>,
    pub(crate) state_dir: Option<PathBuf>,
    /// The state of a domain whose servers fail, and of one whose servers say nothing.
    pub(crate) when_unreachable: State,
    pub(crate) when_silent: State,
}

/// One of `--expect-mx`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ExpectedMx {
    pub(crate) preference: Option<u16>,
    pub(crate) host: Name,
    pub(crate) address: Option<IpAddr>,
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
        let policy = &args.policy;
        let up_to = |most| Some(Range::at_most(most, Unit::Count));
        let lists = |lists: &[String]| -> Vec<String> {
            let parts = lists.iter().flat_map(|list| list.split(','));
            parts.map(|part| part.trim().to_owned()).collect()
        };
        let networks = lists(&policy.covers);
        let forbidden = lists(&policy.forbid_ip);
        Ok(Self {
            mx: looks_at(Part::Mx),
            spf: looks_at(Part::Spf),
            parked: args.target.parked,
            consistency: args.target.consistency,
            expected_mx: args
                .mx
                .expect_mx
                .iter()
                .map(|it| expected_mx(it))
                .collect::<Result<_, _>>()?,
            mx_count: Thresholds { warning: args.mx.mx_count, critical: None },
            lookups: Thresholds {
                warning: policy.warning.or(up_to(9.0)),
                critical: policy.critical.or(up_to(10.0)),
            },
            expected_record: policy.expect_record.clone(),
            max_record_age: policy.max_record_age,
            client: client(args, domain.as_ref())?,
            expected_result: args.client.expect_result.as_deref().map(result).transpose()?,
            covered: networks.iter().map(|it| network(it)).collect::<Result<_, _>>()?,
            covers_mx: policy.covers_mx,
            forbidden: forbidden
                .iter()
                .map(|it| address("--forbid-ip", it))
                .collect::<Result<_, _>>()?,
            helo: args.client.helo.clone(),
            nameservers: args.dns.nameserver.clone(),
            state_dir: args.state.state_dir.clone(),
            when_unreachable: args.general.state_when_unreachable(),
            when_silent: args.general.state_when_silent(),
            domain,
        })
    }

    /// In whose names mail is sent that has to pass: the domain's, and the HELO name's where it is
    /// given. Each with the HELO name that goes with it.
    pub(crate) fn identities(&self) -> Vec<(Mailbox, String)> {
        let Some(domain) = &self.domain else { return Vec::new() };
        let helo = self.helo.as_deref();
        let of_domain = Mailbox::postmaster(&domain.text);
        let mut identities = vec![(of_domain, helo.unwrap_or(&domain.text).to_owned())];
        if let Some(helo) = helo.filter(|helo| !helo.eq_ignore_ascii_case(&domain.text)) {
            identities.push((Mailbox::postmaster(helo), helo.to_owned()));
        }
        identities
    }
}

/// Options that nothing would come of.
fn refuse(args: &Args) -> Result<(), Failure> {
    let (target, policy) = (&args.target, &args.policy);
    let only = |part| target.only == Some(part);
    let of_mx = [
        ("--expect-mx", !args.mx.expect_mx.is_empty()),
        ("--mx-count", args.mx.mx_count.is_some()),
    ];
    let of_spf = [
        ("-w", policy.warning.is_some()),
        ("-c", policy.critical.is_some()),
        ("--expect-record", policy.expect_record.is_some()),
        ("--max-record-age", policy.max_record_age.is_some()),
        ("--covers", !policy.covers.is_empty()),
        ("--covers-mx", policy.covers_mx),
        ("--forbid-ip", !policy.forbid_ip.is_empty()),
    ];
    let of_both = [
        ("--only", target.only.is_some()),
        ("--parked", target.parked),
        ("--consistency", target.consistency),
    ];
    let given = |options: &[(&'static str, bool)]| {
        options.iter().find(|(_, given)| *given).map(|(option, _)| *option)
    };
    if target.domain.is_none() {
        if args.client.ip.is_none() {
            return Err(Failure::usage(
                "the domain is missing: give -d, or --ip with --sender or --helo",
            ));
        }
        if let Some(option) = given(&[&of_both[..], &of_mx, &of_spf].concat()) {
            return Err(Failure::usage(format!("{option} needs a domain: give -d")));
        }
    }
    if let Some(option) = given(&of_mx).filter(|_| only(Part::Spf)) {
        return Err(Failure::usage(format!("{option} is about MX, which --only spf leaves out")));
    }
    let of_spf = [&of_spf[..], &[("--ip", args.client.ip.is_some())]].concat();
    if let Some(option) = given(&of_spf).filter(|_| only(Part::Mx)) {
        return Err(Failure::usage(format!("{option} is about SPF, which --only mx leaves out")));
    }
    let has_client = args.client.ip.is_some() || !policy.covers.is_empty() || policy.covers_mx;
    if args.client.helo.is_some() && !has_client && policy.forbid_ip.is_empty() {
        return Err(Failure::usage("--helo needs --ip, --covers, --covers-mx or --forbid-ip"));
    }
    Ok(())
}

/// Reads `[PREF:]HOST[=ADDRESS]`.
fn expected_mx(text: &str) -> Result<ExpectedMx, Failure> {
    let wrong = || Failure::usage(format!("\"{text}\" for --expect-mx is not [PREF:]HOST[=IP]"));
    let (rest, address) = match text.split_once('=') {
        Some((rest, address)) => (rest, Some(ip_address(address).map_err(|_| wrong())?)),
        None => (text, None),
    };
    let (preference, host) = match rest.split_once(':') {
        Some((preference, host)) => (Some(preference.parse().map_err(|_| wrong())?), host),
        None => (None, rest),
    };
    if host.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)) {
        return Err(wrong());
    }
    let host = Name::from_text(host).map_err(|_| wrong())?;
    Ok(ExpectedMx { preference, host, address })
}

fn client(args: &Args, domain: Option<&Domain>) -> Result<Option<Client>, Failure> {
    let Some(ip) = args.client.ip.as_deref() else { return Ok(None) };
    let ip = address("--ip", ip)?;
    let helo = args.client.helo.as_deref();
    let sender = match (args.client.sender.as_deref(), domain) {
        (Some(sender), _) => Mailbox::parse(sender),
        (None, Some(domain)) => Some(Mailbox::postmaster(&domain.text)),
        // The HELO identity (RFC 7208 section 2.3) is that of the null sender.
        (None, None) => None,
    };
    let of_sender = sender.as_ref().map(|sender| sender.domain.clone());
    let of_domain = domain.map(|domain| domain.text.clone());
    let Some(helo) = helo.map(ToOwned::to_owned).or(of_sender).or(of_domain) else {
        return Err(Failure::usage("--ip needs a domain to evaluate: give -d, --sender or --helo"));
    };
    Ok(Some(Client::new(ip, sender, &helo)))
}

fn result(text: &str) -> Result<SpfResult, Failure> {
    let is_it = |result: &SpfResult| result.name().eq_ignore_ascii_case(text);
    SpfResult::ALL.into_iter().find(is_it).ok_or_else(|| {
        let names: Vec<&str> = SpfResult::ALL.iter().map(|result| result.name()).collect();
        Failure::usage(format!("\"{text}\" for --expect-result is none of {}", names.join(", ")))
    })
}

fn address(option: &str, text: &str) -> Result<IpAddr, Failure> {
    let read = ip_address(text).map(|address| address.to_canonical());
    read.map_err(|_| Failure::usage(format!("\"{text}\" for {option} is not an IP address")))
}

fn network(text: &str) -> Result<Network, Failure> {
    Network::parse(text).ok_or_else(|| {
        Failure::usage(format!("\"{text}\" for --covers is not an IP address or a network"))
    })
}
