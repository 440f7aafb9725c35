//! Zabbix as Debian packages it: the server with its database and its API, and agent 2.

mod agent;
mod api;
mod configuration;
mod database;
mod frontend;
mod objects;
mod server;

use std::time::Duration;

use mailhost_tests::packages::{PACKAGE, bring, deb};
use mailhost_tests::{DebianRoot, Unavailable};

pub(crate) use self::agent::Agent2;
pub(crate) use self::objects::{Host, Item, Problem};
use self::{api::Api, database::Database, frontend::Frontend, server::Server};

/// A running installation without a host and without a template; it stops when this is dropped.
///
/// All of it is on 127.0.0.1. Its programs run without /proc.
pub(crate) struct Zabbix<'a> {
    api: Api,
    // They stop in this order: the database would wait for who is connected to it.
    server: Server<'a>,
    _frontend: Frontend,
    _database: Database,
}

impl<'a> Zabbix<'a> {
    /// Starts all of it in a root of [`root`].
    ///
    /// # Panics
    /// When it does not start: with what the program says that is missing.
    pub(crate) fn start(root: &'a DebianRoot) -> Zabbix<'a> {
        let started = Database::start(root).and_then(|database| {
            let mut server = Server::start(root, database.port())?;
            let mut frontend = Frontend::start(root, database.port(), server.port())?;
            frontend.wait()?;
            server.wait()?;
            let api = Api::login(frontend.port());
            Ok(Zabbix { api, server, _frontend: frontend, _database: database })
        });
        started.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The server's port, which active agents and senders are told.
    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// What the server wrote about itself so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }
}

/// A Debian with Zabbix and the .deb. The plugins are where external checks are looked for, under the names that
/// they have in every engine.
///
/// # Errors
/// [`Unavailable`], a reason to skip.
///
/// # Panics
/// When dpkg refuses the package.
pub(crate) fn root() -> Result<DebianRoot, Unavailable> {
    let root = DebianRoot::prepare_for_installing("zabbix", PACKAGES, &[])?;
    bring(&root, &deb(), PACKAGE);
    root.run("dpkg", &["-i", PACKAGE]).expect("installed beside Zabbix");
    server::link_plugins(&root);
    Ok(root)
}

const PACKAGES: &[&str] = &[
    "php-cli",
    "php-pgsql",
    "postgresql",
    "zabbix-agent2",
    "zabbix-frontend-php",
    "zabbix-server-pgsql",
];
/// Enough for a machine that has much else to do.
const START_LIMIT: Duration = Duration::from_mins(1);
