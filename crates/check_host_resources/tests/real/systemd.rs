//! The program beside a systemd of its own.

use std::path::Path;
use std::process::Command;

use mailhost_tests::systemd::{self, NSENTER};
use mailhost_tests::{DebianRoot, Plugin, Run, skip};

/// Ended with all that it has started when this is dropped.
pub(crate) struct Systemd(systemd::Systemd);

impl Systemd {
    /// None where none can be started, which has been said then. `units` are names of services and what is in
    /// their section `[Service]`.
    pub(crate) fn start(units: &[(&str, &str)]) -> Option<Self> {
        let root = DebianRoot::prepare("systemd", &["systemd", "dbus", "cron"]);
        match root.and_then(|root| {
            furnish(&root, units);
            systemd::Systemd::start(root)
        }) {
            Ok(systemd) => Some(Self(systemd)),
            Err(why) => {
                skip("host_resources/systemd", why);
                None
            }
        }
    }

    /// Runs the program beside it.
    pub(crate) fn run(&self, words: &str) -> Run {
        self.plugin(&[PROGRAM], words)
    }

    /// The same as somebody who has no rights.
    pub(crate) fn run_as_nobody(&self, words: &str) -> Run {
        let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        self.plugin(&[&user[..], &[PROGRAM]].concat(), words)
    }

    fn plugin(&self, program: &[&str], words: &str) -> Run {
        let words: Vec<&str> = program.iter().copied().chain(words.split(' ')).collect();
        Plugin::at(Path::new(NSENTER)).args(self.0.arguments(&words)).env_clear().run().held()
    }

    /// What a command in it says.
    pub(crate) fn told_by(&self, words: &str) -> String {
        self.0.told_by(words)
    }

    /// Sends a signal to the first process.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.pid()]).status().unwrap();
        assert!(sent.success());
    }
}

/// Puts the units and the program into the root.
fn furnish(root: &DebianRoot, units: &[(&str, &str)]) {
    for (name, section) in units {
        let text = format!("[Service]\n{section}\n");
        root.write(&format!("/etc/systemd/system/{name}.service"), text, 0o644).unwrap();
    }
    let masked = "/etc/systemd/system/masked.service";
    root.run("ln", &["-s", "/dev/null", masked]).unwrap();
    // Not by this process: a child that it forks meanwhile would hold the copy open for writing.
    let program = env!("CARGO_BIN_EXE_check_host_resources");
    let mut install = Command::new("install");
    install.args(["-D", "-m", "755", program]).arg(root.join(PROGRAM));
    assert!(install.status().unwrap().success());
}

/// Not in /tmp, which systemd empties.
const PROGRAM: &str = "/opt/check_host_resources";
