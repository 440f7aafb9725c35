//! MTA-STS (RFC 8461): the record of a domain, and the policy that its web server has. Neither is
//! fetched here.

mod pattern;
mod policy;
mod record;

pub use pattern::Pattern;
pub use policy::{
    LARGEST_POLICY, LONGEST_AGE, Mode, Place, Policy, PolicyFault, PolicyFaultKind, is_plain_text,
};
pub use record::{Record, select};
