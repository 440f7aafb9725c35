//! The conversation: what a server says to every command (RFC 5321), unless its script differs.

use std::io;

use openssl::ssl::SslContext;

use crate::action::{Action, reply_bytes};
use crate::smtp::auth::Exchange;
use crate::smtp::connection::{Connection, Turn};
use crate::smtp::path::Path;
use crate::smtp::script::{Script, StartTls};

const READY_FOR_TLS: &str = "220 2.0.0 Ready to start TLS";
const NOT_IMPLEMENTED: &str = "502 5.5.2 Command not recognized";
const MUST_STARTTLS: &str = "530 5.7.0 Must issue a STARTTLS command first";

/// A conversation under way.
pub(super) struct Dialogue<'a> {
    pub(super) connection: Connection<'a>,
    pub(super) script: &'a Script,
    pub(super) context: Option<&'a SslContext>,
    state: State,
}

/// What the client has achieved so far.
#[derive(Default)]
struct State {
    introduced: bool,
    authenticated: bool,
    sender: bool,
}

impl<'a> Dialogue<'a> {
    pub(super) fn new(
        connection: Connection<'a>,
        script: &'a Script,
        context: Option<&'a SslContext>,
    ) -> Self {
        Self { connection, script, context, state: State::default() }
    }

    /// Speaks until the conversation is over, of which the error returned is the sign.
    pub(super) fn run(&mut self) -> io::Result<()> {
        self.prelude()?;
        if self.connection.perform(&self.script.greeting)? == Turn::AsUsual {
            let protocol = if self.script.lmtp { "LMTP" } else { "ESMTP" };
            self.connection.reply(&format!("220 {} {protocol}", self.script.host))?;
        }
        self.connection.greeted();
        loop {
            let line = self.connection.read_line()?;
            let (verb, arguments) = line.split_once(' ').unwrap_or((&line, ""));
            self.command(&verb.to_ascii_uppercase(), arguments.trim())?;
        }
    }

    /// What comes before the greeting: the PROXY header and implicit TLS.
    fn prelude(&mut self) -> io::Result<()> {
        if let Some(version) = self.script.proxy {
            let connection = &mut self.connection;
            let header = version.read(|| connection.read_byte())?;
            self.connection.record.note(|session| session.proxy = Some(header));
        }
        match self.context {
            Some(context) if self.script.implicit_tls => self.connection.start_tls(context),
            _ => Ok(()),
        }
    }

    fn command(&mut self, verb: &str, arguments: &str) -> io::Result<()> {
        self.connection.record.note(|session| {
            session.verbs.push(verb.into());
            session.data |= matches!(verb, "BDAT" | "DATA");
        });
        if let Some(action) = self.script.override_for(verb, self.connection.is_tls())
            && self.connection.perform(action)? == Turn::Answered
        {
            return if action.is_positive() { self.achieve(verb) } else { Ok(()) };
        }
        if self.script.require_tls && !self.connection.is_tls() && !is_allowed_in_clear(verb) {
            return self.connection.reply(MUST_STARTTLS);
        }
        match verb {
            "AUTH" => self.auth(arguments),
            "BDAT" | "DATA" => self.connection.reply("554 5.5.1 No message is taken here"),
            "EHLO" | "HELO" | "LHLO" => self.hello(verb, arguments),
            "HELP" => self.connection.reply("214 2.0.0 See RFC 5321"),
            "MAIL" => self.mail(arguments),
            "NOOP" => self.connection.reply("250 2.0.0 Ok"),
            "QUIT" => {
                self.connection.reply("221 2.0.0 Bye")?;
                self.achieve(verb)
            }
            "RCPT" => self.recipient(arguments),
            "RSET" => {
                self.connection.reply("250 2.0.0 Ok")?;
                self.achieve(verb)
            }
            "STARTTLS" => self.starttls(arguments),
            "VRFY" => self.connection.reply("252 2.0.0 Send some mail, and see"),
            _ => self.connection.reply(NOT_IMPLEMENTED),
        }
    }

    /// Takes a command as successful, after the positive reply to it.
    fn achieve(&mut self, verb: &str) -> io::Result<()> {
        match verb {
            "AUTH" => self.state.authenticated = true,
            "EHLO" | "HELO" | "LHLO" => {
                self.state.introduced = true;
                self.state.sender = false;
            }
            "MAIL" => self.state.sender = true,
            "QUIT" => return Err(self.connection.close()),
            "RSET" => self.state.sender = false,
            _ => {}
        }
        Ok(())
    }

    fn hello(&mut self, verb: &str, arguments: &str) -> io::Result<()> {
        if (verb == "LHLO") != self.script.lmtp {
            // RFC 2033 section 4.1: an LMTP server must not accept HELO and EHLO.
            return self.connection.reply("500 5.5.1 Command not recognized");
        }
        if arguments.is_empty() {
            return self.connection.reply(&format!("501 5.5.4 Syntax: {verb} hostname"));
        }
        let mut lines = vec![self.script.host.clone()];
        if verb != "HELO" {
            lines.extend(self.keywords());
        }
        let last = lines.len() - 1;
        let mark = |(place, line): (usize, &String)| {
            format!("250{}{line}", if place == last { ' ' } else { '-' })
        };
        let reply: Vec<String> = lines.iter().enumerate().map(mark).collect();
        self.connection.reply(&reply.join("\n"))?;
        self.achieve(verb)
    }

