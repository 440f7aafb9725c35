//! The keys, selector by selector.

use mailhost_core::contract::{Evidence, Finding, Metric, State, clean_to, plural, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::alias_conflict;

use super::{PART, and_more, float, unsaid, wrong};
use crate::config::Config;
use crate::dkim::{Form, KeyRecord, KeyState, KeyType, PublicKey, Published};
use crate::facts::{Below, Dkim, Facts, Key};
use crate::metrics;
use crate::selector::Purpose;

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(dkim) = &facts.dkim else { return };
    for key in &dkim.keys {
        let mut found = Vec::new();
        one(config, facts, key, &mut found);
        // Whether anything is signed with a guessed one is not known.
        if key.selector.purpose == Purpose::Guessed {
            for finding in &mut found {
                finding.state = finding.state.min(State::Warning);
            }
        }
        findings.extend(found);
    }
    findings.extend(guesses_that_failed(config, facts, dkim));
    // Those that were guessed count when they are there.
    if !config.parked && !facts.is_gone() && counted(dkim).next().is_none() {
        findings.push(none(config, facts, dkim));
    }
}

/// A domain whose keys cannot be looked up fails at every guess: that is said once.
fn guesses_that_failed(config: &Config, facts: &Facts, dkim: &Dkim) -> Option<Finding> {
    let guessed = dkim.keys.iter().filter(|key| key.selector.purpose == Purpose::Guessed);
    let mut failures = guessed.filter_map(failure);
    let first = failures.next()?;
    let count = plural(failures.count() + 1, "guessed selector is", "guessed selectors are");
    let what = format!("{count} not known");
    Some(unsaid(config, facts, &rule::DKIM_DNS_FAILED, first, &what))
}

/// What it means that no selector is known.
fn none(config: &Config, facts: &Facts, dkim: &Dkim) -> Finding {
    match &dkim.below {
        Below::Failed(failure) => {
            let what = "whether there are DKIM keys is not known";
            unsaid(config, facts, &rule::DKIM_DNS_FAILED, failure, what)
        }
        Below::Nothing => {
            let text = "has no DKIM keys: there is nothing below _domainkey";
            Finding::broken(&rule::DKIM_MISSING, text)
        }
        Below::Something => {
            let how = if config.guess { NO_GOOD_GUESS } else { NO_SELECTOR };
            let text = format!("there may be DKIM keys, but {how}");
            // Where there is nothing else, nothing was checked.
            let retired = |key: &Key| key.selector.purpose == Purpose::Retired;
            let checked = config.dmarc || dkim.keys.iter().any(retired);
            if checked && config.max_key_age.is_none() {
                Finding::good("selectors", text)
            } else {
                Finding::broken(&rule::NOT_LOOKED_AT, text)
            }
        }
    }
}

/// Why the DNS did not say what there is at a selector.
pub(super) fn failure(key: &Key) -> Option<&Failure> {
    match key.state()? {
        KeyState::Failed(failure) => Some(failure),
        _ => None,
    }
}

fn one(config: &Config, facts: &Facts, key: &Key, findings: &mut Vec<Finding>) {
    let whose = format!("selector {}", key.selector.text());
    let published = match &key.published {
        Ok(published) => published,
        Err(why) if key.selector.purpose == Purpose::Retired && !key.selector.still_signs => {
            findings.push(Finding::good("retired", format!("{whose} can have no key: {why}")));
            return;
        }
        Err(why) => {
            let text = format!("{whose} can have no key: {why}");
            findings.push(Finding::broken(&rule::DKIM_SELECTOR_MISSING, text));
            return;
        }
    };
    if let Some(conflict) = published.conflict {
        findings.push(alias_conflict(conflict, &format!("the name of {whose}")));
    }
    // It is to have none; what there is is told with the policy.
    if config.parked {
        if published.state.is_none() {
            retired(config, facts, key, &whose, &published.state, findings);
        }
        return;
    }
    let through_wildcard = key.is_wildcard();
    match key.selector.purpose {
        // Whatever is asked for gets the same.
        Purpose::Guessed if through_wildcard => return,
        Purpose::Guessed => match published.state {
            KeyState::Failed(_) | KeyState::Missing | KeyState::Revoked { .. } => return,
            _ => {}
        },
        Purpose::Retired if key.selector.still_signs => {
            let text = format!("{whose} is retired, and the key table still signs with it");
            findings.push(Finding::broken(&rule::DKIM_RETIRED, text));
        }
        Purpose::Retired => {
            retired(config, facts, key, &whose, &published.state, findings);
            return;
        }
        Purpose::Signs => {}
    }
    if through_wildcard {
        let text = format!("{whose} is answered by a wildcard, as every other selector would be");
        findings.push(Finding::broken(&rule::DKIM_WILDCARD, text));
    }
    signs(config, facts, key, published, &whose, findings);
}

