//! The second channel of the samples, as far as their engine has a part in it: `curl` is one that notes
//! what it was told to send.

use std::fs;
use std::path::PathBuf;

use mailhost_tests::DebianRoot;

/// Where the notes are.
pub(crate) struct Telephone {
    log: PathBuf,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The last part of the address, which says whose telephone it is.
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Telephone {
    /// Puts it in the place of curl, which is in no root.
    pub(crate) fn install(root: &DebianRoot) -> Self {
        root.write("/usr/bin/curl", CURL, 0o755).expect("a curl");
        // The engine's user has to write into it.
        root.write(LOG, "", 0o666).expect("a file for its notes");
        Self { log: root.join(LOG) }
    }

    /// The calls so far that have to do with this.
    ///
    /// # Panics
    /// When curl was told anything else than what the samples say.
    pub(crate) fn calls_about(&self, subject: &str) -> Vec<Call> {
        let notes = fs::read_to_string(&self.log).expect("the notes");
        // The last one may be under way.
        let lines = notes.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        lines.filter(|line| line.contains(subject)).map(Call::of).collect()
    }
}

impl Call {
    fn of(note: &str) -> Self {
        let words: Vec<&str> = note.split_terminator('\t').collect();
        let Some((OPTIONS, [text, address])) = words.split_at_checked(OPTIONS.len()) else {
            panic!("curl was told {words:?}");
        };
        let text = text.strip_prefix("text=").expect("the name of the field");
        let to = address.strip_prefix("https://push.example.net/").expect("the address");
        Self { to: to.to_owned(), text: text.to_owned() }
    }
}

const OPTIONS: &[&str] =
    &["--silent", "--show-error", "--fail", "--max-time", "20", "--data-urlencode"];
const LOG: &str = "/srv/calls";
/// One write for each call, because several can come at once. A text can have several lines.
const CURL: &str = "#!/bin/sh
note=$(printf '%s\\t' \"$@\" | tr '\\n' ' ')
printf '%s\\n' \"$note\" >>/srv/calls
";
