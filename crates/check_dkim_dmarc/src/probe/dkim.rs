//! What there is at the selectors' names.

use std::rc::Rc;

use mailhost_core::dns::{Known, Name, Outcome, Question, RecordType};
use mailhost_core::mail::Domain;

use super::selectors::Wanted;
use crate::dkim::{KeyState, Published, Selectors, key_name, keys_name};
use crate::dmarc::walk;
use crate::facts::{Below, Dkim, Key};
use crate::selector::Purpose;

/// Looks at all of them, and at what is below `_domainkey`. Guesses that found nothing are left out.
pub(super) fn look(
    known: &mut Known,
    selectors: &mut Selectors,
    domain: &Domain,
    wanted: &[Wanted],
) -> Dkim {
    let keys = wanted.iter().filter_map(|wanted| key(known, selectors, wanted)).collect();
    let wildcard = nobodys(known, selectors, &domain.name);
    Dkim {
        keys,
        below: below(known, selectors, &domain.name),
        wildcard: wildcard.filter(is_record),
    }
}

/// What a selector that nobody uses gets.
fn nobodys(known: &mut Known, selectors: &mut Selectors, domain: &Name) -> Option<Rc<Published>> {
    selectors.at(known, &key_name(NOBODYS, domain).ok()?)
}

fn is_record(published: &Rc<Published>) -> bool {
    !matches!(published.state, KeyState::Failed(_) | KeyState::Missing)
}

fn key(known: &mut Known, selectors: &mut Selectors, wanted: &Wanted) -> Option<Key> {
    let selector = &wanted.selector;
    // Asked together with the selectors, not when one turns out to be missing.
    let below = below(known, selectors, &selector.domain);
    let wildcard = nobodys(known, selectors, &selector.domain);
    let walk = selector.foreign.then(|| walk(known, &selector.domain));
    let published = match key_name(&selector.name, &selector.domain) {
        Ok(name) => Ok(selectors.at(known, &name)?),
        Err(error) => Err(error.to_string()),
    };
    let published = if selector.purpose == Purpose::Guessed {
        guessed(published.ok()?, wildcard.as_ref())?
    } else {
        published
    };
    Some(Key {
        selector: selector.clone(),
        published,
        below,
        wildcard: wildcard.filter(is_record),
        local: wanted.local.clone(),
        walk,
    })
}

/// What a guess found; none where that is nothing. Where it is not known whether every selector gets the
/// same, nothing is known of a guess.
fn guessed(
    published: Rc<Published>,
    wildcard: Option<&Rc<Published>>,
) -> Option<Result<Rc<Published>, String>> {
    if published.state == KeyState::Missing && published.conflict.is_none() {
        return None;
    }
    Some(Ok(match wildcard.map(|wildcard| &wildcard.state) {
        Some(failed @ KeyState::Failed(_)) => {
            Rc::new(Published { state: failed.clone(), ..(*published).clone() })
        }
        _ => published,
    }))
}

/// Whether there is anything below a domain's `_domainkey` (RFC 8020).
pub(super) fn below(known: &mut Known, selectors: &mut Selectors, domain: &Name) -> Below {
    let answer =
        keys_name(domain).and_then(|name| known.answer(&Question::new(&name, RecordType::Txt)));
    let nobodys = nobodys(known, selectors, domain);
    match answer.as_ref().map(|answer| &answer.outcome) {
        Some(Outcome::Failed(failure)) => Below::Failed(failure.clone()),
        Some(Outcome::NxDomain) | None => Below::Nothing,
        Some(Outcome::NoData | Outcome::Records(_)) => {
            let is_there = nobodys.is_some_and(|it| it.exists && it.state == KeyState::Missing);
            let by_wildcard = is_there && is_answered_for_all(known, domain);
            if by_wildcard { Below::Nothing } else { Below::Something }
        }
    }
}

/// Whether a wildcard of the domain answers for every name, also below `_domainkey`, where it does so only
/// while there is nothing (RFC 4592 section 2.2.1). Only records prove it: who denies in the compact way
/// (RFC 9824) has no data at any name.
fn is_answered_for_all(known: &mut Known, domain: &Name) -> bool {
    let below = key_name(NOBODYS, domain);
    let beside = Name::from_text(NOBODYS).and_then(|name| name.under(domain));
    let (Ok(below), Ok(beside)) = (below, beside) else { return false };
    // All of it, so that all are asked for.
    let answered = [RecordType::Txt, RecordType::A].map(|kind| {
        let answers = [&below, &beside].map(|name| known.answer(&Question::new(name, kind)));
        answers.iter().all(|answer| answer.as_ref().is_some_and(|it| !it.records().is_empty()))
    });
    answered.contains(&true)
}

/// A selector that nobody uses: who answers for it answers for all.
const NOBODYS: &str = "mailhost-no-such-selector";
