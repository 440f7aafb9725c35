//! The dialogue up to the login, and QUIT.

use mailhost_core::contract::{Finding, Rule, State, rule};
use mailhost_core::smtp::{Extensions, Fault, Reply};
use mailhost_core::tls::TlsFault;

use super::{certificate, times};
use crate::config::{Config, Place, TlsUse};
use crate::facts::{Answer, Door, Login, taken};

/// Judges every reply of one dialogue, in the order in which they came.
pub(super) fn judge(config: &Config, now: i64, door: &Door, findings: &mut Vec<Finding>) {
    let mut judge = Judge { config, door, findings };
    judge.greeting();
    judge.hello();
    judge.in_clear();
    judge.starttls();
    judge.tls(now);
    judge.keywords();
    judge.login();
    judge.envelope();
    judge.commands();
    judge.resets();
    judge.relay();
    judge.quit();
    judge.unreached();
}

/// What judging one dialogue needs. The envelope is judged in a file of its own.
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    pub(super) door: &'a Door,
    findings: &'a mut Vec<Finding>,
}

impl Judge<'_> {
    /// Seconds that the server had: all of `-t`, unless the DNS took some of them.
    fn given(&self) -> String {
        let (limit, had) = (self.config.time_limit, self.door.times.total);
        if limit - had < 0.3 { limit.to_string() } else { format!("{had:.1}") }
    }

    fn greeting(&mut self) {
        let Some(reply) = self.reply(self.door.greeting.as_ref(), "the greeting") else {
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
        let name = reply.first_line().split_whitespace().next().unwrap_or_default();
        if let Some(expected) = &self.config.expect_fqdn
            && !is_same_name(name, expected)
        {
            let text = format!("greets as \"{name}\", not as {expected}");
            self.broken(&rule::GREETING_NAME, text);
        }
        let ptr = match &self.door.ptr {
            Some(Ok(ptr)) if is_same_name(ptr, name) => format!("says {ptr}, as the greeting does"),
            Some(Ok(ptr)) => format!("says {ptr}, the greeting {name}"),
            Some(Err(fault)) => fault.to_string(),
            None => return,
        };
        self.good("ptr", format!("the address's PTR record {ptr}"));
    }

    fn hello(&mut self) {
        let usual = self.config.hello_verb();
        let (verb, both) = match &self.door.ehlo_refused {
            Some(_) => ("HELO", "EHLO, and HELO too"),
            None => (usual, usual),
        };
        self.hello_reply(verb, both, self.door.hello.as_ref());
        if let (Some(refused), Some(answer)) = (&self.door.ehlo_refused, &self.door.hello)
            && taken(answer).is_some()
        {
            let text = format!("refuses EHLO and takes HELO: {refused}");
            self.broken(&rule::ESMTP_MISSING, text);
        }
        let under_tls = format!("{usual} under TLS");
        self.hello_reply(&under_tls, &under_tls, self.door.hello_again.as_ref());
    }

    /// Judges the reply to `verb`; its refusal is that of `refused`.
    fn hello_reply(&mut self, verb: &str, refused: &str, answer: Option<&Answer>) {
        let Some(reply) = self.reply(answer, &format!("the reply to {verb}")) else {
            return;
        };
        if reply.code >= 400 {
            let unknown = self.door.ehlo_refused.is_some() && matches!(reply.code, 500 | 502);
            let hint = if unknown { "; LMTP wants -L" } else { "" };
            let text = format!("refuses {refused}: {reply}{hint}");
            self.push(refusal(&rule::EHLO_REFUSED, reply, text));
        } else {
            self.expect_code(reply, &[250], verb);
        }
    }

    /// What is offered or taken before TLS.
    fn in_clear(&mut self) {
        let offered = self.door.offered_in_clear.as_ref();
        let mechanisms = offered.map(Extensions::mechanisms).unwrap_or_default();
        let state = if self.config.tls_required { State::Warning } else { State::Ok };
        let tried = self.door.in_clear.as_ref();
        let auth =
            self.reply(tried.and_then(|it| it.auth.as_ref()), "the reply to AUTH before TLS");
        let taken = auth.filter(|reply| reply.code < 400);
        let text = match (taken, mechanisms.as_slice()) {
            (Some(reply), _) => Some(format!("takes AUTH without TLS: {reply}")),
            (None, []) => None,
            (None, _) => Some(format!("offers AUTH without TLS: {}", mechanisms.join(" "))),
        };
        if let Some(text) = text {
            self.push(Finding::broken(&rule::AUTH_IN_CLEAR, text).graded(state));
        } else if let Some(reply) = auth {
            self.good("tls-required", format!("refuses AUTH before TLS: {reply}"));
        }
        let Some(reply) = self.reply(tried.map(|it| &it.mail), "the reply to MAIL before TLS")
        else {
            return;
        };
        let text = format!("MAIL before TLS: {reply}");
        match reply.code / 100 {
            5 => self.good("tls-required", format!("refuses {text}")),
            // A full disk or a failed look-up says nothing about TLS.
            4 => self.broken(&rule::NOT_LOOKED_AT, format!("puts off {text}")),
            _ => self.broken(&rule::TLS_NOT_REQUIRED, format!("takes {text}")),
        }
    }

    fn starttls(&mut self) {
        if !matches!(self.config.tls, TlsUse::Starttls(_)) {
            return;
        }
        let lacks = |offered: &Extensions| !offered.has("STARTTLS");
        if self.door.offered_in_clear.as_ref().is_some_and(lacks) {
            self.broken(&rule::STARTTLS_MISSING, "does not offer STARTTLS");
        }
        if let Some(reply) = self.reply(self.door.starttls.as_ref(), "the reply to STARTTLS")
            && reply.code != 220
        {
            let text = format!("offers STARTTLS and answers it with {reply}");
            return self.push(refusal(&rule::STARTTLS_REFUSED, reply, text));
        }
        if let Some(injected) = &self.door.injected {
            let injected = injected.trim();
            let text = format!("sent text in clear behind the reply to STARTTLS: \"{injected}\"");
            self.broken(&rule::STARTTLS_INJECTION, text);
        }
    }

    fn tls(&mut self, now: i64) {
        match (&self.door.tls, self.config.tls.policy()) {
            (Some(Ok(tls)), Some(policy)) => {
                certificate::judge(policy, now, tls, self.findings);
                certificate::judge_other(policy, now, &self.door.other_chain, self.findings);
            }
            (Some(Err(fault)), _) => {
                let finding = Finding::broken(&rule::TLS_FAILED, fault.to_string());
                let out_of_time = matches!(fault, TlsFault::TimedOut);
                let silent = self.config.when_silent;
                self.push(if out_of_time { finding.graded(silent) } else { finding });
            }
            (Some(Ok(_)) | None, _) => {}
        }
    }

    fn keywords(&mut self) {
        let Some(offered) = &self.door.offered else {
            return;
        };
        self.good(
            "ehlo",
            match offered.lines() {
                [] => "offers no extension".to_owned(),
                keywords => format!("offers {}", keywords.join(", ")),
            },
        );
        for keyword in self.config.required_keywords.iter().filter(|it| !offered.has(it)) {
            self.broken(&rule::KEYWORD_MISSING, format!("does not offer {keyword}"));
        }
        for keyword in self.config.forbidden_keywords.iter().filter(|it| offered.has(it)) {
            self.broken(&rule::KEYWORD_FORBIDDEN, format!("offers {keyword}"));
        }
    }

    fn login(&mut self) {
        let (Some(config), Some(login)) = (&self.config.login, &self.door.login) else {
            return;
        };
        let user = &config.credentials.user;
        let (mechanism, encrypted, answer) = match login {
            Login::NotOffered => return self.no_mechanism(),
            Login::Withheld => {
                let text = format!(
                    "was not given the password of {user}: its certificate is not vouched for"
                );
                return self.broken(&rule::AUTH_WITHHELD, text);
            }
            Login::Tried { mechanism, encrypted, answer } => (mechanism, *encrypted, answer),
        };
        let Some(reply) = self.reply(Some(answer), "the reply to AUTH") else {
            return;
        };
        if reply.code >= 400 {
            let text = format!("refuses the login of {user} with {mechanism}: {reply}");
            return self.push(refusal(&rule::AUTH_REFUSED, reply, text));
        }
        if self.expect_code(reply, &[235], "AUTH") {
            let way = if encrypted { "" } else { " (in clear)" };
            self.good("auth", format!("{mechanism} as {user}{way}: {reply}"));
        }
    }

    fn no_mechanism(&mut self) {
        let Some(offered) = &self.door.offered else {
            return;
        };
        let mechanisms = offered.mechanisms().join(" ");
        let wanted = self.config.login.as_ref().and_then(|login| login.mechanism);
        let text = match (mechanisms.as_str(), wanted) {
            // Most likely the check lacks an option, not the server a mechanism.
            ("", _) if offered.has("STARTTLS") => {
                "offers AUTH only after STARTTLS, if at all: use -S".to_owned()
            }
            ("", _) => "does not offer AUTH".to_owned(),
            (_, Some(wanted)) => format!("does not offer AUTH {wanted}, but {mechanisms}"),
            (_, None) => format!("offers only AUTH {mechanisms}; choose with -A"),
        };
        self.broken(&rule::AUTH_MISSING, text);
    }

    fn quit(&mut self) {
        let (Some(answer), Some(Ok(greeting))) = (&self.door.quit, &self.door.greeting) else {
            return;
        };
        let (what, excused) = match answer {
            // A server that says goodbye in its own words has closed properly, and one that turned
            // us away at the door may just close.
            Ok(reply) if reply.code == 221 || reply.code == 421 => return,
            _ if greeting.code != 220 => return,
            // A server that does not know QUIT is odd; a reply of another command means that all
            // replies before may have been those of other commands too.
            Ok(reply) if !(500..505).contains(&reply.code) => {
                self.expect_code(reply, &[], "QUIT");
                return;
            }
            Ok(reply) => (format!("answers QUIT with {reply}"), false),
            Err(fault @ Fault::OutOfTurn(_)) => {
                let finding = self.no_reply(fault, "the reply to QUIT");
                return self.push(finding);
            }
            Err(fault) => (format!("{fault} at QUIT"), self.config.ignore_quit_failure),
        };
        let finding = Finding::broken(&rule::QUIT_FAILED, what);
        self.push(if excused { finding.graded(State::Ok) } else { finding });
    }

    /// What was asked for and not looked at, because the dialogue ended before.
    fn unreached(&mut self) {
        let (config, door) = (self.config, self.door);
        let envelope = config.envelope.as_ref();
        let recipients = envelope.map_or(0, |envelope| envelope.recipients.len());
        let keywords = config.required_keywords.len() + config.forbidden_keywords.len();
        let asked = [
            ("TLS", config.tls.policy().is_some() && door.tls.is_none()),
            ("--tls-required", config.tls_required && door.in_clear.is_none()),
            ("keywords", keywords > 0 && door.offered.is_none()),
            ("the login", config.login.is_some() && door.login.is_none()),
            ("MAIL", envelope.is_some() && door.mail.is_none()),
        ];
        let mut missed: Vec<String> =
            asked.iter().filter(|(_, missed)| *missed).map(|(what, _)| (*what).into()).collect();
        missed.extend(rest(door.recipients.len(), recipients, "recipient"));
        missed.extend(rest(door.commands.len(), config.commands.len(), "-C command"));
        if config.relay.is_some() && door.relay.is_none() {
            missed.push("relaying".to_owned());
        }
        if !missed.is_empty() {
            let text = format!("was not asked about {}", missed.join(", "));
            self.broken(&rule::NOT_LOOKED_AT, text);
        }
    }

    /// The reply, or a finding about why there is none; nothing at all where it was not asked for.
    pub(super) fn reply<'r>(
        &mut self,
        answer: Option<&'r Answer>,
        what: &str,
    ) -> Option<&'r Reply> {
        match answer? {
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
            Fault::Local(reason) => {
                Finding::broken(&rule::LOCAL_FAILURE, format!("{what} was not got: {reason}"))
            }
            Fault::TimedOut(partial) => {
                let text = format!(
                    "did not finish {what} within {} s{}{}",
                    self.given(),
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
        if is_465 && !matches!(self.config.tls, TlsUse::Implicit(_)) && what == "the greeting" {
            "; port 465 speaks TLS from the first byte: use --tls"
        } else {
            ""
        }
    }

    /// A success of another kind than the command can have means that replies and commands no
    /// longer belong together (RFC 5321 section 4.3.2).
    pub(super) fn expect_code(&mut self, reply: &Reply, codes: &[u16], verb: &str) -> bool {
        let expected = codes.contains(&reply.code);
        if !expected {
            self.broken(&rule::REPLY_UNEXPECTED, format!("answers {verb} with {reply}"));
        }
        expected
    }

    pub(super) fn good(&mut self, topic: &'static str, text: impl Into<String>) {
        self.push(Finding::good(topic, text));
    }

    pub(super) fn broken(&mut self, rule: &'static Rule, text: impl Into<String>) {
        self.push(Finding::broken(rule, text));
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// What is left of a list that was not gone through: "1 of 2 recipients".
fn rest(done: usize, asked: usize, what: &str) -> Option<String> {
    let plural = if asked == 1 { "" } else { "s" };
    (done < asked).then(|| format!("{} of {asked} {what}{plural}", asked - done))
}

fn is_same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

/// A refusal, told apart from one that only means this monitor.
pub(super) fn refusal(rule: &'static Rule, reply: &Reply, text: String) -> Finding {
    let words = reply.to_string().to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    let ours = if says(CLIENT_LIMITS) {
        &rule::CLIENT_LIMITED
    } else if says(CLIENT_BLOCKS) {
        &rule::CLIENT_BLOCKED
    } else {
        return Finding::broken(rule, text);
    };
    Finding::broken(ours, text).graded(rule.usual)
}

/// What servers say to one client that connects too often or is being tested: Postfix' anvil and
/// postscreen, Exim with a limit per host, Sendmail. What they say when they are full for everybody
/// is not among it.
const CLIENT_LIMITS: &[&str] = &[
    "450 4.3.2 service currently unavailable",
    "rate limit exceeded",
    "ratelimit",
    "too many auth commands from",
    "too many concurrent smtp connections from this",
    "too many connections from",
    "too many new tls sessions from",
    "too many open connections",
    "too many recipients from",
    "too much mail from",
];
/// What they say to a client whose address is on a list: postscreen and `reject_rbl_client`.
const CLIENT_BLOCKS: &[&str] =
    &["521 5.3.2 service currently unavailable", "service unavailable; client"];
