//! A server that turns the monitor itself away, which says little about the server.

use std::sync::LazyLock;

use super::{Monitor, start};
use crate::postfix::{Postfix, Settings};

#[test]
fn critical_a_monitor_that_connects_too_often() {
    let Some(postfix) = strict() else { return };
    let monitor = Monitor::of(postfix);
    let smtp = postfix.smtp_port();
    let _ = monitor.check(smtp, PATIENTLY);
    monitor
        .check(smtp, PATIENTLY)
        .says(
            "CRITICAL - SERVER greets with 421 4.7.0 mail.example.org Error: too many connections \
             from MONITOR",
        )
        .explains("[CRITICAL] client-limited")
        .explains("Exempt the monitor: Postfix smtpd_client_event_limit_exceptions");
}

#[test]
fn critical_a_monitor_on_postscreens_list() {
    let Some(postfix) = strict() else { return };
    let monitor = Monitor::of(postfix);
    monitor
        .check(postfix.postscreen_port(), PATIENTLY)
        .says("CRITICAL - SERVER greets with 521 5.3.2 Service currently unavailable")
        .explains("[CRITICAL] client-blocked")
        .explains("Postfix postscreen_access_list");
}

/// Postfix starts the programs that answer here with the first connection, on a machine that is busy.
const PATIENTLY: &[&str] = &["-t", "45"];

/// Each address may connect once a minute, and none through postscreen.
fn strict() -> Option<&'static Postfix> {
    static SERVER: LazyLock<Option<Postfix>> = LazyLock::new(|| {
        start(&Settings {
            main_cf: "smtpd_client_connection_rate_limit = 1
postscreen_access_list = cidr:{{127.0.0.0/8 reject}}
postscreen_denylist_action = drop",
            ..Settings::default()
        })
    });
    SERVER.as_ref()
}