/// A selector with which mail is signed.
fn signs(
    config: &Config,
    facts: &Facts,
    key: &Key,
    published: &Published,
    whose: &str,
    findings: &mut Vec<Finding>,
) {
    match &published.state {
        KeyState::Failed(failure) => {
            let what = format!("{whose} is not known");
            findings.push(unsaid(config, facts, &rule::DKIM_DNS_FAILED, failure, &what));
        }
        KeyState::Missing => findings.push(missing(key, published, whose)),
        KeyState::Several(all) => {
            let text = format!("{whose} has {} keys, and verifiers take any of them", all.len());
            findings.push(Finding::broken(&rule::DKIM_SEVERAL, text));
        }
        KeyState::Wrong { text, errors } => {
            findings.extend(wrong(&rule::DKIM_SYNTAX, whose, text, errors));
        }
        KeyState::Revoked { .. } => {
            let text = format!("the key of {whose} is revoked: nothing signed with it passes");
            findings.push(Finding::broken(&rule::DKIM_REVOKED, text));
        }
        KeyState::One { record, key: read, .. } => {
            of_record(record, whose, findings);
            match read {
                Ok(public) => of_key(key, public, whose, findings),
                Err(why) => findings.push(unreadable(record, why, whose)),
            }
        }
    }
    if !published.others.is_empty() && published.state != KeyState::Missing {
        let count = plural(published.others.len(), "other text", "other texts");
        let text = format!("{whose} has {count} beside its key");
        findings.push(Finding::broken(&rule::DKIM_UNRELATED, text));
    }
}

fn missing(key: &Key, published: &Published, whose: &str) -> Finding {
    let why = match (published.others.first(), &published.alias, &key.below) {
        (Some(other), ..) => format!("but another text: {}", clean_to(other, PART)),
        (None, Some(alias), _) if published.exists => {
            format!("it is an alias of {alias}, which has none")
        }
        (None, Some(alias), _) => {
            format!("it is an alias of {alias}, which does not exist in the DNS")
        }
        (None, None, Below::Nothing) => {
            "and there is nothing below _domainkey: no DKIM at all".to_owned()
        }
        (None, None, Below::Something | Below::Failed(_)) => {
            "the selector is wrong, or its key is gone".to_owned()
        }
    };
    let join = if why.starts_with("but") || why.starts_with("and") { "," } else { ":" };
    let text = format!("{whose} has no key{join} {why}");
    Finding::broken(&rule::DKIM_SELECTOR_MISSING, text)
}

fn retired(
    config: &Config,
    facts: &Facts,
    key: &Key,
    whose: &str,
    state: &KeyState,
    findings: &mut Vec<Finding>,
) {
    findings.push(match state {
        KeyState::Missing => Finding::good("retired", format!("{whose} is gone")),
        KeyState::Revoked { .. } => Finding::good("retired", format!("{whose} is revoked")),
        KeyState::Failed(failure) => {
            let what = format!("whether {whose} is gone is not known");
            unsaid(config, facts, &rule::DKIM_DNS_FAILED, failure, &what)
        }
        _ => {
            let wildcard = key.is_wildcard();
            let how = if wildcard { ", by way of a wildcard" } else { "" };
            let text = format!("{whose} is retired and its key is still there{how}");
            Finding::broken(&rule::DKIM_RETIRED, text)
        }
    });
}

