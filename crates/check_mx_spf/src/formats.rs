//! The readers of strangers' texts, for the fuzz targets of `tests/fuzz`.

use crate::spf::{self, MacroString, Place};

/// Reads a record as [`spf::parse`] does: the record as it is written, or the parts that are wrong.
pub fn record(text: &str) -> Result<String, Vec<String>> {
    spf::parse(text).map(|record| record.to_string()).map_err(|errors| {
        errors
            .iter()
            .map(|error| text.get(error.span.clone()).unwrap_or_default().to_owned())
            .collect()
    })
}

/// Reads a text with macros and expands it with a value for all of them.
pub fn expansion(text: &str, value: &str) -> Option<(String, String)> {
    let read = MacroString::parse(text, Place::Explanation).ok()?;
    Some((read.to_string(), read.expand(|_| value.to_owned())))
}
