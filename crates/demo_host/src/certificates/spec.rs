//! What a certificate is to say.

use std::net::IpAddr;

use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;

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
        Self { names: vec![name.into()], common_name: Some(name.into()), ..Self::default() }
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
    pub(super) fn generate(self) -> Result<PKey<Private>, ErrorStack> {
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
    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
        }
    }
}
