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

pub(crate) use check_host::check_host;
pub(crate) use client::{Client, Mailbox};
pub(crate) use evaluation::{Evaluation, SpfResult, Void};
pub(crate) use limits::{MOST_EXCHANGERS, MOST_LOOKUPS, MOST_VOIDS};
pub(crate) use macro_string::{MacroString, Place};
pub(crate) use node::{Found, Looked, Node, Passing, Seen, Tree};
pub(crate) use parse::parse;
pub(crate) use policies::{Policies, Published};
pub(crate) use record::{Kind, Mechanism, Qualifier, Record};
pub(crate) use select::{LookAlike, select};
pub(crate) use tree::{explanation_target, walk};
