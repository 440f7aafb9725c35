//! The handshake and the certificates.

use mailhost_core::contract::{Finding, State, day, plural, rule};
use mailhost_core::tls::{Certificate, TlsFacts, Trust};

use crate::config::CertificatePolicy;
use crate::facts::Door;

/// Judges what a handshake showed.
pub(super) fn judge(
    policy: &CertificatePolicy,
    now: i64,
    tls: &TlsFacts,
    findings: &mut Vec<Finding>,
) {
    let secured = format!("{} with {}", tls.version, tls.cipher);
    findings.push(if tls.version < policy.tls_min {
        let text =
            format!("speaks no TLS newer than {}, {} is asked for", tls.version, policy.tls_min);
        Finding::broken(&rule::TLS_TOO_OLD, text)
    } else {
        Finding::good("tls", secured)
    });
    for (at, certificate) in tls.chain.iter().enumerate() {
        let which = match at {
            0 => "certificate".to_owned(),
            _ if certificate.self_issued => format!("root certificate \"{}\"", certificate.subject),
            _ => format!("intermediate certificate \"{}\"", certificate.subject),
        };
        let on_path = at == 0 || tls.path_outdated;
        judge_dates(policy, now, certificate, &which, on_path, findings);
        judge_strength(certificate, &which, findings);
    }
    judge_trust(policy, tls, findings);
    if let Some(leaf) = tls.chain.first() {
        judge_pin(policy, leaf, findings);
        findings.push(Finding::good("certificate", describe(tls, leaf)));
    }
}

/// Judges the certificate with the other kind of key, which other clients are shown. What it is issued
/// by is mostly what the first one is.
pub(super) fn judge_other(
    policy: &CertificatePolicy,
    now: i64,
    chain: &[Certificate],
    findings: &mut Vec<Finding>,
) {
    let leaf = chain.first().and_then(|leaf| Some((leaf, leaf.key.kind()?)));
    if let Some((leaf, kind)) = leaf {
        let which = format!("{kind} certificate");
        judge_dates(policy, now, leaf, &which, true, findings);
        judge_strength(leaf, &which, findings);
    }
}

fn judge_dates(
    policy: &CertificatePolicy,
    now: i64,
    certificate: &Certificate,
    which: &str,
    on_path: bool,
    findings: &mut Vec<Finding>,
) {
    let left = certificate.not_after - now;
    let date = day(certificate.not_after);
    if certificate.not_before > now {
        let text = format!("{which} is not valid before {}", day(certificate.not_before));
        findings.push(Finding::broken(&rule::CERT_NOT_YET_VALID, text));
    }
    if left <= 0 {
        let text = format!("{which} expired {} ago ({date})", span(-left));
        let finding = Finding::broken(&rule::CERT_EXPIRED, text);
        // Clients that find another way to a root do not mind the expired one beside it.
        findings.push(if on_path { finding } else { finding.graded(State::Warning) });
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds of a lifetime are exact in f64")]
    if let Some((state, _)) = policy.left.broken_by(left as f64) {
        let text = format!("{which} expires in {} ({date})", span(left));
        findings.push(Finding::broken(&rule::CERT_EXPIRES_SOON, text).graded(state));
    }
}

fn judge_strength(certificate: &Certificate, which: &str, findings: &mut Vec<Finding>) {
    let key = &certificate.key;
    if key.weak {
        let text = format!("{which} has a weak key: {} of {} bits", key.algorithm, key.bits);
        findings.push(Finding::broken(&rule::CERT_WEAK_KEY, text));
    }
    // Nobody checks the signature that a root makes under itself.
    if certificate.weak_signature && !certificate.self_issued {
        let text = format!("{which} has a weak signature: {}", certificate.signature);
        findings.push(Finding::broken(&rule::CERT_WEAK_SIGNATURE, text));
    }
}

fn judge_trust(policy: &CertificatePolicy, tls: &TlsFacts, findings: &mut Vec<Finding>) {
    match &tls.trust {
        Trust::Untrusted(reason) => {
            let text = format!("certificate is not trusted: {reason}");
            findings.push(Finding::broken(&rule::CERT_UNTRUSTED, text).graded(policy.mistrust));
        }
        Trust::NoRoots if policy.mistrust != State::Ok => {
            let text = "certificate cannot be verified here: this machine has no trusted roots";
            findings.push(Finding::broken(&rule::LOCAL_FAILURE, text));
        }
        Trust::NoRoots | Trust::Trusted => {}
    }
    if tls.name_matches == Some(false) {
        let name = tls.name.as_deref().unwrap_or_default();
        let names = match tls.chain.first() {
            Some(leaf) if leaf.names.is_empty() => {
                format!("it has no subjectAltName, its subject is {}", leaf.subject)
            }
            Some(leaf) => format!("it is for {}", some_of(&leaf.names)),
            None => String::new(),
        };
        let text = format!("certificate is not for {name}: {names}");
        findings.push(Finding::broken(&rule::CERT_NAME_MISMATCH, text).graded(policy.mistrust));
    }
}

fn judge_pin(policy: &CertificatePolicy, leaf: &Certificate, findings: &mut Vec<Finding>) {
    if let Some(pin) = &policy.pin
        && !leaf.has_sha256(pin)
    {
        let text = format!("certificate has another SHA-256 than --pin: {}", leaf.sha256);
        findings.push(Finding::broken(&rule::CERT_PIN_MISMATCH, text));
    }
}

fn describe(tls: &TlsFacts, leaf: &Certificate) -> String {
    let name = match (tls.name_matches, &tls.name) {
        (Some(true), Some(name)) => format!("for {name}"),
        (Some(false), Some(name)) => format!("not for {name}"),
        _ => "for a name that was not looked at".to_owned(),
    };
    let trust = match tls.trust {
        Trust::NoRoots => "not verified for want of trusted roots",
        Trust::Trusted => "trusted",
        Trust::Untrusted(_) => "not trusted",
    };
    format!(
        "{name}, {trust}, valid until {}, issued by {}, {} of {} bits, {}, {} in the chain",
        day(leaf.not_after),
        leaf.issuer,
        leaf.key.algorithm,
        leaf.key.bits,
        leaf.signature,
        tls.chain.len(),
    )
}

/// The digests that --pin takes.
pub(super) fn digests(door: &Door) -> Option<String> {
    let leaf = door.tls.as_ref()?.as_ref().ok()?.chain.first()?;
    let key = leaf.key_sha256.as_deref().unwrap_or("could not be read");
    Some(format!("certificate SHA-256 {}, its key {key}", leaf.sha256))
}

/// The first names of many.
fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(2).map(String::as_str).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        others => format!("{} and {others} more", shown.join(", ")),
    }
}

/// Seconds until the first certificate of this chain expires.
pub(super) fn left(door: &Door, now: i64) -> Option<i64> {
    let chain = &door.tls.as_ref()?.as_ref().ok()?.chain;
    let all = chain.iter().chain(&door.other_chain);
    all.map(|certificate| certificate.not_after - now).min()
}

/// Seconds until the first certificate of all chains expires.
pub(super) fn shortest_left<'a>(
    doors: impl IntoIterator<Item = &'a Door>,
    now: i64,
) -> Option<i64> {
    doors.into_iter().filter_map(|door| left(door, now)).min()
}

/// Seconds as whole days, or hours where there is no whole day.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        86_400.. => plural(seconds / 86_400, "day", "days"),
        3600.. => plural(seconds / 3600, "hour", "hours"),
        _ => plural(seconds / 60, "minute", "minutes"),
    }
}
