//! The handshake and what it shows.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::ssl::{
    HandshakeError, Ssl, SslContext, SslContextBuilder, SslMethod, SslRef, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::x509::verify::{X509CheckFlags, X509VerifyFlags};
use openssl::x509::{X509Ref, X509StoreContextRef};
use serde::Serialize;

use super::certificate::{Certificate, sha256};
use super::trust::load_roots;
use crate::net::Stream;

/// What a handshake showed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TlsFacts {
    /// The protocol version agreed on.
    pub version: TlsVersion,
    /// The cipher suite agreed on, as OpenSSL names it.
    pub cipher: String,
    /// The certificates as the server sent them, its own first.
    pub chain: Vec<Certificate>,
    /// Whether the chain leads to a trusted root. The dates of what the server sent are not held
    /// against it, they are judged from the chain.
    pub trust: Trust,
    /// Whether a certificate on the way to the root has expired or is not valid yet, so that a
    /// verifying client fails; one that was sent beside a good way does less harm.
    pub path_outdated: bool,
    /// Whether the certificate is for the name connected to; `None` when there is no such name.
    pub name_matches: Option<bool>,
    /// The name it was held against.
    pub name: Option<String>,
    /// The name sent as SNI.
    pub sni: Option<String>,
}

/// Whether a chain leads to a trusted root.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// This machine has no trusted roots, so nothing is known.
    NoRoots,
    /// It does.
    Trusted,
    /// It does not, in OpenSSL's words.
    Untrusted(String),
}

/// A version of TLS, from old to new.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum TlsVersion {
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
            TlsVersion::Tls10 => "TLSv1.0",
            TlsVersion::Tls11 => "TLSv1.1",
            TlsVersion::Tls12 => "TLSv1.2",
            TlsVersion::Tls13 => "TLSv1.3",
        })
    }
}

/// A text that is no version of TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a TLS version; write 1.0, 1.1, 1.2 or 1.3")]
pub struct VersionError;

/// Why TLS cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file with the trusted certificate cannot be used.
    #[error("reading {}: {reason}", file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// OpenSSL's words.
        reason: String,
    },
    /// The trusted roots of this machine, or of the environment, cannot be used.
    #[error("reading the trusted roots (see SSL_CERT_FILE and SSL_CERT_DIR): {0}")]
    Roots(String),
}

/// "1.2", as on a command line.
impl FromStr for TlsVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.0" => Ok(TlsVersion::Tls10),
            "1.1" => Ok(TlsVersion::Tls11),
            "1.2" => Ok(TlsVersion::Tls12),
            "1.3" => Ok(TlsVersion::Tls13),
            _ => Err(VersionError),
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

/// The kind of key that a certificate is asked for with; a server may have one of each.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum KeyKind {
    /// Elliptic curves: ECDSA, Ed25519, Ed448.
    #[serde(rename = "ECDSA")]
    Ecdsa,
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyKind::Ecdsa => "ECDSA",
            KeyKind::Rsa => "RSA",
        })
    }
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

