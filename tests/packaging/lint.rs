//! The tools that judge packages and scripts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mailhost_tests::packages::{DEB, RPM, deb, package, rpm, text};
use mailhost_tests::skip;

#[test]
fn ok_lintian_has_nothing_against_the_deb() {
    let (package, symbols) = (deb(), package(&format!("{DEB}-dbgsym_"), ".ddeb"));
    let arguments = ["--allow-root", "--fail-on", "error,warning", text(&package), text(&symbols)];
    let Some(output) = run("lintian", &arguments) else {
        return skip("packaging/lintian", "lintian is not installed");
    };
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

#[test]
fn ok_rpmlint_has_nothing_against_the_rpm() {
    let symbols = package(&format!("{RPM}-debuginfo-"), ".rpm");
    let config = packaging("rpm/rpmlint.toml");
    let Some(output) = run("rpmlint", &["-c", text(&config), text(&rpm()), text(&symbols)]) else {
        return skip("packaging/rpmlint", "rpmlint is not installed");
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 packages") && said.contains("0 errors, 0 warnings"), "{said}");
}

#[test]
fn ok_shellcheck_has_nothing_against_the_scripts() {
    let scripts = [
        "build",
        "debian/postinst",
        "debian/postrm",
        "debian/prerm",
        "prometheus/mailhost-textfile",
    ];
    let scripts = scripts.map(packaging);
    let scripts = scripts.each_ref().map(|path| text(path));
    let Some(output) = run("shellcheck", &scripts) else {
        return skip("packaging/shellcheck", "shellcheck is not installed");
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What a tool says; nothing where it is not installed.
fn run(tool: &str, arguments: &[&str]) -> Option<Output> {
    Command::new(tool).env("LC_ALL", "C.UTF-8").args(arguments).output().ok()
}

fn packaging(file: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    workspace.join("packaging").join(file)
}
