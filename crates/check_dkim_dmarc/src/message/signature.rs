//! What a DKIM-Signature field says (RFC 6376 section 3.5).

use std::fmt;
use std::ops::Range;

use mailhost_core::dns::Name;
use mailhost_core::mail::SyntaxError;
use serde::{Serialize, Serializer};

use super::Canonical;
use crate::dkim::{KeyType, decode, key_name};
use crate::tag_list::{self, Tag, is_space};

/// A signature that can be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Signature {
    /// `a`.
    pub(crate) algorithm: Algorithm,
    /// `b`: the signature itself.
    pub(crate) bytes: Vec<u8>,
    /// `bh`.
    pub(crate) body_hash: Vec<u8>,
    /// `c`, its first part.
    pub(crate) header: Canonical,
    /// `c`, its second part.
    pub(crate) body: Canonical,
    /// The domain of `i`, which is that of `d` or below it.
    pub(crate) identity_domain: Name,
    /// `d`: the domain that signs.
    pub(crate) domain: Name,
    /// Where the key is, from `s` and `d`.
    pub(crate) key_name: Name,
    /// `h`, in lower case; there is `from` among them.
    pub(crate) fields: Vec<String>,
    /// `l`: how many bytes of the body are signed; all without it.
    pub(crate) length: Option<u64>,
    /// `t`: when it was made, in seconds since 1970.
    pub(crate) time: Option<i64>,
    /// `x`: until when it counts, likewise.
    pub(crate) expires: Option<i64>,
}

/// What of a signature can be told even where the rest is wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Outline {
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) domain: Option<Name>,
    /// `i`, as it is written; `@` and the domain without it.
    pub(crate) identity: Option<String>,
    pub(crate) selector: Option<String>,
}

/// How a signature is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    /// RFC 8463.
    Ed25519Sha256,
    /// One that nobody knows.
    Other(String),
    /// No longer accepted (RFC 8301 section 3.1).
    RsaSha1,
    RsaSha256,
}

impl Algorithm {
    fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "ed25519-sha256" => Self::Ed25519Sha256,
            "rsa-sha1" => Self::RsaSha1,
            "rsa-sha256" => Self::RsaSha256,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// The type of the keys that it needs.
    pub(crate) fn key_type(&self) -> Option<KeyType> {
        match self {
            Self::Ed25519Sha256 => Some(KeyType::Ed25519),
            Self::Other(_) => None,
            Self::RsaSha1 | Self::RsaSha256 => Some(KeyType::Rsa),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519Sha256 => "ed25519-sha256",
            Self::Other(name) => name,
            Self::RsaSha1 => "rsa-sha1",
            Self::RsaSha256 => "rsa-sha256",
        })
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Signature {
    /// Reads the value of a field.
    pub(crate) fn read(text: &str) -> (Outline, Result<Self, Vec<SyntaxError>>) {
        let (tags, errors) = tag_list::read(text);
        let outline = Outline::of(&tags);
        let is_whole = errors.is_empty();
        let mut reader = Reader { text, tags, errors, is_whole };
        let signature = reader.signature();
        reader.errors.sort_by_key(|error| error.span.start);
        match signature {
            Some(signature) if reader.errors.is_empty() => (outline, Ok(signature)),
            _ => (outline, Err(reader.errors)),
        }
    }
}

impl Outline {
    fn of(tags: &[Tag<'_>]) -> Self {
        let value = |name| tags.iter().find(|tag| tag.name == name).map(|tag| tag.value);
        let domain = value("d").and_then(|text| Name::from_text(text).ok());
        let default = domain.as_ref().map(|domain| format!("@{domain}"));
        Self {
            algorithm: value("a").map(Algorithm::parse),
            identity: value("i").map(|text| text.split(is_space).collect()).or(default),
            selector: value("s").map(ToOwned::to_owned),
            domain,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    tags: Vec<Tag<'a>>,
    errors: Vec<SyntaxError>,
    /// Nothing was wrong with the list itself, so that a tag that is not found is missing.
    is_whole: bool,
}

impl<'a> Reader<'a> {
    /// Reads every tag, so that all errors are told; none where one that is needed is wrong.
    fn signature(&mut self) -> Option<Signature> {
        self.version();
        let algorithm = self.required("a", "names the algorithm");
        let bytes = self.base64("b", "holds the signature");
        let body_hash = self.base64("bh", "holds the hash of the body");
        let (header, body) = self.canonical();
        let domain = self.domain();
        let identity_domain = self.identity(domain.as_ref());
        let fields = self.fields();
        let length = self.length();
        self.query_methods();
        let key_name = self.selector(domain.as_ref());
        let time = self.seconds("t");
        let expires = self.seconds("x");
        if let (Some(time), Some(expires)) = (time, expires)
            && expires <= time
        {
            self.wrong("x", "x= has to be later than t=");
        }
        Some(Signature {
            algorithm: Algorithm::parse(algorithm?.value),
            bytes: bytes?,
            body_hash: body_hash?,
            header,
            body,
            identity_domain: identity_domain?,
            domain: domain?,
            key_name: key_name?,
            fields: fields?,
            length,
            time,
            expires,
        })
    }

    fn find(&self, name: &str) -> Option<Tag<'a>> {
        self.tags.iter().find(|tag| tag.name == name).cloned()
    }

    fn error(&mut self, span: Range<usize>, text: impl Into<String>) {
        self.errors.push(SyntaxError::at(span, text));
    }

    /// Says that the value of a tag is wrong.
    fn wrong(&mut self, name: &str, text: impl Into<String>) {
        if let Some(tag) = self.find(name) {
            self.error(tag.value_span, text);
        }
    }

    /// A tag that must be there and have a value.
    fn required(&mut self, name: &str, which: &str) -> Option<Tag<'a>> {
        match self.find(name) {
            Some(tag) if !tag.value.is_empty() => return Some(tag),
            Some(tag) => {
                self.error(tag.value_span, format!("the tag {name}= is empty, which {which}"));
            }
            None if self.is_whole => {
                let text = format!("the tag {name}= is missing, which {which}");
                self.error(0..self.text.len(), text);
            }
            None => {}
        }
        None
    }

    fn version(&mut self) {
        if let Some(tag) = self.required("v", "says the version")
            && tag.value != "1"
        {
            self.error(tag.value_span, "v= is 1");
        }
    }

    fn base64(&mut self, name: &str, which: &str) -> Option<Vec<u8>> {
        let tag = self.required(name, which)?;
        decode(self.text, &tag.value_span).map_err(|error| self.errors.push(error)).ok()
    }

    fn canonical(&mut self) -> (Canonical, Canonical) {
        let simple = (Canonical::Simple, Canonical::Simple);
        let Some(tag) = self.find("c") else { return simple };
        let one = |text: &str| match text.to_ascii_lowercase().as_str() {
            "relaxed" => Some(Canonical::Relaxed),
            "simple" => Some(Canonical::Simple),
            _ => None,
        };
        let (header, body) = tag.value.split_once('/').unwrap_or((tag.value, "simple"));
        if let (Some(header), Some(body)) = (one(header), one(body)) {
            return (header, body);
        }
        let text = "c= is simple or relaxed for the header, and for the body after a slash";
        self.error(tag.value_span, text);
        simple
    }

    fn domain(&mut self) -> Option<Name> {
        let tag = self.required("d", "names the domain that signs")?;
        self.name(tag.value, tag.value_span)
    }

    /// ```text
    /// domain-name = sub-domain 1*("." sub-domain)
    /// ```
    fn name(&mut self, text: &str, span: Range<usize>) -> Option<Name> {
        let name = Some(text).filter(|text| is_name(text) && text.contains('.'));
        let name = name.and_then(|text| Name::from_text(text).ok());
        if name.is_none() {
            self.error(span, "this is no domain");
        }
        name
    }

    /// ```text
    /// sig-i-tag = %x69 [FWS] "=" [FWS] [ Local-part ] "@" domain-name
    /// ```
    ///
    /// The local part is written as section 2.11 says.
    fn identity(&mut self, domain: Option<&Name>) -> Option<Name> {
        let Some(tag) = self.find("i") else { return domain.cloned() };
        let Some((local, name)) = tag.value.rsplit_once('@') else {
            self.error(tag.value_span, "i= has an @ in it");
            return None;
        };
        let mut escapes = local.split('=').skip(1);
        if !escapes.all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2) {
            let text = "i= has the sign = only before two hex digits in its local part";
            self.error(tag.value_span.clone(), text);
        }
        let name = self.name(name, tag.value_span.clone())?;
        if domain.is_some_and(|domain| !name.is_within(domain)) {
            self.error(tag.value_span, "the domain of i= has to be that of d= or below it");
        }
        Some(name)
    }

