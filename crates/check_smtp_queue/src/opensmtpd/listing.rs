//! What `smtpctl show queue` says: a line for each envelope, with fields between `|`:
//!
//! ```text
//! id|inet|agent|flags|sender|rcpt|dest|creation|expire|last try|tries|state|seconds|error
//! ```
//!
//! Source: OpenSMTPD's `smtpctl.c`.

use super::envelope::sender;
use crate::message::Message;
use crate::queue::Queue;

/// Reads a line.
///
/// # Errors
/// When it does not even begin with the id of an envelope. One that does is counted, whatever else
/// is in it.
pub(crate) fn read(line: &[u8]) -> Result<Message, String> {
    let line = String::from_utf8_lossy(line);
    let fields: Vec<&str> = line.split('|').collect();
    let Some((id, rest)) = fields.split_first().filter(|(id, _)| is_envelope(id.as_bytes())) else {
        return Err("no envelope's id".to_owned());
    };
    let id = (*id).to_owned();
    let message = Message { queue: Some(Queue::Queue), id, ..Message::default() };
    Ok(describe(rest, &message).unwrap_or(message))
}

/// Whether this is the id of an envelope: the eight digits of its message's and eight of its own.
pub(super) fn is_envelope(id: &[u8]) -> bool {
    id.len() == 16 && id.iter().all(u8::is_ascii_hexdigit)
}

fn describe(fields: &[&str], message: &Message) -> Option<Message> {
    // An address may have a `|` before its `@`, and an error anywhere. What stands between them are
    // four numbers and the state.
    let times = fields.windows(5).position(|window| {
        let (state, numbers) = window.split_last().unwrap_or((&"", &[]));
        STATES.contains(state) && numbers.iter().all(|number| number.parse::<i64>().is_ok())
    })?;
    let addresses = addresses(fields.get(3..times)?);
    let [from, rcpt, ..] = &addresses[..] else { return None };
    let mut message = message.clone();
    message.arrival = fields[times].parse().ok().filter(|time| *time > 0);
    sender(from).clone_into(&mut message.sender);
    let error = fields.get(times + 6..).unwrap_or_default().join("|");
    // Where an alias or a forwarding leads to.
    let destination = addresses.get(2).unwrap_or(rcpt);
    message.add_recipient(destination, Some(error.as_str()).filter(|error| !error.is_empty()));
    Some(message)
}

/// Puts addresses together: each ends in the field that has its `@`, because no domain has a `|`.
fn addresses(fields: &[&str]) -> Vec<String> {
    let mut addresses = Vec::new();
    let mut begun: Vec<&str> = Vec::new();
    for field in fields {
        begun.push(field);
        if field.contains('@') {
            addresses.push(begun.join("|"));
            begun.clear();
        }
    }
    addresses
}

/// Of an envelope: waiting, under delivery, and on the disk of a server that is stopped.
const STATES: [&str; 3] = ["pending", "inflight", "offline"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(id: &str, sender: &str, destination: &str, reason: Option<&str>) -> Message {
        let mut message = Message {
            queue: Some(Queue::Queue),
            id: id.to_owned(),
            arrival: Some(1_795_294_974),
            size: None,
            sender: sender.to_owned(),
            recipients: Vec::new(),
        };
        message.add_recipient(destination, reason);
        message
    }

    fn check(line: &str, expected: &Message) {
        assert_eq!(read(line.as_bytes()).as_ref(), Ok(expected), "{line}");
    }

    #[test]
    fn ok_an_envelope_in_each_state() {
        let reason = Some("Network error on destination MXs");
        let waiting = message("1b3a22233e895576", "carol@example.net", "bob@example.com", reason);
        check(
            "1b3a22233e895576|inet4|mta|suspend|carol@example.net|bob2@example.com|bob@example.com\
             |1795294974|1795294974|0|1|pending|-12|Network error on destination MXs",
            &waiting,
        );
        check(
            "1b3a22233e895576|inet4|mta||carol@example.net|bob@example.com|bob@example.com\
             |1795294974|1795294974|0|1|offline||Network error on destination MXs",
            &waiting,
        );
        check(
            "782a28564358780b|inet6|mda||@|a@example.org|a@example.org\
             |1795294974|1795294974|1795295024|0|inflight|3|",
            &message("782a28564358780b", "", "a@example.org", None),
        );
    }

    #[test]
    fn ok_bars_in_addresses_and_errors() {
        check(
            "782a28564358780b|inet4|mta||a|b@example.org|c@example.com|c||d@example.com\
             |1795294974|1795294974|0|1|pending|350|550 no | not here",
            &message(
                "782a28564358780b",
                "a|b@example.org",
                "c||d@example.com",
                Some("550 no | not here"),
            ),
        );
    }

    #[test]
    fn ok_an_envelope_that_is_not_understood_counts() {
        for line in ["1b3a22233e895576", "1b3a22233e895576|a|b|c|d|e", "1b3a22233e895576||||||||"] {
            let id = "1b3a22233e895576".to_owned();
            let expected = Message { queue: Some(Queue::Queue), id, ..Message::default() };
            assert_eq!(read(line.as_bytes()), Ok(expected), "{line}");
        }
    }

    #[test]
    fn unknown_what_is_no_envelope() {
        for line in ["", "|", "smtpctl: need root privileges", "1b3a22233e89557|x", "xyz"] {
            assert!(read(line.as_bytes()).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_at_all_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&line);
        }

        #[test]
        fn no_fields_at_all_panic(
            fields in proptest::collection::vec("(\\PC{0,6}|[0-9]{1,20}|pending|a@b)", 0..20)
        ) {
            let line = format!("1b3a22233e895576|{}", fields.join("|"));
            prop_assert!(read(line.as_bytes()).is_ok());
        }
    }
}
