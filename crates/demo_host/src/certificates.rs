//! Certificates, good and bad, from an authority that lives as long as the test.
//!
//! Everything is made in memory. What a client has to trust is written with
//! [`Authority::write_pem`] or [`Authority::write_hashed`]; what a server has to show is an
//! [`Identity`].

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};

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
        let key = key.generate()?;
        let subject = common_name(Some(name))?;
        let builder = authority_builder(&key, &subject, 3_650)?;
        Ok(Self {
            certificate: seal(builder, &subject, &key, None)?,
            key,
            chain: Vec::new(),
        })
    }

    /// A new authority named `name` below this one, which expires in `not_after_days` days.
    ///
    /// # Errors
    /// As for [`Authority::new`].
    pub fn intermediate(&self, name: &str, not_after_days: i64) -> io::Result<Self> {
        let key = KeyKind::Ec256.generate()?;
        let subject = common_name(Some(name))?;
        let builder = authority_builder(&key, &subject, not_after_days)?;
        let certificate = seal(
            builder,
            self.certificate.subject_name(),
            &self.key,
            Some(self),
        )?;
        let mut chain = vec![certificate.clone()];
        chain.extend(self.chain.iter().cloned());
        Ok(Self {
            certificate,
            key,
            chain,
        })
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
            (
                sign(builder, issuer, &self.key, Some(self), hash)?,
                self.chain.clone(),
            )
        };
        Ok(Identity {
            certificate,
            key,
            chain,
        })
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
        Self {
            chain: Vec::new(),
            ..self
        }
    }
}

/// What a certificate says, as plain data; the default is a good one for mail.example.org.
///
/// Days count from now, negative ones lie in the past. A moment is put one hour further away than
/// its day says, so that "in 9 days" stays true in whole days while a test runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSpec {
    /// DNS names in the subject alternative name; wildcards are written as they are.
    pub names: Vec<String>,
    /// Addresses in the subject alternative name.
    pub addresses: Vec<IpAddr>,
    /// The subject's common name; without one the subject is empty.
    pub common_name: Option<String>,
    /// Start of validity, in days from now.
    pub not_before_days: i64,
    /// End of validity, in days from now.
    pub not_after_days: i64,
    /// Kind and size of the key.
    pub key: KeyKind,
    /// Hash under the signature.
    pub signature: SignatureHash,
    /// Signed by its own key and not by the authority.
    pub self_signed: bool,
}

impl CertificateSpec {
    /// A good certificate for `name`, as common name and as the only alternative name.
    pub fn named(name: &str) -> Self {
        Self {
            names: vec![name.into()],
            common_name: Some(name.into()),
            ..Self::default()
        }
    }
}

impl Default for CertificateSpec {
    fn default() -> Self {
        Self {
            names: vec!["mail.example.org".into()],
            addresses: Vec::new(),
            common_name: Some("mail.example.org".into()),
            not_before_days: -1,
            not_after_days: 90,
            key: KeyKind::Ec256,
            signature: SignatureHash::Sha256,
            self_signed: false,
        }
    }
}

/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Elliptic curve P-256: made in well under a millisecond.
    Ec256,
    /// RSA of so many bits: 1024 takes milliseconds, 2048 a good part of a second.
    Rsa(u32),
}

impl KeyKind {
    fn generate(self) -> Result<PKey<Private>, ErrorStack> {
        match self {
            Self::Ec256 => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
                PKey::from_ec_key(EcKey::generate(&group)?)
            }
            Self::Rsa(bits) => PKey::from_rsa(Rsa::generate(bits)?),
        }
    }
}

/// The hash under a certificate's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureHash {
    /// Broken since 2008; the signer needs an RSA key.
    Md5,
    /// Broken since 2017.
    Sha1,
    /// The good one.
    Sha256,
}

impl SignatureHash {
    fn digest(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
        }
    }
}

