//! Who sends to whom, and why it waits, in bounded memory.

use std::collections::HashMap;

use crate::facts::{Detail, Share};
use crate::message::Message;

/// Counts senders, destination domains and reasons, over all mail systems.
#[derive(Clone)]
pub(crate) struct DetailLedger {
    top: usize,
    read: u64,
    null_senders: u64,
    senders: Counter,
    destinations: Counter,
    reasons: Counter,
}

impl DetailLedger {
    /// Nothing counted yet; the `top` greatest of each kind are wanted.
    pub(crate) fn new(top: usize) -> Self {
        let [senders, destinations, reasons] = [(); 3].map(|()| Counter::default());
        Self { top, read: 0, null_senders: 0, senders, destinations, reasons }
    }

    /// Counts a message: once for its sender, once for each of its domains and reasons.
    pub(crate) fn add(&mut self, message: &Message) {
        self.read += 1;
        if message.sender.is_empty() {
            self.null_senders += 1;
        } else {
            self.senders.add(&message.sender.to_ascii_lowercase(), None);
        }
        let mut domains: Vec<(String, Option<String>)> = Vec::new();
        let mut reasons: Vec<String> = Vec::new();
        for recipient in &message.recipients {
            let reason = recipient.reason.as_deref().map(gist).filter(|reason| !reason.is_empty());
            if let Some(reason) = &reason
                && !reasons.contains(reason)
            {
                reasons.push(reason.clone());
            }
            let domain = domain(&recipient.address);
            if !domains.iter().any(|(known, _)| *known == domain) {
                domains.push((domain, reason));
            }
        }
        for (domain, reason) in domains {
            self.destinations.add(&domain, reason.as_deref());
        }
        for reason in reasons {
            self.reasons.add(&reason, None);
        }
    }

    /// The greatest of each.
    pub(crate) fn close(self) -> Detail {
        Detail {
            read: self.read,
            null_senders: self.null_senders,
            senders: self.senders.greatest(self.top),
            destinations: self.destinations.greatest(self.top),
            reasons: self.reasons.greatest(self.top),
        }
    }
}

/// The domain of an address in lower case; an address without one is local.
fn domain(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => {
            domain.trim_end_matches('.').to_ascii_lowercase()
        }
        _ => "(local)".to_owned(),
    }
}

/// What a reason says without what is different in each message: the answer of the other side
/// instead of its name and address, and no queue id or time behind it.
fn gist(reason: &str) -> String {
    // Postfix: host mx.example.net[192.0.2.1] said: 451 4.7.1 ... (in reply to RCPT TO command)
    let said = reason.split_once(" said: ").map_or(reason, |(_, said)| said);
    let said = said.split(" (in reply to ").next().unwrap_or(said);
    // Exim: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 451 4.7.1 ...
    let said = match said.strip_prefix("SMTP error from remote mail server after ") {
        Some(after) => after.split_once(": ").map_or(after, |(_, said)| said),
        None => said,
    };
    // The same reason, after Postfix has seen it several times.
    let said = said.trim_start_matches("delivery temporarily suspended: ");
    let mut gist = String::new();
    for (at, word) in said.split_whitespace().enumerate() {
        // A reply begins with its code, and what is joined to it belongs to it.
        let is_code =
            at == 0 && word.as_bytes().get(..3).is_some_and(|it| it.iter().all(u8::is_ascii_digit));
        let is_name = word.contains(['@', '[', '=', '<']) || word.starts_with("http");
        let has_digits = word.len() > 5 && word.bytes().filter(u8::is_ascii_digit).count() > 2;
        let word = if !is_code && (is_name || has_digits) { "*" } else { word };
        if gist.len() + word.len() > GIST {
            break;
        }
        if !gist.is_empty() {
            gist.push(' ');
        }
        gist.push_str(word);
    }
    gist
}

/// Counts names. When there are very many, the rare ones are forgotten, so a count can be too
/// small, by no more than the greatest that was forgotten.
#[derive(Clone, Default)]
struct Counter(HashMap<String, Count>);

#[derive(Clone, Default)]
struct Count {
    messages: u64,
    /// The reason that is said most, if one is said more often than all others together; the
    /// majority vote of Boyer and Moore.
    reason: Option<String>,
    lead: u64,
}

