//! The key inside a record.

use curve25519_dalek::edwards::CompressedEdwardsY;
use mailhost_core::contract::hex;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::sha::Sha256;
use pkcs1::RsaPublicKeyRef;
use serde::Serialize;
use spki::der::asn1::{AnyRef, BitStringRef};
use spki::der::{Decode, Encode};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::key_record::KeyType;

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct PublicKey {
    pub(crate) form: Form,
    /// Of the modulus of an RSA key; 256 of ed25519.
    pub(crate) bits: u32,
    /// SHA-256 of the key as a `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), in hex digits: the
    /// same whatever form it is published in.
    pub(crate) fingerprint: String,
    /// The key as a `SubjectPublicKeyInfo`.
    #[serde(skip)]
    pub(crate) der: Vec<u8>,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// The 32 octets of RFC 8463 section 4.
    Ed25519,
    /// RSA as an `RSAPublicKey` (RFC 8017 appendix A.1.1): what RFC 6376 says, and few publish.
    RsaPkcs1,
    /// RSA as a `SubjectPublicKeyInfo`: what everybody publishes, and all verifiers read.
    RsaSpki,
}

impl PublicKey {
    /// Reads the bytes of a record's `p=`.
    ///
    /// # Errors
    /// What is wrong with them, as the end of a sentence.
    pub(crate) fn read(key_type: &KeyType, bytes: &[u8]) -> Result<Self, String> {
        match key_type {
            KeyType::Ed25519 => ed25519(bytes),
            KeyType::Other(name) => Err(format!("nobody verifies with keys of type {name}")),
            KeyType::Rsa => rsa(bytes),
        }
    }

    /// The public part of a key.
    ///
    /// # Errors
    /// That it is of a type that signs nothing, as the end of a sentence.
    pub(crate) fn of(key: &PKey<Public>, form: Form) -> Result<Self, String> {
        let der = key.public_key_to_der().map_err(|_| "it is no usable key".to_owned())?;
        Ok(Self::new(form, key.bits(), der))
    }

    fn new(form: Form, bits: u32, der: Vec<u8>) -> Self {
        // The quick way: the other one sets up all of OpenSSL.
        let mut digest = Sha256::new();
        digest.update(&der);
        Self { form, bits, fingerprint: hex(&digest.finish()), der }
    }

    /// Whether it is an RSA key.
    pub(crate) fn is_rsa(&self) -> bool {
        self.form != Form::Ed25519
    }

    /// The modulus and the exponent of an RSA key, without zeros before them.
    pub(crate) fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        let outer = SubjectPublicKeyInfoRef::from_der(&self.der).ok()?;
        let inner = outer.subject_public_key.as_bytes().filter(|_| outer.algorithm.oid == RSA)?;
        let key = RsaPublicKeyRef::from_der(inner).ok()?;
        Some((key.modulus.as_bytes(), key.public_exponent.as_bytes()))
    }

    /// Whether it has so few bits that nobody may verify with it (RFC 8301 section 3.2).
    pub(crate) fn is_refused(&self) -> bool {
        self.is_rsa() && self.bits < LEAST_BITS
    }

    /// Whether it has so few bits that nobody should sign with it, and some may verify (RFC 8301
    /// section 3.2).
    pub(crate) fn is_short(&self) -> bool {
        self.is_rsa() && (LEAST_BITS..GOOD_BITS).contains(&self.bits)
    }
}

fn ed25519(bytes: &[u8]) -> Result<PublicKey, String> {
    if bytes.len() == ED25519_LENGTH {
        // RFC 8032 section 5.1.3: half of all numbers are none, as a private key put there by mistake.
        let point = CompressedEdwardsY::from_slice(bytes).ok().and_then(|it| it.decompress());
        let point = point.ok_or("its 32 bytes are no public key of ed25519")?;
        if point.is_small_order() {
            return Err("anybody can sign with it".to_owned());
        }
        let der = wrapped(ED25519, None, bytes).ok_or("it is no ed25519 key")?;
        return Ok(PublicKey::new(Form::Ed25519, ED25519_BITS, der));
    }
    let wrapped = SubjectPublicKeyInfoRef::from_der(bytes).map(|key| key.algorithm.oid);
    Err(match wrapped {
        Ok(ED25519) => "an ed25519 key stands there without ASN.1 around it".to_owned(),
        Ok(RSA) => "it is an RSA key, and the record says ed25519".to_owned(),
        _ => format!("an ed25519 key has {ED25519_LENGTH} bytes, this has {}", bytes.len()),
    })
}

fn rsa(bytes: &[u8]) -> Result<PublicKey, String> {
    // Some readers leave what follows the key, others refuse that.
    match sequence_length(bytes) {
        Some(length) if length < bytes.len() => {
            return Err(format!("{} bytes follow the key", bytes.len() - length));
        }
        Some(length) if length > bytes.len() => {
            return Err(format!("the key is cut off: {} of {length} bytes are there", bytes.len()));
        }
        _ => {}
    }
    strict_rsa(bytes).unwrap_or_else(|| lenient_rsa(bytes))
}

