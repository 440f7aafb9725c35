//! Man pages: what `--help` says, and what a page has beside it.

use std::io;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use mailhost_core::contract::{MetricSpec, REGISTER, Rule};

use crate::plugins::Plugin;

/// `check_rbl.1`.
pub(crate) fn file_name(plugin: &Plugin) -> String {
    format!("{}.1", plugin.binary())
}

/// The page in roff.
///
/// # Errors
/// None that memory would not have: the writer is a `Vec`.
pub(crate) fn page(plugin: &Plugin) -> io::Result<Vec<u8>> {
    // A blank, because an empty date would leave its place to the next argument. A real one would have to
    // be the commit's, and says nothing that the version does not.
    let man = Man::new(plugin.options()).manual("Check plugins for mail hosts").date(" ");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(plugin).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if plugin.options().get_after_help().is_some() {
        man.render_extra_section(&mut page)?;
    }
    for section in [exit_status(), performance_data(plugin), findings(plugin), files(plugin)] {
        section.to_writer(&mut page)?;
    }
    see_also(plugin).to_writer(&mut page)?;
    Ok(page)
}

/// The generated line would name every option, a page full of them.
fn synopsis(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(plugin.binary()), roman(" ["), bold("options"), roman("]")]);
    roff
}

fn exit_status() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in [
        ("0", "OK: looked at, and nothing is wrong"),
        ("1", "WARNING: something is wrong that can wait for the morning"),
        ("2", "CRITICAL: something is wrong that someone should be woken for"),
        ("3", "UNKNOWN: nothing was found out; also --help, --version and bad usage"),
    ] {
        entry(&mut roff, code, meaning);
    }
    roff
}

fn performance_data(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["PERFORMANCE DATA"]);
    for MetricSpec { name, unit, meaning, .. } in plugin.metrics {
        let unit = match unit.symbol() {
            "" => String::new(),
            symbol => format!(" ({symbol})"),
        };
        entry(&mut roff, name, &format!("{meaning}{unit}."));
    }
    roff
}

/// The codes that --ignore and --severity take.
fn findings(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["FINDINGS"]);
    for Rule { code, usual, meaning, .. } in
        REGISTER.iter().filter(|rule| rule.plugins.contains(&plugin.name))
    {
        entry(&mut roff, code, &format!("{usual}. {meaning}"));
    }
    roff
}

fn files(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    let keeps_state = plugin.options().get_arguments().any(|arg| arg.get_long() == Some(STATE));
    if keeps_state {
        roff.control("SH", ["FILES"]);
        let meaning = "What the next run is compared with; see --state-dir.";
        entry(&mut roff, "/var/lib/mailhost-plugins/USER", meaning);
    }
    roff
}

fn see_also(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let page = format!("plugins/{}.md", plugin.binary());
    roff.text([roman(format!("{page} in the documentation of the package, with examples."))]);
    roff
}

fn entry(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}

/// The option of plugins that remember.
const STATE: &str = "state-dir";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::PLUGINS;

    #[test]
    fn ok_a_page_has_every_option_metric_and_finding() {
        for plugin in PLUGINS {
            let page = String::from_utf8(page(plugin).expect("a page")).expect("text");
            let title = format!(
                ".TH {0} 1 \" \" \"{0} {1}\" \"Check plugins for mail hosts\"\n",
                plugin.binary(),
                env!("CARGO_PKG_VERSION")
            );
            assert!(page.contains(&title), "{page}");
            // roff writes a hyphen that stays one with a backslash.
            let plain = page.replace("\\-", "-");
            for arg in plugin.options().get_arguments().filter(|arg| !arg.is_hide_set()) {
                let long = arg.get_long().expect("every option has a long name");
                assert!(plain.contains(&format!("--{long}")), "{} --{long}", plugin.name);
            }
            for spec in plugin.metrics {
                assert!(plain.contains(spec.name), "{} {}", plugin.name, spec.name);
            }
            for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "FINDINGS", "\"EXIT STATUS\""] {
                assert!(page.contains(&format!(".SH {heading}\n")), "{} {heading}", plugin.name);
            }
        }
    }
}
