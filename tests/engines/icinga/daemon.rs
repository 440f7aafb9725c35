//! The daemon itself, with the configuration that Debian gives it and its API.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use mailhost_tests::{Account, Daemon, DebianRoot, Unavailable, free_port};
use serde_json::Value;

use super::api::Api;
use crate::recorded::Recorded;

/// A running Icinga, which stops when this is dropped.
pub(crate) struct Icinga {
    daemon: Daemon,
    log: PathBuf,
    api: Option<Api>,
}

/// A check as the API tells of it.
#[derive(Clone, Debug)]
pub(crate) struct CheckResult {
    pub(crate) recorded: Recorded,
    pub(crate) exit_status: i32,
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
}

impl Icinga {
    /// Starts it with these objects in the place of those that it has for localhost.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot see /proc.
    ///
    /// # Panics
    /// When it does not take the objects.
    pub(crate) fn start(root: &DebianRoot, objects: &str) -> Result<Self, Unavailable> {
        // What its unit does before it starts the daemon.
        run(root, "/usr/lib/icinga2/prepare-dirs", &["/usr/lib/icinga2/icinga2"])?;
        fs::remove_file(root.join("/etc/icinga2/conf.d/hosts.conf")).expect("Debian has it");
        root.write("/etc/icinga2/conf.d/objects.conf", objects, 0o644).expect("written");
        run(root, "icinga2", &["daemon", "-C"])?;
        let mut command = root.command_with_proc(Account::ROOT, "icinga2")?;
        let output = root.join("/var/log/icinga2.out");
        let daemon = Daemon::start("icinga2", command.arg("daemon"), &output);
        let log = root.join("/var/log/icinga2/icinga2.log");
        Ok(Self { daemon: daemon.expect("icinga2 starts"), log, api: None })
    }

    /// The same with its API.
    ///
    /// # Errors
    /// As [`start`](Icinga::start).
    ///
    /// # Panics
    /// As [`start`](Icinga::start), and when its API does not listen.
    pub(crate) fn with_api(root: &DebianRoot, objects: &str) -> Result<Self, Unavailable> {
        run(root, "icinga2", &["api", "setup", "--cn", NODE])?;
        let port = free_port();
        let listener = format!(
            "object ApiListener \"api\" {{\n  bind_host = \"127.0.0.1\"\n  bind_port = {port}\n}}\n"
        );
        root.write("/etc/icinga2/features-enabled/api.conf", listener, 0o644).expect("written");
        let mut icinga = Self::start(root, &[API_USER, objects].concat())?;
        icinga.daemon.wait_for_port(port, LIMIT).expect("its API listens");
        let authority = root.join("/var/lib/icinga2/certs/ca.crt");
        icinga.api = Some(Api { port, authority, node: NODE, user: "tests:secret" });
        Ok(icinga)
    }

    /// What it has recorded of a service, as soon as it has.
    ///
    /// # Panics
    /// When it does not check it in time.
    pub(crate) fn result(&mut self, service: &str) -> CheckResult {
        let path = format!("/v1/objects/services/mail.example.org!{service}");
        let api = self.api.as_ref().expect("started with its API");
        let ask = || {
            let answer = api.get(&path);
            let result = &answer["results"][0]["attrs"]["last_check_result"];
            result.is_object().then(|| CheckResult::of(result))
        };
        let mut result = None;
        let waited = self.daemon.wait_until(&format!("a result of {service}"), LIMIT, || {
            result = ask();
            if result.is_none() {
                // A handshake for each question is work for both.
                thread::sleep(Duration::from_millis(200));
            }
            result.is_some()
        });
        waited.expect("a result");
        result.expect("it was there a moment ago")
    }

    /// Waits for something that it is to do.
    ///
    /// # Panics
    /// With its log, when that does not happen in time.
    pub(crate) fn wait_until(&mut self, what: &str, ready: impl FnMut() -> bool) {
        if let Err(error) = self.daemon.wait_until(what, LIMIT, ready) {
            panic!("{error}\n{}", fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// Runs one of its programs to its end.
fn run(root: &DebianRoot, program: &str, arguments: &[&str]) -> Result<(), Unavailable> {
    let output = root.command_with_proc(Account::ROOT, program)?.args(arguments).output();
    let output = output.expect("unshare runs");
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    Ok(())
}

impl CheckResult {
    fn of(result: &Value) -> Self {
        let number = |value: &Value| {
            let number = value.as_f64().map(|number| format!("{number}"));
            number.and_then(|number| number.parse().ok()).expect("a whole number")
        };
        let words = |value: &Value| -> Vec<String> {
            let words = value.as_array().expect("an array").iter();
            words.map(|word| word.as_str().expect("a text").to_owned()).collect()
        };
        let output = result["output"].as_str().expect("a text");
        let (headline, details) = output.split_once('\n').unwrap_or((output, ""));
        Self {
            recorded: Recorded {
                state: number(&result["state"]),
                // It takes the performance data away, and leaves the blank before it.
                headline: headline.trim_end_matches(' ').to_owned(),
                // And the end of the last line.
                details: details.lines().map(|line| format!("{line}\n")).collect(),
                perfdata: words(&result["performance_data"]).join(" "),
            },
            exit_status: number(&result["exit_status"]),
            command: words(&result["command"]),
        }
    }
}

const API_USER: &str = "object ApiUser \"tests\" {
  password = \"secret\"
  permissions = [ \"objects/query/Service\" ]
}
";
const LIMIT: Duration = Duration::from_mins(1);
const NODE: &str = "icinga.example.org";
