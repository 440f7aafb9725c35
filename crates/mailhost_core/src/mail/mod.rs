//! What mail domains publish about themselves in the DNS, and what several plugins say about it.
//!
//! A record's grammar is here when a second plugin needs it. What one plugin alone makes of a record,
//! its options and its verdicts, stays there.

mod alias;
mod caret;
mod domain;
pub mod field_list;
pub mod mta_sts;
mod mx;
mod network;
mod report_address;
pub mod servers;
pub mod spf;
mod syntax_error;
pub mod tls_rpt;
mod unsaid;

pub use alias::{Alias, alias_conflict};
pub use caret::point_at;
pub use domain::{Domain, no_such_domain};
pub use mx::{Exchanger, Mx, MxAnswer};
pub use network::{Network, address_in_place_of};
pub use report_address::split_scheme;
pub use syntax_error::SyntaxError;
pub use unsaid::{graded_by, not_said, once, resolver_failure};
