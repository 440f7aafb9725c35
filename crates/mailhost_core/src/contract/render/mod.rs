//! The three renderings of a report. Each cleans every text it prints; nothing else needs to.

mod json;
mod nagios;
mod prometheus;

pub use json::json;
pub use nagios::nagios;
pub use prometheus::prometheus;

/// Below Zabbix's 65,535 characters of a text item and NRPE's 65,504 bytes of a packet.
const LARGEST_OUTPUT: usize = 60_000;
