//! Completions of options for bash, zsh and fish.

use clap_complete::Shell;

use crate::plugins::Plugin;

/// A shell, and where it looks for completions by the name of a program.
pub(crate) struct Target {
    pub(crate) directory: &'static str,
    pub(crate) file_name: fn(&str) -> String,
    shell: Shell,
}

/// The shells that are served.
pub(crate) static SHELLS: &[Target] = &[
    Target { directory: "bash", file_name: |program| program.to_owned(), shell: Shell::Bash },
    Target { directory: "zsh", file_name: |program| format!("_{program}"), shell: Shell::Zsh },
    Target {
        directory: "fish",
        file_name: |program| format!("{program}.fish"),
        shell: Shell::Fish,
    },
];

/// The file that teaches the shell a plugin's options.
pub(crate) fn of(plugin: &Plugin, target: &Target) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(target.shell, &mut plugin.options(), plugin.binary(), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::PLUGINS;

    #[test]
    fn ok_every_option_of_the_help_is_completed() {
        for plugin in PLUGINS {
            for target in SHELLS {
                let text = String::from_utf8(of(plugin, target)).expect("text");
                for arg in plugin.options().get_arguments().filter(|arg| !arg.is_hide_set()) {
                    let long = arg.get_long().expect("every option has a long name");
                    assert!(text.contains(long), "{} {}: {long}", plugin.name, target.directory);
                }
            }
        }
    }
}
