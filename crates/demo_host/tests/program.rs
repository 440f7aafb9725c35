//! The program as a newcomer runs it, but with plugins that are none.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

fn demonstrate(binaries: &str) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_demo_host")).env("MAILHOST_BIN_DIR", binaries).output()
}

#[test]
fn critical_plugins_that_find_all_well_are_a_surprise() {
    let directory = tempfile::tempdir().unwrap();
    let yes_man = fs::canonicalize("/bin/true").unwrap();
    for plugin in [
        "check_dkim_dmarc",
        "check_host_resources",
        "check_mx_spf",
        "check_rbl",
        "check_smtp_banner",
        "check_smtp_queue",
    ] {
        symlink(&yes_man, directory.path().join(plugin)).unwrap();
    }
    let output = demonstrate(directory.path().to_str().unwrap()).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("Surprise in case "), "{text}");
    assert!(text.contains("OK, not CRITICAL"), "{text}");
    assert!(text.contains("$ check_smtp_banner -H 127.0.0.1 -p "), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(output.stderr.is_empty());
}

#[test]
fn critical_a_missing_plugin_is_named_before_anything_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let output = demonstrate(directory.path().to_str().unwrap()).unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.starts_with("demo_host: check_smtp_banner is not in "), "{words}");
    assert!(output.stdout.is_empty());
}
