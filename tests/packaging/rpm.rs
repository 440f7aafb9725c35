//! The .rpm in a root of its own. Debian's rpm can do that, but has no package that provides libc, so
//! dependencies are looked at and not resolved.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use mailhost_tests::packages::{PLUGINS, RPM, fresh_root, output_of, rpm, text};
use mailhost_tests::skip;

use crate::systemctl;

#[test]
fn ok_the_rpm_installs_and_verifies() {
    if let Some(reason) = reason_to_skip() {
        return skip("packaging/rpm", reason);
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root = directory.path();
    let in_root =
        |arguments: &[&str]| output_of("rpm", &[&["--root", text(root)], arguments].concat());
    in_root(&["--initdb"]);
    in_root(&["-i", "--nodeps", "--noscripts", text(&rpm())]);
    assert_eq!(in_root(&["-V", "--nodeps", RPM]), "");

    let libdir = output_of("rpm", &["--eval", "%{_libdir}"]);
    let plugins = format!("{}/nagios/plugins/mailhost", libdir.trim());
    for plugin in PLUGINS {
        assert_eq!(mode(root, &format!("{plugins}/{plugin}")), 0o755);
        let link =
            format!("usr/lib/zabbix/externalscripts/{}", plugin.replace("check_", "mailhost_"));
        let target = fs::canonicalize(root.join(&link)).expect("a link that leads somewhere");
        assert!(target.ends_with(format!("mailhost/{plugin}")), "{target:?}");
    }
    assert_eq!(mode(root, "/var/lib/mailhost-plugins"), 0o1777);
    for (flag, wanted) in [("-qc", CONFIGURATION), ("-qd", DOCUMENTATION)] {
        let files = in_root(&[flag, RPM]);
        for file in wanted {
            assert!(files.lines().any(|line| line == *file), "{file} in {files}");
        }
    }
    let commands =
        fs::read_to_string(root.join("etc/nagios/conf.d/mailhost.cfg")).expect("commands");
    assert!(commands.contains(&format!("{plugins}/check_rbl ")), "{commands}");
}

/// A run that is under way would write its results again.
#[test]
fn ok_a_removal_stops_the_timer_and_a_run_of_it_before_the_results_go() {
    if let Some(reason) = reason_to_skip() {
        return skip("packaging/rpm-removal", reason);
    }
    // For the shell in it.
    let root = match fresh_root() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/rpm-removal", reason),
    };
    systemctl::install(&root);
    let in_root = |arguments: &[&str]| {
        output_of("rpm", &[&["--root", text(root.path())], arguments].concat())
    };
    in_root(&["--initdb"]);
    in_root(&["-i", "--nodeps", text(&rpm())]);
    assert_eq!(systemctl::told(&root), Vec::<String>::new(), "nothing is enabled");
    let results = ["mailhost_queue.prom", ".mailhost_queue.new", "apt.prom"];
    let results = results.map(|name| format!("/var/lib/prometheus/node-exporter/{name}"));
    for file in &results {
        root.write(file, "", 0o644).expect("a result");
    }
    in_root(&["-e", "--nodeps", RPM]);
    let told = [
        "--no-reload disable --now mailhost-textfile.timer",
        "stop mailhost-textfile.service",
        "daemon-reload",
    ];
    assert_eq!(systemctl::told(&root), told);
    let left = results.map(|file| root.join(&file).exists());
    assert_eq!(left, [false, false, true]);
}

#[test]
fn ok_the_rpm_needs_what_rhel_9_has() {
    if let Some(reason) = reason_to_skip() {
        return skip("packaging/rpm-needs", reason);
    }
    let needs = output_of("rpm", &["-qp", "--requires", text(&rpm())]);
    assert!(needs.contains("libssl.so.3()(64bit)"), "{needs}");
    // What the script for Prometheus calls.
    for package in ["coreutils", "findutils", "grep", "sed", "util-linux"] {
        assert!(needs.lines().any(|line| line == package), "{package} in {needs}");
    }
    let newest = needs.lines().filter_map(|line| {
        let version = line.strip_prefix("libc.so.6(GLIBC_2.")?.split(')').next()?;
        version.split('.').next()?.parse::<u32>().ok()
    });
    assert_eq!(newest.max(), Some(34), "{needs}");
}

fn reason_to_skip() -> Option<&'static str> {
    let found = Command::new("rpm").arg("--version").output().is_ok();
    (!found).then_some("rpm is not installed")
}

fn mode(root: &Path, inside: &str) -> u32 {
    let path = root.join(inside.trim_start_matches('/'));
    let metadata =
        fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o7777
}

const CONFIGURATION: &[&str] = &[
    "/etc/nagios/conf.d/mailhost.cfg",
    "/etc/mailhost/textfile.conf",
    "/etc/nrpe.d/mailhost.cfg",
    "/etc/zabbix/zabbix_agent2.d/mailhost.conf",
];
const DOCUMENTATION: &[&str] =
    &["/usr/share/doc/nagios-plugins-mailhost/README.md", "/usr/share/man/man1/check_rbl.1.gz"];
