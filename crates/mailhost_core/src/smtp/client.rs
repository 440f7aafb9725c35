//! The dialogue, in lock-step: one command a write, one whole reply, and nothing taken on trust.

use std::fmt;
use std::io::{self, Read, Write};

use openssl::ssl::SslStream;
use serde::Serialize;

use super::reply::{Reply, ReplyFault, parse_reply};
use super::secrets::{HIDDEN, Secrets};
use crate::deadline::Deadline;
use crate::net::{Stream, error_text};
use crate::tls::{Inspector, TlsFacts, TlsFault, error_in_tls};

/// Why a reply did not come.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The server closed the connection; what it had said of the reply by then.
    #[error("closed the connection")]
    Closed(String),
    /// The connection broke otherwise.
    #[error("broke the connection: {0}")]
    Broken(String),
    /// This machine cannot do what the server asks for; nothing is known about the server.
    #[error("was not gone on with: {0}")]
    Local(String),
    /// What came is not a reply.
    #[error("sent {0}")]
    Invalid(ReplyFault),
    /// The server had sent something before it was asked.
    #[error("sent more than was asked: \"{0}\"")]
    OutOfTurn(String),
    /// No whole reply in time; what there was of it.
    #[error("did not answer in time")]
    TimedOut(String),
}

/// One SMTP connection.
///
/// It never speaks before a whole reply is there (RFC 5321 section 4.3.1; Postfix and postscreen
/// punish it), sends one command a write, and gives up on a server that speaks out of turn, because
/// from then on replies cannot be told apart.
#[derive(Debug)]
pub struct Client {
    channel: Channel,
    buffer: Vec<u8>,
    /// Both sides' lines, where they are wanted.
    dialogue: Option<Vec<String>>,
    deadline: Deadline,
    secrets: Secrets,
    usable: bool,
    /// The server has said that it goes: 421 (RFC 5321 section 3.8).
    leaving: bool,
}

#[derive(Debug)]
enum Channel {
    Gone,
    Plain(Stream),
    Tls(SslStream<Stream>),
}

impl Client {
    /// A client on a fresh connection.
    pub fn new(stream: Stream) -> Self {
        let deadline = stream.deadline().clone();
        Self {
            channel: Channel::Plain(stream),
            buffer: Vec::new(),
            dialogue: None,
            deadline,
            secrets: Secrets::default(),
            usable: false,
            leaving: false,
        }
    }

    /// A client that writes down what both sides say.
    #[must_use]
    pub fn with_dialogue(self) -> Self {
        Self { dialogue: Some(Vec::new()), ..self }
    }

