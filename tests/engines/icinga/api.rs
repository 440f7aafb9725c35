//! Questions to Icinga's API, over HTTPS.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;

use openssl::base64::encode_block;
use openssl::ssl::{SslConnector, SslMethod};
use serde_json::Value;

/// Where and who.
pub(crate) struct Api {
    pub(crate) port: u16,
    /// What its certificate is signed by.
    pub(crate) authority: PathBuf,
    /// The name in its certificate.
    pub(crate) node: &'static str,
    /// `name:password`.
    pub(crate) user: &'static str,
}

impl Api {
    /// Asks for an object.
    ///
    /// # Panics
    /// When there is no answer, or another one than that it is there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let mut connector = SslConnector::builder(SslMethod::tls()).expect("a connector");
        connector.set_ca_file(&self.authority).expect("the authority");
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("a connection");
        let mut stream = connector.build().connect(self.node, socket).expect("a handshake");
        let Api { node, user, .. } = self;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {node}\r\nAuthorization: Basic {}\r\n\
             Accept: application/json\r\nConnection: close\r\n\r\n",
            encode_block(user.as_bytes())
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        // The server may end the connection without a word.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).expect("text");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).expect("JSON")
    }
}
