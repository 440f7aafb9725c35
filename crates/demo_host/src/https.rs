//! A web server over TLS that gives one answer, whatever it is asked for.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{NameType, Ssl, SslContext, SslStream};
use socket2::Type;

use crate::runtime::{
    Halt, Journal, Peer, Worker, accept_loop, bound_address, bound_socket, listen,
};
use crate::smtp::Tls;

/// What is said to every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A body without end, as `text/plain`.
    Endless,
    /// Closes the connection.
    HangUp,
    /// A page with its status, its header fields and its body.
    Page {
        /// The HTTP status.
        status: u16,
        /// Names and values; the length of the body is added.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// These bytes.
    Raw(Vec<u8>),
    /// Nothing.
    Silence,
}

impl Answer {
    /// A text as a web server sends a file that ends in `.txt`.
    pub fn text(body: &str) -> Self {
        Self::Page {
            status: 200,
            headers: vec![("Content-Type".into(), "text/plain; charset=utf-8".into())],
            body: body.into(),
        }
    }

    /// A page without anything but its status.
    pub fn status(status: u16) -> Self {
        Self::Page { status, headers: Vec::new(), body: Vec::new() }
    }
}

/// What a client asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The name that it sent before TLS (SNI).
    pub sni: Option<String>,
    /// The lines of its header, the first with method and path; none where TLS failed.
    pub lines: Vec<String>,
}

/// A running server; dropping it ends its threads and frees its port.
#[derive(Debug)]
pub struct HttpsServer {
    address: SocketAddr,
    journal: Arc<Journal<Request>>,
    _worker: Worker,
}

impl HttpsServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When nothing can be bound, or the TLS settings are refused by OpenSSL.
    pub fn start(tls: &Tls, answer: Answer) -> io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), tls, answer)
    }

    /// Starts a server at an address, on a free port of it where its port is 0.
    ///
    /// # Errors
    /// As for [`HttpsServer::start`].
    pub fn start_at(address: SocketAddr, tls: &Tls, answer: Answer) -> io::Result<Self> {
        let context = tls.context()?;
        let halt = Arc::new(Halt::default());
        let socket = bound_socket(address, Type::STREAM)?;
        let address = bound_address(&socket)?;
        let listener = listen(socket, &halt)?;
        let journal = Arc::new(Journal::default());
        let worker = Worker::start(&halt, {
            let (halt, journal) = (Arc::clone(&halt), Arc::clone(&journal));
            move || {
                accept_loop(&listener, &halt, |socket| {
                    let place = journal.open(Request::default());
                    let note = |change: &dyn Fn(&mut Request)| journal.amend(place, change);
                    // The error is how every connection ends; what happened is in the record.
                    drop(serve(Peer(socket), &context, &answer, &halt, note));
                });
            }
        })?;
        Ok(Self { address, journal, _worker: worker })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// One for each connection up to now, in the order in which they were made.
    pub fn requests(&self) -> Vec<Request> {
        self.journal.read()
    }
}

fn serve(
    peer: Peer,
    context: &SslContext,
    answer: &Answer,
    halt: &Halt,
    note: impl Fn(&dyn Fn(&mut Request)),
) -> io::Result<()> {
    let accepted = Ssl::new(context)?.accept(peer);
    let mut stream = accepted.map_err(|_| io::Error::other("no TLS"))?;
    let sni = stream.ssl().servername(NameType::HOST_NAME).map(String::from);
    note(&|request| request.sni.clone_from(&sni));
    let lines = read_header(&mut stream)?;
    note(&|request| request.lines.clone_from(&lines));
    match answer {
        Answer::Endless => flood(&mut stream)?,
        Answer::HangUp => return Ok(()),
        Answer::Page { status, headers, body } => {
            stream.write_all(&page(*status, headers, body))?;
        }
        Answer::Raw(bytes) => stream.write_all(bytes)?,
        Answer::Silence => {
            halt.pause(FOREVER);
        }
    }
    drop(stream.shutdown());
    Ok(())
}

/// The lines up to the empty one.
fn read_header(stream: &mut SslStream<Peer>) -> io::Result<Vec<String>> {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") && header.len() < LONGEST_HEADER {
        stream.read_exact(&mut byte)?;
        header.extend(byte);
    }
    let text = String::from_utf8_lossy(&header).into_owned();
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn page(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let first = format!("HTTP/1.1 {status} As scripted\r\nContent-Length: {length}\r\n");
    let fields = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let header: String = std::iter::once(first).chain(fields).collect();
    [header.as_bytes(), b"Connection: close\r\n\r\n", body].concat()
}

fn flood(stream: &mut SslStream<Peer>) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 As scripted\r\nContent-Type: text/plain\r\n\r\n")?;
    for _ in 0..FLOOD {
        stream.write_all(&[b'x'; 4096])?;
    }
    Ok(())
}

/// Longer than any test.
const FOREVER: Duration = Duration::from_mins(10);
/// Bytes of a request.
const LONGEST_HEADER: usize = 65_536;
/// Blocks of 4096 bytes, after which endless output ends after all.
const FLOOD: usize = 16_384;

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};

    use super::*;
    use crate::certificates::{Authority, CertificateSpec};

    fn ask(answer: Answer) -> (String, Vec<Request>) {
        let authority = Authority::new("Example Root").unwrap();
        let tls = Tls::new(authority.issue(&CertificateSpec::default()).unwrap());
        let server = HttpsServer::start(&tls, answer).unwrap();
        let mut connector = SslConnector::builder(SslMethod::tls()).unwrap();
        connector.set_verify(SslVerifyMode::NONE);
        let stream = std::net::TcpStream::connect(server.address()).unwrap();
        let mut stream = connector.build().connect("www.example.org", stream).unwrap();
        stream.write_all(b"GET /x HTTP/1.1\r\nHost: www.example.org\r\n\r\n").unwrap();
        let mut said = String::new();
        // An end without TLS' own farewell is one too.
        drop(stream.read_to_string(&mut said));
        (said, server.requests())
    }

    #[test]
    fn ok_a_page_and_what_was_asked_for() {
        let (said, requests) = ask(Answer::text("hello"));
        assert_eq!(
            said,
            "HTTP/1.1 200 As scripted\r\nContent-Length: 5\r\nContent-Type: text/plain; \
             charset=utf-8\r\nConnection: close\r\n\r\nhello"
        );
        assert_eq!(requests[0].sni.as_deref(), Some("www.example.org"));
        assert_eq!(requests[0].lines, ["GET /x HTTP/1.1", "Host: www.example.org"]);
    }

    #[test]
    fn crit_nothing_or_other_bytes() {
        assert_eq!(ask(Answer::HangUp).0, "");
        assert_eq!(ask(Answer::Raw(b"220 hello\r\n".to_vec())).0, "220 hello\r\n");
        assert!(ask(Answer::status(404)).0.starts_with("HTTP/1.1 404 "));
    }
}
