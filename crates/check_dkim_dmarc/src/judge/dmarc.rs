//! The DMARC record itself: whether there is one, where, and how it is written.

use mailhost_core::contract::{Evidence, Finding, Rule, State, plural, rule};
use mailhost_core::mail::{alias_conflict, point_at};

use super::{and_more, policy, unsaid};
use crate::config::Config;
use crate::dmarc::{Found, OddityKind, Other, Record, Step};
use crate::facts::{Dmarc, Facts};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(dmarc) = &facts.dmarc else { return };
    let Some(own) = dmarc.walk.steps.first() else { return };
    if let Some(conflict) = dmarc.alias.conflict.or(own.conflict) {
        findings.push(alias_conflict(conflict, "the name of its DMARC record"));
    } else if let Some(target) = dmarc.alias.target.as_ref().or(own.alias.as_ref()) {
        findings.push(Finding::good("alias", format!("DMARC record is an alias of {target}")));
    }
    failures(config, facts, dmarc, findings);
    several(dmarc, findings);
    // What explains that there is none comes first.
    misplaced(dmarc, findings);
    strangers(own, findings);
    let ruling = dmarc.walk.ruling();
    // That several are none was told.
    let several = matches!(own.found, Found::Several(_));
    if ruling == Ok(None) && !several && !facts.is_gone() {
        findings.push(Finding::broken(&rule::DMARC_MISSING, missing(config, own)));
    }
    if let Ok(Some(ruling)) = ruling {
        let whose = policy::whose(ruling);
        // That of a registry is not the operator's to mend.
        if !ruling.of_public_suffix {
            odd(ruling.record, &whose, findings);
        }
        findings.push(Finding::good("dmarc", format!("{whose}: {}", ruling.record.text)));
    }
    expected(config, own, findings);
}

fn missing(config: &Config, own: &Step) -> String {
    match &own.alias {
        Some(alias) if !own.exists => format!(
            "has no DMARC record: its name is an alias of {alias}, which does not exist in the DNS"
        ),
        Some(alias) => {
            format!("has no DMARC record: its name is an alias of {alias}, which has none")
        }
        None if config.parked => {
            "has no DMARC record; a parked domain says v=DMARC1; p=reject".to_owned()
        }
        None => "has no DMARC record".to_owned(),
    }
}

/// What the DNS did not say on the way up, as far as it matters.
fn failures(config: &Config, facts: &Facts, dmarc: &Dmarc, findings: &mut Vec<Finding>) {
    for step in &dmarc.walk.steps {
        if let Found::Failed(failure) = &step.found {
            let what = if step.domain == dmarc.walk.start {
                "DMARC record is not known".to_owned()
            } else {
                format!("whether {} has a DMARC record that counts is not known", step.domain)
            };
            findings.push(unsaid(config, facts, &rule::DMARC_DNS_FAILED, failure, &what));
            return;
        }
    }
}

fn several(dmarc: &Dmarc, findings: &mut Vec<Finding>) {
    for step in &dmarc.walk.steps {
        if let Found::Several(all) = &step.found {
            let whose = if step.domain == dmarc.walk.start {
                "has".to_owned()
            } else {
                format!("DMARC: {} has", step.domain)
            };
            let text = format!("{whose} {} DMARC records, so none counts", all.len());
            findings.push(Finding::broken(&rule::DMARC_SEVERAL, text));
        }
    }
}

/// Records where nobody looks for them.
fn misplaced(dmarc: &Dmarc, findings: &mut Vec<Finding>) {
    if !dmarc.at_domain.is_empty() {
        let text = "a DMARC record at the domain itself has no effect: it belongs to _dmarc";
        findings.push(Finding::broken(&rule::DMARC_WRONG_PLACE, text));
    }
    if !dmarc.at_doubled.is_empty() {
        let domain = &dmarc.walk.start;
        let text =
            format!("a DMARC record is at _dmarc.{domain}.{domain}: a dot is missing in the zone");
        findings.push(Finding::broken(&rule::DMARC_WRONG_PLACE, text));
    }
}

