//! A byte stream on which no wait outlasts the deadline.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::Socket;

use crate::deadline::Deadline;

/// A connected socket whose every read and write ends by the deadline, with
/// [`io::ErrorKind::TimedOut`].
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
    deadline: Deadline,
    /// The first bytes read, where they are kept.
    opening: Option<Vec<u8>>,
    /// Whether a read waits for bytes that are not there yet.
    patient: bool,
}

impl Stream {
    pub(super) fn new(socket: Socket, deadline: Deadline) -> Self {
        Self { socket, deadline, opening: None, patient: true }
    }

    /// The same stream under another deadline.
    #[must_use]
    pub fn with_deadline(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }

    /// Both ends of a TCP connection, ours first; `None` for a Unix socket.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        let ours = self.socket.local_addr().ok()?.as_socket()?;
        let theirs = self.socket.peer_addr().ok()?.as_socket()?;
        Some((ours, theirs))
    }

    /// The deadline this stream keeps.
    pub fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Keeps the first bytes that are read from now on.
    pub(crate) fn keep_opening(&mut self) {
        self.opening = Some(Vec::new());
    }

    /// The first line that came since [`Stream::keep_opening`], or what there is of it in the first
    /// hundred bytes; bytes that still wait to be read are read for it.
    pub(crate) fn first_line(&mut self) -> String {
        if self.has_pending() {
            // A fault here changes nothing: what was read before is there.
            let _ = self.read(&mut [0; OPENING]);
        }
        let opening = String::from_utf8_lossy(self.opening.as_deref().unwrap_or_default());
        opening.lines().next().unwrap_or_default().trim().to_owned()
    }

    /// Lets reads wait, or end with [`io::ErrorKind::WouldBlock`] where nothing is there.
    pub(crate) fn set_patient(&mut self, patient: bool) {
        self.patient = patient;
    }

    /// Whether bytes are already there to be read.
    fn has_pending(&self) -> bool {
        let mut byte = [MaybeUninit::uninit(); 1];
        // One byte is enough to know, and a socket that cannot be asked has nothing to say.
        let _ = self.socket.set_nonblocking(true);
        let pending = self.socket.peek(&mut byte).is_ok_and(|count| count > 0);
        let _ = self.socket.set_nonblocking(false);
        pending
    }

    fn left(&self) -> io::Result<Duration> {
        self.deadline.remaining().map_err(|up| io::Error::new(io::ErrorKind::TimedOut, up))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.patient && !self.has_pending() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        loop {
            self.socket.set_read_timeout(Some(self.left()?))?;
            // A server that has just sent its TLS session tickets holds its next reply back until
            // they are acknowledged (Nagle), and our kernel would let that wait 40 ms (delayed ACK),
            // which would count as the server's time. The kernel forgets the option by and by, and
            // one that does not know it is slower, nothing else.
            let _ = self.socket.set_tcp_quickack(true);
            match self.socket.read(buffer) {
                Err(error) if is_wait(&error) => {}
                Ok(count) => {
                    if let Some(opening) = &mut self.opening {
                        let room = OPENING.saturating_sub(opening.len());
                        opening.extend(&buffer[..count.min(room)]);
                    }
                    return Ok(count);
                }
                result @ Err(_) => return result,
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            self.socket.set_write_timeout(Some(self.left()?))?;
            match self.socket.write(buffer) {
                Err(error) if is_wait(&error) => {}
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes; enough to recognise what was sent in place of what should have been.
const OPENING: usize = 100;

/// A wait that ended early; whether the time is up is asked anew.
fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::connect::{Endpoint, connect};
    use super::*;

    #[test]
    fn critical_silence_ends_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let deadline = Deadline::start(Duration::from_millis(50));
        let mut stream = connect(&Endpoint::Inet(address), None, &deadline).expect("accepted");
        let error = stream.read(&mut [0; 10]).expect_err("nobody speaks");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn ok_pending_bytes_are_seen_without_reading_them() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let deadline = Deadline::start(Duration::from_secs(5));
        let mut stream = connect(&Endpoint::Inet(address), None, &deadline).expect("accepted");
        assert!(!stream.has_pending());
        let (mut server, _) = listener.accept().expect("connected");
        server.write_all(b"x").expect("writable");
        let mut byte = [0; 1];
        while !stream.has_pending() {
            std::thread::yield_now();
        }
        assert_eq!(stream.read(&mut byte).expect("one byte"), 1);
    }

    #[test]
    fn ok_what_is_read_is_acknowledged_at_once_also_in_a_dialogue() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let deadline = Deadline::start(Duration::from_secs(5));
        let mut stream = connect(&Endpoint::Inet(address), None, &deadline).expect("accepted");
        let (mut server, _) = listener.accept().expect("connected");
        let mut byte = [0; 1];
        for _ in 0..5 {
            server.write_all(b"x").expect("writable");
            stream.read_exact(&mut byte).expect("one byte");
            assert!(stream.socket.tcp_quickack().expect("an option of Linux"));
            stream.write_all(b"y").expect("writable");
            server.read_exact(&mut byte).expect("one byte");
        }
    }
}
