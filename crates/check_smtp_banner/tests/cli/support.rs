//! Runs the program, and makes what it says comparable.

use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use demo_host::certificates::{Authority, CertificateSpec, Identity};
use demo_host::smtp::{Script, Session, SmtpServer, Tls};
use regex_lite::Regex;
use tempfile::TempDir;

/// How the program is called. The environment is empty but for `PATH`, and stdin is closed.
pub(crate) struct Call {
    pub(crate) program: PathBuf,
    args: Vec<OsString>,
    environment: Vec<(&'static str, &'static str)>,
    port: u16,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    /// With `PORT`, `TIME` and `DATE` in place of what changes from run to run.
    pub(crate) stdout: String,
    pub(crate) code: i32,
    pub(crate) took: Duration,
}

impl Call {
    pub(crate) fn new<S: Into<OsString> + Clone>(args: &[S]) -> Self {
        Self {
            program: env!("CARGO_BIN_EXE_check_smtp_banner").into(),
            args: args.iter().cloned().map(Into::into).collect(),
            environment: Vec::new(),
            port: 0,
        }
    }

    /// A call of the server at a port of 127.0.0.1.
    pub(crate) fn of_port(port: u16, args: &[&str]) -> Self {
        let target = format!("-H 127.0.0.1 -p {port}");
        let args: Vec<&str> = target.split(' ').chain(args.iter().copied()).collect();
        Self {
            port,
            ..Self::new(&args)
        }
    }

