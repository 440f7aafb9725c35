//! Postfix's main.cf, as far as the queue is concerned.
//!
//! Read here instead of asking `postconf`: the file is readable for everybody, and a process would
//! cost more than the whole look at a short queue. Source: postconf(5).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::probe::directory::{ReadFault, read_small};

/// The parameters that a file sets.
#[derive(Debug, Default)]
pub(crate) struct MainCf {
    directory: PathBuf,
    set: HashMap<String, String>,
}

impl MainCf {
    /// Reads `main.cf` in a configuration directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, ReadFault> {
        let path = directory.join("main.cf");
        read_small(&path).map(|text| Self::parse(directory, &text))
    }

    fn parse(directory: &Path, text: &str) -> Self {
        let mut set = HashMap::new();
        let mut last: Option<String> = None;
        for line in text.lines() {
            let is_comment = line.trim_start().starts_with('#') || line.trim().is_empty();
            if is_comment {
                continue;
            }
            // A line that begins with white space goes on with the one before.
            if line.starts_with([' ', '\t']) {
                if let Some(value) = last.as_ref().and_then(|name| set.get_mut(name)) {
                    let value: &mut String = value;
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            if let Some((name, value)) = line.split_once('=') {
                let name = name.trim().to_owned();
                set.insert(name.clone(), value.trim().to_owned());
                last = Some(name);
            }
        }
        Self { directory: directory.to_owned(), set }
    }

    /// The value of a parameter, with what it refers to filled in; the default where it is not
    /// set. `None` when it says more than can be filled in here.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.expanded(name, 0)
    }

    fn expanded(&self, name: &str, depth: u8) -> Option<String> {
        if name == "config_directory" {
            return Some(self.directory.display().to_string());
        }
        let default = DEFAULTS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let mut rest = self.set.get(name).map(String::as_str).or(default)?;
        let mut value = String::new();
        while let Some(at) = rest.find('$') {
            value.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                value.push('$');
                rest = after;
                continue;
            }
            let (inner, after) = match rest.chars().next()? {
                '{' => rest[1..].split_once('}')?,
                '(' => rest[1..].split_once(')')?,
                _ => rest.split_at(rest.find(|c: char| !is_of_a_name(c)).unwrap_or(rest.len())),
            };
            // ${name?text} and its like are rare where paths and sizes stand.
            if inner.is_empty() || !inner.chars().all(is_of_a_name) || depth > DEEPEST {
                return None;
            }
            value.push_str(&self.expanded(inner, depth + 1)?);
            if value.len() > LONGEST_VALUE {
                return None;
            }
            rest = after;
        }
        value.push_str(rest);
        Some(value)
    }

    /// A number of bytes.
    pub(crate) fn bytes(&self, name: &str) -> Option<u64> {
        self.value(name)?.trim().parse().ok()
    }

    /// Names or paths between blanks or commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let value = self.value(name).unwrap_or_default();
        let items = value.split([' ', ',', '\t']).filter(|item| !item.is_empty());
        items.map(ToOwned::to_owned).collect()
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Postfix's own, of 3.7 as Debian builds it.
const DEFAULTS: &[(&str, &str)] = &[
    ("message_size_limit", "10240000"),
    ("multi_instance_directories", ""),
    ("multi_instance_enable", "no"),
    ("multi_instance_name", ""),
    ("queue_directory", "/var/spool/postfix"),
    ("queue_minfree", "0"),
];
/// Bytes; more is no path and no list that anybody writes.
const LONGEST_VALUE: usize = 16 * 1024;
/// References that refer on: more is a circle.
const DEEPEST: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Option<String> {
        MainCf::parse(Path::new("/etc/postfix-out"), text).value(name)
    }

    #[test]
    fn ok_values_as_postfix_reads_them() {
        let text = "# spool = no\nspool = /srv/mail\nqueue_directory = ${spool}/$(name)\n  /q\n\
            name=out # text\n\nmulti_instance_directories = /etc/postfix-a,\n # comment\n\t/etc/postfix-b\n\
            message_size_limit=1\nmessage_size_limit = 5\nlook = $config_directory/x$$y\n";
        let cf = MainCf::parse(Path::new("/etc/postfix-out"), text);
        assert_eq!(cf.value("queue_directory").as_deref(), Some("/srv/mail/out # text /q"));
        assert_eq!(cf.list("multi_instance_directories"), ["/etc/postfix-a", "/etc/postfix-b"]);
        assert_eq!(cf.bytes("message_size_limit"), Some(5));
        assert_eq!(cf.bytes("queue_minfree"), Some(0));
        assert_eq!(cf.value("look").as_deref(), Some("/etc/postfix-out/x$y"));
        assert_eq!(value("", "queue_directory").as_deref(), Some("/var/spool/postfix"));
    }

    #[test]
    fn unknown_what_cannot_be_filled_in() {
        for text in [
            "queue_directory = ${x?yes}",
            "queue_directory = $nothing",
            "queue_directory = $queue_directory",
            "queue_directory = ${open",
            "queue_directory = $",
        ] {
            assert_eq!(value(text, "queue_directory"), None, "{text}");
        }
    }
}