/// What the tags say, apart from the key.
fn of_record(record: &KeyRecord, whose: &str, findings: &mut Vec<Finding>) {
    if !record.allows_sha256() {
        let hashes = record.hashes.as_deref().unwrap_or_default().join(":");
        let text = format!("{whose} allows only h={hashes}, and nobody verifies without SHA-256");
        findings.push(Finding::broken(&rule::DKIM_HASH, text));
    }
    if !record.is_for_mail() {
        let services = record.services.join(":");
        let text = format!("{whose} is for s={services}, not for mail");
        findings.push(Finding::broken(&rule::DKIM_SERVICE, text));
    }
    if record.testing {
        let text = format!("{whose} says that DKIM is only tested (t=y)");
        findings.push(Finding::broken(&rule::DKIM_TESTING, text));
    }
    if record.version_misplaced {
        let text = format!("{whose} has v=DKIM1 behind other tags, where some verifiers refuse it");
        findings.push(Finding::broken(&rule::DKIM_VERSION_ORDER, text));
    }
    if let Some(value) = record.capitals.first() {
        let value = clean_to(value, PART);
        let text = format!("{whose} has {value} in capitals, which some verifiers do not know");
        findings.push(Finding::broken(&rule::DKIM_CAPITALS, text));
    }
    if let Some(granularity) = &record.granularity {
        let text = format!("{whose} has g={granularity}, which nobody heeds any more");
        findings.push(Finding::broken(&rule::DKIM_OBSOLETE_TAG, text));
    }
    if !record.unknown.is_empty() {
        let names = record.unknown.iter().take(MOST_TAGS).map(|name| format!("{name}="));
        let names = names.collect::<Vec<_>>().join(" ");
        let more = and_more(record.unknown.len(), MOST_TAGS);
        let text = format!("{whose} has tags that nobody knows: {names}{more}");
        findings.push(Finding::broken(&rule::DKIM_UNKNOWN_TAG, text));
    }
}

fn unreadable(record: &KeyRecord, why: &str, whose: &str) -> Finding {
    match &record.key_type {
        KeyType::Other(_) => Finding::broken(&rule::DKIM_KEY_TYPE, format!("{whose}: {why}")),
        KeyType::Ed25519 | KeyType::Rsa => {
            let text = format!("the key of {whose} cannot be used: {why}");
            Finding::broken(&rule::DKIM_KEY_INVALID, text)
        }
    }
}

fn of_key(key: &Key, public: &PublicKey, whose: &str, findings: &mut Vec<Finding>) {
    let text = format!("{whose}: {}, SHA-256 {}", described(public), public.fingerprint);
    findings.push(Finding::good("key", text));
    findings.extend(length(public, whose));
    if public.form == Form::RsaPkcs1 {
        let text = format!("the key of {whose} is a bare RSAPublicKey (PKCS#1): not all read it");
        findings.push(Finding::broken(&rule::DKIM_KEY_FORM, text));
    }
    findings.extend(expected(key, public, whose));
    findings.extend(local(key, public, whose));
}

fn length(public: &PublicKey, whose: &str) -> Option<Finding> {
    let of = |why: &str| format!("the RSA key of {whose} has {} bits: {why}", public.bits);
    if public.is_refused() {
        let finding = Finding::broken(&rule::DKIM_KEY_SHORT, of("nobody verifies with it"));
        return Some(finding.graded(State::Critical));
    }
    if public.is_short() {
        return Some(Finding::broken(&rule::DKIM_KEY_SHORT, of("2048 is the least now")));
    }
    let is_long = public.is_rsa() && public.bits > MOST_BITS;
    is_long.then(|| Finding::broken(&rule::DKIM_KEY_LONG, of("not all verify so many")))
}

/// Beside the fingerprint that the operator gave.
fn expected(key: &Key, public: &PublicKey, whose: &str) -> Option<Finding> {
    let expected = key.selector.expected.as_ref()?;
    if *expected == public.fingerprint {
        return Some(Finding::good("fingerprint", format!("{whose} has the expected key")));
    }
    let text =
        format!("the key of {whose} is not the expected one: SHA-256 {}", public.fingerprint);
    Some(Finding::broken(&rule::DKIM_FINGERPRINT, text))
}

