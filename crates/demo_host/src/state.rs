//! The four states, as the demonstration sees them: from outside, as exit codes.

/// What a plugin's exit code says.
///
/// This is not the type of the plugins' core, which is what is being tried here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl State {
    /// All of them, in the order of their exit codes (Monitoring Plugins guidelines).
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Critical, Self::Unknown];

    /// The state of an exit code, where it is one that engines know.
    pub(crate) fn of_code(code: i32) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }

    /// The name that engines show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}
