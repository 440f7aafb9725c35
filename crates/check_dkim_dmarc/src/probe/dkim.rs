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
    Dkim { keys, below: below(known, &domain.name) }
}

fn key(known: &mut Known, selectors: &mut Selectors, wanted: &Wanted) -> Option<Key> {
    let selector = &wanted.selector;
    // Asked together with the selectors, not when one turns out to be missing.
    let below = below(known, &selector.domain);
    let wildcard = key_name(NOBODYS, &selector.domain).ok();
    let wildcard = wildcard.and_then(|name| selectors.at(known, &name));
    let walk = selector.foreign.then(|| walk(known, &selector.domain));
    let published = match key_name(&selector.name, &selector.domain) {
        Ok(name) => Ok(selectors.at(known, &name)?),
        Err(error) => Err(error.to_string()),
    };
    let is_idle = published.as_ref().is_ok_and(|published| {
        published.state == KeyState::Missing && published.conflict.is_none()
    });
    if selector.purpose == Purpose::Guessed && is_idle {
        return None;
    }
    let is_record =
        |it: &Rc<Published>| !matches!(it.state, KeyState::Failed(_) | KeyState::Missing);
    Some(Key {
        selector: selector.clone(),
        published,
        below,
        wildcard: wildcard.filter(is_record),
        local: wanted.local.clone(),
        walk,
    })
}

/// Whether there is anything below a domain's `_domainkey` (RFC 8020).
pub(super) fn below(known: &mut Known, domain: &Name) -> Below {
    let answer =
        keys_name(domain).and_then(|name| known.answer(&Question::new(&name, RecordType::Txt)));
    match answer.as_ref().map(|answer| &answer.outcome) {
        Some(Outcome::Failed(failure)) => Below::Failed(failure.clone()),
        Some(Outcome::NxDomain) | None => Below::Nothing,
        Some(Outcome::NoData | Outcome::Records(_)) => Below::Something,
    }
}

/// A selector that nobody uses: who answers for it answers for all.
const NOBODYS: &str = "mailhost-no-such-selector";
