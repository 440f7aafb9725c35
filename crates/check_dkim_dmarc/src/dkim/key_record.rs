//! What a key record says (RFC 6376 section 3.6.1).

use mailhost_core::mail::SyntaxError;
use serde::Serialize;

use super::base64::decode;
use crate::tag_list::{self, Tag};

/// A record that verifiers can read.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct KeyRecord {
    pub(crate) key_type: KeyType,
    /// The key as its type encodes it; `None` where it is revoked.
    #[serde(skip)]
    pub(crate) key: Option<Vec<u8>>,
    /// The hash algorithms that may be used, in lower case; `None` allows all.
    pub(crate) hashes: Option<Vec<String>>,
    /// The services that it is for, in lower case: `*` or `email` for mail.
    pub(crate) services: Vec<String>,
    /// The domain tests DKIM (`t=y`).
    pub(crate) testing: bool,
    /// The domain of `i=` has to be that of `d=` itself (`t=s`).
    pub(crate) strict: bool,
    /// The local parts that it is for: of RFC 4871, and no longer used.
    pub(crate) granularity: Option<String>,
    /// `v=` is there, and not at the beginning.
    pub(crate) version_misplaced: bool,
    /// Values in capitals, which are not the same to every verifier.
    pub(crate) capitals: Vec<String>,
    /// Tags that no verifier knows.
    pub(crate) unknown: Vec<String>,
}

/// How a key is encoded, and what it signs with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyType {
    /// RFC 8463.
    Ed25519,
    /// One that no verifier knows.
    Other(String),
    /// RFC 3447.
    Rsa,
}

impl KeyRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// Every place that is wrong, in order; never none.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<SyntaxError>> {
        let (tags, mut errors) = tag_list::read(text);
        let mut record = Self {
            key_type: KeyType::Rsa,
            key: None,
            hashes: None,
            services: vec!["*".to_owned()],
            testing: false,
            strict: false,
            granularity: None,
            version_misplaced: false,
            capitals: Vec::new(),
            unknown: Vec::new(),
        };
        for (at, tag) in tags.iter().enumerate() {
            errors.extend(record.tag(text, tag, at).err());
        }
        if errors.is_empty() && !tags.iter().any(|tag| tag.name == "p") {
            let missing = "the tag p= is missing, which holds the key";
            errors.push(SyntaxError::at(0..text.len(), missing));
        }
        errors.sort_by_key(|error| error.span.start);
        if errors.is_empty() { Ok(record) } else { Err(errors) }
    }

    /// Takes what the tag at a place of the record says.
    fn tag(&mut self, text: &str, tag: &Tag<'_>, at: usize) -> Result<(), SyntaxError> {
        if tag.value.ends_with('\\') && tag.name != "n" {
            let end = tag.value_span.end;
            let text =
                "a backslash is part of the record: only a zone file has one before a semicolon";
            return Err(SyntaxError::at(end - 1..end, text));
        }
        let in_capitals = tag.value.contains(|c: char| c.is_ascii_uppercase());
        if ["h", "k", "s", "t"].contains(&tag.name) && in_capitals {
            self.capitals.push(format!("{}={}", tag.name, tag.value));
        }
        match tag.name {
            "g" => self.granularity = Some(tag.value.to_owned()),
            "h" => self.hashes = Some(words(tag)),
            "k" => self.key_type = key_type(tag.value),
            "n" => {}
            "p" if tag.value.is_empty() => {}
            "p" => self.key = Some(decode(text, &tag.value_span)?),
            "s" => self.services = words(tag),
            "t" => {
                let flags = words(tag);
                self.testing = flags.iter().any(|flag| flag == "y");
                self.strict = flags.iter().any(|flag| flag == "s");
            }
            "v" if tag.value == "DKIM1" => self.version_misplaced = at > 0,
            "v" => {
                let text = "the version is exactly DKIM1, in capitals";
                return Err(SyntaxError::at(tag.value_span.clone(), text));
            }
            _ => self.unknown.push(tag.name.to_owned()),
        }
        Ok(())
    }

    /// Whether signatures with SHA-256 may be made with it, which are the only ones that count (RFC
    /// 8301 section 3.1).
    pub(crate) fn allows_sha256(&self) -> bool {
        self.hashes.as_ref().is_none_or(|hashes| hashes.iter().any(|hash| hash == "sha256"))
    }

    /// Whether it is for mail.
    pub(crate) fn is_for_mail(&self) -> bool {
        self.services.iter().any(|service| service == "*" || service == "email")
    }
}

