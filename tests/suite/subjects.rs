//! The plugins that the suite holds to the contract, and how one of them is run.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use mailhost_tests::{Plugin, Run};

use crate::parser::nagios;
use crate::stage::fill_in;

/// Every plugin: its binary, a command line that ends OK, and one that ends CRITICAL with everything
/// measured. `{smtp}` and its like are ports of the [stage](crate::stage).
#[rustfmt::skip]
pub(crate) const PLUGINS: &[Subject] = &[
    Subject::new("check_smtp_banner", "-H 127.0.0.1 -p {smtp}", "-H 127.0.0.1 -p {smtp} -c @0:60").against("-H 127.0.0.1 -p").linking_openssl(),
    Subject::new("check_smtp_queue", "--queue-directory {spool} --state-dir /nonexistent/state", "--queue-directory {spool} --state-dir /nonexistent/state -c @0:100"),
    Subject::new("check_dkim_dmarc", "-d good.example --selector s1 --nameserver {dns} --state-dir /nonexistent/state", "-d good.example --selector s1 --nameserver {dns} --state-dir /nonexistent/state --expect-record nothing").linking_openssl(),
    Subject::new("check_host_resources", "--only memory,swap,load,open-files --memory-warning 0:100% --swap-warning 0:100% --swap-critical 0:100% --load-warning 0:10000 --load-critical 0:10000 --memory-critical 0:100%", "--only memory,swap,load,open-files --memory-warning 0:100% --swap-warning 0:100% --swap-critical 0:100% --load-warning 0:10000 --load-critical 0:10000 --memory-critical @0:100%"),
    Subject::new("check_mx_spf", "-d good.example --nameserver {dns} --state-dir /nonexistent/state", "-d good.example --nameserver {dns} --state-dir /nonexistent/state -c @0:10"),
    Subject::new("check_rbl", "-H 192.31.196.7 -s good.example --nameserver {dns} --state-dir /nonexistent/state", "-H 192.31.196.8 -s good.example=2 --nameserver {dns} --state-dir /nonexistent/state"),
    Subject::new("examples/misbehaving", "--act good", "--act hostile").speaking_as("check_smtp_banner"),
];

/// The subjects that are shipped.
pub(crate) fn shipped() -> impl Iterator<Item = &'static Subject> {
    PLUGINS.iter().filter(|subject| subject.is_shipped())
}

/// The core's example, which misbehaves as `--act` tells it.
pub(crate) fn misbehaving() -> &'static Subject {
    let mut subjects = PLUGINS.iter();
    subjects
        .find(|subject| subject.binary == "examples/misbehaving")
        .expect("the example is in the table")
}

/// One plugin under test.
#[derive(Debug)]
pub(crate) struct Subject {
    binary: &'static str,
    name: &'static str,
    good: &'static str,
    critical: &'static str,
    servers: Option<&'static str>,
    links_openssl: bool,
}

impl Subject {
    const fn new(binary: &'static str, good: &'static str, critical: &'static str) -> Self {
        Self { binary, name: binary, good, critical, servers: None, links_openssl: false }
    }

    /// A command line that wants nothing more than a server's port at its end.
    const fn against(self, servers: &'static str) -> Self {
        Self { servers: Some(servers), ..self }
    }

    /// May link libssl and libcrypto.
    const fn linking_openssl(self) -> Self {
        Self { links_openssl: true, ..self }
    }

    /// Calls itself by another plugin's name.
    const fn speaking_as(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The file below `$MAILHOST_BIN_DIR`.
    pub(crate) fn binary(&self) -> &'static str {
        self.binary
    }

    /// The name it gives itself in JSON.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is a plugin for users, and not an example for this suite.
    pub(crate) fn is_shipped(&self) -> bool {
        !self.binary.starts_with("examples/")
    }

    /// Whether it may need OpenSSL's libraries.
    pub(crate) fn may_link_openssl(&self) -> bool {
        self.links_openssl
    }

    /// The command line that ends OK.
    pub(crate) fn good(&self) -> Vec<OsString> {
        words(self.good)
    }

    /// The command line that ends CRITICAL.
    pub(crate) fn critical(&self) -> Vec<OsString> {
        words(self.critical)
    }

    /// The command line against the server `name` of the stage, for a plugin that talks to one.
    pub(crate) fn against_server(&self, name: &str) -> Option<Vec<OsString>> {
        Some(words(&format!("{} {{{name}}}", self.servers?)))
    }

    /// The path of the binary.
    pub(crate) fn path(&self) -> PathBuf {
        let directory = env::var_os("MAILHOST_BIN_DIR");
        let directory = directory.expect("MAILHOST_BIN_DIR is not set: run tests/run");
        Path::new(&directory).join(self.binary)
    }

    /// Runs the plugin as it is.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Run {
        Plugin::at(&self.path()).args(arguments).run()
    }

    /// Runs the plugin and reads what it says.
    pub(crate) fn says(&self, arguments: &[impl AsRef<OsStr>]) -> nagios::Output {
        self.read(&self.run(arguments), &shown(arguments))
    }

    /// Holds a run to the rules of the default format; `what` names the run where it breaks one.
    pub(crate) fn read(&self, run: &Run, what: &str) -> nagios::Output {
        self.quiet(run, what);
        let output = nagios::read(&run.stdout, run.code)
            .unwrap_or_else(|fault| panic!("{} {what}: {fault}\n{run:#?}", self.binary));
        let title = self.name.trim_start_matches("check_").replace('_', " ");
        assert_eq!(output.name, title.to_uppercase(), "{} {what}", self.binary);
        output
    }

    /// Holds a run to what is true in every format: nothing on stderr, one of the four codes.
    pub(crate) fn quiet(&self, run: &Run, what: &str) {
        assert_eq!(run.stderr, "", "{} {what} on stderr", self.binary);
        assert!((0..=3).contains(&run.code), "{} {what}: {run:#?}", self.binary);
    }
}

/// Runs a plugin, or a copy of it, after the shell commands of `prelude`, which may also set `$WRAPPER`
/// to a command that runs it.
pub(crate) fn run_after(prelude: &str, path: &Path, arguments: &[OsString]) -> Run {
    let script = format!("{prelude}\nexec $WRAPPER \"$0\" \"$@\"");
    Plugin::at(Path::new("/bin/sh"))
        .args([OsStr::new("-c"), script.as_ref(), path.as_os_str()])
        .args(arguments)
        .env("WRAPPER", "")
        .run()
}

/// A command line as a person would type it.
pub(crate) fn words(line: &str) -> Vec<OsString> {
    fill_in(line).into_iter().map(OsString::from).collect()
}

/// `arguments` with more behind them.
pub(crate) fn with(mut arguments: Vec<OsString>, more: &[impl AsRef<OsStr>]) -> Vec<OsString> {
    arguments.extend(more.iter().map(|word| word.as_ref().to_owned()));
    arguments
}

/// Arguments as they can be shown.
pub(crate) fn shown(arguments: &[impl AsRef<OsStr>]) -> String {
    let all: Vec<String> =
        arguments.iter().map(|word| format!("{:?}", word.as_ref().to_string_lossy())).collect();
    all.join(" ")
}
