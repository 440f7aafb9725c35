//! The configuration file of a test server, written whole: no default of the package is relied on.

use crate::{certificates::HOST, message::FULL};

pub(super) const SMTPD_CONF: &str = "/etc/smtpd.conf";

/// A hundred messages in a connection would be too many by default. A route is an address without its
/// port, and one is closed for some time after a connection is refused, hence two addresses.
pub(super) fn smtpd_conf(port: u16, refused: u16, full: u16) -> String {
    format!(
        "listen on 127.0.0.1 port {port} hostname {HOST}
smtp limit max-mails 100000
queue ttl 5d
action \"full\" relay host smtp://127.0.0.1:{full}
action \"refused\" relay host smtp://127.0.0.2:{refused}
match from any for domain {FULL} action \"full\"
match from any for any action \"refused\"
"
    )
}
