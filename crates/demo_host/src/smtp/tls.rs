//! The server's side of TLS: its settings, and the OpenSSL context made of them.

use std::io;

use openssl::error::ErrorStack;
use openssl::ssl::{SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};

use crate::certificates::Identity;

/// What a server needs for TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    /// What it shows.
    pub identity: Identity,
    /// What it shows to a client that cannot do with the first one: a certificate with another kind of
    /// key. Both have the same intermediates.
    pub second_identity: Option<Identity>,
    /// The oldest version it speaks.
    pub oldest: TlsVersion,
    /// The newest version it speaks.
    pub newest: TlsVersion,
    /// The ciphers for TLS 1.2 and older as an OpenSSL cipher list; None is OpenSSL's default.
    pub ciphers: Option<String>,
    /// Lets nobody in who does not show a certificate of his own.
    pub demands_certificate: bool,
}

impl Tls {
    /// TLS 1.2 and 1.3 with the usual ciphers.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            second_identity: None,
            oldest: TlsVersion::Tls12,
            newest: TlsVersion::Tls13,
            ciphers: None,
            demands_certificate: false,
        }
    }

    /// One version and no other.
    pub fn only(identity: Identity, version: TlsVersion) -> Self {
        Self { oldest: version, newest: version, ..Self::new(identity) }
    }

    pub(crate) fn context(&self) -> io::Result<SslContext> {
        let ciphers = self.ciphers.as_deref().unwrap_or("DEFAULT");
        let mut context = SslContext::builder(SslMethod::tls_server())?;
        // Security level 0 first: at any other, OpenSSL refuses to load a weak certificate and to
        // speak TLS 1.0, and showing those is what this server is for.
        context.set_cipher_list(&format!("{ciphers}:@SECLEVEL=0"))?;
        context.set_min_proto_version(Some(self.oldest.number()))?;
        context.set_max_proto_version(Some(self.newest.number()))?;
        if self.demands_certificate {
            context.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        self.load_identity(&mut context)?;
        Ok(context.build())
    }

    fn load_identity(&self, context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        // OpenSSL keeps one of each kind of key.
        for identity in self.second_identity.iter().chain([&self.identity]) {
            context.set_certificate(&identity.certificate)?;
            context.set_private_key(&identity.key)?;
        }
        for certificate in &self.identity.chain {
            context.add_extra_chain_cert(certificate.clone())?;
        }
        Ok(())
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// RFC 2246, deprecated by RFC 8996.
    Tls10,
    /// RFC 4346, deprecated by RFC 8996.
    Tls11,
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl TlsVersion {
    fn number(self) -> SslVersion {
        match self {
            Self::Tls10 => SslVersion::TLS1,
            Self::Tls11 => SslVersion::TLS1_1,
            Self::Tls12 => SslVersion::TLS1_2,
            Self::Tls13 => SslVersion::TLS1_3,
        }
    }
}
