//! Postfix with Dovecot for its passwords and mailboxes, as a mail host for example.org.

mod config;
pub(crate) mod queue;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use demo_host::smtp::SmtpServer;
use mailhost_tests::{Daemon, DaemonError, DebianRoot, Unavailable, free_port};

pub(crate) use self::queue::Queue;
use crate::{
    certificates::{self, Certificate, Keys},
    message::full_host,
};

/// How a server differs from a well-kept one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The certificate of every port.
    pub(crate) certificate: Certificate,
    /// The keys of that certificate and of its authority.
    pub(crate) keys: Keys,
    /// Lines for the end of main.cf, for what has no setting of its own here.
    pub(crate) main_cf: &'static str,
    /// Debian packages beside Postfix and Dovecot.
    pub(crate) more_packages: &'static [&'static str],
    /// What becomes of mail that is not for example.org.
    pub(crate) relay: Relay,
    /// A second instance, `postfix-out`, under the same [`Relay`].
    pub(crate) second_instance: bool,
}

/// What becomes of a stranger's mail that is not for example.org.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Relay {
    /// It is not taken.
    #[default]
    Refused,
    /// It is taken and thrown away.
    Discarded,
    /// It is taken and stays in the queue, with a reason as [`message`](crate::message) says.
    Deferred,
}

/// A server, which runs unless it was only prepared or has been stopped; it ends when this is dropped,
/// and also when the test process ends, so it may be kept in a static.
///
/// It accepts mail for alice@, postmaster@ and everybody else listed in `config.rs` at example.org,
/// hands it to Dovecot by LMTP, and never looks anything up in the DNS.
pub(crate) struct Postfix {
    ports: Ports,
    _full: SmtpServer,
    // The processes stop before the root they run in goes. One for every instance.
    masters: Vec<Daemon>,
    dovecot: Option<Daemon>,
    root: DebianRoot,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    full: u16,
    lmtp: u16,
    postscreen: u16,
    refused: u16,
    second: Option<u16>,
    smtp: u16,
    smtps: u16,
    submission: u16,
}

impl Postfix {
    /// The account every server has.
    pub(crate) const USER: &str = "alice";
    /// Its password.
    pub(crate) const PASSWORD: &str = "open sesame";
    /// The SIZE the server announces, in bytes.
    pub(crate) const SIZE_LIMIT: u32 = 10_240_000;

    /// Starts a server; it answers on all its ports when this returns.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When it should run but does not: with its output and its log.
    pub(crate) fn start(settings: &Settings) -> Result<Postfix, Unavailable> {
        let mut postfix = Postfix::prepare(settings)?;
        let started = start_dovecot(&postfix.root, postfix.ports).and_then(|dovecot| {
            postfix.dovecot = Some(dovecot);
            postfix.start_masters()
        });
        started.unwrap_or_else(|error| panic!("{error}\nmail log:\n{}", postfix.log()));
        Ok(postfix)
    }

    /// Sets up a server and starts none of it: the queue directories are there, the sockets are not.
    ///
    /// # Errors
    /// [`Unavailable`] when this machine cannot run it, which is a reason to skip.
    ///
    /// # Panics
    /// When Postfix does not accept its configuration.
    pub(crate) fn prepare(settings: &Settings) -> Result<Postfix, Unavailable> {
        let root = DebianRoot::prepare("postfix", &[&PACKAGES, settings.more_packages].concat())?;
        let full = full_host();
        let ports = Ports {
            full: full.port(),
            lmtp: free_port(),
            postscreen: free_port(),
            refused: free_port(),
            second: settings.second_instance.then(free_port),
            smtp: free_port(),
            smtps: free_port(),
            submission: free_port(),
        };
        configure(&root, settings, ports);
        let postfix = Postfix { ports, _full: full, masters: Vec::new(), dovecot: None, root };
        for queue in postfix.queues() {
            queue.check();
        }
        Ok(postfix)
    }

    /// Ends every process; as on a mail host, the sockets in the queue directories stay.
    pub(crate) fn stop(&mut self) {
        self.masters.clear();
        self.dovecot = None;
    }

    /// Like port 25: plain text with STARTTLS offered, no AUTH.
    pub(crate) fn smtp_port(&self) -> u16 {
        self.ports.smtp
    }

    /// Like port 465: TLS from the first byte, AUTH.
    pub(crate) fn smtps_port(&self) -> u16 {
        self.ports.smtps
    }

    /// Like port 587: STARTTLS and AUTH required before mail.
    pub(crate) fn submission_port(&self) -> u16 {
        self.ports.submission
    }

    /// Like port 25 behind postscreen, which sends a `220-` line and waits two seconds before it goes on.
    pub(crate) fn postscreen_port(&self) -> u16 {
        self.ports.postscreen
    }

    /// Dovecot's LMTP.
    pub(crate) fn lmtp_port(&self) -> u16 {
        self.ports.lmtp
    }

