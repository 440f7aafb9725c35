//! What is wrong in a record, and where.

use std::ops::Range;

use serde::Serialize;

/// A place where a record breaks the grammar.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SyntaxError {
    /// The bytes of the record that are wrong.
    pub span: Range<usize>,
    /// What is wrong, as a sentence without an end.
    pub text: String,
}

impl SyntaxError {
    /// What is wrong at a place.
    pub fn at(span: Range<usize>, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}