    fn fields(&mut self) -> Option<Vec<String>> {
        let tag = self.required("h", "names the signed header fields")?;
        let mut fields = Vec::new();
        for (name, span) in tag.parts(':') {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                self.error(span, "h= is names of header fields with colons between them");
                return None;
            }
            fields.push(name.to_ascii_lowercase());
        }
        // Section 3.5: a signature that leaves the author open says nothing.
        if !fields.iter().any(|name| name == "from") {
            self.error(tag.value_span, "h= has to name From");
        }
        Some(fields)
    }

    fn length(&mut self) -> Option<u64> {
        let tag = self.find("l")?;
        if tag.value.is_empty() || !tag.value.bytes().all(|byte| byte.is_ascii_digit()) {
            self.error(tag.value_span, "l= is a number of bytes");
            return None;
        }
        // Whatever is larger than this is larger than the body too.
        Some(tag.value.parse().unwrap_or(u64::MAX))
    }

    fn query_methods(&mut self) {
        if let Some(tag) = self.find("q")
            && !tag.parts(':').any(|(method, _)| method.eq_ignore_ascii_case("dns/txt"))
        {
            self.error(tag.value_span, "q= has to have dns/txt, which is the only way to a key");
        }
    }

    fn selector(&mut self, domain: Option<&Name>) -> Option<Name> {
        let tag = self.required("s", "names the key")?;
        if !is_name(tag.value) {
            self.error(tag.value_span, "this is no selector");
            return None;
        }
        let name = key_name(tag.value, domain?);
        name.map_err(|error| self.error(tag.value_span, format!("there is no such key: {error}")))
            .ok()
    }

    fn seconds(&mut self, name: &str) -> Option<i64> {
        let tag = self.find(name)?;
        let is_number = (1..=12).contains(&tag.value.len())
            && tag.value.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = tag.value.parse().ok().filter(|_| is_number);
        if seconds.is_none() {
            let text = format!("{name}= is a number of seconds since 1970");
            self.error(tag.value_span, text);
        }
        seconds
    }
}

/// Labels with dots between them. Underscores are no part of the grammar, but are used and believed.
fn is_name(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

#[cfg(test)]
mod tests;
