//! What each name server says of the records: `--consistency`.

use std::collections::BTreeMap;

use mailhost_core::dns::{Answer, Known, Name, Question, RecordType};
use mailhost_core::mail::Domain;
use mailhost_core::mail::servers::{self, Server, Zone};

use super::selectors::Wanted;
use crate::config::Config;
use crate::dkim::key_name;
use crate::dmarc::record_name;
use crate::selector::Purpose;

/// Asks every server of the zones that the records are in, zone by zone. Then what has no zone.
pub(super) fn look(
    known: &mut Known,
    domain: &Domain,
    config: &Config,
    wanted: &[Wanted],
) -> (Vec<Vec<Server>>, Vec<String>) {
    let record = record_name(&domain.name).filter(|_| config.dmarc);
    let mut names: Vec<(String, Name)> =
        record.into_iter().map(|name| ("DMARC".to_owned(), name)).collect();
    for Wanted { selector, .. } in wanted.iter().filter(|it| it.selector.purpose == Purpose::Signs)
    {
        let name = key_name(&selector.name, &selector.domain);
        names.extend(name.ok().map(|name| (format!("selector {}", selector.text()), name)));
    }
    let mut zones: BTreeMap<Name, (Zone, Vec<servers::Wanted>)> = BTreeMap::new();
    let mut unserved = Vec::new();
    for (what, name) in names {
        let Some(zone) = servers::zone(known, &name) else {
            unserved.push(what);
            continue;
        };
        let question = Question::new(&name, RecordType::Txt);
        let wanted = servers::Wanted { what, question, records: said };
        zones.entry(zone.name.clone()).or_insert((zone, Vec::new())).1.push(wanted);
    }
    let seen = zones.values().map(|(zone, wanted)| servers::look(known, zone, wanted)).collect();
    (seen, unserved)
}

/// All texts of an answer, and the alias where there is one: a server knows the texts behind an alias
/// only where they are its own.
fn said(answer: &Answer) -> Vec<String> {
    if let Some(alias) = answer.aliases.first() {
        return vec![format!("alias of {}", alias.to_string().to_ascii_lowercase())];
    }
    answer.texts().map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}
