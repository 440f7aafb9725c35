//! `/proc/meminfo`.

use serde::Serialize;

/// Memory and swap, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Memory {
    pub(crate) total: u64,
    /// What can be had without swapping; the kernel's own estimate.
    pub(crate) available: u64,
    /// 0 without swap.
    pub(crate) swap_total: u64,
    pub(crate) swap_free: u64,
}

impl Memory {
    /// Reads the file; `None` when a line that is needed is missing. `MemAvailable` is there since
    /// Linux 3.14.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            let kibibytes: u64 = value.trim().strip_suffix(" kB")?.trim().parse().ok()?;
            kibibytes.checked_mul(1024)
        };
        Some(Self {
            total: field("MemTotal").filter(|total| *total > 0)?,
            available: field("MemAvailable")?,
            swap_total: field("SwapTotal")?,
            swap_free: field("SwapFree")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_the_kernels_own_estimate() {
        let text = "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    400 kB\n\
                    SwapCached: 0 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n";
        let memory = Memory::parse(text).expect("it");
        assert_eq!((memory.total, memory.available), (1_024_000, 409_600));
        assert_eq!((memory.swap_total, memory.swap_free), (0, 0));
        assert_eq!(Memory::parse(&text.replace("MemAvailable", "MemX")), None);
        assert_eq!(Memory::parse(&text.replace("1000 kB", "0 kB")), None);
        assert_eq!(Memory::parse(&text.replace("400 kB", "99999999999999999999 kB")), None);
    }
}