    fn keywords(&self) -> Vec<String> {
        let tls = self.connection.is_tls();
        let under_tls = self.script.keywords_under_tls.as_ref().filter(|_| tls);
        let mut keywords = under_tls.unwrap_or(&self.script.keywords).clone();
        keywords.extend(self.script.size_limit.map(|limit| format!("SIZE {limit}")));
        let mechanisms = self.script.auth.offered(tls);
        if !mechanisms.is_empty() {
            keywords.push(format!("AUTH {}", mechanisms.join(" ")));
        }
        let starttls = match self.script.starttls {
            _ if tls => None,
            StartTls::NotOffered => None,
            StartTls::Offered => self.context.map(|_| "STARTTLS"),
            StartTls::OfferedLowerCase => self.context.map(|_| "starttls"),
            StartTls::InjectAfter220(_) | StartTls::Refused(_) | StartTls::Then(_) => {
                Some("STARTTLS")
            }
        };
        keywords.extend(starttls.map(String::from));
        keywords
    }

    fn starttls(&mut self, arguments: &str) -> io::Result<()> {
        if self.connection.is_tls() {
            return self.connection.reply("503 5.5.1 TLS is already active");
        }
        if !arguments.is_empty() {
            return self.connection.reply("501 5.5.4 STARTTLS takes no parameters");
        }
        match &self.script.starttls {
            StartTls::NotOffered => self.connection.reply(NOT_IMPLEMENTED),
            StartTls::Refused(reply) => self.connection.reply(reply),
            StartTls::Offered | StartTls::OfferedLowerCase if self.context.is_none() => {
                self.connection.reply(NOT_IMPLEMENTED)
            }
            StartTls::Offered | StartTls::OfferedLowerCase => {
                self.connection.reply(READY_FOR_TLS)?;
                self.handshake()
            }
            StartTls::InjectAfter220(injected) => {
                let mut bytes = reply_bytes(READY_FOR_TLS);
                bytes.extend(injected);
                self.connection.send(&bytes)?;
                self.handshake()
            }
            StartTls::Then(action) => {
                self.connection.reply(READY_FOR_TLS)?;
                match self.connection.perform(action)? {
                    Turn::Answered => Err(self.connection.listen()),
                    Turn::AsUsual => self.handshake(),
                }
            }
        }
    }

    fn handshake(&mut self) -> io::Result<()> {
        // RFC 3207 section 4.2: nothing learned in clear counts any more.
        self.connection.discard_input();
        self.state = State::default();
        match self.context {
            Some(context) => self.connection.start_tls(context),
            None => Err(self.connection.listen()),
        }
    }

    fn auth(&mut self, arguments: &str) -> io::Result<()> {
        let auth = &self.script.auth;
        if !self.state.introduced || auth.offered(self.connection.is_tls()).is_empty() {
            return self.connection.reply("503 5.5.1 AUTH was not advertised");
        }
        if self.state.authenticated {
            return self.connection.reply("503 5.5.1 Already authenticated");
        }
        if arguments.is_empty() {
            return self.connection.reply("501 5.5.4 Syntax: AUTH mechanism");
        }
        let connection = &mut self.connection;
        let exchange = Exchange { connection, auth, host: &self.script.host };
        self.state.authenticated = exchange.run(arguments)?;
        Ok(())
    }

    fn mail(&mut self, arguments: &str) -> io::Result<()> {
        if !self.state.introduced {
            return self.connection.reply("503 5.5.1 Say hello first");
        }
        if self.script.require_auth && !self.state.authenticated {
            return self.connection.reply("530 5.7.0 Authentication required");
        }
        if self.state.sender {
            // RFC 5321 section 4.1.4: one transaction after the other.
            return self.connection.reply("503 5.5.1 Nested MAIL command");
        }
        let Some(path) = Path::parse("FROM:", arguments) else {
            return self.connection.reply("501 5.5.4 Syntax: MAIL FROM:<address>");
        };
        let size: Option<u64> = path.parameter("SIZE").and_then(|size| size.parse().ok());
        if self.script.size_limit.is_some_and(|limit| size.is_some_and(|size| size > limit)) {
            return self.connection.reply("552 5.3.4 Message size exceeds fixed limit");
        }
        self.connection.reply("250 2.1.0 Ok")?;
        self.achieve("MAIL")
    }

    fn recipient(&mut self, arguments: &str) -> io::Result<()> {
        if !self.state.sender {
            return self.connection.reply("503 5.5.1 Need MAIL first");
        }
        let Some(path) = Path::parse("TO:", arguments).filter(|path| !path.address.is_empty())
        else {
            return self.connection.reply("501 5.5.4 Syntax: RCPT TO:<address>");
        };
        let mut scripted = self.script.recipients.iter();
        let action = match scripted.find(|(pattern, _)| path.matches(pattern)) {
            Some((_, action)) => action,
            None if self.state.authenticated || path.is_in(&self.script.local_domains) => {
                &Action::AsUsual
            }
            None => &self.script.relay,
        };
        match self.connection.perform(action)? {
            Turn::Answered => Ok(()),
            Turn::AsUsual => self.connection.reply("250 2.1.5 Ok"),
        }
    }
}

/// What is taken before STARTTLS even where TLS is required (RFC 3207 section 4).
fn is_allowed_in_clear(verb: &str) -> bool {
    matches!(verb, "EHLO" | "HELO" | "LHLO" | "NOOP" | "QUIT" | "STARTTLS")
}
