//! Where reports go: whether they are wanted there, and whether mail gets there.

use mailhost_core::dns::{Data, Known, Name, Outcome, Question, RecordType};

use crate::dmarc::{ReportUri, Walk, select, walk};
use crate::facts::{Authorised, Destination, TakesMail};

/// Looks at every mailbox that the record which counts names, and says how many it left out.
pub(super) fn look(known: &mut Known, of_domain: &Walk) -> (Vec<Destination>, usize) {
    let Ok(Some(ruling)) = of_domain.ruling() else { return (Vec::new(), 0) };
    // Those of a registry are not the operator's to mend.
    if ruling.of_public_suffix {
        return (Vec::new(), 0);
    }
    let uris = || ruling.record.aggregate.iter().chain(&ruling.record.failure);
    let more = uris().count().saturating_sub(MOST_DESTINATIONS);
    let looked_at = uris()
        .take(MOST_DESTINATIONS)
        .map(|uri| Destination {
            uri: uri.clone(),
            authorised: authorised(known, ruling.domain, of_domain, uri),
            mail: takes_mail(known, &uri.domain),
        })
        .collect();
    (looked_at, more)
}

/// RFC 9990 section 4: one of another organization has to say that it wants them.
fn authorised(known: &mut Known, policy: &Name, of_domain: &Walk, uri: &ReportUri) -> Authorised {
    if uri.domain == *policy {
        return Authorised::Same;
    }
    // A name below the policy's is not asked whether it wants reports before it is known to need it.
    let inside = uri.domain.is_within(policy);
    let of_uri = walk(known, &uri.domain);
    let same = of_uri
        .organizational_domain()
        .and_then(|of_uri| of_domain.organizational_domain().map(|of_domain| of_uri == of_domain));
    match same {
        Ok(true) => return Authorised::Same,
        Err(failure) if inside => return Authorised::Failed(failure.clone()),
        _ if inside && known.is_waiting() => return Authorised::Same,
        _ => {}
    }
    let name = Name::from_text("_report._dmarc")
        .and_then(|middle| middle.under(&uri.domain))
        .and_then(|end| policy.under(&end));
    let Ok(name) = name else {
        return Authorised::No { name: uri.domain.clone(), instead: None };
    };
    let Some(answer) = known.answer(&Question::new(&name, RecordType::Txt)) else {
        return Authorised::Yes;
    };
    match (answer.failure(), same) {
        (None, _) if !select(answer.texts()).records.is_empty() => Authorised::Yes,
        (Some(failure), _) | (None, Err(failure)) => Authorised::Failed(failure.clone()),
        (None, Ok(_)) => {
            let first = answer.texts().next();
            let instead = first.map(|text| String::from_utf8_lossy(&text).into_owned());
            Authorised::No { name, instead }
        }
    }
}

/// Whether a domain has somebody to take mail (RFC 5321 section 5.1).
fn takes_mail(known: &mut Known, domain: &Name) -> TakesMail {
    let Some(answer) = known.answer(&Question::new(domain, RecordType::Mx)) else {
        return TakesMail::Yes;
    };
    match &answer.outcome {
        Outcome::Failed(failure) => TakesMail::Failed(failure.clone()),
        Outcome::NxDomain => TakesMail::NoDomain,
        Outcome::Records(records) => {
            let null = |data: &Data| matches!(data, Data::Mx(_, host) if host.is_root());
            let all_null = records.iter().all(|record| null(&record.data));
            if all_null { TakesMail::Null } else { TakesMail::Yes }
        }
        Outcome::NoData => {
            let both = [RecordType::A, RecordType::Aaaa];
            let answers = both.map(|kind| known.answer(&Question::new(domain, kind)));
            let mut answers = answers.iter().flatten();
            if answers.clone().any(|answer| !answer.records().is_empty()) {
                return TakesMail::Yes;
            }
            let failure = answers.find_map(|answer| answer.failure());
            failure.map_or(TakesMail::NoHost, |failure| TakesMail::Failed(failure.clone()))
        }
    }
}

/// Of one record; receivers heed two of each kind.
const MOST_DESTINATIONS: usize = 20;
