//! The keys of lists that know their users by name.

use std::path::PathBuf;

use mailhost_core::dns::Name;
use mailhost_core::file;
use mailhost_core::plugin::Failure;

use super::Key;
use super::zone::Zone;
use crate::lists::List;

/// The keys from files.
pub(super) struct KeyFiles(Vec<KeyFile>);

struct KeyFile {
    zone: Name,
    key: String,
    used: bool,
}

/// Reads the files of `--key-file`.
pub(super) fn files(given: &[String]) -> Result<KeyFiles, Failure> {
    let read = |given: &String| {
        let Some((zone, path)) = given.split_once('=') else {
            return Err(Failure::usage("--key-file: write ZONE=FILE"));
        };
        let zone = Zone::parse("--key-file", zone)?.name;
        if !path.starts_with('/') {
            return Err(Failure::usage(format!("--key-file {zone}: an absolute path is wanted")));
        }
        let secret = file::secret(&PathBuf::from(path))?;
        let key = label(&secret)
            .ok_or_else(|| Failure::Unable(format!("the key in {path} {NO_LABEL}")))?;
        Ok(KeyFile { zone, key, used: false })
    };
    given.iter().map(read).collect::<Result<_, _>>().map(KeyFiles)
}

impl KeyFiles {
    /// The key for a list: of a file, else of the environment.
    pub(super) fn of(&mut self, list: &List) -> Result<Option<Key>, Failure> {
        if let Some(file) = self.0.iter_mut().find(|file| file.zone == list.zone) {
            file.used = true;
            return Ok(Some(Key { text: file.key.clone(), from_argv: false }));
        }
        let Some(variable) = &list.key else { return Ok(None) };
        let given = std::env::var(variable).unwrap_or_default();
        if given.is_empty() {
            return Err(Failure::usage(format!(
                "{zone} needs a key: --key-file {zone}=FILE, or {variable} in the environment",
                zone = list.zone
            )));
        }
        let text = label(&given)
            .ok_or_else(|| Failure::Unable(format!("the key in {variable} {NO_LABEL}")))?;
        Ok(Some(Key { text, from_argv: false }))
    }

    /// The zone of a file that nothing came of.
    pub(super) fn unused(&self) -> Option<&Name> {
        self.0.iter().find(|file| !file.used).map(|file| &file.zone)
    }
}

/// What the names that a list is asked about end in.
pub(super) fn with_key(list: &List, key: Option<&Key>) -> Result<Name, Failure> {
    let Some(key) = key else { return Ok(list.zone.clone()) };
    let labels = std::iter::once(key.text.as_bytes()).chain(list.zone.labels());
    Name::from_labels(labels)
        .map_err(|_| Failure::Unable(format!("the key for {} is too long", list.zone)))
}

/// A key as it stands in a name, where the case of letters does not count.
pub(super) fn label(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let good = (4..=63).contains(&text.len()) && text.bytes().all(legal);
    good.then_some(text)
}

const NO_LABEL: &str = "is not one word of 4 to 63 letters, digits and hyphens";
