//! The package beside the packages that people have already, and the engines that read all of it.

use std::collections::BTreeMap;
use std::fs;

use mailhost_tests::packages::{DEB, PLUGINS, beside_others};
use mailhost_tests::{Account, DebianRoot, skip};

/// dpkg refuses a package that has a file of another one.
#[test]
fn ok_no_file_and_no_name_of_a_command_is_taken() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/beside", reason),
    };
    for package in [
        "monitoring-plugins-basic",
        "monitoring-plugins-standard",
        "monitoring-plugins-contrib",
        DEB,
    ] {
        let status = root.run("dpkg-query", &["-W", "-f", "${Status}", package]);
        let status = String::from_utf8(status.expect("dpkg knows it").stdout).expect("text");
        assert_eq!(status, "install ok installed", "{package}");
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for file in fs::read_dir(root.join("/etc/nagios-plugins/config")).expect("commands") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        for line in words.filter(|line| line.first() == Some(&"command_name")) {
            *names.entry(line[1].to_owned()).or_default() += 1;
        }
    }
    assert!(names.len() > 100, "{names:?}");
    let twice: Vec<_> = names.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for plugin in PLUGINS {
        assert!(names.contains_key(&plugin.replace("check_", "mailhost_")), "{plugin}");
    }
}

#[test]
fn ok_nagios_takes_the_commands_and_the_sample_host() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/nagios", reason),
    };
    copy_samples(&root, "nagios", "/etc/nagios4/conf.d");
    let output = root.run("nagios4", &["-v", "/etc/nagios4/nagios.cfg"]).expect("accepted");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Total Warnings: 0\nTotal Errors:   0"), "{said}");
    // Beside those of localhost, which Debian has.
    assert!(said.contains("Checked 2 hosts."), "{said}");
}

#[test]
fn ok_icinga_takes_the_check_commands_and_the_sample_host() {
    let root = match beside_others() {
        Ok(root) => root,
        Err(reason) => return skip("packaging/icinga", reason),
    };
    copy_samples(&root, "icinga2", "/etc/icinga2/conf.d");
    let output = match root.command_with_proc(Account::ROOT, "icinga2") {
        Ok(mut command) => command.args(["daemon", "-C"]).output().expect("icinga2 runs"),
        Err(reason) => return skip("packaging/icinga", reason),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Finished validating the configuration file(s)."), "{said}");
    assert!(!said.contains("warning/"), "{said}");
    let services = |line: &str| line.contains("Instantiated") && line.contains("Services.");
    assert!(said.lines().any(services), "{said}");
}

/// Copies the sample host, and what is to be said about it where mail does not arrive.
fn copy_samples(root: &DebianRoot, engine: &str, to: &str) {
    let samples = root.join(&format!("/usr/share/doc/{DEB}/examples/{engine}"));
    let mut copied = 0;
    for sample in fs::read_dir(samples).expect("the package has samples") {
        let sample = sample.expect("a sample");
        let inside = format!("{to}/{}", sample.file_name().to_string_lossy());
        root.write(&inside, fs::read(sample.path()).expect("a file"), 0o644).expect("a copy");
        copied += 1;
    }
    assert_eq!(copied, 2);
}
