//! The queue of one Postfix instance: what the tests put into it and what Postfix says of it.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant, SystemTime},
};

use mailhost_tests::{Account, DebianRoot};
use serde_json::Value;

use super::config::Instance;
use crate::message::Message;

/// The queue of one instance, which need not run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue<'a> {
    root: &'a DebianRoot,
    instance: Instance,
    port: u16,
}

/// A message as `postqueue -j` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Where it is: `active`, `deferred`, `hold`, `incoming` or `maildrop`.
    pub(crate) queue: String,
    /// The queue ID.
    pub(crate) id: String,
    /// When it came.
    pub(crate) arrival: SystemTime,
    /// Bytes.
    pub(crate) size: u64,
    /// The envelope sender, `MAILER-DAEMON` for a bounce.
    pub(crate) sender: String,
    /// Every recipient that is left, with the reason why it is.
    pub(crate) recipients: Vec<(String, Option<String>)>,
}

impl<'a> Queue<'a> {
    /// The group that may talk to the services of the mail system.
    pub(crate) const GROUP: &'static str = "postdrop";

    pub(super) fn of(root: &'a DebianRoot, instance: Instance, port: u16) -> Queue<'a> {
        Queue { root, instance, port }
    }

    /// The directory with main.cf, as seen from inside the root.
    pub(crate) fn configuration(&self) -> &'static str {
        self.instance.configuration
    }

    /// The queue directory, as seen from outside the root.
    pub(crate) fn directory(&self) -> PathBuf {
        self.root.join(self.instance.queue)
    }

    /// Puts messages into the queue by SMTP; all are there when this returns, but not all have failed
    /// yet.
    ///
    /// # Panics
    /// With the server's reply, when it does not take them.
    pub(crate) fn fill(&self, message: &Message, count: usize) {
        message.send(self.port, count).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Hands a message to Postfix's `sendmail`, which works also while the mail system is stopped: the
    /// message then stays in maildrop.
    ///
    /// # Panics
    /// When it does not take it.
    pub(crate) fn submit(&self, account: Account, message: &Message) {
        let mut sendmail = self
            .root
            .command_as(account, "sendmail")
            .args(["-C", self.instance.configuration, "-i", "-f", message.sender])
            .args(message.recipients)
            .stdin(Stdio::piped())
            // It warns when no mail system was ever started.
            .stderr(Stdio::null())
            .spawn()
            .expect("run sendmail");
        let mut content = sendmail.stdin.take().expect("a pipe to sendmail");
        let lines = message.content().replace('\r', "");
        content.write_all(lines.as_bytes()).expect("write to sendmail");
        drop(content);
        let status = sendmail.wait().expect("wait for sendmail");
        assert!(status.success(), "{status}");
    }

    /// What `postqueue -j` lists for the superuser, who is answered also while the mail system is
    /// stopped.
    ///
    /// # Panics
    /// When it lists nothing that can be read.
    pub(crate) fn list(&self) -> Vec<Listed> {
        let listing = self.run("postqueue", &["-j"]);
        listing
            .lines()
            .map(|line| Listed::parse(line).unwrap_or_else(|| panic!("{line}")))
            .collect()
    }

    /// When the oldest message came.
    pub(crate) fn oldest(&self) -> Option<SystemTime> {
        self.list().into_iter().map(|message| message.arrival).min()
    }

    /// Waits until every message has failed once, and gives the list.
    ///
    /// # Panics
    /// With the list, when some are still on their way after 20 seconds.
    pub(crate) fn settled(&self) -> Vec<Listed> {
        self.wait_until(|list| {
            list.iter().all(|message| matches!(message.queue.as_str(), "deferred" | "hold"))
        })
    }

    /// Puts a message on hold.
    pub(crate) fn hold(&self, id: &str) {
        self.run("postsuper", &["-h", id]);
    }

    /// Cuts a deferred message's file in two and has Postfix find out, which puts it in `corrupt`.
    ///
    /// # Panics
    /// When there is no such message, or it is not found out.
    pub(crate) fn corrupt(&self, id: &str) {
        let path = find(&self.directory().join("deferred"), id).expect("a deferred message");
        let content = fs::read(&path).expect("read a queue file");
        fs::write(&path, &content[..content.len() / 2]).expect("write a queue file");
        self.run("postqueue", &["-i", id]);
        let corrupt = self.directory().join("corrupt").join(id);
        self.wait_until(|_| corrupt.is_file());
    }

    /// Runs one of Postfix's commands for this instance.
    ///
    /// # Panics
    /// With its words, when it ends with an error.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let arguments = [&["-c", self.instance.configuration], arguments].concat();
        let output = self.root.run(program, &arguments).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8(output.stdout).expect("Postfix's output is UTF-8")
    }

    pub(super) fn check(&self) {
        self.run("postfix", &["check"]);
    }

    fn wait_until(&self, done: impl Fn(&[Listed]) -> bool) -> Vec<Listed> {
        let started = Instant::now();
        loop {
            let list = self.list();
            if done(&list) {
                return list;
            }
            assert!(started.elapsed() < LIMIT, "{list:#?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Listed {
    fn parse(line: &str) -> Option<Listed> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| value.get(name)?.as_u64();
        let recipient = |value: &Value| {
            let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
            Some((text("address")?, text("delay_reason")))
        };
        Some(Listed {
            queue: text("queue_name")?,
            id: text("queue_id")?,
            arrival: SystemTime::UNIX_EPOCH + Duration::from_secs(number("arrival_time")?),
            size: number("message_size")?,
            sender: text("sender")?,
            recipients: value
                .get("recipients")?
                .as_array()?
                .iter()
                .map(recipient)
                .collect::<Option<_>>()?,
        })
    }
}

/// Looks for a file in a directory and its subdirectories.
fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    let mut left = BTreeSet::from([directory.to_owned()]);
    while let Some(directory) = left.pop_first() {
        if directory.join(name).is_file() {
            return Some(directory.join(name));
        }
        let entries =
            fs::read_dir(directory).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        left.extend(entries.filter(|path| path.is_dir()));
    }
    None
}

const LIMIT: Duration = Duration::from_secs(20);
