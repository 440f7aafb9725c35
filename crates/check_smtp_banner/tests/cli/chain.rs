//! What the server sends along with its certificate, and what is trusted here.

use demo_host::certificates::{Authority, CertificateSpec, Identity};
use demo_host::smtp::{Script, Tls, TlsVersion};
use openssl::x509::X509;

use crate::support::{Ca, Run, check, check_script, start};

const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TLSv1.3, certificate expires \
                    in 90 days, TIME";

fn check_identity(ca: &Ca, identity: Identity, args: &[&str]) -> Run {
    let mut all = ca.trusting(&["-S"]);
    all.extend(args);
    check_script(Script::with_starttls(Tls::new(identity)), &all)
}

fn good(ca: &Ca) -> Identity {
    ca.issue(&CertificateSpec::default())
}

#[test]
fn warning_and_critical_a_root_here_that_is_too_old_or_too_young() {
    for (not_before, not_after, why) in [(-90, -2, "has expired"), (2, 90, "is not valid yet")] {
        let ca = Ca::of(Authority::valid("Example Root", not_before, not_after).unwrap());
        let text = format!(
            "127.0.0.1:PORT certificate is not trusted: the root here that it leads to {why}"
        );
        check_identity(&ca, good(&ca), &[])
            .says(&format!("WARNING - {text}"), &["[WARNING] cert-untrusted"]);
        let script = Script::with_implicit_tls(Tls::new(good(&ca)));
        check_script(script, &ca.trusting(&["--tls"]))
            .says(&format!("CRITICAL - {text}"), &["[CRITICAL] cert-untrusted"]);
    }
}

#[test]
fn warning_an_expired_root_under_an_intermediate() {
    let ca = Ca::of(Authority::valid("Example Root", -90, -2).unwrap());
    let middle = ca.authority.intermediate("Example Middle", 300).unwrap();
    let identity = middle.issue(&CertificateSpec::default()).unwrap();
    check_identity(&ca, identity, &[]).says(
        "WARNING - 127.0.0.1:PORT certificate is not trusted: the root here that it leads to has \
         expired",
        &["[WARNING] cert-untrusted"],
    );
}

#[test]
fn ok_an_intermediate_is_trusted_like_a_root() {
    let root = Authority::new("Example Root").unwrap();
    let middle = Ca::of(root.intermediate("Example Middle", 300).unwrap());
    // Whether the server sends it or not.
    for identity in [good(&middle), good(&middle).without_chain()] {
        check_identity(&middle, identity, &["--verify"]).says(GOOD, &[]);
    }
}

#[test]
fn warning_an_expired_certificate_beside_a_good_way() {
    let ca = Ca::new();
    let old = Authority::valid("Example Old Cross", -90, -5).unwrap();
    let mut identity = good(&ca);
    identity.chain.push(old.certificate().clone());
    let run = check_identity(&ca, identity, &[]);
    run.says(
        "WARNING - 127.0.0.1:PORT root certificate \"Example Old Cross\" expired 5 days ago (DATE)",
        &["[WARNING] cert-expired"],
    );
    // The first to expire counts, wherever it stands.
    assert!(run.stdout.contains(" cert_left=-4"), "{}", run.stdout);
}

#[test]
fn ok_and_critical_a_root_that_is_sent_is_called_root() {
    let ca = Ca::new();
    let mut identity = good(&ca);
    identity.chain.push(ca.authority.certificate().clone());
    check_identity(&ca, identity, &["--verify"]).says(GOOD, &[]);

    let ca = Ca::of(Authority::valid("Example Root", -90, -5).unwrap());
    let mut identity = good(&ca);
    identity.chain.push(ca.authority.certificate().clone());
    check_identity(&ca, identity, &[]).says(
        "CRITICAL - 127.0.0.1:PORT root certificate \"Example Root\" expired 5 days ago (DATE)",
        &["[CRITICAL] cert-expired"],
    );
}

#[test]
fn ok_a_key_that_cannot_be_read_does_not_end_the_dialogue() {
    let ca = Ca::new();
    let odd = Authority::new("Example Odd").unwrap().certificate().to_der().unwrap();
    let identity = Identity { chain: vec![with_an_unknown_key(odd)], ..good(&ca) };
    check_identity(&ca, identity, &["--verify", "-f", "<>"]).says(GOOD, &[]);
}

#[test]
fn critical_a_server_that_wants_a_certificate_of_us() {
    let ca = Ca::new();
    let demanding = |tls| Tls { demands_certificate: true, ..tls };
    let older = Tls::only(good(&ca), TlsVersion::Tls12);
    let server = start(Script::with_starttls(demanding(older)));
    let run = check(server.port(), &ca.trusting(&["-S", "-f", "<>"]));
    assert_eq!(run.findings(), ["[CRITICAL] tls-failed", "[UNKNOWN] not-looked-at"]);
    // What stands before the alert differs among the versions of OpenSSL.
    let said = "CRITICAL - 127.0.0.1:PORT fails the TLS handshake: ";
    assert!(run.headline().starts_with(said), "{}", run.stdout);
    assert!(run.headline().ends_with("alert handshake failure"), "{}", run.stdout);
    // With TLS 1.3 the client is done before the server has looked.
    let server = start(Script::with_starttls(demanding(ca.good_tls())));
    check(server.port(), &ca.trusting(&["-S", "-f", "<>"])).says(
        "CRITICAL - 127.0.0.1:PORT broke the connection instead of the reply to EHLO under TLS: \
         tlsv13 alert certificate required",
        &["[CRITICAL] connection-closed", "[UNKNOWN] not-looked-at"],
    );
}

/// The certificate with a key of a kind that nobody knows: id-ecPublicKey (RFC 5480 section 2.1.1)
/// becomes an object identifier that does not exist.
fn with_an_unknown_key(mut der: Vec<u8>) -> X509 {
    let known = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let at = der.windows(known.len()).position(|bytes| bytes == known).unwrap();
    der[at + known.len() - 1] = 0x7f;
    X509::from_der(&der).unwrap()
}
