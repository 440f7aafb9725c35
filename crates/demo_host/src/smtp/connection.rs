//! One connection: bytes in and out, in clear or under TLS, and the actions of a script.
//!
//! An `Err` from anything here means that the conversation is over, however it came to that.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use openssl::ssl::{HandshakeError, NameType, Ssl, SslContext, SslRef, SslStream};

use crate::action::{Action, reply_bytes};
use crate::runtime::{Halt, Peer};
use crate::smtp::session::Record;

/// The longest line that is taken from a client, in bytes.
const LINE_LIMIT: usize = 65_536;

/// Where endless output ends after all, in bytes.
const FLOOD_LIMIT: usize = 64 * 1024 * 1024;

/// One conversation with one client.
pub(super) struct Connection<'a> {
    wire: Wire,
    halt: &'a Halt,
    pub(super) record: Record<'a>,
    /// What has been read and not been taken as a line yet.
    inbox: Vec<u8>,
    /// How many bytes of the inbox have been recorded as early.
    early: usize,
    greeted: bool,
}

enum Wire {
    Clear(Peer),
    Tls(SslStream<Peer>),
}

/// Whether an action has answered, or leaves that to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Answered,
    AsUsual,
}

impl<'a> Connection<'a> {
    pub(super) fn new(peer: Peer, halt: &'a Halt, record: Record<'a>) -> Self {
        let wire = Wire::Clear(peer);
        Self { wire, halt, record, inbox: Vec::new(), early: 0, greeted: false }
    }

