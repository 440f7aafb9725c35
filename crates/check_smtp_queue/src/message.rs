//! A message as a mail system lists it.

use crate::queue::Queue;

/// One message of a queue.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Message {
    /// The queue it is in.
    pub(crate) queue: Option<Queue>,
    /// Its id, unique in its mail system at any time.
    pub(crate) id: String,
    /// When it arrived, in seconds since 1970.
    pub(crate) arrival: Option<i64>,
    /// Its bytes.
    pub(crate) size: Option<u64>,
    /// The address it is from, empty for the null sender.
    pub(crate) sender: String,
    /// Whom it still waits for, at most [`MOST_RECIPIENTS`].
    pub(crate) recipients: Vec<Recipient>,
}

/// Somebody a message waits for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Recipient {
    /// The address.
    pub(crate) address: String,
    /// Why it could not be delivered yet, in the mail system's words.
    pub(crate) reason: Option<String>,
}

impl Message {
    /// Adds a recipient, where there is still room.
    pub(crate) fn add_recipient(&mut self, address: &str, reason: Option<&str>) {
        if self.recipients.len() < MOST_RECIPIENTS {
            let (address, reason) = (cut(address), reason.map(cut));
            self.recipients.push(Recipient { address, reason });
        }
    }

    /// Gives the reason for the recipient that was added last, as far as there was room for it.
    pub(crate) fn explain(&mut self, reason: &str) {
        let last = self.recipients.last_mut().filter(|recipient| recipient.reason.is_none());
        if let Some(last) = last {
            last.reason = Some(cut(reason));
        }
    }
}

/// The beginning of a text, so that no message takes much memory.
fn cut(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(at, _)| at);
    text[..end].to_owned()
}

/// Characters; an address has at most 320 (RFC 5321 section 4.5.3.1).
const LONGEST_TEXT: usize = 400;
/// More than these show nothing more about where a message goes.
pub(crate) const MOST_RECIPIENTS: usize = 1000;
