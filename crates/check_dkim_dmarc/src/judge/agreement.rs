//! Whether mail of the domain can pass at all, given what it asks to be done with mail that does not.

use mailhost_core::contract::{Finding, State, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::not_said;
use mailhost_core::mail::spf::{Kind, Mechanism, Published, Qualifier, Record};

use super::dkim::{self, NO_GOOD_GUESS, NO_SELECTOR};
use super::{policy, unsaid};
use crate::config::Config;
use crate::dkim::KeyState;
use crate::dmarc::{Mode, Policy, Ruling, Walk};
use crate::facts::{Below, Facts, Key, Organization};
use crate::selector::Purpose;

/// Whether one of the two ways to pass is open.
#[derive(Debug)]
enum Way {
    /// Not, and what the domain has in its place.
    Closed(&'static str),
    /// It was left out on purpose.
    LeftOut,
    /// With receivers that verify ed25519, and with no others.
    Narrow,
    Open,
    /// The DNS did not say, which has a finding of its own.
    Told,
    /// The DNS did not say, and the beginning of a sentence about that.
    Unknown(Failure, String),
    /// What was looked at does not tell, and what would have to be.
    Unseen(String),
}

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let (Some(dmarc), false) = (&facts.dmarc, config.parked || facts.is_gone()) else { return };
    let Some(in_force) = policy::in_force(&dmarc.walk, facts.is_gone()) else { return };
    unaligned(facts, in_force.ruling, &dmarc.walk, findings);
    let spf = by_spf(facts, in_force.ruling);
    let dkim = by_dkim(config, facts, in_force.ruling, &dmarc.walk);
    findings.extend(match (spf, dkim) {
        (Way::Closed(spf), Way::Narrow) if in_force.domain != Policy::None => {
            let text = format!(
                "has {spf}, and of its keys only ed25519 ones work, which many receivers cannot verify: \
                 to them nothing passes"
            );
            Some(Finding::broken(&rule::DKIM_RSA_MISSING, text))
        }
        (Way::Unknown(failure, what), Way::Closed(_) | Way::Unknown(..) | Way::Unseen(_)) => {
            let resolver = facts.resolver.as_ref();
            Some(not_said(resolver, &rule::SPF_DNS_FAILED, &failure, &what))
        }
        (Way::Closed(_), Way::Unknown(failure, what)) => {
            Some(unsaid(config, facts, &rule::DKIM_DNS_FAILED, &failure, &what))
        }
        // Without a policy nothing is lost by it.
        (Way::Closed(spf), Way::Unseen(why)) if in_force.domain != Policy::None => {
            let text = format!(
                "has {spf}, and whether mail can pass DMARC by DKIM was not looked at: {why}"
            );
            Some(Finding::broken(&rule::NOT_LOOKED_AT, text))
        }
        (Way::Closed(spf), Way::Closed(dkim)) => Some(nothing_passes(in_force.domain, spf, dkim)),
        _ => None,
    });
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
        Published::Failed(failure) => {
            let what = "whether mail can pass by SPF is not known".to_owned();
            Way::Unknown(failure.clone(), what)
        }
        Published::Missing { .. } => Way::Closed("no SPF"),
        Published::One { record, .. } if lets_somebody_pass(record) => Way::Open,
        Published::One { .. } => Way::Closed("an SPF record that lets nobody pass"),
        Published::Several(_) => Way::Closed("several SPF records"),
        Published::Wrong { .. } => Way::Closed("an SPF record that is wrong"),
    }
}

/// Whether SPF can pass for anybody, as far as the domain's own record tells.
fn lets_somebody_pass(record: &Record) -> bool {
    // Behind an all it is ignored (RFC 7208 section 6.1).
    let redirected = record.terms.iter().any(|term| matches!(term.kind, Kind::Redirect(_)))
        && !record.directives().any(|(_, _, _, mechanism)| matches!(mechanism, Mechanism::All));
    redirected || names_somebody(record)
}

/// Whether a term of the record itself passes.
pub(super) fn names_somebody(record: &Record) -> bool {
    record.directives().any(|(_, _, qualifier, _)| qualifier == Qualifier::Pass)
}

fn by_dkim(config: &Config, facts: &Facts, ruling: Ruling<'_>, of_domain: &Walk) -> Way {
    let Some(dkim) = &facts.dkim else { return Way::LeftOut };
    let may_speak = |key: &&Key| is_aligned(key, ruling, of_domain) != Some(false);
    let working = || dkim::counted(dkim).filter(may_speak).filter(|key| dkim::works(key));
    let of_use = |key: &&Key| key.selector.purpose != Purpose::Retired;
    let failure = dkim.keys.iter().filter(may_speak).filter(of_use).find_map(dkim::failure);
    let organization =
        facts.organization.as_ref().filter(|_| ruling.record.dkim_alignment == Mode::Relaxed);
    let alone = organization.is_none_or(|organization| organization.below == Below::Nothing);
    match (working().next(), failure) {
        (Some(_), None) if alone && working().all(is_ed25519) => return Way::Narrow,
        (Some(_), _) => return Way::Open,
        (None, Some(_)) => return Way::Told,
        (None, None) => {}
    }
    let why = match (dkim::counted(dkim).next(), config.guess) {
        (Some(_), _) if dkim::counted(dkim).any(dkim::works) => {
            "no aligned selector that works was named"
        }
        (Some(_), _) => "no selector that works was named",
        (None, true) => NO_GOOD_GUESS,
        (None, false) => NO_SELECTOR,
    };
    if let Some(Organization { domain, below, .. }) = organization {
        match below {
            Below::Failed(failure) => {
                let what = format!("whether {domain} has DKIM keys is not known");
                return Way::Unknown(failure.clone(), what);
            }
            Below::Nothing => {}
            Below::Something => {
                return Way::Unseen(format!("{why}, and keys of {domain} may sign for it"));
            }
        }
    }
    let mut named = dkim::counted(dkim).filter(|key| key.selector.purpose != Purpose::Guessed);
    match &dkim.below {
        _ if named.any(|key| may_speak(&key)) => Way::Closed("no selector that works"),
        Below::Failed(failure) => {
            let what = "whether there are DKIM keys is not known".to_owned();
            Way::Unknown(failure.clone(), what)
        }
        Below::Nothing => Way::Closed("no DKIM keys"),
        Below::Something => Way::Unseen(why.to_owned()),
    }
}

/// RFC 8463.
fn is_ed25519(key: &Key) -> bool {
    key.state().and_then(KeyState::key).is_some_and(|key| !key.is_rsa())
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
