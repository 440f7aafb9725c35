//! Exim as Debian packages it, with a spool that fills and does not empty.

mod config;

use std::{
    io::Write,
    path::PathBuf,
    process::Stdio,
    time::{Duration, SystemTime},
};

use demo_host::smtp::SmtpServer;
use mailhost_tests::{Account, Daemon, DebianRoot, Unavailable, free_port};

use crate::message::{Message, full_host};

/// How a server differs from one as Debian sets it up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Everybody may list the queue, not only Exim's administrators.
    pub(crate) anyone_lists: bool,
    /// New messages go to one-letter subdirectories of the spool.
    pub(crate) split: bool,
}

/// A server whose mail stays in the spool: nothing is delivered before [`try_all`](Exim::try_all), and
/// nothing succeeds then.
///
/// No daemon is needed for a queue to be there; [`start_daemon`](Exim::start_daemon) starts one.
pub(crate) struct Exim {
    port: u16,
    refused: u16,
    full: SmtpServer,
    // Stops before the root it runs in goes.
    daemon: Option<Daemon>,
    root: DebianRoot,
}

/// A message as `exim -bp` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Exim's message ID.
    pub(crate) id: String,
    /// The envelope sender, empty for a bounce.
    pub(crate) sender: String,
    /// Whether no delivery is tried any more.
    pub(crate) frozen: bool,
    /// Who it still has to go to.
    pub(crate) recipients: Vec<String>,
}

impl Exim {
    /// The user the spool belongs to.
    pub(crate) const OWNER: Account = Account::user("Debian-exim");
    /// The group whose members may list the queue, and do everything else with it.
    pub(crate) const ADMINISTRATORS: &str = "Debian-exim";

    /// Sets up a server with an empty spool.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not.
    pub(crate) fn prepare(settings: Settings) -> Result<Exim, Unavailable> {
        let root = DebianRoot::prepare("exim", &["exim4-daemon-light"])?;
        let (port, refused) = (free_port(), free_port());
        let exim = Exim { port, refused, full: full_host(), daemon: None, root };
        exim.configure(settings);
        Ok(exim)
    }

    /// Changes the configuration for all commands from now on; a daemon does not notice.
    pub(crate) fn configure(&self, settings: Settings) {
        let content = config::exim_conf(settings, self.port, self.refused, self.full.port());
        self.root.write(config::EXIM_CONF, content, 0o644).expect("write the configuration");
    }

    /// Starts the daemon that takes mail by SMTP; it delivers none and its queue runner sleeps.
    ///
    /// # Panics
    /// With its output, when it does not start.
    pub(crate) fn start_daemon(&mut self) {
        let mut command = self.root.command("exim");
        let output = self.root.join("/var/log/exim.out");
        let started = Daemon::start("exim", command.args(["-bdf", "-q1d", "-odq"]), &output)
            .and_then(|mut daemon| daemon.wait_for_port(self.port, START_LIMIT).map(|()| daemon));
        self.daemon = Some(started.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Where the daemon listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Puts `count` messages into the spool.
    ///
    /// # Panics
    /// With Exim's words, when it does not take them.
    pub(crate) fn queue(&self, message: &Message, count: usize) {
        let mut command = self.root.command("exim");
        let mut exim = command
            .args(["-odq", "-bS"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run exim");
        let mut batch = exim.stdin.take().expect("a pipe to exim");
        // What it says about a message it refuses is short and fits into the pipes.
        batch.write_all(message.batch(count).as_bytes()).expect("write to exim");
        drop(batch);
        let output = exim.wait_with_output().expect("wait for exim");
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    }

    /// Tries every message once, frozen ones excepted; each is deferred and its reason recorded.
    pub(crate) fn try_all(&self) {
        self.run(&["-qf"]);
    }

    /// Freezes a message.
    pub(crate) fn freeze(&self, id: &str) {
        self.run(&["-Mf", id]);
    }

    /// What `exim -bpc` counts.
    pub(crate) fn count(&self) -> usize {
        self.run(&["-bpc"]).trim().parse().expect("a number")
    }

    /// What `exim -bp` lists, oldest first.
    pub(crate) fn list(&self) -> Vec<Listed> {
        self.run(&["-bp"]).split_terminator("\n\n").map(Listed::parse).collect()
    }

    /// When the oldest message came, as Exim has recorded it; its list shows no more than the minutes.
    pub(crate) fn oldest(&self) -> Option<SystemTime> {
        let id = self.list().first()?.id.clone();
        let seconds = self.run(&["-Mset", &id, "-be", "$received_time"]);
        let seconds = seconds.trim().parse().expect("seconds");
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// The directory that holds a message's files, or the subdirectories of a split spool, as seen from
    /// outside the root.
    pub(crate) fn input_directory(&self) -> PathBuf {
        self.root.join(config::SPOOL).join("input")
    }

    /// The root it runs in.
    pub(crate) fn root(&self) -> &DebianRoot {
        &self.root
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.root.run("exim", arguments).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8(output.stdout).expect("exim's output is UTF-8")
    }
}

impl Listed {
    /// `25m  2.9K 0t5C6f-0000c8-00 <carol@example.net> *** frozen ***`, then a line per recipient,
    /// with a `D` in front when it has got there.
    fn parse(block: &str) -> Listed {
        let mut lines = block.lines();
        let first = lines.next().unwrap_or_default();
        let id = first.split_whitespace().nth(2).unwrap_or_default();
        let (_, sender) = first.split_once(" <").unwrap_or_else(|| panic!("{block}"));
        let (sender, mark) = sender.rsplit_once('>').unwrap_or_else(|| panic!("{block}"));
        let recipients = lines.map(str::trim).filter(|line| !line.starts_with("D "));
        Listed {
            id: id.to_owned(),
            sender: sender.to_owned(),
            frozen: mark == " *** frozen ***",
            recipients: recipients.map(str::to_owned).collect(),
        }
    }
}

const START_LIMIT: Duration = Duration::from_secs(30);
