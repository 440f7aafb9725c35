//! What a DMARC record says (RFC 9989 sections 4.7 and 4.8).

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::policy::{Mode, Policies, Policy};
use super::report_uri::{self, ReportUri};
use crate::tag_list::{self, Tag};

/// A record, with what is wrong in it: a receiver ignores a wrong part and heeds the rest.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Record {
    pub(crate) text: String,
    /// `p`, where it is there and right.
    pub(crate) policy: Option<Policy>,
    /// `sp`, likewise.
    pub(crate) subdomains: Option<Policy>,
    /// `np`, likewise.
    pub(crate) non_existent: Option<Policy>,
    /// Whether one of the three is there and wrong, or there twice.
    pub(crate) policy_wrong: bool,
    pub(crate) psd: Psd,
    /// `t=y`: the policy is not to be applied yet.
    pub(crate) testing: bool,
    pub(crate) dkim_alignment: Mode,
    pub(crate) spf_alignment: Mode,
    /// The usable addresses of `rua`.
    pub(crate) aggregate: Vec<ReportUri>,
    /// Those of `ruf`.
    pub(crate) failure: Vec<ReportUri>,
    /// Whether `rua` is there.
    pub(crate) wants_reports: bool,
    /// Whether one of its addresses is valid, be it no mailbox.
    pub(crate) has_valid_address: bool,
    #[serde(skip)]
    pub(crate) oddities: Vec<Oddity>,
}

/// Whether a domain is a public suffix, below which the domains belong to others.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Psd {
    /// It is not, and is an organizational domain.
    No,
    /// The record does not tell.
    Unknown,
    Yes,
}

/// Something in a record that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Oddity {
    pub(crate) kind: OddityKind,
    /// The bytes of the record that are meant.
    pub(crate) span: Range<usize>,
    /// What is odd, as a sentence without an end.
    pub(crate) text: String,
}

/// What kind of thing is odd; each kind is a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OddityKind {
    /// A tag that no longer exists and does no harm.
    Obsolete,
    /// `pct` below 100, which older receivers heed and newer ones do not.
    ObsoletePercentage,
    /// `p` is not the second tag, as older receivers want it.
    Order,
    /// The grammar is broken.
    Syntax,
    /// A tag that nobody knows.
    Unknown,
    /// An address that cannot be used.
    Uri,
    /// More addresses than receivers have to heed.
    UriCount,
    /// An address of another kind than a mailbox.
    UriScheme,
    /// A size limit, which no longer exists.
    UriSize,
    /// A value that its tag does not have.
    Value,
}

impl Oddity {
    pub(super) fn new(kind: OddityKind, span: Range<usize>, text: impl Into<String>) -> Self {
        Self { kind, span, text: text.into() }
    }
}

impl Record {
    /// Reads a text that begins with `v=DMARC1`.
    pub(crate) fn parse(text: &str) -> Self {
        let (tags, errors) = tag_list::read(text);
        // What is there twice nobody can be sure of, and what has no value neither.
        let policy_wrong = errors.iter().any(|error| {
            let before = text.get(..error.span.start).unwrap_or_default();
            let part = text.get(before.rfind(';').map_or(0, |at| at + 1)..).unwrap_or_default();
            let name = part.split([';', '=']).next().unwrap_or_default();
            ["p", "sp", "np"].contains(&name.trim().to_ascii_lowercase().as_str())
        });
        let errors = errors.into_iter();
        let mut reader = Reader {
            record: Self {
                text: text.to_owned(),
                policy: None,
                subdomains: None,
                non_existent: None,
                policy_wrong,
                psd: Psd::Unknown,
                testing: false,
                dkim_alignment: Mode::Relaxed,
                spf_alignment: Mode::Relaxed,
                aggregate: Vec::new(),
                failure: Vec::new(),
                wants_reports: false,
                has_valid_address: false,
                oddities: errors
                    .map(|error| Oddity::new(OddityKind::Syntax, error.span, error.text))
                    .collect(),
            },
            seen: HashSet::new(),
        };
        for (at, tag) in tags.iter().enumerate().skip(1) {
            reader.tag(tag, at);
        }
        let mut record = reader.record;
        if record.policy.is_none_or(|policy| policy == Policy::None) {
            // There is nothing to apply to a part of mail.
            for oddity in &mut record.oddities {
                if oddity.kind == OddityKind::ObsoletePercentage {
                    oddity.kind = OddityKind::Obsolete;
                }
            }
        }
        record.oddities.sort_by_key(|oddity| oddity.span.start);
        record
    }

    /// What it asks for (section 4.10.1), before a test weakens it. `None` where receivers are to do as
    /// if there were no record.
    pub(crate) fn asks_for(&self) -> Option<Policies> {
        match self.policy.filter(|_| !self.policy_wrong) {
            Some(domain) => {
                let subdomains = self.subdomains.unwrap_or(domain);
                let non_existent = self.non_existent.unwrap_or(subdomains);
                Some(Policies { domain, subdomains, non_existent })
            }
            None if !self.has_valid_address => None,
            None => Some(Policies::all(Policy::None)),
        }
    }

    /// A policy as it is carried out: one level weaker while it is tested.
    pub(crate) fn carried_out(&self, policy: Policy) -> Policy {
        if self.testing { policy.tested() } else { policy }
    }
}

struct Reader {
    record: Record,
    /// The tags that were there, in small letters.
    seen: HashSet<String>,
}

impl Reader {
    fn odd(&mut self, kind: OddityKind, span: &Range<usize>, text: impl Into<String>) {
        self.record.oddities.push(Oddity::new(kind, span.clone(), text));
    }

