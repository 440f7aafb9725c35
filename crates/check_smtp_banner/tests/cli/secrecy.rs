//! To whom a password is given: never to a server that is not the right one.

use demo_host::Action;
use demo_host::certificates::CertificateSpec;
use demo_host::smtp::{Account, Auth, Script, Tls};
use openssl::base64::encode_block;
use openssl::hash::MessageDigest;

use crate::support::{Ca, Call, Run, check_script, file, polite, start};

const PASSWORD: &str = "corr3ct-h0rse-battery";
const GOOD: &str = "OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TLSv1.3, certificate expires \
                    in 90 days, TIME";

fn auth(mechanisms: &[&str]) -> Auth {
    Auth::new(mechanisms, Account::new("alice", PASSWORD))
}

fn implicit(tls: Tls) -> Script {
    Script { auth: auth(&["PLAIN"]), ..Script::with_implicit_tls(tls) }
}

/// Logs in, and says whether the server was told the password.
fn log_in(script: Script, args: &[&str]) -> (Run, bool) {
    let server = start(script);
    let mut all = vec!["-U", "alice"];
    all.extend(args);
    let run = Call::of_port(server.port(), &all).with("MAILHOST_PASSWORD", PASSWORD).run();
    let session = polite(&server);
    let told = session.verbs.contains(&"AUTH".to_owned());
    let plain = encode_block(format!("\0alice\0{PASSWORD}").as_bytes());
    assert_eq!(session.lines.iter().any(|line| line.ends_with(&plain)), told);
    (run, told)
}

#[test]
fn critical_a_password_is_withheld_from_an_untrusted_server() {
    let (ours, theirs) = (Ca::new(), Ca::new());
    let args = ours.trusting(&["--tls", "--rcpt", "a@example.org"]);
    let (run, told) = log_in(implicit(theirs.good_tls()), &args);
    assert!(!told);
    run.says(
        "CRITICAL - 127.0.0.1:PORT certificate is not trusted: unable to get local issuer \
         certificate",
        &["[CRITICAL] cert-untrusted", "[UNKNOWN] auth-withheld", "[UNKNOWN] not-looked-at"],
    );
    run.shows("[UNKNOWN] auth-withheld: was not given the password of alice: its certificate is not vouched for");
    run.shows("[UNKNOWN] not-looked-at: was not asked about MAIL, 1 of 1 recipient");
}

#[test]
fn critical_a_password_is_withheld_under_another_name() {
    let ca = Ca::new();
    let tls = Tls::new(ca.issue(&CertificateSpec::named("www.example.org")));
    let (run, told) = log_in(implicit(tls.clone()), &ca.trusting(&["--tls"]));
    assert!(!told);
    let findings: &[&str] = &["[CRITICAL] cert-name-mismatch", "[UNKNOWN] auth-withheld"];
    assert_eq!((run.code, run.findings().as_slice()), (2, findings), "{}", run.stdout);
    // That the operator does not mind the name gives nobody the password.
    let args = ca.trusting(&["--tls", "--ignore", "cert-name-mismatch"]);
    let (run, told) = log_in(implicit(tls), &args);
    assert!(!told);
    run.says(
        "UNKNOWN - 127.0.0.1:PORT was not given the password of alice: its certificate is not vouched for",
        &["[UNKNOWN] auth-withheld"],
    );
}

#[test]
fn ok_and_critical_a_pin_vouches_for_the_server() {
    let ca = Ca::new();
    let spec = CertificateSpec { self_signed: true, ..CertificateSpec::default() };
    let identity = ca.issue(&spec);
    let digest = identity.certificate.digest(MessageDigest::sha256()).unwrap();
    let pin: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let args = ["--tls", "--sni", "mail.example.org", "--ignore", "cert-untrusted"];
    let (run, told) =
        log_in(implicit(Tls::new(identity.clone())), &[&args[..], &["--pin", &pin]].concat());
    assert!(told);
    run.says(&format!("{GOOD} (1 ignored)"), &[]);
    // Another digest withholds it, from a server that is trusted otherwise too.
    let other = "ab".repeat(32);
    for tls in [Tls::new(identity), ca.good_tls()] {
        let (run, told) = log_in(implicit(tls), &ca.trusting(&["--tls", "--pin", &other]));
        assert!(!told);
        let findings = run.findings();
        assert!(findings.contains(&"[CRITICAL] cert-pin-mismatch"), "{}", run.stdout);
        assert!(findings.contains(&"[UNKNOWN] auth-withheld"), "{}", run.stdout);
    }
}

