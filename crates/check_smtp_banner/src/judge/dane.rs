//! DANE: whether senders that look for TLSA records get mail through (RFC 7672).

use mailhost_core::contract::{Finding, Metric, State, hex, plural, rule};
use mailhost_core::dns::{Failure, Tlsa};
use mailhost_core::mail::not_said;
use mailhost_core::tls::dane::{Held, Match, unusable};

use crate::facts::{Dane, Door, Vouching};
use crate::metrics::DANE_OK;

/// What the DNS alone says: whether there are records, and whether they count.
pub(super) fn records(dane: &Dane, resolver: Option<&Failure>) -> Vec<Finding> {
    let records = match &dane.records {
        Err(failure) => return vec![unknown(dane, resolver, failure)],
        Ok(records) if records.is_empty() => {
            let text = format!("has no TLSA record at {}", dane.at);
            return vec![Finding::broken(&rule::DANE_MISSING, text)];
        }
        Ok(records) => records,
    };
    let mut findings = Vec::new();
    if !dane.insecure.is_empty() {
        let count = if counts(dane) { "count for some senders only" } else { "do not count" };
        let text = format!(
            "TLSA records {count}: the resolver does not say that DNSSEC vouches for {}",
            dane.insecure.join(", ")
        );
        findings.push(Finding::broken(&rule::DANE_INSECURE, text));
    }
    findings.extend(useless(records));
    let whole = records.iter().filter(|it| it.matching == WHOLE && unusable(it).is_none());
    findings.extend(whole.map(|record| {
        let text = format!("TLSA {} holds all of it, not a digest", short(record));
        Finding::broken(&rule::DANE_WHOLE, text)
    }));
    findings
}

/// Look-ups that fail make senders wait, unless they do not get so far.
fn unknown(dane: &Dane, resolver: Option<&Failure>, failure: &Failure) -> Finding {
    let what = format!("TLSA at {} is not known", dane.at);
    let finding = not_said(resolver, &rule::DANE_DNS_FAILED, failure, &what);
    let is_milder = finding.state == State::Critical && !counts(dane);
    if is_milder { finding.graded(State::Warning) } else { finding }
}

/// Records that senders pass over.
fn useless(records: &[Tlsa]) -> Vec<Finding> {
    let reasons: Vec<String> = records
        .iter()
        .filter_map(|record| {
            let why = unusable(record)?;
            Some(format!("TLSA {} is of no use: {why}", short(record)))
        })
        .collect();
    if reasons.len() == records.len() {
        let text = "no TLSA record is of use, so senders want TLS and verify nothing";
        return vec![Finding::broken(&rule::DANE_UNUSABLE, text).showing(reasons)];
    }
    reasons.into_iter().map(|it| Finding::broken(&rule::DANE_UNUSABLE, it)).collect()
}

