//! `CheckCommand`s for Icinga 2, with every option as an argument that says what it is for.

use std::fmt::Write as _;

use clap::{Arg, ArgAction};

use crate::plugins::{PLUGINS, Plugin, is_about_itself};

/// The file of all `CheckCommand`s.
pub(crate) fn check_commands() -> String {
    let mut text = HEAD.to_owned();
    for plugin in PLUGINS {
        text += &check_command(plugin);
    }
    text
}

fn check_command(plugin: &Plugin) -> String {
    let mut text = format!("\n// {}\n", plugin.about());
    let _ = writeln!(text, "object CheckCommand \"{}\" {{", plugin.command_name());
    if plugin.address_unless.is_some() {
        let hostname = variable(plugin, "hostname");
        let _ = writeln!(
            text,
            "\timport \"ipv4-or-ipv6\"\n\n\tvars.{hostname} = \"$check_address$\"\n"
        );
    }
    let _ = writeln!(text, "\tcommand = [ PluginContribDir + \"/mailhost/{}\" ]", plugin.binary());
    text += "\n\targuments = {\n";
    for arg in plugin.options().get_arguments().filter(|arg| is_wanted(arg)) {
        text += &arguments(plugin, arg);
    }
    text + "\t}\n}\n"
}

/// Options that a check can have: neither those about the plugin itself, nor those that are only
/// known to be refused. Thresholds are hidden where they are many, and are told of below the help.
fn is_wanted(arg: &Arg) -> bool {
    let long = arg.get_long().unwrap_or_default();
    let is_threshold = long.ends_with("-warning") || long.ends_with("-critical");
    !is_about_itself(arg.get_action()) && (!arg.is_hide_set() || is_threshold)
}

/// The entries of one option: one, or for what can be given more than once or without a value
/// several.
fn arguments(plugin: &Plugin, arg: &Arg) -> String {
    let long = arg.get_long().unwrap_or_default();
    let variable = variable(plugin, long);
    let help = description(arg);
    match arg.get_action() {
        ArgAction::Count => ["-v", "-vv", "-vvv"]
            .into_iter()
            .zip(["", "_2", "_3"])
            .map(|(key, suffix)| switch(key, None, &format!("{variable}{suffix}"), &help))
            .collect(),
        ArgAction::SetTrue => switch(&format!("--{long}"), None, &variable, &help),
        _ => {
            let with_value = value(plugin, arg, &variable, &help);
            let bare = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
            let without = || {
                let entry = format!("--{long} (without a value)");
                switch(&entry, Some(&format!("--{long}")), &format!("{variable}_bare"), &help)
            };
            if bare { with_value + &without() } else { with_value }
        }
    }
}

fn switch(entry: &str, key: Option<&str>, variable: &str, help: &str) -> String {
    let key = key.map(|key| format!("\t\t\tkey = \"{key}\"\n")).unwrap_or_default();
    format!(
        "\t\t\"{entry}\" = {{\n{key}\t\t\tset_if = \"${variable}$\"\n\
         \t\t\tdescription = \"{help}\"\n\t\t}}\n"
    )
}

/// The variable of an option: `mailhost_rbl_spf_senders`.
fn variable(plugin: &Plugin, long: &str) -> String {
    format!("{}_{}", plugin.command_name(), long.replace('-', "_"))
}

fn value(plugin: &Plugin, arg: &Arg, variable: &str, help: &str) -> String {
    let long = arg.get_long().unwrap_or_default();
    let mut text = format!("\t\t\"--{long}\" = {{\n");
    if arg.is_require_equals_set() {
        // Key and value are words of their own unless they are written as one.
        let _ = write!(text, "\t\t\tvalue = \"--{long}=${variable}$\"\n\t\t\tskip_key = true\n");
    } else {
        let _ = writeln!(text, "\t\t\tvalue = \"${variable}$\"");
    }
    if let Some(other) = plugin.address_unless.filter(|_| long == "hostname") {
        let other = self::variable(plugin, other);
        let _ = writeln!(text, "\t\t\tset_if = {{{{ !macro(\"${other}$\") }}}}");
    }
    if matches!(arg.get_action(), ArgAction::Append) {
        text += "\t\t\trepeat_key = true\n";
    }
    if arg.is_required_set() {
        text += "\t\t\trequired = true\n";
    }
    let _ = write!(text, "\t\t\tdescription = \"{help}\"\n\t\t}}\n");
    text
}

/// The help, with the name of the value, for there is no other place where it could stand.
fn description(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    let help = help.unwrap_or_else(|| hidden_threshold(arg.get_long().unwrap_or_default()));
    let name = arg.get_value_names().and_then(|names| names.first()).filter(|_| takes_value(arg));
    let named = name.map(|name| format!("{name}: ")).unwrap_or_default();
    let line = format!("{named}{help}").split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\").replace('"', "\\\"")
}

fn takes_value(arg: &Arg) -> bool {
    !matches!(arg.get_action(), ArgAction::Count | ArgAction::SetTrue)
}

/// What the help says of them all together.
fn hidden_threshold(long: &str) -> String {
    let (subject, state) = match long.strip_suffix("-warning") {
        Some(subject) => (subject, "WARNING"),
        None => (long.trim_end_matches("-critical"), "CRITICAL"),
    };
    format!("{}: {state} outside this range.", subject.replace('-', ", "))
}

