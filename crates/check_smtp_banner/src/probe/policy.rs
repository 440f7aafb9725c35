//! The MTA-STS policy, fetched from the domain's web server (RFC 8461 section 3.3).

use std::error::Error as _;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use mailhost_core::deadline::Deadline;
use mailhost_core::mail::mta_sts::{LARGEST_POLICY, Policy};
use mailhost_core::net::error_text;
use ureq::http::{HeaderMap, Response, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error};

use crate::facts::{FetchFault, WebAnswer};

/// A policy on its way. It is fetched on a thread of its own, which is left behind when the time is
/// up.
pub(super) struct Fetch(Receiver<Result<WebAnswer, FetchFault>>);

impl Fetch {
    /// Asks the web server of `host` at these addresses, one after the other until one accepts.
    pub(super) fn start(
        host: &str,
        addresses: Vec<SocketAddr>,
        trusted: Option<&[u8]>,
        deadline: &Deadline,
    ) -> Result<Self, FetchFault> {
        let left = deadline.remaining().map_err(|_| FetchFault::TimedOut)?;
        let agent = agent(left, trusted, addresses);
        let url = format!("https://{host}/.well-known/mta-sts.txt");
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::Builder::new()
            .spawn(move || {
                let _ = sender.send(fetch(&agent, &url));
                // The process ends soon, and taking a TLS context apart is work.
                std::mem::forget(agent);
            })
            .map_err(|error| FetchFault::Local(format!("starting a thread: {error}")))?;
        Ok(Self(receiver))
    }

    /// What came of it.
    pub(super) fn wait(self, deadline: &Deadline) -> Result<WebAnswer, FetchFault> {
        deadline.waiting_for("the MTA-STS policy");
        // What ended at the deadline gets a moment to say so.
        let left = deadline.remaining().unwrap_or_default() + MOMENT;
        self.0.recv_timeout(left).unwrap_or(Err(FetchFault::TimedOut))
    }
}

/// A client that does what senders do: no redirects, and a certificate that is good for the host.
fn agent(limit: Duration, trusted: Option<&[u8]>, addresses: Vec<SocketAddr>) -> Agent {
    let roots = match trusted {
        Some(pem) => RootCerts::new_with_certs(&certificates(pem)),
        None => RootCerts::PlatformVerifier,
    };
    let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy would see another network than senders do.
        .proxy(None)
        .timeout_global(Some(limit))
        .max_response_header_size(LARGEST_HEADER)
        .max_idle_connections(0)
        .user_agent(concat!("check_smtp_banner/", env!("CARGO_PKG_VERSION")))
        .accept("text/plain")
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Addresses(addresses))
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let items = parse_pem(pem).filter_map(Result::ok);
    let certificate = |item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    items.filter_map(certificate).collect()
}

fn fetch(agent: &Agent, url: &str) -> Result<WebAnswer, FetchFault> {
    let mut response = agent.get(url).call().map_err(|error| fault(&error))?;
    let status = response.status().as_u16();
    let policy = (status == 200).then(|| body(&mut response)).transpose()?;
    let header = |name| text(response.headers(), name);
    Ok(WebAnswer {
        status,
        location: header(header::LOCATION),
        content_type: header(header::CONTENT_TYPE),
        policy: policy.map(|body| Policy::parse(&body)),
    })
}

/// The body, or so much of it that it is seen to be too long.
fn body(response: &mut Response<Body>) -> Result<Vec<u8>, FetchFault> {
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST_POLICY).unwrap_or(u64::MAX) + 1;
    let read = response.body_mut().as_reader().take(most).read_to_end(&mut bytes);
    read.map_err(|error| fault(&Error::from(error)))?;
    Ok(bytes)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).chars().take(LONGEST_VALUE).collect())
}

fn fault(error: &Error) -> FetchFault {
    match error {
        Error::Timeout(_) => FetchFault::TimedOut,
        Error::Io(error) => FetchFault::Connection(error_text(error)),
        Error::NativeTls(error) => FetchFault::Tls(in_short(&error.to_string())),
        Error::Protocol(error) => FetchFault::Http(error.to_string()),
        other => FetchFault::Http(match other.source() {
            Some(source) => source.to_string(),
            None => other.to_string(),
        }),
    }
}

/// What OpenSSL means: the reason in brackets why a certificate is refused, or that of the error,
/// which stands behind a number, a library and a function.
fn in_short(text: &str) -> String {
    let refused = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let reason = refused.map(|(_, reason)| reason).or_else(|| text.split(':').nth(4));
    reason.unwrap_or(text).trim().to_owned()
}

/// Where to connect to, whatever the host is called.
#[derive(Debug)]
struct Addresses(Vec<SocketAddr>);

impl Resolver for Addresses {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut found = self.empty();
        for address in self.0.iter().take(MOST_ADDRESSES) {
            found.push(*address);
        }
        if self.0.is_empty() { Err(Error::HostNotFound) } else { Ok(found) }
    }
}

/// How long what ends at the deadline may take to say so.
const MOMENT: Duration = Duration::from_millis(50);
/// Bytes of all header fields of an answer.
const LARGEST_HEADER: usize = 32 * 1024;
/// Characters of one of them.
const LONGEST_VALUE: usize = 300;
/// Addresses that are tried; as many as the client has room for.
const MOST_ADDRESSES: usize = 16;
