//! The readers of strangers' texts and messages, for the fuzz targets of `tests/fuzz`.

use std::ops::Range;

use crate::dkim::{KeyRecord, KeyState, PublicKey};
use crate::dmarc::Record;
use crate::message::{Message, Origin, prepare};

/// Reads a key record and the key in it: the parts that are wrong, if any are.
pub fn key_record(text: &str) -> Vec<String> {
    match KeyRecord::parse(text) {
        Ok(record) => {
            if let Some(bytes) = &record.key {
                let _ = PublicKey::read(&record.key_type, bytes);
            }
            Vec::new()
        }
        Err(errors) => errors.iter().map(|error| part(text, &error.span)).collect(),
    }
}

/// Reads a DMARC record: the parts that are odd.
pub fn dmarc_record(text: &str) -> Vec<String> {
    let record = Record::parse(text);
    let _ = record.asks_for();
    record.oddities.iter().map(|oddity| part(text, &oddity.span)).collect()
}

/// Reads a message and verifies its signatures with the key of a record: how many there are, and how
/// many pass.
pub fn message(bytes: &[u8], key: &str) -> (usize, usize) {
    let message = Message::read(bytes);
    let _ = Origin::of(&message);
    let signatures = prepare(&message);
    let key = KeyState::read(key.to_owned());
    let verified = signatures.prepared.iter().map(|it| it.conclude(Some(&key), 0));
    let passed = verified.filter(|it| it.reasons.is_empty()).count();
    (signatures.prepared.len(), passed)
}

fn part(text: &str, span: &Range<usize>) -> String {
    text.get(span.clone()).unwrap_or_default().to_owned()
}
