//! The tree of records as an operator reads it.

use mailhost_core::contract::{Evidence, plural};
use mailhost_core::mail::spf::{Found, Node, Published, Seen, Tree};

/// Every record with what it costs, for `-v`, and its text, for `-vv`.
pub(super) fn evidence(tree: &Tree) -> Vec<Evidence> {
    let mut lines = Vec::new();
    branch(&tree.root, "spf", 0, &mut lines);
    lines
}

fn branch(node: &Node, term: &str, depth: usize, lines: &mut Vec<Evidence>) {
    let indent = "- ".repeat(depth);
    let what = match (&node.found, node.published()) {
        // Below the domain's own record, what leads here costs one too.
        (_, Some(Published::One { .. })) => {
            plural(node.lookups + u32::from(depth > 0), "look-up", "look-ups")
        }
        (_, Some(Published::Failed(failure))) => failure.to_string(),
        (_, Some(Published::Missing { .. })) => "no record".to_owned(),
        (_, Some(Published::Several(all))) => format!("{} records", all.len()),
        (_, Some(Published::Wrong { .. })) => "wrong".to_owned(),
        (Found::Loop(_), _) => "leads back to itself".to_owned(),
        (Found::NoName(_), _) => "no name".to_owned(),
        (Found::TooMany | Found::Policy(_), None) => "not looked at".to_owned(),
    };
    let alias = node.policy().and_then(|policy| policy.alias.as_ref());
    let alias = alias.map(|alias| format!(" (alias of {alias})")).unwrap_or_default();
    let name = if depth == 0 { format!("{term} {}", node.domain) } else { term.to_owned() };
    lines.push(Evidence { level: 1, text: format!("{indent}{name}{alias}: {what}") });
    if let Some(text) = node.text() {
        lines.push(Evidence { level: 2, text: format!("{indent}{}: {text}", node.domain) });
    }
    for looked in &node.looked {
        match &looked.seen {
            Seen::Record(below) => branch(below, &looked.term, depth + 1, lines),
            seen => {
                let indent = "- ".repeat(depth + 1);
                let text = format!("{indent}{}: {}", looked.term, shown(seen));
                lines.push(Evidence { level: 2, text });
            }
        }
    }
}

fn shown(seen: &Seen) -> String {
    let list = |all: &[std::net::IpAddr]| {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match seen {
        Seen::Addresses(all) => list(all),
        Seen::Depends => "depends on the client".to_owned(),
        Seen::Exists => "there is something".to_owned(),
        Seen::Exchangers { count, addresses, .. } => format!("{count} MX, {}", list(addresses)),
        Seen::NoHost(_) => "a host without address".to_owned(),
        Seen::NoName => "no name".to_owned(),
        Seen::Nothing => "nothing".to_owned(),
        Seen::Unknown => "not known".to_owned(),
        Seen::Record(_) => String::new(),
    }
}
