//! A raw client, and the tests of the server that use it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVersion};

use crate::certificates::{Authority, CertificateSpec, Identity};
use crate::smtp::{Script, SmtpServer};

mod authentication;
mod commands;
mod encryption;
mod misconduct;

/// A client that does as it is told, waits at most this long, and verifies nothing.
struct Client {
    wire: Wire,
}

const LIMIT: Duration = Duration::from_secs(20);

enum Wire {
    Clear(TcpStream),
    Gone,
    Tls(SslStream<TcpStream>),
}

impl Client {
    fn connect(server: &SmtpServer) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { wire: Wire::Clear(stream) }
    }

    /// Connects and takes the greeting.
    fn greeted(server: &SmtpServer) -> Self {
        let mut client = Self::connect(server);
        assert_eq!(client.reply(), "220 mail.example.org ESMTP");
        client
    }

    /// Connects, takes the greeting and says EHLO.
    fn introduced(server: &SmtpServer) -> Self {
        let mut client = Self::greeted(server);
        assert!(client.say("EHLO client.example.net").starts_with("250"));
        client
    }

    /// One command, and the reply to it.
    fn say(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        self.reply()
    }

    fn send(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Clear(stream) => stream.write_all(bytes).unwrap(),
            Wire::Gone => panic!("no connection"),
            Wire::Tls(stream) => stream.write_all(bytes).unwrap(),
        }
    }

    /// The lines of one reply, joined with `\n`.
    fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let line = self.line();
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
            reply.push('\n');
        }
    }

    /// One line; what there is of it when the server closes.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        while let Some(byte) = self.byte() {
            line.push(byte);
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                break;
            }
        }
        String::from_utf8(line).unwrap()
    }

    /// One byte, unless the server closed.
    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        let read = match &mut self.wire {
            Wire::Clear(stream) => stream.read(&mut byte),
            Wire::Gone => panic!("no connection"),
            Wire::Tls(stream) => stream.read(&mut byte),
        };
        (read.unwrap() == 1).then_some(byte[0])
    }

    fn start_tls(&mut self) {
        self.try_tls(Some("mail.example.org"), None).unwrap();
    }

    /// The handshake, and what it failed for.
    fn try_tls(&mut self, name: Option<&str>, newest: Option<SslVersion>) -> Result<(), String> {
        let Wire::Clear(stream) = std::mem::replace(&mut self.wire, Wire::Gone) else {
            panic!("not in clear");
        };
        let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
        context.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
        context.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
        context.set_max_proto_version(newest).unwrap();
        let mut ssl = Ssl::new(&context.build()).unwrap();
        if let Some(name) = name {
            ssl.set_hostname(name).unwrap();
        }
        let stream = ssl.connect(stream).map_err(|error| error.to_string())?;
        self.wire = Wire::Tls(stream);
        Ok(())
    }

    fn tls(&self) -> &SslStream<TcpStream> {
        match &self.wire {
            Wire::Tls(stream) => stream,
            Wire::Clear(_) | Wire::Gone => panic!("not under TLS"),
        }
    }
}

fn start(script: Script) -> SmtpServer {
    SmtpServer::start(script).unwrap()
}

fn identity() -> Identity {
    Authority::new("Example Root").unwrap().issue(&CertificateSpec::default()).unwrap()
}