/// Whether numbers, without zeros before them, are those of a key that verifiers take: a modulus has two odd
/// factors, with an exponent of 1 or an even one anybody or nobody can sign, and it is smaller than the
/// modulus (RFC 8017 section 3.1). OpenSSL takes no modulus above 16384 bits, and with one above 3072 no
/// exponent above 64.
fn checked(modulus: &[u8], exponent: &[u8]) -> Result<(), String> {
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let is_smaller = (exponent.len(), exponent) < (modulus.len(), modulus);
    let is_taken = modulus.len() <= 2048 && (modulus.len() <= 384 || exponent.len() <= 8);
    if is_odd(modulus) && is_odd(exponent) && exponent != [1] && is_smaller && is_taken {
        return Ok(());
    }
    Err("its numbers are those of no key that verifiers take".to_owned())
}

/// Reads DER to the letter, without OpenSSL: reading keys is most of what a run would cost.
fn strict_rsa(bytes: &[u8]) -> Option<Result<PublicKey, String>> {
    let read = |key: &RsaPublicKeyRef<'_>, form, der| {
        let modulus = key.modulus.as_bytes();
        let unused = modulus.first().map_or(0, |first| first.leading_zeros());
        let bits = u32::try_from(modulus.len() * 8).ok()?.checked_sub(unused)?;
        let checked = checked(modulus, key.public_exponent.as_bytes());
        Some(checked.map(|()| PublicKey::new(form, bits, der)))
    };
    if let Ok(key) = RsaPublicKeyRef::from_der(bytes) {
        let der = wrapped(RSA, Some(AnyRef::NULL), bytes)?;
        return read(&key, Form::RsaPkcs1, der);
    }
    let outer = SubjectPublicKeyInfoRef::from_der(bytes).ok()?;
    let inner = outer.subject_public_key.as_bytes().filter(|_| outer.algorithm.oid == RSA)?;
    read(&RsaPublicKeyRef::from_der(inner).ok()?, Form::RsaSpki, bytes.to_vec())
}

/// Reads what OpenSSL reads besides, and with it most verifiers.
fn lenient_rsa(bytes: &[u8]) -> Result<PublicKey, String> {
    let (rsa, form) = match Rsa::public_key_from_der(bytes) {
        Ok(rsa) => (rsa, Form::RsaSpki),
        Err(_) => match Rsa::public_key_from_der_pkcs1(bytes) {
            Ok(rsa) => (rsa, Form::RsaPkcs1),
            Err(_) => return Err(not_rsa(bytes).to_owned()),
        },
    };
    checked(&rsa.n().to_vec(), &rsa.e().to_vec())?;
    let key = PKey::from_rsa(rsa).map_err(|_| "it is no RSA key")?;
    PublicKey::of(&key, form)
}

/// A key as a `SubjectPublicKeyInfo`.
fn wrapped(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    let subject_public_key = BitStringRef::from_bytes(key).ok()?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().ok()
}

/// What it is in place of an RSA key.
fn not_rsa(bytes: &[u8]) -> &'static str {
    match SubjectPublicKeyInfoRef::from_der(bytes).map(|key| key.algorithm.oid) {
        Ok(ED25519) => "it is an ed25519 key, and the record says RSA",
        Ok(oid) if oid != RSA => "it is a key of another type than RSA",
        _ if bytes.len() == ED25519_LENGTH => "it is no RSA key; an ed25519 key needs k=ed25519",
        _ => "it is no RSA key",
    }
}

/// The length of an ASN.1 SEQUENCE with what stands before its contents, in bytes (X.690 section 8.1).
fn sequence_length(bytes: &[u8]) -> Option<usize> {
    let (0x30, first) = (*bytes.first()?, *bytes.get(1)?) else { return None };
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    let digits = bytes.get(2..2 + count).filter(|_| (1..=3).contains(&count))?;
    let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    Some(2 + count + length)
}