    fn tag(&mut self, tag: &Tag<'_>, at: usize) {
        let name = tag.name.to_ascii_lowercase();
        if !self.seen.insert(name.clone()) {
            self.record.policy_wrong |= ["p", "sp", "np"].contains(&name.as_str());
            let text = format!("{}= must be there only once", tag.name);
            self.odd(OddityKind::Syntax, &tag.name_span, text);
            return;
        }
        match name.as_str() {
            "adkim" => self.record.dkim_alignment = self.mode(tag),
            "aspf" => self.record.spf_alignment = self.mode(tag),
            "fo" => self.failure_options(tag),
            "np" => self.record.non_existent = self.policy(tag),
            "p" => {
                self.record.policy = self.policy(tag);
                if at > 1 {
                    let text = "p= is not the second tag, as older receivers want it";
                    self.odd(OddityKind::Order, &tag.name_span, text);
                }
            }
            "pct" => self.percentage(tag),
            "psd" => self.record.psd = self.public_suffix(tag),
            "rf" | "ri" => {
                let text = format!("{name}= no longer exists (RFC 9989)");
                self.odd(OddityKind::Obsolete, &tag.name_span, text);
            }
            "rua" => {
                let oddities = &mut self.record.oddities;
                let (mailboxes, any) = report_uri::read("rua", tag, oddities);
                self.record.aggregate = mailboxes;
                self.record.has_valid_address = any;
                self.record.wants_reports = true;
            }
            "ruf" => {
                let oddities = &mut self.record.oddities;
                self.record.failure = report_uri::read("ruf", tag, oddities).0;
            }
            "sp" => self.record.subdomains = self.policy(tag),
            "t" => self.record.testing = self.testing(tag),
            _ => {
                let text = format!("{}= is no tag of DMARC{}", tag.name, meant(&name));
                self.odd(OddityKind::Unknown, &tag.name_span, text);
                return;
            }
        }
        if name != tag.name {
            let text = format!("{}= is not known to every receiver: write {name}=", tag.name);
            self.odd(OddityKind::Unknown, &tag.name_span, text);
        }
    }

    fn wrong_value(&mut self, tag: &Tag<'_>, right: &str) {
        let text = format!("{}= is {right}", tag.name);
        self.odd(OddityKind::Value, &tag.value_span, text);
    }

    fn policy(&mut self, tag: &Tag<'_>) -> Option<Policy> {
        let policy = Policy::parse(tag.value);
        if policy.is_none() {
            self.record.policy_wrong = true;
            self.wrong_value(tag, "none, quarantine or reject");
        }
        policy
    }

    fn public_suffix(&mut self, tag: &Tag<'_>) -> Psd {
        match tag.value.to_ascii_lowercase().as_str() {
            "n" => Psd::No,
            "u" => Psd::Unknown,
            "y" => Psd::Yes,
            _ => {
                self.wrong_value(tag, "y, n or u");
                Psd::Unknown
            }
        }
    }

    fn testing(&mut self, tag: &Tag<'_>) -> bool {
        match tag.value.to_ascii_lowercase().as_str() {
            "y" => true,
            "n" => false,
            _ => {
                self.wrong_value(tag, "y or n");
                false
            }
        }
    }

    fn mode(&mut self, tag: &Tag<'_>) -> Mode {
        match tag.value.to_ascii_lowercase().as_str() {
            "r" => Mode::Relaxed,
            "s" => Mode::Strict,
            _ => {
                self.wrong_value(tag, "r or s; r counts here");
                Mode::Relaxed
            }
        }
    }

    /// ```text
    /// dmarc-fo = (("0" / "1") and "d" and "s", each at most once, with colons between them)
    /// ```
    fn failure_options(&mut self, tag: &Tag<'_>) {
        let mut seen: Vec<String> = Vec::new();
        for (option, span) in tag.parts(':') {
            let option = option.to_ascii_lowercase();
            let other = match option.as_str() {
                "0" => "1",
                "1" => "0",
                "d" | "s" => "",
                _ => {
                    let text = "fo= has 0 or 1, d and s, with colons between them";
                    self.odd(OddityKind::Value, &span, text);
                    return;
                }
            };
            let text = if seen.contains(&option) {
                format!("fo= has {option} twice, so 0 counts")
            } else if seen.iter().any(|before| before == other) {
                "fo= has 0 and 1, so 0 counts".to_owned()
            } else {
                seen.push(option);
                continue;
            };
            self.odd(OddityKind::Value, &span, text);
            return;
        }
    }

    fn percentage(&mut self, tag: &Tag<'_>) {
        let digits = tag.value.bytes().all(|byte| byte.is_ascii_digit());
        match tag.value.parse::<u32>().ok().filter(|percent| digits && *percent <= 100) {
            Some(100) => {
                self.odd(OddityKind::Obsolete, &tag.name_span, "pct= no longer exists (RFC 9989)");
            }
            Some(percent) => {
                let text = format!(
                    "pct= no longer exists (RFC 9989): some receivers apply the policy to {percent} % of \
                     mail, others to all; a test is t=y now"
                );
                self.odd(OddityKind::ObsoletePercentage, &tag.value_span, text);
            }
            None => {
                let text = "pct= no longer exists (RFC 9989), and was 0 to 100";
                self.odd(OddityKind::Obsolete, &tag.value_span, text);
            }
        }
    }
}

/// What is most likely meant by a tag that does not exist.
fn meant(name: &str) -> &'static str {
    match name {
        "adki" | "adkm" | "dkim" | "akdim" => "; adkim= is meant",
        "asp" | "asfp" | "spf" => "; aspf= is meant",
        "policy" | "pol" => "; p= is meant",
        "ruaa" | "rau" | "urua" | "report" | "reports" | "mailto" => "; rua= is meant",
        "rfu" | "ruff" => "; ruf= is meant",
        "sub" | "subdomain" | "ps" => "; sp= is meant",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
