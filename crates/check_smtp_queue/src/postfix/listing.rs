//! What `postqueue -j` says: a JSON object a line for each message (Postfix 3.1 and later).

use serde::Deserialize;

use super::showq::{queue, sender};
use crate::message::Message;

/// A line, as far as it is used here. Postfix adds members with new versions.
#[derive(Deserialize)]
struct Line {
    queue_name: String,
    queue_id: String,
    arrival_time: i64,
    message_size: u64,
    sender: String,
    #[serde(default)]
    recipients: Vec<Waiting>,
}

#[derive(Deserialize)]
struct Waiting {
    address: String,
    delay_reason: Option<String>,
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(line: &[u8]) -> Result<Message, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let queue = queue(&line.queue_name);
    if queue.is_none() {
        return Err(format!("there is no queue \"{}\"", line.queue_name));
    }
    let mut message = Message {
        queue,
        id: line.queue_id,
        arrival: Some(line.arrival_time),
        size: Some(line.message_size),
        sender: sender(&line.sender).to_owned(),
        recipients: Vec::new(),
    };
    for recipient in &line.recipients {
        message.add_recipient(&recipient.address, recipient.delay_reason.as_deref());
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Queue;

    #[test]
    fn ok_a_line_of_each_version() {
        let line = br#"{"queue_name": "deferred", "queue_id": "4F2A11C0D", "arrival_time": 1795277532, "message_size": 512, "forced_expire": false, "sender": "MAILER-DAEMON", "recipients": [{"address": "bob@example.net", "delay_reason": "connection refused"}, {"address": "c@example.net", "orig_address": "d@example.net"}]}"#;
        let message = read(line).expect("well formed");
        assert_eq!((message.queue, message.sender.as_str()), (Some(Queue::Deferred), ""));
        assert_eq!((message.arrival, message.size), (Some(1_795_277_532), Some(512)));
        assert_eq!(message.recipients[0].reason.as_deref(), Some("connection refused"));
        assert_eq!(message.recipients[1].reason, None);
    }

    #[test]
    fn unknown_what_is_no_line() {
        let imaginary = br#"{"queue_name": "x", "queue_id": "A1", "arrival_time": 1, "message_size": 1, "sender": ""}"#;
        assert_eq!(read(imaginary), Err("there is no queue \"x\"".to_owned()));
        for line in [&b""[..], b"{}", b"Mail queue is empty", br#"{"queue_name": 1}"#] {
            assert!(read(line).is_err());
        }
    }
}
