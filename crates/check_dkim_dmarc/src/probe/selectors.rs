//! Which selectors are looked at, and what this machine's own files say of their keys.

use mailhost_core::deadline::Deadline;
use mailhost_core::mail::Domain;
use mailhost_core::plugin::Failure;

use crate::config::{self, Config};
use crate::dkim::PublicKey;
use crate::selector::{Purpose, Selector};
use crate::{key_table, local_key, providers};

/// A selector with the public part of its local key, or why that is not known.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) selector: Selector,
    pub(super) local: Option<Result<PublicKey, String>>,
}

/// All of them: those that were named, then those of key tables, then the guessed ones.
///
/// # Errors
/// [`Failure::Unable`] for a key table that cannot be read, that names no selector for the domain, or
/// names one that can be no selector.
pub(super) fn wanted(config: &Config, deadline: &Deadline) -> Result<Vec<Wanted>, Failure> {
    let Some(domain) = config.domain.as_ref().filter(|_| config.dkim) else {
        return Ok(Vec::new());
    };
    let mut selectors = config.selectors.clone();
    from_tables(config, domain, deadline, &mut selectors)?;
    for guess in providers::SELECTORS.iter().filter(|_| config.guess) {
        let guess = Selector::new(guess, domain, Purpose::Guessed);
        if !selectors.iter().any(|it| it.is_same(&guess)) {
            selectors.push(guess);
        }
    }
    let wanted = selectors.into_iter().map(|selector| {
        let local = selector.key_file.as_ref().map(|file| {
            deadline.waiting_for(format!("the file {}", file.display()));
            local_key::read(file)
        });
        Wanted { selector, local }
    });
    Ok(wanted.collect())
}

/// Adds those of key tables.
fn from_tables(
    config: &Config,
    domain: &Domain,
    deadline: &Deadline,
    selectors: &mut Vec<Selector>,
) -> Result<(), Failure> {
    for table in &config.key_tables {
        deadline.waiting_for(format!("the file {}", table.display()));
        for (name, key_file) in key_table::read(table, &domain.text).map_err(Failure::Unable)? {
            if !config::is_selector(&name) {
                let table = table.display();
                return Err(Failure::Unable(format!(
                    "{table} names the selector \"{name}\", which is not one"
                )));
            }
            let more = Selector::new(&name, domain, Purpose::Signs);
            let before = selectors.iter_mut().find(|it| it.is_same(&more));
            match before {
                // What was asked for counts, and the table may add to it.
                Some(before) => {
                    before.still_signs = before.purpose == Purpose::Retired;
                    if before.key_file.is_none() {
                        before.key_file = key_file;
                        before.from_table = true;
                    }
                }
                None => selectors.push(Selector { from_table: true, key_file, ..more }),
            }
        }
    }
    Ok(())
}
