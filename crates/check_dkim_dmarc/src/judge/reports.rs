//! Whether reports about the domain's mail get to somebody.

use mailhost_core::contract::{Finding, clean_to, rule};

use super::{PART, policy, unsaid};
use crate::config::Config;
use crate::facts::{Authorised, Destination, Facts, TakesMail};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(dmarc) = &facts.dmarc else { return };
    if let Ok(Some(ruling)) = dmarc.walk.ruling()
        && !ruling.record.wants_reports
        && !ruling.of_public_suffix
        && !config.parked
    {
        let whose = policy::whose(ruling);
        let text = format!("{whose} has no rua=: nobody will tell you whose mail fails");
        findings.push(Finding::broken(&rule::DMARC_RUA_MISSING, text));
    }
    if dmarc.more_destinations > 0 {
        let text =
            format!("{} more places for reports were not looked at", dmarc.more_destinations);
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    for destination in &dmarc.destinations {
        // What does not exist authorises nobody.
        if destination.mail != TakesMail::NoDomain {
            authorised(config, facts, destination, findings);
        }
        takes_mail(config, facts, destination, findings);
    }
}

fn whose(destination: &Destination) -> String {
    format!("{}={}", destination.uri.tag, destination.uri.mailbox)
}

fn authorised(
    config: &Config,
    facts: &Facts,
    destination: &Destination,
    findings: &mut Vec<Finding>,
) {
    let whose = whose(destination);
    findings.push(match &destination.authorised {
        Authorised::Same => return,
        Authorised::Yes => Finding::good("reports", format!("{whose} takes reports of others")),
        Authorised::No { name, instead } => {
            let instead = instead.as_ref().map(|text| format!(", but: {}", clean_to(text, PART)));
            let text = format!(
                "{whose} gets no reports: there is no v=DMARC1 at {name}{}",
                instead.unwrap_or_default()
            );
            Finding::broken(&rule::DMARC_DESTINATION_UNAUTHORISED, text)
        }
        Authorised::Failed(failure) => {
            let what = format!("whether {whose} takes reports of others is not known");
            unsaid(config, facts, &rule::DMARC_DESTINATION_UNKNOWN, failure, &what)
        }
    });
}

fn takes_mail(
    config: &Config,
    facts: &Facts,
    destination: &Destination,
    findings: &mut Vec<Finding>,
) {
    let whose = whose(destination);
    let why = match &destination.mail {
        TakesMail::Yes => return,
        TakesMail::NoDomain => "its domain does not exist",
        TakesMail::NoHost => "its domain has no MX record and no address",
        TakesMail::Null => "its domain says that it takes no mail",
        TakesMail::Failed(failure) => {
            let what = format!("whether {whose} takes mail is not known");
            findings.push(unsaid(config, facts, &rule::DMARC_DESTINATION_UNKNOWN, failure, &what));
            return;
        }
    };
    let text = format!("{whose} gets no reports: {why}");
    findings.push(Finding::broken(&rule::DMARC_DESTINATION_NO_MAIL, text));
}