    /// Sends bytes that belong in front of the dialogue: a PROXY header.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn send_header(&mut self, header: &[u8]) -> Result<(), Fault> {
        self.send(header)
    }

    /// Waits for the greeting.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn greeting(&mut self) -> Result<Reply, Fault> {
        self.deadline.waiting_for("the greeting");
        self.reply()
    }

    /// Sends a command, which must be one line without its end, and waits for the reply.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn command(&mut self, command: &str) -> Result<Reply, Fault> {
        self.exchange(command, command)
    }

    /// Sends a line that ends in a secret. Neither what is shown of the line nor what the server
    /// repeats of it holds the secret.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn secret(&mut self, beginning: &str, secret: &str) -> Result<Reply, Fault> {
        self.keep_secret(secret);
        self.exchange(&format!("{beginning}{secret}"), &format!("{beginning}{HIDDEN}"))
    }

    /// From now on hides this text wherever the server repeats it.
    pub fn keep_secret(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// Goes over to TLS, and forgets everything learned before (RFC 3207 section 4.2).
    ///
    /// # Errors
    /// [`TlsFault`]; the connection is of no use then.
    pub fn start_tls(&mut self, inspector: &Inspector) -> Result<TlsFacts, TlsFault> {
        self.deadline.waiting_for("the TLS handshake");
        self.usable = false;
        self.buffer.clear();
        let Channel::Plain(stream) = std::mem::replace(&mut self.channel, Channel::Gone) else {
            return Err(TlsFault::Failed("the connection is not in clear".to_owned()));
        };
        let (stream, facts) = inspector.handshake(stream)?;
        self.channel = Channel::Tls(stream);
        self.usable = true;
        self.note(format_args!("- {} {}", facts.version, facts.cipher));
        Ok(facts)
    }

    /// What the server has sent beyond the last reply. In clear, right after the reply to STARTTLS,
    /// it is an injection.
    pub fn surplus(&mut self) -> Option<String> {
        // A fault here changes nothing: whatever came is the surplus.
        let _ = self.fill_with_surplus();
        (!self.buffer.is_empty()).then(|| String::from_utf8_lossy(&self.buffer).into_owned())
    }

    fn fill_with_surplus(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            // Under TLS only reading tells: what waits may be a session ticket, which is no surplus.
            self.set_patient(false);
            let filled = self.fill();
            self.set_patient(true);
            filled?;
        }
        Ok(())
    }

    /// Says QUIT where the dialogue can still be trusted; `None` where it cannot, and where a server
    /// that had announced its going was gone.
    pub fn quit(&mut self) -> Option<Result<Reply, Fault>> {
        if !self.usable {
            return None;
        }
        let reply = self.command("QUIT");
        self.usable = false;
        (reply.is_ok() || !self.leaving).then_some(reply)
    }

    /// Both sides' lines, each with `C:` or `S:` in front, without secrets; none unless
    /// [`Client::with_dialogue`] asked for them.
    pub fn take_dialogue(&mut self) -> Vec<String> {
        self.dialogue.take().unwrap_or_default()
    }

    fn exchange(&mut self, line: &str, shown: &str) -> Result<Reply, Fault> {
        if let Err(error) = self.fill_with_surplus()
            && error_in_tls(&error).is_some()
        {
            // OpenSSL gives the reason once, so it would be lost with the next write.
            return Err(self.fault(&error));
        }
        if !self.buffer.is_empty() {
            return Err(self.out_of_turn());
        }
        let verb = shown.split(' ').next().unwrap_or(shown);
        self.deadline.waiting_for(format!("the reply to {verb}"));
        self.note(format_args!("C: {shown:.MAX_DIALOGUE_LINE$}"));
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// What it means that the server has spoken unasked: with 421 that it goes (RFC 5321 section
    /// 3.8), with anything else that replies can no longer be told apart.
    fn out_of_turn(&mut self) -> Fault {
        self.usable = false;
        let said = self.partial();
        self.leaving = matches!(
            parse_reply(&self.buffer),
            Ok(Some((reply, length))) if reply.code == 421 && length == self.buffer.len()
        );
        if self.leaving { Fault::Closed(said) } else { Fault::OutOfTurn(said) }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let sent = match &mut self.channel {
            Channel::Plain(stream) => stream.write_all(bytes),
            Channel::Tls(stream) => stream.write_all(bytes),
            Channel::Gone => Err(io::ErrorKind::NotConnected.into()),
        };
        sent.map_err(|error| self.fault(&error))
    }

    fn reply(&mut self) -> Result<Reply, Fault> {
        loop {
            match parse_reply(&self.buffer) {
                Ok(Some((reply, length))) => {
                    self.buffer.drain(..length);
                    let reply = self.secrets.hide_in_reply(reply);
                    self.note_reply(&reply);
                    self.usable = true;
                    self.leaving = reply.code == 421;
                    return Ok(reply);
                }
                Ok(None) => {}
                Err(ReplyFault::NotAReply(line)) => {
                    self.usable = false;
                    // Hidden before it is cut, so that no cut leaves the beginning of a secret.
                    let line = self.secrets.hide(&line).chars().take(MAX_STRANGE).collect();
                    return Err(Fault::Invalid(ReplyFault::NotAReply(line)));
                }
                Err(fault) => {
                    self.usable = false;
                    return Err(Fault::Invalid(fault));
                }
            }
            match self.fill() {
                Ok(0) => {
                    self.usable = false;
                    return Err(Fault::Closed(self.partial()));
                }
                Ok(_) => {}
                Err(error) => return Err(self.fault(&error)),
            }
        }
    }

    fn set_patient(&mut self, patient: bool) {
        match &mut self.channel {
            Channel::Plain(stream) => stream.set_patient(patient),
            Channel::Tls(stream) => stream.get_mut().set_patient(patient),
            Channel::Gone => {}
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut bytes = [0; USUAL_REPLY];
        let count = match &mut self.channel {
            Channel::Plain(stream) => stream.read(&mut bytes)?,
            Channel::Tls(stream) => stream.read(&mut bytes)?,
            Channel::Gone => 0,
        };
        self.buffer.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn fault(&mut self, error: &io::Error) -> Fault {
        self.usable = false;
        match error.kind() {
            io::ErrorKind::TimedOut => Fault::TimedOut(self.partial()),
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof => Fault::Closed(self.partial()),
            _ => match error_in_tls(error) {
                // The connection ended without TLS' own farewell.
                Some(words) if words.contains("unexpected eof") => Fault::Closed(self.partial()),
                Some(words) => Fault::Broken(words),
                None => Fault::Broken(error_text(error)),
            },
        }
    }

    fn partial(&self) -> String {
        let text = self.secrets.hide(&String::from_utf8_lossy(&self.buffer));
        text.chars().take(MAX_PARTIAL).collect()
    }

    fn note_reply(&mut self, reply: &Reply) {
        if self.dialogue.is_some() {
            for line in reply.wire_lines() {
                self.note(format_args!("S: {line:.MAX_DIALOGUE_LINE$}"));
            }
        }
    }

    fn note(&mut self, line: fmt::Arguments<'_>) {
        if let Some(dialogue) = self.dialogue.as_mut().filter(|it| it.len() < MAX_DIALOGUE) {
            dialogue.push(line.to_string());
        }
    }
}

/// Bytes; a longer reply is read in pieces.
const USUAL_REPLY: usize = 1024;
/// Characters of a reply that did not come to its end.
const MAX_PARTIAL: usize = 200;
/// Characters of a line that is no reply.
const MAX_STRANGE: usize = 60;
/// Lines; a dialogue that is longer is no use as evidence.
const MAX_DIALOGUE: usize = 200;
/// Characters of what either side said in one line of it.
const MAX_DIALOGUE_LINE: usize = 300;
