//! The Sender Policy Framework (RFC 7208): its records, its evaluation for one client, and the audit
//! of a whole tree of records without a client.

mod check_host;
mod client;
mod evaluation;
mod limits;
mod macro_string;
mod node;
mod parse;
mod policies;
mod record;
mod select;
mod target;
mod tree;
mod validated;

pub use check_host::check_host;
pub use client::{Client, Mailbox};
pub use evaluation::{Evaluation, SpfResult, Step, Void};
pub use limits::{MOST_EXCHANGERS, MOST_LOOKUPS, MOST_VOIDS};
pub use macro_string::{MacroError, MacroString, Place};
pub use node::{Found, Looked, Node, Passing, Seen, Tree};
pub use parse::parse;
pub use policies::{Policies, Policy, Published};
pub use record::{Kind, Mechanism, Qualifier, Record, Term};
pub use select::{LookAlike, Selected, select};
pub use tree::{explanation_target, walk};
