//! The control file of a message: a record in each line, which begins with a letter. The file only
//! grows, so what an attempt found out stands at its end.
//!
//! - `s` the sender, `r` a recipient;
//! - `M` the id: inode, second of submission and process, as hexadecimal numbers between dots;
//! - `I` what the other side said about a recipient, by its number in the file: `C` while connecting,
//!   `R` in a reply;
//! - `S`, `F` a recipient, by its number, who is done: delivered or failed.
//!
//! Source: Courier's documentation "Mail Queue" and `comctlfile.h`.

use crate::message::{MOST_RECIPIENTS, Message};

/// Reads the first bytes of a control file: the second of submission, the sender, and the recipients
/// who wait.
pub(crate) fn read(bytes: &[u8]) -> Message {
    let mut message = Message::default();
    let mut recipients: Vec<Recipient> = Vec::new();
    let mut lines = bytes.split(|&byte| byte == b'\n');
    // What comes behind the last line feed is cut or still being written.
    lines.next_back();
    for line in lines {
        let line = String::from_utf8_lossy(line);
        let Some(kind) = line.chars().next() else { continue };
        let text = &line[kind.len_utf8()..];
        match kind {
            's' => text.clone_into(&mut message.sender),
            'r' if recipients.len() < MOST_RECIPIENTS => {
                let address = text.to_owned();
                recipients.push(Recipient { address, reason: None, is_done: false });
            }
            'M' => message.arrival = submission(text),
            'I' => note(text, &mut recipients),
            'S' | 'F' => {
                let number = text.split(' ').next().unwrap_or_default();
                if let Some(recipient) = find(number, &mut recipients) {
                    recipient.is_done = true;
                }
            }
            _ => {}
        }
    }
    for recipient in recipients.iter().filter(|recipient| !recipient.is_done) {
        message.add_recipient(&recipient.address, recipient.reason.as_deref());
    }
    message
}

struct Recipient {
    address: String,
    reason: Option<String>,
    is_done: bool,
}

/// "number kind text".
fn note(text: &str, recipients: &mut [Recipient]) {
    let mut words = text.splitn(3, ' ');
    let (number, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if matches!(kind, "C" | "R")
        && let Some(said) = words.next()
        && let Some(recipient) = find(number, recipients)
    {
        recipient.reason = Some(said.to_owned());
    }
}

fn find<'a>(number: &str, recipients: &'a mut [Recipient]) -> Option<&'a mut Recipient> {
    recipients.get_mut(number.parse::<usize>().ok()?)
}

fn submission(id: &str) -> Option<i64> {
    let second = i64::from_str_radix(id.split('.').nth(1)?, 16).ok()?;
    (second > 0).then_some(second)
}

/// Bytes of a control file that are read: more than a hundred recipients, which is where Courier
/// begins another file, with what was said about them.
pub(crate) const HEAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ok_who_waits_and_why() {
        let file = b"scarol@example.net\nfdns; client.example.net ([192.0.2.7])\ne\nt\n\
            M00000000000A1B2C.000000006B02EE7E.00001267\n\
            rbob@example.com\nR\nN\nrdone@example.org\nR\nN\nrnew@example.com\nR\nN\n\
            ulocal\nE1795899774\np1795899774\nW1795309374\nA1795294974\n\
            I0 C connect to mx.example.com: Connection refused\nD0 1795294980\n\
            I1 R 250 Ok.\nS1 1795294981 l\nI0 P mx.example.com [192.0.2.26]\n\
            I0 R 450-4.2.1 Busy\nI0 R 450 4.2.1 Later\nD0 1795295980\nC1795295980\n";
        let mut expected = Message {
            sender: "carol@example.net".to_owned(),
            arrival: Some(1_795_354_238),
            ..Message::default()
        };
        expected.add_recipient("bob@example.com", Some("450 4.2.1 Later"));
        expected.add_recipient("new@example.com", None);
        assert_eq!(read(file), expected);
    }

    #[test]
    fn ok_a_bounce_has_no_sender() {
        let mut expected = Message::default();
        expected.add_recipient("bob@example.com", None);
        assert_eq!(
            read(b"s\nMx.y.z\nrbob@example.com\nI7 R 550 no\nS9 1\nF x\nI0\nrcut@exa"),
            expected
        );
    }

    #[test]
    fn ok_nothing_tells_nothing() {
        for file in [&b""[..], b"\n\n", b"scut@example", b"\xff\xfe\n", b"M\nM1.0.1\n"] {
            assert_eq!(read(file), Message::default(), "{file:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&file);
        }

        #[test]
        fn no_records_at_all_panic(
            records in proptest::collection::vec("[srMISFD][0-9]{0,21} ?[RC]? ?\\PC{0,9}", 0..20)
        ) {
            let _ = read(format!("{}\n", records.join("\n")).as_bytes());
        }
    }
}
