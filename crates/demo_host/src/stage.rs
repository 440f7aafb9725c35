//! The servers and spools of one plugin's cases, each under a name that stands for its port or path.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use demo_host::ports::refused_port;
use demo_host::smtp::{Script, SmtpServer};
use tempfile::TempDir;

/// Running servers, and a directory for the files that commands name; all gone when dropped.
pub(crate) struct Stage {
    /// What each name stands for.
    values: BTreeMap<&'static str, String>,
    /// Only held: a server ends with its handle, and a spool is removed with its.
    held: Vec<Box<dyn Any>>,
    directory: TempDir,
}

impl Stage {
    /// An empty stage.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            values: BTreeMap::new(),
            held: Vec::new(),
            directory: tempfile::Builder::new().prefix("mailhost-demo-").tempdir()?,
        })
    }

    /// Where the commands run.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Adds a mail server.
    pub(crate) fn mail(&mut self, name: &'static str, script: Script) -> io::Result<()> {
        let server = SmtpServer::start(script)?;
        let port = server.port();
        self.hold(name, &port, server);
        Ok(())
    }

    /// Adds a port where nobody listens.
    pub(crate) fn refused(&mut self, name: &'static str) -> io::Result<()> {
        let port = refused_port()?;
        let number = port.port();
        self.hold(name, &number, port);
        Ok(())
    }

    /// Adds what a name stands for, and keeps what it needs.
    pub(crate) fn hold(&mut self, name: &'static str, value: &impl ToString, held: impl Any) {
        self.values.insert(name, value.to_string());
        self.held.push(Box::new(held));
    }

    /// Keeps what has no name.
    pub(crate) fn keep(&mut self, held: impl Any) {
        self.held.push(Box::new(held));
    }

    /// The words of a command line, with its value for every `{name}`.
    ///
    /// # Errors
    /// When there is nothing of such a name.
    pub(crate) fn fill(&self, args: &str) -> io::Result<Vec<String>> {
        args.split_whitespace().map(|word| self.fill_word(word)).collect()
    }

    fn fill_word(&self, word: &str) -> io::Result<String> {
        let mut filled = word.to_owned();
        for (name, value) in &self.values {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        if filled.contains('{') {
            return Err(io::Error::other(format!("nothing is called {filled}")));
        }
        Ok(filled)
    }
}