/// What came of holding the certificates that an address shows against the records.
pub(super) fn certificates(dane: &Dane, door: &Door) -> Vec<Finding> {
    let Ok(records) = &dane.records else {
        return Vec::new();
    };
    if records.iter().all(|record| unusable(record).is_some()) {
        return Vec::new();
    }
    let mut findings: Vec<Finding> =
        door.vouching.iter().map(|shown| certificate(dane, records, shown)).collect();
    if let Some(why) = &door.other_unseen {
        let text = format!("has a certificate with another kind of key, or not: {why}");
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    findings.extend(stale(records, &door.vouching));
    findings.extend(outranked(records, &door.vouching));
    findings
}

fn certificate(dane: &Dane, records: &[Tlsa], shown: &Vouching) -> Finding {
    let which = shown.key.map_or("certificate".to_owned(), |key| format!("{key} certificate"));
    let good = records.iter().zip(&shown.held).find(|(_, held)| held.is_good());
    if let Some((record, held)) = good {
        return Finding::good("dane", format!("{which}: TLSA {} {}", short(record), words(held)));
    }
    let text = match (records, &shown.held[..]) {
        ([record], [held]) if held.found != Match::Nothing => {
            format!("{which} is not good for TLSA {}, which {}", short(record), words(held))
        }
        ([record], _) => format!("{which} is not what TLSA {} says", short(record)),
        _ => format!("{which} is not good for any of {} TLSA records", records.len()),
    };
    let pairs = records.iter().zip(&shown.held);
    let lines: Vec<String> =
        pairs.map(|(record, held)| format!("TLSA {} {}", short(record), words(held))).collect();
    let finding = Finding::broken(&rule::DANE_MISMATCH, text).showing(lines);
    // Senders do not look at what they cannot trust.
    if counts(dane) { finding } else { finding.graded(State::Warning) }
}

/// Whether senders heed the records. Where the MX alone is not vouched for they need not (RFC 7672 section
/// 2.2.1), and Postfix does.
fn counts(dane: &Dane) -> bool {
    dane.insecure.iter().all(|it| *it == "MX")
}

/// Records that are for no certificate shown, beside others that are.
fn stale(records: &[Tlsa], shown: &[Vouching]) -> Option<Finding> {
    // Those of no use and those that another kind of digest goes before are told beside them.
    let matches = |at: usize| {
        let found = shown.iter().filter_map(|it| it.held.get(at)).map(|held| &held.found);
        found.into_iter().any(|it| it.is_good() || matches!(it, Match::Unusable(_)))
    };
    if !shown.iter().any(|it| it.held.iter().any(Held::is_good)) {
        return None;
    }
    let useless: Vec<String> = records
        .iter()
        .enumerate()
        .filter(|(at, _)| !matches(*at))
        .map(|(_, record)| short(record))
        .collect();
    let of_all = plural(records.len(), "TLSA record", "TLSA records");
    let verb = if useless.len() == 1 { "is" } else { "are" };
    let text = format!(
        "{} of {of_all} {verb} for no certificate shown, as in a roll-over: {}",
        useless.len(),
        useless.join(", ")
    );
    (!useless.is_empty()).then(|| Finding::broken(&rule::DANE_ROLLOVER, text))
}

/// Records that are right, and that senders pass over for another kind of digest.
fn outranked(records: &[Tlsa], shown: &[Vouching]) -> Option<Finding> {
    let is_wasted = |held: &Held| held.outranked && held.found.is_good();
    let wasted = |at: usize| shown.iter().any(|it| it.held.get(at).is_some_and(is_wasted));
    let at = (0..records.len()).find(|at| wasted(*at))?;
    let record = records.get(at)?;
    let (usage, selector) = (record.usage, record.selector);
    let text = format!(
        "TLSA {} is right and does not count beside the SHA-512 of a record {usage} {selector} 2",
        short(record)
    );
    Some(Finding::broken(&rule::DANE_OUTRANKED, text))
}

/// What a record comes to, after its name.
fn words(held: &Held) -> String {
    let found = match &held.found {
        Match::Anchor { fault: None, .. } => "is for its authority".to_owned(),
        Match::Anchor { fault: Some(fault), .. } => format!("is for its authority, but {fault}"),
        Match::Leaf => "matches".to_owned(),
        Match::LeafAsAnchor => {
            "has usage 2 and is for the server's own certificate, which is usage 3".to_owned()
        }
        Match::Nothing => "matches nothing that is sent".to_owned(),
        Match::Unusable(why) => format!("is of no use: {why}"),
    };
    let passed_over = if held.outranked { ", and SHA-512 goes before it" } else { "" };
    format!("{found}{passed_over}")
}

/// The records, whole.
pub(super) fn lines(dane: &Dane) -> Vec<String> {
    let records = dane.records.iter().flatten();
    records.map(|record| format!("{} TLSA {record}", dane.at)).collect()
}

/// A record as a person tells it from others: its numbers, and the beginning of its data.
fn short(record: &Tlsa) -> String {
    let Tlsa { usage, selector, matching, data } = record;
    let beginning = data.get(..SHOWN.min(data.len())).unwrap_or_default();
    let dots = if data.len() > SHOWN { "..." } else { "" };
    format!("{usage} {selector} {matching} {}{dots}", hex(beginning))
}

/// Whether records that count vouch for everything that an address shows.
pub(super) fn vouches(dane: Option<&Dane>, door: &Door) -> bool {
    let vouched = |shown: &Vouching| shown.held.iter().any(Held::is_good);
    let counts = dane.is_some_and(|dane| dane.insecure.is_empty());
    counts
        && door.other_unseen.is_none()
        && !door.vouching.is_empty()
        && door.vouching.iter().all(vouched)
}

/// The same as a metric, where something was shown and there are records.
pub(super) fn metric(dane: Option<&Dane>, door: &Door) -> Option<Metric> {
    let value = if vouches(dane, door) { 1.0 } else { 0.0 };
    (!door.vouching.is_empty()).then(|| Metric::new(&DANE_OK, value))
}

/// The matching type without a digest (RFC 6698 section 2.1.3).
const WHOLE: u8 = 0;
/// Bytes of the data of a record that are shown.
const SHOWN: usize = 4;
