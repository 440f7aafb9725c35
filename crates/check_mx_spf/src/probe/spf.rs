//! The audit of the sender policy, and what else is at its name.

use mailhost_core::dns::{Known, Name, Outcome, Question, RecordType};
use mailhost_core::mail::spf::{MacroString, Place, Policies, Tree, explanation_target, walk};

use crate::facts::{Explanation, Spf};

/// Looks at the policy of a domain.
pub(super) fn look(known: &mut Known, policies: &mut Policies, domain: &str) -> Spf {
    let tree = walk(known, policies, domain);
    let type_99 = Name::from_text(domain)
        .ok()
        .and_then(|name| known.answer(&Question::new(&name, RecordType::Spf)))
        .is_some_and(|answer| !answer.records().is_empty());
    let explanation = explanation(known, &tree, domain);
    Spf { tree, type_99, explanation }
}

/// What is wrong with the place of the explanation, which is that of the last record in a chain of
/// redirects.
fn explanation(known: &mut Known, tree: &Tree, domain: &str) -> Option<Explanation> {
    let own = tree.root.all().into_iter().rfind(|node| node.own)?;
    let name = match explanation_target(own, domain)? {
        Ok(name) => name,
        Err(text) => return Some(Explanation::NoName(text)),
    };
    let answer = known.answer(&Question::new(&name, RecordType::Txt))?;
    if let Outcome::Failed(failure) = &answer.outcome {
        return Some(Explanation::Failed(name, failure.clone()));
    }
    let texts: Vec<Vec<u8>> = answer.texts().collect();
    match texts.as_slice() {
        [] => Some(Explanation::Missing(name)),
        [text] => {
            let Some(text) = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()) else {
                return Some(Explanation::NotAscii(name));
            };
            let errors = MacroString::parse(text, Place::Explanation).err()?;
            let first = errors.into_iter().next()?;
            Some(Explanation::Wrong(name, first.text))
        }
        several => Some(Explanation::Several(name, several.len())),
    }
}
