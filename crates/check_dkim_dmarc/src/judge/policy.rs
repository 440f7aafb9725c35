//! The policy in force: for the domain, for its subdomains, and for names that do not exist.

use mailhost_core::contract::{Finding, Metric, rule};
use mailhost_core::mail::not_said;
use mailhost_core::mail::spf::Published;

use super::agreement::names_somebody;
use super::dkim;
use crate::config::Config;
use crate::dmarc::{Policies, Policy, Psd, Ruling, Walk};
use crate::facts::{Dmarc, Facts};
use crate::metrics;

/// What is carried out for mail that fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct InForce<'a> {
    pub(super) ruling: Ruling<'a>,
    /// For the domain itself.
    pub(super) domain: Policy,
    /// What the record asks for, before a test weakens it: for that domain, and for all.
    asked_for_domain: Policy,
    asked: Policies,
}

/// The policy in force for the domain where a walk began; `None` where there is none or it is not
/// known. `gone` is whether that domain does not exist.
pub(super) fn in_force(walk: &Walk, gone: bool) -> Option<InForce<'_>> {
    let ruling = walk.ruling().ok()??;
    let asked = ruling.record.asks_for()?;
    let asked_for_domain = if ruling.own {
        asked.domain
    } else if gone {
        asked.non_existent
    } else {
        asked.subdomains
    };
    let domain = ruling.record.carried_out(asked_for_domain);
    Some(InForce { ruling, domain, asked_for_domain, asked })
}

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(dmarc) = &facts.dmarc else { return };
    of_ruling(config, facts, dmarc, findings);
    if config.parked {
        sends(facts, findings);
    }
}

fn of_ruling(config: &Config, facts: &Facts, dmarc: &Dmarc, findings: &mut Vec<Finding>) {
    let Ok(ruling) = dmarc.walk.ruling() else { return };
    let in_force = in_force(&dmarc.walk, facts.is_gone());
    if let (Some(ruling), None) = (ruling, in_force) {
        let text = format!(
            "{} does nothing: its policy is missing or wrong, and it has no usable rua=",
            whose(ruling)
        );
        findings.push(Finding::broken(&rule::DMARC_NOT_APPLIED, text));
    }
    required(config, in_force.as_ref(), findings);
    let Some(in_force) = in_force else { return };
    words(dmarc, &in_force, findings);
    if config.parked {
        parked(dmarc, &in_force, findings);
    } else {
        weak(dmarc, &in_force, facts.is_gone(), findings);
    }
    suffix(&in_force, findings);
}

/// What a record is called.
pub(super) fn whose(ruling: Ruling<'_>) -> String {
    if ruling.own {
        "DMARC record".to_owned()
    } else {
        format!("DMARC record of {}", ruling.domain)
    }
}

fn required(config: &Config, in_force: Option<&InForce<'_>>, findings: &mut Vec<Finding>) {
    let Some(required) = config.required_policy else { return };
    let text = match in_force {
        Some(in_force) if in_force.domain >= required => return,
        Some(in_force) => {
            format!("DMARC policy in force is {}, and {required} is required", in_force.domain)
        }
        None => format!("no DMARC policy is in force, and {required} is required"),
    };
    findings.push(Finding::broken(&rule::DMARC_POLICY_WEAK, text));
}

/// What happens to mail that fails, in words.
fn words(dmarc: &Dmarc, in_force: &InForce<'_>, findings: &mut Vec<Finding>) {
    let record = in_force.ruling.record;
    let from = if in_force.ruling.own {
        String::new()
    } else {
        format!(", as {} asks", in_force.ruling.domain)
    };
    let text = format!("mail that fails is {}{from}", in_force.domain.in_words());
    findings.push(Finding::good("policy", text));
    if let Some((below, non_existent)) = below(dmarc, in_force) {
        let text = format!(
            "from subdomains without a record of their own it is {}, from names that do not exist {}",
            below.in_words(),
            non_existent.in_words()
        );
        findings.push(Finding::good("policy-below", text));
    }
    let text = format!(
        "alignment is {} for DKIM, {} for SPF",
        record.dkim_alignment.name(),
        record.spf_alignment.name()
    );
    findings.push(Finding::good("alignment", text));
}

