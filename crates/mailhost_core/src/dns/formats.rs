//! The reader of messages, for the fuzz targets of `tests/fuzz`.

use super::answer::{Answer, Failure, Outcome};
use super::question::Question;
use super::resolver::{Reply, Said, read};

/// Reads a message as an answer to a question that was asked under an identifier; `None` for one that
/// does not answer it, or has to be fetched over TCP.
pub fn answer(bytes: &[u8], question: &Question, id: u16) -> Option<Answer> {
    match read(bytes, question, id)? {
        Reply::Said(Said { outcome, aliases, conflict, authoritative, authentic }) => {
            Some(Answer { aliases, conflict, authoritative, authentic, ..Answer::of(outcome) })
        }
        Reply::Failed(fault, detail) => {
            let failure = Failure { detail, ..Failure::of(fault) };
            Some(Answer::of(Outcome::Failed(failure)))
        }
        Reply::Truncated => None,
    }
}
