//! The configuration file of a test server, written whole: no default of the package is relied on.

use super::Settings;
use crate::{certificates::HOST, message::FULL};

/// Debian's Exim prefers this file to the one that its package generates.
pub(super) const EXIM_CONF: &str = "/etc/exim4/exim4.conf";
pub(super) const SPOOL: &str = "/var/spool/exim4";

/// The last line of the retry rules makes every address wait for an hour, so that a message stays as the
/// test has put it.
pub(super) fn exim_conf(settings: Settings, port: u16, refused: u16, full: u16) -> String {
    let Settings { anyone_lists, split } = settings;
    let admin = !anyone_lists;
    format!(
        "primary_hostname = {HOST}
qualify_domain = example.org
spool_directory = {SPOOL}
split_spool_directory = {split}
queue_list_requires_admin = {admin}
log_file_path = /var/log/exim4/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts =
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
acl_smtp_rcpt = accept

begin routers

full:
  driver = manualroute
  domains = {FULL}
  transport = full
  route_list = * 127.0.0.1
  self = send

refused:
  driver = manualroute
  transport = refused
  route_list = * 127.0.0.1
  self = send

begin transports

full:
  driver = smtp
  port = {full}
  allow_localhost

refused:
  driver = smtp
  port = {refused}
  allow_localhost

begin retry

* * F,5d,1h
"
    )
}
