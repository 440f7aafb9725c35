//! The handshake and what it shows.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::ssl::{
    HandshakeError, Ssl, SslContext, SslMethod, SslRef, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::verify::X509CheckFlags;
use openssl::x509::{X509StoreContextRef, X509VerifyResult};
use serde::Serialize;

use super::certificate::Certificate;
use super::trust::load_roots;
use crate::net::Stream;

/// What a handshake showed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TlsFacts {
    /// The protocol version agreed on.
    pub version: TlsVersion,
    /// The cipher suite agreed on, as OpenSSL names it.
    pub cipher: String,
    /// The certificates as the server sent them, its own first; none with an anonymous cipher.
    pub chain: Vec<Certificate>,
    /// Why the chain does not lead to a trusted root; `None` when it does. Dates are not held
    /// against it, they are judged from the chain.
    pub untrusted: Option<String>,
    /// Whether a certificate on the way to the root has expired, so that a verifying client fails;
    /// an expired one that was sent beside a good way does less harm.
    pub path_expired: bool,
    /// Whether the certificate is for the name connected to; `None` when there is no such name.
    pub name_matches: Option<bool>,
    /// The name it was held against.
    pub name: Option<String>,
    /// The name sent as SNI.
    pub sni: Option<String>,
}

/// A version of TLS, from old to new.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum TlsVersion {
    /// SSL 3.0, broken since 2014 (RFC 7568).
    #[serde(rename = "SSLv3")]
    Ssl3,
    /// TLS 1.0, deprecated by RFC 8996.
    #[serde(rename = "TLSv1.0")]
    Tls10,
    /// TLS 1.1, deprecated by RFC 8996.
    #[serde(rename = "TLSv1.1")]
    Tls11,
    /// TLS 1.2.
    #[serde(rename = "TLSv1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "TLSv1.3")]
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::Ssl3 => "SSLv3",
            TlsVersion::Tls10 => "TLSv1.0",
            TlsVersion::Tls11 => "TLSv1.1",
            TlsVersion::Tls12 => "TLSv1.2",
            TlsVersion::Tls13 => "TLSv1.3",
        })
    }
}

/// "1.2", as on a command line.
impl FromStr for TlsVersion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.0" => Ok(TlsVersion::Tls10),
            "1.1" => Ok(TlsVersion::Tls11),
            "1.2" => Ok(TlsVersion::Tls12),
            "1.3" => Ok(TlsVersion::Tls13),
            _ => Err("not a TLS version; write 1.0, 1.1, 1.2 or 1.3"),
        }
    }
}

/// Why there is no TLS.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TlsFault {
    /// The server closed the connection during the handshake.
    #[error("closed the connection during the TLS handshake")]
    Closed,
    /// The handshake failed otherwise, in OpenSSL's words.
    #[error("fails the TLS handshake: {0}")]
    Failed(String),
    /// What came is not TLS; its first line.
    #[error("does not speak TLS here, it sent \"{0}\"")]
    NotTls(String),
    /// The handshake did not end in time.
    #[error("did not finish the TLS handshake in time")]
    TimedOut,
}

/// The name the certificate has to be for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PeerName {
    /// A DNS name, sent as SNI too.
    Dns(String),
    /// An address, which SNI cannot carry (RFC 6066 section 3).
    Ip(IpAddr),
    /// There is no name to hold it against: a Unix socket.
    Nothing,
}

/// A context that is ready to shake hands. Building it reads trust roots, which should not count as
/// the server's time.
pub struct Inspector {
    context: SslContext,
    peer: PeerName,
    has_roots: bool,
}

impl Inspector {
    /// A context that trusts `ca_file` alone, or without it the machine's roots.
    ///
    /// # Errors
    /// A sentence, when the file cannot be used.
    pub fn new(peer: PeerName, ca_file: Option<&Path>) -> Result<Self, String> {
        let words = |error: &ErrorStack| match ca_file {
            Some(file) => format!("reading {}: {}", file.display(), reason(error)),
            None => format!("setting up TLS: {}", reason(error)),
        };
        let build = || -> Result<(SslContext, bool), ErrorStack> {
            let mut context = SslContext::builder(SslMethod::tls_client())?;
            // Whatever the server can do is to be seen and judged, not refused by our own library.
            context.set_security_level(0);
            context.set_min_proto_version(Some(SslVersion::TLS1))?;
            let has_roots = load_roots(&mut context, ca_file)?;
            Ok((context.build(), has_roots))
        };
        let (context, has_roots) = build().map_err(|error| words(&error))?;
        Ok(Self {
            context,
            peer,
            has_roots,
        })
    }

    /// Shakes hands and looks. Certificates that would not do are facts, not errors.
    ///
    /// # Errors
    /// [`TlsFault`], when there is no TLS connection at all.
    pub(crate) fn handshake(
        &self,
        mut stream: Stream,
    ) -> Result<(SslStream<Stream>, TlsFacts), TlsFault> {
        stream.keep_opening();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let ssl = self
            .session(&complaints)
            .map_err(|error| TlsFault::Failed(reason(&error)))?;
        let stream = ssl.connect(stream).map_err(fault)?;
        let complaints = complaints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let facts = self
            .facts(stream.ssl(), &complaints)
            .map_err(|error| TlsFault::Failed(format!("reading the chain: {}", reason(&error))))?;
        Ok((stream, facts))
    }

