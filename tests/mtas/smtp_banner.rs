//! What `check_smtp_banner` says about a real Postfix and a real Dovecot, and of domains behind a real
//! Knot and a real Unbound.

mod certificates;
mod dane;
mod dialogue;
mod limits;
mod login;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicU8, Ordering},
    },
};

use mailhost_tests::{Plugin, Run, skip};
use regex_lite::Regex;

use crate::{
    certificates::HOST,
    postfix::{Postfix, Settings},
};

/// The well-kept server that most tests share.
///
/// It punishes a client that does not wait for its turn, as Postfix does by default since 3.9.
fn well_kept() -> Option<&'static Postfix> {
    static SERVER: LazyLock<Option<Postfix>> = LazyLock::new(|| {
        start(&Settings { main_cf: "smtpd_forbid_unauth_pipelining = yes", ..Settings::default() })
    });
    SERVER.as_ref()
}

fn start(settings: &Settings) -> Option<Postfix> {
    Postfix::start(settings).inspect_err(|reason| skip("mtas/smtp_banner", reason)).ok()
}

/// A series of checks from a loopback address of its own, by which the server's log tells them from
/// those of other tests and from the test code's own connections.
struct Monitor<'a> {
    postfix: &'a Postfix,
    address: Ipv4Addr,
}

impl<'a> Monitor<'a> {
    fn of(postfix: &'a Postfix) -> Monitor<'a> {
        static LAST: AtomicU8 = AtomicU8::new(1);
        let address = Ipv4Addr::new(127, 0, 0, LAST.fetch_add(1, Ordering::Relaxed) + 1);
        TcpListener::bind((address, 0)).expect("all of 127.0.0.0/8 is loopback");
        Monitor { postfix, address }
    }

    /// Checks a port of the server.
    fn check(&self, port: u16, arguments: &[&str]) -> Answer {
        let run = Plugin::named("check_smtp_banner")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .args(["--source-address", &self.address.to_string()])
            .args(arguments)
            .run();
        assert_eq!(run.stderr, "", "{arguments:?}");
        Answer { asked: format!("{arguments:?}"), address: self.address, run }
    }

    /// As [`check`](Monitor::check), with the authority known and the server's name given.
    fn check_tls(&self, port: u16, arguments: &[&str]) -> Answer {
        let authority = self.postfix.ca_file();
        let authority = path(&authority);
        self.check(port, &[&["--ca-file", authority, "--sni", HOST], arguments].concat())
    }

    /// Holds the log against what a polite client leaves in it: every connection ended with QUIT.
    ///
    /// # Panics
    /// With the lines in which Postfix complains.
    fn assert_polite(&self) {
        // Its line is written last, so those of the checks before it are there with it.
        let last = format!("{}.last.example.net", self.address);
        let port = self.postfix.smtp_port();
        let refused = "nobody@example.org";
        let _ = self.check(port, &["-F", &last, "--rcpt", refused]);
        self.postfix.wait_for_log(&format!("helo=<{last}>"));
        let log = self.postfix.log();
        let client = format!("[{}]", self.address);
        let complaints: Vec<&str> = log
            .lines()
            .filter(|line| line.contains(&client))
            .filter(|line| IMPOLITE.iter().any(|sign| line.contains(sign)))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

/// What a check said and what it was asked.
struct Answer {
    asked: String,
    address: Ipv4Addr,
    run: Run,
}

impl Answer {
    /// Holds the first line, up to the performance data, and the exit code against a text such as
    /// `OK - SERVER 220 ..., TIME`.
    #[track_caller]
    fn says(self, expected: &str) -> Answer {
        let first = self.run.stdout.lines().next().unwrap_or_default();
        let (said, _) = first.split_once(" | ").unwrap_or((first, ""));
        let said = self.normalised(said);
        assert_eq!(said, format!("SMTP BANNER {expected}"), "{}\n{}", self.asked, self.run.stdout);
        let state = expected.split(' ').next().unwrap_or_default();
        let code = ["OK", "WARNING", "CRITICAL", "UNKNOWN"].iter().position(|name| *name == state);
        assert_eq!(usize::try_from(self.run.code).ok(), code, "{}", self.asked);
        self
    }

    /// Holds the performance data against labels, thresholds and limits; every number of seconds is V.
    #[track_caller]
    fn measures(self, expected: &str) -> Answer {
        let first = self.run.stdout.lines().next().unwrap_or_default();
        let (_, measured) = first.split_once(" | ").unwrap_or_default();
        assert_eq!(replace(measured, r"=-?[0-9.]+s", "=Vs"), expected);
        self
    }

    /// Looks for a text in the lines after the first.
    #[track_caller]
    fn explains(self, expected: &str) -> Answer {
        let said = self.normalised(&self.run.stdout);
        let (_, rest) = said.split_once('\n').unwrap_or_default();
        assert!(rest.contains(expected), "no {expected:?} in:\n{said}");
        self
    }

    /// The value of one metric.
    fn value(&self, label: &str) -> f64 {
        let (_, rest) = self
            .run
            .stdout
            .split_once(&format!(" {label}="))
            .unwrap_or_else(|| panic!("no {label} in:\n{}", self.run.stdout));
        let number = rest.split(|c: char| !matches!(c, '0'..='9' | '.')).next();
        number
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("{label} is no number:\n{}", self.run.stdout))
    }

    fn normalised(&self, text: &str) -> String {
        let text = replace(text, r"127\.0\.0\.1:\d+", "SERVER");
        let text = text.replace(&self.address.to_string(), "MONITOR");
        let text = replace(&text, r"\b\d+ ms\b|\b\d+\.\d\d s\b", "TIME");
        replace(&text, r"\d{4}-\d\d-\d\d", "DATE")
    }
}

fn replace(text: &str, pattern: &str, with: &str) -> String {
    let pattern = Regex::new(pattern).expect("a pattern of this file");
    pattern.replace_all(text, with).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of the tests is UTF-8")
}

/// What Postfix logs about a client that leaves without a word or speaks out of turn.
const IMPOLITE: [&str; 6] = [
    "lost connection",
    "improper command pipelining",
    "non-SMTP command",
    "PREGREET",
    "HANGUP",
    "timeout after",
];
/// The whole first line about a server in good order, without TLS.
const GOOD: &str = "OK - SERVER 220 mail.example.org ESMTP Postfix, TIME";
/// The same with TLS.
const GOOD_TLS: &str =
    "OK - SERVER 220 mail.example.org ESMTP Postfix, TLSv1.3, certificate expires in 90 days, TIME";
