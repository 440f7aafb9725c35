//! Certificates, good and bad.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use demo_host::certificates::{Authority, CertificateSpec, Identity, KeyKind, SignatureHash};
use demo_host::smtp::{Listen, Script, SmtpServer, Tls, TlsVersion};
use openssl::hash::MessageDigest;

use crate::support::{Ca, Call, Run, check, check_script, each, polite, start};

/// Runs with STARTTLS against a server with this certificate, told its right name.
fn check_identity(ca: &Ca, identity: Identity, args: &[&str]) -> Run {
    let mut all = ca.trusting(&["-S"]);
    all.extend(args);
    check_script(Script::with_starttls(Tls::new(identity)), &all)
}

fn check_spec(spec: &CertificateSpec, args: &[&str]) -> Run {
    let ca = Ca::new();
    check_identity(&ca, ca.issue(spec), args)
}

fn good_for(days: u32) -> String {
    format!(
        "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TLSv1.3, certificate expires in {days} \
         days, TIME"
    )
}

#[test]
fn critical_expired_and_not_yet_valid() {
    let expired =
        CertificateSpec { not_before_days: -90, not_after_days: -3, ..CertificateSpec::default() };
    for args in [&[][..], &["-D", "30,10"], &["-D", "0"]] {
        let run = check_spec(&expired, args);
        run.says(
            "CRITICAL - 127.0.0.1:PORT certificate expired 3 days ago (DATE)",
            &["[CRITICAL] cert-expired"],
        );
        assert!(run.stdout.contains(" cert_left=-26"), "{}", run.stdout);
    }
    let early = CertificateSpec { not_before_days: 2, ..CertificateSpec::default() };
    check_spec(&early, &[]).says(
        "CRITICAL - 127.0.0.1:PORT certificate is not valid before DATE",
        &["[CRITICAL] cert-not-yet-valid"],
    );
}

#[test]
fn warning_and_critical_expiring_soon() {
    let spec = CertificateSpec { not_after_days: 10, ..CertificateSpec::default() };
    let warning: &[&str] = &["[WARNING] cert-expires-soon"];
    let critical: &[&str] = &["[CRITICAL] cert-expires-soon"];
    let text = "127.0.0.1:PORT certificate expires in 10 days (DATE)";
    let good = good_for(10);
    let cases: [(&[&str], String, &[&str]); 6] = [
        (&[], format!("WARNING - {text}"), warning),
        (&["-D", "30,20"], format!("CRITICAL - {text}"), critical),
        (&["-D", "30"], format!("WARNING - {text}"), warning),
        (&["-D", "30,10"], format!("WARNING - {text}"), warning),
        (&["-D", "5"], good.clone(), &[]),
        (&["--ignore", "cert-expires-soon"], format!("{good} (1 ignored)"), &[]),
    ];
    each(cases, |(args, headline, findings)| {
        check_spec(&spec, args).says(&headline, findings);
    });
    let run = check_spec(&spec, &["--severity", "cert-expires-soon=critical"]);
    run.says(&format!("CRITICAL - {text}"), critical);
    run.shows(
        "[CRITICAL] cert-expires-soon: certificate expires in 10 days (DATE) (moved from WARNING)",
    );
}

#[test]
fn warning_and_critical_days_above_the_usual() {
    let spec = CertificateSpec { not_after_days: 39, ..CertificateSpec::default() };
    let text = "127.0.0.1:PORT certificate expires in 39 days (DATE)";
    check_spec(&spec, &["-D", "60,50"])
        .says(&format!("CRITICAL - {text}"), &["[CRITICAL] cert-expires-soon"]);
    check_spec(&spec, &["-D", "60"])
        .says(&format!("WARNING - {text}"), &["[WARNING] cert-expires-soon"]);
    check_spec(&spec, &["-D", "39"]).says(&good_for(39), &[]);
    // Less than a day is told in hours.
    let today = CertificateSpec { not_after_days: 0, ..CertificateSpec::default() };
    let run = check_spec(&today, &[]);
    assert_eq!(run.findings(), ["[CRITICAL] cert-expires-soon"]);
    // The hour that is left may have begun to run.
    let said = ["1 hour", "59 minutes"]
        .map(|span| format!("CRITICAL - 127.0.0.1:PORT certificate expires in {span} (DATE)"));
    assert!(said.contains(&run.headline().to_owned()), "{}", run.stdout);
}

