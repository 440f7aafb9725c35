//! The units of systemd.

use std::collections::BTreeSet;

use mailhost_core::command::{self, CommandFault};
use mailhost_core::deadline::Deadline;

use crate::facts::{Seen, UnitSeen};
use crate::systemctl::{PROPERTIES, Unit, units};

/// What systemd says of these units. Everybody may ask.
pub(super) fn look(names: &[String], deadline: &Deadline) -> Seen<Vec<UnitSeen>> {
    match ask(names, deadline) {
        Ok(units) => {
            let unit = |unit: Unit| UnitSeen { unit, restarted: None };
            Ok(units.into_iter().map(unit).collect())
        }
        Err(why) => Err(why),
    }
}

fn ask(names: &[String], deadline: &Deadline) -> Result<Vec<Unit>, String> {
    let program = command::find("systemctl").ok_or("systemctl is not installed")?;
    let options = ["show", "--no-pager", PROPERTIES, "--"].into_iter();
    let arguments: Vec<&str> = options.chain(names.iter().map(String::as_str)).collect();
    let (lines, end) = command::lines(&program, &arguments, &deadline.share(2))
        .map_err(|fault: CommandFault| fault.to_string())?;
    if end.stopped {
        return Err("systemctl does not answer".to_owned());
    }
    if end.code != Some(0) {
        // Its first line has the reason, the next one what was not done because of it.
        let why = end.complaint.lines().next().unwrap_or("it failed, and does not say why");
        return Err(format!("systemctl: {why}"));
    }
    let mut units = units(&lines, names.len())
        .ok_or_else(|| "what systemctl says is not understood".to_owned())?;
    // The same unit may have been asked for under two names.
    let mut seen = BTreeSet::new();
    units.retain(|unit| seen.insert(unit.name.clone()));
    Ok(units)
}
