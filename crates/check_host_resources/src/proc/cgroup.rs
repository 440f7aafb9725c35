//! `/proc/self/cgroup` and the files of a control group: how much memory this process may have
//! (`cgroups(7)`).

/// Where the group of this process is, below the directory of its controller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum MemoryGroup {
    /// Of version 1, which has a tree for each controller.
    Legacy(String),
    /// Of version 2.
    Unified(String),
}

/// The group whose memory counts: a tree of version 1 for memory goes before that of version 2, which has
/// no controller for it then.
pub(crate) fn memory_group(text: &str) -> Option<MemoryGroup> {
    let mut unified = None;
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if controllers.split(',').any(|it| it == "memory") {
            return Some(MemoryGroup::Legacy(path.to_owned()));
        }
        if controllers.is_empty() {
            unified = Some(MemoryGroup::Unified(path.to_owned()));
        }
    }
    unified
}

/// A limit in bytes; `None` where there is none. Version 1 writes a number that no machine has.
pub(crate) fn limit(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|bytes| *bytes < NO_LIMIT)
}

/// Bytes of files that have not been used lately, which the kernel takes back first: `inactive_file` of
/// `memory.stat`, or `total_inactive_file` in version 1.
pub(crate) fn reclaimable(text: &str) -> Option<u64> {
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        value.trim().parse().ok()
    };
    field("total_inactive_file").or_else(|| field("inactive_file"))
}

/// Bytes: `PAGE_COUNTER_MAX` is near 2^63.
const NO_LIMIT: u64 = 1 << 62;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_the_group_that_limits_memory() {
        let unified = MemoryGroup::Unified("/system.slice/nrpe.service".to_owned());
        assert_eq!(memory_group("0::/system.slice/nrpe.service\n"), Some(unified));
        let both = "9:name=systemd:/\n4:memory,cpu:/a:b\n0::/\n";
        assert_eq!(memory_group(both), Some(MemoryGroup::Legacy("/a:b".to_owned())));
        assert_eq!(memory_group("1:cpu:/\nx\n"), None);
    }

    #[test]
    fn ok_limits_and_what_can_be_taken_back() {
        assert_eq!(limit("104857600\n"), Some(104_857_600));
        for text in ["max\n", "9223372036854771712\n", "", "x"] {
            assert_eq!(limit(text), None, "{text}");
        }
        assert_eq!(reclaimable("anon 1\ninactive_file 4096\n"), Some(4096));
        assert_eq!(reclaimable("inactive_file 1\ntotal_inactive_file 8192\n"), Some(8192));
        assert_eq!(reclaimable("anon 1\n"), None);
    }
}
