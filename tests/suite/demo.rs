//! The demonstration: every case ends as it says, as a newcomer would see it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

#[test]
fn ok_every_case_ends_as_it_says() {
    let binaries = std::env::var_os("MAILHOST_BIN_DIR").expect("run tests/run");
    let demo = PathBuf::from(binaries).join("demo_host");
    let shown = Command::new(demo).stdin(Stdio::null()).output().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert_eq!(complained, "");
    assert!(shown.status.success(), "{said}");
    assert!(
        said.trim_end().lines().next_back().unwrap_or_default().contains(" cases in "),
        "{said}"
    );
}