    fn session(&self, complaints: &Complaints) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(&self.context)?;
        match &self.peer {
            PeerName::Dns(name) => {
                ssl.set_hostname(name)?;
                let verification = ssl.param_mut();
                // RFC 9525 section 2: names stand in subjectAltName, a wildcard is a whole label.
                verification.set_hostflags(
                    X509CheckFlags::NEVER_CHECK_SUBJECT | X509CheckFlags::NO_PARTIAL_WILDCARDS,
                );
                verification.set_host(name)?;
            }
            PeerName::Ip(address) => ssl.param_mut().set_ip(*address)?,
            PeerName::Nothing => {}
        }
        let complaints = Arc::clone(complaints);
        ssl.set_verify_callback(
            SslVerifyMode::NONE,
            move |good, chain: &mut X509StoreContextRef| {
                if !good {
                    complaints
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(chain.error());
                }
                // Going on lets OpenSSL say everything that is wrong, not only the first thing.
                true
            },
        );
        Ok(ssl)
    }

    fn facts(&self, ssl: &SslRef, complaints: &[X509VerifyResult]) -> Result<TlsFacts, ErrorStack> {
        let mut chain = Vec::new();
        for certificate in ssl.peer_cert_chain().into_iter().flatten() {
            chain.push(Certificate::read(certificate)?);
        }
        let code = |complaint: &X509VerifyResult| complaint.as_raw();
        let untrusted = match complaints
            .iter()
            .find(|it| !JUDGED_APART.contains(&code(it)))
        {
            _ if chain.is_empty() => Some("the server sent no certificate".to_owned()),
            Some(_) if !self.has_roots => {
                Some("this machine has no trusted roots (ca-certificates)".to_owned())
            }
            Some(complaint) => Some(complaint.error_string().to_owned()),
            None => None,
        };
        let (name, sni) = match &self.peer {
            PeerName::Dns(name) => (Some(name.clone()), Some(name.clone())),
            PeerName::Ip(address) => (Some(address.to_string()), None),
            PeerName::Nothing => (None, None),
        };
        Ok(TlsFacts {
            version: version(ssl),
            cipher: ssl
                .current_cipher()
                .map_or("no cipher", |cipher| cipher.name())
                .to_owned(),
            name_matches: name
                .as_ref()
                .filter(|_| !chain.is_empty())
                .map(|_| !complaints.iter().any(|it| WRONG_NAME.contains(&code(it)))),
            path_expired: complaints.iter().any(|it| code(it) == EXPIRED),
            chain,
            untrusted,
            name,
            sni,
        })
    }
}

type Complaints = Arc<Mutex<Vec<X509VerifyResult>>>;

fn version(ssl: &SslRef) -> TlsVersion {
    match ssl.version_str() {
        "TLSv1.3" => TlsVersion::Tls13,
        "TLSv1.2" => TlsVersion::Tls12,
        "TLSv1.1" => TlsVersion::Tls11,
        "TLSv1" => TlsVersion::Tls10,
        _ => TlsVersion::Ssl3,
    }
}

fn fault(error: HandshakeError<Stream>) -> TlsFault {
    let mut halfway = match error {
        HandshakeError::SetupFailure(error) => return TlsFault::Failed(reason(&error)),
        HandshakeError::Failure(halfway) | HandshakeError::WouldBlock(halfway) => halfway,
    };
    let error = halfway.error();
    if let Some(error) = error.io_error() {
        return match error.kind() {
            io::ErrorKind::TimedOut => TlsFault::TimedOut,
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof => TlsFault::Closed,
            _ => TlsFault::Failed(crate::net::error_text(error)),
        };
    }
    match error.ssl_error().map(reason).unwrap_or_default().as_str() {
        "" | "unexpected eof while reading" => TlsFault::Closed,
        "wrong version number" | "packet length too long" | "http request" => {
            TlsFault::NotTls(halfway.get_mut().first_line())
        }
        other => TlsFault::Failed(other.to_owned()),
    }
}

/// OpenSSL's words for the first error, which is the cause of the others.
fn reason(stack: &ErrorStack) -> String {
    stack
        .errors()
        .first()
        .and_then(openssl::error::Error::reason)
        .unwrap_or("no reason given")
        .to_owned()
}

/// The code of `x509_vfy.h` for a certificate that has expired.
const EXPIRED: i32 = 10;
/// Codes for a certificate that is for another name, or another address.
const WRONG_NAME: &[i32] = &[62, 64];
/// Codes that are findings of their own: not yet valid, expired, wrong name, wrong address.
const JUDGED_APART: &[i32] = &[9, EXPIRED, 62, 64];
