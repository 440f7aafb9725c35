//! Real mail servers from Debian packages, each in a throw-away root on loopback ports.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod certificates;
mod dialogue;
mod dkim_dmarc;
mod dns_client;
mod dns_tests;
mod exim;
mod exim_tests;
mod knot;
mod message;
mod mx_spf;
mod opendkim;
mod opensmtpd;
mod opensmtpd_tests;
mod postfix;
mod postfix_queue_tests;
mod postfix_tests;
mod rbl;
mod rbldnsd;
mod rbldnsd_tests;
mod sendmail;
mod sendmail_tests;
mod smtp_banner;
mod smtp_queue;
mod unbound;
