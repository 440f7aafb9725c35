//! What a certificate says.

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::sha::Sha256;
use openssl::x509::{X509NameRef, X509Ref};
use serde::Serialize;

use super::inspect::KeyKind;
use crate::contract::hex;

/// One certificate of a chain.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// Whom it is for: the common name, or else the whole subject.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The DNS names and addresses of its subjectAltName.
    pub names: Vec<String>,
    /// Seconds since 1970 from which it is valid.
    pub not_before: i64,
    /// Seconds since 1970 until which it is valid.
    pub not_after: i64,
    /// Its public key.
    pub key: Key,
    /// The algorithm it is signed with, as OpenSSL names it: "sha256WithRSAEncryption".
    pub signature: String,
    /// Whether it is signed with MD5 or SHA-1.
    pub weak_signature: bool,
    /// Whether subject and issuer are the same (RFC 5280 section 3.2), as in a root.
    pub self_issued: bool,
    /// SHA-256 of the certificate, in hex (what TLSA 3 0 1 holds).
    pub sha256: String,
    /// SHA-256 of the public key, in hex (what TLSA 3 1 1 holds); `None` where it cannot be found.
    pub key_sha256: Option<String>,
    /// All of it, in DER as it was sent.
    #[serde(skip)]
    pub der: Vec<u8>,
}

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Key {
    /// "RSA", "EC", "Ed25519", or another algorithm's name.
    pub algorithm: String,
    /// Its length in bits; 0 where it is of an unknown kind.
    pub bits: u32,
    /// Whether it is shorter than what NIST SP 800-57 and the CA/Browser Forum allow: RSA and DSA
    /// below 2048 bits, EC below 224.
    pub weak: bool,
}

impl Key {
    /// The kind of key that a server is asked for to be shown it; `None` for keys that TLS 1.2 and 1.3
    /// do not sign with.
    pub fn kind(&self) -> Option<KeyKind> {
        match self.algorithm.as_str() {
            "RSA" => Some(KeyKind::Rsa),
            "EC" | "Ed25519" | "Ed448" => Some(KeyKind::Ecdsa),
            _ => None,
        }
    }
}

impl Certificate {
    /// Whether this is the digest, in lower-case hex, of the certificate or of its key.
    pub fn has_sha256(&self, digest: &str) -> bool {
        self.sha256 == digest || self.key_sha256.as_deref() == Some(digest)
    }

    /// Reads what matters of a certificate.
    ///
    /// # Errors
    /// OpenSSL's, for a certificate whose parts cannot be read.
    pub(crate) fn read(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        // A key of a kind that OpenSSL does not know is a fact like any other.
        let public_key = certificate.public_key().ok();
        let der = certificate.to_der()?;
        let epoch = Asn1Time::from_unix(0)?;
        let signature = certificate.signature_algorithm().object().nid();
        Ok(Self {
            subject: name_text(certificate.subject_name()),
            issuer: name_text(certificate.issuer_name()),
            names: names(certificate),
            // A date that cannot be read counts against the certificate.
            not_before: since(&epoch, certificate.not_before()).unwrap_or(i64::MAX),
            not_after: since(&epoch, certificate.not_after()).unwrap_or(0),
            key: key(public_key.as_deref()),
            signature: signature.long_name().unwrap_or("an unknown algorithm").to_owned(),
            weak_signature: is_weak(signature),
            self_issued: is_same(certificate.subject_name(), certificate.issuer_name()),
            sha256: sha256(&der),
            key_sha256: public_key_info(&der).map(sha256),
            der,
        })
    }
}

fn is_same(one: &X509NameRef, other: &X509NameRef) -> bool {
    one.try_cmp(other).is_ok_and(std::cmp::Ordering::is_eq)
}

fn names(certificate: &X509Ref) -> Vec<String> {
    let text = |octets: &[u8]| match octets.len() {
        4 => <[u8; 4]>::try_from(octets).ok().map(|ip| std::net::IpAddr::from(ip).to_string()),
        16 => <[u8; 16]>::try_from(octets).ok().map(|ip| std::net::IpAddr::from(ip).to_string()),
        _ => None,
    };
    certificate
        .subject_alt_names()
        .into_iter()
        .flatten()
        .filter_map(|name| {
            name.dnsname().map(str::to_owned).or_else(|| name.ipaddress().and_then(text))
        })
        .collect()
}

