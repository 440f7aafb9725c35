//! One monotonic budget for the whole run, handed to every wait.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The moment by which the whole run has to be over, and what it is waiting for meanwhile.
///
/// Clones share the note about what is waited for, so the watchdog can say it.
#[derive(Clone, Debug)]
pub struct Deadline {
    end: Instant,
    limit: Duration,
    waiting: Arc<Mutex<Cow<'static, str>>>,
}

/// The budget is spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the time limit is reached")]
pub struct TimeUp;

impl Deadline {
    /// A budget of `limit` from now.
    pub fn start(limit: Duration) -> Self {
        let waiting = Arc::new(Mutex::new(Cow::Borrowed("the check itself")));
        Self { end: Instant::now() + limit, limit, waiting }
    }

    /// An earlier deadline for one step of several that share what is left: `1 / steps` of it.
    #[must_use]
    pub fn share(&self, steps: u32) -> Self {
        let left = self.end.saturating_duration_since(Instant::now());
        Self { end: Instant::now() + left / steps.max(1), ..self.clone() }
    }

    /// An earlier deadline for one step that may take so long.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self { end: self.end.min(Instant::now() + limit), ..self.clone() }
    }

    /// What is left.
    ///
    /// # Errors
    /// [`TimeUp`] when nothing is.
    pub fn remaining(&self) -> Result<Duration, TimeUp> {
        let left = self.end.saturating_duration_since(Instant::now());
        // A socket takes a time limit of zero for "no limit".
        if left < Duration::from_millis(1) { Err(TimeUp) } else { Ok(left) }
    }

    /// The whole budget, for messages.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Notes what is about to be waited for, as a noun: "the greeting of mail.example.org".
    pub fn waiting_for(&self, what: impl Into<Cow<'static, str>>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = what.into();
    }

    /// What was noted last.
    pub fn waited_for(&self) -> String {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_leaves_nothing() {
        assert_eq!(Deadline::start(Duration::ZERO).remaining(), Err(TimeUp));
    }

    #[test]
    fn a_share_is_less_than_the_whole() {
        let whole = Deadline::start(Duration::from_mins(1));
        let share = whole.share(4).remaining().expect("time is left");
        assert!(share <= Duration::from_secs(15));
        assert!(whole.remaining().expect("time is left") > share);
    }

    #[test]
    fn a_step_ends_with_the_whole_at_the_latest() {
        let whole = Deadline::start(Duration::from_secs(1));
        let step = whole.within(Duration::from_mins(1)).remaining().expect("time is left");
        assert!(step <= Duration::from_secs(1));
        assert_eq!(whole.within(Duration::ZERO).remaining(), Err(TimeUp));
    }

    #[test]
    fn clones_share_what_is_waited_for() {
        let deadline = Deadline::start(Duration::from_secs(1));
        deadline.clone().waiting_for("the greeting");
        assert_eq!(deadline.waited_for(), "the greeting");
    }
}