fn key_type(value: &str) -> KeyType {
    match value.to_ascii_lowercase().as_str() {
        "rsa" => KeyType::Rsa,
        "ed25519" => KeyType::Ed25519,
        _ => KeyType::Other(value.to_owned()),
    }
}

/// The parts of a list with colons.
fn words(tag: &Tag<'_>) -> Vec<String> {
    let all = tag.parts(':').map(|(word, _)| word.to_ascii_lowercase());
    all.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> KeyRecord {
        KeyRecord::parse(text).expect(text)
    }

    #[test]
    fn ok_every_tag() {
        let record = parsed(
            "v=DKIM1; h=sha256 : SHA1; k=rsa; n=a note; p=aGVs bG8=; s=email; t=y:s; g=*; x=1",
        );
        assert_eq!(record.key.as_deref(), Some(&b"hello"[..]));
        assert_eq!(record.hashes.as_deref(), Some(&["sha256".to_owned(), "sha1".to_owned()][..]));
        assert_eq!(record.services, ["email"]);
        assert!(record.testing && record.strict && !record.version_misplaced);
        assert_eq!(
            (record.granularity.as_deref(), record.unknown),
            (Some("*"), vec!["x".to_owned()])
        );
    }

    #[test]
    fn ok_what_stands_for_a_missing_tag() {
        let record = parsed("p=aGVsbG8=");
        assert_eq!((record.key_type.clone(), record.hashes.clone()), (KeyType::Rsa, None));
        assert!(record.allows_sha256() && record.is_for_mail());
        assert!(!record.testing && !record.strict);
    }

    #[test]
    fn ok_single_tags() {
        assert_eq!(parsed("k=ed25519; p=aGVsbG8=").key_type, KeyType::Ed25519);
        assert_eq!(parsed("k=dsa; p=aGVsbG8=").key_type, KeyType::Other("dsa".to_owned()));
        assert_eq!(parsed("v=DKIM1; p=").key, None);
        assert!(!parsed("h=sha1; p=aGVs").allows_sha256());
        assert!(parsed("h=sha1:sha256; p=aGVs").allows_sha256());
        assert!(!parsed("s=tlsrpt; p=aGVs").is_for_mail());
        assert!(parsed("s=tlsrpt:*; p=aGVs").is_for_mail());
        assert!(!parsed("t=n; p=aGVs").testing);
        assert!(parsed("p=aGVs; v=DKIM1").version_misplaced);
    }

    #[test]
    fn critical_what_no_verifier_reads() {
        for (text, at, says) in [
            ("v=DKIM2; p=aGVs", "DKIM2", "the version is exactly DKIM1, in capitals"),
            ("v=dkim1; p=aGVs", "dkim1", "the version is exactly DKIM1, in capitals"),
            ("v=; p=aGVs", "v=", "the version is exactly DKIM1, in capitals"),
            ("v=DKIM1; k=rsa", "v=DKIM1; k=rsa", "the tag p= is missing, which holds the key"),
            ("p=aGVs; p=aGVs", "p", "p= must be there only once"),
            (
                "v=DKIM1\\; p=aGVs",
                "\\",
                "a backslash is part of the record: only a zone file has one before a semicolon",
            ),
            ("p=aG*s", "*", "this is no character of base64"),
            (
                "v=DKIM1 k=rsa p=aGVs",
                "DKIM1 k=rsa p=aGVs",
                "the version is exactly DKIM1, in capitals",
            ),
            ("v=DKIM1; aGVs; p=aGVs", "aGVs", "a tag is a name, the sign = and a value"),
        ] {
            let errors = KeyRecord::parse(text).expect_err(text);
            let first = &errors[0];
            assert_eq!((&text[first.span.clone()], first.text.as_str()), (at, says), "{text}");
        }
    }
}
