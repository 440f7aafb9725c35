//! YAML as a tree of text: no scalar is taken for a number, a date or a truth value.
//!
//! The suite needs that: `7.1` is a section of the RFC, and `NONE` and addresses are words.

use saphyr_parser::{Event, Parser, ScanError};

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Keys and values in their order, a repeated key as well.
    Mapping(Vec<(String, Node)>),
    Scalar(String),
    Sequence(Vec<Node>),
}

/// Reads all documents of a text. Aliases and keys that are no scalars are left out.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, ScanError> {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let node = match event?.0 {
            Event::MappingStart(..) => {
                open.push(Open::Mapping(Vec::new(), None));
                continue;
            }
            Event::SequenceStart(..) => {
                open.push(Open::Sequence(Vec::new()));
                continue;
            }
            Event::Scalar(text, ..) => Node::Scalar(text.into_owned()),
            Event::MappingEnd | Event::SequenceEnd => match open.pop() {
                Some(Open::Mapping(entries, _)) => Node::Mapping(entries),
                Some(Open::Sequence(nodes)) => Node::Sequence(nodes),
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.take(node),
            None => documents.push(node),
        }
    }
    Ok(documents)
}

/// A collection whose end has not come yet.
enum Open {
    /// With the key whose value comes next.
    Mapping(Vec<(String, Node)>, Option<String>),
    Sequence(Vec<Node>),
}

impl Open {
    fn take(&mut self, node: Node) {
        match self {
            Self::Mapping(entries, key) => match (key.take(), node) {
                (Some(name), value) => entries.push((name, value)),
                (None, Node::Scalar(name)) => *key = Some(name),
                (None, _) => {}
            },
            Self::Sequence(nodes) => nodes.push(node),
        }
    }
}

impl Node {
    /// The first value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The keys and values of a mapping; of anything else none.
    pub(super) fn entries(&self) -> &[(String, Node)] {
        if let Self::Mapping(entries) = self { entries } else { &[] }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Scalar(text) = self { Some(text) } else { None }
    }

    /// The elements of a sequence; anything else is one element.
    pub(super) fn elements(&self) -> &[Node] {
        if let Self::Sequence(nodes) = self { nodes } else { std::slice::from_ref(self) }
    }
}

#[test]
fn ok_scalars_stay_as_they_were_written() {
    let text = "a: 7.10\nb: [0, '', \"\\x80 \\0\"]\nc: ~\n---\n- no\n- 2001:db8::1\n";
    let scalar = |text: &str| Node::Scalar(text.to_owned());
    let documents = documents(text).expect("it is YAML");
    let [first, second] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!(first.get("a"), Some(&scalar("7.10")));
    let list = first.get("b").expect("there is a list").elements();
    assert_eq!(list, ["0", "", "\u{80} \0"].map(scalar));
    assert_eq!(first.get("c").and_then(Node::text), Some("~"));
    assert_eq!(*second, Node::Sequence(vec![scalar("no"), scalar("2001:db8::1")]));
    assert_eq!(second.entries(), []);
}
