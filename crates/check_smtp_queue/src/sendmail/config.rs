//! Sendmail's configuration files, sendmail.cf and submit.cf, as far as the queue is concerned.
//!
//! ```text
//! O QueueDirectory=/var/spool/mqueue/q*
//! O MinFreeBlocks=100
//! Qbulk, Path=/var/spool/mqueue/bulk*, Flags=f
//! ```
//!
//! Options had names of one letter before Sendmail 8.7, which are still read (`OQ/var/spool/mqueue`).
//! Source: the Sendmail Installation and Operation Guide, sections 5.6 and 5.12.

use std::path::{Path, PathBuf};

use crate::probe::directory::{ReadFault, read_small};

/// What a file sets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cf {
    /// `QueueDirectory`: a directory, or several of them by a `*` at the end.
    pub(super) directory: Option<PathBuf>,
    /// The directories of queue groups that have some of their own, in the same form.
    pub(super) groups: Vec<PathBuf>,
    /// `MinFreeBlocks`, in blocks of the file system.
    pub(super) free_blocks: u64,
    /// `MaxMessageSize` in bytes, 0 without limit.
    pub(super) size_limit: u64,
    /// `PidFile`.
    pub(super) pid_file: Option<PathBuf>,
}

impl Default for Cf {
    fn default() -> Self {
        let free_blocks = DEFAULT_FREE_BLOCKS;
        Self { directory: None, groups: Vec::new(), free_blocks, size_limit: 0, pid_file: None }
    }
}

impl Cf {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, ReadFault> {
        read_small(path).map(|text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut cf = Self::default();
        let mut whole: Option<String> = None;
        for line in text.lines() {
            // A line that begins with white space goes on with the one before.
            if line.starts_with([' ', '\t']) {
                if let Some(whole) = &mut whole {
                    whole.push_str(line);
                }
                continue;
            }
            if let Some(whole) = whole.replace(line.to_owned()) {
                cf.line(&whole);
            }
        }
        cf.line(&whole.unwrap_or_default());
        cf
    }

    fn line(&mut self, line: &str) {
        if let Some(option) = line.strip_prefix("O ") {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            self.option(name.trim(), value.trim());
        } else if let Some(option) = line.strip_prefix('O')
            && let Some(letter) = option.chars().next()
        {
            self.option(&option[..letter.len_utf8()], option[letter.len_utf8()..].trim());
        } else if let Some(group) = line.strip_prefix('Q') {
            self.group(group);
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        let is = |long: &str, short: &str| name.eq_ignore_ascii_case(long) || name == short;
        if is("QueueDirectory", "Q") {
            self.directory = path(value);
        } else if is("MinFreeBlocks", "b") {
            // In the old form with the size of a message behind it.
            let blocks = value.split('/').next().unwrap_or_default().trim();
            self.free_blocks = blocks.parse().unwrap_or(0);
        } else if is("MaxMessageSize", "") {
            self.size_limit = value.parse().unwrap_or(0);
        } else if is("PidFile", "") {
            self.pid_file = path(value).filter(|path| path.is_absolute());
        }
    }

    fn group(&mut self, definition: &str) {
        let mut fields = definition.split(',').map(str::trim);
        let name = fields.next().unwrap_or_default();
        // Sendmail looks at the first letter only.
        let path = fields
            .filter(|field| field.starts_with('P'))
            .find_map(|field| path(field.split_once('=')?.1.trim()));
        match path {
            // The group of all that is in no other one.
            Some(path) if name == "mqueue" => self.directory = Some(path),
            Some(path) => self.groups.push(path),
            None => {}
        }
    }
}

/// A path; nothing when macros are in it, which this does not expand.
fn path(value: &str) -> Option<PathBuf> {
    (!value.is_empty() && !value.contains('$')).then(|| PathBuf::from(value))
}

/// Sendmail's own.
const DEFAULT_FREE_BLOCKS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_what_a_file_sets() {
        let text = "V10/Berkeley\n# O QueueDirectory=/no\nO QueueDirectory=/var/spool/mqueue/main*\n\
            O minfreeblocks = 250\nO MaxMessageSize=10000000\nO PidFile=/run/sendmail/mta/sendmail.pid\n\
            Pfirst-class=0\nQbulk, Path=/var/spool/mqueue/bulk*,\n\tFlags=f, Interval=10m\nQslow, F=f\n\
            Qfast, P=fast\nSqueuegroup\nR$*@bulk.example.com\t$#bulk\n";
        assert_eq!(
            Cf::parse(text),
            Cf {
                directory: Some(PathBuf::from("/var/spool/mqueue/main*")),
                groups: vec![PathBuf::from("/var/spool/mqueue/bulk*"), PathBuf::from("fast")],
                free_blocks: 250,
                size_limit: 10_000_000,
                pid_file: Some(PathBuf::from("/run/sendmail/mta/sendmail.pid")),
            }
        );
    }

    #[test]
    fn ok_old_names_and_defaults() {
        let cf = Cf::parse("OQ/usr/spool/mqueue\nOb5/1000\nO\nQ\nOé\n");
        assert_eq!(cf.directory, Some(PathBuf::from("/usr/spool/mqueue")));
        assert_eq!(cf.free_blocks, 5);
        assert_eq!(Cf::parse("").free_blocks, 100);
        assert_eq!(Cf::parse("O QueueDirectory=/var/$k\n").directory, None);
        let replaced = Cf::parse("O QueueDirectory=/a\nQmqueue, P=/a/q*\n");
        assert_eq!((replaced.directory, replaced.groups), (Some("/a/q*".into()), vec![]));
    }
}