/// A stream under TLS, on which no wait outlasts the deadline either.
pub type TlsStream = SslStream<Stream>;

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
    /// [`SetupError`], when the file cannot be used.
    pub fn new(peer: PeerName, ca_file: Option<&Path>) -> Result<Self, SetupError> {
        let words = |error: &ErrorStack| match ca_file {
            Some(file) => SetupError::CaFile { file: file.to_owned(), reason: reason(error) },
            None => SetupError::Roots(reason(error)),
        };
        let build = || -> Result<(SslContext, bool), ErrorStack> {
            let mut context = lenient_context()?;
            let has_roots = load_roots(&mut context, ca_file)?;
            if ca_file.is_some() {
                // What the operator trusts is trusted, be it a root or an intermediate.
                context.verify_param_mut().set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
            }
            Ok((context.build(), has_roots))
        };
        let (context, has_roots) = build().map_err(|error| words(&error))?;
        Ok(Self { context, peer, has_roots })
    }

    /// The same for another server.
    #[must_use]
    pub fn for_peer(&self, peer: PeerName) -> Self {
        Self { context: self.context.clone(), peer, has_roots: self.has_roots }
    }

    /// The same for certificates of one kind of key alone: a server that has none fails the handshake.
    /// No roots are read, so trust is not known.
    ///
    /// # Errors
    /// [`SetupError`], when OpenSSL cannot make such a context.
    pub fn for_keys(&self, keys: KeyKind) -> Result<Self, SetupError> {
        let build = || -> Result<SslContext, ErrorStack> {
            let mut context = lenient_context()?;
            // A server has to sign with the key of its certificate, under every version of TLS from 1.2
            // on (RFC 8446 section 4.2.3, RFC 5246 section 7.4.1.4.1).
            context.set_sigalgs_list(match keys {
                KeyKind::Ecdsa => ECDSA_SIGNATURES,
                KeyKind::Rsa => RSA_SIGNATURES,
            })?;
            context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
            Ok(context.build())
        };
        let context = build().map_err(|error| SetupError::Roots(reason(&error)))?;
        Ok(Self { context, peer: self.peer.clone(), has_roots: false })
    }

    /// Shakes hands and looks. Certificates that would not do are facts, not errors.
    ///
    /// # Errors
    /// [`TlsFault`], when there is no TLS connection at all.
    pub fn handshake(&self, mut stream: Stream) -> Result<(TlsStream, TlsFacts), TlsFault> {
        stream.keep_opening();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let ssl = self.session(&complaints).map_err(|error| TlsFault::Failed(reason(&error)))?;
        let stream = ssl.connect(stream).map_err(fault)?;
        let complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner).clone();
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
                // RFC 9525 sections 2 and 6.3: names stand in subjectAltName, a wildcard is a whole label.
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
                    let about = chain.current_cert().and_then(digest);
                    complaints.lock().unwrap_or_else(PoisonError::into_inner).push(Complaint {
                        code: chain.error().as_raw(),
                        text: chain.error().error_string(),
                        about,
                    });
                }
                // Going on lets OpenSSL say everything that is wrong, not only the first thing.
                true
            },
        );
        Ok(ssl)
    }

    fn facts(&self, ssl: &SslRef, complaints: &[Complaint]) -> Result<TlsFacts, ErrorStack> {
        let mut chain = Vec::new();
        for certificate in ssl.peer_cert_chain().into_iter().flatten() {
            chain.push(Certificate::read(certificate)?);
        }
        let has = |codes: &[i32]| complaints.iter().any(|it| codes.contains(&it.code));
        let (name, sni) = match &self.peer {
            PeerName::Dns(name) => (Some(name.clone()), Some(name.clone())),
            PeerName::Ip(address) => (Some(address.to_string()), None),
            PeerName::Nothing => (None, None),
        };
        Ok(TlsFacts {
            version: version(ssl),
            cipher: ssl.current_cipher().map_or("no cipher", |cipher| cipher.name()).to_owned(),
            trust: self.trust(&chain, complaints),
            name_matches: name.as_ref().map(|_| !has(WRONG_NAME)),
            path_outdated: has(DATES),
            chain,
            name,
            sni,
        })
    }

    fn trust(&self, chain: &[Certificate], complaints: &[Complaint]) -> Trust {
        let sent = |it: &Complaint| {
            let sha256 = it.about.as_deref();
            chain.iter().any(|certificate| Some(certificate.sha256.as_str()) == sha256)
        };
        let of_roots = complaints.iter().find(|it| DATES.contains(&it.code) && !sent(it));
        let apart = |code| DATES.contains(&code) || WRONG_NAME.contains(&code);
        match complaints.iter().find(|it| !apart(it.code)) {
            Some(_) if !self.has_roots => Trust::NoRoots,
            Some(complaint) => Trust::Untrusted(complaint.text.to_owned()),
            None if of_roots.is_some_and(|it| it.code == EXPIRED) => {
                Trust::Untrusted("the root here that it leads to has expired".to_owned())
            }
            None if of_roots.is_some() => {
                Trust::Untrusted("the root here that it leads to is not valid yet".to_owned())
            }
            None => Trust::Trusted,
        }
    }
}

/// Whatever the server can do is to be seen and judged, not refused by our own library.
fn lenient_context() -> Result<SslContextBuilder, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_security_level(0);
    context.set_min_proto_version(Some(SslVersion::TLS1))?;
    Ok(context)
}

/// Something OpenSSL holds against a certificate.
#[derive(Clone, Debug)]
struct Complaint {
    /// An `X509_V_ERR` code of `x509_vfy.h`.
    code: i32,
    /// Its text.
    text: &'static str,
    /// SHA-256 of the certificate, in hex.
    about: Option<String>,
}

type Complaints = Arc<Mutex<Vec<Complaint>>>;

fn digest(certificate: &X509Ref) -> Option<String> {
    certificate.to_der().ok().map(|der| sha256(&der))
}

fn version(ssl: &SslRef) -> TlsVersion {
    match ssl.version_str() {
        "TLSv1.3" => TlsVersion::Tls13,
        "TLSv1.2" => TlsVersion::Tls12,
        "TLSv1.1" => TlsVersion::Tls11,
        // Nothing older is offered.
        _ => TlsVersion::Tls10,
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

/// OpenSSL's words for an error under TLS; `None` for an error of another kind.
pub(crate) fn error_in_tls(error: &io::Error) -> Option<String> {
    let error = error.get_ref()?.downcast_ref::<openssl::ssl::Error>()?;
    error.ssl_error().map(reason)
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

/// Signature algorithms that a key on a curve can have, as OpenSSL names them.
const ECDSA_SIGNATURES: &str = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448";
/// Signature algorithms that an RSA key can have.
const RSA_SIGNATURES: &str = "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:\
                              rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:\
                              RSA+SHA256:RSA+SHA384:RSA+SHA512";
/// The code of `x509_vfy.h` for a certificate that has expired.
const EXPIRED: i32 = 10;
/// Codes that are findings of their own where the server sent the certificate: not valid yet, and
/// expired.
const DATES: &[i32] = &[9, EXPIRED];
/// Codes for a certificate that is for another name, or another address.
const WRONG_NAME: &[i32] = &[62, 64];