fn name_text(name: &X509NameRef) -> String {
    let entry = |nid| {
        let mut entries = name.entries_by_nid(nid);
        entries.next().and_then(|entry| entry.data().to_string().ok())
    };
    entry(Nid::COMMONNAME)
        .or_else(|| entry(Nid::ORGANIZATIONNAME))
        .unwrap_or_else(|| "an empty name".to_owned())
}

fn key(key: Option<&PKeyRef<Public>>) -> Key {
    let Some(key) = key else {
        return Key { algorithm: "a key of an unknown kind".to_owned(), bits: 0, weak: false };
    };
    let bits = key.bits();
    let (algorithm, shortest) = match key.id() {
        Id::RSA | Id::RSA_PSS => ("RSA".to_owned(), 2048),
        Id::DSA => ("DSA".to_owned(), 2048),
        Id::EC => ("EC".to_owned(), 224),
        Id::ED25519 => ("Ed25519".to_owned(), 0),
        Id::ED448 => ("Ed448".to_owned(), 0),
        other => (format!("key type {}", other.as_raw()), 0),
    };
    Key { algorithm, bits, weak: bits < shortest }
}

fn is_weak(signature: Nid) -> bool {
    [
        Nid::MD5WITHRSAENCRYPTION,
        Nid::SHA1WITHRSAENCRYPTION,
        Nid::SHA1WITHRSA,
        Nid::ECDSA_WITH_SHA1,
        Nid::DSAWITHSHA1,
    ]
    .contains(&signature)
}

/// The `SubjectPublicKeyInfo` of a certificate in DER (RFC 5280 section 4.1): the seventh part of its
/// first part, without the version in front that version 1 leaves out.
///
/// OpenSSL would write the key anew, at the price of a fifth of the whole handshake.
pub(super) fn public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = der_element(certificate)?;
    let (_, mut rest, _) = der_element(certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = der_element(rest)?.2;
    }
    // Serial number, signature algorithm, issuer, validity and subject.
    for _ in 0..5 {
        rest = der_element(rest)?.2;
    }
    Some(der_element(rest)?.0)
}

/// The first element whole, its content, and what follows it.
pub(super) fn der_element(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = usize::from(*bytes.get(1)?);
    let (header, length) = if first < 0x80 {
        (2, first)
    } else {
        let octets = bytes.get(2..2 + (first & 0x7f)).filter(|octets| octets.len() <= 4)?;
        let length = octets.iter().fold(0, |length, octet| (length << 8) | usize::from(*octet));
        (2 + octets.len(), length)
    };
    let end = header.checked_add(length)?;
    Some((bytes.get(..end)?, bytes.get(header..end)?, bytes.get(end..)?))
}

/// SHA-256 in hex. OpenSSL's older interface, because the newer one looks the algorithm up each time,
/// which costs more than to use it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(bytes);
    hex(&digest.finish())
}

/// Seconds from one time to another.
fn since(epoch: &Asn1TimeRef, time: &Asn1TimeRef) -> Result<i64, ErrorStack> {
    let since = epoch.diff(time)?;
    Ok(i64::from(since.days) * 86_400 + i64::from(since.secs))
}

/// The tag of the version: context-specific 0, constructed.
const VERSION: u8 = 0xa0;

#[cfg(test)]
mod tests {
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::x509::X509;

    use super::*;

    #[test]
    fn ok_the_key_is_found_where_openssl_finds_it() {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("key")).expect("key");
        for version in [0, 2] {
            let mut builder = X509::builder().expect("builder");
            builder.set_version(version).expect("version");
            builder.set_pubkey(&key).expect("key");
            builder.set_not_before(&Asn1Time::from_unix(1000).expect("time")).expect("time");
            builder.set_not_after(&Asn1Time::from_unix(200_000).expect("time")).expect("time");
            builder.sign(&key, MessageDigest::sha256()).expect("signed");
            let certificate = builder.build();
            let der = certificate.to_der().expect("DER");
            let expected = key.public_key_to_der().expect("DER");
            assert_eq!(public_key_info(&der), Some(expected.as_slice()));
            let read = Certificate::read(&certificate).expect("readable");
            assert_eq!((read.not_before, read.not_after), (1000, 200_000));
            assert_eq!(read.der, der);
            assert_eq!(read.key, Key { algorithm: "EC".to_owned(), bits: 256, weak: false });
            for cut in 0..der.len() {
                assert!(public_key_info(&der[..cut]).is_none_or(|key| key == expected));
            }
        }
    }
}
