//! `OpenSMTPD` as Debian packages it, with a queue that fills and does not empty.

mod config;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use demo_host::smtp::SmtpServer;
use mailhost_tests::{Daemon, DaemonError, DebianRoot, Unavailable, free_port};

use crate::message::{Message, full_host};

/// A server whose mail stays in the queue; it knows no mailbox.
pub(crate) struct OpenSmtpd {
    port: u16,
    _full: SmtpServer,
    // Stops before the root it runs in goes.
    daemon: Option<Daemon>,
    root: DebianRoot,
}

/// One recipient of a message, which `OpenSMTPD` calls an envelope, as `smtpctl show queue` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The envelope ID; its first eight digits are the message's.
    pub(crate) id: String,
    /// The envelope sender, `@` for a bounce.
    pub(crate) sender: String,
    /// The recipient.
    pub(crate) recipient: String,
    /// When it came.
    pub(crate) creation: SystemTime,
    /// `pending`, `inflight`, or `offline` while the server is stopped.
    pub(crate) state: String,
    /// Why the last attempt failed; empty before the first has.
    pub(crate) error: String,
}

impl OpenSmtpd {
    /// The group of the program that hands mail to the server.
    pub(crate) const GROUP: &'static str = "opensmtpq";

    /// Starts a server with an empty queue; it takes mail when this returns.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with its output.
    pub(crate) fn start() -> Result<OpenSmtpd, Unavailable> {
        let root = DebianRoot::prepare("opensmtpd", &["opensmtpd"])?;
        let (full, port, refused) = (full_host(), free_port(), free_port());
        let content = config::smtpd_conf(port, refused, full.port());
        root.write(config::SMTPD_CONF, content, 0o644).expect("write the configuration");
        let daemon = start_daemon(&root, port).unwrap_or_else(|error| panic!("{error}"));
        Ok(OpenSmtpd { port, _full: full, daemon: Some(daemon), root })
    }

    /// Ends the server; the queue stays.
    pub(crate) fn stop(&mut self) {
        self.daemon = None;
    }

    /// Puts messages into the queue; all are there when this returns, but not all have failed yet.
    ///
    /// # Panics
    /// With the server's reply, when it does not take them.
    pub(crate) fn queue(&self, message: &Message, count: usize) {
        message.send(self.port, count).unwrap_or_else(|error| panic!("{error}"));
    }

    /// What `smtpctl show queue` lists for the superuser, who is answered also while the server is
    /// stopped.
    ///
    /// # Panics
    /// When it lists nothing that can be read.
    pub(crate) fn list(&self) -> Vec<Listed> {
        let listing = self.run(&["show", "queue"]);
        listing
            .lines()
            .map(|line| Listed::parse(line).unwrap_or_else(|| panic!("{line}")))
            .collect()
    }

    /// When the oldest message came.
    pub(crate) fn oldest(&self) -> Option<SystemTime> {
        self.list().into_iter().map(|envelope| envelope.creation).min()
    }

    /// Waits until every envelope has failed once, and gives the list. A refused connection takes the
    /// server ten seconds to give up.
    ///
    /// # Panics
    /// With the list, when some have not after a minute.
    pub(crate) fn settled(&self) -> Vec<Listed> {
        let started = Instant::now();
        loop {
            let list = self.list();
            // One that is tried again is in flight and keeps the reason of the time before.
            let waits = |it: &Listed| !it.error.is_empty() && it.state != "inflight";
            if list.iter().all(waits) {
                return list;
            }
            assert!(started.elapsed() < LIMIT, "{list:#?}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `smtpctl show stats` counts; what was never counted is not in it.
    pub(crate) fn stats(&self) -> BTreeMap<String, u64> {
        let stats = self.run(&["show", "stats"]);
        let pairs = stats.lines().filter_map(|line| line.split_once('='));
        // The time the server has been up also comes in words.
        pairs.filter_map(|(key, value)| Some((key.to_owned(), value.parse().ok()?))).collect()
    }

    /// The spool, whose `queue` holds the messages, as seen from outside the root.
    pub(crate) fn spool_directory(&self) -> PathBuf {
        self.root.join("/var/spool/smtpd")
    }

    /// Where the server listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The root it runs in.
    pub(crate) fn root(&self) -> &DebianRoot {
        &self.root
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.root.run("smtpctl", arguments).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8(output.stdout).expect("OpenSMTPD's output is UTF-8")
    }
}

impl Listed {
    /// `evpid|inet4|mta|flags|sender|rcpt|dest|creation|expire|last try|retries|state|seconds|error`
    fn parse(line: &str) -> Option<Listed> {
        let fields: Vec<&str> = line.splitn(14, '|').collect();
        let [id, _, _, _, sender, recipient, _, creation, _, _, _, state, _, error] = fields[..]
        else {
            return None;
        };
        Some(Listed {
            id: id.to_owned(),
            sender: sender.to_owned(),
            recipient: recipient.to_owned(),
            creation: SystemTime::UNIX_EPOCH + Duration::from_secs(creation.parse().ok()?),
            state: state.to_owned(),
            error: error.to_owned(),
        })
    }
}

fn start_daemon(root: &DebianRoot, port: u16) -> Result<Daemon, DaemonError> {
    let mut command = root.command("smtpd");
    let output = root.join("/var/log/smtpd.out");
    let mut daemon = Daemon::start("smtpd", command.arg("-d"), &output)?;
    daemon.wait_for_port(port, LIMIT)?;
    Ok(daemon)
}

const LIMIT: Duration = Duration::from_mins(1);
