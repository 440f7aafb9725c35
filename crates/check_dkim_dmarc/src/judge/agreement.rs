//! Whether mail of the domain can pass at all, given what it asks to be done with mail that does not.

use mailhost_core::contract::{Finding, State, rule};
use mailhost_core::dns::{Failure, Name};
use mailhost_core::mail::spf::{Kind, Published, Qualifier, Record};

use super::dkim::{self, NO_GOOD_GUESS, NO_SELECTOR};
use super::{policy, unsaid};
use crate::config::Config;
use crate::dkim::KeyState;
use crate::dmarc::{Mode, Policy, Ruling, Walk};
use crate::facts::{Below, Facts, Key};
use crate::selector::Purpose;

/// Whether one of the two ways to pass is open.
#[derive(Debug)]
enum Way {
    /// Not, and what the domain has in its place.
    Closed(&'static str),
    Open,
    /// The DNS did not say.
    Unknown(Failure),
    /// Nothing was looked at that could tell.
    Unseen,
}

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let (Some(dmarc), false) = (&facts.dmarc, config.parked) else { return };
    if facts.is_gone() {
        return;
    }
    let Some(in_force) = policy::in_force(&dmarc.walk, facts.is_gone()) else { return };
    unaligned(facts, in_force.ruling, &dmarc.walk, findings);
    let spf = by_spf(facts, in_force.ruling);
    let dkim = by_dkim(facts, in_force.ruling, &dmarc.walk);
    let (spf, dkim) = match (spf, dkim) {
        // A selector that is not known is told by its own finding.
        (Way::Open | Way::Unseen, _) | (_, Way::Open | Way::Unknown(_)) => return,
        (Way::Unknown(failure), _) => {
            let what = "whether mail can pass by SPF is not known";
            findings.push(unsaid(config, facts, &rule::SPF_DNS_FAILED, &failure, what));
            return;
        }
        // Where DKIM was left out on purpose, that is no question.
        (Way::Closed(_), Way::Unseen) if facts.dkim.is_none() => return,
        (Way::Closed(spf), Way::Unseen) => {
            // Without a policy nothing is lost by it.
            if in_force.domain != Policy::None {
                let why = if config.guess { NO_GOOD_GUESS } else { NO_SELECTOR };
                let text = format!(
                    "has {spf}, and whether mail can pass DMARC by DKIM was not looked at: {why}"
                );
                findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
            }
            return;
        }
        (Way::Closed(spf), Way::Closed(dkim)) => (spf, dkim),
    };
    let (state, lost) = match in_force.domain {
        Policy::Reject => (State::Critical, "asks everybody to refuse all its mail"),
        Policy::Quarantine => (State::Warning, "asks everybody to put all its mail aside"),
        Policy::None => (State::Ok, "asks nobody to do anything about it yet"),
    };
    let text = format!("has {spf} and {dkim}, so nothing passes, and DMARC {lost}");
    findings.push(Finding::broken(&rule::DMARC_NOTHING_PASSES, text).graded(state));
}

/// SPF of the domain; with relaxed alignment that of its organization will do too.
fn by_spf(facts: &Facts, ruling: Ruling<'_>) -> Way {
    let above =
        facts.organization.as_ref().filter(|_| ruling.record.spf_alignment == Mode::Relaxed);
    let Some(own) = &facts.spf else { return Way::Unseen };
    let own = of_policy(own);
    let above = above.map(|above| of_policy(&above.spf));
    // Where both are closed, the domain's own reason is told.
    let better = above.filter(|above| !matches!(above, Way::Closed(_)));
    if matches!(own, Way::Closed(_)) { better.unwrap_or(own) } else { own }
}

fn of_policy(published: &Published) -> Way {
    match published {
        Published::Failed(failure) => Way::Unknown(failure.clone()),
        Published::Missing { .. } => Way::Closed("no SPF"),
        Published::One { record, .. } if lets_somebody_pass(record) => Way::Open,
        Published::One { .. } => Way::Closed("an SPF record that lets nobody pass"),
        Published::Several(_) => Way::Closed("several SPF records"),
        Published::Wrong { .. } => Way::Closed("an SPF record that is wrong"),
    }
}

fn lets_somebody_pass(record: &Record) -> bool {
    let passes = record.directives().any(|(_, _, qualifier, _)| qualifier == Qualifier::Pass);
    passes || record.terms.iter().any(|term| matches!(term.kind, Kind::Redirect(_)))
}

fn by_dkim(facts: &Facts, ruling: Ruling<'_>, of_domain: &Walk) -> Way {
    let Some(keys) = &facts.dkim else { return Way::Unseen };
    let signing = || keys.keys.iter().filter(|key| key.selector.purpose != Purpose::Retired);
    if signing().any(|key| dkim::works(key) && is_aligned(key, ruling, of_domain) != Some(false)) {
        return Way::Open;
    }
    let failure = signing().find_map(|key| match &key.published.as_ref().ok()?.state {
        KeyState::Failed(failure) => Some(failure.clone()),
        _ => None,
    });
    let named = signing().any(|key| key.selector.purpose == Purpose::Signs);
    let above =
        facts.organization.as_ref().filter(|_| ruling.record.dkim_alignment == Mode::Relaxed);
    match (failure, &keys.below, above.map(|above| &above.below)) {
        (Some(failure), ..) => Way::Unknown(failure),
        // Keys of the organization may sign; which they are was not asked.
        (None, _, Some(Below::Something)) => Way::Unseen,
        (None, _, Some(Below::Failed(failure))) => Way::Unknown(failure.clone()),
        (None, ..) if named => Way::Closed("no selector that works"),
        (None, Below::Failed(failure), _) => Way::Unknown(failure.clone()),
        (None, Below::Nothing, _) => Way::Closed("no DKIM keys"),
        (None, Below::Something, _) => Way::Unseen,
    }
}

/// Selectors of other domains, whose signatures do not speak for this one.
fn unaligned(facts: &Facts, ruling: Ruling<'_>, of_domain: &Walk, findings: &mut Vec<Finding>) {
    let keys = facts.dkim.iter().flat_map(|dkim| &dkim.keys);
    for key in keys.filter(|key| key.selector.purpose != Purpose::Retired) {
        if is_aligned(key, ruling, of_domain) == Some(false) {
            let mode = ruling.record.dkim_alignment.name();
            let text = format!(
                "selector {} signs for {}, which is not aligned with the domain ({mode})",
                key.selector.text(),
                key.selector.domain
            );
            findings.push(Finding::broken(&rule::DKIM_NOT_ALIGNED, text));
        }
    }
}

/// Whether a signature with the selector speaks for the domain (RFC 9989 section 4.4.1); `None` where
/// that is not known.
fn is_aligned(key: &Key, ruling: Ruling<'_>, of_domain: &Walk) -> Option<bool> {
    let Some(walk) = &key.walk else { return Some(true) };
    let organization = |walk: &Walk| -> Option<Name> { walk.organizational_domain().ok() };
    match ruling.record.dkim_alignment {
        Mode::Strict => Some(key.selector.domain == of_domain.start),
        Mode::Relaxed => Some(organization(walk)? == organization(of_domain)?),
    }
}
