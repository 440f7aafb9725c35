//! The Sender Policy Framework (RFC 7208): its records, its evaluation for one client, and the audit
//! of a whole tree of records without a client.

mod check_host;
mod client;
mod limits;
mod macro_string;
mod parse;
mod record;
mod select;
mod tree;
mod validated;

pub(crate) use check_host::{Evaluation, SpfResult, Void, check_host};
pub(crate) use client::{Client, Mailbox};
pub(crate) use limits::{MOST_LOOKUPS, MOST_VOIDS};
pub(crate) use macro_string::{MacroString, Place};
pub(crate) use parse::parse;
pub(crate) use record::{Kind, Mechanism, Qualifier, Record};
pub(crate) use select::{LookAlike, select};
pub(crate) use tree::{Found, Node, Passing, Seen, Tree, explanation_target, walk};
pub(crate) use validated::addresses;
