//! Command definitions for Nagios: one for each plugin, with `$ARG1$` for everything that follows.

use std::fmt::Write as _;

use crate::PLUGIN_DIRECTORY;
use crate::plugins::{PLUGINS, Plugin};

/// The file of all commands.
pub(crate) fn commands() -> String {
    let mut text = HEAD.to_owned();
    for plugin in PLUGINS {
        let _ = write!(
            text,
            "\n# {}\ndefine command {{\n    command_name  {}\n    command_line  {}\n}}\n",
            plugin.about(),
            plugin.command_name(),
            command_line(plugin),
        );
    }
    text
}

fn command_line(plugin: &Plugin) -> String {
    format!("{PLUGIN_DIRECTORY}/{} $ARG1$", plugin.binary())
}

const HEAD: &str = "\
# The commands of the mailhost plugins. $ARG1$ is the whole command line, as many options as you like:
#
#     check_command  mailhost_smtp_banner!-H '$HOSTADDRESS$' -S --sni '$HOSTNAME$' -D 30,10
#
# In it, a ! is written \\! and a $ is written $$; a ; would begin a comment. Quote what the shell would
# take for its own: -c \"~:10\".
#
# Define no second command by one of these names: Nagios refuses its whole configuration then.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_each_plugin_has_one_command() {
        let text = commands();
        assert_eq!(text.matches("\ndefine command {\n").count(), PLUGINS.len());
        for plugin in PLUGINS {
            let name = format!("    command_name  mailhost_{}\n", plugin.name);
            assert_eq!(text.matches(&name).count(), 1, "{name}");
        }
        assert!(text.contains("\n    command_line  @PLUGINS@/check_rbl $ARG1$\n"), "{text}");
    }

    /// Nagios takes everything behind a ; for a comment, also in the middle of a command.
    #[test]
    fn ok_nothing_in_a_command_begins_a_comment() {
        for line in commands().lines().filter(|line| !line.starts_with('#')) {
            assert!(!line.contains(';'), "{line}");
        }
    }
}
