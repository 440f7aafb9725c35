//! Exim's header files: `ID-H`, with the envelope, what Exim remembers of the message, and its
//! header lines. Only what comes before the header lines is read here.
//!
//! ```text
//! 1xUsAR-0005gO-1c-H
//! root 0 0                    who handed it in
//! <alice@example.org>         the sender
//! 1795294719 0                when it arrived, and the warnings that were sent
//! -ident root                 settings; with `--` where the value came from outside
//! -frozen 1795294725
//! XX                          the tree of those who have it, or none
//! 1                           the number of recipients
//! bob@example.net
//! ```
//!
//! Exim's own reader skips settings that it does not know, and so does this one. Source: Exim's
//! `spool_in.c`.

use std::collections::HashSet;

use super::message_id;

/// The envelope of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Header<'a> {
    /// The address it is from, empty for the null sender.
    pub(crate) sender: &'a [u8],
    /// When it arrived, in seconds since 1970.
    pub(crate) received: i64,
    /// Whether Exim no longer tries to deliver it.
    pub(crate) is_frozen: bool,
    /// What comes behind the settings.
    rest: Text<'a>,
}

/// Why bytes are not the beginning of a header file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum HeaderFault {
    /// They end before what is asked for.
    #[error("the header file ends in the middle")]
    Cut,
    /// This part is not as Exim writes it.
    #[error("{0} of the header file")]
    Malformed(&'static str),
}

/// Reads the beginning of a header file, up to the settings.
///
/// # Errors
/// [`HeaderFault`]; [`HeaderFault::Cut`] when more of the file may help.
pub(crate) fn read(bytes: &[u8]) -> Result<Header<'_>, HeaderFault> {
    let mut text = Text(bytes);
    let name = text.line()?;
    let id = name.strip_suffix(b"-H").ok_or(HeaderFault::Malformed("the first line"))?;
    message_id::arrival(id).ok_or(HeaderFault::Malformed("the first line"))?;
    text.line()?;
    let sender = text.line()?.strip_prefix(b"<").and_then(|line| line.strip_suffix(b">"));
    let sender = sender.ok_or(HeaderFault::Malformed("the sender"))?;
    let received = number(text.line()?).ok_or(HeaderFault::Malformed("the time of arrival"))?;
    let mut is_frozen = false;
    loop {
        let before = text;
        let line = text.line()?;
        let Some(setting) = line.strip_prefix(b"-") else {
            return Ok(Header { sender, received, is_frozen, rest: before });
        };
        let (name, value) = split(plain_setting(setting));
        match name {
            b"frozen" => is_frozen = true,
            // A value may have lines, and they may look like settings: its length stands before it.
            b"acl" | b"aclc" | b"aclm" => {
                let length = number(split(value).1).and_then(|it| usize::try_from(it).ok());
                let length = length.ok_or(HeaderFault::Malformed("an ACL variable"))?;
                text.skip(length.saturating_add(1))?;
            }
            _ => {}
        }
    }
}

impl Header<'_> {
    /// The recipients who do not have the message yet, neither by this file nor by `delivered`,
    /// the addresses of the journal of a delivery that goes on.
    ///
    /// # Errors
    /// [`HeaderFault`], as with [`read()`].
    pub(crate) fn waiting(&self, delivered: &HashSet<&[u8]>) -> Result<Vec<String>, HeaderFault> {
        let mut text = self.rest;
        let done = tree(&mut text)?;
        let count = number(text.line()?).ok_or(HeaderFault::Malformed("the recipients"))?;
        let mut waiting = Vec::new();
        for _ in 0..count {
            let address = address(text.line()?);
            if !done.contains(address) && !delivered.contains(address) {
                waiting.push(String::from_utf8_lossy(address).into_owned());
            }
        }
        Ok(waiting)
    }
}

/// The tree of those who have the message. Each line says whether there is a left and a right
/// branch, which then follow.
fn tree<'a>(text: &mut Text<'a>) -> Result<HashSet<&'a [u8]>, HeaderFault> {
    let mut names = HashSet::new();
    let mut expected = 1_usize;
    while expected > 0 {
        let line = text.line()?;
        if line == b"XX" && names.is_empty() {
            break;
        }
        let [left @ (b'Y' | b'N'), right @ (b'Y' | b'N'), b' ', name @ ..] = line else {
            return Err(HeaderFault::Malformed("the addresses delivered"));
        };
        names.insert(name);
        expected += usize::from(*left == b'Y') + usize::from(*right == b'Y');
        expected -= 1;
    }
    Ok(names)
}

/// The address of a recipient's line. What Exim adds stands behind a blank, and a blank in an
/// address is quoted.
fn address(line: &[u8]) -> &[u8] {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = line.iter().position(|&byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b' ' => return !is_quoted,
            _ => {}
        }
        false
    });
    &line[..end.unwrap_or(line.len())]
}

/// A setting without the marks of where its value came from: `-name`, and since 4.97 for quoted
/// values `-(how)name`.
fn plain_setting(setting: &[u8]) -> &[u8] {
    let setting = setting.strip_prefix(b"-").unwrap_or(setting);
    match setting.strip_prefix(b"(") {
        Some(quoted) => {
            let end = quoted.iter().position(|&byte| byte == b')');
            end.map_or(quoted, |end| &quoted[end + 1..])
        }
        None => setting,
    }
}

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|&byte| byte == b' ') {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => (line, b""),
    }
}

/// The number at the beginning of a line.
fn number(line: &[u8]) -> Option<i64> {
    std::str::from_utf8(split(line).0).ok()?.parse().ok().filter(|number| *number >= 0)
}

