//! Zabbix as Debian packages it: the server with its database and its API, and agent 2.

mod agent;
mod api;
mod configuration;
mod database;
mod frontend;
mod objects;
mod server;

use std::{sync::LazyLock, time::Duration};

use mailhost_tests::packages::{PACKAGE, bring, deb};
use mailhost_tests::{DebianRoot, Unavailable, skip};

pub(crate) use self::agent::Agent2;
pub(crate) use self::objects::{Host, Problem};
use self::{api::Api, database::Database, frontend::Frontend, server::Server};

/// A running installation without a host and without a template; it stops when this is dropped, and also when the
/// test process ends, so it may be kept in a static.
///
/// All of it is on 127.0.0.1. None of its programs needs /proc.
pub(crate) struct Zabbix {
    api: Api,
    // They stop before the root they run in goes.
    server: Server,
    _frontend: Frontend,
    database: Database,
    root: DebianRoot,
}

/// The one that all tests share, each with hosts of its own; nothing where there can be none, which is said.
pub(crate) fn zabbix() -> Option<&'static Zabbix> {
    static ZABBIX: LazyLock<Option<Zabbix>> =
        LazyLock::new(|| Zabbix::start().inspect_err(|reason| skip("engines/zabbix", reason)).ok());
    ZABBIX.as_ref()
}

impl Zabbix {
    /// Starts all of it, in a Debian with the .deb of the plugins.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with what the program says that is missing.
    fn start() -> Result<Zabbix, Unavailable> {
        let root = DebianRoot::prepare_for_installing("zabbix", PACKAGES, &[])?;
        bring(&root, &deb(), PACKAGE);
        root.run("dpkg", &["-i", PACKAGE]).expect("installed beside Zabbix");
        let started = Database::start(&root).and_then(|database| {
            let mut server = Server::start(&root, database.port())?;
            let mut frontend = Frontend::start(&root, database.port(), server.port())?;
            frontend.wait()?;
            server.wait()?;
            Ok((database, server, frontend))
        });
        let (database, server, frontend) = started.unwrap_or_else(|error| panic!("{error}"));
        let api = Api::login(frontend.port());
        Ok(Zabbix { api, server, _frontend: frontend, database, root })
    }

    /// Where it is installed.
    pub(crate) fn root(&self) -> &DebianRoot {
        &self.root
    }

    /// What the server wrote about itself so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }
}

const PACKAGES: &[&str] = &[
    "nullmailer",
    "php-cli",
    "php-pgsql",
    "postgresql",
    "zabbix-agent2",
    "zabbix-frontend-php",
    "zabbix-server-pgsql",
];
/// Enough for a machine that has much else to do.
const START_LIMIT: Duration = Duration::from_mins(1);