impl Counter {
    fn add(&mut self, name: &str, reason: Option<&str>) {
        let end = name.char_indices().nth(LONGEST_NAME).map_or(name.len(), |(at, _)| at);
        let name = &name[..end];
        if !self.0.contains_key(name) {
            if self.0.len() >= MOST_NAMES {
                self.forget_the_rare();
            }
            self.0.insert(name.to_owned(), Count::default());
        }
        let Some(count) = self.0.get_mut(name) else { return };
        count.messages += 1;
        if let Some(reason) = reason {
            if count.reason.as_deref() == Some(reason) {
                count.lead += 1;
            } else if count.lead == 0 {
                (count.reason, count.lead) = (Some(reason.to_owned()), 1);
            } else {
                count.lead -= 1;
            }
        }
    }

    fn forget_the_rare(&mut self) {
        let mut counts: Vec<u64> = self.0.values().map(|count| count.messages).collect();
        counts.sort_unstable();
        let middle = counts.get(counts.len() / 2).copied().unwrap_or(0);
        self.0.retain(|_, count| count.messages > middle);
    }

    fn greatest(self, top: usize) -> Vec<Share> {
        let mut all: Vec<Share> = self
            .0
            .into_iter()
            .map(|(name, count)| Share { name, count: count.messages, reason: count.reason })
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        all.truncate(top);
        all
    }
}

/// Names of one kind that are counted at a time.
const MOST_NAMES: usize = 8192;
/// Characters of a name; RFC 5321 section 4.5.3.1.3 allows 256 octets.
const LONGEST_NAME: usize = 256;
/// Bytes of a reason.
const GIST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sender: &str, recipients: &[(&str, &str)]) -> Message {
        let mut message = Message { sender: sender.to_owned(), ..Message::default() };
        for (address, reason) in recipients {
            message.add_recipient(address, Some(reason));
        }
        message
    }

    #[test]
    fn ok_a_message_counts_once_for_its_sender_and_each_domain() {
        let mut ledger = DetailLedger::new(2);
        let full = "host mx.example.net[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)";
        ledger.add(&message(
            "Alice@example.org",
            &[("a@example.net", full), ("b@Example.NET", full)],
        ));
        ledger.add(&message(
            "alice@example.org",
            &[("c@example.com", "connect to mx[192.0.2.2]:25: Connection refused")],
        ));
        ledger.add(&message("", &[("d@example.net", full), ("root", "unknown")]));
        let detail = ledger.close();
        let share = |name: &str, count, reason: Option<&str>| Share {
            name: name.to_owned(),
            count,
            reason: reason.map(ToOwned::to_owned),
        };
        assert_eq!((detail.read, detail.null_senders), (3, 1));
        assert_eq!(detail.senders, [share("alice@example.org", 2, None)]);
        assert_eq!(
            detail.destinations,
            [
                share("example.net", 2, Some("452 4.2.2 Mailbox full")),
                share("(local)", 1, Some("unknown")),
            ]
        );
        assert_eq!(detail.reasons[0], share("452 4.2.2 Mailbox full", 2, None));
    }

    #[test]
    fn ok_reasons_lose_what_differs_in_each_message() {
        for (reason, said) in [
            (
                "host gmail-smtp-in.l.example.com[192.0.2.26] said: 421-4.7.0 Try again later. \
                 l4-20020a1709061c0400b00 - gsmtp (in reply to end of DATA command)",
                "421-4.7.0 Try again later. * - gsmtp",
            ),
            (
                "connect to mx.example.net[192.0.2.1]:25: Connection refused",
                "connect to * Connection refused",
            ),
            (
                "delivery temporarily suspended: connect to mx[192.0.2.1]:25: No route",
                "connect to * No route",
            ),
            (
                "SMTP error from remote mail server after RCPT TO:<bob@example.net>: 452 4.2.2 \
                 Mailbox full",
                "452 4.2.2 Mailbox full",
            ),
            (
                "SMTP error from remote mail server after initial connection: 421 Too many",
                "421 Too many",
            ),
            ("", ""),
        ] {
            assert_eq!(gist(reason), said);
        }
    }

    #[test]
    fn ok_memory_is_bounded_and_the_great_ones_stay() {
        let mut counter = Counter::default();
        for round in 0..100_000 {
            counter.add(&format!("{round}@example.net"), None);
            if round % 10 == 0 {
                counter.add("spammer@example.org", None);
            }
            assert!(counter.0.len() <= MOST_NAMES);
        }
        let greatest = counter.greatest(1);
        assert_eq!((greatest[0].name.as_str(), greatest[0].count), ("spammer@example.org", 10_000));
    }
}
