//! Whether mail of the domain can pass at all, given what it asks to be done with mail that does not.

use mailhost_core::contract::{Finding, State, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::not_said;
use mailhost_core::mail::spf::{Kind, Published, Qualifier, Record};

use super::dkim::{self, NO_GOOD_GUESS, NO_SELECTOR};
use super::policy;
use crate::config::Config;
use crate::dmarc::{Mode, Policy, Ruling, Walk};
use crate::facts::{Below, Facts, Key};
use crate::selector::Purpose;

/// Whether one of the two ways to pass is open.
#[derive(Debug)]
enum Way {
    /// Not, and what the domain has in its place.
    Closed(&'static str),
    /// It was left out on purpose.
    LeftOut,
    Open,
    /// The DNS did not say.
    Unknown(Failure),
    /// What was looked at does not tell, and what would have to be.
    Unseen(String),
}

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let (Some(dmarc), false) = (&facts.dmarc, config.parked || facts.is_gone()) else { return };
    let Some(in_force) = policy::in_force(&dmarc.walk, facts.is_gone()) else { return };
    unaligned(facts, in_force.ruling, &dmarc.walk, findings);
    let spf = by_spf(facts, in_force.ruling);
    match (spf, by_dkim(config, facts, in_force.ruling, &dmarc.walk)) {
        // A selector that is not known is told by its own finding.
        (Way::Open | Way::LeftOut | Way::Unseen(_), _)
        | (_, Way::LeftOut | Way::Open | Way::Unknown(_)) => {}
        (Way::Unknown(failure), _) => {
            let what = "whether mail can pass by SPF is not known";
            let resolver = facts.resolver.as_ref();
            findings.push(not_said(resolver, &rule::SPF_DNS_FAILED, &failure, what));
        }
        // Without a policy nothing is lost by it.
        (Way::Closed(_), Way::Unseen(_)) if in_force.domain == Policy::None => {}
        (Way::Closed(spf), Way::Unseen(why)) => {
            let text = format!(
                "has {spf}, and whether mail can pass DMARC by DKIM was not looked at: {why}"
            );
            findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
        }
        (Way::Closed(spf), Way::Closed(dkim)) => {
            findings.push(nothing_passes(in_force.domain, spf, dkim));
        }
    }
}

fn nothing_passes(in_force: Policy, spf: &str, dkim: &str) -> Finding {
    let (state, lost) = match in_force {
        Policy::Reject => (State::Critical, "asks everybody to refuse all its mail"),
        Policy::Quarantine => (State::Warning, "asks everybody to put all its mail aside"),
        Policy::None => (State::Ok, "asks nobody to do anything about it yet"),
    };
    let text = format!("has {spf} and {dkim}, so nothing passes, and DMARC {lost}");
    Finding::broken(&rule::DMARC_NOTHING_PASSES, text).graded(state)
}

/// SPF of the domain; with relaxed alignment that of its organization will do too.
fn by_spf(facts: &Facts, ruling: Ruling<'_>) -> Way {
    let above =
        facts.organization.as_ref().filter(|_| ruling.record.spf_alignment == Mode::Relaxed);
    let Some(own) = &facts.spf else { return Way::LeftOut };
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

fn by_dkim(config: &Config, facts: &Facts, ruling: Ruling<'_>, of_domain: &Walk) -> Way {
    let Some(dkim) = &facts.dkim else { return Way::LeftOut };
    let mut working = dkim::counted(dkim).filter(|key| dkim::works(key)).peekable();
    let foreign = working.peek().is_some();
    if working.any(|key| is_aligned(key, ruling, of_domain) != Some(false)) {
        return Way::Open;
    }
    if let Some(failure) = dkim.keys.iter().find_map(dkim::failure) {
        return Way::Unknown(failure.clone());
    }
    let named = dkim::counted(dkim).any(|key| key.selector.purpose != Purpose::Guessed);
    let why = match (named, config.guess) {
        (true, _) => "no selector that works was named",
        (false, true) => NO_GOOD_GUESS,
        (false, false) => NO_SELECTOR,
    };
    let organization =
        facts.organization.as_ref().filter(|_| ruling.record.dkim_alignment == Mode::Relaxed);
    if let Some(organization) = organization {
        match &organization.below {
            Below::Failed(failure) => return Way::Unknown(failure.clone()),
            Below::Nothing => {}
            Below::Something => {
                let above = &organization.domain;
                return Way::Unseen(format!("{why}, and keys of {above} may sign for it"));
            }
        }
    }
    match &dkim.below {
        _ if named && foreign => Way::Closed("no aligned selector that works"),
        _ if named => Way::Closed("no selector that works"),
        Below::Failed(failure) => Way::Unknown(failure.clone()),
        Below::Nothing => Way::Closed("no DKIM keys"),
        Below::Something => Way::Unseen(why.to_owned()),
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
    of_domain.is_aligned(walk, ruling.record.dkim_alignment).ok()
}
