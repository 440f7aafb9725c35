//! Whether the domain's name servers agree.

use std::collections::BTreeMap;

use mailhost_core::contract::{Finding, rule};

use crate::config::Config;
use crate::facts::{Facts, Server};

pub(super) fn judge(config: &Config, facts: &Facts, findings: &mut Vec<Finding>) {
    if config.consistency && facts.servers.is_empty() {
        let text = "no name server of the domain is known, so none was asked";
        findings.push(Finding::broken(&rule::NOT_LOOKED_AT, text));
    }
    for server in &facts.servers {
        if let Some(fault) = &server.fault {
            let text = format!("name server {}: {fault}", named(server));
            findings.push(Finding::broken(&rule::SERVER_LAME, text));
        }
    }
    let sound: Vec<&Server> =
        facts.servers.iter().filter(|server| server.fault.is_none()).collect();
    for kind in ["MX", "TXT"] {
        agreement(kind, &sound, findings);
    }
    let mut serials: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for server in &sound {
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

fn agreement(kind: &str, servers: &[&Server], findings: &mut Vec<Finding>) {
    let mut said: BTreeMap<&Vec<String>, Vec<String>> = BTreeMap::new();
    for server in servers {
        match server.says.get(kind) {
            Some(Ok(records)) => said.entry(records).or_default().push(named(server)),
            Some(Err(why)) => {
                let text = format!("name server {} on {kind}: {why}", named(server));
                findings.push(Finding::broken(&rule::SERVER_LAME, text));
            }
            None => {}
        }
    }
    let what = if kind == "TXT" { "SPF" } else { kind };
    if said.len() > 1 {
        // What fewer of them say comes first: that is most likely wrong.
        let mut groups: Vec<(&Vec<String>, Vec<String>)> = said.into_iter().collect();
        groups.sort_by_key(|(_, who)| who.len());
        let each = groups.iter().map(|(records, who)| {
            let records =
                if records.is_empty() { "nothing".to_owned() } else { records.join(", ") };
            format!("{} says {records}", who.join(" and "))
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