    /// Whether TLS is up.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.wire, Wire::Tls(_))
    }

    /// Says that the greeting is complete, and the client may speak.
    pub(super) fn greeted(&mut self) {
        self.greeted = true;
    }

    /// The next line without its line end, waited for as long as it takes.
    pub(super) fn read_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(line);
            }
            if self.inbox.len() > LINE_LIMIT {
                return Err(over());
            }
            self.fill()?;
        }
    }

    /// One byte, for headers that are not made of lines.
    pub(super) fn read_byte(&mut self) -> io::Result<u8> {
        while self.inbox.is_empty() {
            self.fill()?;
        }
        Ok(self.inbox.remove(0))
    }

    /// Sends a reply; `\n` separates its lines.
    pub(super) fn reply(&mut self, text: &str) -> io::Result<()> {
        self.send(&reply_bytes(text))
    }

    /// Sends bytes as they are, and records what the client said before them out of turn.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.note_early()?;
        self.write(bytes)
    }

    /// Forgets everything that was read, as RFC 3207 section 4.2 demands before TLS.
    pub(super) fn discard_input(&mut self) {
        self.inbox.clear();
        self.early = 0;
    }

    /// Does the handshake and goes on under TLS.
    pub(super) fn start_tls(&mut self, context: &SslContext) -> io::Result<()> {
        let Wire::Clear(peer) = &self.wire else {
            return Err(over());
        };
        let accepted = Ssl::new(context)?.accept(peer.clone());
        match accepted {
            Ok(stream) => {
                self.note_tls(stream.ssl(), None);
                self.wire = Wire::Tls(stream);
                Ok(())
            }
            Err(HandshakeError::SetupFailure(error)) => Err(error.into()),
            Err(HandshakeError::Failure(stream) | HandshakeError::WouldBlock(stream)) => {
                self.note_tls(stream.ssl(), Some(stream.error().to_string()));
                Err(over())
            }
        }
    }

    /// Does what a script says; an action after which nobody can go on is an `Err`.
    pub(super) fn perform(&mut self, action: &Action) -> io::Result<Turn> {
        match action {
            Action::AsUsual => return Ok(Turn::AsUsual),
            Action::Close => return Err(self.close()),
            Action::Delay(duration, next) => {
                self.pause(*duration)?;
                return self.perform(next);
            }
            Action::Dribble { bytes, interval } => {
                for byte in bytes {
                    self.send(&[*byte])?;
                    self.pause(*interval)?;
                }
            }
            Action::EndlessLine(beginning) => {
                self.send(beginning)?;
                return Err(self.flood(b"x"));
            }
            Action::EndlessLines(line) => return Err(self.flood(&reply_bytes(line))),
            Action::Raw(bytes) => self.send(bytes)?,
            Action::Reply(text) => self.reply(text)?,
            Action::Reset => return Err(self.reset()),
            Action::Sequence(actions) => {
                let mut turn = Turn::Answered;
                for action in actions {
                    turn = self.perform(action)?;
                }
                return Ok(turn);
            }
            Action::Silence => return Err(self.listen()),
        }
        Ok(Turn::Answered)
    }

    /// Closes in order, after taking what has arrived: unread input would turn this into a reset.
    pub(super) fn close(&mut self) -> io::Error {
        drop(self.note_early());
        if let Wire::Tls(stream) = &mut self.wire {
            drop(stream.shutdown());
        }
        drop(self.peer().0.shutdown(Shutdown::Write));
        over()
    }

    /// Takes down what the client still says, until it goes.
    pub(super) fn listen(&mut self) -> io::Error {
        loop {
            while self.take_line().is_some() {}
            if let Err(error) = self.fill() {
                return error;
            }
            if !self.greeted {
                self.note_news();
            }
        }
    }

    fn reset(&mut self) -> io::Error {
        drop(self.note_early());
        drop(self.peer().0.set_linger(Some(Duration::ZERO)));
        over()
    }

    fn flood(&mut self, unit: &[u8]) -> io::Error {
        let bytes = unit.repeat(4096 / unit.len().max(1) + 1);
        let mut sent = 0;
        while sent < FLOOD_LIMIT {
            if let Err(error) = self.send(&bytes) {
                return error;
            }
            sent += bytes.len();
        }
        self.close()
    }

    fn pause(&self, duration: Duration) -> io::Result<()> {
        if self.halt.pause(duration) { Ok(()) } else { Err(over()) }
    }

    fn note_tls(&self, ssl: &SslRef, error: Option<String>) {
        self.record.note(|session| {
            session.sni = ssl.servername(NameType::HOST_NAME).map(String::from);
            if error.is_none() {
                session.tls_version = Some(ssl.version_str().into());
            }
            session.tls_error = error;
        });
    }

    /// Records what has arrived while it was the server's turn.
    fn note_early(&mut self) -> io::Result<()> {
        self.peer().0.set_nonblocking(true)?;
        while self.fill().is_ok() && self.inbox.len() <= LINE_LIMIT {}
        self.peer().0.set_nonblocking(false)?;
        self.note_news();
        Ok(())
    }

    fn note_news(&mut self) {
        let news = self.inbox.get(self.early..).unwrap_or_default().to_vec();
        self.early = self.inbox.len();
        if !news.is_empty() {
            let greeted = self.greeted;
            self.record.note(|session| {
                if greeted {
                    session.out_of_turn.extend(news);
                } else {
                    session.before_greeting.extend(news);
                }
            });
        }
    }

    fn take_line(&mut self) -> Option<String> {
        let end = self.inbox.iter().position(|&byte| byte == b'\n')?;
        let mut line: Vec<u8> = self.inbox.drain(..=end).collect();
        self.early = self.early.saturating_sub(line.len());
        line.pop();
        let bare = line.pop_if(|byte| *byte == b'\r').is_none();
        let text = String::from_utf8_lossy(&line).into_owned();
        self.record.note(|session| {
            session.lines.push(text.clone());
            session.bare_line_feeds += usize::from(bare);
            session.quit |= text.eq_ignore_ascii_case("QUIT");
        });
        Some(text)
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let read = loop {
            let read = match &mut self.wire {
                Wire::Clear(peer) => peer.read(&mut buffer),
                Wire::Tls(stream) => stream.read(&mut buffer),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read == 0 {
            return Err(over());
        }
        self.inbox.extend(buffer.iter().take(read));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.wire {
            Wire::Clear(peer) => peer.write_all(bytes),
            Wire::Tls(stream) => stream.write_all(bytes),
        }
    }

    fn peer(&self) -> &Peer {
        match &self.wire {
            Wire::Clear(peer) => peer,
            Wire::Tls(stream) => stream.get_ref(),
        }
    }
}

fn over() -> io::Error {
    ErrorKind::UnexpectedEof.into()
}
