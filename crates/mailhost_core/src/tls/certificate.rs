//! What a certificate says.

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::sha::sha256;
use openssl::x509::{X509NameRef, X509Ref};
use serde::Serialize;

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
    /// Whether it is signed by itself.
    pub self_signed: bool,
    /// SHA-256 of the certificate, in hex (what TLSA 3 0 1 holds).
    pub sha256: String,
    /// SHA-256 of the public key, in hex (what TLSA 3 1 1 holds).
    pub key_sha256: String,
}

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Key {
    /// "RSA", "EC", "Ed25519", or another algorithm's name.
    pub algorithm: String,
    /// Its length.
    pub bits: u32,
    /// Whether it is shorter than what NIST SP 800-57 and the CA/Browser Forum allow: RSA and DSA
    /// below 2048 bits, EC below 224.
    pub weak: bool,
}

impl Certificate {
    /// Reads what matters of a certificate.
    ///
    /// # Errors
    /// OpenSSL's, for a certificate whose parts cannot be read.
    pub(crate) fn read(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        let public_key = certificate.public_key()?;
        let signature = certificate.signature_algorithm().object().nid();
        Ok(Self {
            subject: name_text(certificate.subject_name()),
            issuer: name_text(certificate.issuer_name()),
            names: names(certificate),
            not_before: unix_time(certificate.not_before())?,
            not_after: unix_time(certificate.not_after())?,
            key: key(&public_key),
            signature: signature
                .long_name()
                .unwrap_or("an unknown algorithm")
                .to_owned(),
            weak_signature: is_weak(signature),
            self_signed: is_same(certificate.subject_name(), certificate.issuer_name())
                && certificate.verify(&public_key)?,
            sha256: hex(&certificate.digest(MessageDigest::sha256())?),
            key_sha256: hex(&sha256(&public_key.public_key_to_der()?)),
        })
    }
}

fn is_same(one: &X509NameRef, other: &X509NameRef) -> bool {
    one.try_cmp(other).is_ok_and(std::cmp::Ordering::is_eq)
}

fn names(certificate: &X509Ref) -> Vec<String> {
    let text = |octets: &[u8]| match octets.len() {
        4 => <[u8; 4]>::try_from(octets)
            .ok()
            .map(|ip| std::net::IpAddr::from(ip).to_string()),
        16 => <[u8; 16]>::try_from(octets)
            .ok()
            .map(|ip| std::net::IpAddr::from(ip).to_string()),
        _ => None,
    };
    certificate
        .subject_alt_names()
        .into_iter()
        .flatten()
        .filter_map(|name| {
            name.dnsname()
                .map(str::to_owned)
                .or_else(|| name.ipaddress().and_then(text))
        })
        .collect()
}

fn name_text(name: &X509NameRef) -> String {
    let entry = |nid| {
        let mut entries = name.entries_by_nid(nid);
        entries
            .next()
            .and_then(|entry| entry.data().to_string().ok())
    };
    entry(Nid::COMMONNAME)
        .or_else(|| entry(Nid::ORGANIZATIONNAME))
        .unwrap_or_else(|| "an empty name".to_owned())
}

fn key(key: &PKeyRef<Public>) -> Key {
    let bits = key.bits();
    let (algorithm, shortest) = match key.id() {
        Id::RSA | Id::RSA_PSS => ("RSA".to_owned(), 2048),
        Id::DSA => ("DSA".to_owned(), 2048),
        Id::EC => ("EC".to_owned(), 224),
        Id::ED25519 => ("Ed25519".to_owned(), 0),
        Id::ED448 => ("Ed448".to_owned(), 0),
        other => (format!("key type {}", other.as_raw()), 0),
    };
    Key {
        algorithm,
        bits,
        weak: bits < shortest,
    }
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

fn unix_time(time: &Asn1TimeRef) -> Result<i64, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    Ok(i64::from(since.days) * 86_400 + i64::from(since.secs))
}
