//! The key inside a record: its type, its length, and whether it is the one that is expected.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use demo_host::dns::Zone;
use openssl::base64::{decode_block, encode_block};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use tempfile::TempDir;

use crate::support::{ED25519, RSA_768, RSA_1024, RSA_2048, bare, check, dkim, key, well};

fn rsa(value: &str) -> Zone {
    key(&format!("v=DKIM1; k=rsa; p={value}"))
}

fn ed25519(value: &str) -> Zone {
    key(&format!("v=DKIM1; k=ed25519; p={value}"))
}

#[test]
fn ok_rsa_of_2048_bits_and_ed25519() {
    let said = dkim(&rsa(&RSA_2048.published()), "-v");
    said.shows(&format!("[OK] key: selector s: RSA 2048 bits, SHA-256 {}", RSA_2048.fingerprint()));
    assert_eq!(said.metric("key_length"), Some("2048"));
    said.ends_as("OK");
    let said = dkim(&ed25519(&ED25519.published()), "-v");
    said.shows(&format!("[OK] key: selector s: ed25519, SHA-256 {}", ED25519.fingerprint()));
    assert_eq!((said.metric("key_length"), said.metric("selectors_ok")), (None, Some("1")));
    said.ends_as("OK");
}

/// RFC 8463 appendix A.2.
#[test]
fn ok_the_key_of_rfc_8463() {
    dkim(&ed25519("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "").ends_as("OK");
}

#[test]
fn warning_rsa_of_1024_bits() {
    let said = dkim(&rsa(&RSA_1024.published()), "");
    said.finds(
        "[WARNING] dkim-key-short: the RSA key of selector s has 1024 bits: 2048 is the least now",
    );
    assert_eq!((said.metric("key_length"), said.metric("selectors_ok")), (Some("1024"), Some("1")));
}

#[test]
fn critical_rsa_of_768_bits() {
    let said = dkim(&rsa(&RSA_768.published()), "");
    said.finds(
        "[CRITICAL] dkim-key-short: the RSA key of selector s has 768 bits: nobody verifies with it",
    );
    assert_eq!((said.metric("key_length"), said.metric("selectors_ok")), (Some("768"), Some("0")));
}

#[test]
fn warning_the_shortest_of_several_counts() {
    let zone = well().txt("old._domainkey.d.example", format!("p={}", RSA_1024.published()));
    let said = check(&zone, "--only dkim --selector s1 --selector old --selector s2");
    said.says(
        "WARNING - d.example the RSA key of selector old has 1024 bits: 2048 is the least now",
        &["[WARNING] dkim-key-short"],
    );
    assert_eq!((said.metric("key_length"), said.metric("selectors_ok")), (Some("1024"), Some("3")));
}

#[test]
fn warning_a_bare_rsa_key_is_the_same_key() {
    let said = dkim(
        &rsa(&RSA_2048.pkcs1()),
        &format!("-v --expect-fingerprint {}", RSA_2048.fingerprint()),
    );
    said.shows(
        "[WARNING] dkim-key-form: the key of selector s is a bare RSAPublicKey (PKCS#1): not all read it",
    );
    said.shows("[OK] fingerprint: selector s has the expected key");
    assert_eq!(
        said.verdict(),
        "WARNING - d.example the key of selector s is a bare RSAPublicKey (PKCS#1): not all read it"
    );
    said.ends_as("WARNING");
}

#[test]
fn critical_a_key_that_cannot_be_used() {
    let spki = RSA_2048.0.public_key_to_der().unwrap();
    let wrapped = ED25519.0.public_key_to_der().unwrap();
    let longer = [&spki[..], b"xy"].concat();
    let ec = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp\
              /m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
    for (zone, why) in [
        (rsa("aGVsbG8="), "it is no RSA key".to_owned()),
        (rsa("===="), String::new()),
        (
            rsa(&encode_block(&spki[..150])),
            format!("the key is cut off: 150 of {} bytes are there", spki.len()),
        ),
        (rsa(&encode_block(&longer).replace('\n', "")), "2 bytes follow the key".to_owned()),
        (rsa(&ED25519.published()), "it is no RSA key; an ed25519 key needs k=ed25519".to_owned()),
        (rsa(&encode_block(&wrapped)), "it is an ed25519 key, and the record says RSA".to_owned()),
        (rsa(ec), "it is a key of another type than RSA".to_owned()),
        (
            ed25519(&RSA_2048.published()),
            "it is an RSA key, and the record says ed25519".to_owned(),
        ),
        (
            ed25519(&encode_block(&wrapped)),
            "an ed25519 key stands there without ASN.1 around it".to_owned(),
        ),
        (ed25519(&encode_block(&[7; 33])), "an ed25519 key has 32 bytes, this has 33".to_owned()),
    ] {
        let said = dkim(&zone, "");
        said.ends_as("CRITICAL");
        assert_eq!(said.metric("selectors_ok"), Some("0"));
        if why.is_empty() {
            assert_eq!(said.findings(), ["[CRITICAL] dkim-syntax"], "{}", said.stdout);
            continue;
        }
        said.finds(&format!(
            "[CRITICAL] dkim-key-invalid: the key of selector s cannot be used: {why}"
        ));
    }
}

#[test]
fn warning_a_key_that_is_too_long() {
    let long = PKey::from_rsa(Rsa::generate(4160).unwrap()).unwrap();
    let long = encode_block(&long.public_key_to_der().unwrap());
    dkim(&rsa(&long), "").finds(
        "[WARNING] dkim-key-long: the RSA key of selector s has 4160 bits: not all verify so many",
    );
}

/// What an editor does that knows strings of 255 characters only.
#[test]
fn critical_a_key_that_was_cut() {
    let record = format!("v=DKIM1; k=rsa; p={}", RSA_2048.published());
    let (cut, rest) = record.split_at(255);
    let said = dkim(&key(cut), "");
    let part = &cut.split("p=").nth(1).unwrap()[..27];
    said.finds(&format!(
        "[CRITICAL] dkim-syntax: selector s is wrong at \"{part}...\": base64 has a multiple of four \
         characters: a part is missing or too much"
    ));
    let two = key(cut).txt("s._domainkey.d.example", rest);
    let said = dkim(&two, "");
    said.says(
        &format!(
            "CRITICAL - d.example selector s is wrong at \"{part}...\": base64 has a multiple of four \
             characters... (+1 more)"
        ),
        &["[CRITICAL] dkim-syntax", "[WARNING] dkim-unrelated"],
    );
}

/// Two hundred letters in the first line say nothing; that the key is cut off does.
#[test]
fn critical_the_first_line_says_what_is_wrong_with_a_long_key() {
    let record = format!("v=DKIM1; k=rsa; p={}", RSA_2048.published());
    let said = dkim(&key(&record[..255]), "");
    let part = &RSA_2048.published()[..27];
    said.says(
        &format!(
            "CRITICAL - d.example selector s is wrong at \"{part}...\": base64 has a multiple of four \
             characters: a part i..."
        ),
        &["[CRITICAL] dkim-syntax"],
    );
}

#[test]
fn ok_the_expected_fingerprint_in_any_spelling() {
    let digits = RSA_2048.fingerprint();
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
    for text in
        [digits.clone(), digits.to_uppercase(), pairs.join(":"), pairs.join(":").to_uppercase()]
    {
        for text in [text.clone(), format!("s={text}"), format!("S={text}")] {
            let zone = rsa(&RSA_2048.published());
            let said = dkim(&zone, &format!("-v --expect-fingerprint {text}"));
            said.shows("[OK] fingerprint: selector s has the expected key");
            said.ends_as("OK");
        }
    }
}

#[test]
fn critical_another_fingerprint() {
    let words = format!("--expect-fingerprint {}", ED25519.fingerprint());
    dkim(&rsa(&RSA_2048.published()), &words).finds(&format!(
        "[CRITICAL] dkim-fingerprint: the key of selector s is not the expected one: SHA-256 {}",
        RSA_2048.fingerprint()
    ));
    // A key that is not there is told by its own finding.
    dkim(&well(), &words).finds(
        "[CRITICAL] dkim-selector-missing: selector s has no key: the selector is wrong, or its key is \
         gone",
    );
}

#[test]
fn critical_each_fingerprint_is_of_its_selector() {
    let (first, second) = (RSA_2048.fingerprint(), ED25519.fingerprint());
    let words = "--only dkim --selector s1 --selector s2 --selector s1@other.example";
    let zone = well().txt("s1._domainkey.other.example", format!("p={}", RSA_2048.published()));
    let words_right = format!(
        "{words} --expect-fingerprint s1={first} --expect-fingerprint s2={second} \
         --expect-fingerprint s1@other.example={first}"
    );
    check(&zone, &words_right).ends_as("OK");
    let words_wrong =
        format!("{words} --expect-fingerprint s1={second} --expect-fingerprint s2={first}");
    let said = check(&zone, &words_wrong);
    assert_eq!(said.findings(), ["[CRITICAL] dkim-fingerprint"; 2], "{}", said.stdout);
    said.ends_as("CRITICAL");
}

#[test]
fn unknown_options_about_a_fingerprint() {
    let first = RSA_2048.fingerprint();
    for (option, line) in [
        (
            format!("--selector s1 --selector s2 --expect-fingerprint {first}"),
            "--expect-fingerprint has to say which selector: SELECTOR=...".to_owned(),
        ),
        (
            format!("--selector s1 --expect-fingerprint s3={first}"),
            "--expect-fingerprint is about the selector s3, which --selector does not name"
                .to_owned(),
        ),
        (
            format!("--expect-fingerprint {first}"),
            "--expect-fingerprint needs the selector: give it with --selector".to_owned(),
        ),
        (
            "--selector s1 --expect-fingerprint ab:cd".to_owned(),
            "\"ab:cd\" for --expect-fingerprint is not a SHA-256 digest of 64 hex digits"
                .to_owned(),
        ),
        (
            format!("--retired s1 --expect-fingerprint {first}"),
            "--expect-fingerprint needs the selector: give it with --selector".to_owned(),
        ),
    ] {
        bare(&format!("-d d.example {option}")).says_only(&format!("UNKNOWN - {line}; see --help"));
    }
}

/// A file of a temporary directory, and its path.
fn file(directory: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn ok_the_key_of_a_local_file() {
    let directory = tempfile::tempdir().unwrap();
    let rsa_key = RSA_2048.0.rsa().unwrap();
    let seed = ED25519.0.raw_private_key().unwrap();
    for (at, bytes, zone) in [
        (0, rsa_key.private_key_to_pem().unwrap(), rsa(&RSA_2048.published())),
        (1, RSA_2048.0.private_key_to_pem_pkcs8().unwrap(), rsa(&RSA_2048.published())),
        (2, RSA_2048.0.private_key_to_der().unwrap(), rsa(&RSA_2048.published())),
        (3, RSA_2048.0.public_key_to_pem().unwrap(), rsa(&RSA_2048.published())),
        (4, RSA_2048.0.public_key_to_der().unwrap(), rsa(&RSA_2048.published())),
        (5, ED25519.0.private_key_to_pem_pkcs8().unwrap(), ed25519(&ED25519.published())),
        (6, format!("{}\n", encode_block(&seed)).into_bytes(), ed25519(&ED25519.published())),
        (7, rsa_key.public_key_to_pem_pkcs1().unwrap(), rsa(&RSA_2048.published())),
    ] {
        let path = file(&directory, &format!("{at}=.key"), bytes);
        for words in [format!("-v --key-file {path}"), format!("-v --key-file s={path}")] {
            let said = dkim(&zone, &words);
            said.shows(&format!("[OK] local-key: selector s is the key of {path}"));
            said.ends_as("OK");
        }
    }
}

#[test]
fn critical_the_published_key_is_another_one() {
    let directory = tempfile::tempdir().unwrap();
    for other in [&RSA_1024, &ED25519] {
        let path = file(&directory, "other", other.0.private_key_to_pem_pkcs8().unwrap());
        dkim(&rsa(&RSA_2048.published()), &format!("--key-file {path}")).finds(&format!(
            "[CRITICAL] dkim-key-mismatch: the key of selector s is not the one of {path}, so what that \
             signs fails: SHA-256 {} against {}",
            RSA_2048.fingerprint(),
            other.fingerprint()
        ));
    }
}

#[test]
fn unknown_a_local_file_that_cannot_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1);
    let ec = openssl::ec::EcKey::generate(&group.unwrap()).and_then(PKey::from_ec_key).unwrap();
    let none = "it holds no RSA or ed25519 key without a passphrase";
    let path = |name: &str| directory.path().join(name).display().to_string();
    for (path, why) in [
        (path("missing"), "no such file"),
        (directory.path().display().to_string(), "it is no regular file"),
        (file(&directory, "empty", ""), none),
        (file(&directory, "text", "hello"), none),
        (file(&directory, "ec", ec.private_key_to_pem_pkcs8().unwrap()), none),
        (file(&directory, "large", vec![b'A'; 100_000]), none),
    ] {
        dkim(&rsa(&RSA_2048.published()), &format!("--key-file {path}")).finds(&format!(
            "[UNKNOWN] not-looked-at: selector s was not compared with {path}: {why}"
        ));
    }
    // Worse things lead.
    let gone = path("missing");
    dkim(&rsa(&RSA_1024.published()), &format!("--key-file {gone}")).says(
        "WARNING - d.example the RSA key of selector s has 1024 bits: 2048 is the least now",
        &["[WARNING] dkim-key-short", "[UNKNOWN] not-looked-at"],
    );
}

/// Nobody is there to type a passphrase, and the question for one goes to standard error.
#[test]
fn unknown_a_local_key_with_a_passphrase() {
    let directory = tempfile::tempdir().unwrap();
    let (cipher, phrase) = (Cipher::aes_128_cbc(), b"secret");
    let rsa_key = RSA_2048.0.rsa().unwrap();
    for locked in [
        RSA_2048.0.private_key_to_pem_pkcs8_passphrase(cipher, phrase).unwrap(),
        rsa_key.private_key_to_pem_passphrase(cipher, phrase).unwrap(),
        RSA_2048.0.private_key_to_pkcs8_passphrase(cipher, phrase).unwrap(),
    ] {
        let path = file(&directory, "locked", locked);
        dkim(&rsa(&RSA_2048.published()), &format!("--key-file {path}")).finds(&format!(
            "[UNKNOWN] not-looked-at: selector s was not compared with {path}: it holds no RSA or \
             ed25519 key without a passphrase"
        ));
    }
}

/// Root may read whatever it likes.
#[test]
fn unknown_a_local_file_without_the_right_to_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "key", RSA_2048.0.private_key_to_pem_pkcs8().unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return;
    }
    dkim(&rsa(&RSA_2048.published()), &format!("--key-file {path}")).finds(&format!(
        "[UNKNOWN] not-looked-at: selector s was not compared with {path}: permission denied; needs \
         read rights on it"
    ));
}

#[test]
fn unknown_options_about_a_key_file() {
    for (words, line) in [
        ("--selector s --key-file key.pem", "--key-file key.pem: an absolute path is wanted"),
        ("--selector s --key-file s=key.pem", "--key-file s=key.pem: an absolute path is wanted"),
        (
            "--selector s --selector t --key-file /x",
            "--key-file has to say which selector: SELECTOR=...",
        ),
        ("--key-file /x", "--key-file needs the selector: give it with --selector"),
        (
            "--selector s --key-file t=/x",
            "--key-file is about the selector t, which --selector does not name",
        ),
    ] {
        bare(&format!("-d d.example {words}")).says_only(&format!("UNKNOWN - {line}; see --help"));
    }
}

#[test]
fn ok_what_these_tests_publish_is_what_it_is_taken_for() {
    let bytes = decode_block(&ED25519.published()).unwrap();
    assert_eq!(bytes.len(), 32);
    assert!(!RSA_2048.published().contains('\n') && !RSA_2048.pkcs1().contains('\n'));
}
