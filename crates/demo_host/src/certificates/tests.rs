//! Certificates, looked at with OpenSSL's eyes.

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
    let left = Asn1Time::days_from_now(0).unwrap().diff(identity.certificate.not_after());
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

    let spec = CertificateSpec { names: Vec::new(), ..CertificateSpec::default() };
    let certificate = authority.issue(&spec).unwrap().certificate;
    assert!(certificate.subject_alt_names().is_none());
    assert_eq!(certificate.subject_name().entries().count(), 1);
}

#[test]
fn crit_dates_are_relative_to_now() {
    let authority = Authority::new("Example Root").unwrap();
    let spec =
        CertificateSpec { not_before_days: -30, not_after_days: -2, ..CertificateSpec::default() };
    let expired = authority.issue(&spec).unwrap();
    assert_eq!(verify(&authority, &expired), CERT_HAS_EXPIRED);
    let spec = CertificateSpec { not_before_days: 2, ..CertificateSpec::default() };
    let early = authority.issue(&spec).unwrap();
    assert_eq!(verify(&authority, &early), CERT_NOT_YET_VALID);
}

#[test]
fn crit_a_root_can_be_too_old_or_too_young() {
    for (not_before, not_after, result) in
        [(-1, 30, OK), (-30, -2, CERT_HAS_EXPIRED), (2, 30, CERT_NOT_YET_VALID)]
    {
        let authority = Authority::valid("Example Root", not_before, not_after).unwrap();
        let identity = authority.issue(&CertificateSpec::default()).unwrap();
        assert_eq!(verify(&authority, &identity), result);
    }
}

#[test]
fn crit_a_self_signed_certificate_is_not_the_authoritys() {
    let authority = Authority::new("Example Root").unwrap();
    let spec = CertificateSpec { self_signed: true, ..CertificateSpec::default() };
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
        let spec = CertificateSpec { key, signature, ..CertificateSpec::default() };
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
    assert_eq!(read.to_der().unwrap(), authority.certificate().to_der().unwrap());
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
