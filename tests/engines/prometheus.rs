//! Prometheus: the packaged script runs the checks, the real `node_exporter` serves what it left, the real
//! Prometheus raises the packaged alarms, and the real Alertmanager passes them on.

mod alarms;
mod exposition;
mod script;
mod served;
mod units;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use mailhost_tests::packages::{PACKAGE, bring, deb};
use mailhost_tests::{Account, Daemon, DebianRoot, Unavailable, free_port};

use crate::http;

/// The machine that everything is installed on.
pub(crate) struct Machine {
    pub(crate) root: DebianRoot,
    logs: tempfile::TempDir,
}

impl Machine {
    /// A Debian with Prometheus and the package, as they are once installed.
    ///
    /// # Errors
    /// [`Unavailable`], a reason to skip.
    pub(crate) fn installed() -> Result<Self, Unavailable> {
        let root = DebianRoot::prepare_for_installing("prometheus", PACKAGES, &[])?;
        bring(&root, &deb(), PACKAGE);
        root.run("dpkg", &["-i", PACKAGE]).expect("the package is installed");
        Ok(Self { root, logs: tempfile::tempdir().expect("a temporary directory") })
    }

    /// The same, and the directory is given to the user who runs the checks, as the docs say.
    ///
    /// # Errors
    /// As [`installed`](Machine::installed).
    pub(crate) fn ready() -> Result<Self, Unavailable> {
        let machine = Self::installed()?;
        machine.root.run("chown", &["prometheus", RESULTS]).expect("the directory is given away");
        Ok(machine)
    }

    /// Runs the checks of a list as the packaged unit does.
    pub(crate) fn run(&self, list: &str) -> Said {
        self.root.write(LIST, list, 0o644).expect("a list");
        Said::of(self.script(Account::user("prometheus")).output())
    }

    /// The script as the packaged unit runs it.
    pub(crate) fn script(&self, account: Account) -> Command {
        let mut command = self.root.command_as(account, SCRIPT);
        command.args([LIST, RESULTS]);
        command
    }

    /// What a check left.
    pub(crate) fn left(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.file(name)).ok()
    }

    /// Where that is.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(&format!("{RESULTS}/mailhost_{name}.prom"))
    }

    /// Starts `node_exporter`, with the one collector that matters.
    pub(crate) fn exporter(&self) -> Server {
        let directory = format!("--collector.textfile.directory={RESULTS}");
        self.start("prometheus-node-exporter", |port| {
            vec![
                format!("--web.listen-address=127.0.0.1:{port}"),
                "--collector.disable-defaults".to_owned(),
                "--collector.textfile".to_owned(),
                directory,
                "--web.disable-exporter-metrics".to_owned(),
            ]
        })
    }

    /// Starts a program of the root, which is told its port, and waits until it answers there.
    pub(crate) fn start(&self, program: &str, args: impl FnOnce(u16) -> Vec<String>) -> Server {
        let port = free_port();
        let mut command = self.root.command_as(Account::user("prometheus"), program);
        command.args(args(port));
        let log = self.logs.path().join(program);
        let mut daemon = Daemon::start(program, &mut command, &log).expect("it starts");
        daemon.wait_for_port(port, PATIENCE).expect("it answers");
        Server { daemon, port }
    }
}

/// A server that listens on loopback.
pub(crate) struct Server {
    pub(crate) daemon: Daemon,
    pub(crate) port: u16,
}

impl Server {
    /// What it has at a path.
    pub(crate) fn get(&self, path: &str) -> String {
        self.try_get(path).unwrap_or_else(|header| panic!("{path}: {header}"))
    }

    /// The same, or the header of an answer that has it not.
    pub(crate) fn try_get(&self, path: &str) -> Result<String, String> {
        let answer = http::get(self.port, path).expect("an answer");
        let is_there = answer.head.starts_with("HTTP/1.0 200 ");
        if is_there { Ok(answer.body) } else { Err(answer.head) }
    }
}

/// What a run of the script said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Said {
    fn of(output: std::io::Result<Output>) -> Self {
        let output = output.expect("the script runs");
        assert!(output.stdout.is_empty(), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code(), stderr }
    }

    /// Holds a run to have ended well, and to have had nothing to say.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        assert_eq!(*self, Said { code: Some(0), stderr: String::new() });
    }

    /// Holds a run to have failed, and to have said exactly this.
    #[track_caller]
    pub(crate) fn complains(&self, lines: &[&str]) {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(*self, Said { code: Some(1), stderr: lines.concat() });
    }
}

/// Where Debian's `node_exporter` reads files, and the package's unit writes them.
pub(crate) const RESULTS: &str = "/var/lib/prometheus/node-exporter";
/// The list of checks.
pub(crate) const LIST: &str = "/etc/mailhost/textfile.conf";
/// How long a server may take for what it does by itself.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
const SCRIPT: &str = "/usr/lib/mailhost/mailhost-textfile";
const PACKAGES: &[&str] =
    &["libssl3", "prometheus", "prometheus-alertmanager", "prometheus-node-exporter"];
