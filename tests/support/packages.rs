//! Where the packages are, and roots to put them into.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{DebianRoot, Unavailable};

/// Every plugin's program.
pub const PLUGINS: [&str; 6] = [
    "check_dkim_dmarc",
    "check_host_resources",
    "check_mx_spf",
    "check_rbl",
    "check_smtp_banner",
    "check_smtp_queue",
];
/// Where the .deb puts them.
pub const DIRECTORY: &str = "/usr/lib/nagios/plugins/mailhost";
/// The name of the .deb.
pub const DEB: &str = "monitoring-plugins-mailhost";
/// The name of the .rpm.
pub const RPM: &str = "nagios-plugins-mailhost";

/// The package whose file begins and ends so.
///
/// # Panics
/// When there is none, or more than one.
pub fn package(beginning: &str, ending: &str) -> PathBuf {
    let Some(directory) = env::var_os("MAILHOST_PACKAGES") else {
        panic!("MAILHOST_PACKAGES is not set: run tests/run packaging engines");
    };
    let entries = fs::read_dir(directory).expect("the directory of the packages");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(beginning) && name.ends_with(ending)
    };
    let mut found: Vec<PathBuf> = paths.filter(named).collect();
    assert_eq!(found.len(), 1, "{beginning}*{ending}: {found:?}");
    found.remove(0)
}

/// The .deb.
pub fn deb() -> PathBuf {
    package(&format!("{DEB}_"), ".deb")
}

/// The .rpm, and not that of its symbols.
pub fn rpm() -> PathBuf {
    package(&format!("{RPM}-{}-", env!("CARGO_PKG_VERSION")), ".rpm")
}

/// A Debian with nothing but what every Debian has. What the package depends on is to be had.
///
/// # Errors
/// [`Unavailable`], a reason to skip.
pub fn fresh_root() -> Result<DebianRoot, Unavailable> {
    let root = DebianRoot::prepare_for_installing("fresh", &[], &["libssl3"])?;
    bring(&root, &deb(), PACKAGE);
    Ok(root)
}

/// A Debian with the usual plugins, the engines that run on files alone, and then the .deb.
///
/// # Errors
/// [`Unavailable`], a reason to skip.
///
/// # Panics
/// When dpkg refuses the package.
pub fn beside_others() -> Result<DebianRoot, Unavailable> {
    let root = DebianRoot::prepare_for_installing("beside", OTHERS, &[])?;
    bring(&root, &deb(), PACKAGE);
    root.run("dpkg", &["-i", PACKAGE]).expect("installed beside the others");
    Ok(root)
}

/// Copies a package into a root.
///
/// # Panics
/// When that fails.
pub fn bring(root: &DebianRoot, package: &Path, inside: &str) {
    fs::copy(package, root.join(inside)).expect("a copy of the package");
}

/// Installs the package with what it depends on, as a person would.
///
/// # Panics
/// When that fails.
pub fn install(root: &DebianRoot, inside: &str) {
    let arguments = ["-y", "--no-install-recommends", "install", inside];
    root.run("apt-get", &arguments).expect("apt-get installs the package");
}

/// What a program says on stdout when it succeeds.
///
/// # Panics
/// When that fails.
pub fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).env("LC_ALL", "C").args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A path as an argument.
///
/// # Panics
/// When it is not UTF-8.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// Where the package lies in a root.
pub const PACKAGE: &str = "/root/mailhost.deb";

const OTHERS: &[&str] = &[
    "icinga2-bin",
    "icinga2-common",
    "monitoring-plugins-basic",
    "monitoring-plugins-contrib",
    "monitoring-plugins-standard",
    "nagios-nrpe-plugin",
    "nagios-nrpe-server",
    "nagios4-common",
    "nagios4-core",
];
