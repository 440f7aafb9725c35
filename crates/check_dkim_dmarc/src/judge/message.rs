//! The message: each signature, SPF, and whether one of them speaks for the author's domain.

use std::fmt;

use mailhost_core::contract::{Evidence, Finding, Rule, State, plural, rule};
use mailhost_core::dns::{Failure, Name};
use mailhost_core::mail::spf::{Evaluation, SpfResult};
use mailhost_core::mail::{not_said, point_at};

use super::{policy, unsaid};
use crate::config::Config;
use crate::dmarc::Policy;
use crate::facts::{Existence, Facts, Identified, Mail, MailSpf};
use crate::message::{Author, HeaderEnd, Note, Outcome, Reason, Verified};

/// What comes of a message (RFC 8601 section 2.7, RFC 9989 section 5.4).
#[derive(Clone, Debug, Eq, PartialEq)]
enum DmarcResult {
    Fail,
    /// It cannot be told here: no signature passes, and SPF was not asked about, or who the author is
    /// was not read.
    Neutral,
    /// There is no record.
    None,
    /// Nobody can tell whose record counts.
    PermError,
    /// What passes and speaks for the author's domain.
    Pass(Vec<String>),
    TempError(Failure),
}

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(mail) = &facts.mail else { return };
    result(config, facts, mail, findings);
    for (at, signature) in mail.signatures.iter().enumerate() {
        of_signature(config, facts, at, &signature.value, findings);
    }
    if mail.more_signatures > 0 {
        let text =
            format!("{} more signatures of the message were not looked at", mail.more_signatures);
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    if mail.signatures.is_empty() && !matches!(mail.origin.author, Author::LongHeader { .. }) {
        let finding = Finding::broken(&rule::MESSAGE_UNSIGNED, "has no DKIM-Signature");
        findings.push(finding.about(&of_message(mail)));
    }
    of_spf(facts, mail, findings);
    header(mail, findings);
}

fn dmarc(mail: &Mail) -> DmarcResult {
    let Some(walk) = &mail.walk else {
        return match mail.origin.author {
            Author::LongHeader { .. } | Author::NotAscii(_) => DmarcResult::Neutral,
            _ => DmarcResult::PermError,
        };
    };
    let ruling = match walk.ruling() {
        Ok(Some(ruling)) if ruling.record.asks_for().is_some() => ruling,
        Ok(_) => return DmarcResult::None,
        Err(failure) => return DmarcResult::TempError(failure.clone()),
    };
    let mut passes = Vec::new();
    let mut failure = None;
    for signature in &mail.signatures {
        let Some(of) = &signature.walk else { continue };
        match (signature.value.result, walk.is_aligned(of, ruling.record.dkim_alignment)) {
            (Outcome::Pass, Ok(true)) => {
                let pass = format!("DKIM of {}", of.start);
                if !passes.contains(&pass) {
                    passes.push(pass);
                }
            }
            (Outcome::Pass | Outcome::TempError, Err(unknown)) => {
                failure = failure.or(Some(unknown.clone()));
            }
            (Outcome::TempError, Ok(true)) => {
                failure = failure.or_else(|| key_failure(&signature.value));
            }
            _ => {}
        }
    }
    if let MailSpf::Evaluated(spf) = &mail.spf
        && let Some(of) = &spf.walk
    {
        match (spf.value.result, walk.is_aligned(of, ruling.record.spf_alignment)) {
            (SpfResult::Pass, Ok(true)) => passes.push(format!("SPF of {}", of.start)),
            (SpfResult::Pass | SpfResult::TempError, Err(unknown)) => {
                failure = failure.or(Some(unknown.clone()));
            }
            (SpfResult::TempError, Ok(true)) => {
                failure = failure.or_else(|| spf.value.failure.clone());
            }
            _ => {}
        }
    }
    match (passes.is_empty(), failure, &mail.spf) {
        (false, ..) => DmarcResult::Pass(passes),
        (true, Some(failure), _) => DmarcResult::TempError(failure),
        (true, None, MailSpf::Evaluated(_)) => DmarcResult::Fail,
        (true, None, _) => DmarcResult::Neutral,
    }
}

fn key_failure(signature: &Verified) -> Option<Failure> {
    signature.reasons.iter().find_map(|reason| match reason {
        Reason::KeyFailed(failure) => Some(failure.clone()),
        _ => None,
    })
}