const HEAD: &str = "\
/*
 * The CheckCommands of the mailhost plugins. Icinga reads this file with
 *
 *     include <plugins-contrib>
 *
 * which Debian's icinga2.conf has. Copy it nowhere: what is defined twice makes Icinga refuse its
 * configuration. Each option is a variable, mailhost_rbl_spf_senders for --spf-senders of check_rbl;
 * where \"Repeatable\" is said, an array.
 */
";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn entry(command: &str, key: &str) -> String {
        let text = check_commands();
        let start = text.find(&format!("object CheckCommand \"{command}\"")).expect("the command");
        let start = start + text[start..].find(&format!("\t\t\"{key}\" = {{\n")).expect("the key");
        let end = text[start..].find("\t\t}\n").expect("its end");
        text[start..start + end].to_owned()
    }

    #[test]
    fn ok_every_option_of_the_help_is_an_argument_with_a_description() {
        let text = check_commands();
        for plugin in PLUGINS {
            let (_, own) = text
                .split_once(&format!("object CheckCommand \"{}\"", plugin.command_name()))
                .expect("a CheckCommand for each plugin");
            let own = own.split("\n}\n").next().expect("its end");
            for arg in plugin.options().get_arguments().filter(|arg| is_wanted(arg)) {
                let long = arg.get_long().expect("every option has a long name");
                let variable = format!("${}_{}$", plugin.command_name(), long.replace('-', "_"));
                // Once as its own argument; what looks at it for another one has it in quotes and brackets.
                let asked = own.matches(&variable).count()
                    - own.matches(&format!("macro(\"{variable}\")")).count();
                assert_eq!(asked, 1, "{variable}");
            }
            let keys = own.matches("\" = {\n").count();
            assert_eq!(own.matches("\t\t\tdescription = \"").count(), keys, "{}", plugin.name);
            assert!(!own.contains("description = \"\""), "{}", plugin.name);
        }
    }

    /// Icinga says nothing of a variable that no command asks for.
    #[test]
    fn ok_every_variable_of_the_samples_and_the_docs_is_asked_for() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let commands = check_commands();
        let mut seen = 0;
        for directory in ["packaging/icinga2", "docs", "docs/plugins"] {
            for entry in fs::read_dir(root.join(directory)).expect("the files") {
                let path = entry.expect("a file").path();
                let text = if path.is_file() { fs::read_to_string(&path) } else { continue };
                for rest in text.expect("text").split("vars.mailhost_").skip(1) {
                    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
                    let name: String = rest.chars().take_while(is_name).collect();
                    let asked = commands.contains(&format!("$mailhost_{name}$"));
                    assert!(asked, "{}: mailhost_{name}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 30, "only {seen} variables were found");
    }

    #[test]
    fn ok_the_address_of_the_host_is_for_one_host_and_not_for_a_domain() {
        let host = entry("mailhost_smtp_banner", "--hostname");
        let domain = "\t\t\tset_if = {{ !macro(\"$mailhost_smtp_banner_domain$\") }}\n";
        assert!(host.contains(domain), "{host}");
        let address = "\tvars.mailhost_smtp_banner_hostname = \"$check_address$\"\n";
        assert_eq!(check_commands().matches(address).count(), 1);
    }

    #[test]
    fn ok_switches_are_set_and_lists_repeat() {
        let mx = entry("mailhost_rbl", "--mx");
        assert!(mx.contains("\t\t\tset_if = \"$mailhost_rbl_mx$\"\n"), "{mx}");
        let host = entry("mailhost_rbl", "--hostname");
        assert!(host.contains("\t\t\tvalue = \"$mailhost_rbl_hostname$\"\n"), "{host}");
        assert!(host.contains("\t\t\trepeat_key = true\n"), "{host}");
        let port = entry("mailhost_smtp_banner", "--port");
        assert!(!port.contains("repeat_key") && !port.contains("set_if"), "{port}");
    }

    #[test]
    fn ok_a_value_that_can_be_left_out_has_a_switch_too() {
        let bare = entry("mailhost_smtp_banner", "--sni (without a value)");
        assert!(bare.contains("\t\t\tkey = \"--sni\"\n"), "{bare}");
        assert!(bare.contains("\t\t\tset_if = \"$mailhost_smtp_banner_sni_bare$\"\n"), "{bare}");
    }

    #[test]
    fn ok_a_value_that_must_stand_behind_an_equals_sign_does() {
        let bimi = entry("mailhost_dkim_dmarc", "--bimi");
        assert!(bimi.contains("value = \"--bimi=$mailhost_dkim_dmarc_bimi$\"\n"), "{bimi}");
        assert!(bimi.contains("\t\t\tskip_key = true\n"), "{bimi}");
    }

    #[test]
    fn ok_thresholds_that_the_help_sums_up_are_there_and_refused_options_are_not() {
        let deferred = entry("mailhost_smtp_queue", "--deferred-age-critical");
        assert!(deferred.contains("\"RANGE: deferred, age: CRITICAL outside this range.\""));
        assert!(!check_commands().contains("sudo"));
    }
}
