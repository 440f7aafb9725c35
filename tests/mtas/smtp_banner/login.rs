//! Logging in on the submission ports.

use std::{fs, io::Write, os::unix::fs::PermissionsExt};

use tempfile::NamedTempFile;

use super::{GOOD, GOOD_TLS, Monitor, path, well_kept};
use crate::postfix::Postfix;

#[test]
fn ok_every_mechanism_with_the_right_password() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let file = password_file(Postfix::PASSWORD);
    let login = ["-U", Postfix::USER, "--password-file", path(file.path())];
    for mechanism in ["plain", "login", "cram-md5"] {
        for (port, tls) in [(postfix.smtps_port(), "--tls"), (postfix.submission_port(), "-S")] {
            let arguments = [&[tls, "-A", mechanism, "-v"], &login[..]].concat();
            monitor
                .check_tls(port, &arguments)
                .says(GOOD_TLS)
                .explains("as alice: 235 2.7.0 Authentication successful");
        }
    }
    monitor
        .check_tls(
            postfix.submission_port(),
            &[&["-S", "--rcpt", "bob@example.com"], &login[..]].concat(),
        )
        .says(GOOD_TLS)
        .measures(
            "time=Vs;;;0 dns=Vs;;;0 connect=Vs;;;0 greeting=Vs;;;0 ehlo=Vs;;;0 tls=Vs;;;0 \
             auth=Vs;;;0 mail=Vs;;;0 rcpt=Vs;;;0 cert_left=Vs;1209600:;604800:",
        );
    monitor.assert_polite();
}

#[test]
fn critical_a_wrong_password() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let file = password_file("open barley");
    for mechanism in ["plain", "login", "cram-md5"] {
        let login = ["-U", Postfix::USER, "--password-file", path(file.path()), "-A", mechanism];
        let answer = monitor
            .check_tls(postfix.smtps_port(), &[&["--tls", "-vvv"], &login[..]].concat())
            .says(&format!(
                "CRITICAL - SERVER refuses the login of alice with {}: 535 5.7.8 Error: \
                 authentication failed: (reason unavailable)",
                mechanism.to_uppercase(),
            ));
        assert!(!answer.run.stdout.contains("barley"), "{}", answer.run.stdout);
    }
    monitor.assert_polite();
}

#[test]
fn critical_a_login_that_is_not_offered() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let file = password_file(Postfix::PASSWORD);
    let login = ["-U", Postfix::USER, "--password-file", path(file.path())];
    let submission = postfix.submission_port();
    monitor.check(submission, &["--forbid-keyword", "AUTH"]).says(GOOD);
    monitor
        .check(submission, &login)
        .says("CRITICAL - SERVER offers AUTH only after STARTTLS, if at all: use -S");
    monitor
        .check_tls(submission, &[&["-S", "-A", "xoauth2"], &login[..]].concat())
        .says("CRITICAL - SERVER does not offer AUTH XOAUTH2, but PLAIN LOGIN CRAM-MD5");
    // Port 25 never offers it, under TLS neither.
    monitor
        .check_tls(postfix.smtp_port(), &[&["-S"], &login[..]].concat())
        .says("CRITICAL - SERVER does not offer AUTH");
    monitor.check(submission, &["--rcpt", "alice@example.org"]).says(
        "CRITICAL - SERVER refuses mail from \"\": 530 5.7.0 Must issue a STARTTLS command first",
    );
    monitor.assert_polite();
}

#[test]
fn critical_the_wrong_kind_of_tls() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    monitor
        .check(postfix.smtps_port(), &["-t", "0.5"])
        .says("CRITICAL - SERVER did not finish the greeting within 0.5 s");
    // What it sends first depends on which side is quicker: its greeting, or a word on clients that
    // speak before it.
    monitor
        .check(postfix.smtp_port(), &["--tls"])
        .explains("[CRITICAL] tls-failed: does not speak TLS here, it sent \"");
}

/// A file that only its owner can read, as the plugin demands.
fn password_file(password: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("make a file");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).expect("close it");
    writeln!(file, "{password}").expect("write the password");
    file
}