/// What is still to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    fn line(&mut self) -> Result<&'a [u8], HeaderFault> {
        let end = self.0.iter().position(|&byte| byte == b'\n').ok_or(HeaderFault::Cut)?;
        let line = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Ok(line)
    }

    fn skip(&mut self, length: usize) -> Result<(), HeaderFault> {
        self.0 = self.0.get(length..).ok_or(HeaderFault::Cut)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGINNING: &str = "1xUsAR-0005gO-1c-H\nDebian-exim 100 102\n<alice@example.org>\n\
        1795294719 0\n-received_time_usec .501664\n--helo_name client.example.net\n";

    fn waiting(rest: &str) -> Result<Vec<String>, HeaderFault> {
        let file = format!("{BEGINNING}{rest}");
        let header = read(file.as_bytes())?;
        assert_eq!(header.sender, b"alice@example.org");
        assert_eq!(header.received, 1_795_294_719);
        header.waiting(&HashSet::from([&b"journal@example.net"[..]]))
    }

    fn is_frozen(settings: &str) -> Result<bool, HeaderFault> {
        let file = format!("{BEGINNING}{settings}XX\n1\nbob@example.net\n\n");
        read(file.as_bytes()).map(|header| header.is_frozen)
    }

    #[test]
    fn ok_recipients_who_still_wait() {
        let one = "-tls_resumption A\nXX\n1\nbob@example.net\n\n037  Subject: x\n";
        assert_eq!(waiting(one), Ok(vec!["bob@example.net".to_owned()]));
        // The right branch of the root, whose own left branch follows.
        let some = "NY dave@example.net\nYN gina@example.net\nNN erin@example.net\n\
            5\nbob@example.net\ndave@example.net\nerin@example.net\njournal@example.net\n\
            \"odd <local> | part\"@example.net\n\n";
        assert_eq!(
            waiting(some),
            Ok(vec!["bob@example.net".to_owned(), "\"odd <local> | part\"@example.net".to_owned()])
        );
        let with_more = "XX\n3\nbob@example.net rfc822;b@example.org 20,1  0,-1#3\n\
            \"a \\\" b\"@example.net x@example.org 13,0#1\nold@example.net 0,0,0\n\n";
        assert_eq!(
            waiting(with_more),
            Ok(vec![
                "bob@example.net".to_owned(),
                "\"a \\\" b\"@example.net".to_owned(),
                "old@example.net".to_owned()
            ])
        );
    }

    #[test]
    fn ok_frozen_or_not() {
        assert_eq!(is_frozen(""), Ok(false));
        assert_eq!(is_frozen("-frozen 1795294725\n-tls_resumption A\n"), Ok(true));
        assert_eq!(is_frozen("--frozen_by x\n-frozenish\n"), Ok(false));
    }

    #[test]
    fn ok_the_value_of_a_variable_is_no_setting() {
        for name in ["-aclm 0", "--aclc reason", "-acl 12", "--(mysql)aclm x"] {
            let value = "a\n-frozen 1\n";
            let settings = format!("{name} {}\n{value}\n-local\n", value.len());
            assert_eq!(is_frozen(&settings), Ok(false), "{name}");
            assert_eq!(is_frozen(&format!("{settings}-frozen 5\n")), Ok(true), "{name}");
        }
    }

    #[test]
    fn unknown_what_is_no_header_file() {
        let malformed = |text: &str| match read(text.as_bytes()) {
            Err(HeaderFault::Malformed(what)) => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(malformed("\n"), "the first line");
        assert_eq!(malformed("1xUsAR-0005gO-H\n"), "the first line");
        assert_eq!(malformed("1xUsAR-0005gO-1c-H\nroot 0 0\nalice\n"), "the sender");
        assert_eq!(malformed("1xUsAR-0005gO-1c-H\nroot 0 0\n<>\n-1 0\n"), "the time of arrival");
        assert_eq!(is_frozen("-aclm 0 x\n"), Err(HeaderFault::Malformed("an ACL variable")));
        assert_eq!(is_frozen("-aclm 0 999999\n"), Err(HeaderFault::Cut));
        assert_eq!(
            waiting("YX bob@example.net\n1\n"),
            Err(HeaderFault::Malformed("the addresses delivered"))
        );
        assert_eq!(waiting("XX\nmany\n"), Err(HeaderFault::Malformed("the recipients")));
        assert_eq!(waiting("XX\n9223372036854775807\nbob@example.net\n"), Err(HeaderFault::Cut));
        assert_eq!(read(b""), Err(HeaderFault::Cut));
        assert_eq!(read(&[0; 100]), Err(HeaderFault::Cut));
    }

    #[test]
    fn ok_every_cut_is_noticed() {
        let rest = "-aclm 0 2\na\n\n-frozen 1\nNN dave@example.net\n2\nbob@example.net\ndave@example.net\n";
        let whole = format!("{BEGINNING}{rest}");
        for at in 0..whole.len() {
            let read = read(&whole.as_bytes()[..at]);
            let waiting = read.and_then(|header| header.waiting(&HashSet::new()));
            assert_eq!(waiting, Err(HeaderFault::Cut), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_panic(
            whole in any::<bool>(),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            lines in "(-aclm [a-z0-9]{1,3} [0-9]{1,20}\n|-frozen ?[0-9a]*\n|[YNX]{2} ?[a-z]*\n|[0-9]{0,20}\n|[a-z\" #,]*\n){0,12}",
        ) {
            let text = if whole { format!("{BEGINNING}{lines}").into_bytes() } else { bytes };
            if let Ok(header) = read(&text) {
                let _ = header.waiting(&HashSet::new());
            }
        }
    }
}