    pub(crate) fn with(mut self, variable: &'static str, value: &'static str) -> Self {
        self.environment.push((variable, value));
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, and holds it to what every run has to keep.
    pub(crate) fn run(&self) -> Run {
        self.finish(self.command().spawn().unwrap())
    }

    pub(crate) fn finish(&self, mut child: Child) -> Run {
        let start = Instant::now();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        let code = child.wait().unwrap().code().unwrap();
        let took = start.elapsed();
        assert_eq!(stderr, "", "{stdout}");
        assert!((0..=3).contains(&code), "{stdout}");
        assert!(stdout.ends_with('\n'), "{stdout}");
        assert!(
            !stdout.chars().any(|c| c.is_control() && c != '\n'),
            "{stdout:?}"
        );
        if stdout.starts_with("SMTP BANNER") {
            assert!(stdout.matches('|').count() <= 1, "{stdout}");
            assert!(!stdout.contains(['<', '>']), "{stdout}");
        }
        Run {
            stdout: self.normal(&stdout),
            code,
            took,
        }
    }

    fn normal(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if self.port != 0 {
            text = text.replace(&format!("127.0.0.1:{}", self.port), "127.0.0.1:PORT");
        }
        for (pattern, placeholder) in [
            (r"\b[0-9]+ ms\b", "TIME"),
            (r"\b[0-9]+\.[0-9]{2} s\b", "TIME"),
            (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", "DATE"),
        ] {
            let regex = Regex::new(pattern).unwrap();
            text = regex.replace_all(&text, placeholder).into_owned();
        }
        text
    }
}

/// Runs the program against a port of 127.0.0.1.
pub(crate) fn check(port: u16, args: &[&str]) -> Run {
    Call::of_port(port, args).run()
}

/// Runs the program against a server that follows the script and is gone afterwards. Without a word
/// of it the conduct of the program is checked: one connection, lock-step, QUIT, no DATA.
pub(crate) fn check_script(script: Script, args: &[&str]) -> Run {
    let server = start(script);
    let run = check(server.port(), args);
    polite(&server);
    run
}

/// The same with a server that does not let the program say QUIT.
pub(crate) fn check_cut_off(script: Script, args: &[&str]) -> Run {
    let server = start(script);
    let run = check(server.port(), args);
    only_session(&server);
    run
}

pub(crate) fn start(script: Script) -> SmtpServer {
    SmtpServer::start(script).unwrap()
}

/// The one session of the server, which was held in lock-step and without DATA.
pub(crate) fn only_session(server: &SmtpServer) -> Session {
    let sessions = server.ended_sessions(1);
    assert_eq!(sessions.len(), 1);
    let session = sessions.into_iter().next().unwrap();
    assert!(session.in_lock_step(), "{session:?}");
    assert!(!session.data, "{session:?}");
    assert_eq!(session.bare_line_feeds, 0, "{session:?}");
    session
}

/// The same, and it was ended with QUIT.
pub(crate) fn polite(server: &SmtpServer) -> Session {
    let session = only_session(server);
    assert!(session.quit, "{session:?}");
    session
}

impl Run {
    /// The first line without the plugin's name and without the perfdata.
    pub(crate) fn headline(&self) -> &str {
        let first = self.stdout.lines().next().unwrap();
        let line = first.split(" | ").next().unwrap();
        line.strip_prefix("SMTP BANNER ").unwrap_or(line)
    }

    /// The state and code of every finding shown, as `[STATE] code`, in the order shown.
    pub(crate) fn findings(&self) -> Vec<&str> {
        let lines = self.stdout.lines().filter(|line| line.starts_with('['));
        lines.map(|line| line.split(": ").next().unwrap()).collect()
    }

    /// The labels of the perfdata.
    pub(crate) fn labels(&self) -> Vec<&str> {
        let first = self.stdout.lines().next().unwrap();
        let perfdata = first.split_once(" | ").map_or("", |(_, perfdata)| perfdata);
        let pairs = perfdata.split(' ').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split('=').next().unwrap()).collect()
    }

    /// The first line is exactly this, the findings are these, and the exit code is the state's.
    #[track_caller]
    pub(crate) fn says(&self, headline: &str, findings: &[&str]) {
        assert_eq!(self.headline(), headline, "\n{}", self.stdout);
        assert_eq!(self.findings(), findings, "\n{}", self.stdout);
        let state = headline.split(' ').next().unwrap();
        assert_eq!(self.code, code_of(state), "\n{}", self.stdout);
    }

    /// Nothing could be checked: one line that says why.
    #[track_caller]
    pub(crate) fn says_only(&self, line: &str) {
        assert_eq!(self.stdout, format!("SMTP BANNER {line}\n"));
        assert_eq!(self.code, 3);
    }

    /// This line is in the output.
    #[track_caller]
    pub(crate) fn shows(&self, line: &str) {
        let shown = self.stdout.lines().any(|shown| shown == line);
        assert!(shown, "{line}\nis not in\n{}", self.stdout);
    }

    /// It ended in time: the watchdog's quarter of a second, and what a busy machine adds.
    #[track_caller]
    pub(crate) fn within(&self, seconds: f64) {
        let limit = Duration::from_secs_f64(seconds + 0.8);
        assert!(self.took < limit, "{:?}\n{}", self.took, self.stdout);
    }
}

fn code_of(state: &str) -> i32 {
    match state {
        "OK" => 0,
        "WARNING" => 1,
        "CRITICAL" => 2,
        "UNKNOWN" => 3,
        other => panic!("{other} is no state"),
    }
}

/// Tries all cases at the same time: most of them spend theirs waiting.
pub(crate) fn each<C: Send>(cases: impl IntoIterator<Item = C>, tried: impl Fn(C) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let tried = &tried;
            scope.spawn(move || tried(case));
        }
    });
}

/// An authority with its certificate in a file for `--ca-file`.
pub(crate) struct Ca {
    pub(crate) authority: Authority,
    pub(crate) file: String,
    _directory: TempDir,
}

impl Ca {
    pub(crate) fn new() -> Self {
        Self::of(Authority::new("Example Root").unwrap())
    }

    pub(crate) fn of(authority: Authority) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        authority.write_pem(&path).unwrap();
        Self {
            authority,
            file: path.display().to_string(),
            _directory: directory,
        }
    }

    pub(crate) fn issue(&self, spec: &CertificateSpec) -> Identity {
        self.authority.issue(spec).unwrap()
    }

    /// A server that can do STARTTLS with a good certificate.
    pub(crate) fn good_script(&self) -> Script {
        Script::with_starttls(self.good_tls())
    }

    pub(crate) fn good_tls(&self) -> Tls {
        Tls::new(self.issue(&CertificateSpec::default()))
    }

    /// What a call needs to find the good certificate good.
    pub(crate) fn trusting<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        let trust = ["--ca-file", &self.file, "--sni", "mail.example.org"];
        args.iter().copied().chain(trust).collect()
    }
}

/// A file in a directory of its own, with this mode.
pub(crate) fn file(text: &str, mode: u32) -> (TempDir, String) {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let name = path.display().to_string();
    (directory, name)
}
