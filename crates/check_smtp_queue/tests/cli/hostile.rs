//! A queue whose messages mean harm.

use demo_host::spool::{Conduct, Message, Showq, Spool};

use crate::support::{check_spool, of_hours};

#[test]
fn ok_nothing_of_a_message_reaches_the_output_raw() {
    let spool = Spool::new().unwrap();
    let message = Message {
        sender: "a|b=1\u{1b}[31m<script>@example.org",
        recipient: "x@\u{202e}gro.elpmaxe|y",
        reason: "550 \u{7}|evil=1 <b>\n[OK] fine",
        ..of_hours(1, "deferred")
    };
    let messages = vec![("4F2A11C0D".to_owned(), message)];
    let _showq = Showq::start(&spool, Conduct::List(messages));
    let said = check_spool(&spool, &["--top", "5", "--sender-warning", "0", "-vvv"]);
    assert_eq!(said.findings()[0], "[WARNING] sender-threshold", "{}", said.0.stdout);
    said.shows("  sender 1 x a!b=1?[31m(script)@example.org");
    assert!(!said.findings().contains(&"[OK] fine"));
}

#[test]
fn ok_a_message_to_very_many_is_one_message() {
    let spool = Spool::new().unwrap();
    let mut list = b"queue_name\0active\0queue_id\0A1B2C3\0time\x001000000000\0size\x001\0sender\0a@example.org\0".to_vec();
    for number in 0..200_000 {
        list.extend_from_slice(
            format!("recipient\0r{number}@example{number}.net\0reason\0\0").as_bytes(),
        );
    }
    list.extend_from_slice(b"\0\0");
    let _showq = Showq::start(&spool, Conduct::Raw(list));
    let said = check_spool(&spool, &["--top", "1"]);
    assert_eq!(said.metric("active"), Some("1"), "{}", said.0.stdout);
}
