//! The servers of one plugin's cases, each under a name that stands for its port.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use demo_host::ports::refused_port;
use demo_host::smtp::{Script, SmtpServer};
use tempfile::TempDir;

/// Running servers, and a directory for the files that commands name; all gone when dropped.
pub(crate) struct Stage {
    ports: BTreeMap<&'static str, u16>,
    /// Only held: a server ends with its handle.
    servers: Vec<Box<dyn Any>>,
    directory: TempDir,
}

impl Stage {
    /// An empty stage.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            ports: BTreeMap::new(),
            servers: Vec::new(),
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
        self.add(name, server.port(), server);
        Ok(())
    }

    /// Adds a port where nobody listens.
    pub(crate) fn refused(&mut self, name: &'static str) -> io::Result<()> {
        let port = refused_port()?;
        self.add(name, port.port(), port);
        Ok(())
    }

    /// The words of a command line, with the port for every `{name}`.
    ///
    /// # Errors
    /// When there is no server of such a name.
    pub(crate) fn fill(&self, args: &str) -> io::Result<Vec<String>> {
        args.split_whitespace().map(|word| self.fill_word(word)).collect()
    }

    fn fill_word(&self, word: &str) -> io::Result<String> {
        let mut filled = word.to_owned();
        for (name, port) in &self.ports {
            filled = filled.replace(&format!("{{{name}}}"), &port.to_string());
        }
        if filled.contains('{') {
            return Err(io::Error::other(format!("no server is called {filled}")));
        }
        Ok(filled)
    }

    fn add(&mut self, name: &'static str, port: u16, server: impl Any) {
        self.ports.insert(name, port);
        self.servers.push(Box::new(server));
    }
}