fn result(config: &Config, facts: &Facts, mail: &Mail, findings: &mut Vec<Finding>) {
    let author = &mail.origin.author;
    if let Author::Bracketed { .. } = author {
        let finding = Finding::broken(&rule::MESSAGE_AUTHOR, author.to_string());
        findings.push(finding.graded(State::Warning).about(&of_message(mail)));
    }
    let finding = match dmarc(mail) {
        DmarcResult::Neutral if author.domain().is_none() => {
            Finding::broken(&rule::NOT_LOOKED_AT, format!("is not judged: {author}"))
        }
        DmarcResult::Pass(passes) => {
            Finding::good("message", format!("passes DMARC by {}", passes.join(" and ")))
        }
        DmarcResult::PermError => {
            let text = format!("has no author that DMARC can judge: {}", mail.origin.author);
            Finding::broken(&rule::MESSAGE_AUTHOR, text)
        }
        DmarcResult::TempError(failure) => {
            let what = "may pass DMARC or not";
            unsaid(config, facts, &rule::DMARC_DNS_FAILED, &failure, what)
        }
        DmarcResult::None => Finding::broken(
            &rule::MESSAGE_NO_POLICY,
            "is not judged: its domain has no DMARC record that counts",
        ),
        DmarcResult::Fail => failed(mail, "fails DMARC", "it is"),
        DmarcResult::Neutral => {
            failed(mail, "does not pass DMARC by DKIM", "unless SPF passes it is")
        }
    };
    findings.push(finding.about(&of_message(mail)));
}

/// What the findings about the message as a whole call it.
fn of_message(mail: &Mail) -> String {
    match mail.origin.author.domain() {
        Some(author) => format!("message from {author}"),
        None => "message".to_owned(),
    }
}

/// The finding of a message for which nothing speaks; `then` is the beginning of what follows from it.
fn failed(mail: &Mail, what: &str, then: &str) -> Finding {
    let gone = matches!(mail.existence, Some(Existence::Missing(_)));
    let in_force = mail.walk.as_ref().and_then(|walk| policy::in_force(walk, gone));
    let policy = in_force.map_or(Policy::None, |in_force| in_force.domain);
    let spf = match &mail.spf {
        MailSpf::Evaluated(spf) if spf.value.result == SpfResult::Pass => {
            format!("SPF passes as {}, which is not aligned", spf.value.domain)
        }
        MailSpf::Evaluated(spf) => format!("SPF {}", spf.value.result),
        _ => "SPF was not evaluated".to_owned(),
    };
    let (state, then) = match policy {
        Policy::None => (State::Warning, "it is"),
        Policy::Quarantine | Policy::Reject => (State::Critical, then),
    };
    let text = format!("{what}: {}, {spf}; {then} {}", of_signatures(mail), policy.in_words());
    Finding::broken(&rule::MESSAGE_DMARC, text).graded(state)
}

/// What is most telling about signatures that do not help: why that of the author's domain fails.
fn of_signatures(mail: &Mail) -> String {
    let author = mail.walk.as_ref().and_then(|walk| walk.organizational_domain().ok());
    let own = |signature: &&Identified<Verified>| {
        let of = signature.walk.as_ref().and_then(|walk| walk.organizational_domain().ok());
        of.is_some() && of == author
    };
    let reason =
        |signature: &Identified<Verified>| signature.value.reasons.first().map(ToString::to_string);
    if let Some(reason) = mail.signatures.iter().filter(own).find_map(reason) {
        return reason;
    }
    let passes = mail.signatures.iter().find(|it| it.value.result == Outcome::Pass);
    if let Some(domain) = passes.and_then(|it| it.value.outline.domain.as_ref()) {
        return format!("DKIM passes as {domain}, which is not aligned");
    }
    let reason = mail.signatures.iter().find_map(reason);
    reason.unwrap_or_else(|| "it has no DKIM-Signature".to_owned())
}

/// The result as it stands in front of the first line.
pub(super) fn lead(mail: &Mail) -> String {
    format!("dmarc={}", dmarc(mail))
}

impl fmt::Display for DmarcResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fail => "fail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::Pass(_) => "pass",
            Self::PermError => "permerror",
            Self::TempError(_) => "temperror",
        })
    }
}

/// For the first line when all is well.
pub(super) fn summary(mail: &Mail) -> String {
    let author = mail.origin.author.domain().map(Name::to_string).unwrap_or_default();
    match dmarc(mail) {
        DmarcResult::Pass(passes) => format!("{author} by {}", passes.join(" and ")),
        _ => author,
    }
}

fn named(at: usize, signature: &Verified) -> String {
    let outline = &signature.outline;
    let of = |name: &str, value: Option<String>| value.map(|value| format!("{name}={value}"));
    let domain = of("d", outline.domain.as_ref().map(Name::to_string));
    let parts: Vec<String> = domain.into_iter().chain(of("s", outline.selector.clone())).collect();
    let parts = parts.join(", ");
    let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
    format!("signature {}{parts}", at + 1)
}

fn of_signature(
    config: &Config,
    facts: &Facts,
    at: usize,
    signature: &Verified,
    findings: &mut Vec<Finding>,
) {
    let whose = named(at, signature);
    let mut push = |finding: Finding| findings.push(finding.about(&whose));
    for reason in &signature.reasons {
        let text = format!("{}: {reason}", reason.outcome());
        push(match reason {
            Reason::KeyFailed(failure) => {
                let what = format!("{}: the key is not known", reason.outcome());
                unsaid(config, facts, &rule::SIGNATURE_DNS_FAILED, failure, &what)
            }
            Reason::Syntax { text: field, errors } => {
                let finding = Finding::broken(&rule::SIGNATURE_SYNTAX, text);
                match errors.first() {
                    Some(error) => finding.showing(point_at(field, &error.span)),
                    None => finding,
                }
            }
            _ => Finding::broken(rule_of(reason), text),
        });
    }
    if signature.result == Outcome::Pass {
        let algorithm = signature.outline.algorithm.as_ref().map(ToString::to_string);
        let text = format!("pass, {}", algorithm.unwrap_or_default());
        push(Finding::good("signature", text));
    }
    for note in &signature.notes {
        push(of_note(note));
    }
}

