//! The plugins that are packaged.

use clap::{ArgAction, Command, CommandFactory};
use mailhost_core::contract::MetricSpec;

/// One plugin. A new one is a line in [`PLUGINS`].
pub(crate) struct Plugin {
    /// `rbl` of `check_rbl`.
    pub(crate) name: &'static str,
    /// What it measures.
    pub(crate) metrics: &'static [&'static MetricSpec],
    /// Whether its Icinga `CheckCommand` takes the host's address for `--hostname`, which it does unless
    /// this option is given.
    pub(crate) address_unless: Option<&'static str>,
    options: fn() -> Command,
}

macro_rules! plugin {
    ($plugin:ident, $address_unless:expr) => {
        Plugin {
            name: $plugin::NAME,
            metrics: $plugin::METRICS,
            address_unless: $address_unless,
            options: $plugin::Args::command,
        }
    };
}

/// All of them, in the order in which people meet them.
pub(crate) static PLUGINS: &[Plugin] = &[
    plugin!(check_smtp_banner, Some("domain")),
    plugin!(check_smtp_queue, None),
    plugin!(check_mx_spf, None),
    plugin!(check_dkim_dmarc, None),
    plugin!(check_rbl, None),
    plugin!(check_host_resources, None),
];

impl Plugin {
    /// The program's name.
    pub(crate) fn binary(&self) -> String {
        format!("check_{}", self.name)
    }

    /// The name of its command in every engine.
    pub(crate) fn command_name(&self) -> String {
        format!("mailhost_{}", self.name)
    }

    /// The options, as `mailhost_core::plugin` sets them up for a run.
    pub(crate) fn options(&self) -> Command {
        let mut command = (self.options)()
            .bin_name(self.binary())
            .disable_help_flag(true)
            .disable_version_flag(true);
        command.build();
        command
    }

    /// The question it answers, without the full stop that a sentence would have.
    pub(crate) fn about(&self) -> String {
        let options = self.options();
        let about = options.get_about().map(ToString::to_string).unwrap_or_default();
        about.trim_end_matches('.').to_owned()
    }
}

/// Whether an option asks for a text in place of a check.
pub(crate) fn is_about_itself(action: &ArgAction) -> bool {
    matches!(
        action,
        ArgAction::Help | ArgAction::HelpLong | ArgAction::HelpShort | ArgAction::Version
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn ok_every_plugin_of_the_workspace_is_packaged() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
        let entries = fs::read_dir(crates).expect("the crates");
        let names = entries.map(|entry| entry.expect("a crate").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        let wanted: BTreeSet<String> = names.filter(|name| name.starts_with("check_")).collect();
        let packaged: BTreeSet<String> = PLUGINS.iter().map(Plugin::binary).collect();
        assert_eq!(packaged, wanted);
    }

    #[test]
    fn ok_the_options_are_those_of_the_program() {
        for plugin in PLUGINS {
            let options = plugin.options();
            assert_eq!(options.get_name(), plugin.binary());
            let has = |name: &str| options.get_arguments().any(|arg| arg.get_long() == Some(name));
            assert!(has("timeout") && has("help") && has("version"), "{}", plugin.name);
        }
    }
}
