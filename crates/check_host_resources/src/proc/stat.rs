//! `/proc/stat`: what the processors have done since the start.

use serde::{Deserialize, Serialize};

/// The parts of it that are looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stat {
    /// Of all processors together.
    pub(crate) times: CpuTimes,
    /// Those that are on line.
    pub(crate) processors: usize,
}

/// Time spent, in ticks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct CpuTimes {
    /// In programs and in the kernel, for guests and for interrupts.
    pub(crate) used: u64,
    pub(crate) idle: u64,
    /// Idle, while a process waited for a disk.
    pub(crate) iowait: u64,
    /// Wanted, and given to others by the host of this virtual machine.
    pub(crate) steal: u64,
}

impl Stat {
    /// Reads the file; `None` when it has no line for all processors.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let first = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let mut fields = first.split_whitespace().map(str::parse::<u64>);
        let mut next = || fields.next()?.ok();
        let (user, nice, system, idle) = (next()?, next()?, next()?, next()?);
        // Older kernels have fewer. Guests' time is in user and nice already.
        let (iowait, irq, softirq, steal) = (
            next().unwrap_or_default(),
            next().unwrap_or_default(),
            next().unwrap_or_default(),
            next().unwrap_or_default(),
        );
        let busy = [user, nice, system, irq, softirq].into_iter().fold(0, u64::saturating_add);
        let is_processor = |line: &&str| {
            line.strip_prefix("cpu")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let processors = text.lines().filter(is_processor).count().max(1);
        Some(Self { times: CpuTimes { used: busy, idle, iowait, steal }, processors })
    }
}

impl CpuTimes {
    /// What was spent since an earlier look. A counter that goes back, as iowait may, counts as still.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            used: self.used.saturating_sub(before.used),
            idle: self.idle.saturating_sub(before.idle),
            iowait: self.iowait.saturating_sub(before.iowait),
            steal: self.steal.saturating_sub(before.steal),
        }
    }

    /// All of it.
    pub(crate) fn total(self) -> u64 {
        let parts = [self.used, self.idle, self.iowait, self.steal];
        parts.into_iter().fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_waiting_and_steal_are_no_use() {
        let before =
            Stat::parse("cpu  100 0 50 800 40 5 5 0 30 0\ncpu0 1 0\ncpu1 1 0\n").expect("it");
        let after = Stat::parse("cpu  180 0 70 850 80 5 5 10 30 0\n").expect("it");
        assert_eq!(before.processors, 2);
        let times = after.times.since(before.times);
        assert_eq!(times, CpuTimes { used: 100, idle: 50, iowait: 40, steal: 10 });
        assert_eq!(times.total(), 200);
        // The kernel says itself that iowait may go back.
        assert_eq!(before.times.since(after.times), CpuTimes::default());
    }

    #[test]
    fn unknown_what_is_no_such_file() {
        for text in ["", "cpu0 1 2 3 4\n", "cpu 1 2 x\n", "cpu  1 2 3\n"] {
            assert_eq!(Stat::parse(text), None, "{text}");
        }
    }
}
