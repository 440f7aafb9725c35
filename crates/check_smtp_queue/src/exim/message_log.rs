//! Exim's message logs: `msglog/ID`, with what became of each attempt, the last at the end.
//!
//! ```text
//! 2026-11-21 20:58:39 bob@example.net R=dnslookup T=remote_smtp defer (111): Connection refused
//! 2026-11-21 20:58:39 carol@example.net <all@example.org> R=local defer (-1): the mailbox is full
//! ```

/// Reasons of deferral, in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Reasons<'a>(Vec<(&'a str, &'a str)>);

/// Finds the reasons of deferral in the end of a message log.
pub(super) fn read(tail: &str) -> Reasons<'_> {
    Reasons(tail.lines().filter_map(line).collect())
}

impl Reasons<'_> {
    /// Why a recipient still waits: the last thing that was said about the address or one that it
    /// was redirected to.
    pub(super) fn of(&self, recipient: &str) -> Option<&str> {
        let about = |names: &str| {
            let rest = names.strip_prefix(recipient);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                || names.split(' ').any(|name| {
                    name.strip_prefix('<').and_then(|it| it.strip_suffix('>')) == Some(recipient)
                })
        };
        let said = || self.0.iter().rev().filter(|(names, _)| about(names)).map(|(_, text)| *text);
        // That it is not time yet says nothing of the reason, which was said before.
        said().find(|text| !text.to_ascii_lowercase().starts_with("retry time")).or(said().next())
    }
}

/// The address with those that it came from, and the reason.
fn line(line: &str) -> Option<(&str, &str)> {
    let (names, reason) = line.split_once(" defer (")?;
    let (_, reason) = reason.split_once(')')?;
    // With the host in between: "defer (-44) H=mx.example.net [192.0.2.1]: text".
    let reason = match reason.strip_prefix(':') {
        Some(reason) => reason,
        None => reason.split_once(": ").map_or(reason, |(_, reason)| reason),
    };
    let names = names.split(" R=").next().unwrap_or(names);
    let names = names.split(" T=").next().unwrap_or(names);
    Some((without_time(names), reason.trim()))
}

/// What comes behind the date, the time and, if it is logged, the zone.
fn without_time(line: &str) -> &str {
    let mut rest = line;
    while let Some((word, behind)) = rest.split_once(' ') {
        let is_of_time = |c: char| c.is_ascii_digit() || "+-:.".contains(c);
        if word.is_empty() || !word.chars().all(is_of_time) {
            break;
        }
        rest = behind;
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOG: &str = "cut line\n\
        2026-11-21 20:58:39 Received from alice@example.org U=root P=local S=289\n\
        2026-11-21 20:58:39 dave@full.example.net R=full defer (-1): the mailbox is full\n\
        2026-11-21 20:58:39 H=mx.example.net [192.0.2.1] Connection refused\n\
        2026-11-21 20:58:39 bob@example.net R=dnslookup T=remote_smtp defer (111): Connection refused\n\
        2026-11-21 21:58:39.123 +0000 erin@example.net <all@example.org> R=dnslookup T=remote_smtp defer (-44) H=mx.example.net [2001:db8::1]: SMTP error from remote mail server after RCPT TO:<erin@example.net>: 452 4.2.2 full\n\
        2026-11-21 21:58:40 bob@example.net R=dnslookup T=remote_smtp defer (-54): retry time not reached for any host for 'example.net'\n\
        2026-11-21 21:58:40 late@example.net defer (-54): retry time not reached\n";

    #[test]
    fn ok_each_recipient_has_its_own_reason() {
        let reasons = read(LOG);
        for (recipient, reason) in [
            ("dave@full.example.net", Some("the mailbox is full")),
            ("bob@example.net", Some("Connection refused")),
            (
                "all@example.org",
                Some(
                    "SMTP error from remote mail server after RCPT TO:<erin@example.net>: 452 4.2.2 full",
                ),
            ),
            ("late@example.net", Some("retry time not reached")),
            ("bob@example.ne", None),
            ("", None),
        ] {
            assert_eq!(reasons.of(recipient), reason, "{recipient}");
        }
    }

    proptest! {
        #[test]
        fn no_log_at_all_panics(log in "(.{0,20} defer \\(.{0,20}\n|.{0,40}\n){0,5}", who in ".{0,5}") {
            let _ = read(&log).of(&who);
        }
    }
}
