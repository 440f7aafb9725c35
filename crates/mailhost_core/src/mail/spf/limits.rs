//! The processing limits (RFC 7208 section 4.6.4).

/// Terms that need the DNS: include, a, mx, ptr, exists and redirect.
pub const MOST_LOOKUPS: u32 = 10;
/// Of those, the ones for which the DNS has nothing.
pub const MOST_VOIDS: usize = 2;
/// MX records of one mx term; one more is a permerror.
pub const MOST_EXCHANGERS: usize = 10;
/// Names of the client that are looked at; the others are left out.
pub(super) const MOST_CLIENT_NAMES: usize = 10;
