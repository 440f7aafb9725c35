//! Memory beyond what the whole machine has: the limit of this process, and errors of the hardware.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mailhost_core::file;

use crate::facts::{MemoryErrors, MemoryLimit, Seen};
use crate::proc::{self, MemoryGroup};

/// The limit that is nearest to being reached, of the control group of this process and of those that it is
/// in, and one that cannot be read; empty without any, and without control groups. `most` is what the machine
/// has: more limits nothing.
pub(super) fn limits(root: &Path, most: u64) -> Vec<Seen<MemoryLimit>> {
    let groups = text(&root.join("proc/self/cgroup"));
    let Some(group) = groups.and_then(|it| proc::memory_group(&it)) else { return Vec::new() };
    let tree = Tree::of(root, &group);
    let limits = tree.groups().into_iter().filter_map(|directory| tree.limit(&directory));
    let limits = limits.filter(|it| it.as_ref().map_or(true, |it| it.limit < most));
    let (known, unknown): (Vec<_>, Vec<_>) = limits.partition(Result::is_ok);
    let known = known.into_iter().reduce(|one, other| match (&one, &other) {
        (Ok(first), Ok(second)) if fuller(second, first) => other,
        _ => one,
    });
    known.into_iter().chain(unknown.into_iter().next()).collect()
}

fn fuller(one: &MemoryLimit, other: &MemoryLimit) -> bool {
    let share = |it: &MemoryLimit, by: &MemoryLimit| u128::from(it.used) * u128::from(by.limit);
    share(one, other) > share(other, one)
}

/// Where the groups are, and what their files are called.
struct Tree {
    base: PathBuf,
    group: PathBuf,
    limit: &'static str,
    used: &'static str,
}

impl Tree {
    fn of(root: &Path, group: &MemoryGroup) -> Self {
        let base = root.join("sys/fs/cgroup");
        match group {
            MemoryGroup::Legacy(group) => Self {
                base: base.join("memory"),
                group: inside(group),
                limit: "memory.limit_in_bytes",
                used: "memory.usage_in_bytes",
            },
            MemoryGroup::Unified(group) => Self {
                // Beside trees of version 1 it has a directory of its own.
                base: Some(base.join("unified")).filter(|it| it.exists()).unwrap_or(base),
                group: inside(group),
                limit: "memory.max",
                used: "memory.current",
            },
        }
    }

    /// The group, and those that it is in. In a container the path may be of a tree that is not to be seen.
    fn groups(&self) -> Vec<PathBuf> {
        self.group.ancestors().map(|group| self.base.join(group)).collect()
    }

    fn limit(&self, group: &Path) -> Option<Seen<MemoryLimit>> {
        let limit = match file::read(&group.join(self.limit), SMALL) {
            Ok(bytes) => proc::limit(&String::from_utf8_lossy(&bytes))?,
            // The group of all has no limit, and one of a tree that is not to be seen here no file.
            Err(_) if !group.join(self.limit).try_exists().unwrap_or(true) => return None,
            Err(why) => return Some(Err(format!("reading {}: {why}", self.limit))),
        };
        let path = group.join(self.used);
        let used = match file::read(&path, SMALL) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).trim().parse::<u64>().ok(),
            Err(why) => {
                return Some(Err(format!("reading {}: {why}", path.display())));
            }
        };
        let reclaimable = text(&group.join("memory.stat")).and_then(|it| proc::reclaimable(&it));
        Some(match used {
            Some(used) => {
                let used = used.saturating_sub(reclaimable.unwrap_or_default());
                Ok(MemoryLimit { limit, used })
            }
            None => Err(format!("{} is not what this check knows", path.display())),
        })
    }
}

/// A path from the root of a tree as one that is below it.
fn inside(group: &str) -> PathBuf {
    let path: PathBuf = group.split('/').filter(|part| !part.is_empty()).collect();
    // Outside of what this process may see.
    if path.components().any(|part| part.as_os_str() == "..") { PathBuf::new() } else { path }
}

/// What the kernel has counted, where the hardware tells it.
pub(super) fn errors(root: &Path) -> Option<Seen<MemoryErrors>> {
    let controllers = match fs::read_dir(root.join("sys/devices/system/edac/mc")) {
        Ok(controllers) => controllers,
        // Most machines have no such memory.
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            return Some(Err(format!(
                "reading the counts of memory errors: {}",
                file::why(&error)
            )));
        }
    };
    let counts: Vec<Seen<MemoryErrors>> = controllers
        .flatten()
        .map(|entry| entry.path())
        // Beside the controllers there are files of the kernel's own.
        .filter(|path| path.join("ce_count").try_exists().unwrap_or(true))
        .map(|path| counts(&path))
        .collect();
    let sum = counts.into_iter().reduce(|one, other| {
        let (one, other) = (one?, other?);
        Ok(MemoryErrors {
            corrected: one.corrected.saturating_add(other.corrected),
            uncorrected: one.uncorrected.saturating_add(other.uncorrected),
        })
    })?;
    Some(sum)
}

/// What one memory controller has counted.
fn counts(controller: &Path) -> Seen<MemoryErrors> {
    let count = |name: &str| {
        let bytes = file::read(&controller.join(name), SMALL)
            .map_err(|why| format!("reading {name} of a memory controller: {why}"))?;
        let text = String::from_utf8_lossy(&bytes);
        text.trim()
            .parse::<u64>()
            .map_err(|_| format!("{name} of a memory controller is no number"))
    };
    Ok(MemoryErrors { corrected: count("ce_count")?, uncorrected: count("ue_count")? })
}

fn text(path: &Path) -> Option<String> {
    let bytes = file::read(path, SMALL).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Bytes.
const SMALL: u64 = 1 << 20;
