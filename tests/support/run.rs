//! What one run of a plugin gave, taken apart.

use std::time::Duration;

/// The streams and the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Everything on stdout; invalid UTF-8 shows as U+FFFD.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
    /// Wall time from the start to the end of the process.
    pub elapsed: Duration,
}

impl Run {
    /// Holds it to what every run of every plugin has to keep, in any format.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    #[must_use]
    pub fn held(self) -> Run {
        assert_eq!(self.stderr, "", "{}", self.stdout);
        assert!((0..=3).contains(&self.code), "exit code {}: {}", self.code, self.stdout);
        assert!(self.stdout.ends_with('\n'), "{:?}", self.stdout);
        assert!(!self.stdout.chars().any(|c| c.is_control() && c != '\n'), "{:?}", self.stdout);
        if self.state().is_some() {
            assert!(self.stdout.matches('|').count() <= 1, "{}", self.stdout);
            assert!(!self.stdout.contains(['<', '>']), "{}", self.stdout);
        }
        self
    }

    /// The state in the first line; `None` of JSON, of Prometheus' text and of a help page.
    pub fn state(&self) -> Option<&str> {
        let (name, _) = self.first_line().split_once(" - ")?;
        name.split(' ').next_back().filter(|state| STATES.contains(state))
    }

    /// The first line without the performance data.
    pub fn headline(&self) -> &str {
        self.first_line().split(" | ").next().unwrap_or_default()
    }

    /// The same from the state on, without the plugin's name: `OK - all is well`.
    pub fn verdict(&self) -> &str {
        let headline = self.headline();
        let name = self.state().and_then(|state| headline.find(&format!(" {state} - ")));
        name.and_then(|end| headline.get(end + 1..)).unwrap_or(headline)
    }

    /// The state and code of every finding shown, as `[STATE] code`, in the order shown.
    pub fn findings(&self) -> Vec<&str> {
        let lines = self.stdout.lines().filter(|line| line.starts_with('['));
        lines.filter_map(|line| line.split(": ").next()).collect()
    }

    /// The value of a label with its unit, if it is there.
    pub fn metric(&self, label: &str) -> Option<&str> {
        let (_, perfdata) = self.first_line().split_once(" | ")?;
        let prefix = format!("{label}=");
        let value = perfdata.split(' ').find_map(|pair| pair.strip_prefix(&prefix))?;
        value.split(';').next()
    }

    /// The same without the unit.
    pub fn number(&self, label: &str) -> Option<&str> {
        Some(self.metric(label)?.trim_end_matches(|c: char| !c.is_ascii_digit()))
    }

    /// Looks for a whole line.
    ///
    /// # Panics
    /// When it is not there.
    #[track_caller]
    pub fn shows(&self, line: &str) {
        let shown = self.stdout.lines().any(|shown| shown == line);
        assert!(shown, "{line}\nis not in\n{}", self.stdout);
    }

    /// Holds the first line to be exactly this verdict, the findings shown to be these, and the exit
    /// code to be the state's.
    ///
    /// # Panics
    /// When they are not.
    #[track_caller]
    pub fn says(&self, verdict: &str, findings: &[&str]) {
        assert_eq!(self.verdict(), verdict, "\n{}", self.stdout);
        assert_eq!(self.findings(), findings, "\n{}", self.stdout);
        self.ends_as(verdict.split(' ').next().unwrap_or_default());
    }

    /// Holds the output to have one finding, which is this whole line: `[STATE] code: text`.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn finds(&self, line: &str) {
        assert_eq!(
            self.findings(),
            [line.split(": ").next().unwrap_or_default()],
            "\n{}",
            self.stdout
        );
        self.shows(line);
        let state = line.trim_start_matches('[').split(']').next();
        self.ends_as(state.unwrap_or_default());
    }

    /// Holds the whole output to be one line with this verdict, which is that nothing could be
    /// checked.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn says_only(&self, verdict: &str) {
        assert_eq!(self.verdict(), verdict, "\n{}", self.stdout);
        assert_eq!(self.stdout.lines().count(), 1, "\n{}", self.stdout);
        assert!(!self.stdout.contains('|'), "{}", self.stdout);
        self.ends_as("UNKNOWN");
    }

    /// Holds the exit code against a state's name, such as the first word of what a line says.
    ///
    /// # Panics
    /// When they differ, and when there is no such state.
    #[track_caller]
    pub fn ends_as(&self, state: &str) {
        let Some(code) = STATES.iter().position(|name| *name == state) else {
            panic!("no state is called {state:?}");
        };
        assert_eq!(usize::try_from(self.code), Ok(code), "\n{}", self.stdout);
    }

    fn first_line(&self) -> &str {
        self.stdout.lines().next().unwrap_or_default()
    }
}

/// In the order of their exit codes.
const STATES: [&str; 4] = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

#[cfg(test)]
mod tests {
    use super::*;

    fn run(stdout: &str, code: i32) -> Run {
        Run { stdout: stdout.to_owned(), stderr: String::new(), code, elapsed: Duration::ZERO }
    }

    const TEXT: &str = "SMTP QUEUE WARNING - a - b | send=3;;;0 send_age=1.5s;2;;0\n\
        [WARNING] queue-threshold: 3 messages\n    Look.\n[OK] way: walk\n";

    #[test]
    fn ok_a_run_is_taken_apart() {
        let run = run(TEXT, 1).held();
        assert_eq!(run.state(), Some("WARNING"));
        assert_eq!(run.headline(), "SMTP QUEUE WARNING - a - b");
        assert_eq!(run.verdict(), "WARNING - a - b");
        assert_eq!(run.findings(), ["[WARNING] queue-threshold", "[OK] way"]);
        assert_eq!((run.metric("send"), run.metric("send_age")), (Some("3"), Some("1.5s")));
        assert_eq!((run.number("send_age"), run.metric("end")), (Some("1.5"), None));
        run.shows("    Look.");
        run.ends_as("WARNING");
    }

    #[test]
    fn ok_json_and_help_have_no_first_line_of_a_state() {
        for stdout in ["{\"summary\": \"a | b | c <x>\"}\n", "Is it - or not | <N> | ?\n"] {
            let run = run(stdout, 3).held();
            assert_eq!((run.state(), run.metric("send"), run.findings()), (None, None, vec![]));
        }
    }

    #[test]
    fn critical_every_breach_is_loud() {
        for (stdout, stderr, code) in [
            (TEXT, "no\n", 1),
            (TEXT, "", 4),
            ("X OK - fine", "", 0),
            ("X OK - fi\u{1b}ne\n", "", 0),
            ("X OK - fine | a=1\nb | c\n", "", 0),
            ("X OK - (fine)\n<b>\n", "", 0),
        ] {
            let run = Run { stderr: stderr.to_owned(), ..run(stdout, code) };
            assert!(std::panic::catch_unwind(|| run.held()).is_err(), "{stdout}");
        }
    }
}
