//! Domain-based Message Authentication, Reporting, and Conformance (RFC 9989): its records, the tree
//! walk that finds them, and who may get reports (RFC 9990).

mod policy;
mod record;
mod report_uri;
mod select;
mod tree;

pub(crate) use policy::{Mode, Policies, Policy};
pub(crate) use record::{OddityKind, Psd, Record};
pub(crate) use report_uri::ReportUri;
pub(crate) use select::{Other, select};
pub(crate) use tree::{Found, Ruling, Step, Walk, record_name, walk};
