//! The envelope: MAIL, RCPT, SIZE, commands and relaying.

use mailhost_core::contract::{bytes_text, rule};
use mailhost_core::smtp::{Extensions, Reply, SizeLimit};

use super::dialogue::{Judge, refusal};

impl Judge<'_> {
    pub(super) fn envelope(&mut self) {
        let Some(envelope) = &self.config.envelope else {
            return;
        };
        if let (Some(size), Some(offered)) = (envelope.size, &self.door.offered) {
            self.size(size, offered);
        }
        let Some(reply) = self.reply(self.door.mail.as_ref(), "the reply to MAIL") else {
            return;
        };
        if reply.code >= 400 {
            let (rule, what) = match (envelope.size, reply.code) {
                // Said already, by the limit that is offered.
                (Some(size), 552) if self.offers_less_than(size) => return,
                (Some(size), 452 | 552) => {
                    (&rule::SIZE_TOO_SMALL, format!("refuses a message of {}", bytes_text(size)))
                }
                _ => (&rule::MAIL_REFUSED, format!("refuses mail from \"{}\"", envelope.sender)),
            };
            return self.push(refusal(rule, reply, format!("{what}: {reply}")));
        }
        if self.expect_code(reply, &[250], "MAIL") {
            self.good("mail", format!("takes mail from \"{}\": {reply}", envelope.sender));
        }
        for (recipient, answer) in &self.door.recipients {
            if let Some(reply) = self.reply(Some(answer), "the reply to RCPT") {
                self.recipient(recipient, reply);
            }
        }
    }

    fn recipient(&mut self, recipient: &str, reply: &Reply) {
        match reply.code / 100 {
            4 if reply.code == 421 => {
                let text = format!("closes the connection at mail to {recipient}: {reply}");
                self.push(refusal(&rule::CONNECTION_CLOSED, reply, text));
            }
            4 => {
                let text = format!("puts off mail to {recipient}: {reply}");
                self.push(refusal(&rule::RCPT_DEFERRED, reply, text));
            }
            5 => {
                let text = format!("refuses mail to {recipient}: {reply}");
                self.push(refusal(&rule::RCPT_REFUSED, reply, text));
            }
            _ => {
                if self.expect_code(reply, &[250, 251, 252], "RCPT") {
                    self.good("rcpt", format!("takes mail to {recipient}: {reply}"));
                }
            }
        }
    }

    fn size(&mut self, size: u64, offered: &Extensions) {
        match offered.size() {
            Some(SizeLimit::Unlimited) => {
                self.good("size", "has no fixed limit on the size of a message");
            }
            Some(SizeLimit::Bytes(limit)) if limit < size => {
                let [mut takes, mut asked] = [limit, size].map(bytes_text);
                if takes == asked {
                    [takes, asked] = [limit, size].map(|bytes| format!("{bytes} B"));
                }
                let text = format!("takes messages of up to {takes}, {asked} is asked for");
                self.broken(&rule::SIZE_TOO_SMALL, text);
            }
            Some(SizeLimit::Bytes(limit)) => {
                self.good("size", format!("takes messages of up to {}", bytes_text(limit)));
            }
            Some(SizeLimit::NotSaid) => {
                self.broken(&rule::SIZE_UNKNOWN, "offers SIZE without a limit");
            }
            None => self.broken(&rule::SIZE_UNKNOWN, "does not offer SIZE"),
        }
    }

    fn offers_less_than(&self, size: u64) -> bool {
        let limit = self.door.offered.as_ref().and_then(Extensions::size);
        matches!(limit, Some(SizeLimit::Bytes(limit)) if limit < size)
    }

    pub(super) fn commands(&mut self) {
        let expected = self.config.commands.iter().map(|(_, regex)| regex);
        for ((command, answer), regex) in self.door.commands.iter().zip(expected) {
            let Some(reply) = self.reply(Some(answer), &format!("the reply to {command}")) else {
                continue;
            };
            let raw = || reply.wire_lines().collect::<Vec<_>>().join("\n");
            match regex {
                Some(regex) if !regex.is_match(&raw()) => {
                    let text = format!("answers {command} with {reply}, which -R does not match");
                    self.broken(&rule::COMMAND_MISMATCH, text);
                }
                None if !reply.is_done() => {
                    let text = format!("refuses {command}: {reply}");
                    self.push(refusal(&rule::COMMAND_REFUSED, reply, text));
                }
                _ => self.good("command", format!("{command}: {reply}")),
            }
        }
    }

    pub(super) fn resets(&mut self) {
        for answer in &self.door.resets {
            if let Some(reply) = self.reply(Some(answer), "the reply to RSET") {
                self.expect_code(reply, &[250], "RSET");
            }
        }
    }

    pub(super) fn relay(&mut self) {
        let Some(relay) = &self.door.relay else {
            return;
        };
        let [sender, recipient] = &relay.envelope;
        let what = format!("mail from {sender} to {recipient} from this address");
        if let Some(reply) = relay.refusal() {
            return self.good("relay", format!("refuses {what}: {reply}"));
        }
        let last = relay.rcpt.as_ref().unwrap_or(&relay.mail);
        let Some(reply) = self.reply(Some(last), "the reply to a stranger's envelope") else {
            return;
        };
        match (&relay.rcpt, reply.code) {
            (Some(_), 250..=252) => {
                self.broken(&rule::OPEN_RELAY, format!("relays {what}: {reply}"));
            }
            (Some(_), 200..400) => {
                self.expect_code(reply, &[], "a stranger's RCPT");
            }
            (Some(_), _) => {
                let text = format!("was not tested for relaying {what}: {reply}");
                self.broken(&rule::NOT_LOOKED_AT, text);
            }
            (None, _) => {
                let text =
                    format!("was not tested for relaying, it refuses the sender {sender}: {reply}");
                self.broken(&rule::NOT_LOOKED_AT, text);
            }
        }
    }
}
