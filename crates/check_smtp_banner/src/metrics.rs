//! What the plugin measures.

use mailhost_core::contract::{MetricSpec, Unit};

const fn seconds(name: &'static str, meaning: &'static str) -> MetricSpec {
    MetricSpec { name, unit: Unit::Seconds, min: Some(0.0), max: None, meaning }
}

/// The whole run.
pub(crate) static TIME: MetricSpec =
    seconds("time", "The whole run, from the name to the reply to QUIT");
/// A stage of the run.
pub(crate) static DNS: MetricSpec = seconds("dns", "Resolving the target's name");
/// A stage of the run.
pub(crate) static CONNECT: MetricSpec = seconds("connect", "Connecting");
/// A stage of the run.
pub(crate) static GREETING: MetricSpec =
    seconds("greeting", "From the connection to the end of the greeting");
/// A stage of the run.
pub(crate) static EHLO: MetricSpec =
    seconds("ehlo", "EHLO to its reply, both times together with STARTTLS");
/// A stage of the run.
pub(crate) static TLS: MetricSpec = seconds("tls", "STARTTLS and the TLS handshake");
/// A stage of the run.
pub(crate) static AUTH: MetricSpec = seconds("auth", "Logging in");
/// A stage of the run.
pub(crate) static MAIL: MetricSpec = seconds("mail", "MAIL FROM to its reply");
/// A stage of the run.
pub(crate) static RCPT: MetricSpec = seconds("rcpt", "All RCPT TO to their replies");
/// Of the chain.
pub(crate) static CERT_LEFT: MetricSpec = MetricSpec {
    name: "cert_left",
    unit: Unit::Seconds,
    min: None,
    max: None,
    meaning: "Time left until the first certificate of the chain expires; negative when it has",
};
/// Of a host.
pub(crate) static DANE_OK: MetricSpec = MetricSpec {
    name: "dane_ok",
    unit: Unit::Count,
    min: Some(0.0),
    max: Some(1.0),
    meaning: "1 where TLSA records that count vouch for all certificates shown, else 0; none where there are no records or no TLS; with --dane",
};
/// Of a domain.
pub(crate) static MTA_STS_MODE: MetricSpec = MetricSpec {
    name: "mta_sts_mode",
    unit: Unit::Count,
    min: Some(0.0),
    max: Some(2.0),
    meaning: "The mode of the MTA-STS policy: 0 none, 1 testing, 2 enforce; with --mta-sts",
};
/// Of a domain.
pub(crate) static MTA_STS_MAX_AGE: MetricSpec =
    seconds("mta_sts_max_age", "How long senders may keep the MTA-STS policy; with --mta-sts");
/// Of several attempts.
pub(crate) static LOSS: MetricSpec = MetricSpec {
    name: "loss",
    unit: Unit::Percent,
    min: Some(0.0),
    max: Some(100.0),
    meaning: "Connection attempts that failed, with --attempts",
};
/// Of several attempts.
pub(crate) static RTT_MIN: MetricSpec = seconds("rtt_min", "Quickest of --attempts connections");
/// Of several attempts.
pub(crate) static RTT_AVG: MetricSpec = seconds("rtt_avg", "Mean of --attempts connections");
/// Of several attempts.
pub(crate) static RTT_MAX: MetricSpec = seconds("rtt_max", "Slowest of --attempts connections");

/// All of them, in the order in which they are printed.
pub static METRICS: &[&MetricSpec] = &[
    &TIME,
    &DNS,
    &CONNECT,
    &GREETING,
    &EHLO,
    &TLS,
    &AUTH,
    &MAIL,
    &RCPT,
    &CERT_LEFT,
    &DANE_OK,
    &MTA_STS_MODE,
    &MTA_STS_MAX_AGE,
    &LOSS,
    &RTT_MIN,
    &RTT_AVG,
    &RTT_MAX,
];
