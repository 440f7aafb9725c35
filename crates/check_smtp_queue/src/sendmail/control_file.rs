//! Sendmail's control files: `qf` and an id, or `hf` and `Qf` for what was set aside.
//!
//! ```text
//! V8
//! T1795294858                     when it arrived
//! N1
//! MDeferred: Connection refused   what became of the last attempt
//! Salice@example.org              the sender
//! RPFD:bob@example.net            somebody it waits for, behind flags
//! H??Subject: hello               the header lines begin
//! .
//! ```
//!
//! A letter begins each line; one that begins with white space goes on with the line before. A
//! recipient who has the message is no longer in it. Each attempt writes the file anew. Source: the
//! Sendmail Installation and Operation Guide, appendix B.

use crate::message::Message;

/// What the beginning of a control file says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Control {
    /// When the message arrived, in seconds since 1970.
    pub(super) arrival: Option<i64>,
    /// Its sender, recipients and the reason why they wait.
    pub(super) message: Message,
    /// Whether all recipients were read.
    pub(super) is_whole: bool,
}

/// Reads the beginning of a control file.
pub(super) fn read(bytes: &[u8]) -> Control {
    let mut control = Control::default();
    let mut reason: Option<String> = None;
    let mut lines = bytes.split(|&byte| byte == b'\n');
    // What stands behind the last line's end is a line that was cut, or nothing.
    let _ = lines.next_back();
    for line in lines {
        let Some((letter, value)) = line.split_first() else { continue };
        let text = || String::from_utf8_lossy(value);
        match letter {
            b'H' | b'.' => {
                control.is_whole = true;
                break;
            }
            b'M' => reason = Some(text().into_owned()),
            b'R' => control.message.add_recipient(&address(&text()), reason.as_deref()),
            b'S' => sender(&text()).clone_into(&mut control.message.sender),
            b'T' => control.arrival = text().trim().parse().ok().filter(|time| *time > 0),
            _ => {}
        }
    }
    control
}

/// The sender, empty for the null sender.
pub(super) fn sender(text: &str) -> &str {
    text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text)
}

fn address(value: &str) -> String {
    let address = match value.split_once(':') {
        Some((flags, address)) if flags.bytes().all(|flag| flag.is_ascii_alphabetic()) => address,
        _ => value,
    };
    sender(address).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "V8\nT1795294858\nK1795294858\nN1\nP60025\n\
        MDeferred: Connection refused by [192.0.2.1]\nFs\n$_root@localhost\n${daemon_flags}c u\n\
        Salice@example.org\nAalice@example.org\nrRFC822; bob@example.net\nRPFD:bob@example.net\n\
        rRFC822; \"odd: <x>\"@example.com\nRPFD:\"odd: <x>\"@example.com\nR<carol@example.net>\n\
        H??Received: (from root@localhost)\n\tby mail.example.org\nH??Subject: RPFD:no@example.org\n.\n";

    #[test]
    fn ok_everything_a_control_file_says() {
        let control = read(FILE.as_bytes());
        assert_eq!(control.arrival, Some(1_795_294_858));
        assert!(control.is_whole);
        let message = control.message;
        assert_eq!(message.sender, "alice@example.org");
        let recipients: Vec<&str> =
            message.recipients.iter().map(|it| it.address.as_str()).collect();
        assert_eq!(
            recipients,
            ["bob@example.net", "\"odd: <x>\"@example.com", "carol@example.net"]
        );
        let reason = "Deferred: Connection refused by [192.0.2.1]";
        assert!(message.recipients.iter().all(|it| it.reason.as_deref() == Some(reason)));
    }

    #[test]
    fn ok_the_null_sender_and_no_attempt_yet() {
        let control = read(b"V8\nT1795294858\nS<>\nRPFD:bob@example.net\nH??Subject: x\n");
        assert_eq!((control.message.sender.as_str(), control.is_whole), ("", true));
        assert_eq!(control.message.recipients[0].reason, None);
    }

    #[test]
    fn unknown_what_is_not_there() {
        for text in ["", "V8\n", "V8\nTsoon\n", "T0\n", "T-5\n", "V8\nT17952948", "\0\0\0"] {
            assert_eq!(read(text.as_bytes()), Control::default(), "{text}");
        }
    }

    #[test]
    fn ok_a_cut_file_says_that_it_is_cut() {
        let headers = FILE.find("H??").expect("there are some");
        for at in 0..=FILE.len() {
            let is_whole = at > FILE[headers..].find('\n').expect("a line") + headers;
            assert_eq!(read(&FILE.as_bytes()[..at]).is_whole, is_whole, "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_file_at_all_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_lines_at_all_panic(text in "([TSRMHé.][A-Za-z0-9:<> é]{0,12}\n?){0,20}") {
            let _ = read(text.as_bytes());
        }
    }
}
