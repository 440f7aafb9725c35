//! Postfix with Dovecot for its passwords and mailboxes, as a mail host for example.org.

mod config;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use mailhost_tests::{Daemon, DaemonError, DebianRoot, Unavailable, free_port};

use crate::certificates::{self, Certificate, Keys};

/// How a server differs from a well-kept one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The certificate of every port.
    pub(crate) certificate: Certificate,
    /// The keys of that certificate and of its authority.
    pub(crate) keys: Keys,
    /// Lines for the end of main.cf, for what has no setting of its own here.
    pub(crate) main_cf: &'static str,
    /// Take mail from loopback to anywhere. It is discarded, whatever happens.
    pub(crate) open_relay: bool,
}

/// A running server; it is stopped when this is dropped, and also when the test process ends, so it may
/// be kept in a static.
///
/// It accepts mail for alice@, postmaster@ and everybody else listed in `config.rs` at example.org,
/// hands it to Dovecot by LMTP, and never looks anything up in the DNS.
pub(crate) struct Postfix {
    ports: Ports,
    // The processes stop before the root they run in goes.
    _master: Daemon,
    _dovecot: Daemon,
    root: DebianRoot,
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    lmtp: u16,
    postscreen: u16,
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
        let root = DebianRoot::prepare("postfix", &PACKAGES)?;
        let ports = Ports {
            lmtp: free_port(),
            postscreen: free_port(),
            smtp: free_port(),
            smtps: free_port(),
            submission: free_port(),
        };
        configure(&root, settings, ports);
        let started = start_dovecot(&root, ports).and_then(|dovecot| {
            let master = start_postfix(&root, ports)?;
            Ok((master, dovecot))
        });
        let (master, dovecot) =
            started.unwrap_or_else(|error| panic!("{error}\nmail log:\n{}", mail_log(&root)));
        Ok(Postfix { ports, _master: master, _dovecot: dovecot, root })
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

    /// The directory with main.cf, as seen from outside the root.
    #[expect(dead_code, reason = "for the tests of the queue plugin")]
    pub(crate) fn config_directory(&self) -> PathBuf {
        self.root.join("/etc/postfix")
    }

    /// The queue directory, as seen from outside the root.
    #[expect(dead_code, reason = "for the tests of the queue plugin")]
    pub(crate) fn queue_directory(&self) -> PathBuf {
        self.root.join("/var/spool/postfix")
    }

    /// The root it runs in, for a test that has to run one of Postfix's own commands.
    #[expect(dead_code, reason = "for the tests of the queue plugin")]
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
}

fn start_dovecot(root: &DebianRoot, ports: Ports) -> Result<Daemon, DaemonError> {
    let mut command = root.command("dovecot");
    let output = root.join("/var/log/dovecot.out");
    let mut dovecot = Daemon::start("dovecot", command.arg("-F"), &output)?;
    dovecot.wait_for_port(ports.lmtp, START_LIMIT)?;
    Ok(dovecot)
}

fn start_postfix(root: &DebianRoot, ports: Ports) -> Result<Daemon, DaemonError> {
    root.run("postfix", &["check"]).expect("Postfix accepts its configuration");
    // `postfix start-fg` puts the master in a session of its own, out of reach of a signal to the
    // group; with -d it stays, and as the leader of its group it stops all its children on SIGTERM.
    let mut command = root.command("/usr/lib/postfix/sbin/master");
    let output = root.join("/var/log/postfix.out");
    let mut postfix = Daemon::start("postfix", command.arg("-d"), &output)?;
    for port in [ports.smtp, ports.smtps, ports.submission, ports.postscreen] {
        postfix.wait_for_port(port, START_LIMIT)?;
    }
    Ok(postfix)
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
