//! Keys in files of this machine, which the published ones have to match.

use std::path::Path;

use mailhost_core::file;
use openssl::pkey::{Id, PKey, Private, Public};

use crate::dkim::{Form, PublicKey};

/// The public part of the key in a file.
///
/// # Errors
/// Why the file is of no use, as the end of a sentence that names it.
pub(crate) fn read(path: &Path) -> Result<PublicKey, String> {
    let bytes = file::read(path, LARGEST)?;
    parse(&bytes).ok_or_else(|| "it holds no RSA or ed25519 key without a passphrase".to_owned())
}

/// Reads what signers read: PEM and DER of a private or a public key, and the bare ed25519 key in
/// base64 that rspamd and dkimpy write.
fn parse(bytes: &[u8]) -> Option<PublicKey> {
    // OpenSSL would ask for the passphrase on the terminal.
    let holds = |text: &&[u8]| bytes.windows(text.len()).any(|window| window == *text);
    if LOCKED.iter().any(holds) {
        return None;
    }
    let key = PKey::private_key_from_pem(bytes)
        .or_else(|_| PKey::private_key_from_der(bytes))
        .ok()
        .and_then(|key| public_part(&key))
        .or_else(|| PKey::public_key_from_pem(bytes).ok())
        .or_else(|| PKey::public_key_from_der(bytes).ok())
        .or_else(|| bare(bytes))?;
    let form = match key.id() {
        Id::RSA => Form::RsaSpki,
        Id::ED25519 => Form::Ed25519,
        _ => return None,
    };
    PublicKey::of(&key, form).ok()
}

fn public_part(key: &PKey<Private>) -> Option<PKey<Public>> {
    PKey::public_key_from_der(&key.public_key_to_der().ok()?).ok()
}

/// The seed of an ed25519 key, which may be followed by its public part.
fn bare(bytes: &[u8]) -> Option<PKey<Public>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let bytes = openssl::base64::decode_block(text.trim()).ok()?;
    let seed = bytes.get(..ED25519_SEED).filter(|_| [32, 64].contains(&bytes.len()))?;
    public_part(&PKey::private_key_from_raw_bytes(seed, Id::ED25519).ok()?)
}

const ED25519_SEED: usize = 32;
/// What the PEM forms of a key with a passphrase say of it.
const LOCKED: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
/// Bytes of a file; no key is longer.
const LARGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_keys_in_every_form() {
        let rsa = openssl::rsa::Rsa::generate(1024).expect("a key");
        let key = PKey::from_rsa(rsa.clone()).expect("a key");
        let der = key.public_key_to_der().expect("a key");
        for file in [
            rsa.private_key_to_pem().expect("a key"),
            key.private_key_to_pem_pkcs8().expect("a key"),
            key.private_key_to_der().expect("a key"),
            key.public_key_to_pem().expect("a key"),
            der.clone(),
        ] {
            assert_eq!(parse(&file).expect("a key").der, der);
        }
        let key = PKey::generate_ed25519().expect("a key");
        let der = key.public_key_to_der().expect("a key");
        let seed = key.raw_private_key().expect("a key");
        let both = [&seed[..], &key.raw_public_key().expect("a key")].concat();
        for file in [
            key.private_key_to_pem_pkcs8().expect("a key"),
            openssl::base64::encode_block(&seed).into_bytes(),
            format!("{}\n", openssl::base64::encode_block(&both).replace('\n', "")).into_bytes(),
        ] {
            assert_eq!(parse(&file).expect("a key").der, der);
        }
    }

    #[test]
    fn unknown_files_without_a_usable_key() {
        let locked = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).expect("a key"))
            .expect("a key")
            .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"secret")
            .expect("a key");
        let older = openssl::rsa::Rsa::generate(1024)
            .and_then(|key| {
                key.private_key_to_pem_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"secret")
            })
            .expect("a key");
        for file in [&b""[..], b"hello", b"aGVsbG8=", &locked, &older] {
            assert_eq!(parse(file), None);
        }
        let says = |path: &str| read(Path::new(path)).map(|key| key.bits);
        assert_eq!(says("/nonexistent/key"), Err("no such file".to_owned()));
        assert_eq!(says("/dev/zero"), Err("it is no regular file".to_owned()));
        assert_eq!(
            says("/etc/passwd"),
            Err("it holds no RSA or ed25519 key without a passphrase".to_owned())
        );
    }
}