fn authority_builder(
    key: &PKey<Private>,
    subject: &X509NameRef,
    not_after_days: i64,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = bare_builder(key, subject, -1, not_after_days)?;
    builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    builder.append_extension(
        KeyUsage::new()
            .critical()
            .key_cert_sign()
            .crl_sign()
            .build()?,
    )?;
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
    sign(
        builder,
        issuer,
        issuer_key,
        authority,
        MessageDigest::sha256(),
    )
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
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let slack = if days < 0 { -HOUR } else { HOUR };
    Asn1Time::from_unix(now.cast_signed() + days * DAY + slack)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use openssl::stack::Stack;
    use openssl::x509::X509StoreContext;
    use openssl::x509::store::X509StoreBuilder;

    use super::*;

    // The X509_V_... results of OpenSSL's verification that these tests expect.
    const OK: i32 = 0;
    const CERT_NOT_YET_VALID: i32 = 9;
    const CERT_HAS_EXPIRED: i32 = 10;
    const DEPTH_ZERO_SELF_SIGNED_CERT: i32 = 18;
    const UNABLE_TO_GET_ISSUER_CERT_LOCALLY: i32 = 20;

    #[test]
    fn ok_a_default_certificate_is_good() {
        let authority = Authority::new("Example Root").unwrap();
        let identity = authority.issue(&CertificateSpec::default()).unwrap();
        assert_eq!(verify(&authority, &identity), OK);
        let names = identity.certificate.subject_alt_names().unwrap();
        assert_eq!(names[0].dnsname(), Some("mail.example.org"));
        let left = Asn1Time::days_from_now(0)
            .unwrap()
            .diff(identity.certificate.not_after());
        assert_eq!(left.unwrap().days, 90);
    }

    #[test]
    fn ok_addresses_and_the_common_name_are_free() {
        let authority = Authority::new("Example Root").unwrap();
        let address = Ipv4Addr::new(192, 0, 2, 25);
        let spec = CertificateSpec {
            names: Vec::new(),
            addresses: vec![address.into()],
            common_name: None,
            ..CertificateSpec::default()
        };
        let certificate = authority.issue(&spec).unwrap().certificate;
        let names = certificate.subject_alt_names().unwrap();
        assert_eq!(names[0].ipaddress(), Some(&address.octets()[..]));
        assert_eq!(certificate.subject_name().entries().count(), 0);

        let spec = CertificateSpec {
            names: Vec::new(),
            ..CertificateSpec::default()
        };
        let certificate = authority.issue(&spec).unwrap().certificate;
        assert!(certificate.subject_alt_names().is_none());
        assert_eq!(certificate.subject_name().entries().count(), 1);
    }

    #[test]
    fn crit_dates_are_relative_to_now() {
        let authority = Authority::new("Example Root").unwrap();
        let spec = CertificateSpec {
            not_before_days: -30,
            not_after_days: -2,
            ..CertificateSpec::default()
        };
        let expired = authority.issue(&spec).unwrap();
        assert_eq!(verify(&authority, &expired), CERT_HAS_EXPIRED);
        let spec = CertificateSpec {
            not_before_days: 2,
            ..CertificateSpec::default()
        };
        let early = authority.issue(&spec).unwrap();
        assert_eq!(verify(&authority, &early), CERT_NOT_YET_VALID);
    }

    #[test]
    fn crit_a_self_signed_certificate_is_not_the_authoritys() {
        let authority = Authority::new("Example Root").unwrap();
        let spec = CertificateSpec {
            self_signed: true,
            ..CertificateSpec::default()
        };
        let identity = authority.issue(&spec).unwrap();
        let result = verify(&authority, &identity);
        assert_eq!(result, DEPTH_ZERO_SELF_SIGNED_CERT);
    }

    #[test]
    fn crit_a_missing_or_expired_intermediate_breaks_the_chain() {
        let root = Authority::new("Example Root").unwrap();
        let middle = root.intermediate("Example Middle", 30).unwrap();
        let identity = middle.issue(&CertificateSpec::default()).unwrap();
        assert_eq!(verify(&root, &identity), OK);
        let missing = UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
        assert_eq!(verify(&root, &identity.without_chain()), missing);

        let late = root.intermediate("Example Late", 0).unwrap();
        let lower = late.intermediate("Example Lower", -3).unwrap();
        let identity = lower.issue(&CertificateSpec::default()).unwrap();
        assert_eq!(identity.chain.len(), 2);
        assert_eq!(verify(&root, &identity), CERT_HAS_EXPIRED);
    }

    #[test]
    fn warn_weak_keys_and_hashes_can_be_made() {
        let key = KeyKind::Rsa(1024);
        let authority = Authority::with_key("Example Root", key).unwrap();
        let hashes = [
            (SignatureHash::Md5, Nid::MD5WITHRSAENCRYPTION),
            (SignatureHash::Sha1, Nid::SHA1WITHRSAENCRYPTION),
            (SignatureHash::Sha256, Nid::SHA256WITHRSAENCRYPTION),
        ];
        for (signature, nid) in hashes {
            let spec = CertificateSpec {
                key,
                signature,
                ..CertificateSpec::default()
            };
            let certificate = authority.issue(&spec).unwrap().certificate;
            assert_eq!(certificate.public_key().unwrap().bits(), 1024);
            assert_eq!(certificate.signature_algorithm().object().nid(), nid);
        }
    }

    #[test]
    fn ok_an_authority_is_written_as_a_file_and_into_a_hashed_directory() {
        let directory = tempfile::tempdir().unwrap();
        let authority = Authority::new("Example Root").unwrap();
        let path = directory.path().join("root.pem");
        authority.write_pem(&path).unwrap();
        let read = X509::from_pem(&fs::read(path).unwrap()).unwrap();
        assert_eq!(
            read.to_der().unwrap(),
            authority.certificate().to_der().unwrap()
        );
        let hashed = authority.write_hashed(directory.path()).unwrap();
        assert!(hashed.extension().is_some_and(|extension| extension == "0"));
    }

    fn verify(root: &Authority, identity: &Identity) -> i32 {
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(root.certificate().clone()).unwrap();
        let mut chain = Stack::new().unwrap();
        for certificate in &identity.chain {
            chain.push(certificate.clone()).unwrap();
        }
        let mut context = X509StoreContext::new().unwrap();
        context
            .init(&store.build(), &identity.certificate, &chain, |context| {
                context.verify_cert()?;
                Ok(context.error().as_raw())
            })
            .unwrap()
    }
}