/// Beside the key in the file of this machine.
fn local(key: &Key, public: &PublicKey, whose: &str) -> Option<Finding> {
    let (local, file) = (key.local.as_ref()?, key.selector.key_file.as_ref()?.display());
    Some(match local {
        Ok(local) if local.fingerprint == public.fingerprint => {
            Finding::good("local-key", format!("{whose} is the key of {file}"))
        }
        Ok(local) => {
            let text = format!(
                "the key of {whose} is not the one of {file}, so what that signs fails: SHA-256 {} \
                 against {}",
                public.fingerprint, local.fingerprint
            );
            Finding::broken(&rule::DKIM_KEY_MISMATCH, text)
        }
        Err(why) => {
            let text = format!("{whose} was not compared with {file}: {why}");
            if key.selector.from_table {
                Finding::good("local-key", text)
            } else {
                Finding::broken(&rule::NOT_LOOKED_AT, text)
            }
        }
    })
}

fn described(public: &PublicKey) -> String {
    if public.is_rsa() { format!("RSA {} bits", public.bits) } else { "ed25519".to_owned() }
}

/// Whether receivers can verify what is signed with a selector.
pub(super) fn works(key: &Key) -> bool {
    match key.state() {
        Some(KeyState::One { record, key: Ok(public), .. }) => {
            record.allows_sha256() && record.is_for_mail() && !public.is_refused()
        }
        _ => false,
    }
}

/// The selectors that count: those that were named, and those that were guessed and are there.
pub(super) fn counted(dkim: &Dkim) -> impl Iterator<Item = &Key> {
    dkim.keys.iter().filter(|key| match key.selector.purpose {
        Purpose::Guessed => works(key) && !key.is_wildcard(),
        Purpose::Retired => key.selector.still_signs,
        Purpose::Signs => true,
    })
}

pub(super) fn summary(dkim: &Dkim) -> Option<String> {
    let all = counted(dkim).count();
    let good = counted(dkim).filter(|key| works(key)).count();
    (all > 0).then(|| format!("DKIM {good} of {} good", plural(all, "selector", "selectors")))
}

pub(super) fn metrics(dkim: &Dkim) -> Vec<Metric> {
    if counted(dkim).next().is_none() || counted(dkim).any(|key| failure(key).is_some()) {
        return Vec::new();
    }
    let good = counted(dkim).filter(|key| works(key)).count();
    let mut metrics = vec![Metric::new(&metrics::SELECTORS_OK, float(good as u64))];
    let keys = counted(dkim).filter_map(|key| key.state()?.key());
    let shortest = keys.filter(|key| key.is_rsa()).map(|key| key.bits).min();
    metrics.extend(shortest.map(|bits| Metric::new(&metrics::KEY_LENGTH, bits.into())));
    metrics
}

/// The records of the selectors, for `-vv`; aliases for `-v`.
pub(super) fn evidence(dkim: &Dkim) -> Vec<Evidence> {
    let mut lines = Vec::new();
    for key in &dkim.keys {
        let Ok(published) = &key.published else { continue };
        let whose = format!("selector {}", key.selector.text());
        if let Some(alias) = &published.alias {
            lines.push(Evidence { level: 1, text: format!("{whose} is an alias of {alias}") });
        }
        let texts: Vec<&String> = match &published.state {
            KeyState::Failed(_) | KeyState::Missing => Vec::new(),
            KeyState::One { text, .. }
            | KeyState::Revoked { text, .. }
            | KeyState::Wrong { text, .. } => vec![text],
            KeyState::Several(all) => all.iter().collect(),
        };
        let texts = texts.into_iter().chain(&published.others);
        lines.extend(texts.map(|text| Evidence { level: 2, text: format!("{whose}: {text}") }));
    }
    lines
}

/// Why DKIM was not looked at.
pub(super) const NO_SELECTOR: &str = "no selector was named";
/// The same where selectors were guessed.
pub(super) const NO_GOOD_GUESS: &str = "none of the guessed selectors has a good key";
/// With more verifiers need not cope (RFC 8301 section 3.2).
const MOST_BITS: u32 = 4096;
/// Tags that are named.
const MOST_TAGS: usize = 8;