/// What is carried out for subdomains and for names below that do not exist: what the organization's
/// record says. `None` where that is not known.
fn below(dmarc: &Dmarc, in_force: &InForce<'_>) -> Option<(Policy, Policy)> {
    let organization = dmarc.walk.organizational_domain().ok()?;
    let step = dmarc.walk.steps.iter().find(|step| step.domain == organization);
    let record = step.and_then(|step| step.record()).unwrap_or(in_force.ruling.record);
    // A record that does nothing lets everything through.
    let asked = record.asks_for().unwrap_or(Policies::all(Policy::None));
    Some((record.carried_out(asked.subdomains), record.carried_out(asked.non_existent)))
}

fn parked(dmarc: &Dmarc, in_force: &InForce<'_>, findings: &mut Vec<Finding>) {
    let own = in_force.domain;
    // Whether the organization says otherwise is told by its own finding.
    let (below, non_existent) = below(dmarc, in_force).unwrap_or((own, own));
    if [own, below, non_existent].iter().any(|policy| *policy != Policy::Reject) {
        let text = format!(
            "DMARC is {own} for the domain, {below} for subdomains, {non_existent} for names that do not \
             exist; a parked domain needs reject for all"
        );
        findings.push(Finding::broken(&rule::DMARC_PARKED, text));
    }
}

/// What lets somebody pass in the name of a domain that sends nothing.
fn sends(facts: &Facts, findings: &mut Vec<Finding>) {
    let told = |text: String| Finding::broken(&rule::DMARC_PARKED, text);
    match &facts.spf {
        Some(Published::Failed(failure)) => {
            let what = "whether SPF lets somebody pass is not known";
            let resolver = facts.resolver.as_ref();
            findings.push(not_said(resolver, &rule::SPF_DNS_FAILED, failure, what));
        }
        Some(Published::One { record, .. }) if names_somebody(record) => {
            let text = "SPF lets somebody pass; a parked domain says v=spf1 -all";
            findings.push(told(text.to_owned()));
        }
        _ => {}
    }
    let Some(dkim) = &facts.dkim else { return };
    let own = dkim.keys.iter().filter(|key| !key.selector.foreign && !key.is_wildcard());
    for key in own.filter(|key| dkim::works(key)) {
        let selector = key.selector.text();
        let text =
            format!("selector {selector} has a key; a parked domain has none, or a revoked one");
        findings.push(told(text));
    }
    if dkim.wildcard.as_ref().is_some_and(|it| it.state.key().is_some()) {
        let text = "every selector has a key, by way of a wildcard; a parked domain has none, or a revoked one";
        findings.push(told(text.to_owned()));
    }
}

/// A policy that lets through what fails.
fn weak(dmarc: &Dmarc, in_force: &InForce<'_>, gone: bool, findings: &mut Vec<Finding>) {
    let record = in_force.ruling.record;
    if in_force.asked_for_domain == Policy::None {
        let why = if record.policy_wrong {
            "a policy in it is wrong or doubled, which counts as p=none"
        } else if record.policy.is_none() {
            "p= is missing, which counts as p=none"
        } else if in_force.ruling.own {
            "p=none: mail that fails is delivered all the same"
        } else if gone {
            "its policy for names that do not exist is none: mail that fails is delivered all the same"
        } else {
            "its policy for subdomains is none: mail that fails is delivered all the same"
        };
        let text = format!("{}: {why}", whose(in_force.ruling));
        findings.push(Finding::broken(&rule::DMARC_POLICY_NONE, text));
    }
    if record.testing && in_force.asked_for_domain != Policy::None {
        let text = format!(
            "{} is only tested (t=y): its policy is carried out as {}",
            whose(in_force.ruling),
            in_force.domain
        );
        findings.push(Finding::broken(&rule::DMARC_TESTING, text));
    }
    weaker_below(dmarc, in_force, findings);
}

