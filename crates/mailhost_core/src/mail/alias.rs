//! Aliases where a domain's own records are.

use serde::Serialize;

use crate::contract::{Finding, rule};
use crate::dns::{AliasConflict, Data, Known, Name, Question, RecordType};

/// A name that may be an alias.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Alias {
    /// What it is an alias of; none where it is not, or where the DNS did not say.
    pub target: Option<Name>,
    /// What is wrong with its being one.
    pub conflict: Option<AliasConflict>,
}

impl Alias {
    /// Whether a name is an alias, and whether that is in the way of its records. Asks for its CNAME
    /// and for its texts: asked for one alone, a server does not tell that it has both.
    pub fn at(known: &mut Known, name: &Name) -> Self {
        let cname = known.answer(&Question::new(name, RecordType::Cname));
        let texts = known.answer(&Question::new(name, RecordType::Txt));
        let target = cname.as_ref().and_then(|answer| {
            answer.records().iter().find_map(|record| match &record.data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            })
        });
        let several = cname.and_then(|answer| answer.conflict);
        let beside = texts.and_then(|answer| {
            // Where texts are not those of the target, the name has them itself.
            let both =
                target.is_some() && answer.aliases.is_empty() && !answer.records().is_empty();
            let beside = AliasConflict::BesideRecords;
            answer.conflict.or(both.then_some(beside))
        });
        Self { target, conflict: several.or(beside) }
    }
}

/// The finding of an alias at a name in front of the sentence; without one (`""`) it is the domain.
pub fn alias_conflict(conflict: AliasConflict, name: &str) -> Finding {
    let what = match conflict {
        AliasConflict::BesideRecords => "is an alias and has other records too",
        AliasConflict::Several => "is an alias of several names at once",
    };
    Finding::broken(&rule::ALIAS_CONFLICT, format!("{name} {what}").trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Fault, Zone};

    fn at(zone: Zone, name: &str) -> (Option<String>, Option<AliasConflict>) {
        let name = Name::from_text(name).expect("a name");
        let mut zone = zone;
        let alias = Known::up_to(10).settle(&mut zone, |known| Alias::at(known, &name));
        (alias.target.map(|target| target.to_string()), alias.conflict)
    }

    #[test]
    fn ok_an_alias_is_told_from_a_name_of_its_own() {
        let zone = || Zone::default().txt("d.example", "x").cname("a.example", "d.example");
        assert_eq!(at(zone(), "d.example"), (None, None));
        assert_eq!(at(zone(), "a.example"), (Some("d.example".to_owned()), None));
        assert_eq!(at(zone().fails("a.example", Fault::Timeout), "a.example"), (None, None));
    }

    #[test]
    fn warning_an_alias_beside_records() {
        let zone = Zone::default().txt("a.example", "x").cname("a.example", "d.example");
        let (target, conflict) = at(zone, "a.example");
        assert_eq!(target.as_deref(), Some("d.example"));
        assert_eq!(conflict, Some(AliasConflict::BesideRecords));
        assert_eq!(
            alias_conflict(AliasConflict::BesideRecords, "").text,
            "is an alias and has other records too"
        );
        assert_eq!(
            alias_conflict(AliasConflict::Several, "x.example").text,
            "x.example is an alias of several names at once"
        );
    }
}
