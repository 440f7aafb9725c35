//! A plain SMTP client that shares no code with the plugins, to prove that a server is what it claims.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::Path,
    time::Duration,
};

use openssl::{
    base64,
    ssl::{SslConnector, SslMethod, SslStream},
};

use crate::certificates::HOST;

/// One connection, read and written a line at a time.
pub(crate) struct Dialogue<S: Read + Write> {
    stream: S,
}

impl Dialogue<TcpStream> {
    /// Connects to a port on 127.0.0.1.
    pub(crate) fn connect(port: u16) -> io::Result<Dialogue<TcpStream>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Dialogue { stream })
    }

    /// Shakes hands as a client that trusts only `ca_file` and expects mail.example.org.
    pub(crate) fn tls(self, ca_file: &Path) -> io::Result<Dialogue<SslStream<TcpStream>>> {
        let mut connector = SslConnector::builder(SslMethod::tls_client())?;
        connector.set_ca_file(ca_file)?;
        let stream = connector.build().connect(HOST, self.stream).map_err(io::Error::other)?;
        Ok(Dialogue { stream })
    }
}

impl<S: Read + Write> Dialogue<S> {
    /// Sends a command and gives the whole reply, lines ending in `\n`.
    pub(crate) fn say(&mut self, command: &str) -> io::Result<String> {
        self.stream.write_all(format!("{command}\r\n").as_bytes())?;
        self.stream.flush()?;
        self.reply()
    }

    /// Sends what has no reply of its own, such as a part of a message.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    /// AUTH PLAIN in one command, RFC 4954 section 4.
    pub(crate) fn auth_plain(&mut self, user: &str, password: &str) -> io::Result<String> {
        let response = base64::encode_block(format!("\0{user}\0{password}").as_bytes());
        self.say(&format!("AUTH PLAIN {response}"))
    }

    /// Reads up to the line that has no dash after its code.
    pub(crate) fn reply(&mut self) -> io::Result<String> {
        let mut reply = String::new();
        loop {
            let line = self.line()?;
            let more = line.as_bytes().get(3) == Some(&b'-');
            reply.push_str(&line);
            if !more {
                return Ok(reply);
            }
            reply.push('\n');
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        // Byte by byte, so that nothing sent before a TLS handshake is swallowed by a buffer.
        while !line.ends_with(b"\r\n") {
            self.stream.read_exact(&mut byte)?;
            line.extend_from_slice(&byte);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).map_err(io::Error::other)
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