#[test]
fn ok_an_ipv6_literal_and_its_certificate() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return;
    }
    let ca = Ca::new();
    let spec = CertificateSpec {
        addresses: vec![Ipv6Addr::LOCALHOST.into()],
        ..CertificateSpec::default()
    };
    for host in ["::1", "[::1]"] {
        let script = Script::with_starttls(Tls::new(ca.issue(&spec)));
        let server = SmtpServer::start_on(&Listen::Ipv6, script).unwrap();
        let port = server.port().to_string();
        let args = ["-H", host, "-p", &port, "-S", "--verify", "--ca-file", &ca.file];
        let run = Call::new(&args).run();
        assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.stdout);
        assert_eq!(polite(&server).sni, None);
    }
}

#[test]
fn ok_and_worse_self_signed() {
    let spec = CertificateSpec { self_signed: true, ..CertificateSpec::default() };
    let ca = Ca::new();
    let text = "127.0.0.1:PORT certificate is not trusted: self-signed certificate";
    // Between mail servers nobody verifies: on port 25 it is no alarm unless it is asked for.
    let script = Script::with_starttls(Tls::new(ca.issue(&spec)));
    let run = check_script(script, &["-S", "--sni", "mail.example.org", "-v"]);
    assert_eq!((run.code, run.headline()), (0, good_for(90).as_str()));
    run.shows("[OK] cert-untrusted: certificate is not trusted: self-signed certificate");
    for args in [&[][..], &["-D", "14"], &["--verify"]] {
        check_identity(&ca, ca.issue(&spec), args)
            .says(&format!("WARNING - {text}"), &["[WARNING] cert-untrusted"]);
    }
    let script = Script::with_implicit_tls(Tls::new(ca.issue(&spec)));
    check_script(script.clone(), &ca.trusting(&["--tls"]))
        .says(&format!("CRITICAL - {text}"), &["[CRITICAL] cert-untrusted"]);
    let args = ca.trusting(&["--tls", "--severity", "cert-untrusted=ok"]);
    check_script(script, &args).says(&format!("{} (1 ignored)", good_for(90)), &[]);
}

#[test]
fn warning_an_unknown_authority_and_a_missing_intermediate() {
    let (ours, theirs) = (Ca::new(), Ca::new());
    let identity = theirs.issue(&CertificateSpec::default());
    let text = "WARNING - 127.0.0.1:PORT certificate is not trusted: unable to get local issuer \
                certificate";
    check_identity(&ours, identity, &["--verify"]).says(text, &["[WARNING] cert-untrusted"]);

    let middle = ours.authority.intermediate("Example Middle", 300).unwrap();
    let whole = middle.issue(&CertificateSpec::default()).unwrap();
    check_identity(&ours, whole.clone(), &["--verify"]).says(&good_for(90), &[]);
    check_identity(&ours, whole.without_chain(), &["--verify"])
        .says(text, &["[WARNING] cert-untrusted"]);
}

#[test]
fn warning_and_critical_an_intermediate_that_expires_first() {
    let ca = Ca::new();
    let middle = ca.authority.intermediate("Example Middle", 10).unwrap();
    let identity = middle.issue(&CertificateSpec::default()).unwrap();
    check_identity(&ca, identity, &[]).says(
        "WARNING - 127.0.0.1:PORT intermediate certificate \"Example Middle\" expires in 10 days \
         (DATE)",
        &["[WARNING] cert-expires-soon"],
    );
    let middle = ca.authority.intermediate("Example Middle", -1).unwrap();
    let identity = middle.issue(&CertificateSpec::default());
    check_identity(&ca, identity.unwrap(), &[]).says(
        "CRITICAL - 127.0.0.1:PORT intermediate certificate \"Example Middle\" expired 1 day ago \
         (DATE)",
        &["[CRITICAL] cert-expired"],
    );
}

