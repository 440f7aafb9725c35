//! The dialogue, from the greeting to QUIT.

use mailhost_core::contract::{Finding, Rule, State, bytes_text, rule};
use mailhost_core::smtp::{Extensions, Fault, Reply};
use mailhost_core::tls::TlsFault;

use super::times;
use crate::config::{Config, Place, TlsUse};
use crate::facts::{Answer, Door, Login};

/// Judges every reply of one dialogue, in the order in which they came.
pub(super) fn judge(config: &Config, door: &Door, findings: &mut Vec<Finding>) {
    let mut judge = Judge {
        config,
        door,
        findings,
    };
    judge.greeting();
    judge.hello();
    judge.in_clear();
    judge.starttls();
    judge.keywords();
    judge.login();
    judge.envelope();
    judge.commands();
    judge.relay();
    judge.quit();
}

/// The finding for a handshake that failed.
pub(super) fn no_tls(config: &Config, fault: &TlsFault) -> Finding {
    let finding = Finding::broken(&rule::TLS_FAILED, fault.to_string());
    match fault {
        TlsFault::TimedOut => finding.graded(config.when_silent),
        _ => finding,
    }
}

struct Judge<'a> {
    config: &'a Config,
    door: &'a Door,
    findings: &'a mut Vec<Finding>,
}

