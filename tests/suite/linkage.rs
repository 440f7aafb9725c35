//! Which shared libraries a plugin makes the dynamic linker load.

use std::process::Command;

use crate::subjects::{PLUGINS, Subject};

#[test]
fn ok_only_plugins_that_need_openssl_link_it() {
    for subject in PLUGINS {
        let needed = needed(subject);
        assert!(needed.iter().any(|name| name.starts_with("libc.so")), "{needed:?}");
        let tls = |name: &&String| name.starts_with("libssl") || name.starts_with("libcrypto");
        let found: Vec<&String> = needed.iter().filter(tls).collect();
        assert!(
            subject.may_link_openssl() || found.is_empty(),
            "{} needs {found:?}",
            subject.binary()
        );
    }
}

/// The NEEDED entries of the plugin's dynamic section; binutils are there wherever Rust can link.
fn needed(subject: &Subject) -> Vec<String> {
    let output = Command::new("readelf")
        .env("LC_ALL", "C")
        .arg("--dynamic")
        .arg(subject.path())
        .output()
        .expect("readelf runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()))
        .collect()
}