#[test]
fn ok_and_warning_starttls_where_nobody_verifies() {
    let (ours, theirs) = (Ca::new(), Ca::new());
    let script = || Script { auth: auth(&["PLAIN"]), ..theirs.good_script() };
    // Without verification the password goes to whoever answers, as it would in clear.
    let (run, told) = log_in(script(), &["-S", "--sni", "mail.example.org"]);
    assert!(told);
    run.says(GOOD, &[]);
    let (run, told) = log_in(script(), &ours.trusting(&["-S"]));
    assert!(!told);
    assert_eq!(run.findings(), ["[WARNING] cert-untrusted", "[UNKNOWN] auth-withheld"]);
}

#[test]
fn critical_a_success_before_the_credentials_were_given() {
    let early = || Action::reply("235 2.7.0 Welcome");
    for mechanism in ["LOGIN", "CRAM-MD5"] {
        let script = Script { auth: auth(&[mechanism]), ..Script::default() };
        let script = script.answering("AUTH", early());
        let args = ["-U", "alice", "-P", PASSWORD, "-C", "NOOP"];
        let run = check_script(script, &args);
        run.says(
            "CRITICAL - 127.0.0.1:PORT spoke out of turn before the reply to AUTH: \"235 2.7.0 \
             Welcome\"",
            &["[CRITICAL] reply-out-of-turn", "[UNKNOWN] not-looked-at"],
        );
    }
    // After the name alone it is as early.
    let script = Script { auth: auth(&["LOGIN"]), ..Script::default() }
        .answering("AUTH", Action::reply("334 VXNlcm5hbWU6"))
        .answering(&encode_block(b"alice"), early());
    let run = check_script(script, &["-U", "alice", "-P", PASSWORD]);
    assert_eq!((run.code, run.findings()), (2, vec!["[CRITICAL] reply-out-of-turn"]));
}

#[test]
fn ok_a_password_that_begins_with_a_hyphen() {
    for password in ["-secret", "--tls", "-"] {
        let script = || Script {
            auth: Auth::new(&["PLAIN"], Account::new("alice", password)),
            ..Script::default()
        };
        let joined = format!("--password={password}");
        for args in [&["-U", "alice", "-P", password][..], &["-U", "alice", &joined]] {
            let run = check_script(script(), args);
            assert_eq!((run.code, run.findings()), (0, vec![]), "{}", run.stdout);
        }
    }
}

/// What looks like a piece of the password in the challenge must not be hidden from the digest.
#[test]
fn ok_a_challenge_that_resembles_the_password() {
    for padding in ["", "x", "xx"] {
        let password = format!("{padding}mail.example.org>");
        let (_file, path) = file(&password, 0o600);
        let auth = Auth::new(&["CRAM-MD5"], Account::new("alice", &password));
        let script = Script { auth, ..Script::default() };
        check_script(script, &["-U", "alice", "--password-file", &path])
            .says("OK - 127.0.0.1:PORT 220 mail.example.org ESMTP, TIME", &[]);
    }
}

#[test]
fn unknown_a_machine_without_roots_does_not_blame_the_server() {
    let ca = Ca::new();
    let server = start(implicit(ca.good_tls()));
    for variable in ["SSL_CERT_DIR", "SSL_CERT_FILE"] {
        let args = ["--tls", "--sni", "mail.example.org"];
        Call::of_port(server.port(), &args).with(variable, "/nonexistent").run().says(
            "UNKNOWN - 127.0.0.1:PORT certificate cannot be verified here: this machine has no \
             trusted roots",
            &["[UNKNOWN] local-failure"],
        );
    }
}
