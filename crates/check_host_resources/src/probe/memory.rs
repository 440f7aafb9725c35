//! Memory beyond what the whole machine has: the limit of this process, and errors of the hardware.

use std::fs;
use std::path::{Path, PathBuf};

use mailhost_core::file;

use crate::facts::{MemoryErrors, MemoryLimit, Seen};
use crate::proc::{self, MemoryGroup};

/// The limit that is nearest to being reached, of the control group of this process and of those that it is
/// in, and one that cannot be read; empty without any, and without control groups.
pub(super) fn limits(root: &Path) -> Vec<Seen<MemoryLimit>> {
    let groups = text(&root.join("proc/self/cgroup"));
    let Some(group) = groups.and_then(|it| proc::memory_group(&it)) else { return Vec::new() };
    let tree = Tree::of(root, &group);
    let limits = tree.groups().into_iter().filter_map(|directory| tree.limit(&directory));
    let (known, unknown): (Vec<_>, Vec<_>) = limits.partition(|it| it.value().is_some());
    let known = known.into_iter().reduce(|one, other| match (&one, &other) {
        (Seen::Is(first), Seen::Is(second)) if fuller(second, first) => other,
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
        let limit = proc::limit(&text(&group.join(self.limit))?)?;
        let path = group.join(self.used);
        let used = match file::read(&path, SMALL) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).trim().parse::<u64>().ok(),
            Err(why) => {
                return Some(Seen::Unreadable(format!("reading {}: {why}", path.display())));
            }
        };
        let reclaimable = text(&group.join("memory.stat")).and_then(|it| proc::reclaimable(&it));
        Some(match used {
            Some(used) => {
                let used = used.saturating_sub(reclaimable.unwrap_or_default());
                Seen::Is(MemoryLimit { limit, used })
            }
            None => Seen::Unreadable(format!("{} is not what this check knows", path.display())),
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
pub(super) fn errors(root: &Path) -> Option<MemoryErrors> {
    let controllers = fs::read_dir(root.join("sys/devices/system/edac/mc")).ok()?;
    let mut sum: Option<MemoryErrors> = None;
    for controller in controllers.flatten() {
        let count = |name: &str| text(&controller.path().join(name))?.trim().parse::<u64>().ok();
        if let Some((corrected, uncorrected)) = count("ce_count").zip(count("ue_count")) {
            let before = sum.unwrap_or(MemoryErrors { corrected: 0, uncorrected: 0 });
            sum = Some(MemoryErrors {
                corrected: before.corrected.saturating_add(corrected),
                uncorrected: before.uncorrected.saturating_add(uncorrected),
            });
        }
    }
    sum
}

fn text(path: &Path) -> Option<String> {
    let bytes = file::read(path, SMALL).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Bytes.
const SMALL: u64 = 1 << 20;
