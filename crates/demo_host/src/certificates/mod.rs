//! Certificates, good and bad, from an authority that lives as long as the test.
//!
//! Everything is made in memory. What a client has to trust is written with
//! [`Authority::write_pem`] or [`Authority::write_hashed`]; what a server has to show is an
//! [`Identity`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};

mod spec;

#[cfg(test)]
mod tests;

pub use spec::{CertificateSpec, KeyKind, SignatureHash};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// A certificate authority: a root, or an intermediate below one.
#[derive(Clone, Debug)]
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
    /// The intermediates a server below this authority has to send, nearest first.
    chain: Vec<X509>,
}

impl Authority {
    /// A new root named `name`, with a P-256 key, valid from yesterday for ten years.
    ///
    /// # Errors
    /// When OpenSSL refuses, which it does only where the machine is broken.
    pub fn new(name: &str) -> io::Result<Self> {
        Self::with_key(name, KeyKind::Ec256)
    }

    /// A new root with a key of another kind: RSA is needed to sign with MD5, for which elliptic
    /// curves have no algorithm identifier.
    ///
    /// # Errors
    /// As for [`Authority::new`].
    pub fn with_key(name: &str, key: KeyKind) -> io::Result<Self> {
        Self::root(name, key, -1, 3_650)
    }

    /// A new root with a P-256 key that is valid in these days from now: one that has expired, or
    /// that is not valid yet.
    ///
    /// # Errors
    /// As for [`Authority::new`].
    pub fn valid(name: &str, not_before_days: i64, not_after_days: i64) -> io::Result<Self> {
        Self::root(name, KeyKind::Ec256, not_before_days, not_after_days)
    }

    fn root(
        name: &str,
        key: KeyKind,
        not_before_days: i64,
        not_after_days: i64,
    ) -> io::Result<Self> {
        let key = key.generate()?;
        let subject = common_name(Some(name))?;
        let builder = authority_builder(&key, &subject, not_before_days, not_after_days)?;
        Ok(Self { certificate: seal(builder, &subject, &key, None)?, key, chain: Vec::new() })
    }

    /// A new authority named `name` below this one, which expires in `not_after_days` days.
    ///
    /// # Errors
    /// As for [`Authority::new`].
    pub fn intermediate(&self, name: &str, not_after_days: i64) -> io::Result<Self> {
        let key = KeyKind::Ec256.generate()?;
        let subject = common_name(Some(name))?;
        let builder = authority_builder(&key, &subject, -1, not_after_days)?;
        let certificate = seal(builder, self.certificate.subject_name(), &self.key, Some(self))?;
        let mut chain = vec![certificate.clone()];
        chain.extend(self.chain.iter().cloned());
        Ok(Self { certificate, key, chain })
    }

    /// A certificate as `spec` describes it, with its key and the intermediates above it.
    ///
    /// # Errors
    /// When OpenSSL refuses the specification: a key size it cannot make, a name it cannot write.
    pub fn issue(&self, spec: &CertificateSpec) -> io::Result<Identity> {
        let key = spec.key.generate()?;
        let subject = common_name(spec.common_name.as_deref())?;
        let builder = leaf_builder(spec, &key, &subject)?;
        let hash = spec.signature.digest();
        let (certificate, chain) = if spec.self_signed {
            (sign(builder, &subject, &key, None, hash)?, Vec::new())
        } else {
            let issuer = self.certificate.subject_name();
            (sign(builder, issuer, &self.key, Some(self), hash)?, self.chain.clone())
        };
        Ok(Identity { certificate, key, chain })
    }

    /// The authority's own certificate.
    pub fn certificate(&self) -> &X509 {
        &self.certificate
    }

    /// Writes the authority's certificate to `path` as PEM, to be trusted as a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_pem(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, self.certificate.to_pem()?)
    }

    /// Writes the authority's certificate into `directory` under the name that OpenSSL looks for
    /// in a hashed directory (`subject hash`.0), and returns that file's path.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_hashed(&self, directory: impl AsRef<Path>) -> io::Result<PathBuf> {
        let hash = self.certificate.subject_name_hash();
        let path = directory.as_ref().join(format!("{hash:08x}.0"));
        self.write_pem(&path)?;
        Ok(path)
    }
}

/// What a server shows and proves: a certificate, its key, and the intermediates it sends along.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The server's own certificate.
    pub certificate: X509,
    /// The key that belongs to it.
    pub key: PKey<Private>,
    /// The intermediates to send, nearest first; without the root.
    pub chain: Vec<X509>,
}

impl Identity {
    /// The same identity of a server whose administrator forgot the intermediates.
    #[must_use]
    pub fn without_chain(self) -> Self {
        Self { chain: Vec::new(), ..self }
    }
}

fn authority_builder(
    key: &PKey<Private>,
    subject: &X509NameRef,
    not_before_days: i64,
    not_after_days: i64,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = bare_builder(key, subject, not_before_days, not_after_days)?;
    builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    Ok(builder)
}

fn leaf_builder(
    spec: &CertificateSpec,
    key: &PKey<Private>,
    subject: &X509NameRef,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = bare_builder(key, subject, spec.not_before_days, spec.not_after_days)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    if !spec.names.is_empty() || !spec.addresses.is_empty() {
        let mut alternatives = SubjectAlternativeName::new();
        for name in &spec.names {
            alternatives.dns(name);
        }
        for address in &spec.addresses {
            alternatives.ip(&address.to_string());
        }
        let extension = alternatives.build(&builder.x509v3_context(None, None))?;
        builder.append_extension(extension)?;
    }
    Ok(builder)
}

fn bare_builder(
    key: &PKey<Private>,
    subject: &X509NameRef,
    not_before_days: i64,
    not_after_days: i64,
) -> Result<X509Builder, ErrorStack> {
    let (not_before, not_after) = (moment(not_before_days)?, moment(not_after_days)?);
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    let serial = Asn1Integer::from_bn(&serial)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(subject)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    Ok(builder)
}

fn seal(
    builder: X509Builder,
    issuer: &X509NameRef,
    issuer_key: &PKey<Private>,
    authority: Option<&Authority>,
) -> Result<X509, ErrorStack> {
    sign(builder, issuer, issuer_key, authority, MessageDigest::sha256())
}

fn sign(
    mut builder: X509Builder,
    issuer: &X509NameRef,
    issuer_key: &PKey<Private>,
    authority: Option<&Authority>,
    hash: MessageDigest,
) -> Result<X509, ErrorStack> {
    builder.set_issuer_name(issuer)?;
    let own = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(own)?;
    if let Some(authority) = authority {
        let context = builder.x509v3_context(Some(&authority.certificate), None);
        let above = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(above)?;
    }
    builder.sign(issuer_key, hash)?;
    Ok(builder.build())
}

fn common_name(name: Option<&str>) -> Result<X509Name, ErrorStack> {
    let mut subject = X509Name::builder()?;
    if let Some(name) = name {
        subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    }
    Ok(subject.build())
}

fn moment(days: i64) -> Result<Asn1Time, ErrorStack> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let slack = if days < 0 { -HOUR } else { HOUR };
    Asn1Time::from_unix(now.cast_signed() + days * DAY + slack)
}
