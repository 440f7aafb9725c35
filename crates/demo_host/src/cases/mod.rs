//! What is shown, as data. A plugin joins with a module of its own and one line in [`PLUGINS`].

use std::io;

use crate::run::Outcome;
use crate::stage::Stage;
use crate::state::State;

mod dkim_dmarc;
mod host_resources;
mod mail_domain;
mod mx_spf;
mod rbl;
mod smtp_banner;
mod smtp_queue;

#[cfg(test)]
mod tests;

/// Every plugin that is shown.
pub(crate) const PLUGINS: &[Plugin] = &[
    smtp_banner::PLUGIN,
    smtp_queue::PLUGIN,
    mx_spf::PLUGIN,
    dkim_dmarc::PLUGIN,
    rbl::PLUGIN,
    host_resources::PLUGIN,
];

/// What is shown of one plugin.
pub(crate) struct Plugin {
    /// The binary's name.
    pub(crate) name: &'static str,
    /// The options with which a reader would first try it on a server of his own.
    pub(crate) first_try: &'static str,
    /// Starts the servers of its cases.
    pub(crate) stage: fn() -> io::Result<Stage>,
    /// Its cases, by the question that they answer.
    pub(crate) acts: &'static [Act],
}

/// Cases that answer one question.
pub(crate) struct Act {
    /// What the operator wants to know.
    pub(crate) question: &'static str,
    /// The answers.
    pub(crate) cases: &'static [Case],
}

/// One run of a plugin, and what it has to come to.
pub(crate) struct Case {
    /// The situation, in the operator's words.
    pub(crate) title: &'static str,
    /// The options, in which `{name}` stands for the port or path of that name on the stage.
    pub(crate) args: &'static str,
    /// The state that the exit code has to say.
    pub(crate) expected: State,
    /// What stands in the output when the state has the right reason.
    pub(crate) says: &'static str,
}

impl Case {
    /// What about the outcome is not as it should be.
    pub(crate) fn surprise(&self, outcome: &Outcome) -> Option<String> {
        if outcome.state() != Some(self.expected) {
            let ended = match (outcome.state(), outcome.code) {
                (Some(state), _) => state.name().to_owned(),
                (None, Some(code)) => format!("exit code {code}"),
                (None, None) => "ended by a signal".to_owned(),
            };
            return Some(format!("{ended}, not {}", self.expected.name()));
        }
        if !outcome.stdout.contains(self.says) {
            return Some(format!("the output does not say \"{}\"", self.says));
        }
        let stray = outcome.stderr.lines().next()?;
        Some(format!("something on stderr: {stray}"))
    }
}