#[test]
fn ok_and_worse_a_wrong_name() {
    let ca = Ca::new();
    let others = CertificateSpec {
        names: ["mx1", "mx2", "mx3", "mx4", "mx5"].map(|host| format!("{host}.example.net")).into(),
        ..CertificateSpec::default()
    };
    let text = "certificate is not for mail.example.org: it is for mx1.example.net, \
                mx2.example.net and 3 more";
    let script = Script::with_starttls(Tls::new(ca.issue(&others)));
    let run = check_script(script, &["-S", "--sni", "mail.example.org", "-v"]);
    assert_eq!((run.code, run.headline()), (0, good_for(90).as_str()));
    run.shows(&format!("[OK] cert-name-mismatch: {text}"));
    check_identity(&ca, ca.issue(&others), &["--verify"]).says(
        "WARNING - 127.0.0.1:PORT certificate is not for mail.example.org: it is for \
         mx1.example.net, mx2.example.net and 3 more",
        &["[WARNING] cert-name-mismatch"],
    );
    let common_name_only = CertificateSpec { names: Vec::new(), ..CertificateSpec::default() };
    check_identity(&ca, ca.issue(&common_name_only), &["-D", "14"]).says(
        "WARNING - 127.0.0.1:PORT certificate is not for mail.example.org: it has no \
         subjectAltName, its subject is mail.example.org",
        &["[WARNING] cert-name-mismatch"],
    );
    let nameless =
        CertificateSpec { names: Vec::new(), common_name: None, ..CertificateSpec::default() };
    check_identity(&ca, ca.issue(&nameless), &["-D", "14"]).says(
        "WARNING - 127.0.0.1:PORT certificate is not for mail.example.org: it has no \
         subjectAltName, its subject is an empty name",
        &["[WARNING] cert-name-mismatch"],
    );
}

#[test]
fn ok_names_that_match() {
    let ca = Ca::new();
    for names in [&["*.example.org"][..], &["other.example.net", "MAIL.example.ORG"]] {
        let spec = CertificateSpec {
            names: names.iter().map(ToString::to_string).collect(),
            ..CertificateSpec::default()
        };
        check_identity(&ca, ca.issue(&spec), &["--verify"]).says(&good_for(90), &[]);
    }
    // A wildcard stands for one whole label.
    for name in ["*.org", "m*.example.org", "*.mail.example.org"] {
        let run = check_identity(&ca, ca.issue(&CertificateSpec::named(name)), &["--verify"]);
        run.says(
            &format!(
                "WARNING - 127.0.0.1:PORT certificate is not for mail.example.org: it is for {name}"
            ),
            &["[WARNING] cert-name-mismatch"],
        );
    }
}

#[test]
fn ok_an_address_and_what_is_sent_as_sni() {
    let ca = Ca::new();
    let spec = CertificateSpec {
        addresses: vec![Ipv4Addr::LOCALHOST.into()],
        ..CertificateSpec::default()
    };
    let cases: [(&[&str], Option<&str>, i32); 4] = [
        (&[], None, 0),
        (&["--sni"], None, 0),
        (&["--sni", "mail.example.org"], Some("mail.example.org"), 0),
        (&["--sni", "mx.example.org"], Some("mx.example.org"), 1),
    ];
    each(cases, |(args, sni, code)| {
        let server = start(Script::with_starttls(Tls::new(ca.issue(&spec))));
        let mut all = vec!["-S", "--verify", "--ca-file", &ca.file];
        all.extend(args);
        let run = check(server.port(), &all);
        assert_eq!(run.code, code, "{}", run.stdout);
        assert_eq!(polite(&server).sni.as_deref(), sni);
    });
}

