//! When to stop looking, so that what was seen until then can still be said.

use std::time::{Duration, Instant};

use mailhost_core::deadline::Deadline;

/// The part of the time limit that looking may take.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    /// The limit of the whole run, for what has to be waited for.
    pub(crate) deadline: &'a Deadline,
    start: Instant,
    /// When this part of it ends.
    end: Instant,
    asked: u32,
    spent: bool,
}

impl<'a> Budget<'a> {
    /// All of the time limit but a tenth, and that at least a tenth of a second where there is so
    /// much.
    pub(crate) fn of(deadline: &'a Deadline) -> Self {
        let tenth = deadline.limit() / 10;
        let reserve = tenth.max(LEAST_RESERVE).min(deadline.limit() / 2);
        let left = deadline.remaining().unwrap_or_default().saturating_sub(reserve);
        let start = Instant::now();
        Self { deadline, start, end: start + left, asked: 0, spent: false }
    }

    /// The part of what is left that one of several may take, so that each gets its turn.
    pub(crate) fn share(&self, several: usize) -> Self {
        let several = u32::try_from(several.max(1)).unwrap_or(u32::MAX);
        Self { end: Instant::now() + self.left() / several, asked: 0, spent: false, ..*self }
    }

    /// What is left of it, for a program that is run.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline.within(self.left())
    }

    /// What is left of it, and zero when nothing is.
    pub(crate) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Whether it is spent; to be asked once for each message. The clock is looked at only now and
    /// then.
    pub(crate) fn is_spent(&mut self) -> bool {
        self.asked = self.asked.wrapping_add(1);
        if self.asked.is_multiple_of(STRIDE) && !self.spent {
            self.spent = self.left().is_zero();
        }
        self.spent
    }

    /// Whether it was found to be spent, so that something was left out.
    pub(crate) fn is_over(&self) -> bool {
        self.spent
    }

    /// Notes that something was left out.
    pub(crate) fn give_up(&mut self) {
        self.spent = true;
    }

    /// The same for another thread, which asks for itself.
    pub(crate) fn of_another_thread(&self) -> Self {
        Self { ..*self }
    }

    /// Seconds since the start.
    pub(crate) fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

/// Enough to judge and to print on a busy machine.
const LEAST_RESERVE: Duration = Duration::from_millis(100);
/// Messages between two looks at the clock.
const STRIDE: u32 = 64;
