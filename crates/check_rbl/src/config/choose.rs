//! Which lists are asked.

use std::path::Path;

use mailhost_core::file;
use mailhost_core::plugin::Failure;

use super::keys::{self, KeyFiles};
use super::zone::Zone;
use super::{Chosen, Key};
use crate::args::Choice;
use crate::lists::{HEAVIEST, List, compiled, dead, read};

/// The lists that the options name, or the usual ones.
pub(super) fn lists(options: &Choice) -> Result<Vec<Chosen>, Failure> {
    let (known, usual) = tables(options)?;
    let keys = keys::files(&options.key_file)?;
    let mut chooser = Chooser { known, keys, force: options.force, chosen: Vec::new() };
    for given in &options.zone {
        chooser.add("-s", given, false)?;
    }
    if options.zone.is_empty() {
        for list in usual {
            chooser.put(list, None)?;
        }
    }
    for given in &options.with {
        chooser.add("--with", given, false)?;
    }
    for given in &options.without {
        chooser.remove(given)?;
    }
    if chooser.chosen.is_empty() {
        return Err(Failure::usage("no list is left to be asked"));
    }
    for given in &options.allow_list {
        chooser.add("--allow-list", given, true)?;
    }
    if let Some(zone) = chooser.keys.unused() {
        return Err(Failure::usage(format!("--key-file is for {zone}, which is not asked")));
    }
    Ok(chooser.chosen)
}

/// What is known of lists, those of a file first; and those that are asked without being named.
fn tables(options: &Choice) -> Result<(Vec<List>, Vec<List>), Failure> {
    let is_usual = |list: &&List| list.default && !list.allow;
    let Some(path) = options.lists.as_deref() else {
        let known = compiled();
        let usual = known.iter().filter(is_usual).cloned().collect();
        return Ok((known, usual));
    };
    let mut known = table(path)?;
    let usual: Vec<List> = known.iter().filter(is_usual).cloned().collect();
    if usual.is_empty() && options.zone.is_empty() && options.with.is_empty() {
        return Err(Failure::usage(format!(
            "no list in {} has default = true: name the lists with -s",
            path.display()
        )));
    }
    // What is known of a list holds also where the file does not name it.
    known.extend(compiled());
    Ok((known, usual))
}

/// The table in a file.
fn table(path: &Path) -> Result<Vec<List>, Failure> {
    let wrong = |why: &str| Failure::Unable(format!("reading {}: {why}", path.display()));
    let bytes = file::read(path, LARGEST_TABLE).map_err(|why| wrong(&why))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    let lists = read(&text).map_err(|why| wrong(&why))?;
    if lists.len() > MOST_LISTS {
        return Err(wrong(&format!("more than {MOST_LISTS} lists")));
    }
    Ok(lists)
}

struct Chooser {
    /// Those of a file first.
    known: Vec<List>,
    keys: KeyFiles,
    force: bool,
    chosen: Vec<Chosen>,
}

impl Chooser {
    /// Adds the list that a value of an option names.
    fn add(&mut self, option: &str, given: &str, allow: bool) -> Result<(), Failure> {
        let (zone, weight) = match given.split_once('=') {
            Some((zone, weight)) => (zone, Some(weight)),
            None => (given, None),
        };
        let Zone { name, key } = Zone::parse(option, zone)?;
        let wrong = |why: &str| Failure::usage(format!("{option} {name}: {why}"));
        let known = self.known.iter().find(|list| list.zone == name).cloned();
        let mut list = known.unwrap_or_else(|| List { allow, ..List::unknown(name.clone()) });
        if list.allow && !allow {
            return Err(wrong("it is an allow list: name it with --allow-list"));
        }
        if allow && !list.allow {
            return Err(wrong("it is not an allow list: name it with --with"));
        }
        let same = self.chosen.iter().find(|it| it.list.zone == name);
        if allow && same.is_some_and(|it| !it.list.allow) {
            return Err(wrong("it is asked as a blocklist already"));
        }
        if let Some(weight) = weight {
            list.weight = weight_of(weight, allow).map_err(|why| wrong(&why))?;
        }
        self.put(list, key.map(|text| Key { text, from_argv: true }))
    }

    /// Leaves a list out.
    fn remove(&mut self, given: &str) -> Result<(), Failure> {
        let zone = Zone::parse("--without", given)?.name;
        let before = self.chosen.len();
        self.chosen.retain(|it| it.list.zone != zone);
        if self.chosen.len() == before {
            return Err(Failure::usage(format!("--without {zone}: it is not asked anyway")));
        }
        Ok(())
    }

    /// Adds a list, or puts it in the place of the same one with another weight.
    fn put(&mut self, list: List, key: Option<Key>) -> Result<(), Failure> {
        if let Some(dead) = dead(&list.zone).filter(|_| !self.force) {
            return Err(Failure::usage(format!(
                "{} ended {}: {}; leave it out (--force asks it all the same)",
                list.zone, dead.when, dead.how
            )));
        }
        let key = match key {
            Some(key) => Some(key),
            None => self.keys.of(&list)?,
        };
        let zone = keys::with_key(&list, key.as_ref())?;
        let name = list.zone.to_string().to_ascii_lowercase().into();
        let chosen = Chosen { list, name, zone, key };
        match self.chosen.iter().position(|it| it.list.zone == chosen.list.zone) {
            Some(same) => self.chosen[same] = chosen,
            None if self.chosen.len() >= MOST_LISTS => {
                return Err(Failure::usage(format!("more than {MOST_LISTS} lists")));
            }
            None => self.chosen.push(chosen),
        }
        Ok(())
    }
}

fn weight_of(text: &str, allow: bool) -> Result<f64, String> {
    if allow {
        return Err("an allow list has no weight".to_owned());
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = text.parse().ok().filter(|it| digits && *it <= HEAVIEST);
    number.ok_or_else(|| format!("a weight is a number from 0 to {HEAVIEST}"))
}

/// Bytes of a table.
const LARGEST_TABLE: u64 = 1 << 20;
/// Lists of one run; the longest sets that people have are of some two hundred.
const MOST_LISTS: usize = 500;
