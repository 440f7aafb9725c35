//! What a key has to do with a signature (RFC 6376 sections 6.1.2 and 6.1.3).

use mailhost_core::dns::{Failure, Fault};
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::rsa::{Padding, Rsa};
use openssl::sign::Verifier;

use super::{Algorithm, Note, Reason, Signature};
use crate::dkim::{Form, KeyRecord, KeyState, KeyType, LEAST_BITS, PublicKey};

/// The key, if this signature can be verified with it.
///
/// # Errors
/// Every reason why not; never none.
pub(super) fn usable<'k>(
    signature: &Signature,
    key: Option<&'k KeyState>,
) -> Result<&'k PublicKey, Vec<Reason>> {
    let (record, key) = match key {
        None => return Err(vec![Reason::KeyFailed(Failure::of(Fault::NotAsked))]),
        Some(KeyState::Failed(failure)) => return Err(vec![Reason::KeyFailed(failure.clone())]),
        Some(KeyState::Missing) => return Err(vec![Reason::KeyMissing]),
        Some(KeyState::Revoked { .. }) => return Err(vec![Reason::KeyRevoked]),
        Some(KeyState::Several(texts)) => {
            let text =
                format!("there are {} key records, and any of them may be taken", texts.len());
            return Err(vec![Reason::KeyUnusable(text)]);
        }
        Some(KeyState::Wrong { errors, .. }) => {
            let first = errors.first().map(|error| error.text.as_str()).unwrap_or_default();
            let text = format!("the key record cannot be read: {first}");
            return Err(vec![Reason::KeyUnusable(text)]);
        }
        Some(KeyState::One { record, key, .. }) => (record, key),
    };
    let mut problems = problems(signature, record);
    match key {
        Ok(key) if key.is_refused() => problems.push(format!(
            "the RSA key has {} bits, and verifiers refuse less than {LEAST_BITS} (RFC 8301 section 3.2)",
            key.bits
        )),
        Ok(key) if problems.is_empty() => return Ok(key),
        Ok(_) => {}
        Err(text) => problems.push(format!("the key cannot be used: {text}")),
    }
    Err(problems.into_iter().map(Reason::KeyUnusable).collect())
}

/// What a record says against this signature.
fn problems(signature: &Signature, record: &KeyRecord) -> Vec<String> {
    let mut problems = Vec::new();
    if Some(&record.key_type) != signature.algorithm.key_type().as_ref() {
        problems.push(format!(
            "the key is one for {}, and the signature is made with {}",
            name(&record.key_type),
            signature.algorithm
        ));
    }
    if !record.allows_sha256() {
        problems.push("the key record does not allow SHA-256 (h=)".to_owned());
    }
    if !record.is_for_mail() {
        problems.push("the key is not for mail (s=)".to_owned());
    }
    if record.strict && signature.identity_domain != signature.domain {
        problems.push(format!(
            "the key does not allow i= in a subdomain (t=s), and it is in {}",
            signature.identity_domain
        ));
    }
    problems
}

fn name(key_type: &KeyType) -> &str {
    match key_type {
        KeyType::Ed25519 => "ed25519",
        KeyType::Other(name) => name,
        KeyType::Rsa => "RSA",
    }
}

/// What a person should know about the key.
pub(super) fn notes(key: Option<&KeyState>) -> Vec<Note> {
    let Some(KeyState::One { record, key, .. }) = key else { return Vec::new() };
    let mut notes = Vec::new();
    if record.testing {
        notes.push(Note::KeyTesting);
    }
    notes.extend(record.capitals.first().cloned().map(Note::KeyCapitals));
    let Ok(key) = key else { return notes };
    if key.is_short() {
        notes.push(Note::KeyWeak { bits: key.bits });
    }
    if key.form == Form::RsaPkcs1 {
        notes.push(Note::KeyBare);
    }
    notes
}

/// What comes out of verifying.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// The signature is that of something else, made with this key.
    OtherData,
    /// The signature is made with another key, or is none.
    OtherKey,
    Right,
    /// One of the two, and nobody can tell which.
    Wrong,
}

/// Verifies the signature of a hash: with RSA as RFC 8017 section 8.2 says (PKCS #1 version 1.5), and
/// with ed25519 of the hash as if it were the message (RFC 8463 section 3).
pub(super) fn verify(signature: &Signature, key: &PublicKey, digest: &[u8; 32]) -> Verdict {
    let verdict = match signature.algorithm {
        Algorithm::Ed25519Sha256 => ed25519(key, &signature.bytes, digest),
        _ => rsa(key, &signature.bytes, digest),
    };
    verdict.unwrap_or(Verdict::OtherKey)
}

fn ed25519(key: &PublicKey, signature: &[u8], digest: &[u8]) -> Result<Verdict, ErrorStack> {
    let key = PKey::public_key_from_der(&key.der)?;
    let is_right = Verifier::new_without_digest(&key)?.verify_oneshot(signature, digest);
    // A signature of the wrong length is an error there.
    Ok(if is_right.unwrap_or(false) { Verdict::Right } else { Verdict::Wrong })
}

/// Looks into the signature itself: so it can be told what is wrong, and OpenSSL's providers, which take
/// more time than the rest of a run, need not be set up.
fn rsa(key: &PublicKey, signature: &[u8], digest: &[u8]) -> Result<Verdict, ErrorStack> {
    let Some((modulus, exponent)) = key.rsa_numbers() else { return Ok(Verdict::OtherKey) };
    let rsa =
        Rsa::from_public_components(BigNum::from_slice(modulus)?, BigNum::from_slice(exponent)?)?;
    let mut inside = vec![0; modulus.len()];
    if signature.len() != inside.len() {
        return Ok(Verdict::OtherKey);
    }
    // With the right key there is the hash of what was signed inside, and padding that is checked here.
    let length = rsa.public_decrypt(signature, &mut inside, Padding::PKCS1)?;
    let is_right = inside.get(..length) == Some(&[&SHA256_INFO[..], digest].concat()[..]);
    Ok(if is_right { Verdict::Right } else { Verdict::OtherData })
}

/// What stands before a SHA-256 hash in a signature (RFC 8017 section 9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
