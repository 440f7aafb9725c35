//! TLS-RPT: whether senders know where to report to (RFC 8460 section 3).

use mailhost_core::contract::{Finding, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::tls_rpt::{Destination, Record};

use super::published::Kind;
use crate::facts::Published;

pub(super) fn judge(
    published: &Published,
    resolver: Option<&Failure>,
    findings: &mut Vec<Finding>,
) {
    let Some(text) = KIND.only(published, resolver, findings) else {
        return;
    };
    let faults = match Record::parse(text) {
        Ok(record) => {
            let to: Vec<&str> = record.destinations.iter().map(address).collect();
            findings
                .push(Finding::good("tls-rpt", format!("reports on TLS go to {}", to.join(", "))));
            record.oddities
        }
        Err(faults) => faults,
    };
    findings.extend(KIND.faults(text, &faults));
}

fn address(destination: &Destination) -> &str {
    match destination {
        Destination::Https(text) | Destination::Mailbox(text) => text,
    }
}

/// Whether there is a record that senders can use.
pub(super) fn is_usable(published: &Published) -> bool {
    matches!(&published.records[..], [record] if Record::parse(record).is_ok())
}

const KIND: Kind = Kind {
    name: "TLS-RPT",
    dns_failed: &rule::TLS_RPT_DNS_FAILED,
    missing: &rule::TLS_RPT_MISSING,
    odd: &rule::TLS_RPT_ODD,
    several: &rule::TLS_RPT_SEVERAL,
    syntax: &rule::TLS_RPT_SYNTAX,
};