fn rule_of(reason: &Reason) -> &'static Rule {
    match reason {
        Reason::AlgorithmRefused(_) | Reason::AlgorithmUnknown(_) => &rule::SIGNATURE_ALGORITHM,
        Reason::BodyHash | Reason::BodyShort { .. } => &rule::SIGNATURE_BODY,
        Reason::Expired { .. } => &rule::SIGNATURE_EXPIRED,
        Reason::FieldsAdded(_) | Reason::HeaderChanged { .. } | Reason::Signature { .. } => {
            &rule::SIGNATURE_HEADER
        }
        Reason::KeyFailed(_) => &rule::SIGNATURE_DNS_FAILED,
        Reason::KeyMissing | Reason::KeyRevoked | Reason::KeyUnusable(_) | Reason::OtherKey => {
            &rule::SIGNATURE_KEY
        }
        Reason::Syntax { .. } | Reason::TooManyFields => &rule::SIGNATURE_SYNTAX,
    }
}

fn of_note(note: &Note) -> Finding {
    let text = note.to_string();
    match note {
        Note::BodyOpen { .. } => Finding::broken(&rule::SIGNATURE_BODY_OPEN, text),
        Note::FieldExtra { .. } => Finding::broken(&rule::SIGNATURE_FIELD_EXTRA, text),
        Note::FieldsAddable(_) | Note::FieldsUnsigned(_) => {
            Finding::broken(&rule::SIGNATURE_COVERAGE, text)
        }
        Note::Future { .. } => Finding::broken(&rule::SIGNATURE_FUTURE, text),
        Note::KeyCapitals(_) => Finding::broken(&rule::DKIM_CAPITALS, text),
        Note::KeyBare => Finding::broken(&rule::DKIM_KEY_FORM, text),
        Note::KeyTesting => Finding::broken(&rule::DKIM_TESTING, text),
        Note::KeyWeak { .. } => Finding::broken(&rule::DKIM_KEY_SHORT, text),
    }
}

fn of_spf(facts: &Facts, mail: &Mail, findings: &mut Vec<Finding>) {
    let unable = |why: &str| {
        let finding = Finding::broken(&rule::NOT_LOOKED_AT, format!("SPF not evaluated: {why}"));
        finding.about(&of_message(mail))
    };
    let evaluation: &Evaluation = match &mail.spf {
        MailSpf::NotAsked => return,
        MailSpf::NoReturnPath => {
            findings.push(unable("it has no usable Return-Path; give --envelope-from"));
            return;
        }
        MailSpf::NullSender => {
            let why = "it is from the null sender; give the name in HELO with --helo";
            findings.push(unable(why));
            return;
        }
        MailSpf::Evaluated(spf) => &spf.value,
    };
    let Evaluation { address, domain, result, .. } = evaluation;
    let reason = evaluation.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let said = format!("SPF {result} for {address} as {domain}");
    let finding = match (&evaluation.failure, result) {
        (Some(failure), _) => {
            not_said(facts.resolver.as_ref(), &rule::SPF_DNS_FAILED, failure, &said)
        }
        (None, SpfResult::Pass) => Finding::good("message-spf", said),
        (None, _) => Finding::broken(&rule::MESSAGE_SPF, format!("{said}{reason}")),
    };
    findings.push(finding.about(&of_message(mail)));
}

/// What is missing in the header, and where it ends. From is told with the author.
fn header(mail: &Mail, findings: &mut Vec<Finding>) {
    let list = |names: &[&'static str]| -> Vec<&str> {
        names.iter().copied().filter(|name| *name != "From").collect()
    };
    let mut push = |rule, text: String| {
        findings.push(Finding::broken(rule, text).about(&of_message(mail)));
    };
    let missing = list(&mail.origin.missing);
    if !missing.is_empty() {
        push(&rule::MESSAGE_FIELD_MISSING, format!("has no {}", missing.join(" and no ")));
    }
    let repeated = list(&mail.origin.repeated);
    if !repeated.is_empty() {
        let text = format!("has more than one {}", repeated.join(" and more than one "));
        push(&rule::MESSAGE_FIELD_REPEATED, text);
    }
    if let HeaderEnd::Line(number) = mail.header_end {
        let text = format!("has a header that ends early: line {number} is no header field");
        push(&rule::MESSAGE_HEADER_BROKEN, text);
    }
}

/// How many signatures pass, for `-v`.
pub(super) fn evidence(mail: &Mail) -> Vec<Evidence> {
    let good = mail.signatures.iter().filter(|it| it.value.result == Outcome::Pass).count();
    let all = plural(mail.signatures.len(), "signature", "signatures");
    vec![Evidence { level: 1, text: format!("message: {good} of {all} good") }]
}