impl Judge<'_> {
    fn greeting(&mut self) {
        let Some(answer) = &self.door.greeting else {
            return;
        };
        let Some(reply) = self.reply(answer, "the greeting") else {
            return;
        };
        if reply.code != 220 {
            let text = format!("greets with {reply}");
            return self.push(refusal(&rule::GREETING_REFUSED, reply, text));
        }
        let time = self.door.times.greeting.map_or(String::new(), times::text);
        self.good("greeting", format!("{reply}, {time} after connect"));
        if let Some(expected) = &self.config.expect
            && !format!("{} {}", reply.code, reply.first_line()).contains(expected)
        {
            let text = format!("greets without \"{expected}\": {reply}");
            self.broken(&rule::GREETING_UNEXPECTED, text);
        }
        let name = reply
            .first_line()
            .split_whitespace()
            .next()
            .unwrap_or_default();
        if let Some(expected) = &self.config.expect_fqdn
            && !name
                .trim_end_matches('.')
                .eq_ignore_ascii_case(expected.trim_end_matches('.'))
        {
            let text = format!("greets as \"{name}\", not as {expected}");
            self.broken(&rule::GREETING_NAME, text);
        }
        match &self.door.ptr {
            Some(Ok(ptr)) if ptr.trim_end_matches('.').eq_ignore_ascii_case(name) => {
                self.good(
                    "ptr",
                    format!("the address's PTR record says {ptr}, as the greeting does"),
                );
            }
            Some(Ok(ptr)) => {
                self.good(
                    "ptr",
                    format!("the address's PTR record says {ptr}, the greeting {name}"),
                );
            }
            Some(Err(fault)) => self.good("ptr", format!("the address's PTR record {fault}")),
            None => {}
        }
    }

    fn hello(&mut self) {
        let Some(answer) = &self.door.hello else {
            return;
        };
        let verb = match (&self.door.ehlo_refused, self.config.lmtp) {
            (Some(_), _) => "HELO",
            (None, true) => "LHLO",
            (None, false) => "EHLO",
        };
        self.hello_reply(verb, answer);
        if let (Some(refused), Ok(reply)) = (&self.door.ehlo_refused, answer)
            && reply.is_done()
        {
            let text = format!("refuses EHLO and takes HELO: {refused}");
            self.broken(&rule::ESMTP_MISSING, text);
        }
        if let Some(answer) = &self.door.hello_again {
            self.hello_reply(verb, answer);
        }
    }

    fn hello_reply(&mut self, verb: &str, answer: &Answer) {
        let Some(reply) = self.reply(answer, &format!("the reply to {verb}")) else {
            return;
        };
        if !reply.is_done() {
            let text = format!("refuses {verb}: {reply}");
            self.push(refusal(&rule::EHLO_REFUSED, reply, text));
        }
    }

    /// What is offered or taken before TLS.
    fn in_clear(&mut self) {
        let mechanisms = self
            .door
            .offered_in_clear
            .as_ref()
            .map(Extensions::mechanisms)
            .unwrap_or_default();
        let state = if self.config.tls_required {
            State::Warning
        } else {
            State::Ok
        };
        if !mechanisms.is_empty() {
            let text = format!("offers AUTH without TLS: {}", mechanisms.join(" "));
            self.push(Finding::broken(&rule::AUTH_IN_CLEAR, text).graded(state));
        }
        let Some(tried) = &self.door.in_clear else {
            return;
        };
        if let Some(reply) = self.reply(&tried.mail, "the reply to MAIL before TLS") {
            let text = format!("MAIL before TLS: {reply}");
            if reply.is_done() {
                self.broken(&rule::TLS_NOT_REQUIRED, format!("takes {text}"));
            } else {
                self.good("tls-required", format!("refuses {text}"));
            }
        }
        let auth = tried
            .auth
            .as_ref()
            .and_then(|auth| self.reply(auth, "the reply to AUTH before TLS"));
        if let Some(reply) = auth {
            let text = format!("AUTH before TLS: {reply}");
            if reply.code < 400 {
                self.push(
                    Finding::broken(&rule::AUTH_IN_CLEAR, format!("takes {text}")).graded(state),
                );
            } else {
                self.good("tls-required", format!("refuses {text}"));
            }
        }
    }

    fn starttls(&mut self) {
        if self.config.tls != TlsUse::Starttls {
            return;
        }
        let lacks = |offered: &Extensions| !offered.has("STARTTLS");
        if self.door.offered_in_clear.as_ref().is_some_and(lacks) {
            self.broken(&rule::STARTTLS_MISSING, "does not offer STARTTLS");
        }
        let Some(answer) = &self.door.starttls else {
            return;
        };
        if let Some(reply) = self.reply(answer, "the reply to STARTTLS")
            && reply.code != 220
        {
            let text = format!("offers STARTTLS and refuses it: {reply}");
            return self.broken(&rule::STARTTLS_REFUSED, text);
        }
        if let Some(injected) = &self.door.injected {
            let text = format!(
                "sent text in clear behind the reply to STARTTLS: \"{}\"",
                injected.trim()
            );
            self.broken(&rule::STARTTLS_INJECTION, text);
        }
    }

    fn keywords(&mut self) {
        let Some(offered) = &self.door.offered else {
            return;
        };
        let keywords: Vec<String> = offered.lines().collect();
        self.good(
            "ehlo",
            match keywords.as_slice() {
                [] => "offers no extension".to_owned(),
                _ => format!("offers {}", keywords.join(", ")),
            },
        );
        for keyword in self
            .config
            .required_keywords
            .iter()
            .filter(|keyword| !offered.has(keyword))
        {
            self.broken(&rule::KEYWORD_MISSING, format!("does not offer {keyword}"));
        }
        for keyword in self
            .config
            .forbidden_keywords
            .iter()
            .filter(|keyword| offered.has(keyword))
        {
            self.broken(&rule::KEYWORD_FORBIDDEN, format!("offers {keyword}"));
        }
    }

    fn login(&mut self) {
        let (
            Some(config),
            Some(Login {
                mechanism,
                encrypted,
                answer,
            }),
        ) = (&self.config.login, &self.door.login)
        else {
            return;
        };
        let (Some(mechanism), Some(answer)) = (mechanism, answer) else {
            let offered = self
                .door
                .offered
                .as_ref()
                .map(Extensions::mechanisms)
                .unwrap_or_default();
            let wanted = config
                .mechanism
                .map_or("of a kind known here".to_owned(), |it| it.to_string());
            let starttls = self
                .door
                .offered
                .as_ref()
                .is_some_and(|it| it.has("STARTTLS"));
            let text = match (offered.is_empty(), starttls) {
                (false, _) => format!("does not offer AUTH {wanted}, but {}", offered.join(" ")),
                // Most likely the check lacks an option, not the server a mechanism.
                (true, true) => "offers AUTH only after STARTTLS, if at all: use -S".to_owned(),
                (true, false) => format!("does not offer AUTH {wanted}, but no AUTH"),
            };
            return self.broken(&rule::AUTH_MISSING, text);
        };
        let Some(reply) = self.reply(answer, "the reply to AUTH") else {
            return;
        };
        let user = &config.credentials.user;
        if reply.code != 235 {
            let text = format!("refuses the login of {user} with {mechanism}: {reply}");
            return self.push(refusal(&rule::AUTH_REFUSED, reply, text));
        }
        let way = if *encrypted { "" } else { " (in clear)" };
        self.good("auth", format!("{mechanism} as {user}{way}: {reply}"));
    }

    fn envelope(&mut self) {
        let Some(envelope) = &self.config.envelope else {
            return;
        };
        if let (Some(size), Some(offered)) = (envelope.size, &self.door.offered) {
            self.size(size, offered);
        }
        let Some(answer) = &self.door.mail else {
            return;
        };
        let Some(reply) = self.reply(answer, "the reply to MAIL") else {
            return;
        };
        if !reply.is_done() {
            let (rule, what) = match (envelope.size, reply.code) {
                // Said already, by the limit that is offered.
                (Some(size), 552) if self.offers_less_than(size) => return,
                (Some(size), 452 | 552) => (
                    &rule::SIZE_TOO_SMALL,
                    format!("refuses a message of {}", bytes_text(size)),
                ),
                _ => (
                    &rule::MAIL_REFUSED,
                    format!("refuses mail from \"{}\"", envelope.sender),
                ),
            };
            return self.push(refusal(rule, reply, format!("{what}: {reply}")));
        }
        self.good(
            "mail",
            format!("takes mail from \"{}\": {reply}", envelope.sender),
        );
        for (recipient, answer) in &self.door.recipients {
            let Some(reply) = self.reply(answer, "the reply to RCPT") else {
                continue;
            };
            match reply.code / 100 {
                2 => self.good("rcpt", format!("takes mail to {recipient}: {reply}")),
                4 => {
                    let text = format!("puts off mail to {recipient}: {reply}");
                    self.push(refusal(&rule::RCPT_DEFERRED, reply, text));
                }
                _ => {
                    let text = format!("refuses mail to {recipient}: {reply}");
                    self.push(refusal(&rule::RCPT_REFUSED, reply, text));
                }
            }
        }
    }

    /// Judges the advertised limit, and says whether it is too small.
    fn size(&mut self, size: u64, offered: &Extensions) {
        match offered.size() {
            // RFC 1870 section 3: 0 is no fixed limit.
            Some(0) => self.good("size", "has no fixed limit on the size of a message"),
            Some(limit) if limit < size => {
                let [limit, size] = [limit, size].map(bytes_text);
                let text = format!("takes messages of up to {limit}, {size} is asked for");
                self.broken(&rule::SIZE_TOO_SMALL, text);
            }
            Some(limit) => self.good(
                "size",
                format!("takes messages of up to {}", bytes_text(limit)),
            ),
            None if offered.has("SIZE") => {
                self.good("size", "offers SIZE with a limit that is no number");
            }
            None => self.good("size", "does not offer SIZE: its limit was not looked at"),
        }
    }

    fn offers_less_than(&self, size: u64) -> bool {
        let limit = self.door.offered.as_ref().and_then(Extensions::size);
        limit.is_some_and(|limit| limit != 0 && limit < size)
    }

    fn commands(&mut self) {
        let expected = self.config.commands.iter().map(|(_, regex)| regex);
        for ((command, answer), regex) in self.door.commands.iter().zip(expected) {
            let Some(reply) = self.reply(answer, &format!("the reply to {command}")) else {
                continue;
            };
            match regex {
                Some(regex) if !regex.is_match(&raw(reply)) => {
                    let text = format!("answers {command} with {reply}, which -R does not match");
                    self.broken(&rule::COMMAND_MISMATCH, text);
                }
                None if reply.code >= 400 => {
                    self.broken(
                        &rule::COMMAND_REFUSED,
                        format!("refuses {command}: {reply}"),
                    );
                }
                _ => self.good("command", format!("{command}: {reply}")),
            }
        }
    }

    fn relay(&mut self) {
        let Some(relay) = &self.door.relay else {
            return;
        };
        let [sender, recipient] = &relay.envelope;
        let last = relay.rcpt.as_ref().unwrap_or(&relay.mail);
        let Some(reply) = self.reply(last, "the reply to a stranger's envelope") else {
            return;
        };
        let what = format!("mail from {sender} to {recipient} from this address");
        if relay.rcpt.is_some() && reply.is_done() {
            self.broken(&rule::OPEN_RELAY, format!("relays {what}: {reply}"));
        } else {
            self.good("relay", format!("refuses {what}: {reply}"));
        }
    }

    fn quit(&mut self) {
        let (Some(answer), Some(Ok(greeting))) = (&self.door.quit, &self.door.greeting) else {
            return;
        };
        let what = match answer {
            // A server that says goodbye in its own words has closed properly, and one that turned
            // us away at the door may just close.
            Ok(reply) if reply.code == 221 || reply.code == 421 => return,
            _ if greeting.code != 220 => return,
            Ok(reply) => format!("answers QUIT with {reply}"),
            Err(fault @ Fault::OutOfTurn(_)) => {
                let finding = self.no_reply(fault, "the reply to QUIT");
                return self.push(finding);
            }
            Err(fault) => format!("{fault} at QUIT"),
        };
        let finding = Finding::broken(&rule::QUIT_FAILED, what);
        let state = if self.config.ignore_quit_failure {
            State::Ok
        } else {
            State::Warning
        };
        self.push(finding.graded(state));
    }

    /// The reply, or a finding about why there is none.
    fn reply<'r>(&mut self, answer: &'r Answer, what: &str) -> Option<&'r Reply> {
        match answer {
            Ok(reply) => Some(reply),
            Err(fault) => {
                let finding = self.no_reply(fault, what);
                self.push(finding);
                None
            }
        }
    }

    fn no_reply(&self, fault: &Fault, what: &str) -> Finding {
        let heard = |partial: &String| match partial.trim() {
            "" => String::new(),
            partial => format!(", only \"{partial}\""),
        };
        match fault {
            Fault::Closed(partial) => {
                let text = format!("closed the connection instead of {what}{}", heard(partial));
                Finding::broken(&rule::CONNECTION_CLOSED, text)
            }
            Fault::Broken(reason) => {
                let text = format!("broke the connection instead of {what}: {reason}");
                Finding::broken(&rule::CONNECTION_CLOSED, text)
            }
            Fault::TimedOut(partial) => {
                let text = format!(
                    "did not finish {what} within {} s{}{}",
                    self.config.time_limit,
                    heard(partial),
                    self.hint_at_tls(what),
                );
                Finding::broken(&rule::REPLY_TIMEOUT, text).graded(self.config.when_silent)
            }
            Fault::Invalid(fault) => {
                Finding::broken(&rule::REPLY_INVALID, format!("sent, as {what}, {fault}"))
            }
            Fault::OutOfTurn(surplus) => {
                let text = format!("spoke out of turn before {what}: \"{}\"", surplus.trim());
                Finding::broken(&rule::REPLY_OUT_OF_TURN, text)
            }
        }
    }

    /// A server that waits for a TLS handshake says nothing at all.
    fn hint_at_tls(&self, what: &str) -> &'static str {
        let is_465 = matches!(self.config.place, Place::Host { port: 465, .. });
        if is_465 && self.config.tls != TlsUse::Implicit && what == "the greeting" {
            "; port 465 speaks TLS from the first byte: use --tls"
        } else {
            ""
        }
    }

    fn good(&mut self, topic: &'static str, text: impl Into<String>) {
        self.push(Finding::good(topic, text));
    }

    fn broken(&mut self, rule: &'static Rule, text: impl Into<String>) {
        self.push(Finding::broken(rule, text));
    }

    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// A refusal, told apart from one that only means this monitor.
fn refusal(rule: &'static Rule, reply: &Reply, text: String) -> Finding {
    let words = reply.to_string().to_lowercase();
    if CLIENT_LIMITS.iter().any(|sign| words.contains(sign)) {
        return Finding::broken(&rule::CLIENT_LIMITED, text).graded(rule.usual);
    }
    Finding::broken(rule, text)
}

/// The lines of a reply as they came, for regular expressions.
fn raw(reply: &Reply) -> String {
    let last = reply.lines.len().saturating_sub(1);
    let line = |(at, line): (usize, &String)| {
        format!("{}{}{line}", reply.code, if at == last { ' ' } else { '-' })
    };
    reply
        .lines
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// What servers say to a client that connects too often or is being tested: Postfix' anvil and
/// postscreen, Exim, Sendmail.
const CLIENT_LIMITS: &[&str] = &[
    "too many concurrent",
    "too many connections",
    "too many open connections",
    "too much mail from",
    "rate limit",
    "ratelimit",
    "all server ports are busy",
    "service currently unavailable",
    "blocked using",
    "pregreet",
];