    /// The authority that signed the server's certificate (unless that is self-signed), in PEM.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.root.join(config::CA_FILE)
    }

    /// The queue of the instance that every other command means.
    pub(crate) fn queue(&self) -> Queue<'_> {
        Queue::of(&self.root, config::FIRST, self.ports.smtp)
    }

    /// The queue of the second instance.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn second_queue(&self) -> Queue<'_> {
        let port = self.ports.second.expect("a second instance");
        Queue::of(&self.root, config::SECOND, port)
    }

    fn queues(&self) -> Vec<Queue<'_>> {
        let second = self.ports.second.map(|_| self.second_queue());
        [self.queue()].into_iter().chain(second).collect()
    }

    fn start_masters(&mut self) -> Result<(), DaemonError> {
        let mut masters = vec![start_master(&self.root, config::FIRST, "postfix")?];
        let Ports { smtp, smtps, submission, postscreen, second, .. } = self.ports;
        for port in [smtp, smtps, submission, postscreen] {
            masters[0].wait_for_port(port, START_LIMIT)?;
        }
        self.wait_for_sockets(&mut masters[0], config::FIRST)?;
        if let Some(port) = second {
            let mut master = start_master(&self.root, config::SECOND, "postfix-out")?;
            master.wait_for_port(port, START_LIMIT)?;
            self.wait_for_sockets(&mut master, config::SECOND)?;
            masters.push(master);
        }
        self.masters = masters;
        Ok(())
    }

    /// The master takes its services one by one: an open port says nothing of those further down.
    fn wait_for_sockets(
        &self,
        master: &mut Daemon,
        instance: config::Instance,
    ) -> Result<(), DaemonError> {
        let last = self.root.join(instance.queue).join(config::LAST_SOCKET);
        master.wait_until("the socket of its last service", START_LIMIT, || last.exists())
    }

    /// The root it runs in, for a test that has to run one of Postfix's own commands.
    pub(crate) fn root(&self) -> &DebianRoot {
        &self.root
    }

    /// Postfix's log and Dovecot's, so far.
    pub(crate) fn log(&self) -> String {
        mail_log(&self.root)
    }

    /// Waits for a text in the log, which is written a little after the client has its reply.
    ///
    /// # Panics
    /// With the whole log, when the text does not come.
    pub(crate) fn wait_for_log(&self, text: &str) {
        let started = Instant::now();
        while !self.log().contains(text) {
            assert!(started.elapsed() < LOG_LIMIT, "no {text:?} in the log:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn configure(root: &DebianRoot, settings: &Settings, ports: Ports) {
    let issued =
        certificates::issue(settings.certificate, settings.keys).expect("issue a certificate");
    let files: [(&str, Vec<u8>, u32); 8] = [
        (config::CA_FILE, issued.authority, 0o644),
        (config::CERTIFICATE_FILE, issued.certificate, 0o644),
        (config::KEY_FILE, issued.key, 0o600),
        (config::MAIN_CF, config::main_cf(settings, ports).into(), 0o644),
        (config::MASTER_CF, config::master_cf(ports).into(), 0o644),
        (config::MAILBOXES, config::mailboxes().into(), 0o644),
        (config::DOVECOT_CONF, config::dovecot_conf(ports).into(), 0o644),
        (config::USERS, config::users().into(), 0o644),
    ];
    for (path, content, mode) in files {
        root.write(path, content, mode).unwrap_or_else(|error| panic!("write {path}: {error}"));
    }
    fs::create_dir_all(root.join(config::MAIL)).expect("make the mail directory");
    root.run("chown", &["mail:mail", config::MAIL]).expect("give the mail directory to its user");
    if let Some(port) = ports.second {
        // `postfix check` makes only what belongs into these.
        let directories = [config::SECOND.queue, config::SECOND_DATA];
        root.run("install", &[&["-d"], &directories[..]].concat()).expect("make directories");
        root.run("chown", &["postfix", config::SECOND_DATA]).expect("give Postfix its directory");
        let (main, master) =
            (config::second_main_cf(ports, settings), config::second_master_cf(port));
        for (file, content) in [("main.cf", main), ("master.cf", master)] {
            let path = format!("{}/{file}", config::SECOND.configuration);
            root.write(&path, content, 0o644)
                .unwrap_or_else(|error| panic!("write {path}: {error}"));
        }
    }
}

fn start_dovecot(root: &DebianRoot, ports: Ports) -> Result<Daemon, DaemonError> {
    let mut command = root.command("dovecot");
    let output = root.join("/var/log/dovecot.out");
    let mut dovecot = Daemon::start("dovecot", command.arg("-F"), &output)?;
    dovecot.wait_for_port(ports.lmtp, START_LIMIT)?;
    Ok(dovecot)
}

fn start_master(
    root: &DebianRoot,
    instance: config::Instance,
    name: &str,
) -> Result<Daemon, DaemonError> {
    // `postfix start-fg` puts the master in a session of its own, out of reach of a signal to the
    // group; with -d it stays, and as the leader of its group it stops all its children on SIGTERM.
    let mut command = root.command("/usr/lib/postfix/sbin/master");
    let output = root.join("/var/log").join(name).with_extension("out");
    Daemon::start(name, command.args(["-d", "-c", instance.configuration]), &output)
}

fn mail_log(root: &DebianRoot) -> String {
    read_lossy(&root.join(config::MAIL_LOG)) + &read_lossy(&root.join(config::DOVECOT_LOG))
}

fn read_lossy(path: &Path) -> String {
    fs::read(path).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
}

const LOG_LIMIT: Duration = Duration::from_secs(20);
const PACKAGES: [&str; 3] = ["dovecot-core", "dovecot-lmtpd", "postfix"];
const START_LIMIT: Duration = Duration::from_secs(30);
