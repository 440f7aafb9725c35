//! The records at names, each read once a run: an evaluation for every part of a network would read
//! the same ones again.

use std::collections::HashMap;
use std::rc::Rc;

use serde::Serialize;

use super::parse::parse;
use super::record::Record;
use super::select::{LookAlike, select};
use crate::dns::{AliasConflict, Answer, Failure, Known, Name, Outcome, Question, RecordType};
use crate::mail::SyntaxError;

/// Every record that was read.
#[derive(Debug, Default)]
pub struct Policies(HashMap<Name, Rc<Policy>>);

/// What there is at a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// The record.
    pub published: Published,
    /// Texts that only look like one.
    pub look_alikes: Vec<LookAlike>,
    /// Other texts that are not UTF-8.
    pub undecodable: usize,
    /// How long the texts may be kept, in seconds.
    pub ttl: u32,
    /// The alias under which they really are, if any.
    pub alias: Option<Name>,
    /// An alias that is in the way of them.
    pub conflict: Option<AliasConflict>,
}

/// The record at a name (RFC 7208 sections 4.4 to 4.6).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// The DNS did not say.
    Failed(Failure),
    /// None.
    Missing {
        /// Whether there is anything else at the name or below it.
        name_exists: bool,
    },
    /// One.
    One {
        /// As it is written; bytes that are not UTF-8 were replaced.
        text: String,
        /// What it says.
        #[serde(skip)]
        record: Record,
    },
    /// More than one.
    Several(Vec<String>),
    /// One that is wrong.
    Wrong {
        /// As it is written; bytes that are not UTF-8 were replaced.
        text: String,
        /// Every place that is wrong; never none.
        errors: Vec<SyntaxError>,
    },
}

impl Policies {
    /// What there is at a name; `None` while the answer is missing.
    pub fn at(&mut self, known: &mut Known, name: &Name) -> Option<Rc<Policy>> {
        if let Some(policy) = self.0.get(name) {
            return Some(Rc::clone(policy));
        }
        let answer = known.answer(&Question::new(name, RecordType::Txt))?;
        let policy = Rc::new(Policy::read(&answer));
        self.0.insert(name.clone(), Rc::clone(&policy));
        Some(policy)
    }
}

impl Policy {
    fn read(answer: &Answer) -> Self {
        let selected = select(answer.texts());
        Self {
            published: published(answer, selected.records),
            look_alikes: selected.look_alikes,
            undecodable: selected.undecodable,
            ttl: answer.records().iter().map(|record| record.ttl).min().unwrap_or(0),
            alias: answer.aliases.last().cloned(),
            conflict: answer.conflict,
        }
    }

    /// The record, where it is right.
    pub fn record(&self) -> Option<&Record> {
        match &self.published {
            Published::One { record, .. } => Some(record),
            _ => None,
        }
    }
}

fn published(answer: &Answer, mut records: Vec<String>) -> Published {
    if let Some(failure) = answer.failure() {
        return Published::Failed(failure.clone());
    }
    match (records.pop(), records.is_empty()) {
        (None, _) => Published::Missing { name_exists: answer.outcome != Outcome::NxDomain },
        (Some(text), true) => match parse(&text) {
            Ok(record) => Published::One { text, record },
            Err(errors) => Published::Wrong { text, errors },
        },
        (Some(last), false) => {
            records.push(last);
            Published::Several(records)
        }
    }
}
