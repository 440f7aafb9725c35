//! The directories in which the plugin keeps what it saw, in a root.

use std::{fs, path::PathBuf};

use mailhost_tests::DebianRoot;
use serde_json::Value;

/// Makes the directory of an account, as the package and an administrator make it.
pub(super) fn make(root: &DebianRoot, name: &str) {
    root.run("install", &["-d", PARENT]).expect("make the directory of all");
    let own = format!("{PARENT}/{name}");
    root.run("install", &["-d", "-o", name, "-m", "0700", &own]).expect("make the account's own");
}

/// Makes the runs of an account ones of some seconds before; gives its file.
pub(super) fn age(root: &DebianRoot, name: &str, seconds: i64) -> PathBuf {
    let entries = fs::read_dir(root.join(PARENT).join(name)).expect("read the state");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let is_state = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let file = paths.find(is_state).expect("a state file");
    let text = fs::read_to_string(&file).expect("read the state");
    let mut state: Value = serde_json::from_str(&text).expect("JSON");
    for run in state["value"].as_array_mut().expect("runs") {
        let at = run["at"].as_i64().expect("a time");
        run["at"] = (at - seconds).into();
    }
    // In place, so that owner and mode stay.
    fs::write(&file, state.to_string()).expect("write the state");
    file
}

const PARENT: &str = "/var/lib/mailhost-plugins";
