//! TLS and the certificates behind it.

use super::{GOOD_TLS, Monitor, start, well_kept};
use crate::{
    certificates::Certificate,
    postfix::{Postfix, Settings},
};

#[test]
fn ok_a_trusted_certificate() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let strict = ["-S", "-D", "30,10", "--verify"];
    monitor.check_tls(postfix.smtp_port(), &strict).says(GOOD_TLS).measures(
        "time=Vs;;;0 dns=Vs;;;0 connect=Vs;;;0 greeting=Vs;;;0 ehlo=Vs;;;0 tls=Vs;;;0 \
             cert_left=Vs;2592000:;864000:",
    );
    monitor.check_tls(postfix.submission_port(), &strict).says(GOOD_TLS);
    monitor
        .check_tls(postfix.smtps_port(), &["--tls", "--pin", &"0".repeat(64)])
        .explains("[CRITICAL] cert-pin-mismatch");
    monitor.check_tls(postfix.smtps_port(), &["--tls"]).says(GOOD_TLS);
    monitor.assert_polite();
}

#[test]
fn warning_an_authority_that_is_not_known_here() {
    let Some(postfix) = well_kept() else { return };
    let monitor = Monitor::of(postfix);
    let smtp = postfix.smtp_port();
    let untrusted = "SERVER certificate is not trusted: unable to get local issuer certificate";
    let named = ["-S", "--sni", "mail.example.org"];
    monitor.check(smtp, &named).says(GOOD_TLS);
    monitor
        .check(smtp, &[&named[..], &["--verify"]].concat())
        .says(&format!("WARNING - {untrusted}"));
    // Where users' programs would refuse it, it wakes someone.
    monitor
        .check(postfix.smtps_port(), &["--tls", "--sni", "mail.example.org"])
        .says(&format!("CRITICAL - {untrusted}"));
    monitor.assert_polite();
}

#[test]
fn critical_an_expired_certificate() {
    let Some(postfix) = with(Certificate::Expired) else {
        return;
    };
    let monitor = Monitor::of(&postfix);
    for days in [&[][..], &["-D", "30,10"], &["-D", "0"]] {
        monitor
            .check_tls(postfix.smtp_port(), &[&["-S"], days].concat())
            .says("CRITICAL - SERVER certificate expired 9 days ago (DATE)");
    }
    monitor.assert_polite();
}

#[test]
fn warning_a_certificate_that_expires_soon() {
    let Some(postfix) = with(Certificate::ExpiresInDays(10)) else {
        return;
    };
    let monitor = Monitor::of(&postfix);
    let soon = "SERVER certificate expires in 10 days (DATE)";
    for (days, expected) in [
        ("14,7", format!("WARNING - {soon}")),
        ("30,11", format!("CRITICAL - {soon}")),
        ("9,5", GOOD_TLS.replace("90 days", "10 days")),
    ] {
        monitor.check_tls(postfix.smtp_port(), &["-S", "-D", days]).says(&expected);
    }
    monitor.assert_polite();
}

#[test]
fn warning_a_certificate_for_another_name() {
    let Some(postfix) = with(Certificate::WrongName) else {
        return;
    };
    let monitor = Monitor::of(&postfix);
    let wrong = "SERVER certificate is not for mail.example.org: it is for other.example.net";
    monitor.check(postfix.smtp_port(), &["-S"]).says(GOOD_TLS);
    monitor.check_tls(postfix.smtp_port(), &["-S"]).says(&format!("WARNING - {wrong}"));
    monitor.check_tls(postfix.smtps_port(), &["--tls"]).says(&format!("CRITICAL - {wrong}"));
    monitor.assert_polite();
}

#[test]
fn warning_a_certificate_signed_by_itself() {
    let Some(postfix) = with(Certificate::SelfSigned) else {
        return;
    };
    let monitor = Monitor::of(&postfix);
    monitor.check(postfix.smtp_port(), &["-S"]).says(GOOD_TLS);
    monitor
        .check_tls(postfix.smtp_port(), &["-S"])
        .says("WARNING - SERVER certificate is not trusted: self-signed certificate");
    monitor.assert_polite();
}

fn with(certificate: Certificate) -> Option<Postfix> {
    start(&Settings { certificate, ..Settings::default() })
}
