//! The packages in the hands of the real engines: each of them from Debian packages, in a throw-away
//! root, with the definitions that come with the .deb and a mail host of the demonstration to look at.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod by_hand;
mod cases;
mod http;
mod icinga;
mod nagios;
mod nrpe;
mod prometheus;
mod recorded;
mod telephone;
mod zabbix;
mod zabbix_alarm;
mod zabbix_site;
mod zabbix_templates;
