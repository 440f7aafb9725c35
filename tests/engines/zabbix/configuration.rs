//! Files and directories of Zabbix' programs.

use mailhost_tests::DebianRoot;

/// Writes a file that all of them may read.
///
/// # Panics
/// When it cannot be written.
pub(super) fn write(root: &DebianRoot, path: &str, content: &str) {
    root.write(path, content, 0o644).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// Makes a directory that is Zabbix' own, as its units do under /run.
///
/// # Panics
/// When it cannot be made.
pub(super) fn make_directory(root: &DebianRoot, path: &str) {
    let arguments = ["-d", "-o", "zabbix", "-g", "zabbix", path];
    root.run("install", &arguments).unwrap_or_else(|error| panic!("{error}"));
}
