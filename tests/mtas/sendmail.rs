//! Sendmail as Debian packages it, with queues that fill and do not empty.

mod config;

use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Stdio,
    time::{Duration, SystemTime},
};

use demo_host::smtp::SmtpServer;
use mailhost_tests::{Account, Daemon, DaemonError, DebianRoot, Unavailable, free_port};

use crate::message::{Message, full_host};

/// How a server differs from one as Debian sets it up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Where the server's messages wait.
    pub(crate) layout: Layout,
    /// Only the group of the queue may list it: `restrictmailq`.
    pub(crate) restrict_mailq: bool,
}

/// The directories of the server's queue below /var/spool/mqueue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Messages lie in that directory itself.
    #[default]
    One,
    /// `q1`, which has a directory for each kind of file, and `q2`, which has none, by a wildcard; and
    /// `bulk1`, a queue group for mail to [`FULL`](crate::message::FULL).
    Several,
}

/// A running server whose mail stays in the queue: nothing is delivered before
/// [`try_all`](Sendmail::try_all), and nothing succeeds then.
///
/// As on every Debian host there are two queues: the server's, and the one into which the `sendmail`
/// command puts what it cannot hand to the server.
pub(crate) struct Sendmail {
    port: u16,
    _full: SmtpServer,
    // Stops before the root it runs in goes.
    daemon: Option<Daemon>,
    root: DebianRoot,
}

impl Sendmail {
    /// The group of both queues.
    pub(crate) const GROUP: &'static str = "smmsp";

    /// Starts a server with empty queues; it takes mail when this returns.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with its output.
    pub(crate) fn start(settings: Settings) -> Result<Sendmail, Unavailable> {
        let root = DebianRoot::prepare("sendmail", &["sendmail-bin"])?;
        let (full, port, refused) = (full_host(), free_port(), free_port());
        for (path, content) in config::files(settings, port, refused, full.port()) {
            root.write(path, content, 0o644)
                .unwrap_or_else(|error| panic!("write {path}: {error}"));
        }
        if settings.layout == Layout::Several {
            make_directories(&root);
        }
        let daemon = start_daemon(&root, port).unwrap_or_else(|error| panic!("{error}"));
        Ok(Sendmail { port, _full: full, daemon: Some(daemon), root })
    }

    /// Ends the server; the queues stay.
    pub(crate) fn stop(&mut self) {
        self.daemon = None;
    }

    /// Puts `count` messages into the server's queue.
    ///
    /// # Panics
    /// With the server's reply, when it does not take them.
    pub(crate) fn queue(&self, message: &Message, count: usize) {
        message.send(self.port, count).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Puts a message of a local user into the queue of the `sendmail` command.
    ///
    /// # Panics
    /// When it does not take it.
    pub(crate) fn submit(&self, account: Account, message: &Message) {
        let mut sendmail = self
            .root
            .command_as(account, "sendmail")
            .args(["-Ac", "-odq", "-i"])
            .args(message.recipients)
            .stdin(Stdio::piped())
            .spawn()
            .expect("run sendmail");
        let mut content = sendmail.stdin.take().expect("a pipe to sendmail");
        content.write_all(message.content().as_bytes()).expect("write to sendmail");
        drop(content);
        let status = sendmail.wait().expect("wait for sendmail");
        assert!(status.success(), "{status}");
    }

    /// Tries every message of the server's queue once; each is deferred and its reason recorded.
    pub(crate) fn try_all(&self) {
        self.run("sendmail", &["-Am", "-q", "-v"]);
    }

    /// Puts a message of the server's queue into quarantine.
    pub(crate) fn quarantine(&self, id: &str, reason: &str) {
        self.run("sendmail", &["-Am", &format!("-Q{reason}"), &format!("-qI{id}")]);
    }

    /// Makes a control file of the server's queue one that everybody may write, and lets Sendmail find
    /// it, which then no longer touches the message and calls it lost.
    ///
    /// # Panics
    /// When there is no such message.
    pub(crate) fn lose(&self, id: &str) {
        let name = format!("qf{id}");
        let path = self.control_files("qf").into_iter().find(|path| path.ends_with(&name));
        let path = path.expect("a message of the queue");
        fs::set_permissions(path, Permissions::from_mode(0o666)).expect("change a mode");
        self.run("sendmail", &["-Am", &format!("-qI{id}"), "-v"]);
    }

    /// What `mailq` says to the superuser.
    pub(crate) fn mailq(&self, arguments: &[&str]) -> String {
        self.run("mailq", arguments)
    }

    /// How many messages `mailq` finds, in all the queues that the arguments mean.
    ///
    /// # Panics
    /// With its words, when a number is none.
    pub(crate) fn count(&self, arguments: &[&str]) -> usize {
        let said = self.mailq(arguments);
        let totals = said.lines().filter_map(|line| line.trim().strip_prefix("Total requests: "));
        totals.map(|total| total.parse::<usize>().unwrap_or_else(|_| panic!("{said}"))).sum()
    }

    /// When the oldest message of the server's queue came, as its control file says: `mailq` shows no
    /// more than the minutes.
    pub(crate) fn oldest(&self) -> Option<SystemTime> {
        self.control_files("qf").into_iter().map(|path| created(&path)).min()
    }

    /// The server's control files: `qf` waiting, `hf` in quarantine, `Qf` lost; as seen from outside the
    /// root.
    pub(crate) fn control_files(&self, kind: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut left = vec![self.queue_directory()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(&directory).expect("read a queue directory") {
                let entry = entry.expect("an entry");
                if entry.path().is_dir() {
                    left.push(entry.path());
                } else if entry.file_name().to_string_lossy().starts_with(kind) {
                    found.push(entry.path());
                }
            }
        }
        found
    }

    /// The server's queue directory, or the one above all of them, as seen from outside the root.
    pub(crate) fn queue_directory(&self) -> PathBuf {
        self.root.join(config::QUEUE)
    }

    /// The queue directory of the `sendmail` command, as seen from outside the root.
    pub(crate) fn client_queue_directory(&self) -> PathBuf {
        self.root.join(config::CLIENT_QUEUE)
    }

    /// Where the server listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The root it runs in.
    pub(crate) fn root(&self) -> &DebianRoot {
        &self.root
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.root.run(program, arguments).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8(output.stdout).expect("Sendmail's output is UTF-8")
    }
}

fn make_directories(root: &DebianRoot) {
    let directories = config::DIRECTORIES.map(|name| format!("{}/{name}", config::QUEUE));
    let owner = ["-d", "-o", "smmta", "-g", Sendmail::GROUP, "-m", "2750"];
    let arguments: Vec<&str> =
        owner.into_iter().chain(directories.iter().map(String::as_str)).collect();
    root.run("install", &arguments).expect("make queue directories");
}

fn start_daemon(root: &DebianRoot, port: u16) -> Result<Daemon, DaemonError> {
    let mut command = root.command("sendmail");
    let output = root.join("/var/log/sendmail.out");
    let mut daemon = Daemon::start("sendmail", command.args(["-bD", "-odq"]), &output)?;
    daemon.wait_for_port(port, START_LIMIT)?;
    Ok(daemon)
}

/// The `T` line of a control file.
fn created(path: &PathBuf) -> SystemTime {
    let content = fs::read(path).expect("read a control file");
    let content = String::from_utf8_lossy(&content);
    let line = content.lines().find_map(|line| line.strip_prefix('T')).expect("a T line");
    SystemTime::UNIX_EPOCH + Duration::from_secs(line.parse().expect("seconds"))
}

const START_LIMIT: Duration = Duration::from_secs(30);
