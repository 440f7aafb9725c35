//! The frontend, of which only the API is wanted.

use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, free_port};

use super::{START_LIMIT, configuration};

/// PHP with the frontend under way or running.
pub(super) struct Frontend {
    port: u16,
    daemon: Daemon,
}

impl Frontend {
    /// Starts PHP's own web server.
    ///
    /// # Errors
    /// [`DaemonError`] when it cannot be run.
    pub(super) fn start(
        root: &DebianRoot,
        database: u16,
        server: u16,
    ) -> Result<Frontend, DaemonError> {
        let port = free_port();
        configuration::write(root, "/etc/zabbix/zabbix.conf.php", &settings(database, server));
        let mut command = root.command_as(Account::user("www-data"), "php");
        command.args(["-S", &format!("127.0.0.1:{port}"), "-t", "/usr/share/zabbix"]);
        // What Zabbix asks of an installation; a warning of PHP in an answer would make it no JSON.
        for setting in ["max_execution_time=300", "memory_limit=512M", "error_reporting=0"] {
            command.args(["-d", setting]);
        }
        let daemon = Daemon::start("PHP", &mut command, &root.join("/var/log/php.out"))?;
        Ok(Frontend { port, daemon })
    }

    /// Waits until it takes requests.
    ///
    /// # Errors
    /// As [`Daemon::wait_until`].
    pub(super) fn wait(&mut self) -> Result<(), DaemonError> {
        self.daemon.wait_for_port(self.port, START_LIMIT)
    }

    /// Where it listens on 127.0.0.1.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn settings(database: u16, server: u16) -> String {
    format!(
        "<?php
$DB['TYPE'] = 'POSTGRESQL';
$DB['SERVER'] = '127.0.0.1';
$DB['PORT'] = '{database}';
$DB['DATABASE'] = 'zabbix';
$DB['USER'] = 'zabbix';
$DB['PASSWORD'] = '';
$DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = false;
$DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER = '127.0.0.1';
$ZBX_SERVER_PORT = '{server}';
"
    )
}
