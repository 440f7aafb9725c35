//! Whether the name servers of a zone agree.

use std::collections::{BTreeMap, BTreeSet};

use super::{Server, ServerFault};
use crate::contract::{Finding, rule};
use crate::dns::{Failure, Fault};
use crate::mail::not_said;

/// What is to be said of the servers of one zone; `resolver` is what
/// [`resolver_failure`](crate::mail::resolver_failure) saw. Where there is no server, none was known.
pub fn judge(servers: &[Server], resolver: Option<&Failure>) -> Vec<Finding> {
    if servers.is_empty() {
        let text = "no name server of the domain is known, so none was asked";
        return vec![Finding::broken(&rule::NOT_LOOKED_AT, text)];
    }
    let mut findings = Vec::new();
    let families = [true, false].map(|ipv4| out_of_reach(servers, ipv4));
    let out_of_reach = |server: &Server| {
        let ipv4 = server.address.is_some_and(|address| address.is_ipv4());
        server.address.is_some() && families[usize::from(!ipv4)]
    };
    if families.contains(&true) && families.contains(&false) {
        let text =
            "name servers were asked over one address family only: this machine has no other";
        findings.push(Finding::good("servers", text));
    }
    let asked: Vec<&Server> = servers.iter().filter(|it| !out_of_reach(it)).collect();
    for server in &asked {
        findings.extend(server.fault.as_ref().map(|fault| lame(resolver, server, fault)));
    }
    let sound: Vec<&Server> = asked.into_iter().filter(|server| server.fault.is_none()).collect();
    let wanted: BTreeSet<&String> = sound.iter().flat_map(|server| server.says.keys()).collect();
    for what in wanted {
        agreement(resolver, what, &sound, &mut findings);
    }
    serials(&sound, &mut findings);
    findings
}

/// Whether no server of a family can be reached, while those of the other one can: then it is this
/// machine that lacks it.
fn out_of_reach(servers: &[Server], ipv4: bool) -> bool {
    let of = |family: bool| {
        let all = servers.iter().filter_map(|server| Some((server, server.address?)));
        all.filter(move |(_, address)| address.is_ipv4() == family).map(|(server, _)| server)
    };
    let no_way = |server: &Server| matches!(&server.fault, Some(ServerFault::Failed(it)) if it.fault == Fault::Unreachable);
    of(ipv4).next().is_some() && of(ipv4).all(no_way) && !of(!ipv4).all(no_way)
}

fn lame(resolver: Option<&Failure>, server: &Server, fault: &ServerFault) -> Finding {
    let what = format!("name server {}", named(server));
    let why = match fault {
        ServerFault::Failed(failure) => {
            return not_said(resolver, &rule::SERVER_LAME, failure, &what);
        }
        ServerFault::Lame => "it does not hold the zone (lame)",
        ServerFault::NoAddress => "it has no address",
    };
    Finding::broken(&rule::SERVER_LAME, format!("{what}: {why}"))
}

fn serials(servers: &[&Server], findings: &mut Vec<Finding>) {
    let mut serials: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for server in servers {
        if let Some(serial) = server.serial {
            serials.entry(serial).or_default().push(named(server));
        }
    }
    if serials.len() > 1 {
        let each = serials.iter().map(|(serial, who)| format!("{serial} at {}", who.join(" and ")));
        let text = format!("serial numbers differ: {}", each.collect::<Vec<_>>().join(", "));
        findings.push(Finding::broken(&rule::SERIALS_DIFFER, text));
    }
}

fn agreement(
    resolver: Option<&Failure>,
    what: &str,
    servers: &[&Server],
    findings: &mut Vec<Finding>,
) {
    let mut said: BTreeMap<&Vec<String>, Vec<String>> = BTreeMap::new();
    for server in servers {
        match server.says.get(what) {
            Some(Ok(records)) => said.entry(records).or_default().push(named(server)),
            Some(Err(failure)) => {
                let what = format!("name server {} on {what}", named(server));
                findings.push(not_said(resolver, &rule::SERVER_LAME, failure, &what));
            }
            None => {}
        }
    }
    if said.len() > 1 {
        // What fewer of them say comes first: that is most likely wrong.
        let mut groups: Vec<(&Vec<String>, Vec<String>)> = said.into_iter().collect();
        groups.sort_by_key(|(_, who)| who.len());
        let each = groups.iter().map(|(records, who)| {
            let records =
                if records.is_empty() { "nothing".to_owned() } else { records.join(", ") };
            format!(
                "{} {} {records}",
                who.join(" and "),
                if who.len() > 1 { "say" } else { "says" }
            )
        });
        let text =
            format!("name servers differ on {what}: {}", each.collect::<Vec<_>>().join("; "));
        findings.push(Finding::broken(&rule::SERVERS_DIFFER, text));
    } else if let Some((_, who)) = said.into_iter().next() {
        let text = if who.len() > 1 {
            format!("{} name servers say the same of {what}", who.len())
        } else {
            format!("only one name server could be asked about {what}")
        };
        findings.push(Finding::good("agreement", text));
    }
}

fn named(server: &Server) -> String {
    match server.address {
        Some(address) => format!("{} ({})", server.name, address.ip()),
        None => server.name.to_string(),
    }
}
