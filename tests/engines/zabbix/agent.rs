//! Agent 2 with user parameters.

use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, Unavailable, free_port};

use super::{START_LIMIT, configuration};

/// A running agent, which the server asks; it stops when this is dropped.
pub(crate) struct Agent2<'a> {
    root: &'a DebianRoot,
    port: u16,
    _daemon: Daemon,
}

impl<'a> Agent2<'a> {
    /// Starts an agent that reads `parameters`, files in the root with lines as `UserParameter=key,command`. What
    /// it runs sees the machine's /proc.
    ///
    /// # Errors
    /// [`Unavailable`] where that cannot be mounted, a reason to skip.
    ///
    /// # Panics
    /// When it does not start: with what it says.
    pub(crate) fn start(
        root: &'a DebianRoot,
        parameters: &[&str],
    ) -> Result<Agent2<'a>, Unavailable> {
        // One below 32767, which is the last that the agent takes.
        let port = free_port();
        configuration::make_directory(root, DIRECTORY_AT_RUN_TIME);
        configuration::write(root, CONFIGURATION, &settings(port, parameters));
        let mut command = root.command_with_proc(Account::user("zabbix"), "zabbix_agent2")?;
        command.args(["--foreground", "--config", CONFIGURATION]);
        let log = root.join("/var/log/zabbix_agent2.out");
        let started = || -> Result<Daemon, DaemonError> {
            let mut daemon = Daemon::start("Zabbix agent 2", &mut command, &log)?;
            daemon.wait_for_port(port, START_LIMIT)?;
            Ok(daemon)
        }();
        let daemon = started.unwrap_or_else(|error| panic!("{error}"));
        Ok(Agent2 { root, port, _daemon: daemon })
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it says to a key, as the server would be told.
    ///
    /// # Panics
    /// When it does not answer.
    pub(crate) fn get(&self, key: &str) -> String {
        let port = self.port.to_string();
        let arguments = ["-s", "127.0.0.1", "-p", &port, "-k", key];
        let output = self.root.run("zabbix_get", &arguments).expect("the agent answers");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Timeout is the agent's own default, as the server's is.
fn settings(port: u16, parameters: &[&str]) -> String {
    let include: String = parameters.iter().map(|path| format!("Include={path}\n")).collect();
    format!(
        "Server=127.0.0.1
ListenIP=127.0.0.1
ListenPort={port}
Hostname=mail.example.org
LogType=console
PidFile={DIRECTORY_AT_RUN_TIME}/agent2.pid
ControlSocket={DIRECTORY_AT_RUN_TIME}/agent2.sock
Timeout=3
{include}"
    )
}

const CONFIGURATION: &str = "/etc/zabbix/zabbix_agent2.private.conf";
const DIRECTORY_AT_RUN_TIME: &str = "/run/zabbix-agent2";
