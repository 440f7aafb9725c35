//! Replies: three digits and text, on one line or several (RFC 5321 section 4.2).

use std::fmt;

use serde::Serialize;

/// A complete reply.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reply {
    /// The code, 200 to 599.
    pub code: u16,
    /// The text of each line behind the code and its separator; what is not UTF-8 is replaced.
    pub lines: Vec<String>,
}

impl Reply {
    /// The text of the first line.
    pub fn first_line(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// 2yz: done.
    pub fn is_done(&self) -> bool {
        self.code / 100 == 2
    }

    /// The lines as they were sent, code and separator included.
    pub fn wire_lines(&self) -> impl Iterator<Item = String> {
        let last = self.lines.len().saturating_sub(1);
        self.lines.iter().enumerate().map(move |(at, line)| {
            format!("{}{}{line}", self.code, if at == last { ' ' } else { '-' })
        })
    }
}

/// Code and text on one line, as a person would quote it.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for line in self.lines.iter().filter(|line| !line.trim().is_empty()) {
            write!(f, " {}", line.trim())?;
        }
        Ok(())
    }
}

/// Why what came is not a reply.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ReplyFault {
    /// A challenge that is not base64 (RFC 4954 section 4).
    #[error("a challenge that is not base64: \"{0}\"")]
    BadChallenge(String),
    /// A line without end.
    #[error("a line of more than {MAX_LINE} bytes")]
    LineTooLong,
    /// A multi-line reply whose lines carry different codes.
    #[error("lines with the codes {0} and {1} in one reply")]
    MixedCodes(u16, u16),
    /// A line that does not begin with a code.
    #[error("\"{0}\", which is not SMTP")]
    NotAReply(String),
    /// A reply without end.
    #[error("a reply of more than {MAX_REPLY} bytes")]
    TooLong,
}

/// Reads one reply from the start of `buffer`: the reply and the number of bytes it takes, or
/// `None` when more bytes are needed.
///
/// Lines may end in LF alone, as some servers' do. A line may be longer than the 512 bytes of RFC
/// 5321 section 4.5.3.1.5, up to 4,096, and a reply up to 16,384 bytes.
///
/// # Errors
/// [`ReplyFault`], as soon as the bytes cannot become a reply any more.
pub fn parse_reply(buffer: &[u8]) -> Result<Option<(Reply, usize)>, ReplyFault> {
    let mut reply: Option<Reply> = None;
    let mut at = 0;
    loop {
        let rest = &buffer[at..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            return unfinished(rest, at);
        };
        if end > MAX_LINE {
            return Err(ReplyFault::LineTooLong);
        }
        at += end + 1;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let (code, is_last, text) = parse_line(line)?;
        let reply = reply.get_or_insert_with(|| Reply { code, lines: Vec::new() });
        if reply.code != code {
            return Err(ReplyFault::MixedCodes(reply.code, code));
        }
        reply.lines.push(text);
        if at > MAX_REPLY {
            return Err(ReplyFault::TooLong);
        }
        if is_last {
            return Ok(Some((reply.clone(), at)));
        }
    }
}

/// Judges the bytes of a line whose end has not come, so that a peer that speaks something else is
/// not waited for.
fn unfinished(line: &[u8], at: usize) -> Result<Option<(Reply, usize)>, ReplyFault> {
    if line.len() > MAX_LINE {
        return Err(ReplyFault::LineTooLong);
    }
    if at + line.len() > MAX_REPLY {
        return Err(ReplyFault::TooLong);
    }
    if line.iter().take(3).all(u8::is_ascii_digit) { Ok(None) } else { Err(not_a_reply(line)) }
}

/// Code, whether this is the last line, and text.
fn parse_line(line: &[u8]) -> Result<(u16, bool, String), ReplyFault> {
    let (digits, rest) = line.split_at_checked(3).ok_or_else(|| not_a_reply(line))?;
    let code: u16 = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|code| (200..600).contains(code))
        .ok_or_else(|| not_a_reply(line))?;
    let (is_last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err(not_a_reply(line)),
    };
    Ok((code, is_last, String::from_utf8_lossy(text).into_owned()))
}

