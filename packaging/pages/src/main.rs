//! Writes what the packages hold beside the plugins and what says the same as `--help`: man pages,
//! completions for shells, definitions for Nagios and Icinga 2, and templates for Zabbix. All of it comes from the plugins'
//! own definitions of their options, so that nothing can be forgotten.
//!
//! This is a program of its own because the plugins do not need it: they would get bigger and slower.

mod completions;
mod icinga;
mod man;
mod nagios;
mod plugins;
mod zabbix;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use plugins::PLUGINS;

/// What the directory of the plugins is called in what is written; packaging/build knows the real one.
const PLUGIN_DIRECTORY: &str = "@PLUGINS@";

fn main() -> ExitCode {
    match env::args_os().nth(1).map(PathBuf::from).map(|directory| write_all(&directory)) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => complain(&error.to_string()),
        None => complain("which directory is to be written to?"),
    }
}

#[expect(clippy::print_stderr, reason = "a tool for people who build packages, not a plugin")]
fn complain(why: &str) -> ExitCode {
    eprintln!("mailhost_pages: {why}");
    ExitCode::FAILURE
}

/// Writes `man`, `completions`, `nagios`, `icinga2` and `zabbix` below `directory`.
fn write_all(directory: &Path) -> io::Result<()> {
    for plugin in PLUGINS {
        write(&directory.join("man").join(man::file_name(plugin)), &man::page(plugin)?)?;
        for shell in completions::SHELLS {
            let path = directory.join("completions").join(shell.directory);
            write(
                &path.join((shell.file_name)(&plugin.binary())),
                &completions::of(plugin, shell),
            )?;
        }
    }
    for (file, template) in zabbix::templates() {
        write(&directory.join("zabbix").join(file), template.as_bytes())?;
    }
    write(&directory.join("nagios/mailhost.cfg"), nagios::commands().as_bytes())?;
    write(&directory.join("icinga2/mailhost.conf"), icinga::check_commands().as_bytes())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let named = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(named)?;
    }
    fs::write(path, content).map_err(named)
}