/// `sp` and `np`: weaker than what they make an exception from, or without any effect.
fn weaker_below(dmarc: &Dmarc, in_force: &InForce<'_>, findings: &mut Vec<Finding>) {
    let record = in_force.ruling.record;
    let organization = dmarc.walk.organizational_domain().ok();
    let is_organization = organization.as_ref().is_none_or(|it| it == in_force.ruling.domain);
    let has_exceptions = record.subdomains.is_some() || record.non_existent.is_some();
    if in_force.ruling.own && !is_organization && has_exceptions {
        let organization = organization.map(|it| it.to_string()).unwrap_or_default();
        let text =
            format!("DMARC record has sp= or np=, which have no effect below {organization}");
        findings.push(Finding::broken(&rule::DMARC_SUBDOMAINS_IGNORED, text));
        return;
    }
    if !in_force.ruling.own {
        return;
    }
    let Policies { domain, subdomains, non_existent } = in_force.asked;
    if subdomains < domain {
        let text = format!("DMARC is weaker for subdomains: sp={subdomains} under p={domain}");
        findings.push(Finding::broken(&rule::DMARC_SUBDOMAINS_WEAKER, text));
    }
    if non_existent < subdomains {
        let than = if record.subdomains.is_some() { "sp" } else { "p" };
        let text = format!(
            "DMARC is weaker for names that do not exist: np={non_existent} under {than}={subdomains}"
        );
        findings.push(Finding::broken(&rule::DMARC_SUBDOMAINS_WEAKER, text));
    }
}

/// Public suffixes: whose policy a stranger to them sees, and who calls himself one.
fn suffix(in_force: &InForce<'_>, findings: &mut Vec<Finding>) {
    let ruling = in_force.ruling;
    if ruling.of_public_suffix {
        let text = format!(
            "has no DMARC record of its own, so that of the public suffix {} counts",
            ruling.domain
        );
        findings.push(Finding::broken(&rule::DMARC_PUBLIC_SUFFIX, text));
    } else if ruling.own && ruling.record.psd == Psd::Yes {
        let text = "DMARC record says psd=y: every name below is an organization of its own";
        findings.push(Finding::broken(&rule::DMARC_PUBLIC_SUFFIX, text));
    }
}

pub(super) fn summary(facts: &Facts, dmarc: &Dmarc) -> String {
    let ruling = match dmarc.walk.ruling() {
        Ok(Some(ruling)) => ruling,
        Ok(None) => return "no DMARC".to_owned(),
        Err(_) => return "DMARC is not known".to_owned(),
    };
    match (in_force(&dmarc.walk, facts.is_gone()), ruling.record.policy) {
        (None, _) => "DMARC without effect".to_owned(),
        (Some(in_force), _) if !ruling.own => {
            format!("DMARC {} by {}", in_force.domain, ruling.domain)
        }
        (Some(in_force), Some(policy)) if in_force.domain != policy => {
            format!("DMARC p={policy}, carried out as {}", in_force.domain)
        }
        (Some(_), Some(policy)) => format!("DMARC p={policy}"),
        (Some(_), None) => "DMARC without p=".to_owned(),
    }
}

/// The strength of the policy in force, where it is known that there is one or none.
pub(super) fn metric(facts: &Facts) -> Option<Metric> {
    let dmarc = facts.dmarc.as_ref()?;
    dmarc.walk.ruling().ok()?;
    let strength =
        in_force(&dmarc.walk, facts.is_gone()).map_or(0.0, |in_force| in_force.domain.strength());
    Some(Metric::new(&metrics::POLICY, strength))
}
