//! The audit of the sender policy, and what else is at its name.

use mailhost_core::dns::{Known, Name, Outcome, Question, RecordType};

use crate::facts::Spf;
use crate::spf::{MacroString, Place, Tree, explanation_target, walk};

/// Looks at the policy of a domain.
pub(super) fn look(known: &mut Known, domain: &str) -> Spf {
    let tree = walk(known, domain);
    let type_99 = Name::from_text(domain)
        .ok()
        .and_then(|name| known.answer(&Question::new(&name, RecordType::Spf)))
        .is_some_and(|answer| !answer.records().is_empty());
    let explanation = explanation(known, &tree, domain);
    Spf { tree, type_99, explanation }
}

/// What is wrong with the place of the explanation (RFC 7208 section 6.2), which is that of the last
/// record in a chain of redirects.
fn explanation(known: &mut Known, tree: &Tree, domain: &str) -> Option<String> {
    let own = tree.root.all().into_iter().rfind(|node| node.own)?;
    let name = match explanation_target(own, domain)? {
        Ok(name) => name,
        Err(text) => return Some(format!("exp={text} is no domain name")),
    };
    let answer = known.answer(&Question::new(&name, RecordType::Txt))?;
    let texts: Vec<Vec<u8>> = answer.texts().collect();
    match (&answer.outcome, texts.as_slice()) {
        (Outcome::Failed(failure), _) => Some(format!("TXT {name}: {failure}")),
        (_, []) => Some(format!("exp={name} leads to no text")),
        (_, [text]) => {
            let Some(text) = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()) else {
                return Some(format!("the text at {name} is not ASCII"));
            };
            let errors = MacroString::parse(text, Place::Explanation).err()?;
            let first = errors.into_iter().next()?;
            Some(format!("the text at {name} is wrong: {}", first.text))
        }
        (_, several) => Some(format!("exp={name} leads to {} texts", several.len())),
    }
}
