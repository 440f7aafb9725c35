//! Whom the lists are asked about.

use std::net::IpAddr;

use mailhost_core::cli::ip_address;
use mailhost_core::dns::Name;
use mailhost_core::mail::Domain;
use mailhost_core::plugin::Failure;

use super::zone::Zone;
use super::{Accepted, Chosen};
use crate::args::Target;
use crate::lists::{Kind, Subject};

/// A value of `-H`.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

/// The hosts and domains that the options name.
pub(super) fn named(
    target: &Target,
    lists: &[Chosen],
) -> Result<(Vec<Host>, Vec<Domain>), Failure> {
    if target.hostname.is_empty() && target.domain.is_empty() {
        return Err(Failure::usage("whom to look for is missing: give -H or -d"));
    }
    for (option, given) in [("--mx", target.mx), ("--spf-senders", target.spf_senders)] {
        if given && target.domain.is_empty() {
            return Err(Failure::usage(format!("{option} needs a domain: give -d")));
        }
    }
    let hosts = target.hostname.iter().map(|it| host(it)).collect::<Result<Vec<_>, _>>()?;
    let domains =
        target.domain.iter().map(|it| Domain::parse(it)).collect::<Result<Vec<_>, _>>()?;
    let knows = |kind| lists.iter().any(|it| it.list.knows(kind));
    let addresses = !hosts.is_empty() || target.mx || target.spf_senders;
    if addresses && !knows(Kind::Ipv4) && !knows(Kind::Ipv6) {
        return Err(Failure::usage("none of the lists knows addresses: name one with --with"));
    }
    if !addresses && !knows(Kind::Domain) {
        return Err(Failure::usage(
            "none of the lists knows domains: name one with --with, or give --mx",
        ));
    }
    Ok((hosts, domains))
}

/// The values of `--accept`.
pub(super) fn accepted(given: &[String], lists: &[Chosen]) -> Result<Vec<Accepted>, Failure> {
    let read = |given: &String| {
        let Some((zone, target)) = given.split_once('@') else {
            return Err(Failure::usage("--accept: write ZONE@ADDRESS or ZONE@DOMAIN"));
        };
        let zone = Zone::parse("--accept", zone)?.name;
        let wrong = |why: &str| Failure::usage(format!("--accept {zone}@{target}: {why}"));
        if !lists.iter().any(|it| it.list.zone == zone) {
            return Err(wrong("that list is not asked"));
        }
        let subject = if let Ok(address) = ip_address(target) {
            Subject::Address(address.to_canonical())
        } else {
            let domain = Domain::parse(target);
            let domain = domain.map_err(|_| wrong("that is no address and no domain"))?;
            Subject::Domain(domain.name)
        };
        Ok(Accepted { zone, subject })
    };
    given.iter().map(read).collect()
}

fn host(text: &str) -> Result<Host, Failure> {
    if let Ok(address) = ip_address(text) {
        return Ok(Host::Address(address.to_canonical()));
    }
    let name = text.trim_end_matches('.');
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if name.chars().all(legal) && Name::from_text(name).is_ok() && !is_number {
        return Ok(Host::Name(name.to_owned()));
    }
    let hint = if name.is_ascii() { "" } else { "; write it in its ASCII form (xn--...)" };
    Err(Failure::usage(format!("\"{text}\" for -H is no host name and no address{hint}")))
}
