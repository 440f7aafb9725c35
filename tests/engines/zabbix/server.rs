//! The server itself, which runs external checks and finds problems.

use std::{fs, path::PathBuf};

use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, free_port};

use super::{START_LIMIT, configuration};

/// A server under way or running.
pub(super) struct Server {
    port: u16,
    log: PathBuf,
    daemon: Daemon,
}

impl Server {
    /// Starts a server that has its database at a port.
    ///
    /// # Errors
    /// [`DaemonError`] when it cannot be run.
    pub(super) fn start(root: &DebianRoot, database: u16) -> Result<Server, DaemonError> {
        let port = free_port();
        configuration::make_directory(root, DIRECTORY_AT_RUN_TIME);
        configuration::write(root, CONFIGURATION, &settings(port, database));
        let mut command = root.command_as(Account::user("zabbix"), "zabbix_server");
        command.args(["--foreground", "--config", CONFIGURATION]);
        let log = root.join("/var/log/zabbix_server.out");
        let daemon = Daemon::start("the Zabbix server", &mut command, &log)?;
        Ok(Server { port, log, daemon })
    }

    /// Waits until it works.
    ///
    /// # Errors
    /// As [`Daemon::wait_until`].
    pub(super) fn wait(&mut self) -> Result<(), DaemonError> {
        self.daemon.wait_until("its processes", START_LIMIT, || {
            fs::read_to_string(&self.log).is_ok_and(|log| log.contains("server #0 started"))
        })
    }

    /// Where it listens on 127.0.0.1.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its log.
    pub(super) fn log(&self) -> String {
        self.daemon.output()
    }
}

/// Makes it read what was changed through the API now, and not in a second.
///
/// # Panics
/// When it does not take the order.
pub(super) fn reload(root: &DebianRoot) {
    let mut command = root.command_as(Account::user("zabbix"), "zabbix_server");
    command.args(["--config", CONFIGURATION, "--runtime-control", "config_cache_reload"]);
    let output = command.output().expect("zabbix_server can be run");
    assert!(output.status.success(), "{output:?}");
}

/// As Debian has it, on a private port with few processes, and quick to see what has changed.
///
/// Timeout is Zabbix' own default, and less than Debian's.
fn settings(port: u16, database: u16) -> String {
    format!(
        "ListenIP=127.0.0.1
ListenPort={port}
LogType=console
PidFile={DIRECTORY_AT_RUN_TIME}/server.pid
SocketDir={DIRECTORY_AT_RUN_TIME}
DBHost=127.0.0.1
DBPort={database}
DBName=zabbix
DBUser=zabbix
Timeout=3
CacheUpdateFrequency=1
TrendFunctionCacheSize=0
HousekeepingFrequency=0
StartPollers=10
StartPollersUnreachable=1
StartPreprocessors=1
StartTrappers=1
StartDBSyncers=1
StartLLDProcessors=1
StartAlerters=1
StartEscalators=1
StartHistoryPollers=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartODBCPollers=0
"
    )
}

const CONFIGURATION: &str = "/etc/zabbix/zabbix_server.private.conf";
const DIRECTORY_AT_RUN_TIME: &str = "/run/zabbix-server";
