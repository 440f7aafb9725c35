//! The database server with the tables of Zabbix, and in them what an installation without hosts needs.

use std::{io, process::Output};

use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, free_port};

use super::START_LIMIT;

/// A running database server, for this Zabbix alone.
pub(super) struct Database {
    port: u16,
    _daemon: Daemon,
}

impl Database {
    /// Makes a database and fills it.
    ///
    /// # Errors
    /// [`DaemonError`] when the server does not start.
    ///
    /// # Panics
    /// When it cannot be filled.
    pub(super) fn start(root: &DebianRoot) -> Result<Database, DaemonError> {
        let authentication = ["--auth=trust", "--username=zabbix", "--no-sync"];
        let characters = ["--encoding=UTF8", "--locale=C.UTF-8"];
        let arguments = [&["--pgdata", DATA], &authentication[..], &characters].concat();
        succeeded("initdb", as_postgres(root, "initdb", &arguments));
        let port = free_port();
        let settings = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            // It need not survive this machine.
            "fsync=off".to_owned(),
            "synchronous_commit=off".to_owned(),
            "full_page_writes=off".to_owned(),
        ];
        let mut command = root.command_as(POSTGRES, &format!("{PROGRAMS}/postgres"));
        command.args(["-D", DATA]).args(settings.iter().flat_map(|setting| ["-c", setting]));
        let log = root.join("/var/log/postgres.out");
        let mut daemon = Daemon::start("PostgreSQL", &mut command, &log)?;
        let connection = ["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "zabbix"];
        let ask = |sql| {
            let arguments = [&connection[..], &["-d", "postgres", "-c", sql]].concat();
            as_postgres(root, "psql", &arguments)
        };
        daemon.wait_until("an answer", START_LIMIT, || {
            ask("SELECT 1").is_ok_and(|output| output.status.success())
        })?;
        succeeded("create the database", ask("CREATE DATABASE zabbix"));
        let psql = format!("{PROGRAMS}/psql {} -d zabbix", connection.join(" "));
        let load = format!("{LOAD} | {psql} --quiet --set=ON_ERROR_STOP=1");
        succeeded(
            "fill the database",
            root.command_as(POSTGRES, "sh").args(["-ec", &load]).output(),
        );
        Ok(Database { port, _daemon: daemon })
    }

    /// Carries out a statement of SQL.
    ///
    /// # Panics
    /// When it is refused.
    pub(super) fn execute(&self, root: &DebianRoot, sql: &str) {
        let port = self.port.to_string();
        let arguments = ["-h", "127.0.0.1", "-p", &port, "-U", "zabbix", "-d", "zabbix", "-c", sql];
        succeeded(sql, as_postgres(root, "psql", &arguments));
    }

    /// Where it listens on 127.0.0.1; user and database are called zabbix, and there is no password.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn as_postgres(root: &DebianRoot, program: &str, arguments: &[&str]) -> io::Result<Output> {
    root.command_as(POSTGRES, &format!("{PROGRAMS}/{program}")).args(arguments).output()
}

fn succeeded(what: &str, output: io::Result<Output>) {
    let output = output.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(output.status.success(), "{what}: {output:?}");
}

const POSTGRES: Account = Account::user("postgres");
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const DATA: &str = "/var/lib/postgresql/zabbix";
/// Of the data only what comes before the hosts: all that follows belongs to the templates that Zabbix brings,
/// 164,000 rows of which nothing here is looked at.
const LOAD: &str = r"{
    cd /usr/share/zabbix-server-pgsql
    zcat schema.sql.gz
    zcat data.sql.gz | sed '/^INSERT INTO hosts /,$d'
    echo 'COMMIT;'
}";