#[test]
fn ok_a_name_is_sent_as_sni_with_and_without_the_option() {
    let ca = Ca::new();
    let identity = ca.issue(&CertificateSpec::named("localhost"));
    for sni in [&[][..], &["--sni"]] {
        let server = start(Script::with_starttls(Tls::new(identity.clone())));
        let port = server.port().to_string();
        let mut args = vec!["-4", "-H", "localhost", "-p", &port, "-S", "--verify"];
        args.extend(["--ca-file", &ca.file]);
        args.extend(sni);
        let run = Call::new(&args).run();
        run.says(
            &format!(
                "OK - localhost:{port} 220 mail.example.org ESMTP, TLSv1.3, certificate expires in \
                 90 days, TIME"
            ),
            &[],
        );
        assert_eq!(polite(&server).sni.as_deref(), Some("localhost"));
    }
}

#[test]
fn warning_weak_keys_and_signatures() {
    let ca = Ca::of(Authority::with_key("Example Root", KeyKind::Rsa(2048)).unwrap());
    let with = |key, signature| CertificateSpec { key, signature, ..CertificateSpec::default() };
    let key: &[&str] = &["[WARNING] cert-weak-key"];
    let signature: &[&str] = &["[WARNING] cert-weak-signature"];
    let cases = [
        (with(KeyKind::Rsa(1024), SignatureHash::Sha256), key, "key: RSA of 1024 bits"),
        (with(KeyKind::Ec256, SignatureHash::Sha1), signature, "signature: sha1WithRSAEncryption"),
        (with(KeyKind::Ec256, SignatureHash::Md5), signature, "signature: md5WithRSAEncryption"),
    ];
    for (spec, findings, text) in cases {
        check_identity(&ca, ca.issue(&spec), &["--verify"])
            .says(&format!("WARNING - 127.0.0.1:PORT certificate has a weak {text}"), findings);
    }
}

#[test]
fn critical_pins() {
    let ca = Ca::new();
    let identity = ca.issue(&CertificateSpec::default());
    let sha256 = MessageDigest::sha256();
    let of_certificate = identity.certificate.digest(sha256).unwrap();
    let key = identity.key.public_key_to_der().unwrap();
    let of_key = openssl::hash::hash(sha256, &key).unwrap();
    let hex = |bytes: &[u8], between: &str| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        digits.join(between)
    };
    for pin in
        [hex(&of_certificate, ""), hex(&of_certificate, ":"), hex(&of_key, "").to_lowercase()]
    {
        check_identity(&ca, identity.clone(), &["--pin", &pin]).says(&good_for(90), &[]);
    }
    let shown = hex(&of_certificate, "").to_lowercase();
    let run = check_identity(&ca, identity, &["--pin", &"ab".repeat(32)]);
    assert_eq!((run.code, run.findings()), (2, vec!["[CRITICAL] cert-pin-mismatch"]));
    run.shows(&format!(
        "[CRITICAL] cert-pin-mismatch: certificate has another SHA-256 than --pin: {shown}"
    ));
}

#[test]
fn critical_the_worst_leads_and_the_others_are_counted() {
    let spec = CertificateSpec {
        names: vec!["mx.example.net".into()],
        not_after_days: -3,
        not_before_days: -30,
        self_signed: true,
        ..CertificateSpec::default()
    };
    let ca = Ca::new();
    let tls = Tls::only(ca.issue(&spec), TlsVersion::Tls10);
    let args = ca.trusting(&["-S", "--verify"]);
    check_script(Script::with_starttls(tls), &args).says(
        "CRITICAL - 127.0.0.1:PORT certificate expired 3 days ago (DATE) (+3 more)",
        &[
            "[CRITICAL] cert-expired",
            "[WARNING] tls-too-old",
            "[WARNING] cert-untrusted",
            "[WARNING] cert-name-mismatch",
        ],
    );
}