/// Bits of an RSA key that a verifier accepts, and that a signer has.
pub(crate) const LEAST_BITS: u32 = 1024;
const GOOD_BITS: u32 = 2048;
/// RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED25519_BITS: u32 = 256;
const ED25519_LENGTH: usize = 32;
/// RFC 8017 appendix C.
const RSA: ObjectIdentifier = pkcs1::ALGORITHM_OID;

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa_key(bits: u32) -> Rsa<openssl::pkey::Private> {
        Rsa::generate(bits).expect("a key")
    }

    #[test]
    fn ok_both_forms_of_an_rsa_key_are_the_same_key() {
        let key = rsa_key(1024);
        let spki = key.public_key_to_der().expect("a key");
        let pkcs1 = key.public_key_to_der_pkcs1().expect("a key");
        let first = PublicKey::read(&KeyType::Rsa, &spki).expect("a key");
        let second = PublicKey::read(&KeyType::Rsa, &pkcs1).expect("a key");
        assert_eq!((first.form, second.form), (Form::RsaSpki, Form::RsaPkcs1));
        assert_eq!((first.bits, &first.fingerprint), (1024, &second.fingerprint));
        assert_eq!(
            (first.der, first.fingerprint),
            (spki.clone(), hex(&openssl::sha::sha256(&spki)))
        );
    }

    #[test]
    fn ok_the_key_of_rfc_8463() {
        let bytes = openssl::base64::decode_block("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let key = PublicKey::read(&KeyType::Ed25519, &bytes.expect("base64")).expect("a key");
        assert_eq!((key.bits, key.form, key.is_rsa()), (256, Form::Ed25519, false));
    }

    #[test]
    fn ok_both_readers_say_the_same() {
        let key = rsa_key(1024);
        for bytes in
            [key.public_key_to_der().expect("a key"), key.public_key_to_der_pkcs1().expect("a key")]
        {
            assert_eq!(strict_rsa(&bytes), Some(lenient_rsa(&bytes)));
        }
        let ed25519 = PKey::generate_ed25519().expect("a key");
        let raw = ed25519.raw_public_key().expect("a key");
        let der = ed25519.public_key_to_der().expect("a key");
        assert_eq!(PublicKey::read(&KeyType::Ed25519, &raw).map(|key| key.der), Ok(der));
    }

    #[test]
    fn critical_what_is_no_key() {
        let spki = rsa_key(512).public_key_to_der().expect("a key");
        let ed25519 = PKey::generate_ed25519().expect("a key");
        let wrapped = ed25519.public_key_to_der().expect("a key");
        let raw = ed25519.raw_public_key().expect("a key");
        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1);
        let ec = openssl::ec::EcKey::generate(&group.expect("a curve")).expect("a key");
        let ec = PKey::from_ec_key(ec).and_then(|key| key.public_key_to_der()).expect("a key");
        let longer = [&spki[..], b"xy"].concat();
        let mut low_order = [0; 32];
        low_order[0] = 1;
        let mut no_point = [0; 32];
        no_point[0] = 2;
        let number = |number| openssl::bn::BigNum::from_u32(number).expect("a number");
        // A modulus that is larger than that of a key by so much, and an exponent.
        let numbers = |more: u32, exponent| {
            let mut modulus = rsa_key(512).n().to_owned().expect("a number");
            modulus.add_word(more - 1).expect("a number");
            let key = Rsa::from_public_components(modulus, number(exponent));
            key.and_then(|key| key.public_key_to_der()).expect("a key")
        };
        let ones = openssl::bn::BigNum::from_slice(&[1; 300]).expect("a number");
        let ones =
            Rsa::from_public_components(rsa_key(512).n().to_owned().expect("a number"), ones);
        let ones = ones.and_then(|key| key.public_key_to_der()).expect("a key");
        for (key_type, bytes, says) in [
            (KeyType::Rsa, &b"hello"[..], "it is no RSA key"),
            (KeyType::Rsa, b"", "it is no RSA key"),
            (KeyType::Rsa, &spki[..40], "the key is cut off: 40 of 94 bytes are there"),
            (KeyType::Rsa, &longer, "2 bytes follow the key"),
            (KeyType::Rsa, &wrapped, "it is an ed25519 key, and the record says RSA"),
            (KeyType::Rsa, &raw, "it is no RSA key; an ed25519 key needs k=ed25519"),
            (KeyType::Rsa, &ec, "it is a key of another type than RSA"),
            (KeyType::Ed25519, b"hello", "an ed25519 key has 32 bytes, this has 5"),
            (KeyType::Ed25519, &wrapped, "an ed25519 key stands there without ASN.1 around it"),
            (KeyType::Ed25519, &spki, "it is an RSA key, and the record says ed25519"),
            (KeyType::Ed25519, &low_order, "anybody can sign with it"),
            (KeyType::Ed25519, &no_point, "its 32 bytes are no public key of ed25519"),
            (KeyType::Rsa, &numbers(1, 1), "its numbers are those of no key that verifiers take"),
            (KeyType::Rsa, &numbers(1, 4), "its numbers are those of no key that verifiers take"),
            (KeyType::Rsa, &numbers(2, 3), "its numbers are those of no key that verifiers take"),
            (KeyType::Rsa, &ones, "its numbers are those of no key that verifiers take"),
            (KeyType::Other("dsa".to_owned()), b"", "nobody verifies with keys of type dsa"),
        ] {
            let said = PublicKey::read(&key_type, bytes).map(|key| key.bits);
            assert_eq!(said, Err(says.to_owned()), "{key_type:?} {bytes:?}");
        }
    }
}
