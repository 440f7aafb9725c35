//! What was to be a target and is none.

use mailhost_core::contract::{Finding, Rule, State, rule};
use mailhost_core::dns::Failure;
use mailhost_core::mail::{Network, graded_by, no_such_domain, not_said};
use mailhost_core::net::ResolveFault;

use crate::config::Config;
use crate::facts::{Facts, Unseen};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    findings.extend(facts.unseen.iter().map(|unseen| finding(config, facts, unseen)));
}

fn finding(config: &Config, facts: &Facts, unseen: &Unseen) -> Finding {
    let not_looked_at = |text: &str| Finding::broken(&rule::NOT_LOOKED_AT, text);
    match unseen {
        Unseen::Networks(domain, networks) => too_large(networks).about(domain),
        Unseen::NoExchanger(domain) => {
            not_looked_at("takes no mail, so there is no mail exchanger to look for").about(domain)
        }
        Unseen::NoExchangerAddress(domain) => {
            not_looked_at("no mail exchanger has such an address").about(domain)
        }
        Unseen::NoSender(domain) => {
            not_looked_at("the SPF names no such address that may send").about(domain)
        }
        Unseen::NoSpf(domain) => not_looked_at("has no SPF record that can be read").about(domain),
        Unseen::NoAddress(host) => {
            Finding::broken(&rule::NAME_NOT_FOUND, "has no address").about(host)
        }
        Unseen::NoDomain(domain) => no_such_domain(None).about(domain),
        Unseen::NotPublic(subject, of, what) => {
            let text = format!("is not public ({what}): no list can say anything about it");
            let of = of.as_ref().map_or(String::new(), |of| format!(" of {of}"));
            Finding::broken(&rule::ADDRESS_NOT_PUBLIC, text).about(&format!("{subject}{of}"))
        }
        Unseen::NoList(kind) => {
            not_looked_at(&format!("none of the lists knows {}", kind.plural()))
        }
        Unseen::TooMany(more) => {
            not_looked_at(&format!("{more} more addresses were not looked for"))
        }
        Unseen::Host(host, fault) => unresolved(fault).about(host),
        Unseen::HostFailed(host, failure) => {
            let text = format!("could not be resolved: {failure}");
            Finding::broken(&rule::RESOLVER_FAILED, text).about(host)
        }
        Unseen::Exchanger(domain, host, failure) => {
            let what = format!("the address of MX {host} is not known");
            let finding = not_known(config, facts, &rule::MX_DNS_FAILED, failure, &what);
            // The others were looked for.
            let state = finding.state.min(State::Warning);
            finding.graded(state).about(domain)
        }
        Unseen::Mx(domain, failure) => {
            not_known(config, facts, &rule::MX_DNS_FAILED, failure, "MX is not known").about(domain)
        }
        Unseen::Spf(domain, failure) => {
            let what = "SPF is not known";
            not_known(config, facts, &rule::SPF_DNS_FAILED, failure, what).about(domain)
        }
    }
}

/// That the DNS of a domain does not say something.
fn not_known(
    config: &Config,
    facts: &Facts,
    rule: &'static Rule,
    failure: &Failure,
    what: &str,
) -> Finding {
    let finding = not_said(facts.resolver.as_ref(), rule, failure, what);
    graded_by(finding, failure, config.when_silent, config.when_unreachable)
}

fn unresolved(fault: &ResolveFault) -> Finding {
    let rule = match fault {
        ResolveFault::NoAddress | ResolveFault::NoSuchName => &rule::NAME_NOT_FOUND,
        ResolveFault::ResolverFailed(_) | ResolveFault::TimedOut => &rule::RESOLVER_FAILED,
    };
    Finding::broken(rule, fault.to_string())
}

fn too_large(networks: &[Network]) -> Finding {
    let shown: Vec<String> = networks.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = networks.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!(
        "the SPF lets networks send that are too large to be looked at: {}{more}",
        shown.join(", ")
    );
    Finding::broken(&rule::NETWORK_TOO_LARGE, text)
}

/// Networks that a sentence names.
const SHOWN: usize = 5;
