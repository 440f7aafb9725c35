//! HTTP with programs on this machine: a service that is told something, and a client of version 1.0, whose
//! answers end with the connection and have no chunks.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Starts a service that says yes to everything: its port, and the path and the body of each request.
pub(crate) fn receive() -> (u16, Receiver<(String, String)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let request = take(stream);
            if request.is_some_and(|request| sender.send(request).is_err()) {
                return;
            }
        }
    });
    (port, requests)
}

/// What came back.
pub(crate) struct Answer {
    /// The line of the status and the header.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks for what is at a path.
///
/// # Errors
/// When nobody answers in two minutes, or not in HTTP.
pub(crate) fn get(port: u16, path: &str) -> io::Result<Answer> {
    exchange(port, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

/// Sends something to a path.
///
/// # Errors
/// As [`get`].
pub(crate) fn post(port: u16, path: &str, content_type: &str, body: &str) -> io::Result<Answer> {
    let length = body.len();
    exchange(
        port,
        &format!(
            "POST {path} HTTP/1.0\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

fn exchange(port: u16, request: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) => Ok(Answer { head: head.to_owned(), body: body.to_owned() }),
        None => Err(io::Error::other(format!("no answer of HTTP: {answer:?}"))),
    }
}

/// Reads one request and answers it.
fn take(stream: TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).ok()?;
    Some((path, String::from_utf8(body).ok()?))
}

/// The import of a large template into Zabbix is what takes longest.
const ANSWER_LIMIT: Duration = Duration::from_mins(2);

#[test]
fn ok_what_is_sent_arrives() {
    let (port, requests) = receive();
    let answer = post(port, "/there", "text/plain", "two\r\n\r\nlines").expect("an answer");
    assert_eq!((answer.head.lines().next(), answer.body.as_str()), (Some("HTTP/1.1 200 OK"), ""));
    get(port, "/again").expect("an answer");
    let told: Vec<_> = (0..2).map(|_| requests.recv().expect("a request")).collect();
    let wanted = [("/there", "two\r\n\r\nlines"), ("/again", "")];
    assert_eq!(told, wanted.map(|(path, body)| (path.to_owned(), body.to_owned())));
}