fn not_a_reply(line: &[u8]) -> ReplyFault {
    ReplyFault::NotAReply(String::from_utf8_lossy(line).into_owned())
}

/// Bytes; eight times what the RFC allows.
const MAX_LINE: usize = 4096;
/// Bytes of all lines of one reply.
const MAX_REPLY: usize = 16_384;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<Option<(u16, Vec<String>, usize)>, ReplyFault> {
        let found = parse_reply(text.as_bytes())?;
        Ok(found.map(|(reply, length)| (reply.code, reply.lines, length)))
    }

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn ok_replies_in_every_form_servers_use() {
        for (text, code, lines, length) in [
            ("220 mail.example.org ESMTP\r\n", 220, &["mail.example.org ESMTP"][..], 28),
            ("220 \r\n", 220, &[""], 6),
            ("220\r\n", 220, &[""], 5),
            ("220 lf only\n", 220, &["lf only"], 12),
            ("250-one\r\n250-two\r\n250 STARTTLS\r\n", 250, &["one", "two", "STARTTLS"], 32),
            ("220-teaser\r\n220 real\r\nmore", 220, &["teaser", "real"], 22),
            ("250-\r\n250\r\n", 250, &["", ""], 11),
        ] {
            assert_eq!(parsed(text), Ok(Some((code, texts(lines), length))), "{text:?}");
        }
    }

    #[test]
    fn ok_what_can_still_become_a_reply_is_waited_for() {
        for text in ["", "2", "220", "220 mail", "220-teaser\r\n", "220-teaser\r\n22"] {
            assert_eq!(parsed(text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn critical_what_is_no_reply_is_refused_at_once() {
        let not = |text: &str| ReplyFault::NotAReply(text.to_owned());
        for (text, fault) in [
            ("SSH-2.0-OpenSSH", not("SSH-2.0-OpenSSH")),
            ("HTTP/1.1 400 Bad Request\r\n", not("HTTP/1.1 400 Bad Request")),
            ("\r\n", not("")),
            ("22\r\n", not("22")),
            ("2200 mail\r\n", not("2200 mail")),
            ("220_mail\r\n", not("220_mail")),
            ("120 wait\r\n", not("120 wait")),
            ("620 what\r\n", not("620 what")),
            ("220-one\r\n554 two\r\n", ReplyFault::MixedCodes(220, 554)),
            ("220-one\r\n\r\n", not("")),
        ] {
            assert_eq!(parsed(text), Err(fault), "{text:?}");
        }
        assert_eq!(parsed(&format!("220 {}", "x".repeat(5000))), Err(ReplyFault::LineTooLong));
        assert_eq!(parsed(&format!("220 {}\r\n", "x".repeat(5000))), Err(ReplyFault::LineTooLong));
        assert_eq!(parsed(&"220-endless\r\n".repeat(6000)), Err(ReplyFault::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_the_verdict_never_changes_for_the_better(
            bytes in proptest::collection::vec(any::<u8>(), 0..200), more in any::<u8>(),
        ) {
            let before = parse_reply(&bytes);
            let mut longer = bytes.clone();
            longer.push(more);
            match before {
                Ok(Some((_, length))) => {
                    prop_assert!(length <= bytes.len());
                    prop_assert_eq!(parse_reply(&longer), before);
                }
                Ok(None) => {}
                Err(_) => prop_assert!(parse_reply(&longer).is_err()),
            }
        }

        #[test]
        fn what_is_written_as_a_reply_is_read_as_it(
            code in 200..600u16,
            lines in proptest::collection::vec("[ -~]{0,80}", 1..8),
        ) {
            let reply = Reply { code, lines };
            let text: String = reply.wire_lines().map(|line| line + "\r\n").collect();
            prop_assert_eq!(parse_reply(text.as_bytes()), Ok(Some((reply, text.len()))));
        }
    }
}