/// Texts beside the record, or in its place.
fn strangers(own: &Step, findings: &mut Vec<Finding>) {
    for look_alike in own.look_alikes.iter().take(MOST_TEXTS) {
        let text = format!(
            "a text only looks like a DMARC record: {}: {}",
            look_alike.why, look_alike.text
        );
        findings.push(Finding::broken(&rule::DMARC_LOOK_ALIKE, text));
    }
    let spf: Vec<&String> = own.others.iter().filter_map(Other::spf).collect();
    if let Some(first) = spf.first() {
        let text = format!("SPF is where DMARC belongs: {first}{}", and_more(spf.len(), 1));
        findings.push(Finding::broken(&rule::DMARC_SPF_RECORD, text));
    }
    let unrelated = own.others.len() - spf.len();
    if unrelated > 0 {
        let count = plural(unrelated, "text at _dmarc has", "texts at _dmarc have");
        let text = format!("{count} nothing to do with DMARC");
        findings.push(Finding::broken(&rule::DMARC_UNRELATED, text));
    }
}

/// Everything that is odd about the way a record is written.
fn odd(record: &Record, whose: &str, findings: &mut Vec<Finding>) {
    for oddity in record.oddities.iter().take(MOST_ODDITIES) {
        let (rule, state): (&'static Rule, Option<State>) = match oddity.kind {
            OddityKind::Obsolete => (&rule::DMARC_REMOVED_TAG, None),
            OddityKind::ObsoletePercentage => (&rule::DMARC_REMOVED_TAG, Some(State::Warning)),
            OddityKind::Order => (&rule::DMARC_TAG_ORDER, None),
            OddityKind::Syntax => (&rule::DMARC_SYNTAX, None),
            OddityKind::Unknown => (&rule::DMARC_UNKNOWN_TAG, None),
            OddityKind::Uri => (&rule::DMARC_URI, None),
            OddityKind::UriCount => (&rule::DMARC_URI_COUNT, None),
            OddityKind::UriScheme => (&rule::DMARC_URI_SCHEME, None),
            OddityKind::UriSize => (&rule::DMARC_URI_SIZE, None),
            OddityKind::Value => (&rule::DMARC_VALUE, None),
        };
        let finding = Finding::broken(rule, format!("{whose}: {}", oddity.text));
        let finding = finding.showing(point_at(&record.text, &oddity.span));
        let usual = finding.state;
        findings.push(finding.graded(state.unwrap_or(usual)));
    }
}

fn expected(config: &Config, own: &Step, findings: &mut Vec<Finding>) {
    let Some(expected) = &config.expected_record else { return };
    let is = match &own.found {
        // What is not known is told by its own finding.
        Found::Failed(_) => return,
        Found::Missing => "nothing".to_owned(),
        Found::One(record) => record.text.clone(),
        Found::Several(all) => all.join(" and "),
    };
    if is != *expected {
        let text = format!("DMARC record is not the expected one: {is}");
        findings.push(Finding::broken(&rule::DMARC_UNEXPECTED, text));
    }
}

/// The way up, for `-vv`.
pub(super) fn evidence(dmarc: &Dmarc) -> Vec<Evidence> {
    let line = |step: &Step| {
        let what = match &step.found {
            Found::Failed(failure) => failure.to_string(),
            Found::Missing => "no record".to_owned(),
            Found::One(record) => record.text.clone(),
            Found::Several(all) => all.join(" and "),
        };
        Evidence { level: 2, text: format!("_dmarc.{}: {what}", step.domain) }
    };
    dmarc.walk.steps.iter().map(line).collect()
}

/// Oddities of one record that are told.
const MOST_ODDITIES: usize = 12;
/// Texts of one kind that are told.
const MOST_TEXTS: usize = 5;
