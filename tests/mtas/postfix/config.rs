//! The configuration files of a test server, written whole: no default of the package is relied on.

use super::{Ports, Postfix, Relay, Settings};
use crate::{certificates::HOST, message::FULL};

/// Where an instance of Postfix has its files in the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    pub(super) configuration: &'static str,
    pub(super) queue: &'static str,
}

pub(super) const FIRST: Instance =
    Instance { configuration: "/etc/postfix", queue: "/var/spool/postfix" };
pub(super) const SECOND: Instance =
    Instance { configuration: "/etc/postfix-out", queue: "/var/spool/postfix-out" };
pub(super) const SECOND_DATA: &str = "/var/lib/postfix-out";

pub(super) const CA_FILE: &str = "/etc/mailhost/ca.pem";
pub(super) const CERTIFICATE_FILE: &str = "/etc/mailhost/certificate.pem";
pub(super) const DOVECOT_CONF: &str = "/etc/dovecot/dovecot.conf";
pub(super) const DOVECOT_LOG: &str = "/var/log/dovecot.log";
pub(super) const KEY_FILE: &str = "/etc/mailhost/key.pem";
pub(super) const MAIL: &str = "/var/mail/example.org";
pub(super) const MAILBOXES: &str = "/etc/postfix/mailboxes";
pub(super) const MAIL_LOG: &str = "/var/log/mail.log";
pub(super) const MAIN_CF: &str = "/etc/postfix/main.cf";
pub(super) const MASTER_CF: &str = "/etc/postfix/master.cf";
pub(super) const USERS: &str = "/etc/dovecot/users";

/// Loopback is no trusted network here, so that a client on it is a stranger, unless the server is to
/// take mail for elsewhere. The transports see to it that no mail leaves the machine even then. The
/// second that Postfix waits before it says no would only make the tests slow.
pub(super) fn main_cf(settings: &Settings, ports: Ports) -> String {
    let instances = if settings.second_instance {
        format!(
            "multi_instance_enable = yes\nmulti_instance_directories = {}",
            SECOND.configuration
        )
    } else {
        String::new()
    };
    format!(
        "compatibility_level = 3.6
myhostname = {HOST}
mydomain = example.org
myorigin = $mydomain
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
smtpd_peername_lookup = no
{relay}
smtpd_relay_restrictions =
    permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
virtual_mailbox_domains = example.org
virtual_mailbox_maps = texthash:{MAILBOXES}
virtual_transport = lmtp:inet:[127.0.0.1]:{lmtp}
alias_maps =
alias_database =
message_size_limit = {size}
mailbox_size_limit = 0
maillog_file = {MAIL_LOG}
smtpd_tls_cert_file = {CERTIFICATE_FILE}
smtpd_tls_key_file = {KEY_FILE}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_error_sleep_time = 0s
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
postscreen_access_list =
postscreen_greet_action = enforce
postscreen_greet_wait = 2s
postscreen_greet_ttl = 1s
postscreen_cache_map = btree:$data_directory/postscreen_cache
biff = no
{instances}
{more}
",
        relay = relay(settings.relay, ports),
        lmtp = ports.lmtp,
        size = Postfix::SIZE_LIMIT,
        more = settings.main_cf,
    )
}

/// A mail host's second instance relays only. Its files are its own, down to the log.
pub(super) fn second_main_cf(ports: Ports, settings: &Settings) -> String {
    let Instance { queue, .. } = SECOND;
    format!(
        "compatibility_level = 3.6
multi_instance_name = postfix-out
multi_instance_enable = yes
queue_directory = {queue}
data_directory = {SECOND_DATA}
myhostname = {HOST}
mydomain = example.org
myorigin = $mydomain
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
{relay}
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
maillog_file = /var/log/mail-out.log
biff = no
{more}
",
        relay = relay(settings.relay, ports),
        more = settings.main_cf,
    )
}

/// Who may send mail to elsewhere, and where it goes: nowhere.
fn relay(relay: Relay, ports: Ports) -> String {
    let trusted = match relay {
        Relay::Refused => "192.0.2.1/32",
        Relay::Discarded | Relay::Deferred => "127.0.0.0/8",
    };
    let transports = match relay {
        Relay::Refused | Relay::Discarded => {
            "default_transport = discard:\nrelay_transport = discard:".to_owned()
        }
        Relay::Deferred => format!(
            "default_transport = smtp:[127.0.0.1]:{refused}
relay_transport = $default_transport
transport_maps = inline:{{ {FULL}=smtp:[127.0.0.1]:{full} }}",
            refused = ports.refused,
            full = ports.full
        ),
    };
    format!("mynetworks = {trusted}\n{transports}")
}

/// Nothing is chrooted once more: the fifth column is `n` throughout.
pub(super) fn master_cf(ports: Ports) -> String {
    let Ports { postscreen, smtp, smtps, submission, .. } = ports;
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd
    -o syslog_name=postfix/smtps
    -o smtpd_tls_wrappermode=yes
    -o smtpd_sasl_auth_enable=yes
    -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{submission} inet n - n - - smtpd
    -o syslog_name=postfix/submission
    -o smtpd_tls_security_level=encrypt
    -o smtpd_sasl_auth_enable=yes
    -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{postscreen} inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
tlsproxy unix - - n - 0 tlsproxy
dnsblog unix - - n - 0 dnsblog
{SERVICES}"
    )
}

/// One port, like port 25.
pub(super) fn second_master_cf(port: u16) -> String {
    format!("127.0.0.1:{port} inet n - n - - smtpd\n{SERVICES}")
}

const SERVICES: &str = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";
/// In the queue directory, of the last one of the services.
pub(super) const LAST_SOCKET: &str = "public/postlog";

/// Who can be written to at example.org.
pub(super) fn mailboxes() -> String {
    ["alice", "postmaster", "abuse"].map(|user| format!("{user}@example.org {user}/\n")).concat()
}

/// SASL for Postfix and LMTP for its mail. Postfix asks for TLS before AUTH, so Dovecot need not.
pub(super) fn dovecot_conf(ports: Ports) -> String {
    format!(
        "protocols = lmtp
listen = 127.0.0.1
ssl = no
log_path = {DOVECOT_LOG}
hostname = {HOST}
postmaster_address = postmaster@example.org
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_username_format = %n
# The waits after a wrong password, in its connection and for its address, would only make the tests slow.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{MAIL}/%n
first_valid_uid = 8
passdb {{
  driver = passwd-file
  args = {USERS}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={MAIL}/%n allow_all_users=yes
}}
service auth {{
  unix_listener /var/spool/postfix/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
",
        lmtp = ports.lmtp
    )
}

/// The password is stored readable, which CRAM-MD5 needs.
pub(super) fn users() -> String {
    format!("{}:{{PLAIN}}{}\n", Postfix::USER, Postfix::PASSWORD)
}
