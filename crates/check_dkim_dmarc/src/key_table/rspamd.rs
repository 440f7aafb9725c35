//! rspamd: its `dkim_signing` module in UCL, and the map from domains to selectors.

use super::{Entry, lines};

/// A value of UCL, as far as settings use it.
#[derive(Debug)]
enum Value {
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
    Text(String),
}

/// `DOMAIN SELECTOR` (`selector_map`).
pub(super) fn map(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (domain, selector, None) = (words.next()?, words.next()?, words.next()) else {
            return None;
        };
        let name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_domain = domain.contains('.') && domain.chars().all(|c| name(c) || c == '*');
        (is_domain && selector.chars().all(name)).then(|| Entry {
            domain: Some(domain.to_owned()),
            selector: selector.to_owned(),
            key: None,
        })
    };
    let all: Option<Vec<Entry>> = lines(text).map(entry).collect();
    all.unwrap_or_default()
}

/// The selectors of single domains, then the one of all others.
pub(super) fn settings(text: &str) -> Vec<Entry> {
    let mut tokens = tokens(text).into_iter().peekable();
    let mut members = object(&mut tokens, 0);
    // As the module's own file has it.
    if let Some(at) = members.iter().position(|(name, _)| name == "dkim_signing")
        && let Value::Object(inner) = members.swap_remove(at).1
    {
        members = inner;
    }
    let usual = Signing::default().with(&members);
    let mut entries = Vec::new();
    for (name, value) in &members {
        if let (true, Value::Object(domains)) = (name == "domain", value) {
            for (domain, value) in domains {
                of_domain(Some(domain), value, usual, &mut entries);
            }
        }
    }
    // A map goes before the selector of all, and what it says is not here.
    let of_all = |(name, value): &(String, Value)| match value {
        Value::Text(value) => {
            !(name == "selector_map" || name == "try_fallback" && value == "false")
        }
        _ => true,
    };
    if members.iter().all(of_all) {
        entries.extend(usual.entry(None));
    }
    entries
}

/// With what is signed. What one level leaves out, the level above says.
#[derive(Clone, Copy, Default)]
struct Signing<'a> {
    selector: Option<&'a str>,
    path: Option<&'a str>,
}

impl<'a> Signing<'a> {
    fn with(self, members: &'a [(String, Value)]) -> Self {
        let text = |wanted: &str| {
            members.iter().find_map(|(name, value)| match value {
                Value::Text(text) if name == wanted => Some(text.as_str()),
                _ => None,
            })
        };
        Self { selector: text("selector").or(self.selector), path: text("path").or(self.path) }
    }

    fn entry(self, domain: Option<&str>) -> Option<Entry> {
        let selector = self.selector?.to_owned();
        let key = self.path.map(ToOwned::to_owned);
        Some(Entry { domain: domain.map(ToOwned::to_owned), selector, key })
    }
}

fn of_domain<'a>(
    domain: Option<&str>,
    value: &'a Value,
    above: Signing<'a>,
    entries: &mut Vec<Entry>,
) {
    match value {
        Value::List(list) => list.iter().for_each(|it| of_domain(domain, it, above, entries)),
        Value::Object(members) => {
            let signing = above.with(members);
            match members.iter().find(|(name, _)| name == "selectors") {
                Some((_, selectors)) => of_domain(domain, selectors, signing, entries),
                None => entries.extend(signing.entry(domain)),
            }
        }
        Value::Text(_) => {}
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<String>>;

/// The members of an object up to its closing brace. One inside another is read to a depth that no
/// settings have.
fn object(tokens: &mut Tokens, depth: usize) -> Vec<(String, Value)> {
    let mut members = Vec::new();
    while let Some(name) = tokens.next() {
        match name.as_str() {
            "}" | "]" => break,
            ";" | "," | "=" | ":" | "{" | "[" => continue,
            _ => {}
        }
        while tokens.next_if(|token| token == "=" || token == ":").is_some() {}
        if let Some(value) = value(tokens, depth) {
            members.push((unquoted(&name), value));
        }
    }
    members
}

fn value(tokens: &mut Tokens, depth: usize) -> Option<Value> {
    let token = tokens.next_if(|token| !matches!(token.as_str(), "}" | "]" | ";" | ","))?;
    if depth >= DEEPEST {
        return None;
    }
    Some(match token.as_str() {
        "{" => Value::Object(object(tokens, depth + 1)),
        "[" => {
            let mut list = Vec::new();
            while let Some(token) = tokens.peek() {
                match token.as_str() {
                    "]" => {
                        tokens.next();
                        break;
                    }
                    "," | ";" => {
                        tokens.next();
                    }
                    _ => match value(tokens, depth + 1) {
                        Some(value) => list.push(value),
                        None => break,
                    },
                }
            }
            Value::List(list)
        }
        _ => Value::Text(unquoted(&token)),
    })
}

fn unquoted(token: &str) -> String {
    token.trim_matches(['"', '\'']).to_owned()
}

/// Words, quoted strings with their quotation marks, and signs; without comments.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return tokens };
        let length = if first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if "{}[]=:;,".contains(first) {
            tokens.push(first.to_string());
            1
        } else {
            let length = if first == '"' || first == '\'' {
                rest[1..].find(first).map_or(rest.len(), |end| end + 2)
            } else {
                let ends = |c: char| c.is_whitespace() || "{}[]=:;,#".contains(c);
                rest.find(ends).unwrap_or(rest.len())
            };
            tokens.push(rest[..length].to_owned());
            length
        };
        rest = &rest[length..];
    }
}

/// How far objects are inside each other.
const DEEPEST: usize = 20;
