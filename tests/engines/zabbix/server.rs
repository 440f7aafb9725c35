//! The server itself, which runs external checks and finds problems.

use std::{fs, io::ErrorKind, os::unix::fs::symlink};

use mailhost_tests::packages::{DIRECTORY, PLUGINS};
use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, free_port};

use super::{START_LIMIT, configuration};

/// A server under way or running.
pub(super) struct Server<'a> {
    root: &'a DebianRoot,
    port: u16,
    daemon: Daemon,
}

impl<'a> Server<'a> {
    /// Starts a server that has its database at a port.
    ///
    /// # Errors
    /// [`DaemonError`] when it cannot be run.
    pub(super) fn start(root: &'a DebianRoot, database: u16) -> Result<Server<'a>, DaemonError> {
        let port = free_port();
        configuration::make_directory(root, DIRECTORY_AT_RUN_TIME);
        configuration::write(root, CONFIGURATION, &settings(port, database));
        let mut command = root.command_as(Account::user("zabbix"), "zabbix_server");
        command.args(["--foreground", "--config", CONFIGURATION]);
        let log = root.join("/var/log/zabbix_server.out");
        let daemon = Daemon::start("the Zabbix server", &mut command, &log)?;
        Ok(Server { root, port, daemon })
    }

    /// Waits until it works.
    ///
    /// # Errors
    /// As [`Daemon::wait_until`].
    pub(super) fn wait(&mut self) -> Result<(), DaemonError> {
        let log = self.root.join("/var/log/zabbix_server.out");
        let started =
            || fs::read_to_string(&log).is_ok_and(|log| log.contains("server #0 started"));
        self.daemon.wait_until("its processes", START_LIMIT, started)
    }

    /// Makes it read what was changed through the API now, and not in a second.
    ///
    /// # Panics
    /// When it does not take the order.
    pub(super) fn reload(&self) {
        let mut command = self.root.command_as(Account::user("zabbix"), "zabbix_server");
        command.args(["--config", CONFIGURATION, "--runtime-control", "config_cache_reload"]);
        let output = command.output().expect("zabbix_server can be run");
        assert!(output.status.success(), "{output:?}");
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

/// Puts links to the plugins, named as in every engine, where the server looks for scripts.
pub(super) fn link_plugins(root: &DebianRoot) {
    let scripts = root.join(SCRIPTS);
    fs::create_dir_all(&scripts).expect("a directory of scripts");
    for plugin in PLUGINS {
        let name = plugin.replace("check_", "mailhost_");
        match symlink(format!("{DIRECTORY}/{plugin}"), scripts.join(&name)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => panic!("{name}: {error}"),
            _ => {}
        }
    }
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
HousekeepingFrequency=0
StartPollers=4
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
/// What Debian's server is built with; the package does not make it.
const SCRIPTS: &str = "/etc/zabbix/externalscripts";
