//! The daemon itself, with the configuration that Debian gives it.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use mailhost_tests::{Daemon, DebianRoot};

use crate::recorded::Recorded;

/// A running Nagios, which stops when this is dropped.
pub(crate) struct Nagios {
    daemon: Daemon,
    status: PathBuf,
    log: PathBuf,
}

impl Nagios {
    /// Starts it with these objects beside what the packages bring.
    ///
    /// # Panics
    /// When it does not take them.
    pub(crate) fn start(root: &DebianRoot, objects: &str) -> Self {
        let packaged = fs::read_to_string(root.join(CONFIGURATION)).expect("the configuration");
        root.write(CONFIGURATION, in_seconds(&packaged), 0o644).expect("written");
        root.write("/etc/nagios4/conf.d/objects.cfg", objects, 0o644).expect("written");
        let checked = root.run("nagios4", &["-v", CONFIGURATION]).expect("a good configuration");
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(said.contains("Total Warnings: 0\nTotal Errors:   0"), "{said}");
        // Where systemd would have its pid file.
        root.run("install", &["-d", "-o", "nagios", "/run/nagios4"]).expect("a directory");
        let mut command = root.command("nagios4");
        let output = root.join("/var/log/nagios4.out");
        let daemon = Daemon::start("nagios4", command.arg(CONFIGURATION), &output);
        Self {
            daemon: daemon.expect("nagios4 starts"),
            status: root.join("/var/lib/nagios4/status.dat"),
            log: root.join("/var/log/nagios4/nagios.log"),
        }
    }

    /// What it has recorded of a service, as soon as it has.
    ///
    /// # Panics
    /// When it does not check it in time.
    pub(crate) fn recorded(&mut self, service: &str) -> Recorded {
        let status = self.status.clone();
        let result = || result_of(&fs::read_to_string(&status).unwrap_or_default(), service);
        self.wait_until(&format!("a result of {service}"), || result().is_some());
        result().expect("it was there a moment ago")
    }

    /// Waits for something that it is to do.
    ///
    /// # Panics
    /// With its log, when that does not happen in time.
    pub(crate) fn wait_until(&mut self, what: &str, ready: impl FnMut() -> bool) {
        if let Err(error) = self.daemon.wait_until(what, LIMIT, ready) {
            panic!("{error}\n{}", self.log());
        }
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Debian's configuration, in which a minute is a second, and without a host of its own.
fn in_seconds(packaged: &str) -> String {
    let mut text: String = packaged
        .lines()
        .filter(|line| !line.ends_with("/localhost.cfg"))
        .map(|line| format!("{line}\n"))
        .collect();
    for (setting, value) in SETTINGS {
        let start = text.find(&format!("\n{setting}=")).expect("Debian has it") + 1;
        let end = start + text[start..].find('\n').expect("its end");
        text.replace_range(start..end, &format!("{setting}={value}"));
    }
    text
}

/// One block of the status file, if the service has been checked.
fn result_of(status: &str, service: &str) -> Option<Recorded> {
    let blocks = status.split("servicestatus {\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("\n\t}").next());
    let mut fields = blocks.map(|block| -> HashMap<&str, &str> {
        block.lines().filter_map(|line| line.trim_start().split_once('=')).collect()
    });
    let fields = fields.find(|fields| fields.get("service_description") == Some(&service))?;
    let checked = fields.get("has_been_checked") == Some(&"1");
    checked.then(|| {
        // It writes them on one line, without the end of the last one.
        let details: Vec<&str> = fields["long_plugin_output"].split_terminator("\\n").collect();
        Recorded {
            state: fields["current_state"].parse().expect("a number"),
            headline: fields["plugin_output"].to_owned(),
            details: details.iter().map(|line| format!("{line}\n")).collect(),
            perfdata: fields["performance_data"].to_owned(),
        }
    })
}

const CONFIGURATION: &str = "/etc/nagios4/nagios.cfg";
const SETTINGS: [(&str, &str); 9] = [
    ("interval_length", "1"),
    ("status_update_interval", "1"),
    ("check_result_reaper_frequency", "1"),
    // All at once.
    ("service_inter_check_delay_method", "n"),
    ("host_inter_check_delay_method", "n"),
    // These are seconds already; a host that is checked every second would never be checked anew.
    ("cached_host_check_horizon", "0"),
    // What changes its state every second is flapping, and then nobody is told.
    ("enable_flap_detection", "0"),
    ("check_for_updates", "0"),
    ("use_syslog", "0"),
];
const LIMIT: Duration = Duration::from_mins(1);
