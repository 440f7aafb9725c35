//! What is put into the queue of a server under test, and where its mail then cannot go.

use std::io;

use demo_host::{
    Action,
    smtp::{Script, SmtpServer},
};

use crate::dialogue::Dialogue;

/// A message and its envelope; the body is filled up to a size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    /// Empty for a bounce.
    pub(crate) sender: &'static str,
    /// Addresses at [`FULL`] have another reason to wait than all others.
    pub(crate) recipients: &'static [&'static str],
    /// Bytes of the body, at least.
    pub(crate) size: usize,
}

impl Default for Message {
    /// A short one from Carol to Bob.
    fn default() -> Message {
        Message { sender: "carol@example.net", recipients: &["bob@example.com"], size: 0 }
    }
}

impl Message {
    /// A short one from nobody to Bob.
    pub(crate) const BOUNCE: Message =
        Message { sender: "", recipients: &["bob@example.com"], size: 0 };
    /// A short one from Carol to Dave, whose mailbox is full.
    pub(crate) const FOR_FULL: Message =
        Message { sender: "carol@example.net", recipients: &["dave@full.example.net"], size: 0 };

    /// Hands `count` of them to the server on a port, in one connection.
    pub(crate) fn send(&self, port: u16, count: usize) -> io::Result<()> {
        let mut client = Dialogue::connect(port)?;
        expect(&client.reply()?, "220 ")?;
        expect(&client.say("EHLO client.example.net")?, "250")?;
        for _ in 0..count {
            for command in self.envelope() {
                expect(&client.say(&command)?, "250 ")?;
            }
            expect(&client.say("DATA")?, "354 ")?;
            expect(&client.say(&format!("{}.", self.content()))?, "250 ")?;
        }
        expect(&client.say("QUIT")?, "221 ")
    }

    /// `count` of them as an SMTP client would send them, for a server that reads a file.
    pub(crate) fn batch(&self, count: usize) -> String {
        let envelope: String =
            self.envelope().iter().map(|command| format!("{command}\r\n")).collect();
        let one = format!("{envelope}DATA\r\n{}.\r\n", self.content());
        format!("EHLO client.example.net\r\n{}QUIT\r\n", one.repeat(count))
    }

    fn envelope(&self) -> Vec<String> {
        let recipients = self.recipients.iter().map(|address| format!("RCPT TO:<{address}>"));
        [format!("MAIL FROM:<{}>", self.sender)].into_iter().chain(recipients).collect()
    }

    /// Header and body, in lines that end as they do in SMTP.
    pub(crate) fn content(&self) -> String {
        let line = "Nothing new at this end of the line, and at yours?\r\n";
        let body = line.repeat(self.size.div_ceil(line.len()).max(1));
        format!("Subject: news\r\n\r\n{body}")
    }
}

/// A mail host that has a mailbox for nobody.
///
/// # Panics
/// When no loopback port can be had.
pub(crate) fn full_host() -> SmtpServer {
    // Sendmail takes a host that greets with its own name for itself.
    let script = Script { host: format!("mx.{FULL}"), ..Script::open_relay() };
    let script = script.answering("RCPT", Action::reply(FULL_REPLY));
    SmtpServer::start(script).expect("start the host of full mailboxes")
}

fn expect(reply: &str, start: &str) -> io::Result<()> {
    if reply.starts_with(start) {
        return Ok(());
    }
    Err(io::Error::other(format!("{start:?} was expected, not {reply:?}")))
}

/// The domain whose host is there and wants no mail now. Mail for any other domain goes to a port where
/// nothing listens.
pub(crate) const FULL: &str = "full.example.net";
/// What that host says about every recipient.
pub(crate) const FULL_REPLY: &str = "452 4.2.2 The mailbox is full";
