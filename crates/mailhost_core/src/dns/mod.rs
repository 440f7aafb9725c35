//! The DNS: names made of labels, questions, answers that never hide a failure, and who is asked.
//!
//! Whoever wants to know something calls [`Known::settle`] with a function that looks at what is
//! known so far. What it misses is asked for in one batch, and it is called again: so it reads like
//! a plain sequence, and takes as long as the longest chain of questions, not as their number.

mod answer;
pub mod formats;
mod known;
mod lookup;
mod name;
mod question;
mod resolver;

pub use answer::{AliasConflict, Answer, Data, Failure, Fault, Outcome, Record, Tlsa};
pub use known::Known;
pub use lookup::{Lookup, Zone};
pub use name::{Name, NameError};
pub use question::{Question, RecordType};
pub use resolver::{Resolver, ResolverError};
